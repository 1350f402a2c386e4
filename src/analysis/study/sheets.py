"""An Excel workbook -> a table of text, after it was looked at: how large it claims to be, and which sheet is meant."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.study.params import RawFile
from analysis.study.table import RawTable, as_text, cell_text, stripped

MOST_BYTES = 256 * 2**20  # uncompressed
FEW_CELLS = 1_000_000  # a sheet of no more is read however empty it is
DIGITS = 1e15  # Excel keeps 15 digits of a number
PLACE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
UNCOMPUTED = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+[0-9]+)"[^>]*>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')


@dataclass(frozen=True)
class _Look:
    """What a sheet holds, before it is parsed: its cells, how far they reach, and what stands in the way."""

    name: str
    cells: int
    rows: int
    columns: int
    uncomputed: list[str]
    merged: list[tuple[int, int, str]]


def read_xlsx(path: Path, content: bytes, raw: RawFile) -> RawTable:
    """The rows of one sheet. Raises a file error where the workbook is damaged, too large, or says too little."""
    import openpyxl

    try:
        _refuse_bomb(path, content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        looks = {sheet.title: _look(sheet.title, _xml(content, sheet)) for sheet in book.worksheets}
        look = _chosen(path, looks, raw)
        _refuse_size(path, look)
        if look.uncomputed:
            raise JourneybookError("data", list(_uncomputed(path, look)))
        sheet = book[look.name]
        sheet.reset_dimensions()  # what the file claims may be more than is there
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    except JourneybookError:
        raise
    except zipfile.BadZipFile as error:
        problem = Problem(
            str(path), f"damaged workbook, cannot be read as an Excel workbook ({error})", fix="ask again"
        )
        raise JourneybookError("file", problem) from error
    except Exception as error:  # what is thrown of damaged bytes is not of one kind
        problem = Problem(
            str(path), f"damaged workbook, cannot be read as an Excel workbook ({error})", fix="ask again"
        )
        raise JourneybookError("file", problem) from error
    return _table(path, look, rows, raw)


def _refuse_bomb(path: Path, content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > MOST_BYTES:
        what = f"uncompressed it would take {size / 2**20:,.0f} MiB"
        fix = "save it as csv or Parquet"
        raise JourneybookError("file", Problem(str(path), what, allowed=f"{MOST_BYTES // 2**20} MiB", fix=fix))


def _xml(content: bytes, sheet: Any) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(sheet._worksheet_path)


def _look(name: str, xml: bytes) -> _Look:
    cells, rows, widest = 0, 0, b""
    for column, row in PLACE.findall(xml):
        cells, rows = cells + 1, max(rows, int(row))
        widest = max(widest, column, key=lambda letters: (len(letters), letters))
    merged = [
        (int(top), int(bottom), f"{left.decode()}{int(top)}:{right.decode()}{int(bottom)}")
        for left, top, right, bottom in MERGED.findall(xml)
    ]
    return _Look(name, cells, rows, _number(widest), [c.decode() for c in UNCOMPUTED.findall(xml)], merged)


def _number(letters: bytes) -> int:
    """The number of a column by its letters, A is 1."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def letters_of(number: int) -> str:
    """The letters of a column by its number, 1 is A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _chosen(path: Path, looks: Mapping[str, _Look], raw: RawFile) -> _Look:
    """The sheet that is declared, or the only one that holds anything."""
    names = ", ".join(looks)
    if raw.sheet is not None:
        if raw.sheet in looks:
            return looks[raw.sheet]
        raise JourneybookError("file", Problem(str(path), "no such sheet", raw.sheet, names, "correct raw.sheet"))
    held = [look for look in looks.values() if look.cells] or list(looks.values())
    if not held:
        raise JourneybookError("file", Problem(str(path), "the workbook has no sheet", fix="ask for it again"))
    if len(held) > 1:
        fix = "set raw.sheet to the one with the respondents, and raw.header_row to the line of the column names"
        raise JourneybookError("file", Problem(str(path), "several sheets", names, "one", fix))
    return held[0]


def _refuse_size(path: Path, look: _Look) -> None:
    claimed = look.rows * look.columns
    if claimed > FEW_CELLS and claimed > 10 * look.cells:
        what = f"the sheet {look.name} claims {look.rows:,} x {look.columns:,} cells and holds {look.cells:,}"
        fix = "delete the stray cells far from the table, and the empty rows and columns with them"
        raise JourneybookError("file", Problem(str(path), what, fix=fix))


def _uncomputed(path: Path, look: _Look) -> Iterator[Problem]:
    for cell in look.uncomputed:
        fix = "open the workbook in Excel and save it, or paste the values"
        yield Problem(f"{path}, sheet {look.name}, cell {cell}", "formula without a stored value", fix=fix)


def _table(path: Path, look: _Look, rows: list[list[Any]], raw: RawFile) -> RawTable:
    wide = max((len(row) for row in rows), default=0)
    frame = pd.DataFrame([row + [None] * (wide - len(row)) for row in rows], dtype=object)
    text = as_text(frame)
    text = text.loc[:, (text != "").any()] if len(text) else text
    header = text.iloc[raw.header_row - 1].tolist() if len(text) >= raw.header_row else []
    _refuse_header(path, look, text, header, raw)
    below = text.iloc[raw.header_row :]
    given = [frame.iat[raw.header_row - 1, place] for place in text.columns] if header else []
    names, notes = stripped([cell if isinstance(cell, str) else cell_text(cell) for cell in given])
    if len(set(names)) < len(names) or not names:
        return RawTable(path, "", below.set_axis(names, axis=1) if names else below)
    doubtful = {
        name: found
        for name, place in zip(names, text.columns, strict=True)
        if (found := dict(_doubtful(frame[place].iloc[raw.header_row :], letters_of(int(place) + 1))))
    }
    filled = below[(below != "").any(axis=1)]
    return RawTable(path, "", filled.set_axis(names, axis=1), doubtful=doubtful, notes=notes)


def _refuse_header(path: Path, look: _Look, text: pd.DataFrame, header: list[str], raw: RawFile) -> None:
    """Refused where the line of names is merged, or a line below looks more like it."""
    merged = [ref for top, bottom, ref in look.merged if top <= raw.header_row <= bottom]
    where = f"{path}, sheet {look.name}, line {raw.header_row}"
    if merged:
        fix = "set raw.header_row to a line with a name in every cell, or write one into every cell"
        raise JourneybookError(
            "file", Problem(where, "merged cells among the column names", ", ".join(merged), fix=fix)
        )
    if header.count("") * 2 >= len(header) > 0:
        full = [line for line, row in text.head(20).iterrows() if (row != "").all() and int(str(line)) > raw.header_row]
        if full:
            what = f"{header.count('')} of {len(header)} columns have no name here"
            fix = f"set raw.header_row: {full[0]}, if the names stand there; sheets: {look.name}"
            raise JourneybookError("file", Problem(where, what, fix=fix))


def _doubtful(cells: pd.Series, letters: str) -> Iterator[tuple[int, str]]:
    """Lines of cells that Excel may have changed since they were typed, and how."""
    for place, cell in cells.items():
        line = int(str(place)) + 1
        if isinstance(cell, bool) or hasattr(cell, "isoformat"):
            yield line, f"cell {letters}{line} holds a date or a truth value"
        elif isinstance(cell, float | int) and (abs(cell) >= DIGITS or cell != int(cell)):
            yield line, f"cell {letters}{line} holds a number with decimals or of more than 15 digits"
