"""Every key figure over the markets, each market beside the average, which counts them both ways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.market import Market
from analysis.markets import Markets
from analysis.report import page, tables, words
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.lines import AVERAGE
from analysis.report.multiples import MARKS, OTHER, multiples
from analysis.report.page import Html
from analysis.report.rows import Reading
from analysis.study.chapters import KeyFigure
from analysis.study.params import Average
from analysis.study.settings import say
from analysis.survey.compare import Difference, adjusted, difference_from_average

LABELS: dict[Average, str] = {"alike": "All, each alike", "population": "All, by adults"}
HOLM = (
    "p: the chance of so large a difference from the average if there were none, all markets of the figure allowed "
    "for (Holm), a dash on a base too low to test; that a market is part of the average is in its error."
)


@dataclass(frozen=True)
class Compared:
    """Key figures in every market and on average.

    `rows` are tidy rows, of one figure after the other (`item` is its name): the markets in the study's
    order, then the average as the study counts it (market "average") and counted the other way ("other
    average"). A market's `gap` is its share less the study's average (0-1), its interval taken alone from
    `gap_low` to `gap_high`, with `p_adjusted` by Holm over the markets of the figure, NaN on a low base;
    `mark` is "above" or "below" where it is told apart. A market that did not ask is flagged and in no
    average; fewer than two that did have none.
    """

    markets: Markets
    rows: pd.DataFrame

    def of(self, *sections: str) -> Compared:
        """The key figures whose questions stand in these sections of the codebook."""
        book = self.markets.study.codebook
        inside = [book.questions[question].section in sections for question in self.rows["question"]]
        return replace(self, rows=self.rows[inside])

    def beyond(self, *sections: str) -> Compared:
        """The key figures of all other sections."""
        return self.of(*({q.section or "" for q in self.markets.study.codebook.questions.values()} - {*sections}))

    @property
    def names(self) -> list[str]:
        """The names of the key figures."""
        return list(dict.fromkeys(self.rows["item"]))

    @property
    def size(self) -> str:
        """How many key figures there are, as a word."""
        return words.number(len(self.names), self.markets.language)

    @property
    def headline(self) -> str:
        """In how many key figures a market stands apart from the average, as a title."""
        apart = self.rows[self.rows["mark"] != ""]["item"].nunique()
        many = words.number(apart, self.markets.language)
        if not apart:
            return f"In none of {self.size} key figures does a market stand apart from the average"
        return f"In {many} of {self.size} key figures a market stands apart from the average"

    @property
    def finding(self) -> str:
        """Which markets stand apart from the average, figure by figure, as a title."""
        parts: list[str] = []
        for _, own in self.rows.groupby("item", sort=False):
            sides = [
                f"{words.listed([self.markets._place(m) for m in part['market']], self.markets.language)} {side}"
                for side, part in ((side, own[own["mark"] == side]) for side in ("above", "below"))
                if len(part)
            ]
            if sides:
                name = str(own["panel"].iloc[0])
                parts.append(f"{words.lower_first(name) if parts else name}: {' and '.join(sides)} the average")
        return "; ".join(parts) or "No market stands apart from the average by more than chance would give"

    def chart(self, *, title: str) -> Html:
        """A panel a key figure, with what was published for all markets together."""
        panels = self.rows.drop_duplicates("item").set_index("item")["panel"]
        printed = {str(panels[name]): self.markets.published(name) for name in self.names}
        return multiples(
            self.rows,
            title=title,
            measure=f"Percent, weighted, {self.markets.markets[0].labels.intervals}",
            base=self.base,
            source=f"{self.alone}{self.markets.source}",
            published={panel: value for panel, value in printed.items() if value is not None},
            language=self.markets.language,
        )

    def table(self, *, title: str) -> Html:
        """One row a market, one column a key figure: share and mark, interval, p and bases."""
        labels = list(dict.fromkeys(self.rows["label"]))
        table = pd.DataFrame({"label": labels})
        for panel, own in self.rows.groupby("panel", sort=False):
            cells = {row["label"]: self._cell(row) for row in own.to_dict("records")}
            table[str(panel)] = [cells.get(label, "") for label in labels]
        measure = f"Percent, weighted, {self.markets.markets[0].labels.intervals}, p, unweighted and effective bases"
        foot = f"{HOLM} {self.alone}{page.foot(self.rows, self.base, self.markets.source)}"
        other = int((self.rows["market"] == OTHER).any())
        return tables.plain_table(table, title=title, measure=measure, foot=foot, muted=other)

    @property
    def alone(self) -> str:
        """Which key figures too few markets asked for an average, in a sentence; "" where there is none."""
        compared = set(self.rows.loc[self.rows["market"] == AVERAGE, "item"])
        alone = [self.markets.label(name) for name in self.names if name not in compared]
        if not alone:
            return ""
        return f"Asked in fewer than two markets, and so without an average: {words.listed(alone)}. "

    @property
    def base(self) -> str:
        """Of whom the figures are, each that is not of all respondents by name."""
        study, language = self.markets.study, self.markets.language
        bases: dict[str, list[str]] = {}
        for name in self.names:
            figure = study.settings.key_figures[name]
            of = say(study.codebook.questions[figure.question].base, language)
            of += f", {self.markets.markets[0].labels.domain(figure.domain)}" if figure.domain else ""
            bases.setdefault(of, []).append(self.markets.label(name))
        if len(bases) == 1:
            return f"{self.markets.people}, {next(iter(bases))}"
        parts = [f"{of} ({'; '.join(labels)})" for of, labels in bases.items()]
        return f"{self.markets.people}: {'; '.join(parts)}"

    def _cell(self, row: dict[str, object]) -> str:
        reading = Reading(pd.Series(row), self.markets.language)
        if row["flag"] == NOT_ASKED:
            return "not asked"
        share = f"{reading.marked}{words.THIN}{MARKS[str(row['mark'])]}" if row["mark"] else reading.marked
        if row["flag"] in HIDDEN:
            return f"{words.WITHHELD}<br><span class='jb-ci'>{reading.how}</span>"
        ends = f"{round(100 * float(str(row['conf_low'])))}{words.DASH}{round(100 * float(str(row['conf_high'])))}"
        if row["market"] not in (AVERAGE, OTHER):
            ends += f", p {tables.text(words.p_value(float(str(row['p_adjusted']))))}"
        bases = [words.count(float(str(row[f"{kind}_base"])), self.markets.language) for kind in BASES]
        return f"{share}<br><span class='jb-ci'>{ends}<br>{' / '.join(bases)}</span>"


BASES = ("unweighted", "effective")


def compare(markets: Markets, *names: str) -> Compared:
    """Key figures of the study, those named or all, in every market, beside the average counted both ways."""
    figures = markets.study.settings.key_figures
    parts = [_figure(markets, name, figures[name]) for name in names or figures]
    return Compared(markets, pd.concat(parts, ignore_index=True))


def asked(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of markets that were asked and have somebody in the base."""
    return rows[(rows["flag"] != NOT_ASKED) & rows["estimate"].notna()]


def figure_rows(markets: Iterable[Market], name: str) -> pd.DataFrame:
    """One key figure, a row a market in the study's order, labelled by the market's name."""
    rows = pd.concat([market.key_figures(name).rows for market in markets], ignore_index=True)
    return rows.assign(panel=rows["label"], label=[market.name for market in markets])


def _figure(markets: Markets, name: str, figure: KeyFigure) -> pd.DataFrame:
    """One key figure: its markets, marked, and below them the averages."""
    rows = _marked(markets, figure_rows(markets.markets, name))
    given = asked(rows)
    first = markets.study.settings.average
    ways: list[Average] = [first, "population" if first == "alike" else "alike"]
    for how in ways if len(given) > 1 else []:
        if how == "alike" or all(m.settings.population for m in markets.markets):
            row = markets.average(given, how)
            row["label"], row["mark"] = LABELS[how], ""
            row[["gap", "gap_low", "gap_high", "p_adjusted"]] = np.nan
            row["market"] = AVERAGE if how == first else OTHER
            rows = pd.concat([rows, row.to_frame().T], ignore_index=True)
    numeric = given.select_dtypes("number").columns
    return rows.astype(dict.fromkeys(numeric, float))


def _marked(markets: Markets, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `gap`, `p_adjusted` and `mark`: each market against the average of those that were asked."""
    settings = markets.study.settings
    given = asked(rows)
    gaps: dict[int, Difference] = {}
    if len(given) > 1:
        each = [row for _, row in given.iterrows()]
        sizes = markets.study.populations(list(given["market"]))
        gaps = {index: difference_from_average(each, n, sizes) for n, index in enumerate(given.index)}
    ends = {i: (gap.estimate, *gap.interval(settings.confidence_level)) for i, gap in gaps.items()}
    found = pd.DataFrame.from_dict(ends, orient="index", columns=["gap", "gap_low", "gap_high"], dtype=float)
    rows = rows.join(found)
    told = {i: gap.p_value for i, gap in gaps.items() if rows["unweighted_base"][i] >= settings.low_base.caution_below}
    p = pd.Series(adjusted(np.array(list(told.values()), dtype=float)), index=list(told), dtype=float)
    rows["p_adjusted"] = p.reindex(rows.index)
    sure = rows["p_adjusted"] < 1 - settings.confidence_level
    rows["mark"] = np.where(sure, np.where(rows["gap"] > 0, "above", "below"), "")
    return rows
