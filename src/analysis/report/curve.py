"""A curve with its band over a number, and what was observed beside it; one panel or several of one scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from analysis.report.lines import TIMES, unit_of
from analysis.report.page import Html
from analysis.report.picture import Key

COLOUR, DOTS = picture.SERIES[0], picture.SERIES[1]
SIZE, ROW = 9.5, 0.165  # of a panel's title: its type, and inches a row of it


@dataclass(frozen=True)
class Panel:
    """A curve and the figures observed along it.

    `line`: tidy rows with the predicted estimate and interval at each `x`; `dots`: tidy rows of what was observed
    around each `x`. Where the line's rows are all hidden, the panel says why instead.
    `published`: percents, each from one x to another.
    """

    line: pd.DataFrame
    dots: pd.DataFrame
    published: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class Axis:
    """What runs along the bottom: its name, ends and marks, a stretch to set off, and the ends of the other axis.

    `ends` (of a mean) are where the vertical axis begins and ends; shares begin at 0.
    """

    name: str
    limits: tuple[float, float]
    ticks: tuple[float, ...]
    band: tuple[float, float] | None = None
    ends: tuple[float, float] | None = None


def curves(
    panels: Mapping[str, Panel],
    axis: Axis,
    *,
    title: str,
    measure: str,
    base: str,
    source: str,
    observed: str,
    mark: str = "published figure",
    language: str = "en",
) -> Html:
    """One panel a label, all on one vertical axis: the curve in its band, dots with intervals over it.

    `observed` says what the dots are, `mark` what the dotted lines. Drawn twice, for a page and for a phone; the
    alt text has the curve at the axis's marks and every dot.
    """
    rows = pd.concat([part for panel in panels.values() for part in (panel.line, panel.dots)])
    if (rows["flag"] == NOT_ASKED).all():
        return page.not_asked(title, measure)
    text = _text(panels, axis, title, measure, mark, language)
    wide, narrow = (_svg(panels, axis, rows, narrow) for narrow in (False, True))
    frame = picture.Frame(title, measure, page.foot(rows, base, source), _legend(panels, observed, mark))
    return frame.around(wide, narrow, text, rows_csv(_data(panels, observed), base, source))


def _data(panels: Mapping[str, Panel], observed: str) -> pd.DataFrame:
    """The rows of all panels, each told whether it is of the curve or was observed."""
    parts = [
        rows.assign(panel=name, mark=mark)
        for name, panel in panels.items()
        for rows, mark in ((panel.line, "curve"), (panel.dots, observed))
    ]
    return pd.concat(parts, ignore_index=True)


def _legend(panels: Mapping[str, Panel], observed: str, mark: str) -> list[Key]:
    keys = [Key("\u2501", "curve and its interval", 1), Key("\u25c7", observed, 2)]
    return [*keys, Key("\u2508", mark)] if any(panel.published for panel in panels.values()) else keys


def _text(panels: Mapping[str, Panel], axis: Axis, title: str, measure: str, mark: str, language: str) -> str:
    """Title, measure, and of each panel the curve at the axis's marks, the dots and the published figures."""
    parts = []
    for name, panel in panels.items():
        lead = f"{name}, " if len(panels) > 1 else ""
        at = panel.line[panel.line["x"].isin(axis.ticks)].assign(
            domain_label="", label=lambda r: r["x"].map("{:g}".format)
        )
        for rows, what in ((at, f"{lead}curve at "), (panel.dots.assign(domain_label=""), f"{lead}observed ")):
            own = rows.assign(label=what + rows["label"].astype(str))
            parts += words.chart_text("", "", own, {}, "", language).removeprefix(". . ").rstrip(".").split("; ")
        parts += [f"{lead}{mark} {low:g} to {high:g}: {value:g}{words.THIN}%" for low, high, value in panel.published]
    return f"{title}. {measure}. " + "; ".join(parts) + "."


