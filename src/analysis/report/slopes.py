"""Slopes: figures over two or more ordered groups, left to right, a line each, named where it ends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.report import lettering, page, words
from analysis.report.carried import rows_csv
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.lines import LABEL, SMALL, TIMES, unit_of
from analysis.report.page import Html
from analysis.report.picture import INK, LINE, MUTED, NARROW, SERIES, STYLE, WIDE, Frame, Key, svg_of
from analysis.report.placing import spread

# Inches: what is clear below, a row of type, between whiskers of one group and the most of a step that all take up.
FOOT, ROW, DODGE, SHARED = 0.1, 0.165, 0.06, 0.4
LEADER = {False: 0.3, True: 0.16}  # the way from the plot to a text
LEAST = {False: 2.6, True: 2.8}  # the least height of the plot
ROOM = {False: (2.3, 2.3), True: (1.0, 1.5)}  # of the labels at the right, by their longest word
CLEAR, LEVEL = "differs by more than chance would give", "could be level"


def slopes(
    rows: pd.DataFrame,
    *,
    title: str,
    measure: str,
    base: str,
    source: str,
    clear: Collection[str] | None = None,
    language: str = "en",
) -> Html:
    """A line a `label` from the first `domain` of the rows to the last, with its interval at each.

    Lines of `clear` labels stand out; by default those where a group lies above another by more than chance (column
    `above`), and without such letters all are alike. Suppressed figures break their line.
    Drawn twice, for a page and for a phone; the alt text holds every figure.
    """
    if (rows["flag"] == NOT_ASKED).all():
        return page.not_asked(title, measure)
    names = clear if clear is not None else told_apart(rows)
    drawing = Drawing(rows, frozenset(names) if names is not None else None, language)
    text = words.chart_text(title, measure, rows, {}, "", language)
    frame = Frame(title, measure, page.foot(rows, base, source), drawing.legend())
    return frame.around(drawing.svg(narrow=False), drawing.svg(narrow=True), text, rows_csv(rows, base, source))


def told_apart(rows: pd.DataFrame) -> set[str] | None:
    """Labels of which one group of the rows lies above another by more than chance; None where none were compared."""
    if "above" not in rows:
        return None
    drawn = set(rows["letter"]) - {""}
    return {row.label for row in rows.itertuples() if row.flag not in HIDDEN and drawn & set(row.above)}


@dataclass(frozen=True)
class Drawing:
    """The lines, drawn for a page or for a phone; `clear` ones stand out, all alike where that is None."""

    rows: pd.DataFrame
    clear: frozenset[str] | None
    language: str

    @cached_property
    def domains(self) -> list[str]:
        return list(dict.fromkeys(self.rows["domain_label"]))

    @cached_property
    def shown(self) -> dict[str, pd.DataFrame]:
        """Of each label its rows that may be shown, by `place`, the number of their group, in units of the axis."""
        times, figures = TIMES[unit_of(self.rows)], ["estimate", "conf_low", "conf_high"]
        rows = self.rows[~self.rows["flag"].isin(HIDDEN)]
        rows = rows.assign(place=rows["domain_label"].map(self.domains.index), share=rows["estimate"])
        rows[figures] = times * rows[figures].astype(float)
        return {label: rows[rows["label"] == label].set_index("place") for label in dict.fromkeys(self.rows["label"])}

    def legend(self) -> list[Key]:
        """What stands out, and what the other lines are."""
        if self.clear is None:
            return []
        own, others = self.clear & set(self.shown), set(self.shown) - self.clear
        keys = [Key("\u2501", CLEAR, 1)] if own else []
        return keys + ([Key("\u2500", LEVEL if own else f"none {CLEAR}")] if others else [])

    def style(self, label: str) -> tuple[str, float, str]:
        """Colour, width and weight of type of a line; all alike where none stands out."""
        if not self.clear:
            return SERIES[0], 1.8, "normal"
        return (SERIES[0], 2.4, "bold") if label in self.clear else (MUTED, 1.1, "normal")

    def svg(self, narrow: bool) -> str:
        """The drawing: values left, lines between, values with their labels right."""
        width = NARROW if narrow else WIDE
        room = self._room(narrow)
        texts = {label: lettering.wrapped(label, 72 * room - 3, LABEL, self._bold(label)) for label in self.shown}
        first, last = (self._widest(place) for place in (0, len(self.domains) - 1))
        left, right = first + LEADER[narrow] + 0.04, LEADER[narrow] + last + 0.08 + room
        plot = width - left - right
        step = 72 * min(plot / (max(len(self.domains) - 1, 1) + SHARED), 2 * left) - 6
        heads = [lettering.wrapped(domain, step, LABEL) for domain in self.domains]
        bases = self._bases(step, 72 * left)
        body = max(LEAST[narrow], sum(map(_height, texts.values())))
        head = 0.14 + ROW * (1 + max(map(len, heads)))
        total = head + body + FOOT
        with matplotlib.rc_context(fname=STYLE):
            fig = Figure(figsize=(width, total))
            axes = fig.add_axes((left / width, FOOT / total, plot / width, body / total))
            axes.set_axis_off()
            drawn = Plot(axes, plot, body, LEADER[narrow], last, self)
            drawn.scale()
            drawn.heads(heads, bases)
            for number, label in enumerate(self.shown):
                drawn.line(label, number)
            drawn.left()
            drawn.right(texts)
            return svg_of(fig)

    def value(self, label: str, place: int) -> str:
        """The figure of a group, a dash where it may not be shown."""
        own = self.shown[label]
        if place not in own.index:
            return words.DASH
        row = own.loc[place]
        return words.amount(row["share"], unit_of(self.rows), self.language) + ("*" if row["flag"] else "")

    def _widest(self, place: int) -> float:
        """How wide the figures of a group are, in inches."""
        return max(lettering.width(self.value(label, place), LABEL, bold=True) for label in self.shown) / 72

    def _bold(self, label: str) -> bool:
        return self.style(label)[2] == "bold"

    def _room(self, narrow: bool) -> float:
        """How wide the labels are, in inches: so that their longest word is whole, within bounds."""
        least, most = ROOM[narrow]
        longest = max(
            lettering.width(w, LABEL, self._bold(label)) for label in self.shown for w in label.split() or [""]
        )
        return min(max(least, longest / 72 + 0.06), most)

    def _bases(self, step: float, left: float) -> list[str]:
        """Of each group its base, or the least and the most of its figures; those of all where they have no room."""
        made = [self._base(self.rows[self.rows["domain_label"] == domain]) for domain in self.domains]
        widths = [lettering.width(text, SMALL) for text in made]
        fits = max(widths) <= step and widths[0] / 2 + 5 + lettering.width("base", SMALL) <= left
        return made if fits else [self._base(self.rows)]

    def _base(self, rows: pd.DataFrame) -> str:
        least, most = (words.count(rows["unweighted_base"].agg(how), self.language) for how in ("min", "max"))
        return least if least == most else f"{least}{words.DASH}{most}"


def _height(rows: list[str]) -> float:
    return 0.05 + ROW * len(rows)


@dataclass(frozen=True)
class Plot:
    """Where the lines of a drawing run: axes of some inches across and up, texts left and right of them."""

    axes: Axes
    across: float
    up: float
    leader: float
    last: float  # the width of the figures at the right
    drawing: Drawing

    def scale(self) -> None:
        """Both axes: groups at even steps, their whiskers beside each other; figures from the lowest to the highest."""
        shown = pd.concat(list(self.drawing.shown.values()))
        low, high = (float(shown["conf_low"].min()), float(shown["conf_high"].max())) if len(shown) else (0.0, 1.0)
        room = self._dodge * len(self.drawing.shown) / 2
        self.axes.set_xlim(-room, 1 + room)
        self.axes.set_ylim(low, max(high, low + 1e-9))

    @property
    def _dodge(self) -> float:
        """Between two whiskers of a group, in parts of the way from the first group to the last."""
        steps = max(len(self.drawing.domains) - 1, 1)
        return min(DODGE / self.across, SHARED / steps / len(self.drawing.shown))

    def _at(self, place: int, label: str) -> float:
        """Where a figure stands across."""
        number = list(self.drawing.shown).index(label)
        step = place / max(len(self.drawing.domains) - 1, 1)
        return step + self._dodge * (number - (len(self.drawing.shown) - 1) / 2)

    def _height(self, value: float) -> float:
        """How high a figure stands, in inches."""
        low, high = self.axes.get_ylim()
        return (value - low) / (high - low) * self.up

    def heads(self, names: list[list[str]], bases: list[str]) -> None:
        """Each group over its base, or over that of all, and a line down to its figures."""
        style: dict[str, Any] = {"xycoords": self.axes.get_xaxis_transform(), "textcoords": "offset points"}
        small: dict[str, Any] = {"color": MUTED, "fontsize": SMALL}
        for place, rows in enumerate(names):
            x = place / max(len(names) - 1, 1)
            self.axes.axvline(x, color=LINE, lw=0.8, zorder=0)
            for number, row in enumerate(reversed(rows), 1):
                up = 6 + 72 * ROW * number
                self.axes.annotate(row, (x, 1), xytext=(0, up), color=INK, fontsize=LABEL, ha="center", **style)
            if len(bases) == len(names):
                self.axes.annotate(bases[place], (x, 1), xytext=(0, 6), ha="center", **style, **small)
        if len(bases) < len(names):
            self.axes.annotate(f"bases {bases[0]}", (0.5, 1), xytext=(0, 6), ha="center", **style, **small)
            return
        clear = max(72 * self.leader, lettering.width(bases[0], SMALL) / 2 + 5)
        self.axes.annotate("base", (0, 1), xytext=(-clear, 6), ha="right", **style, **small)

    def line(self, label: str, number: int) -> None:
        """The figures of a label with their intervals, a line from each to the next."""
        own, (colour, width, _) = self.drawing.shown[label], self.drawing.style(label)
        order = 4 if self.drawing.clear and label in self.drawing.clear else 3
        x = [self._at(place, label) for place in own.index]
        self.axes.vlines(x, own["conf_low"], own["conf_high"], colour, lw=width, alpha=0.4, zorder=order - 2)
        places = range(len(self.drawing.domains))
        values = [own["estimate"].get(place, np.nan) for place in places]
        style: dict[str, Any] = {"lw": width, "ms": 3 + width, "zorder": order, "clip_on": False}
        self.axes.plot([self._at(place, label) for place in places], values, "o-", color=colour, **style)

    def left(self) -> None:
        """The first figures."""
        labels = [label for label, own in self.drawing.shown.items() if 0 in own.index]
        wanted = [self._height(self.drawing.shown[label].loc[0, "estimate"]) for label in labels]
        found = spread(wanted, [ROW] * len(labels), 0.0, self.up)
        end = -self.leader / self.across
        for label, at, place in zip(labels, wanted, found, strict=True):
            self._text(self.drawing.value(label, 0), label, end, place, "right")
            self._lead(label, 0, at, end, place)

    def right(self, texts: dict[str, list[str]]) -> None:
        """The last figures with their labels; a label without one stands where its line ends, or at the foot."""
        last = len(self.drawing.domains) - 1
        ends = {label: float(own["estimate"].iloc[-1]) for label, own in self.drawing.shown.items() if len(own)}
        wanted = [self._height(ends[label]) if label in ends else 0.0 for label in texts]
        found = spread(wanted, [_height(text) for text in texts.values()], 0.0, self.up)
        begin = 1 + self.leader / self.across
        for (label, text), at, place in zip(texts.items(), wanted, found, strict=True):
            top = place + ROW * (len(text) - 1) / 2
            self._text(self.drawing.value(label, last), label, begin + self.last / self.across, top, "right")
            for number, row in enumerate(text):
                self._text(row, label, begin + (self.last + 0.08) / self.across, top - ROW * number, "left")
            if last in self.drawing.shown[label].index:
                self._lead(label, last, at, begin, top)

    def _text(self, text: str, label: str, x: float, up: float, side: str) -> None:
        colour, _, weight = self.drawing.style(label)
        place: dict[str, Any] = {"ha": side, "va": "center", "transform": self.axes.transAxes}
        self.axes.text(x, up / self.up, text, color=colour, fontsize=LABEL, fontweight=weight, **place)

    def _lead(self, label: str, place: int, at: float, x: float, up: float) -> None:
        """A thin line from a figure over the edge of the plot to where its text stands."""
        low, high = self.axes.get_xlim()
        edge, gap = float(x > 0), 0.04 / self.across
        end = x + (gap if x < 0 else -gap)
        across = [(self._at(place, label) - low) / (high - low), edge + (end - edge) * 0.15, end]
        style: dict[str, Any] = {"lw": 0.6, "alpha": 0.7, "transform": self.axes.transAxes, "clip_on": False}
        heights = [at / self.up, at / self.up, up / self.up]
        self.axes.plot(across, heights, color=self.drawing.style(label)[0], zorder=1, **style)
