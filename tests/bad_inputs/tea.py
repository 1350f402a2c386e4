"""A study of tea small enough to be read in no time: 60 respondents, four questions."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis import Market, open_market

STUDY = """\
title: Tea
introduction: What people drink.
wave: "2020"
markets: [uk]
quality: {respondent: respondent}
key_figures: {tea: {question: tea, answer: 1, label: drink tea}}
chapters: {market: {sample: Who answered}}
"""

CODEBOOK = """\
missing: {not_asked: [-1], dont_know: [98]}
questions:
  respondent: {kind: identifier, column: id, label: Respondent}
  sex: {kind: single, label: Sex, answers: {1: Male, 2: Female}}
  age: {kind: number, label: Age, range: [18, 97]}
  age_band: {kind: bands, of: age, label: Age, bands: {18-34: [18, 34], 35-79: [35, 79], 80+: [80, 97]}}
  tea: {kind: single, label: Tea, answers: {1: Drinks it, 2: Does not}}
"""

TARGETS = "{targets: {sex: {1: 49, 2: 51}, age_band: {18-34: 40, 35-79: 60}}, target_source: Census, target_year: 2020}"

MARKET = """\
name: United Kingdom
people: UK adults
raw: {path: uk.csv, sha256: "%s"}
source: fielded
weighting: %s
design: {%s}
fieldwork: {start: 2020-01-06, end: 2020-01-10}
mode: online
panel: none
languages: [en]
disclosure: {strategy: a, sponsor: a, conducted_by: a, questionnaire: a, population: a, sampling: a, recruitment: a,
  incentives: a, quality_control: a, limitations: a, contact: a}
"""
PEOPLE = 60


@dataclass(frozen=True)
class Tea:
    """The study's folder, in which a test puts its respondents and how they are weighted."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def deliver(self, weighting: str = TARGETS, design: str = "", **columns: Mapping[int, str] | str) -> None:
        """Writes the study: respondents alternate in sex, and by two in age and tea.

        A column is a value for all, or values by line of the file, on which the first respondent has 2, and 1 for
        all others.
        """
        rows = [["id", "sex", "age", "tea"]]
        rows += [[f"r{n}", str(n % 2 + 1), "20" if n % 4 < 2 else "50", str(n % 3 // 2 + 1)] for n in range(PEOPLE)]
        for name, values in columns.items():
            usual, changed = ("1", values) if isinstance(values, Mapping) else (values, {})
            place = rows[0].index(name) if name in rows[0] else len(rows[0])
            for line, row in enumerate(rows, start=1):
                row[place : place + 1] = [changed.get(line, usual) if line > 1 else name]
        made = io.StringIO(newline="")
        csv.writer(made, lineterminator="\n").writerows(rows)
        self.write("uk.csv", made.getvalue())
        self.write("study.yaml", STUDY)
        self.write("codebook.yaml", CODEBOOK)
        self.write("claims.yaml", "claims: []\n")
        self.declare(weighting, design)

    def declare(self, weighting: str, design: str = "") -> None:
        """Another weighting of the same respondents."""
        sha256 = hashlib.sha256((self.folder / "uk.csv").read_bytes()).hexdigest()
        self.write("markets/uk.yaml", MARKET % (sha256, weighting, design))

    def market(self) -> Market:
        return open_market("uk", self.folder)
