"""The bundled respondents: draws from a population whose true shares are the published figures.

They show that the pipeline works and how precise such a study is. They are no finding, and every
page of a market whose file says `source: synthetic` says so.
"""

from analysis.study.synthetic.files import DUPLICATES, SPEEDERS, USED, write_respondents
from analysis.study.synthetic.population import simulate
from analysis.study.synthetic.truths import TRUTH

__all__ = ["DUPLICATES", "SPEEDERS", "TRUTH", "USED", "simulate", "write_respondents"]
