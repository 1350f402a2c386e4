"""A study folder as frozen models: study.yaml, codebook.yaml, claims.yaml, register.yaml and markets/*.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from analysis.errors import JourneybookError, Problem, nearest
from analysis.study.accounts import Register
from analysis.study.benchmarks import Benchmarks, read_benchmarks
from analysis.study.chapters import Article, Banner, Chapters, Edition, KeyFigure
from analysis.study.codebook import Codebook
from analysis.study.confidentiality import Confidentiality, LowBase, Policy, floor_problems, read_policy
from analysis.study.disclosing import Disclosure, Fieldwork, Said
from analysis.study.references import market_problems, study_problems
from analysis.study.register import Claims, VerdictRule
from analysis.study.running import Large, Limits, Results
from analysis.study.settings import Fault, Faults, Model, Settings, Text, read_settings, say
from analysis.study.weighting import SampleDesign, Weighting, WeightLimits

ALL_MARKETS = "all"
# What this process has asked for, of which market: its "name", or its "data" and all else. A page that
# was rendered is as good as new until one of the things it asked for changes.
USES: set[tuple[str, str]] = set()
Average = Literal["alike", "population"]


class Quality(Settings):
    """Which delivered rows are not used: second rows of a respondent, and the too fast.

    `duplicates` says what a second row of a respondent is: refused, or counted and only the `first` used.
    `misrouted` is the share of a market's rows (0-1) that may answer a question the routing did not ask of them:
    so many are counted and their answers left out, more are refused.
    """

    respondent: str
    seconds: str | None = None
    minimum_seconds: int = 0
    duplicates: Literal["refuse", "first"] = "refuse"
    misrouted: float = Field(default=0, ge=0, le=0.1)


class StudySettings(Settings):
    """study.yaml: what holds for every market.

    `average` says how the average of the markets counts them: each alike, or by its population.
    `headlines` are the key figures that the overview and the cards of a market show, all if not given. `fonts` are
    files, by their paths from the study folder, that have the letters of its charts which DejaVu Sans has not. Raw
    files lie in the folder `data`, a path from the study folder, or in that folder itself.
    """

    title: Text
    introduction: Text
    wave: str
    data: str = "../data/raw"
    edition: Edition | None = None
    markets: tuple[str, ...]
    languages: tuple[str, ...] = ("en",)
    confidence_level: float = Field(default=0.95, gt=0.5, lt=1)
    average: Average = "alike"
    low_base: LowBase = LowBase()
    confidentiality: Confidentiality = Confidentiality()
    verdict: VerdictRule = VerdictRule()
    quality: Quality
    large: Large = Large()
    weights: WeightLimits = WeightLimits()
    fonts: tuple[str, ...] = ()
    banner: tuple[Banner, ...] = ()
    key_figures: dict[str, KeyFigure] = Field(default_factory=dict)
    headlines: tuple[str, ...] = ()
    article: Article = Article()
    chapters: Chapters
    limits: Limits = Limits()
    store: Results = Results()

    @model_validator(mode="after")
    def _market_codes(self) -> StudySettings:
        faults = []
        for number, code in enumerate(self.markets):
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", code) or code in (ALL_MARKETS, "markets"):
                what = f"market code {code!r} must be lower-case letters, and not 'all' or 'markets'"
                faults.append(Fault(("markets", number), what))
            if code in self.markets[:number]:
                faults.append(Fault(("markets", number), "the market stands twice", code, fix="keep one of the two"))
        if faults:
            raise Faults(faults)
        return self

    @property
    def headline_figures(self) -> dict[str, KeyFigure]:
        """The key figures that are headlines, by name."""
        return {name: self.key_figures[name] for name in self.headlines or self.key_figures}

    @property
    def linked(self) -> Article:
        """Where the overview leads to, among the chapters that there are."""
        return self.article.within(self.chapters)


class RawFile(Settings):
    """The delivered file: a path (from the study folder), a URL, or both, and its sha256.

    With both, the path is used where it exists and the URL is fetched where it does not. `delimiter` and
    `decimal` are of csv, `sheet` and `header_row` (the line of the column names) of a workbook. `rows` is how many
    respondents it should hold, `longest_cell` the most characters of a cell.
    """

    path: str | None = None
    url: str | None = None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    format: Literal["csv", "sav", "xlsx", "parquet"] | None = None
    encoding: str = "utf-8-sig"
    delimiter: str = Field(default=",", min_length=1, max_length=1, pattern=r"^[^\w\s\"]$|^\t$")
    decimal: Literal[".", ","] = "."
    sheet: str | None = None
    header_row: int = Field(default=1, ge=1)
    rows: int | None = Field(default=None, ge=1)
    longest_cell: int = Field(default=32_767, ge=1)

    @model_validator(mode="after")
    def _somewhere(self) -> RawFile:
        if not (self.path or self.url):
            raise ValueError("a raw file needs a path or a url")
        return self


class Population(Settings):
    """How many people the market stands for in an average by population, and where that comes from."""

    size: int = Field(gt=0)
    source: Said


class MarketSettings(Settings):
    """markets/*.yaml: one market's file, weighting and fieldwork.

    `name` stands alone ("Netherlands"), `place` in a sentence ("the Netherlands"; the name if not
    given), `people` are those interviewed ("Dutch adults"). `wave` names the wave where it is not the
    study's, `earlier` the market file of the wave before, which is no market of its own. `not_asked`
    are questions of the codebook that the market's file does not have, `offered` the answers that its
    questionnaire had of a question whose answers differ by market, `relabelled` questions whose value labels in the
    file were looked at, so that the codebook's count. Columns that name a person are `identifiers`.
    """

    name: Text
    people: Text
    place: Text | None = None
    assumed: Text | None = None
    wave: str | None = None
    earlier: str | None = None
    raw: RawFile
    source: Literal["synthetic", "fielded"]
    columns: dict[str, str] = Field(default_factory=dict)
    identifiers: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()
    offered: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    relabelled: tuple[str, ...] = ()
    weighting: Weighting
    design: SampleDesign = SampleDesign()
    population: Population | None = None
    fieldwork: Fieldwork
    mode: Said
    panel: Said
    languages: tuple[Said, ...] = Field(min_length=1)
    disclosure: Disclosure

    @field_validator("weighting")
    @classmethod
    def _weights_explained(cls, weighting: Weighting) -> Weighting:
        if not weighting.margins and not weighting.note:
            what = "what they were made to match, with its source, or 'not stated'"
            raise ValueError(f"delivered weights without targets need a note: {what}")
        return weighting


@dataclass(frozen=True)
class Study:
    """A study folder, read and checked: settings, codebook, claims, register, and its markets on request."""

    folder: Path
    settings: StudySettings
    codebook: Codebook
    claims: Claims
    register: Register = field(default_factory=Register)
    policy: Policy | None = None

    @cached_property
    def benchmarks(self) -> Benchmarks:
        """Figures of other surveys. Raises a config error where they cannot be read."""
        return read_benchmarks(self.folder)

    def market(self, code: str) -> MarketSettings:
        """The settings of one market.

        Raises a config error with the known codes and the nearest where `code` is not one.
        """
        USES.add((code, "data"))
        return self.settings_of(code)

    def settings_of(self, code: str) -> MarketSettings:
        """The same, for who makes no figure from them."""
        if not self.knows(code):
            raise unknown_market(code, self)
        if code not in self._read:
            path = self.folder / "markets" / f"{code}.yaml"
            market = read_settings(path, MarketSettings)
            problems = market_problems(path, market, self)
            if problems:
                raise JourneybookError("config", problems)
            self._read[code] = market
        return self._read[code]

    @property
    def fonts(self) -> list[Path]:
        """The files of the fonts that the study adds."""
        return [self.folder / name for name in self.settings.fonts]

    def knows(self, code: str) -> bool:
        """Whether it is a market, or the earlier wave of one."""
        markets = self.settings.markets
        return code in markets or any(self.settings_of(market).earlier == code for market in markets)

    @cached_property
    def _read(self) -> dict[str, MarketSettings]:
        """The market files read so far; many pages ask for the same."""
        return {}

    def populations(self, codes: Iterable[str], how: Average | None = None) -> list[float] | None:
        """Whom each market stands for in an average by population; None where each counts alike.

        `how` the markets count, else as the study says.
        """
        if (how or self.settings.average) == "alike":
            return None
        return [float(p.size) for p in (self.market(code).population for code in codes) if p]

    def market_name(self, code: str) -> str:
        USES.add((code, "name"))
        return say(self.settings_of(code).name, self.language)

    @property
    def language(self) -> str:
        return self.settings.languages[0]


def read_study(folder: str | Path = "params") -> Study:
    """The study in `folder`, a path from here, from a folder above, or absolute.

    Notebooks stand below the project's root, so the folders above are looked through in turn.
    A study may be without register.yaml. Raises a config error that lists every problem of these files.
    """
    root = find_study(folder)
    faults: list[Problem] = []
    settings = _read(root / "study.yaml", StudySettings, faults)
    codebook = _read(root / "codebook.yaml", Codebook, faults)
    claims = _read(root / "claims.yaml", Claims, faults)
    given = (root / "register.yaml").is_file()
    register = _read(root / "register.yaml", Register, faults) if given else Register()
    if settings is None or codebook is None or claims is None or register is None:
        raise JourneybookError("config", faults)
    policy = read_policy(root)
    study = Study(root, settings, codebook, _with_rows(claims, codebook), register, policy)
    problems = study_problems(study) + floor_problems(root, settings.low_base, settings.confidentiality, policy)
    if problems:
        raise JourneybookError("config", problems)
    return study


def _read(path: Path, model: type[Model], faults: list[Problem]) -> Model | None:
    """The file as a model, or None and its problems among `faults`."""
    try:
        return read_settings(path, model)
    except JourneybookError as error:
        faults += error.problems
        return None


def _with_rows(claims: Claims, book: Codebook) -> Claims:
    """The claims, each published table told whether its rows are items or answers."""
    multiples = {name for name, question in book.questions.items() if question.kind == "multiple"}
    tables = [
        topline.model_copy(update={"rows": "items" if topline.question in multiples else "answers"})
        for topline in claims.toplines
    ]
    return claims.model_copy(update={"toplines": tuple(tables)})


def unknown_market(code: str, study: Study) -> JourneybookError:
    """The refusal of a market code: the list of markets and the nearest name."""
    codes = study.settings.markets
    names = {
        **{code: code for code in codes},
        **{study.market_name(code).lower(): code for code in reversed(codes)},  # of two alike the first
        **{alias: code for alias, code in ISO_ALIASES.items() if code in codes},
    }
    hint = names.get(code.lower()) or names.get(nearest(code, names) or "")
    problem = Problem(
        "COUNTRY",
        "no such market" if code else "no market was named",
        code,
        ", ".join(codes),
        f"did you mean {hint}?" if hint else f"make report COUNTRY={codes[0]}",
    )
    return JourneybookError("config", problem)


# Codes that people type for a market which a study calls otherwise (ISO 3166 and its languages).
ISO_ALIASES = {"gb": "uk", "gbr": "uk", "en": "uk", "sv": "se", "swe": "se", "ger": "de", "usa": "us"}


def find_study(folder: str | Path) -> Path:
    """The study's folder, looked for as `read_study` does. Raises a config error where there is none."""
    if Path(folder).is_absolute():
        return Path(folder)
    for parent in [Path.cwd(), *Path.cwd().parents]:
        if (parent / folder / "study.yaml").is_file():
            return parent / folder
    problem = Problem(str(folder), "there is no study here", fix="name a folder with a study.yaml")
    raise JourneybookError("config", problem)
