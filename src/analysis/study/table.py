"""The delivered cells as text, whatever the file they came in, and what else the file said of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

EXACT = 2.0**53  # from here on a floating-point number no longer holds every whole number
Codes = Mapping[float, str]


@dataclass(frozen=True)
class RawTable:
    """The delivered cells as text, unchanged.

    `cells` has one row a respondent; its index is the row's line in the file (its position for
    sav and parquet, counted from 1), its columns are the file's own names; an empty cell is "". `doubtful` has
    by column the lines of cells that the file does not hold as they were typed, and why; `labels` and `missing`
    are the value labels and the user-missing ranges of an SPSS file, `types` the columns' types of a Parquet
    file ("number", "text" or "date"). `notes` say what was put right while reading.
    """

    path: Path
    sha256: str
    cells: pd.DataFrame
    doubtful: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    labels: Mapping[str, Codes] = field(default_factory=dict)
    missing: Mapping[str, list[tuple[float, float]]] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def as_text(frame: pd.DataFrame, first_line: int = 1) -> pd.DataFrame:
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


def inexact(frame: pd.DataFrame, first_line: int = 1) -> dict[str, dict[int, str]]:
    """By column the lines of numbers too large to have kept all their digits."""
    found = dict[str, dict[int, str]]()
    for name in frame.columns[[kind == "f" for kind in frame.dtypes.map(lambda dtype: dtype.kind)]]:
        places = (frame[name].abs() >= EXACT).to_numpy().nonzero()[0]
        found |= {name: {first_line + int(place): "a number of more than 15 digits" for place in places}}
    return {name: lines for name, lines in found.items() if lines}


def stripped(names: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Names of columns without the blanks around them, and a note where there were any."""
    clean = [name.strip().strip("\ufeff\u200b").strip() for name in names]
    changed = [name for name, other in zip(names, clean, strict=True) if name != other]
    note = f"blanks around {len(changed)} column names were dropped: {', '.join(map(repr, changed[:5]))}"
    return clean, (note,) if changed else ()
