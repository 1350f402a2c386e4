"""A plane: each thing at the place of its two figures, with intervals both ways and words in the quadrants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.report import lettering, page, picture, words
from analysis.report.carried import rows_csv
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.lines import TIMES
from analysis.report.page import Html
from analysis.report.placing import Box, place_labels
from analysis.report.rows import Estimates

HEIGHT = {False: 5.2, True: 3.9}  # inches: on a page, on a phone
SIZE, LABEL, FAR = 9.0, 120.0, 18.0  # of a label, in points: its type, its width, the distance that gets a leader
NAME, ROW = 9.5, 0.165  # of the name of an axis: its type, and inches a row of it
QUADRANT = {False: 180.0, True: 72.0}  # the width of the words of a quadrant


def plane(
    across: Estimates,
    up: Estimates,
    *,
    title: str,
    axes: tuple[str, str],
    quadrants: tuple[str, str, str, str] = ("", "", "", ""),
    divide: tuple[float, float] | None = None,
) -> Html:
    """A point a label at `across` and `up`, with both intervals; lines part it into four quadrants.

    Both have one domain and the same labels, in any order. `axes` name what is measured across and up;
    `quadrants` are the words at top left, top right, bottom left and bottom right; `divide` is where the lines
    stand, in the units of the rows (shares 0-1), by default at the average of the points. Labels that do not stand in
    both are left out; on a phone the points have numbers, with a key below. The alt text holds every figure.
    """
    both = pd.concat([across.rows, up.rows], ignore_index=True)
    measure = f"Across: {words.lower_first(across.measure)}. Up: {words.lower_first(up.measure)}."
    for estimates in (across, up):
        if (estimates.rows["flag"] == NOT_ASKED).all():
            return page.not_asked(title, measure)
    points = _points(across.rows, up.rows)
    lines = divide or (_average([one for _, one, _ in points]), _average([other for _, _, other in points]))
    named = "" if divide else " The lines stand at the average of the points."
    alt = _text(title, measure, points, axes, across.language)
    drawing = Drawing(points, axes, quadrants, lines, across.language)
    base = across.base if across.base == up.base else f"{across.base} (across); {up.base} (up)"
    foot = page.foot(both[both["label"].isin({p[0] for p in points} | _hidden(both))], base, across.source)
    if not points:
        body = f'<p class="jb-not-asked">{escape(page.WITHHELD)}</p>'
        return Html(page.figure(title=title, measure=measure + named, body=body, foot=foot, kind="note"), alt)
    frame = picture.Frame(title, measure + named, foot, below=drawing.key())
    rows = pd.concat([side.rows.assign(panel=name) for side, name in zip((across, up), axes, strict=True)])
    return frame.around(drawing.svg(False), drawing.svg(True), alt, rows_csv(rows, base, across.source))


Point = tuple[str, pd.Series, pd.Series]  # the label, its row across and its row up


def _points(across: pd.DataFrame, up: pd.DataFrame) -> list[Point]:
    """What may be shown on both sides, in the order of `across`."""
    first, second = (rows[~rows["flag"].isin(HIDDEN)].set_index("label") for rows in (across, up))
    return [(str(label), first.loc[label], second.loc[label]) for label in first.index if label in second.index]


def _average(rows: Sequence[pd.Series]) -> float:
    return float(np.mean([row["estimate"] for row in rows])) if rows else 0.0


def _hidden(rows: pd.DataFrame) -> set[str]:
    return set(rows.loc[rows["flag"].isin(HIDDEN), "label"])


def _text(title: str, measure: str, points: Sequence[Point], axes: tuple[str, str], language: str) -> str:
    parts = [
        f"{label}: {words.lower_first(axes[0])} {words.reading(one, language)}, "
        f"{words.lower_first(axes[1])} {words.reading(other, language)}"
        for label, one, other in points
    ]
    return f"{title}. {measure} " + "; ".join(parts) + "."


@dataclass(frozen=True)
class Drawing:
    """The points of a plane, drawn for a page and for a phone."""

    points: Sequence[Point]
    names: tuple[str, str]
    quadrants: tuple[str, str, str, str]
    divide: tuple[float, float]
    language: str

    def key(self) -> str:
        """Number, label and both figures of each point, in a list."""
        dot = " \u00b7 "
        lines = [f"{label}: {dot.join(self._amount(row) for row in rows)}" for label, *rows in self.points]
        listed = "".join(f"<li>{escape(line)}</li>" for line in lines)
        head = dot.join(words.lower_first(name) for name in self.names)
        return f'<p class="jb-key-head">{escape(head)}</p><ol class="jb-key">{listed}</ol>'

    def _amount(self, row: pd.Series) -> str:
        star = "*" if row["flag"] else ""
        return words.amount(row["estimate"], str(row.get("unit", "share")), self.language) + star

    def svg(self, narrow: bool) -> str:
        """The drawing of a page, or of a phone, whose points have numbers."""
        width, height = picture.NARROW if narrow else picture.WIDE, HEIGHT[narrow]
        across, up = (lettering.wrapped(name, 72 * (width - 0.8), NAME) for name in self.names)
        left, bottom, top = 0.55 / width, (0.39 + ROW * len(across)) / height, (0.14 + ROW * len(up)) / height
        with matplotlib.rc_context(fname=picture.STYLE):
            fig = Figure(figsize=(width, height))
            axes = fig.add_axes((left, bottom, 1 - left - 0.22 / width, 1 - bottom - top))
            axes.grid(True, axis="both")
            self._axes(axes)
            _names(axes, across, up)
            self._quadrant_words(axes, narrow)
            self._crosses(axes)
            self._labels(axes, narrow)
            return picture.svg_of(fig)

    def _rows(self, side: int) -> pd.DataFrame:
        return pd.DataFrame([point[1 + side] for point in self.points])

    def _unit(self, side: int) -> str:
        return str(self._rows(side).get("unit", pd.Series(["share"])).iloc[0])

    def _times(self, side: int) -> float:
        return TIMES[self._unit(side)]

    def _axes(self, axes: Axes) -> None:
        """Both axes from the lowest to the highest end of an interval, and the lines between the quadrants."""
        for side, axis in enumerate((axes.xaxis, axes.yaxis)):
            rows, times, share = self._rows(side), self._times(side), self._unit(side) == "share"
            ends = times * np.array([rows["conf_low"].min(), rows["conf_high"].max()])
            room = 0.06 * max(ends[1] - ends[0], 1e-9)
            low, high = float(ends[0] - room), float(ends[1] + room)
            if share:
                low, high = max(low, -2.0), min(high, 102.0)
            ticks = np.asarray(MaxNLocator(6).tick_values(low, high))
            ticks = ticks[(ticks >= low) & (ticks <= high)]
            sign = "+" if self._unit(side) in ("points", "gap") else ""
            names = [f"{tick:g}{words.THIN}%" if share else f"{tick:{sign if tick else ''}g}" for tick in ticks]
            axis.set_ticks(ticks, [name.replace("-", "\u2212") for name in names])
            axis.set_tick_params(labelcolor=picture.MUTED)
            (axes.set_ylim if side else axes.set_xlim)(low, high)
            line = axes.axhline if side else axes.axvline
            line(times * self.divide[side], color=picture.MUTED, lw=1, ls=(0, (4, 3)), zorder=1)

    def _quadrant_words(self, axes: Axes, narrow: bool) -> None:
        for text, box in self._corners(axes, narrow):
            side = "left" if box.left < _extent(axes)[0] / 2 else "right"
            _write(axes, text, box, side, color=picture.MUTED, fontstyle="italic", zorder=1)

    def _corners(self, axes: Axes, narrow: bool) -> list[tuple[str, Box]]:
        """The words of the quadrants and what they take up: top left, top right, bottom left, bottom right."""
        (width, height), found = _extent(axes), []
        for place, given in enumerate(self.quadrants):
            text = "\n".join(lettering.wrapped(given, QUADRANT[narrow], SIZE))
            across, up = _size(text)
            left, bottom = (width - 5 - across if place % 2 else 5.0), (4.0 if place > 1 else height - 4 - up)
            found.append((text, Box(left, bottom, left + across, bottom + up)))
        return found

    def _crosses(self, axes: Axes) -> None:
        across, up = self._times(0), self._times(1)
        colour = picture.SERIES[0]
        for _, one, other in self.points:
            x, y = across * one["estimate"], up * other["estimate"]
            thin: dict[str, Any] = {"color": colour, "lw": 1.3, "alpha": 0.5, "zorder": 2}
            axes.plot([across * one["conf_low"], across * one["conf_high"]], [y, y], **thin)
            axes.plot([x, x], [up * other["conf_low"], up * other["conf_high"]], **thin)
            axes.plot(x, y, "o", color=colour, ms=7, zorder=4)

    def _labels(self, axes: Axes, narrow: bool) -> None:
        """Each label beside its point; one that had to go far is led to it by a line."""
        width, height = _extent(axes)
        named = [label + ("*" if one["flag"] or other["flag"] else "") for label, one, other in self.points]
        rows = [[str(n)] if narrow else lettering.wrapped(label, LABEL, SIZE) for n, label in enumerate(named, 1)]
        texts = ["\n".join(text) for text in rows]
        places = [self._place(axes, one["estimate"], other["estimate"]) for _, one, other in self.points]
        x, y = self._place(axes, *self.divide)
        found = place_labels(
            places,
            [_size(text) for text in texts],
            within=Box(0, 0, width, height),
            taken=[box for text, box in self._corners(axes, narrow) if text],
            lines=[Box(x, 0, x, height), Box(0, y, width, y), *self._intervals(axes)],
        )
        for text, placed, (x, y) in zip(texts, found, places, strict=True):
            box = placed.box
            _write(axes, text, box, "center", zorder=5)
            if placed.distance >= FAR:
                end = (min(max(x, box.left), box.right), min(max(y, box.bottom), box.top))
                line = np.array([[x, y], end]).T / [[width], [height]]
                axes.plot(*line, color=picture.MUTED, lw=0.7, transform=axes.transAxes, zorder=2)

    def _place(self, axes: Axes, across: float, up: float) -> tuple[float, float]:
        """Two figures as a place, in points of 1/72 inch from the corner of the axes."""
        (x_low, x_high), (y_low, y_high) = axes.get_xlim(), axes.get_ylim()
        width, height = _extent(axes)
        x, y = self._times(0) * across, self._times(1) * up
        return (x - x_low) / (x_high - x_low) * width, (y - y_low) / (y_high - y_low) * height

    def _intervals(self, axes: Axes) -> list[Box]:
        """The arms of all crosses."""
        arms = []
        for _, one, other in self.points:
            x, y = self._place(axes, one["estimate"], other["estimate"])
            left, bottom = self._place(axes, one["conf_low"], other["conf_low"])
            right, top = self._place(axes, one["conf_high"], other["conf_high"])
            arms += [Box(left, y, right, y), Box(x, bottom, x, top)]
        return arms


def _names(axes: Axes, across: list[str], up: list[str]) -> None:
    """What is measured across, below the axis at its end, and up, above it at its beginning."""
    style: dict[str, Any] = {"textcoords": "offset points", "xycoords": "axes fraction", "fontsize": NAME}
    for n, row in enumerate(across):
        text = row + (" \u2192" if n == len(across) - 1 else "")
        axes.annotate(text, (1, 0), xytext=(0, -28 - 72 * ROW * n), ha="right", color=picture.INK, **style)
    for n, row in enumerate(reversed(up)):
        text = ("\u2191 " if n == len(up) - 1 else "") + row
        axes.annotate(text, (0, 1), xytext=(0, 5 + 72 * ROW * n), ha="left", color=picture.INK, **style)


def _extent(axes: Axes) -> tuple[float, float]:
    """Width and height of the axes in points of 1/72 inch."""
    place, canvas = axes.get_position(), axes.get_figure(root=True)
    assert canvas is not None
    size = canvas.get_size_inches()
    return 72 * float(size[0] * place.width), 72 * float(size[1] * place.height)


def _size(text: str) -> tuple[float, float]:
    """Width and height of a text in points, as wide as the widest font that a page may set it in."""
    rows = text.split("\n")
    return max(lettering.width(row, SIZE) for row in rows) + 2, 1.3 * SIZE * len(rows)


def _write(axes: Axes, text: str, box: Box, side: str, **style: Any) -> None:
    """A text in its box; each row is set by its own, since the page's font is not the one measured with."""
    (width, height), rows = _extent(axes), text.split("\n")
    x = {"left": box.left, "right": box.right, "center": (box.left + box.right) / 2}[side]
    for number, row in enumerate(rows):
        y = box.top - (number + 0.5) * (box.top - box.bottom) / len(rows)
        place: dict[str, Any] = {"ha": side, "va": "center", "transform": axes.transAxes}
        axes.text(x / width, y / height, row, fontsize=SIZE, **place, **style)
