"""A csv file -> a table of text: nothing is guessed, and every row that is too short or too long is told."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.study.params import RawFile
from analysis.study.table import RawTable, stripped

DELIMITERS = ",;\t|"
DECIMAL_COMMA = re.compile(r"\s*[-+]?[0-9]*,[0-9]+\s*")
LINE_END = re.compile(r"\r\n|\r|\n")
FEW_COLUMNS = 5  # of a table with fewer, a text of several lines may well hold as many commas
LONGEST = 2**31 - 1  # csv's own limit of a cell would pass for a damaged file


def read_csv(path: Path, content: bytes, raw: RawFile) -> RawTable:
    """The rows of a csv file. Raises a file error with the lines of all that is wrong."""
    text = _decoded(path, content, raw.encoding)
    _refuse_nul(path, text, raw.delimiter)
    _refuse_delimiter(path, text, raw)
    csv.field_size_limit(LONGEST)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=raw.delimiter, strict=True)
    rows: list[list[str]] = []
    numbers: list[int] = []
    header: list[str] = []
    problems: list[Problem] = []
    start = 1
    try:
        for row in reader:
            if row and not header:
                header = row
            elif row and (len(row) != len(header) or _swallowed(row, start < reader.line_num, raw.delimiter)):
                problems.append(_width(path, start, reader.line_num, len(row), len(header)))
            elif row:
                rows.append(row)
                numbers.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        line = _open_quote(text, start)
        what = f"a quote opens here and is not closed before the row ends ({error})"
        problems.append(Problem(f"{path}, line {line}", what, fix='close it, or write a quote in a text as ""'))
    if problems:
        raise JourneybookError("file", problems)
    names, notes = stripped(header)
    cells = pd.DataFrame(rows, index=numbers, columns=names, dtype=object)
    if raw.decimal == ",":
        cells = cells.map(lambda cell: cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell) else cell)
    return RawTable(path, "", cells, notes=notes)


def _decoded(path: Path, content: bytes, encoding: str) -> str:
    fix = "save it as UTF-8 or set raw.encoding, for instance cp1252"
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("latin-1")
        where = f"{path}, line {len(LINE_END.findall(before)) + 1}"
        got = " ".join(f"{byte:02x}" for byte in content[error.start : error.end][:4])
        problem = Problem(where, f"not {encoding} text ({error.reason})", f"byte {got}", fix=fix)
    except (LookupError, ValueError) as error:
        problem = Problem(str(path), f"not {encoding} text: {error}", fix=fix)
    raise JourneybookError("file", problem)


def _refuse_nul(path: Path, text: str, delimiter: str) -> None:
    place = text.find("\0")
    if place < 0:
        return
    above = LINE_END.split(text[:place])
    column = above[-1].count(delimiter)
    names = LINE_END.split(text, maxsplit=1)[0].split(delimiter)
    name = names[column].strip() if column < len(names) else str(column + 1)
    what, fix = f"a NUL byte, the first of {text.count(chr(0))}", "ask for the file again, as text"
    raise JourneybookError("file", Problem(f"{path}, line {len(above)}, column {name}", what, fix=fix))


def _refuse_delimiter(path: Path, text: str, raw: RawFile) -> None:
    """Refused where another delimiter than the declared one makes more columns of the header."""
    first = re.sub(r'"[^"]*"', "", LINE_END.split(text.lstrip("\r\n"), maxsplit=1)[0])
    best = max(raw.delimiter + DELIMITERS, key=first.count)
    found, expected = first.count(raw.delimiter) + 1, first.count(best) + 1
    if expected == found:
        return
    decimals = raw.decimal == "." and best != "," and re.search(r"(?<=[^0-9])[0-9]+,[0-9]+(?=[^0-9])", text[:100_000])
    columns = "1 column" if found == 1 else f"{found} columns"
    what = f"found {columns}, expected {expected}: looks like sep={best!r}" + (" decimal=','" if decimals else "")
    fix = f'set raw.delimiter: "{best}"'.replace("\t", "\\t") + (' and raw.decimal: ","' if decimals else "")
    raise JourneybookError("file", Problem(f"{path}, line 1", what, allowed=f"sep={raw.delimiter!r}", fix=fix))


def _swallowed(row: list[str], spans: bool, delimiter: str) -> bool:
    """Whether a cell of a row that spans lines holds as many delimiters as a row: a quote that was not closed."""
    return spans and len(row) >= FEW_COLUMNS and max(cell.count(delimiter) for cell in row) >= len(row) - 1


def _width(path: Path, first: int, last: int, found: int, expected: int) -> Problem:
    what = f"the row has {found} cells and the header {expected}"
    if last > first:
        return Problem(f"{path}, line {first}", f"{what}, down to line {last}", fix="close the quote that opens here")
    return Problem(f"{path}, line {first}", what, fix="quote text with commas, and write every cell of the header")


def _open_quote(text: str, start: int) -> int:
    """The line of the last quote that opens, from this line on, and is not closed."""
    inside, opened = False, start
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if number < start:
            continue
        for _ in range(line.replace('""', "").count('"')):
            inside = not inside
            opened = number if inside else opened
    return opened if inside else start
