"""The tab book: a workbook with an index, a sheet a question and a sheet a chapter, from data alone."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from analysis.report import words
from analysis.report.cells import Cell, write_cell, write_count
from analysis.report.chapter_sheets import write_chapter
from analysis.report.page import LOW_BASE, WITHHELD
from analysis.report.tables import BASES, LETTERS
from analysis.report.tabulation import Chapter, Column, Section, Tabulation
from analysis.report.workbook import Book, Sheet, sheet_name

INDEX = "Index"
WIDTHS = (30, 52, 60, 12)  # of the index
STUB, VALUE, MARKS = 46, 8.5, 5.5  # widths of columns, in characters
HEADS = 5  # the row of the groups' names; the columns' and the letters' stand below
FIRST = HEADS + 3  # the first row below the heads
KEY = (
    "Shares are of those asked, weighted; the smaller line below each is its {confidence} interval.",
    LETTERS + " Letters are adjusted (Holm) over the answers of a table and each group of columns, and apart from them "
    "over its nets and its mean.",
    LOW_BASE + " It stands on fewer than {caution_below} respondents.",
    WITHHELD + " It would stand on fewer than {suppress_below}.",
    "Net: several answers taken together. A net of one answer is left out, for the answer stands there.",
    "Intervals may be folded away: the sign 1 in the upper left corner.",
)
ILLUSTRATION = "Synthetic respondents: these tables show how the pipeline works and are no finding about anybody."


def workbook(tables: Tabulation, chapters: Sequence[Chapter] = ()) -> bytes:
    """The file: the same bytes from the same tables."""
    title = f"{tables.study}: {tables.market}, {tables.wave}"
    book = Book(title, f"Tables of {tables.people}", dt.date.fromisoformat(tables.made))
    names, places = question_sheets(tables), chapter_sheets([chapter.title for chapter in chapters])
    found: dict[str, list[Cell]] = {section.question: [] for section in tables.sections}
    for cell in _cells(tables.rows):
        found[str(cell["question"])].append(cell)
    index = book.sheet(INDEX, header=title, footer=tables.source)
    _write_index(index, tables, found, names, list(zip(places, chapters, strict=True)))
    for name, section in zip(names, tables.sections, strict=True):
        sheet = book.sheet(name, header=title, footer=tables.source, heads=(0, FIRST - 1))
        _write_question(sheet, section, found[section.question], tables)
    for name, chapter in zip(places, chapters, strict=True):
        write_chapter(book.sheet(name, header=title, footer=tables.source), chapter, INDEX)
    return book.content()


def question_sheets(tables: Tabulation) -> list[str]:
    """The name of each question's sheet."""
    return [sheet_name(str(n), section.question) for n, section in enumerate(tables.sections, 1)]


def chapter_sheets(titles: Sequence[str]) -> list[str]:
    """The name of each chapter's sheet."""
    return [sheet_name(f"Ch{n}", title) for n, title in enumerate(titles, 1)]


def _write_index(
    sheet: Sheet,
    tables: Tabulation,
    found: Mapping[str, Sequence[Cell]],
    names: list[str],
    chapters: list[tuple[str, Chapter]],
) -> None:
    for column, width in enumerate(WIDTHS):
        sheet.of.set_column(column, column, width)
    sheet.text(0, 0, tables.study, "title")
    about = {
        "Market": tables.market,
        "Wave": f"{tables.wave}, interviews of {tables.fieldwork}",
        "Respondents": "; ".join(
            f"{head.lower()} {words.count(tables.bases[column])}" for column, head in BASES.items()
        ),
        "Source": tables.source.removeprefix("Source: "),
        **({"Caution": ILLUSTRATION} if tables.synthetic else {}),
    }
    row = 1
    for head, text in about.items():
        sheet.text(row, 0, head, "strong")
        row = _write_long(sheet, row, text)
    groups = dict.fromkeys(column.group for column in tables.columns if column.group)
    letters = [
        f"{group}: " + ", ".join(f"{c.letter} {c.label}" for c in tables.columns if c.group == group)
        for group in groups
    ]
    key = [text.format(**vars(tables)) for text in KEY]
    for head, lines in (("How to read", key), ("Columns", letters)):
        sheet.text(row, 0, head, "strong")
        for text in lines:
            row = _write_long(sheet, row, text)
    row += 1
    for column, head in enumerate(("Sheet", "Question", "Base", "Respondents")):
        sheet.text(row, column, head, "table")
    sheet.of.freeze_panes(1, 0)
    group = ""
    for name, section in zip(names, tables.sections, strict=True):
        if section.group != group:
            group = section.group
            row += 1
            sheet.text(row, 0, group, "strong")
        row += 1
        sheet.link(row, 0, name, name)
        sheet.text(row, 1, section.title)
        sheet.text(row, 2, section.base)
        largest = max(float(str(cell["unweighted_base"])) for cell in found[section.question])
        write_count(sheet, row, 3, largest, largest)
    if chapters:
        row += 2
        for column, head in enumerate(("Sheet", "Chapter", "Tables", "")):
            sheet.text(row, column, head, "table")
    for name, chapter in chapters:
        row += 1
        sheet.link(row, 0, name, name)
        sheet.text(row, 1, chapter.title)
        sheet.number(row, 2, len(chapter.tables), "count")


