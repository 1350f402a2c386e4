"""Small multiples: the same markets under each of several figures, so that one is read against another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.report import lettering, page, picture, words
from analysis.report.carried import rows_csv
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.lines import AVERAGE
from analysis.report.page import Html
from analysis.report.picture import Key

OTHER = "other average"  # the market of the average that is counted the other way
MARKS = {"above": "\u25b2", "below": "\u25bc", "": ""}
# Inches: a line, a further row of its label, the heads, a row of a title, the axis.
PITCH, ROW, HEAD, TITLE, FOOT = 0.215, 0.15, 0.2, 0.17, 0.32
# Inches: the labels on a page and on a phone, and right of a plot the columns of shares and bases.
STUB = {False: 1.36, True: 1.3}
SHARES, BASES = 0.60, 0.39  # the latter at least
SIZE = 9.0  # of type


def multiples(
    rows: pd.DataFrame,
    *,
    title: str,
    measure: str,
    base: str,
    source: str,
    published: Mapping[str, float] | None = None,
    language: str = "en",
) -> Html:
    """A panel for each `panel` of the rows, a line for each `label`, the same lines and one axis of shares for all.

    The row whose market is "average" is a band, that of "other average" a hollow mark. A `mark` ("above",
    "below" or "") stands as a triangle beside its share. `published` maps panels to percents, drawn as
    dotted lines. Suppressed rows keep their line, without a dot. Panels stand side by side on a page and one below
    the other on a phone; the alt text holds every figure.
    """
    if (rows["flag"] == NOT_ASKED).all():
        return page.not_asked(title, measure)
    drawing = Drawing(rows, dict(published or {}), language)
    text = _text(title, measure, rows, drawing.published, language)
    frame = picture.Frame(title, measure, page.foot(rows, base, source), _legend(drawing))
    return frame.around(drawing.svg(narrow=False), drawing.svg(narrow=True), text, rows_csv(rows, base, source))


@dataclass(frozen=True)
class Drawing:
    """The panels, drawn for a page or for a phone."""

    rows: pd.DataFrame
    published: dict[str, float]
    language: str

    @property
    def panels(self) -> list[str]:
        return list(dict.fromkeys(self.rows["panel"]))

    @property
    def labels(self) -> list[str]:
        return list(dict.fromkeys(self.rows["label"]))

    def svg(self, narrow: bool) -> str:
        """All panels as one picture; those of a row have room for the longest of their titles."""
        count = len(self.panels)
        columns = 1 if narrow else 2 if count in (2, 4) else min(count, 3)
        width = picture.NARROW if narrow else picture.WIDE
        stub, ends = STUB[narrow], self._ends
        across = (width - (0 if narrow else stub)) / columns
        plot = across - ends[1] - (stub if narrow else 0) - (0.06 if narrow else 0.16)
        room = 72 * (across - (0.1 if narrow else 0.15))
        titles = {panel: lettering.wrapped(panel, room, SIZE + 0.5, bold=True) for panel in self.panels}
        body = float(self._bounds[-1])
        lines = [self.panels[start : start + columns] for start in range(0, count, columns)]
        heights = [TITLE * max(len(titles[p]) for p in line) + HEAD + body + FOOT for line in lines]
        total = sum(heights)
        with matplotlib.rc_context(fname=picture.STYLE):
            fig = Figure(figsize=(width, total))
            top = total
            for line, height in zip(lines, heights, strict=True):
                for place, panel in enumerate(line):
                    left = stub + (0 if narrow else place * across)
                    bottom = top - height + FOOT
                    axes = fig.add_axes((left / width, bottom / total, plot / width, body / total))
                    self._panel(axes, panel, plot, ends, labelled=narrow or place == 0)
                    begin = 0.0 if narrow else left
                    for number, text in enumerate(titles[panel]):
                        y = (top - TITLE * (number + 0.6)) / total
                        fig.text(begin / width, y, text, fontsize=9.5, fontweight="bold", va="center")
                top -= height
            return picture.svg_of(fig)

    def _panel(self, axes: Axes, panel: str, plot: float, ends: tuple[float, float], *, labelled: bool) -> None:
        own = self.rows[self.rows["panel"] == panel].set_index("label")
        axes.set_xlim(0, self._top)
        axes.set_ylim(float(self._bounds[-1]), 0)
        step = 10 if self._top <= 30 else 20 if self._top <= 60 else 25
        ticks = np.arange(0, self._top + 0.1, step)
        axes.set_xticks(ticks, [f"{tick:.0f}{words.THIN}%" for tick in ticks], fontsize=8.5)
        axes.set_yticks([])
        if panel in self.published:
            axes.axvline(self.published[panel], color=picture.INK, lw=1.5, ls=(0, (1, 1.2)), zorder=1)
        right = [1 + end / plot for end in ends]
        beside: dict[str, Any] = {"va": "center", "ha": "right", "transform": axes.get_yaxis_transform()}
        for place, head in zip(right, ("share", "base"), strict=True):
            axes.text(place, -0.09, head, color=picture.MUTED, fontsize=8.5, **beside)
        for label, top, end in zip(self.labels, self._bounds, self._bounds[1:], strict=False):
            if label not in own.index:  # too few markets for an average
                continue
            row, line = own.loc[label], (top + end) / 2
            bold = "bold" if row["market"] == AVERAGE else "normal"
            if bold == "bold":
                axes.axhspan(top, end, color=picture.BAND, lw=0, zorder=0)
            if labelled:
                texts = self._texts[label]
                for n, text in enumerate(texts):
                    y = line + ROW * (n - (len(texts) - 1) / 2)
                    axes.text(-0.08 / plot, y, text, fontsize=SIZE, fontweight=bold, **beside)
            colour = picture.MUTED if row["market"] == OTHER else picture.SERIES[0]
            axes.text(right[0], line, self._share(row), color=colour, fontsize=SIZE, fontweight=bold, **beside)
            base = words.count(row["unweighted_base"], self.language)
            axes.text(right[1], line, base, color=picture.MUTED, fontsize=8.5, **beside)
            self._dot(axes, row, line, colour)

    def _dot(self, axes: Axes, row: pd.Series, line: float, colour: str) -> None:
        if row["flag"] in HIDDEN:
            return
        axes.plot([100 * row["conf_low"], 100 * row["conf_high"]], [line, line], color=colour, lw=2, zorder=3)
        face = picture.PAPER if row["market"] == OTHER else colour
        axes.plot(100 * row["estimate"], line, "o", color=colour, mfc=face, mew=1.4, ms=5.5, zorder=4)

    def _share(self, row: pd.Series) -> str:
        if row["flag"] in HIDDEN:
            return "not asked" if row["flag"] == NOT_ASKED else words.WITHHELD
        star = "*" if row["flag"] else ""
        return f"{MARKS[row['mark']]} {words.percent(row['estimate'], self.language)}{star}".strip()

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Where the columns of shares and bases end, right of a plot."""
        widths = [
            lettering.width(words.count(base, self.language), SIZE - 0.5) for base in self.rows["unweighted_base"]
        ]
        return SHARES, SHARES + max(BASES, max(widths) / 72 + 0.08)

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        """The rows of each label."""
        return {
            label: lettering.wrapped(label, 72 * (min(STUB.values()) - 0.1), SIZE, bold=True) for label in self.labels
        }

    @cached_property
    def _bounds(self) -> np.ndarray:
        """Where each line begins, and the last ends, in inches from the top."""
        return np.cumsum([0.0, *(PITCH + ROW * (len(text) - 1) for text in self._texts.values())])

    @property
    def _top(self) -> float:
        """Where the axis of all panels ends, in percent."""
        shown = self.rows[~self.rows["flag"].isin(HIDDEN)]
        most = max([10.0, *(100 * shown["conf_high"]), *self.published.values()])
        return float(min(100, 10 * np.ceil((most + 0.5) / 10)))


