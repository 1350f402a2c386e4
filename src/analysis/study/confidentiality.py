"""What may be shown: the thresholds of a study, the profile of its book, and the policy that may lower them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from pydantic import Field

from analysis.errors import Problem
from analysis.study.disclosing import Said
from analysis.study.settings import Settings, line_of, read_settings

POLICY = "policy.yaml"
FLOOR_BASE, FLOOR_CELL = 30, 10


class LowBase(Settings):
    """Unweighted bases under which a figure is withheld, or shown with a warning."""

    suppress_below: int = Field(default=FLOOR_BASE, ge=1)
    caution_below: int = Field(default=100, ge=1)


class Confidentiality(Settings):
    """Whom the book is for: `public`, which withholds small cells, or `internal`, which must not be published.

    In a public book a figure is withheld that fewer than `cell_below` respondents gave, or did not give.
    """

    profile: Literal["public", "internal"] = "public"
    cell_below: int = Field(default=FLOOR_CELL, ge=1)

    @property
    def public(self) -> bool:
        """Whether anybody may read the book."""
        return self.profile == "public"


class Policy(Settings):
    """policy.yaml: thresholds under the floors of 30 respondents a base and 10 a cell, and who signed for them."""

    suppress_below: int = Field(default=FLOOR_BASE, ge=1)
    cell_below: int = Field(default=FLOOR_CELL, ge=1)
    signed_by: Said
    date: dt.date
    reason: Said


def read_policy(folder: Path) -> Policy | None:
    """The policy of a study folder, None where there is none. Raises a config error of a file that is not complete."""
    path = folder / POLICY
    return read_settings(path, Policy) if path.is_file() else None


def floor_problems(
    folder: Path, low: LowBase, confidentiality: Confidentiality, policy: Policy | None
) -> list[Problem]:
    """Thresholds of study.yaml under the floor, or under that of the policy."""
    given = {"low_base.suppress_below": low.suppress_below, "confidentiality.cell_below": confidentiality.cell_below}
    floors = [FLOOR_BASE, FLOOR_CELL] if policy is None else [policy.suppress_below, policy.cell_below]
    path = folder / "study.yaml"
    return [
        Problem(
            line_of(path, *key.split(".")),
            "under the floor: smaller groups could be recognised",
            str(value),
            f"{floor} or more",
            f"raise it, or have a lower floor signed for in {folder / POLICY}",
        )
        for (key, value), floor in zip(given.items(), floors, strict=True)
        if value < floor
    ]
