"""csv, sav, xlsx or parquet -> a table of text that remembers its file and the line of each row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.study.delimited import read_csv
from analysis.study.locating import FORMATS, format_of, locate
from analysis.study.looks import content_problems
from analysis.study.params import RawFile
from analysis.study.running import Large
from analysis.study.table import RawTable

BLOCK = 2**20  # bytes


def read_raw(raw: RawFile, folder: Path, most: int = Large().rows_in_memory) -> RawTable:
    """The delivered file of a market, after its sha256 has been checked.

    `folder` is the study folder, which `raw.path` starts from; a file of more than `most` rows is not read.
    Raises a file error that names the file (and the line, where a row is too short or too long) and a fix.
    """
    path = locate(raw, folder)
    kind = format_of(raw, path)
    if kind is None:
        problem = Problem(str(path), "unknown file format", path.suffix, ", ".join(dict.fromkeys(FORMATS.values())))
        raise JourneybookError("file", problem)
    check_sha256(path, digest_of(path), raw)
    refuse_many(path, _lines(path) - 1 if kind == "csv" else 0, most)
    content = _read_bytes(path)
    problems = content_problems(path, content, kind, raw)
    if problems:
        raise JourneybookError("file", problems)
    table = replace(_reader(kind)(path, content, raw), sha256=raw.sha256)
    check_shape(path, [*table.cells.columns], len(table.cells), raw.header_row if kind == "xlsx" else 1)
    check_rows(path, len(table.cells), raw)
    refuse_many(path, len(table.cells), most)
    long = [problem for name in table.cells for problem in _long_cells(table, name, raw.longest_cell)]
    if long:
        raise JourneybookError("data", long)
    return table


def digest_of(path: Path) -> str:
    """The sha256 of a file, taken in pieces. Raises a file error where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise JourneybookError("file", Problem(str(path), f"cannot be read: {error}")) from error


def check_sha256(path: Path, sha256: str, raw: RawFile) -> None:
    """Raises a file error where the file's sha256 is not the one that the market's file declares."""
    if sha256 != raw.sha256:
        fix = "restore the delivered file, or take the new one for good with make accept COUNTRY=..."
        problem = Problem(str(path), "the file is not the one declared: sha256 differs", sha256, raw.sha256, fix)
        raise JourneybookError("file", problem)


def is_large(raw: RawFile, folder: Path, large: Large) -> bool:
    """Whether it is a Parquet file of more rows than are read into memory."""
    path = locate(raw, folder)
    if format_of(raw, path) != "parquet":
        return False
    import pyarrow.parquet as pq  # slow to import, and only needed for Parquet

    try:
        return bool(pq.ParquetFile(path).metadata.num_rows > large.rows_above)
    except Exception:
        return False  # reading it says what is wrong with it


def check_shape(path: Path, names: Sequence[str], rows: int, line: int = 1) -> None:
    """Raises a file error where columns have no name or share one, or no respondent is there."""
    where = f"{path}, line {line}"
    problems = []
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        places = " and ".join(str(place) for place, other in enumerate(names, 1) if other == name)
        problems.append(Problem(where, "the column stands twice", name, fix=f"rename one of columns {places}"))
    if "" in names:
        problems.append(Problem(where, f"a column has no name, the {names.index('') + 1}th", fix="name it"))
    if not rows:
        problems.append(Problem(str(path), "0 respondents", fix="ask for the file with its rows"))
    if problems:
        raise JourneybookError("file", problems)


def check_rows(path: Path, rows: int, raw: RawFile) -> None:
    """Raises a file error where there are not as many rows as the market's file declares."""
    if raw.rows is not None and rows != raw.rows:
        fix = "ask for the whole file, or correct raw.rows"
        raise JourneybookError("file", Problem(str(path), f"expected {raw.rows:,} rows, found {rows:,}", fix=fix))


def refuse_many(path: Path, rows: int, most: int) -> None:
    """Raises a file error where there are more rows than are read into memory."""
    if rows > most:
        fix = "use Parquet, which is summed where it lies, or raise large.rows_in_memory in study.yaml"
        raise JourneybookError("file", Problem(str(path), f"{rows:,} rows > limit of {most:,}", fix=fix))


def _lines(path: Path) -> int:
    """How many line ends are in a file, which is not held for that."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise JourneybookError("file", Problem(str(path), f"cannot be read: {error}")) from error


def _long_cells(table: RawTable, name: str, longest: int) -> list[Problem]:
    """A problem for every cell of a column that is longer than declared; its text is not shown."""
    lengths: pd.Series = table.cells[name].str.len()
    where = f"{table.path.name}, line {{line}}, column {name}"
    long = lengths[lengths > longest].items()
    return [long_cell(where.format(line=line), length, longest) for line, length in long]


def long_cell(where: str, length: int, longest: int) -> Problem:
    """The refusal of a cell that is longer than declared."""
    fix = "shorten it, or raise raw.longest_cell in the market's file"
    return Problem(where, f"a cell of {length:,} characters", allowed=f"{longest:,}", fix=fix)


def _reader(kind: str) -> Callable[[Path, bytes, RawFile], RawTable]:
    """What reads a file of this kind; libraries are loaded with the first file that needs them."""
    if kind == "sav":
        from analysis.study.spss import read_sav

        return read_sav
    if kind == "xlsx":
        from analysis.study.sheets import read_xlsx

        return read_xlsx
    if kind == "parquet":
        from analysis.study.columnar import read_parquet

        return read_parquet
    return read_csv
