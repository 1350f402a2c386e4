"""What matters more than the average and goes worse than it: importance beside performance, in one market."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.asking import Asked, figure_of
from analysis.report import words
from analysis.report.disclosure import HIDDEN
from analysis.report.page import Html
from analysis.report.plane import plane
from analysis.report.rows import Estimates
from analysis.survey.compare import adjusted, contrasts


@dataclass(frozen=True)
class Priorities:
    """Importance and performance of the same things, and where each stands against the average of all.

    `gaps`, a row a thing (index: labels): `importance` and `performance`, each less the average over all things
    (in the unit of the rows), and `p_importance` and `p_performance`, by Holm over all of them.
    """

    importance: Estimates
    performance: Estimates
    gaps: pd.DataFrame
    level: float
    what: str

    def where(self, *, important: bool, good: bool) -> list[str]:
        """The labels that lie in one quadrant by more than chance would give on both sides."""
        error = 1 - self.level
        clear = (self.gaps["p_importance"] < error) & (self.gaps["p_performance"] < error)
        inside = ((self.gaps["importance"] > 0) == important) & ((self.gaps["performance"] > 0) == good)
        return list(self.gaps.index[clear & inside])

    @property
    def sentence(self) -> str:
        """What matters more than the average and goes worse, and what matters more and goes better."""
        if self.gaps.empty:
            why = next(one for one in (self.importance.first(), self.performance.first()) if one.suppressed)
            return f"No {self.what} can be set against another: {why}."
        weak, strong = (self.where(important=True, good=good) for good in (False, True))
        if not (weak or strong):
            return f"No {self.what} is told from the average in both importance and performance."
        said = [
            f"{_in_a_row(labels)}: {'matters' if len(labels) == 1 else 'matter'} more than the average {self.what} and "
            f"{'is' if len(labels) == 1 else 'are'} done {how}."
            for labels, how in ((weak, "worse"), (strong, "better"))
            if labels
        ]
        return " ".join(said)

    def chart(self, *, title: str, axes: tuple[str, str] = ("Importance", "Performance")) -> Html:
        """The plane of both, its lines at the averages."""
        corners = ("Matters less, done well", "Matters more, done well")
        corners_below = ("Matters less, done worse", "Matters more, done worse")
        return plane(self.importance, self.performance, title=title, axes=axes, quadrants=(*corners, *corners_below))


def priorities(market: Asked, importance: Estimates, performance: Estimates, *, what: str) -> Priorities:
    """Each thing's importance and performance against the averages over all things, with tests.

    Both have one domain and the same labels; `what` names one of them ("moment"). A thing that may not be shown
    on either side is left out. The average counts each thing alike, and its own figure is part of it
    (importance-performance analysis: Martilla and James 1977, Journal of Marketing 41, p. 77, with errors of
    the design).
    """
    labels = [label for label in _shown(importance.rows) if label in set(_shown(performance.rows))]
    gaps = pd.DataFrame(index=pd.Index(labels, name="label"))
    p_values = []
    for name, estimates in (("importance", importance), ("performance", performance)):
        rows = estimates.rows.set_index("label").loc[labels]
        matrix = np.eye(len(labels)) - 1 / max(len(labels), 1)
        figures = [figure_of(row) for _, row in rows.iterrows()]
        found = contrasts(market.design, market.values(figures), matrix) if labels else []
        gaps[name] = [gap.estimate for gap in found]
        p_values += [gap.p_value for gap in found]
    both = adjusted(np.array(p_values))
    gaps["p_importance"], gaps["p_performance"] = both[: len(labels)], both[len(labels) :]
    return Priorities(importance, performance, gaps, market.level, what)


def _in_a_row(labels: list[str]) -> str:
    return words.listed([labels[0], *map(words.lower_first, labels[1:])])


def _shown(rows: pd.DataFrame) -> list[str]:
    return list(rows.loc[~rows["flag"].isin(HIDDEN), "label"])
