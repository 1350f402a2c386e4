"""Figures of other surveys beside ours: theirs, ours with interval and base, and what is not the same."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.market import Market
from analysis.markets import Markets
from analysis.report import charts, tables, words
from analysis.report.page import Html
from analysis.report.rows import TOTAL, Estimates, Reading
from analysis.study.benchmarks import Benchmark
from analysis.study.settings import say

ASIDE = "Context, without a verdict: other people were asked something else."


@dataclass(frozen=True)
class Beside:
    """The study's benchmarks by topic, each beside the nearest figure of these markets."""

    markets: Markets

    @property
    def benchmarks(self) -> dict[str, Benchmark]:
        return self.markets.study.benchmarks.benchmarks

    @property
    def headline(self) -> str:
        """How many figures of how many surveys there are, and how many have one of ours beside them, as a title."""
        figures = sum(len(one.values) + len(one.elsewhere) for one in self.benchmarks.values())
        surveys = len({self._say(one.survey) for one in self.benchmarks.values()})
        near = sum(len(one.values) for one in self.benchmarks.values() if one.beside)
        counts = [words.number(count, self.markets.language) for count in (figures, surveys, near)]
        return (
            f"{counts[0].capitalize()} figures of {counts[1]} other surveys: {counts[2]} have one of ours beside them"
        )

    def ours(self, name: str) -> Estimates:
        """The figure of this study beside a benchmark, a row a market that it has a value for.

        Raises a ValueError where nothing of this study stands beside it.
        """
        figure = self.benchmarks[name].beside
        if figure is None:
            raise ValueError(f"nothing of this study stands beside {name!r}")
        chosen = self._shared(name)
        rows = pd.concat([market.rows([figure], {TOTAL: {}}) for market in chosen], ignore_index=True)
        rows["label"] = [market.name for market in chosen]
        labels = self.markets.markets[0].labels
        base = labels.base(figure.question, figure.domain).removeprefix(f"{labels.people}, ")
        base = f"Adults in {words.listed([market.place for market in chosen], self.markets.language)}, {base}"
        return Estimates(rows, labels.measure([figure]), base, self.markets.source, self.markets.language)

    def chart(self, name: str) -> Html:
        """Ours with intervals, theirs as marks, in the markets that both have; empty where there is none."""
        if not self._shared(name):
            return Html("")
        one, ours = self.benchmarks[name], self.ours(name)
        theirs = {market.name: one.values[market.code] for market in self.markets.markets if market.code in one.values}
        survey = f"{self._say(one.survey)}, {self._say(one.fieldwork)}"
        return charts.dots(
            ours.rows,
            title=f"{self._say(one.question)}: ours, and {survey}",
            measure=ours.measure,
            base=ours.base,
            source=f"{ours.source} Marks: {survey}; {self._say(one.base)}; {one.source}.",
            published=theirs,
            mark=survey,
            language=self.markets.language,
        )

    def table(self, topic: str) -> Html:
        """One row a benchmark of a topic: what was asked of whom, the figures there and here, and what differs."""
        chosen = {name: one for name, one in self.benchmarks.items() if one.topic == topic}
        table = pd.DataFrame({"label": [self._say(one.question) for one in chosen.values()]})
        table["There, and here"] = [self._figures(name) for name in chosen]
        table["What differs"] = [_words(tables.text(self._say(one.differs))) for one in chosen.values()]
        table["Survey"] = [_words(tables.text(self._survey(one))) for one in chosen.values()]
        titles = self.markets.study.benchmarks.topics
        return tables.plain_table(
            table,
            title=f"{self._say(titles[topic])}: figures of other surveys, and ours",
            measure=f"Percent as printed there; ours weighted, {self.markets.markets[0].labels.intervals} and bases",
            foot=f"{ASIDE} Ours: {self.markets.people}. {self.markets.source}",
            text=("There, and here", "What differs", "Survey"),
        )

    def _figures(self, name: str) -> str:
        """A line a place: the figure there, and ours where there is one."""
        one = self.benchmarks[name]
        ours = {} if one.beside is None else {row["market"]: row for _, row in self._rows(name)}
        lines = []
        for market in self.markets.markets:
            if market.code in one.values:
                here = f"; ours {Reading(ours[market.code], self.markets.language).full}" if ours else ""
                lines.append(f"<b>{tables.text(market.name)}</b> {one.values[market.code]:g}{words.THIN}%{here}")
        lines += [f"<b>{tables.text(place)}</b> {value:g}{words.THIN}%" for place, value in one.elsewhere.items()]
        if ours and one.beside:
            labels = self.markets.markets[0].labels
            asked = f"{labels.table(one.beside)}: {words.lower_first(labels.cell(one.beside))}"
            lines.append(f"<small>Ours: {tables.text(asked)}</small>")
        return _words("<br>".join(lines) or "none of these markets")

    def _rows(self, name: str) -> list[tuple[object, pd.Series]]:
        return list(self.ours(name).rows.iterrows()) if self._shared(name) else []

    def _shared(self, name: str) -> list[Market]:
        """The markets here that the benchmark has a value for."""
        return [market for market in self.markets.markets if market.code in self.benchmarks[name].values]

    def _survey(self, one: Benchmark) -> str:
        of = f"{self._say(one.survey)}, {self._say(one.fieldwork)}: {words.lower_first(self._say(one.sample))}"
        return f"{of}; base {self._say(one.base)}. Read from {one.source}."

    def _say(self, text: dict[str, str]) -> str:
        return say(text, self.markets.language)


def other_surveys(markets: Markets) -> Beside:
    """The benchmarks of the study beside these markets; a study without any has empty tables."""
    return Beside(markets)


def _words(text: str) -> str:
    return f"<span class='jb-words'>{text}</span>"
