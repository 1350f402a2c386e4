"""Best and worst: which of several things people choose as most, and as least, important to them, in one market."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.asking import Asked
from analysis.report import words
from analysis.report.disclosure import HIDDEN
from analysis.report.rows import Estimates, Reading
from analysis.study.codebook import Figure
from analysis.survey.compare import Difference, contrasts


@dataclass(frozen=True)
class BestWorst:
    """`estimates`: a row an answer, the share that chose it as most less the share that chose it as least, in points.

    `lead` is the first less the second, at the joint `level` over all rivals of the first.
    """

    estimates: Estimates
    lead: Difference
    level: float

    @property
    def first(self) -> Reading:
        """The answer with the largest difference."""
        return self.estimates.first()

    @property
    def margin(self) -> str:
        """How clearly the first leads, to end a title with."""
        return "" if self.first.suppressed else words.margin(self.lead, self.level, self.estimates.language)


def best_worst(market: Asked, question: str, *, most: str = "most", least: str = "least") -> BestWorst:
    """The grid's items `most` and `least` as one score an answer, largest first.

    The score is the share of one less that of the other (Finn and Louviere 1992, JPPM 11, p. 12).
    Shares, bases and errors as in `Market.shares`; the errors take the covariance of both choices into account.
    """
    book = market.study.codebook
    codes = book.choices(question)
    label = {code: book.answer_label(question, code, market.language) for code in codes}
    pairs = {
        label[code]: (
            Figure(question=question, item=most, answer=code),
            Figure(question=question, item=least, answer=code),
        )
        for code in codes
    }
    first_label, second_label = (words.lower_first(book.item_label(question, item)) for item in (most, least))
    measure = f"{book.question_label(question)}, % {first_label} less % {second_label}, in points, weighted"
    found = market.differences(pairs, measure=measure, base=market.labels.base(question))
    # Whether a score differs from 0 is no question here: 0 is as good as any other balance.
    estimates = Estimates(
        found.rows.drop(columns="p_adjusted"), found.measure, found.base, found.source, found.language
    ).ranked()
    level = 1 - (1 - market.level) / (len(codes) - 1)
    return BestWorst(estimates, _lead(market, pairs, estimates), level)


def _lead(market: Asked, pairs: dict[str, tuple[Figure, Figure]], ranked: Estimates) -> Difference:
    """The first score less the second, from the covariance of the four shares."""
    if (ranked.rows["flag"].isin(HIDDEN)).all():
        return Difference(float("nan"), float("nan"), 1.0, 0)
    figures = [figure for place in (1, 2) for figure in pairs[ranked.first(place).label]]
    return contrasts(market.design, market.values(figures), np.array([[1.0, -1.0, -1.0, 1.0]]))[0]
