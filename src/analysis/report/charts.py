"""Charts, made once in one style: dots with their intervals, as SVG whose text is text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.report import page, tables, words
from analysis.report.carried import rows_csv
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html
from analysis.report.picture import BAND, INK, MUTED, SERIES, Frame, Key, svg_of

STYLE = Path(__file__).with_name("report.mplstyle")
MARKERS, SIGNS = ["o", "D", "s", "^"], "\u25cf\u25c7\u25a0\u25b3"
WIDE, NARROW = 7.8, 3.7  # inches: a page column, a phone
WIDE_LABEL, NARROW_LABEL = 30, 44  # characters a line of a label
AVERAGE = "average"
TIMES = {"share": 100, "points": 100, "mean": 1, "gap": 1, "coefficient": 1}  # from a row to the axis


def dots(
    rows: pd.DataFrame,
    *,
    title: str,
    measure: str,
    base: str,
    source: str,
    published: Mapping[str, float] | float | None = None,
    mark: str = "published figure",
    limits: tuple[float, float] | None = None,
    bound: float | None = None,
    language: str = "en",
) -> Html:
    """Dots and intervals: a line a `label`, a colour a `domain`, shares and bases in the margin.

    `published` (percents) is drawn as one dotted line, or as a mark on the lines it names by label;
    `mark` says what it is, `limits` where the axis of means begins and ends. Differences get a line at 0, and those of
    shares a band as far as `bound` (0-1) on both sides.
    A row whose market is "average" gets a band among rows of markets. Suppressed rows keep their line, without a dot.
    Drawn twice, for a page and for a phone; the alt text holds every figure.
    """
    marks = _marks(rows, published)
    if (rows["flag"] == NOT_ASKED).all():
        return page.not_asked(title, measure)
    text = words.chart_text(title, measure, rows, marks, mark, language)
    wide = _svg(rows, published, limits, bound, language, narrow=False)
    narrow = _svg(rows, published, limits, bound, language, narrow=True)
    frame = Frame(title, measure, page.foot(rows, base, source), _legend(rows, published, mark), halo=True)
    return frame.around(wide, narrow, text, rows_csv(rows, base, source))


def _marks(rows: pd.DataFrame, published: Mapping[str, float] | float | None) -> dict[str, float]:
    """Label to the published percent drawn on its line."""
    if published is None:
        return {}
    return dict(published) if isinstance(published, Mapping) else dict.fromkeys(rows["label"], published)


def _legend(rows: pd.DataFrame, published: object, mark: str) -> list[Key]:
    names = list(dict.fromkeys(rows["domain_label"]))
    keys = [Key(sign, name, n) for n, (name, sign) in enumerate(zip(names, SIGNS, strict=False), 1)]
    keys = keys if len(names) > 1 else []
    if published is not None:
        sign = f"{words.THIN}%" if _unit(rows) == "share" else ""
        value = f": {published:g}{sign}" if isinstance(published, int | float) else ""
        keys.append(Key("\u250a", f"{mark}{value}"))
    return keys


def _svg(
    rows: pd.DataFrame,
    published: Mapping[str, float] | float | None,
    limits: tuple[float, float] | None,
    bound: float | None,
    language: str,
    narrow: bool,
) -> str:
    labels = list(dict.fromkeys(rows["label"]))
    domains = list(dict.fromkeys(rows["domain_label"]))
    wrapped = [textwrap.fill(label, NARROW_LABEL if narrow else WIDE_LABEL) for label in labels]
    tallest = 0.165 * max(text.count("\n") + 1 for text in wrapped)
    bars = 0.30 + 0.19 * len(domains)
    pitch = bars + tallest if narrow else max(bars, 0.12 + tallest)
    height = pitch * len(labels) + 0.62
    with matplotlib.rc_context(fname=STYLE):
        fig = Figure(figsize=(NARROW if narrow else WIDE, height))
        left, width = (0.03, 0.71) if narrow else (0.32, 0.51)
        axes = fig.add_axes((left, 0.34 / height, width, 1 - 0.62 / height))
        _axis(axes, rows, published, limits, bound or 0.0, len(labels))
        axes.set_yticks([])
        for line, label in enumerate(labels):
            own = rows[rows["label"] == label]
            _line(axes, own, line, domains, pitch, language, narrow, rows["market"].nunique() > 1)
            mark = published.get(label) if isinstance(published, Mapping) else None
            if mark is not None:
                middle, half = _middle(line, len(domains), pitch, narrow), 0.36
                half = (0.03 + 0.095 * len(domains)) / pitch if narrow else half
                axes.plot([mark] * 2, [middle - half, middle + half], color=INK, lw=1.5, ls=(0, (1, 1.2)))
        if isinstance(published, int | float):
            axes.axvline(published, color=INK, lw=1.5, ls=(0, (1, 1.2)), zorder=1)
        _margin_heads(axes, tables.HEADS[_unit(rows)].lower())
        return svg_of(fig)


def _axis(
    axes: Axes,
    rows: pd.DataFrame,
    published: Mapping[str, float] | float | None,
    limits: tuple[float, float] | None,
    bound: float,
    lines: int,
) -> None:
    """Sets the horizontal axis, in the unit of the rows: percent from 0, points around 0, or a mean's range."""
    marks = list(published.values()) if isinstance(published, Mapping) else [float(published or 0)]
    shown = rows[~rows["flag"].isin(HIDDEN)]
    unit = _unit(rows)
    times = TIMES[unit]
    ends = [times * float(shown[end].agg(how)) for end, how in (("conf_low", "min"), ("conf_high", "max"))]
    low, high = ends if len(shown) else (0.0, 10.0)
    if unit == "share":
        top = max(high, *marks, 10.0)
        step = 5 if top <= 25 else 10 if top <= 60 else 20 if top <= 100 else 50
        most = 100 if top <= 100 else np.inf  # a sum of shares may lie above
        low, high = 0, min(most, step * np.ceil((top + 0.5) / step))
        ticks = np.arange(0, high + 0.1, step)
        names = [f"{tick:.0f}\u202f%" for tick in ticks]
    else:
        if unit in ("points", "gap"):
            low, high = min(low, -times * bound), max(high, times * bound)
            if bound:
                axes.axvspan(-times * bound, times * bound, color=BAND, lw=0, zorder=0)
                axes.vlines(
                    [-times * bound, times * bound],
                    0,
                    1,
                    MUTED,
                    (0, (4, 3)),
                    lw=1,
                    transform=axes.get_xaxis_transform(),
                )
            axes.axvline(0, color=MUTED, lw=1, zorder=1)
        low, high = limits or (low, high)
        ticks = np.asarray(MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high))
        low, high = limits or (ticks[0], ticks[-1])
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        signs = "+" if unit in ("points", "gap") else ""
        names = [f"{tick:{signs if tick else ''},g}".replace("-", "\u2212") for tick in ticks]
    axes.set_xlim(low, high)
    axes.set_ylim(lines - 0.5, -0.5)
    axes.set_xticks(ticks, names)