def _svg(panels: Mapping[str, Panel], axis: Axis, rows: pd.DataFrame, narrow: bool) -> str:
    across = 1 if len(panels) == 1 else 2 if narrow else 4
    width, left = (picture.NARROW if narrow else picture.WIDE), 0.48
    room = (width - left - 0.05) / across
    titles = [lettering.wrapped(name, 72 * (room - 0.2), SIZE) if len(panels) > 1 else [] for name in panels]
    most = [max(map(len, titles[start : start + across])) for start in range(0, len(panels), across)]
    height = 3.0 if len(panels) == 1 else 1.58
    tops = np.cumsum([0.0, *(height + ROW * rows for rows in most)])
    foot = lettering.wrapped(axis.name, 72 * (width - 0.2), 9)
    low, high, ticks, names = _scale(rows, panels, axis)
    with matplotlib.rc_context(fname=picture.STYLE):
        total = float(tops[-1]) + 0.3 + 0.15 * len(foot)
        fig = Figure(figsize=(width, total))
        for n, panel in enumerate(panels.values()):
            column, line = n % across, n // across
            place = (left + room * column, total - float(tops[line + 1]) + 0.1, room - 0.14, height - 0.4)
            axes = fig.add_axes((place[0] / width, place[1] / total, place[2] / width, place[3] / total))
            axes.grid(True, axis="y")
            axes.grid(False, axis="x")
            axes.set_ylim(low, high)
            axes.set_yticks(ticks, names if column == 0 else [""] * len(names))
            own = axis.ticks if len(panels) == 1 else (axis.ticks[0], axis.ticks[len(axis.ticks) // 2], axis.ticks[-1])
            axes.set_xlim(*axis.limits)
            axes.set_xticks(own, [f"{tick:g}" for tick in own])
            axes.tick_params(colors=picture.MUTED, labelsize=9)
            if len(panels) > 1:  # the marks of neighbours stand clear of each other
                axes.get_xticklabels()[0].set_horizontalalignment("left")
                axes.get_xticklabels()[-1].set_horizontalalignment("right")
            for number, row in enumerate(reversed(titles[n])):
                up: dict[str, Any] = {"xytext": (0, 5 + 72 * ROW * number), "textcoords": "offset points"}
                axes.annotate(row, (0, 1), xycoords="axes fraction", fontsize=SIZE, color=picture.INK, **up)
            _panel(axes, panel, axis, rows, len(panels) == 1)
        for n, words_of in enumerate(foot[::-1]):
            fig.text(
                0.99, (0.04 + 0.15 * n) / total, words_of, ha="right", va="bottom", fontsize=9, color=picture.MUTED
            )
        return picture.svg_of(fig)


def _panel(axes: Axes, panel: Panel, axis: Axis, rows: pd.DataFrame, large: bool) -> None:
    if axis.band:
        axes.axvspan(*axis.band, color=picture.BAND, lw=0, zorder=0)
    if panel.line["flag"].isin(HIDDEN).all():
        why = "not asked" if (panel.line["flag"] == NOT_ASKED).all() else "no curve"
        axes.text(0.5, 0.5, why, ha="center", va="center", transform=axes.transAxes, color=picture.MUTED, fontsize=9.5)
    else:
        times = TIMES[unit_of(rows)]
        line = panel.line
        axes.fill_between(line["x"], times * line["conf_low"], times * line["conf_high"], color=COLOUR, alpha=0.2, lw=0)
        axes.plot(line["x"], times * line["estimate"], color=COLOUR, lw=2.2, zorder=3)
    for low, high, value in panel.published:
        axes.plot([low, high], [value, value], color=picture.INK, lw=1.5, ls=(0, (1, 1.2)), zorder=2)
    for row in panel.dots[~panel.dots["flag"].isin(HIDDEN)].itertuples():
        times, x = TIMES[unit_of(rows)], row.x
        lw, size = (1.6, 6) if large else (1.1, 3.6)
        axes.plot([x, x], [times * row.conf_low, times * row.conf_high], color=DOTS, lw=lw, zorder=4)
        axes.plot(x, times * row.estimate, "D", color=DOTS, mfc=picture.PAPER, mew=1.3, ms=size, zorder=5)


def _scale(rows: pd.DataFrame, panels: Mapping[str, Panel], axis: Axis) -> tuple[float, float, np.ndarray, list[str]]:
    """The vertical axis: from 0 for shares, the scale's ends for means; its marks and their names."""
    unit = unit_of(rows)
    shown = rows[~rows["flag"].isin(HIDDEN)]
    top = TIMES[unit] * float(shown["conf_high"].max()) if len(shown) else 1.0
    if unit != "share":
        low, high = axis.ends or (min(0.0, float(shown["conf_low"].min())), top)
        ticks = np.asarray(MaxNLocator(5).tick_values(low, high))
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        return low, high, ticks, [f"{tick:,g}" for tick in ticks]
    top = min(100.0, max([top, 10.0, *(value for panel in panels.values() for *_, value in panel.published)]))
    step = 5 if top <= 25 else 10 if top <= 60 else 20
    high = min(100.0, step * float(np.ceil(top / step)))
    ticks = np.arange(0, high + 0.1, step)
    return 0.0, high, ticks, [f"{tick:.0f}{words.THIN}%" for tick in ticks]
