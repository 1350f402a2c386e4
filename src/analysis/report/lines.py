"""Charts of lines, one a label: its sign along an axis below, its share and base in the margin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.report import lettering, page, tables, words
from analysis.report.carried import rows_csv
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html
from analysis.report.picture import BAND, INK, MUTED, NARROW, SERIES, STYLE, WIDE, Frame, Key, svg_of

AVERAGE = "average"
TIMES = {"share": 100, "points": 100, "mean": 1, "gap": 1, "coefficient": 1}  # from a row to the axis
SIGNED = ("points", "gap")
SIGNS = "\u25cf\u25c7\u25a0\u25b3"  # of the series, in a legend
LABEL, SMALL = 9.5, 9.0  # sizes of type: labels and shares, heads and bases
# Inches: the column of labels of a page, the edge of a phone, heads above, the axis below, a row of type,
# one domain, what stands clear around a line, and what is left free before a column of the margin.
STUB, EDGE, HEAD, AXIS, ROW, DOMAIN, CLEAR, GAP = 2.42, 0.06, 0.28, 0.34, 0.165, 0.18, 0.2, 0.16
LEAST = 0.34  # inches: the least width of a column of the margin, so that most charts have one and the same
DOTTED = (0, (1, 1.2))

Sign = Callable[[Axes, pd.DataFrame, int], None]
"""Draws a series (its number, from 0): rows with `at`, the place down in inches, figures in units of the axis."""


@dataclass(frozen=True)
class Lines:
    """A line a `label` of the rows, one below the other, a sign a `domain` in each."""

    rows: pd.DataFrame
    sign: Sign
    published: Mapping[str, float] | float | None = None
    limits: tuple[float, float] | None = None
    bound: float = 0.0
    language: str = "en"

    def framed(self, title: str, measure: str, base: str, source: str, mark: str) -> Html:
        """The chart in its frame; `mark` says what is published."""
        if (self.rows["flag"] == NOT_ASKED).all():
            return page.not_asked(title, measure)
        text = words.chart_text(title, measure, self.rows, self.marks, mark, self.language)
        frame = Frame(title, measure, page.foot(self.rows, base, source), self._legend(mark), halo=True)
        return frame.around(self.svg(narrow=False), self.svg(narrow=True), text, rows_csv(self.rows, base, source))

    @cached_property
    def marks(self) -> dict[str, float]:
        """Label to the published percent drawn on its line."""
        if self.published is None or isinstance(self.published, Mapping):
            return dict(self.published or {})
        return dict.fromkeys(self.rows["label"], self.published)

    @cached_property
    def domains(self) -> list[str]:
        return list(dict.fromkeys(self.rows["domain_label"]))

    @cached_property
    def labels(self) -> list[str]:
        return list(dict.fromkeys(self.rows["label"]))

    @cached_property
    def unit(self) -> str:
        return unit_of(self.rows)

    def _legend(self, mark: str) -> list[Key]:
        keys = [Key(sign, name, n) for n, (name, sign) in enumerate(zip(self.domains, SIGNS, strict=False), 1)]
        keys = keys if len(self.domains) > 1 else []
        if self.published is not None:
            sign = f"{words.THIN}%" if self.unit == "share" else ""
            value = f": {self.published:g}{sign}" if isinstance(self.published, int | float) else ""
            keys.append(Key("\u250a", f"{mark}{value}"))
        return keys

    def svg(self, narrow: bool) -> str:
        """The drawing of a page, or of a phone, where a label stands above its signs."""
        width, stub = (NARROW, EDGE) if narrow else (WIDE, STUB)
        texts = [self._label(label, narrow) for label in self.labels]
        bounds = np.cumsum([0.0, *self._heights(texts, narrow)])
        below = [EDGE + ROW * len(text) if narrow else 0.0 for text in texts]  # of a line's top, where its signs begin
        columns = self._columns(narrow)
        plot = width - stub - sum(columns) - (0.1 if narrow else 0.04)
        height = bounds[-1] + HEAD + AXIS
        with matplotlib.rc_context(fname=STYLE):
            fig = Figure(figsize=(width, height))
            axes = fig.add_axes((stub / width, AXIS / height, plot / width, bounds[-1] / height))
            axes.set_ylim(bounds[-1], 0)
            axes.set_yticks([])
            self._axis(axes)
            thin(axes, plot)
            if narrow:  # the first of the axis may not stand out over the edge
                axes.get_xticklabels()[0].set_horizontalalignment("left")
            ends = [1 + columns[0] / plot, 1 + sum(columns) / plot]
            for place, head in zip(ends, (tables.HEADS[self.unit].lower(), "base"), strict=True):
                axes.text(place, -0.11, head, color=MUTED, fontsize=SMALL, **beside(axes))
            middles = [(top + down + end) / 2 for top, end, down in zip(bounds, bounds[1:], below, strict=False)]
            middles = [middle - CLEAR / 4 if narrow else middle for middle in middles]
            for text, label, top, end, middle in zip(texts, self.labels, bounds, bounds[1:], middles, strict=False):
                if self._average(label):
                    axes.axhspan(top, end, xmax=ends[1], color=BAND, lw=0, zorder=0, clip_on=False)
                first = top + EDGE + ROW / 2 if narrow else middle - ROW * (len(text) - 1) / 2
                self._write(axes, text, first, 0.0 if narrow else -0.1 / plot, label)
                self._margin(axes, label, middle, ends, narrow)
                self._mark(axes, label, middle, end - top, narrow)
            self._signs(axes, dict(zip(self.labels, middles, strict=True)))
            return svg_of(fig)

    def _label(self, label: str, narrow: bool) -> list[str]:
        room = 72 * (NARROW - 2 * EDGE if narrow else STUB - 0.1)
        return lettering.wrapped(label, room, LABEL, self._average(label))

    def _heights(self, texts: list[list[str]], narrow: bool) -> list[float]:
        """Of each line: on a page that of two rows of type at least where a label has two, so that steps are even."""
        signs = CLEAR + DOMAIN * len(self.domains)
        if narrow:
            return [signs + EDGE + ROW * len(text) for text in texts]
        most = max(map(len, texts))
        return [max(signs, 0.12 + ROW * max(len(text), min(most, 2))) for text in texts]

    def _columns(self, narrow: bool) -> tuple[float, float]:
        """How wide the shares and the bases are, in inches, each with what is left free before it."""
        shares = [self._share(row, narrow) for row in self.rows.to_dict("records")]
        bold = any(map(self._average, self.labels))
        share = max(lettering.width(text, LABEL, bold) for text in [*shares, tables.HEADS[self.unit].lower()])
        base = max(lettering.width(text, SMALL) for text in [*map(self._base, self.rows["unweighted_base"]), "base"])
        return GAP + max(LEAST, share / 72), GAP * (0.7 if narrow else 1) + max(LEAST, base / 72)

    def _average(self, label: str) -> bool:
        """Whether the line is the average among rows of markets."""
        return self.rows["market"].nunique() > 1 and label in self._averages

    @cached_property
    def _averages(self) -> set[str]:
        return set(self.rows.loc[self.rows["market"] == AVERAGE, "label"])

    def _share(self, row: Mapping[Any, Any], narrow: bool) -> str:
        if row["flag"] in HIDDEN:
            return "not asked" if row["flag"] == NOT_ASKED else words.WITHHELD
        share = words.amount(row["estimate"], self.unit, self.language) + ("*" if row["flag"] else "")
        return share.replace(f"{words.THIN}pts", "") if narrow else share  # there the head says what it holds

    def _base(self, base: float) -> str:
        return words.count(base, self.language)

    def _offset(self, series: int) -> float:
        """How far below the middle of its line the sign of a series stands, in inches."""
        return DOMAIN * (series - (len(self.domains) - 1) / 2)

    def _write(self, axes: Axes, text: list[str], first: float, place: float, label: str) -> None:
        """The rows of a label from `first` down, ending left of the plot, or on a phone beginning where it does.

        The page's font is not the one that this is measured with, so that rows must be anchored singly.
        """
        style = beside(axes) | {"ha": "right" if place else "left"}
        weight = "bold" if self._average(label) else "normal"
        for number, row in enumerate(text):
            axes.text(place, first + ROW * number, row, fontsize=LABEL, fontweight=weight, **style)

    def _margin(self, axes: Axes, label: str, middle: float, ends: list[float], narrow: bool) -> None:
        weight = "bold" if self._average(label) else "normal"
        for row in self.rows[self.rows["label"] == label].to_dict("records"):
            series = self.domains.index(row["domain_label"])
            y, colour = middle + self._offset(series), SERIES[series % len(SERIES)]
            share = self._share(row, narrow)
            axes.text(ends[0], y, share, color=colour, fontsize=LABEL, fontweight=weight, **beside(axes))
            axes.text(ends[1], y, self._base(row["unweighted_base"]), color=MUTED, fontsize=SMALL, **beside(axes))

    def _mark(self, axes: Axes, label: str, middle: float, height: float, narrow: bool) -> None:
        """What was published of this line alone."""
        if isinstance(self.published, Mapping) and label in self.published:
            half = 0.04 + DOMAIN / 2 * len(self.domains) if narrow else 0.38 * height
            axes.plot([self.published[label]] * 2, [middle - half, middle + half], color=INK, lw=1.5, ls=DOTTED)

    def _signs(self, axes: Axes, middles: dict[str, float]) -> None:
        """The signs of every row that may be shown, a series at a time."""
        shown = self.rows[~self.rows["flag"].isin(HIDDEN)]
        figures = ["estimate", "conf_low", "conf_high"]
        for series, domain in enumerate(self.domains):
            own = shown[shown["domain_label"] == domain]
            if len(own):
                own = own.assign(at=own["label"].map(middles) + self._offset(series))
                own[figures] = TIMES[self.unit] * own[figures].astype(float)
                self.sign(axes, own, series)

    def _axis(self, axes: Axes) -> None:
        """Sets the axis, in the unit of the rows: percent from 0, points around 0, or a mean's range."""
        shown = self.rows[~self.rows["flag"].isin(HIDDEN)]
        times = TIMES[self.unit]
        ends = [times * float(shown[end].agg(how)) for end, how in (("conf_low", "min"), ("conf_high", "max"))]
        low, high = ends if len(shown) else (0.0, 10.0)
        if self.unit == "share":
            low, high, ticks, names = percents(max([high, *self.marks.values()]))
        else:
            low, high, ticks, names = self._scale(axes, low, high)
        axes.set_xlim(low, high)
        axes.set_xticks(ticks, names)
        if isinstance(self.published, int | float):
            axes.axvline(self.published, color=INK, lw=1.5, ls=DOTTED, zorder=1)

    def _scale(self, axes: Axes, low: float, high: float) -> tuple[float, float, np.ndarray, list[str]]:
        bound = TIMES[self.unit] * self.bound
        if self.unit in SIGNED:
            low, high = min(low, -bound), max(high, bound)
            if bound:
                axes.axvspan(-bound, bound, color=BAND, lw=0, zorder=0)
                ends: dict[str, Any] = {"transform": axes.get_xaxis_transform()}
                axes.vlines([-bound, bound], 0, 1, MUTED, (0, (4, 3)), lw=1, **ends)
            axes.axvline(0, color=MUTED, lw=1, zorder=1)
        low, high = self.limits or (low, high)
        ticks = np.asarray(MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high))
        low, high = self.limits or (float(ticks[0]), float(ticks[-1]))
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        signs = "+" if self.unit in SIGNED else ""
        return low, high, ticks, [f"{tick:{signs if tick else ''},g}".replace("-", "\u2212") for tick in ticks]


