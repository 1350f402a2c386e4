"""How a copy of the bundled study is broken, and what the command must say of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.errors import EXIT_CODES, SHOWN, Kind
from analysis.study.codebook import Codebook
from analysis.study.params import Study
from analysis.study.respondents import Respondents

UK = "params/markets/uk.yaml"
# The questions of a file that is summed and not read: enough to be weighted, and one of each kind that is checked.
FEW = (
    "respondent",
    "interview_date",
    "duration",
    "sex",
    "age",
    "age_band",
    "region",
    "bought",
    "influence",
    "why",
    "form",
)

Run = Callable[..., "Answer"]
Load = Callable[..., "Respondents | Answer"]
Refusal = Callable[..., "Answer"]
Cells = Callable[[], pd.DataFrame]
Accepted = Callable[..., "Respondents"]


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
        self.text(UK, old, hashlib.sha256(content).hexdigest())
        if name != "uk.csv":
            self.text(UK, "data/raw/uk.csv", f"data/raw/{name}")
        return path

    def cell(self, line: int, column: str, value: str) -> Path:
        """The UK's file with one value changed; line 1 is the header, and values hold no separator."""
        path = self.path("data/raw/uk.csv")
        lines = re.split(r"(?<=\n)", path.read_bytes().decode())
        names, fields = lines[0].rstrip("\r\n").split(","), lines[line - 1].rstrip("\r\n").split(",")
        fields[names.index(column)] = value
        lines[line - 1] = ",".join(fields) + "\n"
        return self.raw("".join(lines).encode())

    def bytes(self) -> bytes:
        """The UK's file as it is."""
        return self.path("data/raw/uk.csv").read_bytes()

    def frame(self) -> pd.DataFrame:
        """The UK's file as numbers and texts, empty cells as NaN."""
        return pd.read_csv(self.path("data/raw/uk.csv"), dtype={"resp_id": str}, keep_default_na=False, na_values=[""])

    def written(self, name: str, write: Callable[[Path], object]) -> Path:
        """A file that `write` makes, in the place of the UK's."""
        path = self.path(name)
        write(path)
        content = path.read_bytes()
        path.unlink()
        return self.raw(content, name).parent / name

    def narrow(self, study: Study) -> pd.DataFrame:
        """The UK's few columns."""
        names = {**few(study).all_columns, "sex": "gender"}.values()
        return self.frame()[[*names]].copy()

    def parquet(self, study: Study, **columns: object) -> Path:
        """The UK's few columns as Parquet, with some added or changed."""
        return self.written("uk.parquet", self.narrow(study).assign(**columns).to_parquet)

    def declare(self, *lines: str) -> None:
        """More keys of the UK's raw file, such as `delimiter: ";"`."""
        self.text(UK, "raw:\n", "raw:\n" + "".join(f"  {line}\n" for line in lines))

    def columns(self, **cells: str) -> None:
        """The UK's file with more columns, each with one cell in every row."""
        header, *rows = self.bytes().decode().splitlines()
        more = "".join(f",{cell}" for cell in cells.values())
        text = "\n".join([",".join([header, *cells]), *(row + more for row in rows), ""])
        self.raw(text.encode())


def few(study: Study) -> Codebook:
    """The codebook of the few questions of a file that is summed."""
    questions = {name: study.codebook.questions[name] for name in FEW}
    book = study.codebook.model_copy(update={"questions": questions})
    book.__dict__.pop("all_columns", None)  # made before, of all questions
    return book
