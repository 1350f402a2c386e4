"""Estimates: tidy rows together with the words that a chart, a table or a sentence needs."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.report import charts, page, tables, words
from analysis.report.bars import bars
from analysis.report.disclosure import HIDDEN, NOT_ASKED, SUPPRESSED
from analysis.report.page import Html
from analysis.report.settling import settled
from analysis.report.slopes import slopes
from analysis.survey.letters import LETTERS, letters

TOTAL = "total"  # the domain of everybody in the base


@dataclass(frozen=True)
class Estimates:
    """Weighted shares, means or differences, with what must be said beside them.

    `rows` is the tidy frame: market, question, item, answer, domain, estimate (0-1), std_error,
    conf_low, conf_high, degrees_of_freedom, the three bases, design_effect, flag, `unit` (share, mean,
    points, gap or coefficient: see `words.amount`), and the labels `label` and `domain_label`; where groups were
    compared also `letter`, the column's own, and `above`, the letters of the columns it
    lies above, with every test behind them in `tests` (see `survey.letters.letter_tests`). `measure`
    says what is counted and in which unit, `base` of whom, `source` from which interviews, `limits`
    where an axis of means begins and ends.
    """

    rows: pd.DataFrame
    measure: str
    base: str
    source: str
    language: str = "en"
    tests: pd.DataFrame | None = None
    limits: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", settled(self.rows))

    def __getitem__(self, key: str) -> Reading:
        """The figure of an item, answer, net, market or domain."""
        rows = self.rows[self.rows["domain"] == key]
        if rows.empty:
            total = self.rows[self.rows["domain"] == self.rows["domain"].iloc[0]]
            known = total[["item", "answer", "market"]].astype(str)
            rows = total[(known == str(key)).any(axis=1)]
        if len(rows) != 1:
            known = sorted({str(v) for c in ("item", "answer", "domain") for v in self.rows[c]})
            raise KeyError(f"{len(rows)} figures answer to {key!r}; the keys are {', '.join(known)}")
        return Reading(rows.iloc[0], self.language)

    def ranked(self) -> Estimates:
        """The same, largest total first."""
        total = self.rows[self.rows["domain"] == self.rows["domain"].iloc[0]]
        largest_first = total.sort_values("estimate", ascending=False, kind="stable")
        order = {label: n for n, label in enumerate(largest_first["label"])}
        rows = self.rows.sort_values("label", key=lambda s: s.map(order), kind="stable")
        return replace(self, rows=rows.reset_index(drop=True))

    def relabelled(self, labels: list[str]) -> Estimates:
        """The same rows under other labels, one a row."""
        return replace(self, rows=self.rows.assign(label=labels))

    def by_domain(self) -> Estimates:
        """The same figures with a line for each domain, where one figure was asked for."""
        return replace(self, rows=self.rows.assign(label=self.rows["domain_label"], domain_label="All"))

    @property
    def count(self) -> int:
        """How many figures there are, without those of other domains."""
        return int((self.rows["domain"] == self.rows["domain"].iloc[0]).sum())

    @property
    def size(self) -> str:
        """How many figures there are, as a word."""
        return words.number(self.count, self.language)

    def first(self, rank: int = 1) -> Reading:
        """The largest figure that may be shown, or the one of another rank."""
        total = self.rows[self.rows["domain"] == self.rows["domain"].iloc[0]]
        shown = total[~total["flag"].isin(HIDDEN)]
        if len(shown) < rank:  # nothing to show: a reading that says so
            return Reading(total.iloc[0], self.language)
        return Reading(shown.sort_values("estimate", ascending=False, kind="stable").iloc[rank - 1], self.language)

    def last(self) -> Reading:
        """The smallest figure that may be shown."""
        total = self.rows[self.rows["domain"] == self.rows["domain"].iloc[0]]
        return self.first(max(1, int((~total["flag"].isin(HIDDEN)).sum())))

    def rank(self, key: str) -> str:
        """The place of one figure among the largest, first ... or last; the places it could hold, if known."""
        if self[key].suppressed:
            return str(self[key])
        rows = self.rows[self.rows["domain"] == self.rows["domain"].iloc[0]]
        if "rank_low" in rows:
            row = self[key].row
            return words.places(int(row["rank_low"]), int(row["rank_high"]), len(rows), self.language)
        place = int((rows["estimate"] > self[key].row["estimate"]).sum())
        return words.ordinal(place + 1, len(rows), self.language)

    def chart(self, *, title: str, published: Mapping[str, float] | float | None = None) -> Html:
        """Dots with their intervals; `published` percents are drawn as a line or a mark a row."""
        if self.unanswered:
            return page.unanswered(title, self.measure)
        return charts.dots(self.rows, title=title, published=published, limits=self.limits, **self._slots)

    def bars(self, *, title: str, published: Mapping[str, float] | float | None = None) -> Html:
        """Bars from 0 with the intervals of their ends, in the order of the rows: for one domain."""
        if self.unanswered:
            return page.unanswered(title, self.measure)
        return bars(self.rows, title=title, published=published, **self._slots)

    def slopes(self, *, title: str, clear: Collection[str] | None = None) -> Html:
        """A line a label over the domains, without that of everybody; lines of `clear` labels stand out.

        By default those stand out where one group lies above another by more than chance.
        """
        if self.unanswered:
            return page.unanswered(title, self.measure)
        groups = self.rows[self.rows["domain"] != TOTAL]
        return slopes(groups, title=title, clear=clear, **self._slots)

    @property
    def unanswered(self) -> bool:
        """Whether it was asked, and nobody's answer counts in any base."""
        return bool((self.rows["unweighted_base"] == 0).all() and (self.rows["flag"] != NOT_ASKED).any())

    @property
    def _slots(self) -> dict[str, Any]:
        """What every chart must say."""
        return {"measure": self.measure, "base": self.base, "source": self.source, "language": self.language}

    def table(self, *, title: str) -> Html:
        """One row an answer: share, interval and three bases; or one column a domain."""
        if self.unanswered:
            return page.unanswered(title, self.measure)
        make = tables.banner_table if self.rows["domain_label"].nunique() > 1 else tables.share_table
        return make(
            self.rows,
            title=title,
            measure=self.measure,
            base=self.base,
            source=self.source,
            language=self.language,
        )