def thin(axes: Axes, width: float) -> None:
    """Leaves out every second name of an axis `width` inches wide whose names would touch; 0 keeps its own."""
    names = [label.get_text() for label in axes.get_xticklabels()]
    widest = max(lettering.width(name, matplotlib.rcParams["font.size"]) for name in names) / 72
    if len(names) > 2 and widest + GAP / 2 > width / (len(names) - 1):
        zero = next((n for n, name in enumerate(names) if name.rstrip(f"{words.THIN}%") == "0"), 0)
        axes.set_xticks(axes.get_xticks(), [name if n % 2 == zero % 2 else "" for n, name in enumerate(names)])


def unit_of(rows: pd.DataFrame) -> str:
    """The unit of all rows: see `words.amount`."""
    return str(rows["unit"].iloc[0]) if "unit" in rows and len(rows) else "share"


def percents(highest: float) -> tuple[float, float, np.ndarray, list[str]]:
    """An axis of shares as far as `highest` percent: its ends, from 0, its marks and their names."""
    top = max(highest, 10.0)
    step = 5 if top <= 25 else 10 if top <= 60 else 20 if top <= 100 else 50
    most = 100 if top <= 100 else np.inf  # a sum of shares may lie above
    high = float(min(most, step * np.ceil((top + 0.5) / step)))
    ticks = np.arange(0, high + 0.1, step)
    return 0.0, high, ticks, [f"{tick:.0f}{words.THIN}%" for tick in ticks]


def beside(axes: Axes) -> dict[str, Any]:
    """How a text of the margin is set: across in parts of the axes, down in their units, ending there."""
    return {"va": "center", "ha": "right", "transform": axes.get_yaxis_transform()}
