"""The headline figures, each market beside the average of all: of the landing page, and of a market's front page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

import pandas as pd

from analysis.chapters.combining import together
from analysis.chapters.comparing import Compared, compare
from analysis.market import Market
from analysis.markets import Markets
from analysis.report import page, tables, words
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.lines import AVERAGE
from analysis.report.markdown import Markdown, literal
from analysis.report.multiples import MARKS, OTHER
from analysis.report.page import Html
from analysis.report.rows import Estimates, Reading

SIDES = (
    "Above and below: further from the average than chance would give, all markets of the figure allowed for; perhaps: "
    "only if it were the one market looked at; level: no further. A low base is not compared."
)

PERHAPS, LEVEL = "perhaps ", "level"


@dataclass(frozen=True)
class Headlines:
    """The headline figures of every market of the study, for the pages of `opened`: all of them, or one.

    `compared` has their rows (see `comparing.Compared`), the average counted as the study says. One market may
    be `on_its_page`, or on the landing page of a report of its own.
    """

    opened: Markets
    compared: Compared
    on_its_page: bool = False

    @property
    def rows(self) -> pd.DataFrame:
        return self.compared.rows

    @property
    def size(self) -> str:
        """How many headline figures there are, as a word."""
        return self.compared.size

    @property
    def held(self) -> str:
        """What the figures are held beside, to end a sentence with; "" where there is no average."""
        if not (self.rows["market"] == AVERAGE).any():
            return ""
        return f", each beside {self._average}, which counts {self.opened.counted}"

    @property
    def title(self) -> str:
        """The first headline figure, as a title: its range over the markets, or one market's beside the average."""
        name = self.compared.names[0]
        if len(self.opened.markets) > 1:
            average = self.rows[(self.rows["item"] == name) & (self.rows["market"] == AVERAGE)]
            mean = [f"{Reading(row, self._language)} on average" for _, row in average.iterrows()]
            return ", ".join([self.opened.finding(name), *mean])
        row = self._row(name)
        reading, label = Reading(row, self._language), str(row["panel"])
        if reading.suppressed:
            return f"{label}: {reading}"
        beside = ""
        if _compared(row):
            means = self.rows[(self.rows["item"] == name) & (self.rows["market"] == AVERAGE)]
            beside = f", {_side(row)} {self._average} ({Reading(means.iloc[0], self._language)})"
        return f"{label}: {reading} of {self.opened.people}{beside}"

    @property
    def finding(self) -> str:
        """Which markets stand apart from the average in which headline figure, in a sentence; "" for one market."""
        many = len(self.opened.markets)
        if many == 1:
            return ""
        sure = bool((self.rows["mark"] != "").any())
        rest = " Any other difference of a market from the average may be chance." if sure else ""
        return f"{self.compared.finding}.{rest}"

    def chart(self) -> Html:
        """A panel a figure with all markets; of one market, its figures and the average's as two series."""
        if len(self.opened.markets) > 1:
            return self.compared.chart(title=self.title)
        market = self.opened.markets[0]
        series = {market.people: self._estimates(market.code)}
        average = self._estimates(AVERAGE)
        if len(average.rows):
            series[self._average] = average
        first = next(iter(series.values()))
        base = f"{first.base}; of the average, adults in all of its markets" if len(series) > 1 else first.base
        both = together(series, measure=first.measure, base=base)
        title = (
            f"Headline figures of {market.people}, beside {self._average}" if len(series) > 1 else "Headline figures"
        )
        return both.chart(title=title, published=market.published or None)

    def table(self) -> Html:
        """One row a market, its name a link to its pages, one column a figure: share, side, interval and base."""
        markets = {market.code: market.name for market in self.opened.markets}
        average = {AVERAGE: "Average"} if (self.rows["market"] == AVERAGE).any() else {}
        shown = markets | average
        table = pd.DataFrame({"label": list(shown.values())})
        for name in self.compared.names:
            own = self.rows[self.rows["item"] == name].set_index("market")
            table[str(own["panel"].iloc[0])] = [
                self._cell(own.loc[code]) if code in own.index else "" for code in shown
            ]
        printed = [self._published(name) for name in self.compared.names]
        if any(printed):
            table.loc[len(table)] = ["Published", *printed]
        rows = self.rows[self.rows["market"].isin(markets)]
        foot = f"{SIDES if average else ''} {page.foot(rows, 'as in the chart', self.opened.source)}".strip()
        measure = f"Percent, weighted, {self.opened.markets[0].labels.intervals}, unweighted bases"
        title = "The headline figures"
        if average:
            title += ", and whether they are more than elsewhere"
            measure += f"; the average counts {self.opened.counted}"
        muted = len(average) + any(printed)
        made = tables.plain_table(table, title=title, measure=measure, foot=foot, muted=muted)
        return replace(made, html=self._linked(made.html))

    def cards(self) -> Html:
        """The headline figures of the one market as cards: number, interval, base, and how far from the average."""
        entries = []
        for name in self.compared.names:
            row = self._row(name)
            reading = Reading(row, self._language)
            lines = [reading.how.replace(", ", "\n"), self._beside(row)]
            entries.append(
                (reading.marked, words.lower_first(str(row["panel"])), "\n".join(line for line in lines if line))
            )
        return page.cards(entries)

    def gap(self, name: str) -> tuple[str, str, str] | None:
        """How far the one market is from the average in a figure, as a card; None where it is not compared."""
        row = self._row(name)
        if not _compared(row):
            return None
        what = f"{words.lower_first(str(row['panel']))}, against {self._average}"
        side = _side(row).removesuffix(" with")
        verdict = "more than chance would give" if row["mark"] else "level" if side == LEVEL else self._chance
        ends = words.span(row["gap_low"], row["gap_high"], "points", self._language)
        base = f"base {words.count(row['unweighted_base'], self._language)}"
        return words.amount(row["gap"], "points", self._language), what, f"{ends}, {base}\n{verdict}"

    def leads_to(self, what: Literal["verdicts", "sample"], text: str) -> str:
        """The text as a Markdown link to the verdicts, or to who answered; as it is where no chapter shows that."""
        linked, several = self.opened.study.settings.linked, len(self.opened.markets) > 1
        if several:
            name, folder = (linked.scorecard if what == "verdicts" else None), "markets/"
        else:
            name = linked.checked if what == "verdicts" else linked.sample
            folder = "" if self.on_its_page else f"{self.opened.code}/"
        return Markdown(f"[{literal(text)}]({folder}{name}.ipynb)") if name else Markdown(literal(text))

    @property
    def further(self) -> str:
        """Where the overview of all markets leads on to, in a sentence; "" for one market."""
        linked = self.opened.study.settings.linked
        names = {
            "every key figure by market": linked.across,
            "what the article claims, figure by figure": linked.figures,
        }
        links = [f"[{text}](markets/{name}.ipynb)" for text, name in names.items() if name]
        if len(self.opened.markets) == 1 or not links:
            return ""
        return Markdown(f"See also {words.listed(links, self._language)}.")

    @property
    def _language(self) -> str:
        return self.opened.language

    @property
    def _average(self) -> str:
        asked = self.rows[(self.rows["market"] != AVERAGE) & (self.rows["flag"] != NOT_ASKED)].groupby("item").size()
        if asked.nunique() > 1:
            return "the average of the markets that asked"
        return f"the average of {words.number(int(asked.max()), self._language)} markets"

    @property
    def _chance(self) -> str:
        """Why an interval that leaves out zero may be chance all the same."""
        many = self.rows.loc[self.rows["market"] != AVERAGE, "market"].nunique()
        return f"which may be chance where {words.number(many, self._language)} markets are compared"

    def _row(self, name: str) -> pd.Series:
        own = self.rows[self.rows["market"] == self.opened.code]
        return own[own["item"] == name].iloc[0]

    def _estimates(self, code: str) -> Estimates:
        """The headline figures of a market, or of the average, to draw beside the other."""
        rows = self.rows[self.rows["market"] == code]
        market = self.opened.markets[0]
        rows = rows.assign(label=rows["panel"], market="all" if code == AVERAGE else code)
        measure = f"Percent, weighted, {market.labels.intervals}"
        return Estimates(rows, measure, f"{market.people}, as named", market.source, self._language)

    def _beside(self, row: pd.Series) -> str:
        """How far a market is from the average, and whether by more than chance; "" where there is no average."""
        if not _compared(row):
            return "low base: not compared" if row["flag"] == "low base" and pd.notna(row["gap"]) else ""
        side = _side(row).removesuffix(" with")
        ends = f"({words.signed_end(row['gap_low'])} to {words.signed_end(row['gap_high'])})"
        if side == LEVEL:
            return f"level with the average {ends}"
        points = words.points(abs(round(100 * row["gap"])), self._language)
        chance = f", {self._chance}" if side.startswith(PERHAPS) else ""
        return f"{points} {side.removeprefix(PERHAPS)} the average {ends}{chance}"

    def _cell(self, row: pd.Series) -> str:
        reading = Reading(row, self._language)
        if row["flag"] == NOT_ASKED:
            return "not asked"
        side = ""
        if _compared(row):
            mark = f"{MARKS[row['mark']]} " if row["mark"] else ""
            word, named = _side(row).removesuffix(" with"), "jb-side jb-apart" if mark else "jb-side"
            side = f'<br><span class="{named}">{mark}{word}</span>'
        base = f"base\u00a0{words.count(row['unweighted_base'], self._language)}"
        how = base if reading.suppressed else f"{_ends(row)}, {base}"
        return f'{reading.marked}{side}<br><span class="jb-ci jb-wraps">{how}</span>'

    def _published(self, name: str) -> str:
        """The percent published for all markets, and those published for a market of its own."""
        general = self.opened.published(name)
        own = {m.name: m.published.get(m.key_label(name)) for m in self.opened.markets}
        cells = [] if general is None else [f"{general:g}{words.THIN}%"]
        cells += [f"{n} {v:g}{words.THIN}%" for n, v in own.items() if v is not None and v != general]
        return "<br>".join(cells)

    def _linked(self, html: str) -> str:
        """The table with each market's name as a link to the first of its pages."""
        first = next(iter(self.opened.study.settings.chapters.market))
        for market in self.opened.markets:
            name = escape(market.name)
            link = rf'\1<a href="{market.code}/{first}.html">{name}</a></th>'
            html = re.sub(rf'(<th scope="row"[^>]*>){re.escape(name)}</th>', link, html)
        return html


