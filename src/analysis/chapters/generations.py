"""The same figure along age in every market, side by side, with the markets' average."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.chapters.curving import Curve, age_curve
from analysis.markets import Markets
from analysis.report import page, tables, words
from analysis.report.curve import Panel, curves
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html
from analysis.report.rows import Estimates, Reading
from analysis.study.codebook import Code
from analysis.survey.compare import adjusted


@dataclass(frozen=True)
class AgeCurves:
    """Market name to its curve; `average` is that of all markets at every age that all of them reached.

    `average` is None of a single market, and where a market has no curve. `any_p` holds each market's test
    against a flat line, by Holm over the markets.
    """

    curves: Mapping[str, Curve]
    average: Estimates | None
    any_p: pd.Series
    source: str
    level: float

    @property
    def first(self) -> Curve:
        return next(iter(self.curves.values()))

    def at(self, age: float) -> Reading:
        """The average at one age; of a single market, its own curve."""
        if self.average is None:
            return self.first.at(age)
        rows = self.average.rows
        return Reading(rows[rows["x"] == age].iloc[0], self.average.language)

    @property
    def matters(self) -> str:
        """In how many markets the curve is not flat by more than chance, in a sentence."""
        shown = self.any_p.dropna()
        clear = shown[shown < 1 - self.level]
        which = f": {words.listed(list(clear.index))}" if 0 < len(clear) < len(shown) else ""
        many = f"{words.number(len(clear))} of {words.number(len(shown))}"
        return f"In {many} markets the curve differs from a flat line by more than chance, all allowed for{which}."

    def chart(self, *, title: str, published: Mapping[tuple[float, float], float] | None = None) -> Html:
        """A panel a market and one for the average, all on one vertical axis."""
        panels = {name: curve.panel(published) for name, curve in self.curves.items()}
        if self.average is not None:
            empty = self.first.dots.rows.iloc[:0]
            marks = tuple((low, high, value) for (low, high), value in (published or {}).items())
            panels["Average"] = Panel(self.average.rows, empty, marks)
        line = self.first.line
        return curves(
            panels,
            self.first.axis,
            title=title,
            measure=line.measure,
            base=self._base,
            source=self.source,
            observed=self.first.dots.measure,
            language=line.language,
        )

    def table(self, *, title: str) -> Html:
        """A row a market: the curve at each mark of the axis over its interval, and the bases of the model."""
        lines = [self._cells(name, curve.line.rows) for name, curve in self.curves.items()]
        if self.average is not None:
            lines.append(self._cells("Average", self.average.rows))
        rows = pd.concat([curve.line.rows for curve in self.curves.values()])
        if (rows["flag"] == NOT_ASKED).all():
            return page.not_asked(title, self.first.line.measure)
        foot = page.foot(rows, self._base, self.source)
        return tables.plain_table(pd.DataFrame(lines), title=title, measure=self.first.line.measure, foot=foot)

    def _cells(self, name: str, rows: pd.DataFrame) -> dict[str, str]:
        at = {float(row["x"]): Reading(row, self.first.line.language) for _, row in rows.iterrows()}
        cells = {f"{age:g}": _cell(at[age]) if age in at else words.DASH for age in self.first.axis.ticks}
        return {"label": name, **cells, "Base": words.count(rows["unweighted_base"].max())}

    @property
    def _base(self) -> str:
        people, _, asked = self.first.line.base.partition(", ")
        return f"Adults in each market, {asked}" if len(self.curves) > 1 else f"{people}, {asked}"


def age_curves(
    markets: Markets,
    question: str,
    *,
    item: str | None = None,
    net: str | None = None,
    band: Mapping[str, Code] | None = None,
) -> AgeCurves:
    """`curving.age_curve` in every market, and their average, which counts them as the study says.

    The average at an age is that of the markets' predicted shares; their errors add as of separate samples.
    """
    found = {m.name: age_curve(m, question, item=item, net=net, band=band) for m in markets.markets}
    p_values = pd.Series({name: curve.any_p for name, curve in found.items()})
    average = _average(markets, found) if len(found) > 1 and all(curve.shown for curve in found.values()) else None
    level = markets.study.settings.confidence_level
    tested = pd.Series(adjusted(p_values.to_numpy()), p_values.index)
    return AgeCurves(found, average, tested, markets.source, level)


def _average(markets: Markets, found: Mapping[str, Curve]) -> Estimates:
    rows = pd.concat([curve.line.rows for curve in found.values()])
    rows = rows[~rows["flag"].isin(HIDDEN)]
    parts = [own for _, own in rows.groupby("x") if len(own) == len(found)]
    made = pd.DataFrame([markets.average(own).to_dict() | {"x": own["x"].iloc[0]} for own in parts])
    first = next(iter(found.values())).line
    return Estimates(made.assign(label=made["x"].map("{:g}".format)), first.measure, first.base, markets.source)


def _cell(reading: Reading) -> str:
    if reading.suppressed:
        return words.WITHHELD
    ends = reading.how.partition(", base")[0].replace(" to ", words.DASH)
    return f"{reading.marked}<br><span class='jb-ci'>{ends}</span>"
