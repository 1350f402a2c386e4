"""A grid as a picture: one cell a row and column of the questionnaire, its figure and base in it."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.report import lettering, page, picture, tables, words
from analysis.report.carried import rows_csv
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html

# From worse to better, in steps of `STEP` points: told apart without colour by their sign, and light enough for
# dark text on a dark page too, so that none follows the page's theme.
SHADES = ["#e08a4f", "#efb98f", "#f7ddc8", "#eceef1", "#d3e5f3", "#9fc9e6", "#5fa3d0"]
TEXT, FAINT = "#11151a", "#262c34"
STEP = 0.1
WIDE_CELL, NARROW_CELL = (0.98, 0.46), (0.6, 0.42)  # inches
SIZE, ROW = 9.5, 0.165  # of labels: their type, and inches a row of it


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
        return f"{words.WITHHELD}<br><span class='jb-ci'>base {base}</span>"
    low, high = (float(str(row[end])) for end in ("conf_low", "conf_high"))
    # Set close: six or seven of them stand side by side.
    span = words.span(low, high, str(row["unit"]), language).replace(" to ", "\u2026")
    return f"{_figure(row, language)}<br><span class='jb-ci'>{span}<br>base {base}</span>"


def _figure(row: dict[str, object], language: str) -> str:
    if row["flag"] in HIDDEN:
        return words.WITHHELD
    value, unit = float(str(row["estimate"])), str(row["unit"])
    text = words.signed(value) if unit == "points" else words.amount(value, unit, language)
    return text + ("*" if row["flag"] else "")


def _svg(rows: pd.DataFrame, language: str, narrow: bool) -> str:
    across, down = (list(dict.fromkeys(rows[name])) for name in ("column_label", "row_label"))
    width, height = NARROW_CELL if narrow else WIDE_CELL
    left, right = (0.03, 0.03) if narrow else (1.3, 0.05)
    total = left + width * len(across) + right
    heads, head = _heads(across, narrow)
    room = total - 0.1 if narrow else left - 0.14
    texts = [lettering.wrapped(label, 72 * room, SIZE) for label in down]
    above = [0.08 + ROW * len(text) if narrow else 0.0 for text in texts]  # on a phone the label stands above its row
    heights = [height if narrow else max(height, 0.1 + ROW * len(text)) for text in texts]
    size = (total, head + sum(heights) + sum(above) + 0.05)
    with matplotlib.rc_context(fname=picture.STYLE):
        fig = Figure(figsize=size)
        axes = fig.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, size[0])
        axes.set_ylim(size[1], 0)
        for n, text in enumerate(heads):
            _head(axes, text, left + width * (n + 0.5), head, narrow)
        top = head
        for label, text, over, tall in zip(down, texts, above, heights, strict=True):
            top += over
            _row_label(axes, text, left, top, tall, narrow)
            for row in rows[rows["row_label"] == label].to_dict("records"):
                _square(axes, row, (left + width * across.index(row["column_label"]), top), (width, tall), language)
            top += tall
        return picture.svg_of(fig)


def _heads(labels: list[str], narrow: bool) -> tuple[list[list[str]], float]:
    """The labels of the columns in rows, and how high they stand; on a phone upright, in three rows at most."""
    if not narrow:
        texts = [lettering.wrapped(label, 72 * WIDE_CELL[0] - 4, SIZE) for label in labels]
        return texts, max(0.42, 0.1 + ROW * max(map(len, texts)))
    tall = 1.4
    while max(len(lettering.wrapped(label, 72 * tall, SIZE)) for label in labels) > 3:
        tall *= 1.2
    return [lettering.wrapped(label, 72 * tall, SIZE) for label in labels], tall + 0.1


def _head(axes: Axes, rows: list[str], x: float, bottom: float, narrow: bool) -> None:
    for n, row in enumerate(rows):
        if narrow:
            place = x + ROW * (n - (len(rows) - 1) / 2)
            axes.text(place, bottom - 0.03, row, rotation=90, ha="center", va="bottom", fontsize=SIZE)
        else:
            up = bottom - 0.06 - ROW * (len(rows) - 1 - n)
            axes.text(x, up, row, ha="center", va="bottom", fontsize=SIZE)


def _row_label(axes: Axes, rows: list[str], left: float, top: float, height: float, narrow: bool) -> None:
    for n, row in enumerate(rows):
        if narrow:
            axes.text(left, top - 0.03 - ROW * (len(rows) - 1 - n), row, ha="left", va="bottom", fontsize=SIZE)
        else:
            y = top + height / 2 + ROW * (n - (len(rows) - 1) / 2)
            axes.text(left - 0.1, y, row, ha="right", va="center", fontsize=SIZE)


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