def _write_long(sheet: Sheet, row: int, text: str) -> int:
    """A text over the columns beside the first, on as many lines as it needs; the row after it."""
    sheet.across(row, 1, len(WIDTHS) - 1, text, "wrapped")
    sheet.of.set_row(row, 14 * math.ceil(len(text) / (0.95 * sum(WIDTHS[1:]))))
    return row + 1


def _write_question(sheet: Sheet, section: Section, cells: Sequence[Cell], tables: Tabulation) -> None:
    places = _write_heads(sheet, tables.columns)
    several = ", several answers possible" if section.several else ""
    sheet.link(0, 0, INDEX, "Index")
    sheet.text(1, 0, section.title, "title")
    sheet.text(2, 0, words.quoted(section.wording) if section.wording else section.note, "wording")
    sheet.text(3, 0, f"Base: {section.base}", "strong")
    measure = f"% of those asked{several}, weighted, {tables.confidence} intervals below"
    sheet.text(
        4,
        0,
        measure if any(cell["kind"] != "mean" for cell in cells) else f"Weighted, {tables.confidence} intervals",
        "grey",
    )
    row = FIRST
    for name, own in _together(cells, "table").items():
        if name:
            sheet.across(row, 0, max(places.values()) + 1, name, "table")
            row += 1
        row = _write_table(sheet, row, own, places) + 1
    notes = [section.note if section.wording else "", tables.source, LETTERS]
    flags = {cell["flag"] for cell in cells}
    notes += [LOW_BASE] if "low base" in flags else []
    notes += [WITHHELD] if "suppressed" in flags else []
    for note in filter(None, notes):
        sheet.text(row, 0, note, "grey")
        row += 1


def _write_heads(sheet: Sheet, columns: Sequence[Column]) -> dict[str, int]:
    """Writes the heads of the columns; each domain's column, whose marks stand in the one after it."""
    sheet.of.set_column(0, 0, STUB)
    sheet.of.set_row(HEADS + 1, 52)
    places, at = {}, 1
    for column in columns:
        places[column.domain] = at
        sheet.of.set_column(at, at, VALUE)
        sheet.of.set_column(at + 1, at + 1, MARKS)
        sheet.across(HEADS + 1, at, at + 1, column.label, "head")
        sheet.across(HEADS + 2, at, at + 1, column.letter, "letter")
        at += 2
    for group in dict.fromkeys(column.group for column in columns if column.group):
        own = [places[column.domain] for column in columns if column.group == group]
        sheet.across(HEADS, own[0], own[-1] + 1, group, "group")
    sheet.of.freeze_panes(FIRST, 1)
    return places


def _write_table(sheet: Sheet, row: int, cells: Sequence[Cell], places: Mapping[str, int]) -> int:
    """Writes bases and rows of one table; the row after it.

    A mean leaves the don't-knows out, so it has a base of its own below.
    """
    means = [cell for cell in cells if cell["kind"] == "mean"]
    shares = [cell for cell in cells if cell["kind"] != "mean"]
    for column, head in BASES.items():
        row = _write_bases(sheet, row, shares or means, places, column, head)
    for own in _together(cells, "line").values():
        net, label = own[0]["kind"] == "net", own[0]["label"]
        sheet.text(row, 0, f"Net: {label}" if net else label, "net" if net else "stub")
        sheet.of.set_row(row + 1, 11, None, {"level": 1})
        for cell in own:
            write_cell(sheet, row, places[str(cell["domain"])], cell)
        row += 2
    if shares and means:
        row = _write_bases(sheet, row, means, places, "unweighted_base", "Unweighted base of the mean")
    return row


def _write_bases(
    sheet: Sheet, row: int, cells: Sequence[Cell], places: Mapping[str, int], column: str, head: str
) -> int:
    """Writes the base of every column; the row after it."""
    sheet.text(row, 0, head, "base")
    for domain, own in _together(cells, "domain").items():
        counts = [float(str(cell[column])) for cell in own]
        write_count(sheet, row, places[domain], min(counts), max(counts))
    return row + 1


def _cells(rows: pd.DataFrame) -> Iterator[Cell]:
    """The rows one by one, by the names of their columns."""
    columns = [rows[name].tolist() for name in rows]
    return (dict(zip(rows, values, strict=True)) for values in zip(*columns, strict=True))


def _together(cells: Sequence[Cell], name: str) -> dict[str, list[Cell]]:
    """The cells that have the same under this name, in their order."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(str(cell[name]), []).append(cell)
    return found
