"""The verdicts of all markets in one place, and what became of every statement of the documents."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.markets import Markets
from analysis.report import accounting, page, words
from analysis.report import scorecard as shown
from analysis.report.claims import WORDS
from analysis.report.lines import AVERAGE
from analysis.report.page import Html
from analysis.report.verdicts import Verdicts, tally
from analysis.study.settings import say


class Scorecard:
    """Every claim in every market and on their average.

    `rows`: the rows of all verdicts, the average's first (see `report.verdicts.Verdicts`). `deciding`: one
    row a claim, the average's, or that of the one market that it was published for.
    """

    def __init__(self, markets: Markets) -> None:
        self.markets = markets
        self.study = markets.study
        self.language = markets.language

    @cached_property
    def rows(self) -> pd.DataFrame:
        several = len(self.markets.markets) > 1
        parts = [self._average.rows] if several else []
        parts += [market.claims.rows for market in self.markets.markets]
        order = {claim.id: n for n, claim in enumerate(self.study.claims.expanded)}
        rows = pd.concat(parts, ignore_index=True)
        return rows.sort_values("id", key=lambda ids: ids.map(order), kind="stable", ignore_index=True)

    @property
    def deciding(self) -> pd.DataFrame:
        return self.rows.drop_duplicates("id", ignore_index=True)

    @property
    def counted(self) -> pd.DataFrame:
        """The deciding verdicts that count: no other readings, no figures of other people, none not asked."""
        rows = self.deciding
        own = (rows["reading_of"] == "") & (rows["population"] == "")
        return rows[own & (rows["verdict"] != "not asked")]

    @property
    def counted_rows(self) -> str:
        """How many verdicts there are in all markets and on their average."""
        return words.count(len(self.rows), self.language)

    @property
    def headline(self) -> str:
        """How many claims are reproduced, as a title."""
        counts = self.counted["verdict"].value_counts()
        return f"{counts.get('reproduced', 0)} of {len(self.counted)} published claims are reproduced"

    @property
    def tally(self) -> str:
        """How many claims got which verdict, in one line."""
        return tally(self.counted) if len(self.markets.markets) > 1 else self._average.tally

    @property
    def summary(self) -> str:
        """How many differ and cannot be told, and how many the published study itself could have told."""
        rows = self.counted
        differs, open_ = ((rows["verdict"] == word).sum() for word in ("differs", "cannot tell"))
        text = (
            f"Of the other {differs + open_}, {differs or 'none'} {'differs' if differs == 1 else 'differ'} and "
            f"{open_ or 'none'} {'stands' if open_ == 1 else 'stand'} on too few respondents to tell. Were every claim "
            f"true, about {round(rows['power'].sum())} would be reproduced here"
        )
        known = rows[rows["original_power"].notna()]
        if len(known):
            able = int((known["original_power"] >= 0.8).sum())
            text += (
                f"; of the {len(known)} that the published study can be judged on, its own sample could have told "
                f"{able} with a power of four in five"
            )
        return f"{text}.{self._aside}"

    @property
    def disagreement(self) -> str:
        """Which claims get different verdicts in different markets, counted in a sentence."""
        rows = self.rows[(self.rows["market"] != AVERAGE) & (self.rows["reading_of"] == "")]
        rows = rows[rows["verdict"].isin(WORDS)]
        told = rows[rows["verdict"] != "cannot tell"].groupby("id")["verdict"].nunique()
        several = rows.groupby("id")["market"].nunique()
        many = int((several > 1).sum())
        open_ = int((rows["verdict"] == "cannot tell").sum())
        return (
            f"Of {many} claims that were put to several markets, {int((told > 1).sum()) or 'none'} are reproduced in "
            f"one market and differ in another; {words.count(open_, self.language)} of "
            f"{words.count(len(rows), self.language)} verdicts of a market alone are open."
        )

    @property
    def accounted(self) -> str:
        """How many statements of the documents were tested, stand as context, or cannot be tested."""
        held = [entry.status for entry in self.study.register.entries]
        return (
            f"Of {len(held)} statements, {held.count('tested')} are tested, {held.count('contextual')} are context "
            f"and {held.count('not testable')} cannot be tested by a survey"
        )

    @property
    def mistaken(self) -> int:
        """How many statements were mistranslated or misread."""
        return sum(entry.translation is not None for entry in self.study.register.entries)

    @property
    def source(self) -> str:
        return self.markets.source

    def cards(self) -> Html:
        """How many claims got which verdict, as cards."""
        rows = self.counted
        means = {
            "reproduced": self._average.rule,
            "differs": "the published figure lies outside what these data allow",
            "cannot tell": "neither: too few respondents to say",
        }
        return page.cards([(f"{(rows['verdict'] == w).sum()} of {len(rows)}", w, means[w]) for w in WORDS])

    def board(self) -> Html:
        """A table a part of the study: each claim that counts with what was published and its verdict."""
        return shown.board(
            self.counted, self._parts, source=self.source, intervals=self._average.intervals, language=self.language
        )

    def matrix(self) -> Html:
        """A table a part of the study: one row a claim that counts, one column a market."""
        rows = self.rows[self.rows["id"].isin(self.counted["id"])]
        codes = list(dict.fromkeys(self.rows["market"]))
        source = f"Intervals and bases stand on the page of every verdict. {self.source}"
        return shown.matrix(rows, self._parts, _average_first(codes), source=source, language=self.language)

    def verdicts(self) -> Html:
        """Every verdict in full, folded by part; other readings and figures of other people among them."""
        names = {market.code: market.name for market in self.markets.markets} | {AVERAGE: "All markets"}
        needs = f"{self.source} {self._average.needs}"
        return shown.full(self.rows, self._parts, names, source=needs, language=self.language)

    def statuses(self) -> Html:
        """How many statements were tested, stand as context, or cannot be tested, as cards."""
        return accounting.status_cards(self.study.register)

    def register(self) -> Html:
        """Every statement of the documents, folded by document: verdicts, or why there are none.

        Raises a config error where an entry names a chapter that the study does not have.
        """
        entries, chapters = self.study.register.entries, self.study.settings.chapters.market
        where = str(self.study.folder / "register.yaml")
        lost = [
            Problem(f"{where}, {entry.id}", "no such chapter", entry.chapter, ", ".join(chapters))
            for entry in entries
            if entry.chapter is not None and entry.chapter not in chapters
        ]
        if lost:
            raise JourneybookError("config", lost)
        first = self.markets.markets[0]
        pages = {
            chapter: (f"../{first.code}/{chapter}.html", f"{say(title, self.language)} ({first.name})")
            for chapter, title in chapters.items()
        }
        return accounting.register_table(
            self.study.register, self._words, pages=pages, source=self.source, language=self.language
        )

    def translations(self, *, title: str) -> Html:
        """Each error of translation or reading: what the text says, what its original says, what that changes."""
        return accounting.translation_table(
            self.study.register, self._words, title=title, source=self.source, language=self.language
        )

    @property
    def _average(self) -> Verdicts:
        return self.markets.claims

    @property
    def _parts(self) -> tuple[str, ...]:
        return self._average.parts

    @property
    def _words(self) -> dict[str, dict[str, str]]:
        """Entry to its claims and their verdicts, other readings left out."""
        found: dict[str, dict[str, str]] = {}
        for row in self.deciding[self.deciding["reading_of"] == ""].itertuples():
            entry = self.study.register.entry_of(str(row.id))
            if entry:
                found.setdefault(entry.id, {})[str(row.id)] = str(row.verdict)
        return found

    @property
    def _aside(self) -> str:
        """What is shown elsewhere and not counted, in a sentence."""
        rows = self.deciding
        others = rows[(rows["population"] != "") & (rows["reading_of"] == "")]
        if others.empty:
            return ""
        met = int((others["verdict"] == "reproduced").sum()) or "none"
        many = words.count(len(others), self.language)
        return f" {many} more figures were published of other people ({met} met here) and do not count."


def _average_first(codes: list[str]) -> list[str]:
    return sorted(codes, key=lambda code: code != AVERAGE)
