"""A Parquet file that stays on disk: an engine sums it by group, and only the sums come out.

DuckDB and polars read the columns they need a piece at a time; pandas holds these columns for as long
as it sums them. All three are asked through narwhals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import JourneybookError, Problem
from analysis.study.columnar import damaged, kinds_of
from analysis.study.locating import locate
from analysis.study.params import RawFile
from analysis.study.raw import check_rows, check_sha256, check_shape, digest_of
from analysis.study.running import Large

LINE = "line of the file"  # a column beside those of the file: the row's position, counted from 1
COUNT = "rows of the group"
MOST_GROUPS = 1_000_000  # a group costs some hundred bytes, so that these take as many megabytes

LIBRARIES = ("duckdb", "_duckdb", "pyarrow", "polars")  # whose own errors tell of damaged bytes
Source = Callable[[Sequence[str]], "nw.LazyFrame[Any]"]


@dataclass(frozen=True)
class Key:
    """What rows are grouped by: a column, or a value that stands for many of its values (`instead`)."""

    column: str
    instead: nw.Expr | None = None

    @property
    def expression(self) -> nw.Expr:
        return nw.col(self.column) if self.instead is None else self.instead


@dataclass(frozen=True)
class Scan:
    """One Parquet file, opened: its columns with their types, its number of rows, and its engine.

    `kinds` are the types as a small table has them: "number", "text" or "date".
    `source` gives the columns named and `LINE`; `lines` gives line numbers as a frame of the same engine.
    """

    path: Path
    sha256: str
    rows: int
    types: Mapping[str, nw.dtypes.DType]
    kinds: Mapping[str, str]
    source: Source
    lines: Callable[[np.ndarray], nw.LazyFrame[Any]]

    def frame(self, columns: Sequence[str]) -> nw.LazyFrame[Any]:
        """The columns named and the row's line, to be asked further."""
        return self.source(list(dict.fromkeys(columns)))

    def without(self, frame: nw.LazyFrame[Any], lines: np.ndarray) -> nw.LazyFrame[Any]:
        """The frame without these lines of the file."""
        return frame.join(self.lines(lines), on=LINE, how="anti") if len(lines) else frame

    def is_number(self, column: str) -> bool:
        return self.types[column].is_numeric()

    def missing(self, column: str) -> nw.Expr:
        """True where the cell is empty: no value, not a number, or a text of nothing but spaces."""
        cell = nw.col(column)
        if self.types[column].is_float():
            return cell.is_null() | cell.is_nan()
        return cell.is_null() | (cell.str.strip_chars() == "") if self.types[column] == nw.String else cell.is_null()


def open_scan(raw: RawFile, folder: Path, large: Large) -> Scan:
    """The market's Parquet file, opened to be summed.

    Raises file errors as `read_raw`: sha256, columns without a name; an environment error without polars.
    """
    path = locate(raw, folder)
    check_sha256(path, digest_of(path), raw)
    try:
        rows, schema = pq.ParquetFile(path).metadata.num_rows, pq.read_schema(path)
    except Exception as error:  # what is thrown of damaged bytes is not of one kind
        raise damaged(path, error) from error
    check_shape(path, schema.names, rows)
    check_rows(path, rows, raw)
    kinds = kinds_of(path, schema)
    source, lines = ENGINES[large.engine](path, folder, large)
    return Scan(path, raw.sha256, rows, dict(nw.from_native(schema.empty_table()).schema), kinds, source, lines)


def sums(frame: nw.LazyFrame[Any], keys: Mapping[str, Key], values: Mapping[str, tuple[nw.Expr, str]]) -> pd.DataFrame:
    """One row a group: the value of each key, the rows of the group, and each value summed.

    `values`: name to what is taken of each row and how of the group, "sum", "min" or "max". Raises a data
    error where there are too many groups.
    """
    inner = {f"key {name}": key.expression for name, key in keys.items()} or {"key": nw.lit(1)}
    taken = {f"value {name}": value for name, (value, _) in values.items()}
    how = {name: getattr(nw.col(f"value {name}"), how)() for name, (_, how) in values.items()}
    groups = frame.select(**inner, **taken).group_by(*inner).agg(nw.len().alias(COUNT), **how)
    found = collect(groups.head(MOST_GROUPS + 1))
    if len(found) > MOST_GROUPS:
        what = ", ".join(key.column for key in keys.values())
        problem = f"the columns {what} make more than {MOST_GROUPS:,} groups"
        raise JourneybookError("data", Problem("large file", problem, fix="ask for fewer of them at a time"))
    return found.rename(columns={f"key {name}": name for name in keys})


