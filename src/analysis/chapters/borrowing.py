"""Partial pooling: a small group's figure in each market, leaning on the other markets as far as it is unsure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from analysis.chapters.comparing import figure_rows
from analysis.markets import Markets
from analysis.report import page, tables, words
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html
from analysis.report.rows import Estimates, Reading
from analysis.study.settings import say
from analysis.survey.pooling import FEWEST, heterogeneity, partial_pooling

WEIGHT = (
    "Weight: how much of the pooled figure is the market's own; the rest is the mean of the markets. Pooled on the "
    "logit scale, where shares may lean without leaving 0 to 100 percent, and turned back."
)


@dataclass(frozen=True)
class Pooled:
    """One key figure in every market, direct and pooled.

    `rows` has two rows a market, of the domains "direct" and "pooled" (shares 0-1), and
    `weight_direct`, the weight (0-1) of the market's own figure in the pooled one. `mean` (0-1) is what the pooled ones
    lean towards, NaN of fewer than three markets.
    """

    markets: Markets
    name: str
    rows: pd.DataFrame
    mean: float

    @property
    def estimates(self) -> Estimates:
        """Both figures of every market, in two series."""
        language = self.markets.language
        measure = f"{self._label}, percent, weighted, {self.markets.markets[0].labels.intervals}"
        return Estimates(self.rows, measure, self.base, self.markets.source, language)

    @property
    def base(self) -> str:
        """Of whom the figure is."""
        market, figure = self.markets.markets[0], self.markets.study.settings.key_figures[self.name]
        asked = say(self.markets.study.codebook.questions[figure.question].base, self.markets.language)
        limit = f", {market.labels.domain(figure.domain)}" if figure.domain else ""
        return f"{self.markets.people}, {asked}{limit}"

    def chart(self, *, title: str) -> Html:
        """Dots with their intervals: the direct figure of a market above its pooled one."""
        return self.estimates.chart(title=title)

    def table(self, *, title: str) -> Html:
        """One row a market: both figures with their intervals, the weight of the direct one, and the bases."""
        rows, language = self.rows, self.markets.language
        direct, pooled = (rows[rows["domain"] == d].reset_index(drop=True) for d in ("direct", "pooled"))
        table = pd.DataFrame({"label": direct["label"]})
        for head, part in (("Direct", direct), ("Pooled", pooled)):
            table[head] = [_cell(row, language) for _, row in part.iterrows()]
        hidden = direct["flag"].isin(HIDDEN)
        weights = direct["weight_direct"].where(~hidden)
        table["Weight of the direct"] = [words.DASH if pd.isna(w) else words.percent(w, language) for w in weights]
        for kind in ("unweighted", "effective"):
            table[f"{kind.title()} base"] = [words.count(n, language) for n in direct[f"{kind}_base"]]
        foot = f"{WEIGHT} {page.foot(rows, self.base, self.markets.source)}"
        return tables.plain_table(table, title=title, measure=self.estimates.measure, foot=foot)

    @property
    def finding(self) -> str:
        """How far the range of the markets shrinks, as a title."""
        shown = self.rows[~self.rows["flag"].isin(HIDDEN)]
        if shown["market"].nunique() < FEWEST:
            return f"{self._label}: too few markets to borrow from"
        ends = shown.groupby("domain")["estimate"].agg(["min", "max"])
        language = self.markets.language
        spans = {d: words.interval(row["min"], row["max"], language) for d, row in ends.iterrows()}
        return f"{self._label}: {spans['direct']} by market, {spans['pooled']} when markets lean on each other"

    @property
    def leaning(self) -> str:
        """How much weight the direct figures keep, and towards what they lean, in a sentence."""
        weights = self.rows.loc[(self.rows["domain"] == "pooled") & ~self.rows["flag"].isin(HIDDEN), "weight_direct"]
        if len(weights) < FEWEST:
            return "With fewer than three markets there is nothing to lean on: the pooled figures are the direct ones."
        language = self.markets.language
        low, high = (words.percent(w, language) for w in (weights.min(), weights.max()))
        kept = f"between {low} and {high}" if low != high else low
        return f"The direct figures keep {kept} of the weight and lean towards {words.percent(self.mean, language)}."

    @property
    def left_out(self) -> str:
        """Which markets are in no pooled figure, in a sentence; "" where all are."""
        own = self.rows[self.rows["domain"] == "direct"]
        parts = []
        for what, inside in (
            ("Not asked", own["flag"] == NOT_ASKED),
            ("Too few respondents", own["flag"] == HIDDEN[0]),
        ):
            if inside.any():
                places = [self.markets._place(code) for code in own.loc[inside, "market"]]
                parts.append(f"{what} in {words.listed(places, self.markets.language)}, left out here.")
        return " ".join(parts)

    @property
    def _label(self) -> str:
        label = self.markets.label(self.name)
        return label[:1].upper() + label[1:]


def pool(markets: Markets, name: str) -> Pooled:
    """A key figure of every market, direct and partially pooled (see `survey.pooling.partial_pooling`).

    Pooled are log p/(1-p) with standard errors se/(p(1-p)) (delta method), and turned back. A market that
    did not ask, or whose base is too small to show, is left out; a share of 0 or 1 keeps its own figure.
    """
    direct = figure_rows(markets.markets, name).assign(weight_direct=1.0, domain="direct", domain_label="Direct")
    pooled = direct.assign(domain="pooled", domain_label="Pooled", design_effect=np.nan)
    inside = ~direct["flag"].isin(HIDDEN) & direct["estimate"].between(0, 1, inclusive="neither")
    own = direct[inside]
    p = own["estimate"].to_numpy(float)
    level = markets.study.settings.confidence_level
    logits, errors = pd.Series(logit(p), index=own.index), own["std_error"] / (p * (1 - p))
    found = partial_pooling(logits, errors, confidence_level=level)
    mean = np.nan
    if len(own) >= FEWEST:
        mean = float(expit(heterogeneity(logits, errors, confidence_level=level).mean))
        back = expit(found[["estimate", "conf_low", "conf_high"]])
        pooled.loc[inside, back.columns] = back
        pooled.loc[inside, "std_error"] = found["std_error"] * back["estimate"] * (1 - back["estimate"])
        for rows in (direct, pooled):
            rows.loc[inside, "weight_direct"] = found["weight_direct"]
    return Pooled(markets, name, pd.concat([direct, pooled], ignore_index=True), mean)


def _cell(row: pd.Series, language: str) -> str:
    reading = Reading(row, language)
    if reading.suppressed:
        return "not asked" if row["flag"] == NOT_ASKED else words.WITHHELD
    ends = words.interval(row["conf_low"], row["conf_high"], language)
    return f"{reading.marked}<br><span class='jb-ci'>{ends}</span>"
