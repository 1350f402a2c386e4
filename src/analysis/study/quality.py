"""What is noticed of a delivered file and changes no figure: counted, told, and never a reason to leave a row out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.study.codebook import Codebook

LINES = 5  # a grid of fewer may well be answered alike
SHOWN = 10  # columns named in a sentence


@dataclass(frozen=True)
class Account:
    """What was noticed, of the respondents used where it counts these.

    `dropped` are columns that name a person, `unknown` those that nothing reads; `expected` is how many rows the
    market's file declares. `straight` has by grid who gave one answer to all its lines, `straight_in_any` who did
    so in one or more; `alike` are rows with the very answers of an earlier one, None where that was not looked
    for. `misrouted` has by question the answers that were left out because it was not asked.
    """

    dropped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    expected: int | None = None
    straight: Mapping[str, int] = field(default_factory=dict)
    straight_in_any: int = 0
    alike: int | None = None
    misrouted: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def warnings(self, file: str) -> list[str]:
        """Lines for who runs the report: columns that are left out, and what was put right."""
        told = [f"{file}: {note}" for note in self.notes]
        if self.dropped:
            told.append(f"{file}: dropped, as they name a person: {_named(self.dropped)}")
        if self.unknown:
            told.append(f"{file}: of no question, and not used: {_named(self.unknown)}")
        if self.misrouted:
            told.append(f"{file}: answers left out that the routing did not ask for: {_counted(self.misrouted)}")
        return told

    def sentences(self, delivered: int) -> list[str]:
        """The same and what was counted, for a page."""
        straight = f"{self.straight_in_any} gave one answer to every line of a grid of {LINES} or more"
        straight += f" ({_counted(self.straight)})" if self.straight else ""
        alike = (
            "" if self.alike is None else f", and {self.alike} {_hold(self.alike)} the very answers of an earlier one"
        )
        found = [f"Counted and used: {straight}{alike}."]
        if self.expected is not None:
            found.insert(0, f"{delivered} rows came, {self.expected} were expected.")
        if self.misrouted:
            found.append(f"Answers left out, as the routing did not ask for them: {_counted(self.misrouted)}.")
        if self.dropped:
            found.append(f"Columns that name a person were dropped when the file was read: {_named(self.dropped)}.")
        if self.unknown:
            found.append(f"Columns of no question were not used: {_named(self.unknown)}.")
        return found


def straight_lined(codes: pd.DataFrame, book: Codebook) -> tuple[dict[str, int], int]:
    """By grid of five lines or more who gave one and the same answer to all of them, and who did so in any."""
    counts, any_of = dict[str, int](), np.zeros(len(codes), dtype=bool)
    for name, columns in long_grids(book).items():
        own = codes[[column for column in columns if column in codes]].to_numpy(float)
        if own.shape[1] < LINES:
            continue
        alike = (own == own[:, :1]).all(axis=1) & np.isin(own[:, 0], list(book.answers(name)))
        any_of |= alike
        counts |= {name: int(alike.sum())} if alike.any() else {}
    return counts, int(any_of.sum())


def long_grids(book: Codebook) -> dict[str, list[str]]:
    """The grids of five lines or more, with their variables."""
    grids = {name: [*book.columns(name)] for name, question in book.questions.items() if question.kind == "grid"}
    return {name: variables for name, variables in grids.items() if len(variables) >= LINES}


def _hold(count: int) -> str:
    return "row holds" if count == 1 else "rows hold"


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
