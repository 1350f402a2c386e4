"""Whether two questions go together in one market: a test for the whole table, and how closely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.asking import Asked, Given, given_figure
from analysis.report import tables, words
from analysis.report.page import Html
from analysis.study.codebook import Figure
from analysis.survey.association import CramersV, RaoScott, cramers_v, rao_scott
from analysis.survey.compare import adjusted

SEED = 1
RARE = 5  # an answer that fewer respondents gave in any one column is counted with the other rare ones
REPLICATES = 500


@dataclass(frozen=True)
class Association:
    """The Rao-Scott test of one question by another, and Cramer's V (0-1) with its interval."""

    test: RaoScott
    size: CramersV
    level: float
    why_not: str = ""

    @property
    def clear(self) -> bool:
        """Whether the two go together by more than chance would give."""
        return bool(self.test.p_value < 1 - self.level)

    @property
    def full(self) -> str:
        """The test and the size in brackets' worth of words, or why there are none."""
        if np.isnan(self.test.p_value):
            return self.why_not or "too few answers for a test"
        ends = f"{self.size.conf_low:.2f} to {self.size.conf_high:.2f}"
        return (
            f"Rao\u2013Scott {words.p_said(self.test.p_value)}, Cram\u00e9r\u2019s V {self.size.estimate:.2f}, {ends}"
        )

    def says(self, *, yes: str, no: str, unknown: str) -> str:
        """The sentence that the test allows, with the test behind it."""
        told = not np.isnan(self.test.p_value)
        return f"{(yes if self.clear else no) if told else unknown} ({self.full})."


def association(market: Asked, rows: str, columns: str) -> Association:
    """The test of two single-choice questions among those who answered both; don't-knows are left out.

    Answers of `rows` that fewer than `RARE` respondents gave in any column count as one: an empty cell can't be
    tested. NaN where a question has fewer than two answers left, or was not asked.
    """
    if not all(market.was_asked(Figure(question=name)) for name in (rows, columns)):
        return _none(market.level, "not asked in this market")
    across = _codes(market, _answers(market, columns))
    return _tested(market, _joined(_codes(market, _answers(market, rows)), across), across)


def association_table(market: Asked, figures: Mapping[str, Given], by: str, *, title: str) -> Html:
    """A line a label: the share that the figure is, in the groups of `by`: Cramer's V, interval, p by Holm, base.

    Figures are shares, or their keys.
    """
    across = _codes(market, _answers(market, by))
    named = {label: given_figure(figure) for label, figure in figures.items()}
    found = []
    for figure in named.values():
        asked = market.was_asked(figure) and market.was_asked(Figure(question=by))
        down = market.values([figure]).iloc[:, 0]
        found.append(_tested(market, down, across) if asked else _none(market.level, "not asked in this market"))
    p_values = adjusted(np.array([one.test.p_value for one in found]))
    lines = [
        _line(label, one, p, market.language)
        for (label, one), p in zip(zip(named, found, strict=True), p_values, strict=True)
    ]
    groups = words.lower_first(market.study.codebook.question_label(by, market.language))
    measure = (
        f"Cram\u00e9r\u2019s V (0: alike in all groups, 1: wholly different) by {groups}, {market.labels.intervals} "
        f"from {REPLICATES} bootstrap samples, and the Rao\u2013Scott test, Holm over all lines"
    )
    foot = f"Base: {market.labels.base(next(iter(named.values())).question)}. {market.source}"
    return tables.plain_table(pd.DataFrame(lines), title=title, measure=measure, foot=foot)


def _line(label: str, one: Association, p_value: float, language: str) -> dict[str, str]:
    told = not np.isnan(one.size.estimate)
    return {
        "label": label,
        "Cram\u00e9r\u2019s V": f"{one.size.estimate:.2f}" if told else words.DASH,
        "Interval": f'<span class="jb-ci">{one.size.conf_low:.2f}{words.DASH}{one.size.conf_high:.2f}</span>'
        if told
        else words.DASH,
        "p": tables.text(words.p_value(p_value)),
        "Base": words.count(one.size.unweighted_base, language),
    }


def _tested(market: Asked, rows: pd.Series, columns: pd.Series) -> Association:
    size = cramers_v(market.design, rows, columns, seed=SEED, replicates=REPLICATES, confidence_level=market.level)
    low = size.unweighted_base < market.study.settings.low_base.suppress_below
    return (
        _none(market.level, "too few to show")
        if low
        else Association(rao_scott(market.design, rows, columns), size, market.level)
    )


def _none(level: float, why: str) -> Association:
    return Association(RaoScott(*[np.nan] * 6), CramersV(np.nan, np.nan, np.nan, 0), level, why)


def _answers(market: Asked, question: str) -> list[Figure]:
    return market.study.codebook.figures(question, answer=market.study.codebook.choices(question))


def _codes(market: Asked, figures: list[Figure]) -> pd.Series:
    """Which of the figures each respondent is counted in; NaN for none."""
    given = market.values(figures) == 1
    return given.idxmax(axis=1).where(given.any(axis=1)).astype(float)


def _joined(rows: pd.Series, columns: pd.Series) -> pd.Series:
    """The rows with those rare in any column taken together as -1."""
    counts = pd.crosstab(rows, columns)
    rare = counts.index[(counts < RARE).any(axis=1)]
    return rows.where(~rows.isin(rare), -1.0)
