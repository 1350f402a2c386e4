"""Whether the answers to one question depend on those to another, in a sentence."""

from __future__ import annotations

import numpy as np

from analysis.asking import Asked
from analysis.report import findings
from analysis.study.codebook import Figure
from analysis.survey.association import RaoScott, rao_scott


def dependence(market: Asked, question: str, by: str, *, what: str) -> str:
    """Whether the answers to `question` differ by those to `by` (both of one answer), by the Rao-Scott test.

    `what` names the answers in words ("the first channel"). Don't-knows leave the test, which
    is not made where one of the answers to `by` has a base too low to be shown.
    """
    values = market.values([Figure(question=question, mean=True), Figure(question=by, mean=True)])
    groups = values[0].groupby(values[1]).count()
    enough = len(groups) > 1 and groups.min() >= market.study.settings.low_base.suppress_below
    test = rao_scott(market.design, values[0], values[1]) if enough else RaoScott(*[np.nan] * 6)
    other = market.study.codebook.question_label(by, market.language)
    return findings.dependence(what, other, test, market.level)
