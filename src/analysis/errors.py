"""The one error a user meets: what is wrong, where, what is allowed and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["config", "file", "data", "report", "output", "locked", "environment"]

EXIT_CODES: dict[Kind, int] = {
    "config": 2,
    "file": 3,
    "data": 4,
    "report": 5,
    "output": 6,
    "locked": 7,
    "environment": 8,
}

SHOWN = 20
LONGEST = 300  # characters of a value met
ABOUT_A_MARKET: tuple[Kind, ...] = ("file", "data")  # a report goes on without the market


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, as one line of text.

    `where` names file, line and column as far as they are known, `problem` says what is wrong,
    `got` the value met, `allowed` what would pass and `fix` what to do.
    """

    where: str
    problem: str
    got: str | None = None
    allowed: str | None = None
    fix: str | None = None

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.problem}"]
        if self.got is not None:
            parts.append(f"got {_short(_one_line(self.got))!r}")
        if self.allowed is not None:
            parts.append(f"allowed: {self.allowed}")
        if self.fix is not None:
            parts.append(f"fix: {self.fix}")
        return _one_line("; ".join(parts))


class JourneybookError(Exception):
    """Every problem found in one pass, with the exit code of its kind.

    The message has one line a problem, at most twenty of them, and a count of the rest. `unlisted`
    says how many problems there are besides those given, where nobody could read them all.
    """

    def __init__(self, kind: Kind, problems: Problem | Sequence[Problem], unlisted: int = 0) -> None:
        self.kind: Kind = kind
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        self.unlisted = unlisted
        super().__init__(kind, self.problems, unlisted)

    def packed(self) -> dict[str, Any]:
        """The same in plain values, to be told to another process."""
        problems = [vars(problem) for problem in self.problems]
        return {"kind": self.kind, "problems": problems, "unlisted": self.unlisted}

    @classmethod
    def unpacked(cls, told: Mapping[str, Any]) -> JourneybookError:
        """The error that another process told of."""
        return cls(told["kind"], [Problem(**problem) for problem in told["problems"]], told["unlisted"])

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.kind]

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        rest = len(self.problems) - len(lines) + self.unlisted
        if rest:
            lines.append(f"... and {rest} more problems of this kind")
        return "\n".join(lines)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The likeliest name meant by `name`, or None where nothing is near."""
    folded: dict[str, str] = {}
    for known in names:
        folded.setdefault(known.lower(), known)
    found = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """A question to print beside a name that is not known, or None where nothing is near."""
    near = nearest(name, names)
    return f"did you mean {near}?" if near else None


def _short(text: str) -> str:
    """A value met, never printed whole where it is very long."""
    return text if len(text) <= LONGEST else f"{text[:40]} ... ({len(text):,} characters)"


def _one_line(text: str) -> str:
    return " ".join(str(text).split())
