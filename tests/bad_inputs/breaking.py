"""How a copy of the bundled study is broken, and what the command must say of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import EXIT_CODES, SHOWN, Kind

Run = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    """What the command printed and how it ended."""

    exit_code: int
    output: str

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()

    def refuses(self, kind: Kind, *said: str) -> str:
        """The lines of a refusal of this kind that says all of `said`, at most twenty and a count."""
        assert self.exit_code == EXIT_CODES[kind], self.output
        assert "Traceback" not in self.output
        assert len(self.lines) <= SHOWN + 1
        for words in said:
            assert words in self.output, f"{words!r} is not in\n{self.output}"
        return self.output


@dataclass(frozen=True)
class Broken:
    """A copy of the project that a test breaks; one report was published in it before."""

    folder: Path

    def path(self, name: str) -> Path:
        return self.folder / name

    def text(self, name: str, old: str, new: str) -> Path:
        """Changes the first `old` of a text file, which must have it."""
        path = self.path(name)
        before = path.read_bytes().decode()
        assert old in before, f"{old!r} is not in {name}"
        path.write_bytes(before.replace(old, new, 1).encode())
        return path

    def raw(self, content: bytes, name: str = "uk.csv") -> Path:
        """Another raw file in the place of the UK's, declared as what it is."""
        before = self.path("data/raw/uk.csv")
        old = hashlib.sha256(before.read_bytes()).hexdigest()
        before.unlink()
        path = self.path(f"data/raw/{name}")
        path.write_bytes(content)
        self.text("params/markets/uk.yaml", old, hashlib.sha256(content).hexdigest())
        return path

    def cell(self, line: int, column: str, value: str) -> Path:
        """The UK's file with one value changed; line 1 is the header, and values hold no separator."""
        path = self.path("data/raw/uk.csv")
        lines = re.split(r"(?<=\n)", path.read_bytes().decode())
        names, fields = lines[0].rstrip("\r\n").split(","), lines[line - 1].rstrip("\r\n").split(",")
        fields[names.index(column)] = value
        lines[line - 1] = ",".join(fields) + "\n"
        return self.raw("".join(lines).encode())
