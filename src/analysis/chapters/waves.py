"""Change since an earlier wave: the key figures of a market in both, and whether they moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.market import Market, market_of
from analysis.report import words
from analysis.report.page import Html
from analysis.report.rows import Estimates
from analysis.survey.compare import adjusted, separate_difference


@dataclass(frozen=True)
class Change:
    """The key figures of two waves side by side, and their differences; nothing where there is one wave.

    `levels` has a row a figure and wave (the domain), `moved` a row a figure: the later wave less the
    earlier, with `p_adjusted` by Holm over the figures.
    """

    levels: Estimates | None = None
    moved: Estimates | None = None
    level: float = 0.95

    @property
    def told(self) -> str:
        """Which figures moved by more than chance would give, in a sentence; "" for one wave."""
        if self.levels is None or self.moved is None:
            return ""
        sure = self._sure
        first, second = dict.fromkeys(self.levels.rows["domain_label"])
        if sure.empty:
            return f"Between {first} and {second} none of the key figures moved by more than chance would give."
        parts = [f"{words.lower_first(r.label)} by {words.amount(r.estimate, r.unit)}" for r in sure.itertuples()]
        return f"Between {first} and {second} these moved by more than chance would give: {words.listed(parts)}."

    @property
    def _sure(self) -> pd.DataFrame:
        """The differences that are more than chance would give; none for one wave."""
        rows = self.moved.rows if self.moved else pd.DataFrame({"label": [], "p_adjusted": [], "flag": []})
        return rows[(rows["p_adjusted"] < 1 - self.level) & (rows["flag"] == "")]

    def chart(self) -> Html:
        """Both waves of every key figure, as slopes with their intervals; those that moved stand out."""
        return self.levels.slopes(title=self.told, clear=list(self._sure["label"])) if self.levels else Html("")

    def table(self, *, title: str) -> Html:
        """How far each key figure moved, with its interval; empty for one wave."""
        return self.moved.table(title=title) if self.moved else Html("")


def change(market: Market) -> Change:
    """The key figures of the market beside those of the wave that its file names as `earlier`.

    The waves are samples drawn independently, each weighted to its own targets: their variances add
    (`survey.compare.separate_difference`). A panel that interviews the same people again is not that.
    """
    if market.settings.earlier is None:
        return Change()
    before = market_of(market.study, market.settings.earlier)
    parts = [one.key_figures() for one in (before, market)]
    rows = pd.concat(
        [
            part.rows.assign(domain=one.wave, domain_label=one.wave)
            for part, one in zip(parts, (before, market), strict=True)
        ],
        ignore_index=True,
    )
    pairs = list(zip(parts[1].rows.iterrows(), parts[0].rows.iterrows(), strict=True))
    gaps = [separate_difference(now, then) for (_, now), (_, then) in pairs]
    ends = np.array([gap.interval(market.level) for gap in gaps])
    moved = parts[1].rows.assign(
        unit="points",
        estimate=[gap.estimate for gap in gaps],
        std_error=[gap.std_error for gap in gaps],
        conf_low=ends[:, 0],
        conf_high=ends[:, 1],
        unweighted_base=[gap.unweighted_base for gap in gaps],
        flag=[then["flag"] or now["flag"] for (_, now), (_, then) in pairs],
        design_effect=np.nan,
        p_adjusted=adjusted(np.array([gap.p_value for gap in gaps])),
    )
    measure = f"Wave {market.wave} less wave {before.wave}, in points, weighted, {market.labels.intervals}"
    base = f"{market.people}, as named; the smaller base of the two waves"
    source = f"{before.source} {market.source}"
    both = Estimates(rows, parts[1].measure, parts[1].base, source, market.language)
    return Change(both, Estimates(moved, measure, base, source, market.language), market.level)
