"""csv, sav, xlsx or parquet -> a table of text that remembers its file and the line of each row."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.study.params import RawFile
from analysis.study.running import Large

FORMATS = {".csv": "csv", ".sav": "sav", ".xlsx": "xlsx", ".parquet": "parquet"}


@dataclass(frozen=True)
class RawTable:
    """The delivered cells as text, unchanged.

    `cells` has one row a respondent; its index is the row's line in the file (its position for
    sav and parquet, counted from 1), its columns are the file's own names; an empty cell is "".
    """

    path: Path
    sha256: str
    cells: pd.DataFrame


def read_raw(raw: RawFile, folder: Path) -> RawTable:
    """The delivered file of a market, after its sha256 has been checked.

    `folder` is the study folder, which `raw.path` starts from. Raises a file error that names the
    file (and the line, where a row is too short or too long) and a fix.
    """
    path = locate(raw, folder)
    content = _read_bytes(path)
    sha256 = hashlib.sha256(content).hexdigest()
    check_sha256(path, sha256, raw)
    kind = format_of(raw, path)
    if kind is None:
        problem = Problem(str(path), "unknown file format", path.suffix, ", ".join(FORMATS.values()))
        raise JourneybookError("file", problem)
    cells = READERS[kind](path, content, raw.encoding)
    check_shape(path, cells)
    return RawTable(path, sha256, cells)


def check_sha256(path: Path, sha256: str, raw: RawFile) -> None:
    """Raises a file error where the file's sha256 is not the one that the market's file declares."""
    if sha256 != raw.sha256:
        fix = "restore the delivered file, or put its new sha256 into the market's file"
        problem = Problem(str(path), "the file is not the one declared: sha256 differs", sha256, raw.sha256, fix)
        raise JourneybookError("file", problem)


def format_of(raw: RawFile, path: Path) -> str | None:
    """csv, sav, xlsx or parquet: as declared, else by the file's name; None where neither says."""
    return raw.format or FORMATS.get(path.suffix.lower())


def is_large(raw: RawFile, folder: Path, large: Large) -> bool:
    """Whether it is a Parquet file of more rows than are read into memory."""
    path = locate(raw, folder)
    if format_of(raw, path) != "parquet":
        return False
    import pyarrow.parquet as pq  # slow to import, and only needed for Parquet

    try:
        return bool(pq.ParquetFile(path).metadata.num_rows > large.rows_above)
    except (OSError, ValueError):
        return False  # reading it says what is wrong with it


def locate(raw: RawFile, folder: Path) -> Path:
    """Where the file lies; one that is only a URL is fetched once into the user's cache."""
    path = (folder / raw.path).resolve() if raw.path else None
    if path and path.is_file():
        return path
    if raw.url:
        return _fetch(raw)
    problem = Problem(str(path), "the raw file is not there", fix="put it there or correct raw.path")
    raise JourneybookError("file", problem)


def _fetch(raw: RawFile) -> Path:
    import pooch  # slow to import, and only needed for a URL

    assert raw.url is not None
    try:
        cache = pooch.os_cache("journeybook")
        return Path(pooch.retrieve(raw.url, known_hash=f"sha256:{raw.sha256}", path=cache))
    except ValueError as error:
        fix = "check the sha256 in the market's file against the publisher's"
        problem = Problem(raw.url, "the download is not the file declared: sha256 differs", fix=fix)
        raise JourneybookError("file", problem) from error
    except Exception as error:
        fix = "check the connection, or download it and name it as raw.path"
        problem = Problem(raw.url, f"cannot be fetched ({type(error).__name__})", fix=fix)
        raise JourneybookError("file", problem) from error


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise JourneybookError("file", Problem(str(path), f"cannot be read: {error}")) from error


def _read_csv(path: Path, content: bytes, encoding: str) -> pd.DataFrame:
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        fix = "save it as UTF-8 or set raw.encoding, for instance cp1252"
        problem = Problem(str(path), f"not {encoding} text: {error}", fix=fix)
        raise JourneybookError("file", problem) from None
    first = re.sub(r'"[^"]*"', "", text.splitlines()[0]) if text else ""
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    problems: list[Problem] = []
    try:
        header = next(reader, [])
        for row in reader:
            if not row:
                continue
            line = reader.line_num
            if len(row) != len(header):
                what = f"the row has {len(row)} cells and the header {len(header)}"
                problems.append(Problem(f"{path}, line {line}", what, fix="quote text with commas"))
                continue
            rows.append(row)
            lines.append(line)
    except csv.Error as error:
        problems.append(Problem(f"{path}, line {reader.line_num}", f"not valid CSV: {error}"))
    if problems:
        raise JourneybookError("file", problems)
    return pd.DataFrame(rows, index=lines, columns=[name.strip() for name in header], dtype=object)


def _read_sav(path: Path, content: bytes, encoding: str) -> pd.DataFrame:
    import pyreadstat

    try:
        frame, _ = pyreadstat.read_sav(str(path), user_missing=True)
    except Exception as error:
        raise _not_readable(path, "an SPSS file", error) from error
    return _as_text(frame, first_line=1)


def _read_xlsx(path: Path, content: bytes, encoding: str) -> pd.DataFrame:
    try:
        frame = pd.read_excel(io.BytesIO(content), dtype=object, header=None, na_filter=False)
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise _not_readable(path, "an Excel workbook", error) from error
    cells = _as_text(frame, first_line=1)
    header = [name.strip() for name in cells.iloc[0]] if len(cells) else []
    return cells.iloc[1:].set_axis(header, axis=1)


def _read_parquet(path: Path, content: bytes, encoding: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except (OSError, ValueError) as error:
        raise _not_readable(path, "a Parquet file", error) from error
    return _as_text(frame, first_line=1)


READERS: dict[str, Callable[[Path, bytes, str], pd.DataFrame]] = {
    "csv": _read_csv,
    "sav": _read_sav,
    "xlsx": _read_xlsx,
    "parquet": _read_parquet,
}


def _not_readable(path: Path, what: str, error: Exception) -> JourneybookError:
    problem = Problem(str(path), f"cannot be read as {what} ({error})", fix="ask for it again")
    return JourneybookError("file", problem)


def _as_text(frame: pd.DataFrame, first_line: int) -> pd.DataFrame:
    """Every cell as text: whole numbers without a decimal point, missing as ""."""
    text = pd.DataFrame({name: frame[name].map(cell_text).astype(object) for name in frame})
    text.index = pd.RangeIndex(first_line, first_line + len(frame))
    return text


def cell_text(value: object) -> str:
    """A cell as text: a whole number without a decimal point, a missing one as ""."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def check_shape(path: Path, cells: pd.DataFrame) -> None:
    """Raises a file error where columns have no name or share one, or no respondent is there."""
    names = list(cells.columns)
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [Problem(f"{path}, line 1", "the column stands twice", name, fix="rename one") for name in twice]
    if "" in names:
        problems.append(Problem(f"{path}, line 1", "a column has no name", fix="name it"))
    if not len(cells):
        problems.append(Problem(str(path), "the file holds no respondents"))
    if problems:
        raise JourneybookError("file", problems)
