"""A grid as a picture: one cell a row and column of the questionnaire, its figure and base in it."""

from __future__ import annotations

import textwrap

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.report import page, picture, tables, words
from analysis.report.carried import rows_csv
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html

# From worse to better, in steps of `STEP` points: told apart without colour by their sign, and light enough for
# dark text on a dark page too, so that none follows the page's theme.
SHADES = ["#e08a4f", "#efb98f", "#f7ddc8", "#eceef1", "#d3e5f3", "#9fc9e6", "#5fa3d0"]
TEXT, FAINT = "#11151a", "#262c34"
STEP = 0.1
WIDE_CELL, NARROW_CELL = (0.98, 0.46), (0.6, 0.42)  # inches


def heat(rows: pd.DataFrame, *, title: str, measure: str, base: str, source: str, language: str = "en") -> Html:
    """Cells with their figure, in points or as a mean, and their base; a colour a step of ten points from 0.

    `rows` are tidy rows, one a cell, with its place in words: `row_label` and `column_label`. Suppressed
    cells are empty and hold a dash. Drawn twice, for a page and for a phone; the alt text holds every figure.
    """
    if (rows["flag"] == NOT_ASKED).all():
        return page.not_asked(title, measure)
    text = words.chart_text(title, measure, rows, {}, "", language)
    wide, narrow = (_svg(rows, language, narrow=narrow) for narrow in (False, True))
    foot = f"In each cell the figure and below it the base. {page.foot(rows, base, source)}"
    return picture.Frame(title, measure, foot).around(wide, narrow, text, rows_csv(rows, base, source))


def heat_table(rows: pd.DataFrame, *, title: str, measure: str, base: str, source: str, language: str = "en") -> Html:
    """The same cells as a table: the figure over its interval and its unweighted base."""
    if (rows["flag"] == NOT_ASKED).all():
        return page.not_asked(title, measure)
    table = pd.DataFrame({"label": list(dict.fromkeys(rows["row_label"]))})
    for column, own in rows.groupby("column_label", sort=False):
        by_row = {row["row_label"]: row for row in own.to_dict("records")}
        table[str(column)] = [_cell(by_row[label], language) for label in table["label"]]
    foot = page.foot(rows, base, source)
    return tables.plain_table(table, title=title, measure=f"{measure}; unweighted bases", foot=foot)


def _cell(row: dict[str, object], language: str) -> str:
    base = words.count(float(str(row["unweighted_base"])), language)
    if row["flag"] in HIDDEN:
        return f"{words.DASH}<br><span class='jb-ci'>base {base}</span>"
    low, high = (float(str(row[end])) for end in ("conf_low", "conf_high"))
    # Set close: six or seven of them stand side by side.
    span = words.span(low, high, str(row["unit"]), language).replace(" to ", "\u2026")
    return f"{_figure(row, language)}<br><span class='jb-ci'>{span}<br>base {base}</span>"


def _figure(row: dict[str, object], language: str) -> str:
    if row["flag"] in HIDDEN:
        return words.DASH
    value, unit = float(str(row["estimate"])), str(row["unit"])
    text = words.signed(value) if unit == "points" else words.amount(value, unit, language)
    return text + ("*" if row["flag"] else "")


def _svg(rows: pd.DataFrame, language: str, narrow: bool) -> str:
    across, down = (list(dict.fromkeys(rows[name])) for name in ("column_label", "row_label"))
    width, height = NARROW_CELL if narrow else WIDE_CELL
    above = 0.24 if narrow else 0.0  # on a phone the label of a row stands above it
    left, right = (0.03, 0.03) if narrow else (1.3, 0.05)
    head = 1.5 if narrow else 0.42
    size = (left + width * len(across) + right, head + (height + above) * len(down) + 0.05)
    with matplotlib.rc_context(fname=picture.STYLE):
        fig = Figure(figsize=size)
        axes = fig.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, size[0])
        axes.set_ylim(size[1], 0)
        for n, label in enumerate(across):
            _head(axes, label, left + width * (n + 0.5), head, narrow)
        for n, label in enumerate(down):
            top = head + (height + above) * n + above
            _row_label(axes, label, left, top, height, narrow)
            for row in rows[rows["row_label"] == label].to_dict("records"):
                _square(axes, row, (left + width * across.index(row["column_label"]), top), (width, height), language)
        return picture.svg_of(fig)


def _head(axes: Axes, label: str, x: float, bottom: float, narrow: bool) -> None:
    if narrow:
        axes.text(x, bottom - 0.02, label, rotation=90, ha="center", va="bottom", fontsize=9)
        return
    for n, line in enumerate(reversed(textwrap.wrap(label, 12))):
        axes.text(x, bottom - 0.06 - 0.155 * n, line, ha="center", va="bottom", fontsize=9.5)


def _row_label(axes: Axes, label: str, left: float, top: float, height: float, narrow: bool) -> None:
    if narrow:
        axes.text(left, top - 0.03, label, ha="left", va="bottom", fontsize=9.5)
        return
    lines = textwrap.wrap(label, 22)
    for n, line in enumerate(lines):
        y = top + height / 2 + 0.165 * (n - (len(lines) - 1) / 2)
        axes.text(left - 0.1, y, line, ha="right", va="center", fontsize=9.5)


def _square(
    axes: Axes, row: dict[str, object], at: tuple[float, float], size: tuple[float, float], language: str
) -> None:
    (x, y), (width, height) = at, size
    hidden = row["flag"] in HIDDEN
    face = "none" if hidden else shade(float(str(row["estimate"])))
    edge = picture.MUTED if hidden else "none"
    corner, inner = (x + 0.015, y + 0.015), (width - 0.03, height - 0.03)
    axes.add_patch(Rectangle(corner, *inner, facecolor=face, edgecolor=edge, lw=0.6, ls=(0, (2, 2))))
    ink, faint = (picture.MUTED, picture.MUTED) if hidden else (TEXT, FAINT)
    base = words.count(float(str(row["unweighted_base"])), language)
    middle = x + width / 2
    axes.text(middle, y + 0.37 * height, _figure(row, language), ha="center", va="center", color=ink, fontsize=10)
    axes.text(middle, y + 0.76 * height, base, ha="center", va="center", color=faint, fontsize=7.5)


def shade(value: float) -> str:
    """The colour of a net share (-1 to 1): the middle within half a step of 0, the last from two and a half steps."""
    steps = round(value / STEP)
    return SHADES[len(SHADES) // 2 + max(-3, min(3, steps))]
