"""Figures in the cells of a workbook: numbers where they are shown, text where they are withheld."""

from __future__ import annotations

import math
from collections.abc import Mapping

from analysis.report import words
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.workbook import Sheet

Cell = Mapping[str, object]  # a tidy row, by the names of its columns


def write_cell(sheet: Sheet, row: int, column: int, cell: Cell, *, below: bool = True) -> None:
    """Writes a figure, its mark or letters beside it and its interval `below`; of one withheld, what stands for it."""
    if cell["flag"] in HIDDEN:
        sheet.text(row, column, "not asked" if cell["flag"] == NOT_ASKED else words.WITHHELD, "right")
        return
    unit = str(cell["unit"])
    sheet.number(row, column, float(str(cell["estimate"])), "", unit)
    if below:
        sheet.text(row + 1, column, interval(cell), "interval")
    marks = ("*" if cell["flag"] else "") + str(cell.get("above") or "")
    if marks:
        sheet.text(row, column + 1, marks, "marks")


def interval(cell: Cell) -> str:
    """The interval of a figure as it stands below it: 19-26 of a share in percent, else in the figure's own unit."""
    low, high = (float(str(cell[end])) for end in ("conf_low", "conf_high"))
    if low == high:
        return "by weighting"
    scale, digits = {"share": (100, 0), "points": (100, 0), "gap": (1, 1)}.get(str(cell["unit"]), (1, 2))
    ends = [f"{scale * end:.{digits}f}".replace("-", "\u2212") for end in (low, high)]
    return words.DASH.join(ends)


def write_count(sheet: Sheet, row: int, column: int, low: float, high: float) -> None:
    """A base, or where it differs by row its range."""
    if math.isnan(low):
        sheet.text(row, column, words.WITHHELD, "right")
    elif round(low) == round(high):
        sheet.number(row, column, low, "count")
    else:
        sheet.text(row, column, f"{words.count(low)}{words.DASH}{words.count(high)}", "interval")
