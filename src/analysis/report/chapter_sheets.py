"""A chapter's tables on a sheet of their own, one below the other, as the page shows them."""

from __future__ import annotations

import io
import re
from typing import Any

import pandas as pd

from analysis.report import words
from analysis.report.carried import FORMULA
from analysis.report.cells import write_cell, write_count
from analysis.report.disclosure import HIDDEN
from analysis.report.tables import BASES, HEADS
from analysis.report.tabulation import Chapter
from analysis.report.workbook import NUMBERS, Sheet

STUB, OTHERS, WIDTH, WIDEST = 46, 24, 13, 36  # how wide columns are, and how many stand beside the first
SIGNS = ("+", "\u2212", words.DASH)  # that an interval or a difference begins with
PLAIN = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d)?)(\s*%)?")
TEXTS = dict.fromkeys(("label", "domain", "domain_label", "unit", "flag", "letter", "above", "item", "answer"), str)


def write_chapter(sheet: Sheet, chapter: Chapter, index: str) -> None:
    """Writes every table with title, measure, cells and foot."""
    sheet.of.set_column(0, 0, STUB)
    sheet.of.set_column(1, OTHERS, WIDTH)
    for column, width in _widths(chapter).items():
        sheet.of.set_column(column, column, width)
    sheet.link(0, 0, index, "Index")
    sheet.text(1, 0, chapter.title, "title")
    sheet.of.freeze_panes(2, 1)
    row = 3
    for table in chapter.tables:
        sheet.text(row, 0, table["title"], "strong")
        sheet.text(row + 1, 0, table["measure"], "grey")
        write = _write_rows if table["tidy"] else _write_texts
        row = write(sheet, row + 2, table["csv"])
        sheet.text(row, 0, table["foot"], "grey")
        row += 3


def _widths(chapter: Chapter) -> dict[int, float]:
    """Columns that hold longer texts before others, and how wide they are."""
    found: dict[int, float] = {}
    for table in chapter.tables:
        cells = pd.DataFrame() if table["tidy"] else pd.read_csv(io.StringIO(table["csv"]), dtype=str, na_filter=False)
        for column in range(1, cells.shape[1] - 1):
            longest = int(cells.iloc[:, column].str.len().max())
            if longest > WIDTH:
                found[column] = max(found.get(column, 0), min(longest, WIDEST))
    return found


def _write_texts(sheet: Sheet, row: int, csv: str) -> int:
    """Writes the cells as they are shown, those that are plain numbers as numbers; the row after them."""
    cells = pd.read_csv(io.StringIO(csv), dtype=str, keep_default_na=False, header=None)
    for place, record in enumerate(cells.itertuples(index=False)):
        last = max((n for n, value in enumerate(record) if value), default=0)
        for column, value in enumerate(_unguarded(one) for one in record):
            # The last text of a row may run on to the right.
            usual = "stub" if column == 0 else "" if column == last else "wrapped"
            usual = "right" if column and (value[:1].isdigit() or value[:1] in SIGNS) else usual
            if place and column and (found := _number(value)):
                sheet.number(row, column, found[0], "", found[1])
            else:
                sheet.text(row, column, value, "heads" if place == 0 and column else "table" if place == 0 else usual)
        row += 1
    return row


def _number(text: str) -> tuple[float, str] | None:
    """A cell that is nothing but a count or a percent, as a number and its unit."""
    if not (found := PLAIN.fullmatch(text)):
        return None
    number = float(found[1].replace(",", ""))
    if found[2]:
        return number / 100, "tenths" if "." in text else "share"
    return (number, "count" if "," in text else "plain") if "." not in text else None


def _write_rows(sheet: Sheet, row: int, csv: str) -> int:
    """Writes tidy rows, one a line or by their domains; the row after them."""
    rows = pd.read_csv(
        io.StringIO(csv),
        dtype=TEXTS,
        keep_default_na=False,
        na_values={n: [""] for n in ("estimate", "conf_low", "conf_high", *BASES)},
    )
    for name in TEXTS:
        if name in rows:
            rows[name] = rows[name].map(_unguarded)
    several = rows["domain_label"].nunique() > 1
    return (_write_by_domain if several else _write_list)(sheet, row, rows)


def _write_list(sheet: Sheet, row: int, rows: pd.DataFrame) -> int:
    """A line a figure: value, marks, interval, ranks or p-value where there are any, bases."""
    unit = str(rows["unit"].iloc[0]) if "unit" in rows else "share"
    more = {"rank_low": "Rank from", "rank_high": "Rank to", "p_adjusted": "p (Holm)"}
    more = {name: head for name, head in more.items() if name in rows}
    heads = ["", HEADS.get(unit, "Value"), "Marks", "From", "To", *more.values(), *BASES.values()]
    for column, head in enumerate(heads):
        sheet.text(row, column, head, "heads" if column else "table")
    for record in rows.to_dict("records"):
        row += 1
        letter = f" ({record['letter']})" if record.get("letter") else ""
        sheet.text(row, 0, f"{record['label']}{letter}", "stub")
        cell = {"unit": unit, **{str(key): value for key, value in record.items()}}
        write_cell(sheet, row, 1, cell, below=False)
        if record["flag"] not in HIDDEN:
            for column, name in enumerate(("conf_low", "conf_high", *more), 3):
                _write_end(sheet, row, column, record[name], str(cell["unit"]) if name not in more else name)
        for column, name in enumerate(BASES, 5 + len(more)):
            write_count(sheet, row, column, record[name], record[name])
    return row + 1


def _write_end(sheet: Sheet, row: int, column: int, value: Any, unit: str) -> None:
    """An end of an interval, a rank or a p-value; nothing where there is none."""
    number = pd.to_numeric(value, errors="coerce")
    if pd.notna(number):
        sheet.number(
            row, column, float(number), "", unit if unit in NUMBERS else "plain" if unit != "p_adjusted" else "p"
        )


def _write_by_domain(sheet: Sheet, row: int, rows: pd.DataFrame) -> int:
    """A column a domain, whose marks stand in the one after it: figures over their intervals, bases below."""
    labels = list(dict.fromkeys(rows["label"]))
    places = {label: row + 1 + 2 * n for n, label in enumerate(labels)}
    sheet.text(row, 0, "", "table")
    for label, place in places.items():
        sheet.text(place, 0, label, "stub")
    below = row + 1 + 2 * len(labels)
    for n, head in enumerate(BASES.values()):
        sheet.text(below + n, 0, head, "base")
    for number, (domain, own) in enumerate(rows.groupby("domain_label", sort=False)):
        column = 1 + 2 * number
        letter = f" ({own['letter'].iloc[0]})" if "letter" in own and own["letter"].iloc[0] else ""
        sheet.across(row, column, column + 1, f"{domain}{letter}", "heads")
        for record in own.to_dict("records"):
            cell = {"unit": "share", **{str(key): value for key, value in record.items()}}
            write_cell(sheet, places[str(record["label"])], column, cell)
        for n, name in enumerate(BASES):
            write_count(sheet, below + n, column, own[name].min(), own[name].max())
    return below + len(BASES)


def _unguarded(text: str) -> str:
    """The text without the apostrophe that a CSV has before what looks like a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
