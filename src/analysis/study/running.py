"""How a study is run: what a notebook may take, how much of the results is kept, when a file is too large to hold."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.study.settings import Settings

REPORTING = "JOURNEYBOOK_REPORT"  # set where a notebook is run for a report, and not by an analyst


class Limits(Settings):
    """What one notebook may take: seconds, and MiB of memory of its kernel and all it starts."""

    seconds: float = Field(default=600, gt=0)
    mebibytes: int = Field(default=4096, gt=0)


class Results(Settings):
    """How many MiB of rendered results are kept, the latest used."""

    mebibytes: int = Field(default=2048, ge=0)


class Large(Settings):
    """From how many rows on a Parquet file is summed by an engine, never held, and what that may take.

    `memory` and `threads` (all cores if not given) are DuckDB's; what it cannot hold goes to `spill`, a
    path from the study folder. Files of other formats are refused above `rows_in_memory`.
    """

    rows_above: int = Field(default=1_000_000, ge=0)
    rows_in_memory: int = Field(default=1_000_000, ge=1)
    engine: Literal["duckdb", "polars", "pandas"] = "duckdb"
    memory: str = Field(default="2GB", pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$")
    threads: int | None = Field(default=None, ge=1)
    spill: str = "../build/tmp"
