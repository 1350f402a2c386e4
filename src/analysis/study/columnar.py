"""A Parquet file -> a table of text: only columns of numbers, texts and dates, each of the kind its question needs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyarrow import types

from analysis.errors import JourneybookError, Problem
from analysis.study.params import RawFile
from analysis.study.table import RawTable, as_text, inexact, stripped


def read_parquet(path: Path, content: bytes, raw: RawFile) -> RawTable:
    """The rows of a Parquet file. Raises a file error where it is damaged, or a column holds none of these."""
    try:
        table = pq.read_table(io.BytesIO(content))
        kinds = kinds_of(path, table.schema)
        # An index that pandas wrote is a column like any other, and whole numbers stay whole beside empty cells.
        frame = table.to_pandas(ignore_metadata=True, integer_object_nulls=True, date_as_object=True)
    except JourneybookError:
        raise
    except Exception as error:  # what is thrown of damaged bytes is not of one kind
        raise damaged(path, error) from error
    frame.columns, notes = stripped([*map(str, frame.columns)])
    if not frame.columns.is_unique:
        return RawTable(path, "", frame)  # which is told of all formats alike
    kinds = dict(zip(frame.columns, kinds.values(), strict=True))
    return RawTable(path, "", as_text(frame), doubtful=inexact(frame), types=kinds, notes=notes)


def damaged(path: Path, error: Exception) -> JourneybookError:
    """The refusal of a file that cannot be read as Parquet."""
    problem = Problem(str(path), f"cannot be read as a Parquet file ({error})", fix="ask for it again")
    return JourneybookError("file", problem)


def kinds_of(path: Path, schema: Any) -> dict[str, str]:
    """Column to what it holds: "number", "text" or "date". Raises a file error where one holds anything else."""
    kinds = {name: _kind(kind) for name, kind in zip(schema.names, schema.types, strict=True)}
    fix = "store it as text or as a number, a column a value"
    problems = [
        Problem(f"{path}, column {name}", "a column of this type cannot be read", str(kind), "text, number, date", fix)
        for name, kind in zip(schema.names, schema.types, strict=True)
        if not _kind(kind)
    ]
    if problems:
        raise JourneybookError("file", problems)
    return kinds


def _kind(kind: Any) -> str:
    if types.is_dictionary(kind):
        return _kind(kind.value_type)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_null(kind):
        return "text"
    return "date" if types.is_date(kind) or types.is_timestamp(kind) else ""