def _unit(rows: pd.DataFrame) -> str:
    return str(rows["unit"].iloc[0]) if "unit" in rows and len(rows) else "share"


def _line(
    axes: Axes,
    rows: pd.DataFrame,
    line: int,
    domains: list[str],
    pitch: float,
    language: str,
    narrow: bool,
    among_others: bool,
) -> None:
    spread = 0.19 / pitch
    middle = _middle(line, len(domains), pitch, narrow)
    unit = _unit(rows)
    times = TIMES[unit]
    bold = "bold" if among_others and (rows["market"] == AVERAGE).any() else "normal"
    if bold == "bold":
        axes.axhspan(line - 0.5, line + 0.5, color=BAND, lw=0, zorder=0)
    above = middle - (0.105 + 0.095 * len(domains)) / pitch  # where a label ends that stands over the dots
    _label(axes, rows["label"].iloc[0], above if narrow else line, pitch, narrow, bold)
    for row in rows.itertuples():
        series = domains.index(row.domain_label) % len(SERIES)
        colour = SERIES[series]
        y = middle + spread * (series - (len(domains) - 1) / 2)
        base = words.count(row.unweighted_base, language)
        if row.flag in HIDDEN:
            share = "not asked" if row.flag == NOT_ASKED else words.DASH
        else:
            share = words.amount(row.estimate, unit, language) + ("*" if row.flag else "")
            if narrow:  # the margin is slim, and its head says what it holds
                share = share.replace(f"{words.THIN}pts", "")
            axes.plot([times * row.conf_low, times * row.conf_high], [y, y], color=colour, zorder=3)
            face = "white" if series % 2 else colour
            axes.plot(times * row.estimate, y, MARKERS[series], color=colour, mfc=face, mew=1.6, zorder=4)
        beside: dict[str, Any] = {"va": "center", "ha": "right", "transform": axes.get_yaxis_transform()}
        axes.text(1.14, y, share, color=colour, fontsize=9.5, fontweight=bold, **beside)
        axes.text(1.30, y, base, color=MUTED, fontsize=9, **beside)


def _middle(line: int, domains: int, pitch: float, narrow: bool) -> float:
    """Where the dots of a line stand: on a phone in its lower part, nearer to their own label than to the next."""
    return line + (0.5 - (0.2 + 0.095 * domains) / pitch if narrow else 0)


def _label(axes: Axes, label: str, line: float, pitch: float, narrow: bool, weight: str) -> None:
    """The label, beside its line or on a phone ending at it; each row of text is set by its own.

    The page's font is not the one that this is measured with, so that rows must be anchored singly.
    """
    rows = textwrap.wrap(label, NARROW_LABEL if narrow else WIDE_LABEL) or [""]
    step = 0.165 / pitch
    first = line - step * (len(rows) - 1) / (1 if narrow else 2)
    place, side = (0.0, "left") if narrow else (-0.02, "right")
    across = axes.get_yaxis_transform()
    for number, text in enumerate(rows):
        y = first + step * number
        axes.text(place, y, text, va="center", ha=side, fontsize=9.5, fontweight=weight, transform=across)


def _margin_heads(axes: Axes, head: str) -> None:
    for place, text in ((1.14, head), (1.30, "base")):
        axes.annotate(
            text,
            (place, 1.0),
            xycoords="axes fraction",
            xytext=(0, 5),
            textcoords="offset points",
            ha="right",
            color=MUTED,
            fontsize=9,
        )