def _legend(drawing: Drawing) -> list[Key]:
    keys = [
        Key(MARKS[mark], f"{mark} the average by more than chance would give")
        for mark in ("above", "below")
        if (drawing.rows["mark"] == mark).any()
    ]
    if (drawing.rows["market"] == OTHER).any():
        keys.append(Key("\u25cb", "the average, counted the other way"))
    return [*keys, Key("\u250a", "published for all markets")] if drawing.published else keys


def _text(title: str, measure: str, rows: pd.DataFrame, published: Mapping[str, float], language: str) -> str:
    """Alt text: the title, what is measured, and panel by panel every figure."""
    parts = []
    for panel, own in rows.groupby("panel", sort=False):
        figures = []
        for row in own.to_dict("records"):
            if row["flag"] in HIDDEN:
                why = "not asked" if row["flag"] == NOT_ASKED else "not shown, base under the threshold"
                figures.append(f"{row['label']} {why}")
                continue
            mark = f", {row['mark']} the average" if row["mark"] else ""
            figures.append(f"{row['label']} {words.reading(pd.Series(row), language)}{mark}")
        printed = f", published {published[str(panel)]:g}{words.THIN}%" if panel in published else ""
        parts.append(f"{panel}{printed}: {'; '.join(figures)}")
    return f"{title}. {measure}. {'. '.join(parts)}."
