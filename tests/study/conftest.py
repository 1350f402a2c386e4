"""A small study of tea and coffee, in a folder of its own, and the bundled one."""

import dataclasses
import hashlib
import shutil
from pathlib import Path

import pandas as pd
import pytest

from analysis.study.params import Study, read_study
from analysis.study.table import RawTable

PARAMS = Path(__file__).parents[2] / "params"

STUDY = """\
title: Tea and coffee
introduction: What people drink.
wave: "2020"
markets: [uk, fr]
quality: {respondent: respondent, seconds: duration, minimum_seconds: 60, duplicates: first}
banner: [{question: sex}]
key_figures:
  coffee: {question: drinks, item: coffee, label: drink coffee}
chapters: {market: {headlines: Headlines}}
"""

CODEBOOK = """\
missing:
  not_asked: [-1]
  dont_know: [98]
  refused: [99]
in_base: [dont_know]
scales:
  liking:
    answers: {1: Awful, 2: Bad, 3: Good, 4: Lovely}
    nets: {liked: {label: Good or lovely, answers: [3, 4]}}
questions:
  respondent: {kind: identifier, column: id, label: Respondent}
  day: {kind: date, label: Day of the interview}
  duration: {kind: number, column: seconds, label: Seconds, range: [0, 3600]}
  sex: {kind: single, label: Sex, answers: {1: Male, 2: Female}}
  age: {kind: number, label: Age, range: [18, 97]}
  age_band: {kind: bands, of: age, label: Age, bands: {18-34: [18, 34], 35+: [35, 97]}}
  drinks:
    kind: multiple
    label: Drinks
    items:
      tea: {label: Tea}
      coffee: {label: Coffee}
      none: {label: Neither, exclusive: true}
    nets: {any: {label: Either, answers: [tea, coffee]}}
  taste:
    kind: grid
    label: Taste
    scale: liking
    items: {tea: {label: Tea}, coffee: {label: Coffee}}
  sugar:
    kind: single
    label: Takes sugar
    answers: {1: Never, 2: Sometimes, 3: Always}
    nets: {sweet: {label: Sometimes or always, answers: [2, 3]}}
    asked_if: [{question: drinks, answers: [any]}]
"""

CLAIMS = """\
claims:
  - id: T-01
    figure: {question: drinks, item: tea}
    published: 60
    source: Tea Board
"""

MARKET = """\
name: United Kingdom
people: UK adults
raw:
  path: uk.csv
  sha256: "0000000000000000000000000000000000000000000000000000000000000000"
source: fielded
weighting:
  targets:
    sex: {1: 49, 2: 51}
    age_band: {18-34: 30, 35+: 70}
  target_source: Census
  target_year: 2020
fieldwork: {start: 2020-01-06, end: 2020-01-10}
mode: online
panel: none
languages: [en]
disclosure:
  strategy: none
  sponsor: none
  conducted_by: none
  population: adults
  sampling: none
  questionnaire: none
  recruitment: none
  incentives: none
  quality_control: none
  limitations: none
  contact: none
"""

# Line 2 is a man of 20 who drinks both and never takes sugar. Line 3 is a woman of 40 who drinks
# coffee, always with sugar, and does not know how tea tastes. Line 4 is a woman of 60 who drinks
# neither, refused to rate tea and was not asked about sugar.
RESPONDENTS = """\
id,day,seconds,sex,age,drinks_tea,drinks_coffee,drinks_none,taste_tea,taste_coffee,sugar
r-901,2020-01-06,300,1,20,1,1,0,3,4,1
r-902,2020-01-06,400,2,40,0,1,0,98,2,3
r-903,2020-01-07,500,2,60,0,0,1,99,2,
"""


class Folder:
    """A copy of a study in a folder whose files a test may change."""

    def __init__(self, path):
        self.path = path

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name, old, new):
        text = (self.path / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} must stand once in {name}"
        self.write(name, text.replace(old, new))

    def line(self, name, text):
        """The line on which a text stands in a file, counted from 1."""
        lines = (self.path / name).read_text(encoding="utf-8").splitlines()
        found = [number for number, line in enumerate(lines, start=1) if text in line]
        assert len(found) == 1, f"{text!r} must stand once in {name}"
        return found[0]

    def deliver(self, text):
        """Put the text where the market's raw file lies, and its sha256 into the market's file."""
        self.write("uk.csv", text)
        self.edit("markets/uk.yaml", "0" * 64, hashlib.sha256(text.encode("utf-8")).hexdigest())

    def read(self):
        return read_study(self.path)


@pytest.fixture(scope="session")
def study():
    """The bundled study."""
    return read_study(PARAMS)


@pytest.fixture
def params_copy(tmp_path):
    """A copy of the bundled study's files, to be changed."""
    shutil.copytree(PARAMS, tmp_path / "params")
    return Folder(tmp_path / "params")


@pytest.fixture
def folder(tmp_path):
    """The small study's files, to be changed."""
    small = Folder(tmp_path / "small")
    small.write("study.yaml", STUDY)
    small.write("codebook.yaml", CODEBOOK)
    small.write("claims.yaml", CLAIMS)
    small.write("markets/uk.yaml", MARKET)
    small.write("markets/fr.yaml", MARKET.replace("United Kingdom", "France").replace("uk.csv", "fr.csv"))
    return small


@pytest.fixture
def uk(folder, small):
    """Read the market's file of the folder, with the rest of the small study as it is."""
    return lambda: dataclasses.replace(small, folder=folder.path).market("uk")


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The small study, read; nobody may change its files."""
    unchanged = Folder(tmp_path_factory.mktemp("small"))
    for name, text in (("study.yaml", STUDY), ("codebook.yaml", CODEBOOK), ("claims.yaml", CLAIMS)):
        unchanged.write(name, text)
    unchanged.write("markets/uk.yaml", MARKET)
    unchanged.write("markets/fr.yaml", MARKET.replace("United Kingdom", "France"))
    unchanged.deliver(RESPONDENTS)
    read = unchanged.read()
    assert isinstance(read, Study)
    return read


@pytest.fixture
def delivered():
    """The small study's delivered file, as text."""
    return RESPONDENTS


@pytest.fixture
def raw():
    """The same as a table: `raw({(line, column): cell})` with the cells named changed."""

    def make(changes=None, drop=(), add=None):
        rows = [line.split(",") for line in RESPONDENTS.splitlines()]
        cells = pd.DataFrame(rows[1:], columns=rows[0], index=[2, 3, 4], dtype=object)
        for place, cell in (changes or {}).items():
            cells.loc[place] = cell
        for name, column in (add or {}).items():
            cells[name] = pd.Series(column, index=cells.index, dtype=object)
        return RawTable(Path("data/uk.csv"), "0" * 64, cells.drop(columns=list(drop)))

    return make
