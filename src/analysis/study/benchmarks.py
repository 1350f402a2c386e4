"""benchmarks.yaml: published figures of other surveys, and which figure of this study each stands beside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from analysis.study.codebook import Figure
from analysis.study.settings import Settings, Text, read_settings

Percent = Annotated[float, Field(ge=0, le=100)]


class Benchmark(Settings):
    """One question of another survey: its percents in markets of this study (`values`) and `elsewhere`.

    `beside` is the figure of this study that comes nearest, if one does; `differs` says what is not the
    same in question, base and time, or why nothing stands beside it.
    """

    topic: str
    survey: Text
    fieldwork: Text
    sample: Text
    question: Text
    base: Text
    values: dict[str, Percent] = Field(default_factory=dict)
    elsewhere: dict[str, Percent] = Field(default_factory=dict)
    beside: Figure | None = None
    differs: Text
    source: str

    @model_validator(mode="after")
    def _printed(self) -> Benchmark:
        if not (self.values or self.elsewhere):
            raise ValueError("a benchmark needs a figure, in values or elsewhere")
        return self


class Benchmarks(Settings):
    """Every benchmark by name, and the titles of their topics; none in a study without the file."""

    topics: dict[str, Text] = Field(default_factory=dict)
    benchmarks: dict[str, Benchmark] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _under_a_topic(self) -> Benchmarks:
        for name, benchmark in self.benchmarks.items():
            if benchmark.topic not in self.topics:
                raise ValueError(f"benchmark {name}: no such topic {benchmark.topic!r}, only {', '.join(self.topics)}")
        return self


def read_benchmarks(folder: Path) -> Benchmarks:
    """The study's benchmarks, none where it has no such file. Raises a config error with every problem."""
    path = folder / "benchmarks.yaml"
    return read_settings(path, Benchmarks) if path.is_file() else Benchmarks()