def _compared(row: pd.Series) -> bool:
    """Whether the market was held beside the average: there is one, and the base is not low."""
    return bool(row["flag"] not in HIDDEN and pd.notna(row["p_adjusted"]))


def _ends(row: pd.Series) -> str:
    """The interval in short: 22–30."""
    return f"{round(100 * row['conf_low'])}{words.DASH}{round(100 * row['conf_high'])}"


def _side(row: pd.Series) -> str:
    """Where a market stands, to go before "the average": above, below, perhaps one of them, or level with."""
    if row["mark"]:
        return str(row["mark"])
    if row["gap_low"] < 0 < row["gap_high"]:
        return f"{LEVEL} with"
    return f"{PERHAPS}{'above' if row['gap'] > 0 else 'below'}"


def headlines(opened: Market | Markets, *names: str) -> Headlines:
    """The headline figures, or the key figures named, of one market or of all, beside the average of every market."""
    study = opened.study
    several = opened if isinstance(opened, Markets) else Markets(study, (opened.code,))
    every = several
    if len(several.markets) < len(study.settings.markets):
        every = Markets(study, study.settings.markets)
    if isinstance(opened, Market):  # as it was opened, with errors from replicates for instance
        several.markets = [opened]
        every.markets = [opened if market.code == opened.code else market for market in every.markets]
    compared = compare(every, *(names or study.settings.headline_figures))
    compared = replace(compared, rows=compared.rows[compared.rows["market"] != OTHER])
    return Headlines(several, compared, on_its_page=isinstance(opened, Market))
