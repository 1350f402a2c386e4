"""How the pages of a study are made: what a notebook may take, and how much of the results is kept."""

from __future__ import annotations

from pydantic import Field

from analysis.study.settings import Settings


class Limits(Settings):
    """What one notebook may take: seconds, and MiB of memory of its kernel and all it starts."""

    seconds: float = Field(default=600, gt=0)
    mebibytes: int = Field(default=4096, gt=0)


class Results(Settings):
    """How many MiB of rendered results are kept, the latest used."""

    mebibytes: int = Field(default=2048, ge=0)
