"""The register of a study's documents: every statement of them accounted for, tested or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from analysis.study.settings import Settings, Text, say

Status = Literal["tested", "contextual", "not testable"]
STATUSES: tuple[Status, ...] = ("tested", "contextual", "not testable")


class Translation(Settings):
    """An error of translation or reading: what the text says, what its original says, what that changes."""

    says: str
    original: str
    changes: str


class Entry(Settings):
    """One statement of a document, in words of our own.

    `tested`: claims whose id begins with its own hold it against the data; they are shown under `part`.
    `contextual`: `chapter` shows what bears on it, and `reason` says why that is no test. `not testable`:
    `reason` says why no survey of customers can tell.
    """

    id: str
    text: Text
    status: Status
    part: str | None = None
    chapter: str | None = None
    reason: Text | None = None
    translation: Translation | None = None

    @model_validator(mode="after")
    def _accounted(self) -> Entry:
        needs = {"tested": ("part",), "contextual": ("chapter", "reason"), "not testable": ("reason",)}[self.status]
        for field in needs:
            if getattr(self, field) is None:
                raise ValueError(f"{self.id} is {self.status} and needs a {field}")
        return self

    @property
    def source(self) -> str:
        """The document it is from: its id up to the hyphen."""
        return self.id.partition("-")[0]


class Register(Settings):
    """register.yaml: the documents (`sources`), the `parts` that claims are shown in, and the entries."""

    sources: dict[str, Text] = Field(default_factory=dict)
    parts: dict[str, Text] = Field(default_factory=dict)
    entries: tuple[Entry, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Register:
        counts = Counter(entry.id for entry in self.entries)
        faults = [f"{name} stands {times} times in the register" for name, times in counts.items() if times > 1]
        for entry in self.entries:
            if entry.source not in self.sources:
                faults.append(f"{entry.id} is of a document {entry.source!r} that is not among the sources")
            if entry.part is not None and entry.part not in self.parts:
                faults.append(f"{entry.id} is in a part {entry.part!r} that is not among the parts")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def entry_of(self, claim: str) -> Entry | None:
        """The entry that a claim tests: the one with the longest id that the claim's id begins with."""
        found = [self._by_id[claim[:end]] for end in range(len(claim), 0, -1) if claim[:end] in self._by_id]
        return found[0] if found else None

    def part_of(self, claim: str, language: str = "en") -> str:
        """The label of the part that a claim is shown in; "" where the register does not hold it."""
        entry = self.entry_of(claim)
        return say(self.parts[entry.part], language) if entry and entry.part else ""

    def claims_of(self, entry: Entry, claims: Iterable[str]) -> list[str]:
        """Those of the claims, by their ids, that test the entry."""
        return [claim for claim in claims if self.entry_of(claim) is entry]

    def faults(self, claims: Iterable[str]) -> list[tuple[str, str]]:
        """Id and fault: a tested entry without claims, another with some, or a claim without an entry."""
        if not self.entries:
            return []
        ids = list(claims)
        held = {entry.id: self.claims_of(entry, ids) for entry in self.entries}
        faults = [(claim, "no entry of register.yaml has this claim") for claim in ids if self.entry_of(claim) is None]
        for entry in self.entries:
            if entry.status == "tested" and not held[entry.id]:
                faults.append((entry.id, "is tested, and no claim has an id that begins so"))
            if entry.status != "tested" and held[entry.id]:
                faults.append((entry.id, f"is {entry.status}, and yet {', '.join(held[entry.id])} would test it"))
        return faults

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}
