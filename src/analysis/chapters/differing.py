"""Where markets differ: letters between every two of them, how much of their spread is real, and their ranks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.chapters.comparing import figure_rows
from analysis.markets import Markets
from analysis.report import page, tables, words
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html
from analysis.report.rows import Estimates, mark_letters
from analysis.survey.compare import adjusted, separate_difference
from analysis.survey.letters import letter_tests
from analysis.survey.pooling import FEWEST, Heterogeneity, heterogeneity
from analysis.survey.ranks import separate_ranks

REAL = (
    "Real: the part of the spread of the markets' figures that is more than sampling (I squared). Spread: the standard "
    "deviation of the markets' true figures (tau). Another market: where the true figure of one more market like "
    "these would lie. p: the chance of such a spread if all markets were alike, all key figures allowed for (Holm)."
)
RANKED = (
    "Each cell has the market's rank, 1 the largest share, and below it the ranks it may have, for all markets of the "
    "figure at once."
)


@dataclass(frozen=True)
class Differing:
    """The key figures of several markets, held against each other.

    `rows` are tidy rows of one figure after the other (`item` is its name, `panel` its label, `label` the
    market). Markets that did not ask, and figures under the threshold, are in no test.
    """

    markets: Markets
    rows: pd.DataFrame

    @cached_property
    def letters(self) -> Estimates:
        """The markets as lettered columns, the key figures as rows; `tests` has every pair, Holm within a figure."""
        settings = self.markets.study.settings
        low, level = settings.low_base.caution_below, settings.confidence_level
        parts = []
        for place, name in enumerate(self.names):
            own = {row["market"]: row for _, row in self._of(name).iterrows()}
            pairs = {(a, b): separate_difference(own[a], own[b]) for a, b in combinations(own, 2)}
            parts.append(letter_tests({place: pairs}, confidence_level=level, minimum_base=low))
        tests = pd.concat(parts, keys=[0] * len(parts), names=["banner"])
        rows = self.rows.assign(label=self.rows["panel"], domain=self.rows["market"], domain_label=self.rows["label"])
        rows = rows.sort_values("domain", key=lambda s: s.map(list(rows["domain"].unique()).index), kind="stable")
        marked = mark_letters(rows.reset_index(drop=True), tests)
        measure = f"Percent, weighted, {self.markets.markets[0].labels.intervals}"
        base = f"{self.markets.people}, as each figure names"
        return Estimates(marked, measure, base, self.markets.source, self.markets.language, tests)

    @cached_property
    def spreads(self) -> dict[str, Heterogeneity]:
        """Key figure to how much the markets behind it differ (see `survey.pooling.heterogeneity`), in shares 0-1."""
        level = self.markets.study.settings.confidence_level
        given = {name: _shown(self._of(name)) for name in self.names}
        return {
            name: heterogeneity(rows["estimate"], rows["std_error"], confidence_level=level)
            for name, rows in given.items()
        }

    @cached_property
    def real(self) -> Estimates:
        """How much of the markets' spread is real, largest first, a row a key figure that two markets or more have.

        `p_adjusted` is Cochran's Q's, by Holm over the key figures.
        """
        spreads = self.spreads
        rows = self.rows.drop_duplicates("item").set_index("item", drop=False)
        for column in ("unweighted_base", "weighted_base", "effective_base"):
            rows[column] = [float(_shown(self._of(name))[column].sum()) for name in rows.index]
        rows["estimate"] = [spreads[name].share_real for name in rows.index]
        rows["conf_low"] = [spreads[name].conf_low for name in rows.index]
        rows["conf_high"] = [spreads[name].conf_high for name in rows.index]
        rows["p_adjusted"] = adjusted(np.array([spreads[name].p_value for name in rows.index]))
        rows = rows[[not spreads[name].not_estimable for name in rows.index]]
        rows = rows.assign(
            flag="", label=rows["panel"], unit="share", std_error=np.nan, design_effect=np.nan, market="all"
        )
        rows = rows.sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)
        measure = f"Part of the spread between markets that is more than sampling, {self._intervals}"
        base = f"{self.markets.people}, as each figure names, the markets together"
        return Estimates(rows, measure, base, self.markets.source, self.markets.language)

    def spread_table(self, *, title: str) -> Html:
        """One row a key figure: markets, what is real, tau, where another market would lie, p, and what that says."""
        rows, language = self.real.rows, self.markets.language
        told = dict(zip(rows["item"], rows["p_adjusted"], strict=True))
        panels = self.rows.drop_duplicates("item").set_index("item")["panel"]
        names = [*told, *(name for name in self.names if name not in told)]
        p_values = [told.get(name, np.nan) for name in names]
        table = pd.DataFrame({"label": [panels[name] for name in names]})
        found = [self.spreads[name] for name in names]
        table["Markets"] = [str(one.samples) for one in found]
        table["Real"] = [_with_interval(one.share_real, one.conf_low, one.conf_high) for one in found]
        table["Spread, points"] = [_points(one) for one in found]
        table["Mean"] = [words.DASH if np.isnan(one.mean) else words.percent(one.mean, language) for one in found]
        table["Another market"] = [_prediction(one, language) for one in found]
        table["p (Holm)"] = [tables.text(words.p_value(p)) for p in p_values]
        table["In words"] = [
            f"<span class='jb-words'>{self._in_words(one, p)}</span>" for one, p in zip(found, p_values, strict=True)
        ]
        foot = f"{REAL} {page.foot(rows, self.real.base, self.markets.source)}"
        measure = f"Random effects over the markets (restricted maximum likelihood), {self._intervals}"
        return tables.plain_table(table, title=title, measure=measure, foot=foot, text=("In words",))

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """The rows of `rows` that may be shown, with `rank`, `rank_low` and `rank_high`, jointly within a figure."""
        level = self.markets.study.settings.confidence_level
        parts = []
        for name in self.names:
            rows = _shown(self._of(name))
            if len(rows) > 1:
                parts.append(rows.join(separate_ranks(rows, confidence_level=level)))
        return pd.concat(parts) if parts else self.rows.iloc[:0].assign(rank=0, rank_low=0, rank_high=0)

    def rank_table(self, *, title: str) -> Html:
        """One row a key figure, one column a market: its rank, and the ranks that it may have."""
        ranks = {(row["item"], row["market"]): row for row in self.ranks.to_dict("records")}
        flags = self.rows.set_index(["item", "market"])["flag"]
        panels = self.rows.drop_duplicates("item").set_index("item")["panel"]
        table = pd.DataFrame({"label": [panels[name] for name in self.names]})
        for market in self.markets.markets:
            keys = [(name, market.code) for name in self.names]
            table[market.name] = [
                _rank(ranks[key]) if key in ranks else "not asked" if flags[key] == NOT_ASKED else words.WITHHELD
                for key in keys
            ]
        foot = f"{RANKED} {page.foot(self.rows, f'{self.markets.people}, as each figure names', self.markets.source)}"
        measure = f"Rank, and the ranks that hold jointly at {words.percent(self._level, self.markets.language)}"
        return tables.plain_table(table, title=title, measure=measure, foot=foot)

    # ---- sentences

    @property
    def names(self) -> list[str]:
        """The names of the key figures."""
        return list(dict.fromkeys(self.rows["item"]))

    @property
    def headline(self) -> str:
        """In how many key figures the markets differ by more than chance, as a title."""
        many = words.number(len(self._apart), self.markets.language)
        of = words.number(len(self.names), self.markets.language)
        if len(self.markets.markets) < 2:
            return "One market alone: there is nothing to compare"
        if not self._apart:
            return f"In none of {of} key figures do markets differ by more than chance would give"
        return f"Markets differ by more than chance would give in {many} of {of} key figures"

    @property
    def most(self) -> str:
        """Which key figures the markets differ in, in a sentence."""
        if not self._apart:
            return "For every key figure the spread of the markets could be chance."
        names = words.listed([self.markets.label(name) for name in self._apart], self.markets.language)
        return f"They differ in these: {names}. For the others the spread of the markets could be chance."

    @property
    def real_finding(self) -> str:
        """From which to which part of the spread is real, as a title."""
        rows = self.real.rows.dropna(subset="estimate")
        if rows.empty:
            return "Fewer than two markets: nothing to compare"
        ends = [
            f"{words.percent(row['estimate'], self.markets.language)} ({words.lower_first(row['label'])})"
            for row in (rows.iloc[-1], rows.iloc[0])
        ]
        return f"The real part of the spread: from {ends[0]} to {ends[1]}"

    @property
    def told_apart(self) -> str:
        """How many pairs of markets are told apart, over all figures, as a title."""
        tests = self.letters.tests
        assert tests is not None
        made, sure = int(tests["p_value"].notna().sum()), int(tests["significant"].sum())
        return f"Of {words.count(made)} pairs of markets over all figures, {words.count(sure)} are told apart"

    @property
    def rank_finding(self) -> str:
        """For how many figures a market is surely first, as a title."""
        sure = self.ranks[(self.ranks["rank_high"] == 1)]["item"].nunique()
        if not sure:
            return "No market is surely first in any key figure"
        many = words.number(sure, self.markets.language)
        return (
            f"A market is surely first in {many} of {words.number(len(self.names), self.markets.language)} key figures"
        )

    @property
    def left_out(self) -> str:
        """Which markets did not ask which key figure, in sentences; "" where all asked."""
        without: dict[tuple[str, ...], list[str]] = {}
        for name in self.names:
            own = self._of(name)
            codes = tuple(own.loc[own["flag"] == NOT_ASKED, "market"])
            if codes:
                without.setdefault(codes, []).append(name)
        language, parts = self.markets.language, []
        for codes, names in without.items():
            places = words.listed([self.markets._place(code) for code in codes], language)
            figures = "; ".join(self.markets.label(name) for name in names)
            nothing = " (nothing is left to compare)" if len(self.markets.markets) - len(codes) < 2 else ""
            parts.append(f"Not asked in {places}, and compared without: {figures}{nothing}.")
        return " ".join(parts)

    # ---- inner workings

    def _of(self, name: str) -> pd.DataFrame:
        return self.rows[self.rows["item"] == name]

    @property
    def _level(self) -> float:
        return self.markets.study.settings.confidence_level

    @property
    def _intervals(self) -> str:
        return words.intervals(self._level, self.markets.language)

    @cached_property
    def _apart(self) -> list[str]:
        rows = self.real.rows
        return list(rows.loc[rows["p_adjusted"] < 1 - self._level, "item"])

    def _in_words(self, found: Heterogeneity, p_adjusted: float) -> str:
        if found.not_estimable:
            return "Fewer than two markets: nothing to compare."
        language = self.markets.language
        if p_adjusted < 1 - self._level:
            return (
                f"They differ, typically by {words.points(max(1, round(100 * found.tau)), language)} from their mean."
            )
        if found.samples < FEWEST:
            return "May be chance; two markets say little of how far markets differ."
        most = words.points(max(1, int(np.ceil(100 * found.tau_high))), language)
        return f"May be chance; a spread of {most} is not ruled out."


def differ(markets: Markets) -> Differing:
    """Every key figure of the study, the markets held against each other."""
    parts = [figure_rows(markets.markets, name) for name in markets.study.settings.key_figures]
    return Differing(markets, pd.concat(parts, ignore_index=True))


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of markets that were asked, on a base that may be shown."""
    return rows[~rows["flag"].isin(HIDDEN) & rows["estimate"].notna()]


def _with_interval(estimate: float, low: float, high: float) -> str:
    if np.isnan(estimate):
        return words.DASH
    ends = f"{round(100 * low)}{words.DASH}{round(100 * high)}"
    return f"{words.percent(estimate)}<br><span class='jb-ci'>{ends}</span>"


def _points(found: Heterogeneity) -> str:
    if found.not_estimable:
        return words.DASH
    ends = f"{100 * found.tau_low:.1f}{words.DASH}{100 * found.tau_high:.1f}"
    return f"{100 * found.tau:.1f}<br><span class='jb-ci'>{ends}</span>"


def _prediction(found: Heterogeneity, language: str) -> str:
    """Where the truth of one more market would lie: a share, so within 0 and 1."""
    if found.samples < FEWEST:
        return words.DASH
    return words.interval(max(found.prediction_low, 0.0), min(found.prediction_high, 1.0), language)


def _rank(row: dict[str, float]) -> str:
    low, high = int(row["rank_low"]), int(row["rank_high"])
    ends = f"{low}" if low == high else f"{low}{words.DASH}{high}"
    return f"{int(row['rank'])}<br><span class='jb-ci'>{ends}</span>"