@dataclass(frozen=True)
class Reading:
    """One row, to be read in a sentence: str() gives the percent."""

    row: pd.Series
    language: str = "en"

    def __str__(self) -> str:
        return self._why_not if self.suppressed else words.amount(self.row["estimate"], self._unit, self.language)

    @property
    def marked(self) -> str:
        """The percent, with a star where the base is low."""
        return f"{self}*" if self.row["flag"] == "low base" else str(self)

    @property
    def suppressed(self) -> bool:
        """Whether there is no figure to show: too few respondents, or not asked in this market."""
        return self.row["flag"] in HIDDEN

    @property
    def _why_not(self) -> str:
        if self.row["flag"] == NOT_ASKED:
            return "not asked in this market"
        return words.lower_first(words.NO_ANSWERS) if self.row["unweighted_base"] == 0 else "withheld"

    @property
    def _unit(self) -> str:
        return str(self.row.get("unit", "share"))

    @property
    def full(self) -> str:
        """The percent with its interval and base; it says where the base is low."""
        if self.row["flag"] == NOT_ASKED:
            return self._why_not
        if self.suppressed:
            base = self.row["unweighted_base"]
            unknown = base == 0 or pd.isna(base)
            return self._why_not if unknown else f"{self._why_not} (base {words.count(base, self.language)})"
        return words.reading(self.row, self.language)

    @property
    def how(self) -> str:
        """The interval and the base, to stand under the number; it says where the base is low."""
        base = words.count(self.row["unweighted_base"], self.language)
        if self.suppressed:
            return "withheld" if pd.isna(self.row["unweighted_base"]) else f"base {base}"
        return f"{self.ends}, {'low base' if self.row['flag'] == 'low base' else 'base'} {base}"

    @property
    def ends(self) -> str:
        """The interval alone: 19 to 26 %."""
        return words.span(self.row["conf_low"], self.row["conf_high"], self._unit, self.language)

    @property
    def label(self) -> str:
        return str(self.row["label"])


def told(tests: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The tests (see `mark_letters`) between figures that are shown; those of a withheld one hold no number."""
    place = rows.groupby("domain", sort=False).cumcount()
    held = rows["flag"] == SUPPRESSED
    secret = set(zip(place[held], rows.loc[held, "domain"], strict=True))
    index = tests.index.to_frame(index=False)
    silent = [(i, a) in secret or (i, b) in secret for i, a, b in index[["item", "first", "second"]].to_numpy()]
    shown = tests.copy()
    shown.loc[silent, tests.columns.difference(["significant"])] = np.nan
    shown.loc[silent, "significant"] = False
    return shown


def mark_letters(rows: pd.DataFrame, tests: pd.DataFrame, families: Sequence[Hashable] | None = None) -> pd.DataFrame:
    """The rows with `letter` and `above`, from the tests of each banner (index: banner, item, first, second).

    An item is the place of a figure among the rows of its domain. The level `banner` holds the place of
    the banner's first letter. A group that was compared with no other has no letter: in all rows, or in those
    of one of the `families` (one a figure).
    """
    place = rows.groupby("domain", sort=False).cumcount()
    family = [families[n] if families else "" for n in place]
    own: dict[tuple[Hashable, str], str] = {}
    above: dict[tuple[int, str], str] = {}
    for start, tested in tests.groupby(level="banner", sort=False):
        table = letters(tested.droplevel("banner"), start=start)
        made = tested[tested["p_value"].notna()]
        names = {domain: LETTERS[start + n] for n, domain in enumerate(table.columns)}
        for _, item, *pair in made.index:
            own |= {(families[item] if families else "", domain): names[domain] for domain in pair}
        above |= {(item, domain): text for domain in table for item, text in table[domain].items()}
    return rows.assign(
        letter=[own.get(pair, "") for pair in zip(family, rows["domain"], strict=True)],
        above=[above.get(pair, "") for pair in zip(place, rows["domain"], strict=True)],
    )
