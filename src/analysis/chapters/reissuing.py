"""What an edition of the book gave, what has changed since the one before, and how to cite it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from babel.dates import format_date

from analysis.chapters.comparing import Compared, compare
from analysis.chapters.scorecard import Scorecard
from analysis.markets import Markets
from analysis.report import page, tables, words
from analysis.report.carried import MARKER, Carried, frame_csv
from analysis.report.disclosure import HIDDEN
from analysis.report.lines import AVERAGE
from analysis.report.markdown import Markdown, literal
from analysis.report.multiples import OTHER
from analysis.report.page import Html
from analysis.study.editions import COLUMNS, earlier_edition
from analysis.study.settings import say

FIRST = "This is the first edition."
KEYS = ["market", "figure"]
NAMED = 3  # verdicts that are named in a sentence; more stand in the table


def edition_rows(figures: Compared, card: Scorecard) -> pd.DataFrame:
    """What an edition of these markets gives: key figures and claims, by market and on average.

    Columns of `study.editions` but the edition's name. What is suppressed, or was not asked, is left out.
    """
    keys = figures.rows[figures.rows["market"] != OTHER].assign(figure=lambda r: r["item"], label=lambda r: r["panel"])
    claims = card.rows.assign(figure=card.rows["id"], label=card.rows["text"])
    rows = pd.concat([keys.assign(verdict=""), claims[claims["verdict"] != "not asked"]], ignore_index=True)
    shown = ~rows["flag"].isin(HIDDEN) & rows["estimate"].notna()
    return rows.loc[shown, [name for name in COLUMNS if name != "edition"]].reset_index(drop=True)


@dataclass(frozen=True)
class Since:
    """The figures of these markets beside those of the edition before: none in a first edition."""

    figures: Compared
    card: Scorecard
    before: pd.DataFrame | None

    @cached_property
    def both(self) -> pd.DataFrame:
        """The figures that both editions give, a row each: columns of now, and of the edition `before` ("_before")."""
        if self.before is None:
            return pd.DataFrame()
        now = edition_rows(self.figures, self.card)
        return now.merge(self.before, on=KEYS, suffixes=("", "_before"), validate="one_to_one")

    @property
    def told(self) -> str:
        """How many key figures and verdicts moved, which most, and why, in a few sentences."""
        if self.before is None:
            return FIRST
        edition = self._markets.study.settings.edition
        why = f" Why: {say(edition.changes, self._language)}" if edition and edition.changes else ""
        return f"{self._figures_told} {self._verdicts_told}{why}"

    def table(self) -> Html:
        """The headline figures that print another percent and the verdicts that changed, folded; empty if none."""
        if self.before is None or not len(self._moved_headlines) + len(self._changed):
            return Html("")
        name = str(self.before["edition"].iloc[0])
        records = [*self._moved_headlines.to_dict("records"), *self._changed.to_dict("records")]
        table = pd.DataFrame(
            {"label": [f"{row['label']} {words.DASH} {self._place(row['market'])}" for row in records]}
        )
        for head, end in ((f"Edition {name}", "_before"), ("Now", "")):
            table[head] = [self._cell(row, end) for row in records]
        title = f"Headline figures and verdicts that changed since edition {name}"
        measure = f"Percent, weighted, {self._markets.markets[0].labels.intervals}, unweighted bases; verdicts"
        shown = tables.plain_table(table, title=title, measure=measure, foot=self._markets.source)
        return page.folded(f"{title} ({len(records)})", shown)

    def file(self) -> Html:
        """The figures of this edition as a file to take along, in the columns of `study.editions`."""
        edition = self._markets.study.settings.edition
        rows = edition_rows(self.figures, self.card).assign(edition=edition.name if edition else "")
        title = "Key figures and verdicts"
        title += ", by market and on average" if len(self._markets.markets) > 1 else ""
        text = f"{title}: {words.count(len(rows), self._language)} lines"
        measure = "Shares 0 to 1, means as they are; intervals and unweighted bases"
        carried = Carried("table", title, measure, self._markets.source, frame_csv(rows[COLUMNS]), tidy=False)
        return Html(f"<div>{text}{MARKER}</div>", text, (carried,))

    @property
    def _markets(self) -> Markets:
        return self.figures.markets

    @property
    def _language(self) -> str:
        return self._markets.language

    @cached_property
    def _keys(self) -> pd.DataFrame:
        """The key figures of both editions, with the percents that are printed and how far they moved."""
        rows = self.both[self.both["verdict"] == ""]
        printed = {name: (100 * rows[name]).round() for name in ("estimate", "estimate_before")}
        return rows.assign(moved=printed["estimate"] - printed["estimate_before"])

    @property
    def _moved_headlines(self) -> pd.DataFrame:
        names = self._markets.study.settings.headline_figures
        return self._keys[(self._keys["moved"] != 0) & self._keys["figure"].isin(names)]

    @cached_property
    def _deciding(self) -> pd.DataFrame:
        """The verdicts of both editions that count, one a claim."""
        counted = self.card.counted[["market", "id"]].rename(columns={"id": "figure"})
        return self.both[self.both["verdict_before"] != ""].merge(counted, on=KEYS)

    @property
    def _changed(self) -> pd.DataFrame:
        return self._deciding[self._deciding["verdict"] != self._deciding["verdict_before"]]

    @property
    def _figures_told(self) -> str:
        rows, name = self._keys, str(self.before["edition"].iloc[0]) if self.before is not None else ""
        if rows.empty:
            return f"Edition {name} gave none of the key figures."
        own = [code for code in rows["market"].unique() if code != AVERAGE]
        several = f" in {words.number(len(own), self._language)} markets and on average" if len(own) > 1 else ""
        kinds = words.number(rows["figure"].nunique(), self._language)
        moved = rows[rows["moved"] != 0]
        text = f"Of {len(rows)} figures that edition {name} also gave ({kinds} key figures{several}), "
        if moved.empty:
            return f"{text}none prints another percent."
        most = moved.loc[moved["moved"].abs().idxmax()]
        ends = " to ".join(words.percent(most[name], self._language) for name in ("estimate_before", "estimate"))
        what = f"\u201c{words.lower_first(most['label'])}\u201d in {self._place(most['market'])}, from {ends}"
        verb = "prints" if len(moved) == 1 else "print"
        return f"{text}{words.number(len(moved), self._language)} {verb} another percent; the furthest moved is {what}."

    @property
    def _verdicts_told(self) -> str:
        total, changed = len(self._deciding), self._changed
        if not total:
            return "It had none of these verdicts."
        if changed.empty:
            return f"None of {total} verdicts changed."
        steps = changed.groupby(["verdict_before", "verdict"]).size()
        parts = words.listed([f"{many} from {a} to {b}" for (a, b), many in _items(steps)], self._language)
        named = ""
        if len(changed) <= NAMED:
            named = f" ({'; '.join(words.quoted(label) for label in changed['label'])})"
        return f"Of {total} verdicts {len(changed)} changed: {parts}{named}."

    def _place(self, code: str) -> str:
        return "all markets" if code == AVERAGE else self._markets._place(code)

    def _cell(self, row: dict[Hashable, Any], end: str) -> str:
        verdict = row[f"verdict{end}"]
        if verdict:
            return tables.text(str(verdict))
        low, high = (round(100 * row[f"{name}{end}"]) for name in ("conf_low", "conf_high"))
        base = words.count(row[f"unweighted_base{end}"], self._language)
        share = words.percent(row[f"estimate{end}"], self._language)
        return f"{share}<br><span class='jb-ci'>{low}{words.DASH}{high}, base {base}</span>"


def since_last(figures: Compared, card: Scorecard) -> Since:
    """What changed since the edition before (see `study.editions.earlier_edition`)."""
    return Since(figures, card, earlier_edition(figures.markets.study))


def current_edition(markets: Markets) -> pd.DataFrame:
    """The rows of the edition that these markets make now."""
    return edition_rows(compare(markets), Scorecard(markets))


def citation(markets: Markets) -> str:
    """How to cite the book, in one line of Markdown: authors, year, title, edition, day, and whose answers it holds."""
    edition, language = markets.study.settings.edition, markets.language
    kind = "simulated respondents" if markets.synthetic else "respondents"
    held = literal(f"{markets.respondents} {kind} in {markets.names}, wave {markets.study.settings.wave}")
    title = literal(markets.title)
    if edition is None:
        return Markdown(f"*{title}*. {held}.")
    day = format_date(edition.date, "d MMMM y", locale=language)
    by = f"{literal(say(edition.authors, language))} ({edition.date.year}). " if edition.authors else ""
    return Markdown(f"{by}*{title}*. Edition {literal(edition.name)}, {day}. {held[:1].upper()}{held[1:]}.")


def _items(steps: pd.Series) -> list[tuple[tuple[str, str], int]]:
    return [((str(before), str(after)), int(many)) for (before, after), many in steps.items()]
