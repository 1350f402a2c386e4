"""scenarios.yaml: what a study's scenario of value at stake assumes. A study may do without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from analysis.errors import JourneybookError, Problem
from analysis.study.codebook import Code
from analysis.study.settings import Settings, Text, read_settings

if TYPE_CHECKING:
    from analysis.study.params import Study

NAME = "scenarios.yaml"


class Line(Settings):
    """One line of the scenario: a published amount, and the inputs that stand beside it.

    `sectors` are answers of the scenario's question whose respondents speak for the line (none: all do),
    `customers` a number, `spend` an amount a customer and year.
    """

    label: Text
    published: float | None = Field(default=None, gt=0)
    sectors: tuple[Code, ...] = ()
    customers: float = Field(gt=0)
    spend: float = Field(gt=0)
    note: Text | None = None


class Scenarios(Settings):
    """What `points` (of 100) of experience are assumed to be worth, a line a sector.

    `source`, `year`, `unit` and `covers` are of the published amounts; `currency` is of `spend`, `inputs` says where
    customers and spend come from.
    """

    points: float = Field(gt=0, le=100)
    question: str
    currency: str
    inputs: str
    source: str
    year: int = Field(ge=1900, le=2100)
    unit: str
    covers: str
    lines: dict[str, Line] = Field(min_length=1)


def read_scenarios(study: Study) -> Scenarios | None:
    """The scenario of a study; None where its folder has none.

    Raises a config error with every problem: file, line and key, and answers that the codebook does not have.
    """
    path = study.folder / NAME
    if not path.is_file():
        return None
    found = read_settings(path, Scenarios)
    problems = list(_problems(str(path), found, study))
    if problems:
        raise JourneybookError("config", problems)
    return found


def _problems(where: str, scenarios: Scenarios, study: Study) -> Iterator[Problem]:
    book, name = study.codebook, scenarios.question
    if name not in book.questions:
        yield Problem(f"{where}, question", "no such question in the codebook", name)
        return
    known = {str(choice) for choice in [*book.choices(name), *book.nets(name)]}
    for line_name, line in scenarios.lines.items():
        for code in line.sectors:
            if str(code) not in known:
                place = f"{where}, lines.{line_name}.sectors"
                yield Problem(place, f"no such answer of {name}", str(code), ", ".join(sorted(known)))