def first_rows(
    frame: nw.LazyFrame[Any], keys: Mapping[str, Key], groups: pd.DataFrame, columns: Sequence[str], count: int
) -> pd.DataFrame:
    """The first rows, by line, that lie in one of the groups (rows of `sums` by the same keys)."""
    inside = [
        reduce(and_, [_is(key.expression, group[name]) for name, key in keys.items()])
        for group in groups.to_dict("records")
    ]
    return collect(frame.filter(reduce(or_, inside)).sort(LINE).head(count).select(LINE, *dict.fromkeys(columns)))


def collect(frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """The frame's rows, which are few by now."""
    streaming = {"engine": "streaming"} if frame.implementation.is_polars() else {}
    try:
        found: pd.DataFrame = frame.collect("pandas", **streaming).to_native()
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in LIBRARIES and not isinstance(error, OSError):
            raise
        fix = "ask for it again, or give the engine more of large.memory"
        raise JourneybookError("file", Problem("large file", f"cannot be read ({error})", fix=fix)) from error
    return found.reset_index(drop=True)


def _is(expression: nw.Expr, value: object) -> nw.Expr:
    if value is None or value is pd.NA or value != value:
        return expression.is_null()
    return expression == (value.item() if isinstance(value, np.generic) else value)


def _of_duckdb(path: Path, folder: Path, large: Large) -> tuple[Source, Callable[[np.ndarray], nw.LazyFrame[Any]]]:
    import duckdb

    settings: dict[str, Any] = {
        "memory_limit": large.memory,
        "temp_directory": str((folder / large.spill).resolve()),
        "preserve_insertion_order": False,  # nothing is asked in the file's order, and keeping it takes memory
        **({"threads": large.threads} if large.threads else {}),
    }
    connection = duckdb.connect(config=settings)
    connection.execute("SET enable_progress_bar = false")
    rows = connection.read_parquet(str(path), file_row_number=True)

    def source(columns: Sequence[str]) -> nw.LazyFrame[Any]:
        line = (duckdb.ColumnExpression("file_row_number") + 1).alias(LINE)
        return nw.from_native(rows.select(line, *(duckdb.ColumnExpression(name) for name in columns)))

    def lines(numbers: np.ndarray) -> nw.LazyFrame[Any]:
        found: nw.LazyFrame[Any] = nw.from_native(connection.from_arrow(pa.table({LINE: numbers})))
        return found

    return source, lines


def _of_polars(path: Path, folder: Path, large: Large) -> tuple[Source, Callable[[np.ndarray], nw.LazyFrame[Any]]]:
    try:
        import polars as pl
    except ImportError:
        fix = "install polars, or set large.engine to duckdb in study.yaml"
        raise JourneybookError("environment", Problem("large.engine", "polars is not installed", fix=fix)) from None

    def source(columns: Sequence[str]) -> nw.LazyFrame[Any]:
        rows = pl.scan_parquet(path, row_index_name=LINE, row_index_offset=1, glob=False)
        return nw.from_native(rows.select(pl.col(LINE).cast(pl.Int64), *columns))

    return source, lambda numbers: nw.from_native(pl.LazyFrame({LINE: numbers}))


def _of_pandas(path: Path, folder: Path, large: Large) -> tuple[Source, Callable[[np.ndarray], nw.LazyFrame[Any]]]:
    def source(columns: Sequence[str]) -> nw.LazyFrame[Any]:
        rows = pq.read_table(path, columns=list(columns)).to_pandas(ignore_metadata=True)
        rows.insert(0, LINE, np.arange(1, len(rows) + 1))
        found: nw.LazyFrame[Any] = nw.from_native(rows).lazy()
        return found

    return source, lambda numbers: nw.from_native(pd.DataFrame({LINE: numbers})).lazy()


ENGINES = {"duckdb": _of_duckdb, "polars": _of_polars, "pandas": _of_pandas}
