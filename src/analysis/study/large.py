"""A large Parquet file -> the respondents of one market as cells: who gave the same answers, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from math import prod
from operator import and_, or_
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.study.checks import repeated
from analysis.study.codebook import Codebook
from analysis.study.columns import unknown_columns
from analysis.study.delivered import DeliveredDesign, single_psu_problems
from analysis.study.grouping import as_codes, as_text, keys, one_for_many, routing, variables_of
from analysis.study.large_checks import check_large
from analysis.study.params import MarketSettings, Study
from analysis.study.quality import Account, long_grids
from analysis.study.respondents import Respondents, Sample, code_answers
from analysis.study.scan import COUNT, LINE, Key, Scan, collect, open_scan, sums

SUMS, EXTREMES = ["counts", "base", "squares"], ["smallest", "largest"]
STRATUM, PSU = "the stratum", "the PSU"  # keys beside the variables


@dataclass(frozen=True, eq=False)
class Cells:
    """Respondents who gave the same answers, as one row each.

    `respondents` has a row a cell: its answers, statuses, stratum, PSU and sampling rate. `sums` has,
    of the respondents of each cell, their number (`counts`), the sum of their base weights (`base`) and of
    the squares of these (`squares`); the cells of the margins alone have the `smallest` and `largest`, too.
    Who weighs nothing has other cells.
    """

    respondents: Respondents
    sums: pd.DataFrame


@dataclass(frozen=True, eq=False)
class LargeFile:
    """The delivered file of one market, checked, of which only sums are ever in memory.

    `met` has the codes of each variable, NaN for empty cells; `sample` counts the rows not used;
    `zeros` is False where it is known that nobody's base weight is 0.
    """

    study: Study
    market: str
    scan: Scan
    met: Mapping[str, list[float]]
    duplicates: np.ndarray
    sample: Sample
    rates: Mapping[str, float]
    zeros: bool = True
    _made: dict[object, Cells] = field(default_factory=dict, repr=False)

    @property
    def settings(self) -> MarketSettings:
        return self.study.market(self.market)

    @cached_property
    def book(self) -> Codebook:
        """The questions as this market's questionnaire had them."""
        return self.study.codebook.offering(self.settings.offered)

    @property
    def columns(self) -> dict[str, str]:
        """Variable to its column in the file."""
        return {**self.book.all_columns, **self.settings.columns}

    def levels_of(self, name: str) -> int:
        """How many groups a variable or question may make."""
        variables = variables_of([name], self.book)
        return prod(len(bands) + 1 if bands else len(self.met[variable]) for variable, bands in variables.items())

    def codes(self, variable: str) -> Respondents:
        """One respondent for each code that is met of the variable, without the empty."""
        name = variable.partition(".")[0]
        codes = pd.DataFrame({variable: [code for code in self.met[variable] if code == code]})
        answers, status = code_answers(codes, _narrowed(self.book, (name,), routed=False))
        return Respondents(self.market, self.book, answers, status, DeliveredDesign(), self.sample, self.scan.sha256)

    def cells(self, names: Iterable[str], alike: Mapping[str, list[list[int]]] | None = None) -> Cells:
        """The respondents used, by these variables or questions, the weighting margins and the design.

        Codes that are `alike` (by variable) are taken together as the first of them. The cells last made
        are kept. Raises a data error where there would be too many.
        """
        wanted = tuple(sorted({*names, *self.settings.weighting.margins}))
        key = (wanted, repr(sorted((alike or {}).items())))
        if key not in self._made:
            if len(self._made) >= KEPT:
                del self._made[next(iter(self._made))]
            self._made[key] = self._cells(wanted, alike or {})
        return self._made[key]

    def forget(self) -> None:
        """Drops the cells that were kept."""
        self._made.clear()

    def _cells(self, names: tuple[str, ...], alike: Mapping[str, list[list[int]]]) -> Cells:
        book = _narrowed(self.book, names)
        routed = [name for question in book.questions.values() for name in routing(question.asked_if, book)]
        by = keys(variables_of([*names, *routed], self.book), self.columns, book, self.scan)
        by |= {v: Key(by[v].column, one_for_many(by[v].column, codes)) for v, codes in alike.items()}
        design, weight = self.settings.design, self.settings.weighting.column
        extra = {STRATUM: design.strata, PSU: design.psu}
        places = {name: Key(column) for name, column in extra.items() if column}
        columns = [key.column for key in (*by.values(), *places.values())]
        margins = set(names) <= {*self.settings.weighting.margins}
        taken = _weight_sums(weight, held=margins or self.zeros, extremes=margins) if weight else {}
        found = sums(self._used([*columns, *([weight] if weight else [])]), {**by, **places}, taken)
        found = _split(found)
        answers, status = code_answers(as_codes(found[list(by)]), book)
        respondents = Respondents(
            self.market,
            self.book,
            answers,
            status,
            self._design(found),
            self.sample,
            self.scan.sha256,
        )
        return Cells(respondents, found[[*SUMS, *(EXTREMES if margins else [])]].astype(float))

    def _used(self, columns: list[str]) -> nw.LazyFrame[Any]:
        """The rows used: no second row of a respondent, none that was answered too fast."""
        quality = self.study.settings.quality
        seconds = self.columns[quality.seconds] if quality.seconds else None
        frame = self.scan.frame([*columns, *([seconds] if seconds else [])])
        frame = frame.filter(~_fast(self.scan, seconds, quality.minimum_seconds)) if seconds else frame
        return self.scan.without(frame, self.duplicates)

    def _design(self, found: pd.DataFrame) -> DeliveredDesign:
        texts = {name: as_text(found[[name]])[name].str.strip() for name in (STRATUM, PSU) if name in found}
        strata = texts.get(STRATUM)
        fpc = None
        if self.rates:
            fpc = pd.Series(self.rates[""], found.index) if strata is None else strata.map(self.rates).astype(float)
        return DeliveredDesign(strata=strata, psus=texts.get(PSU), fpc=fpc)


KEPT = 4  # how many tables of cells are kept: a page asks the same question by the same groups again


def read_large(study: Study, market: str) -> LargeFile:
    """The market's Parquet file, checked and ready to be summed.

    Raises what `read_respondents` raises, and a config error for a weighting that sums cannot give.
    """
    settings = study.market(market)
    refused = _refused(study, market)
    if refused:
        raise JourneybookError("config", refused)
    scan = open_scan(settings.raw, study.folder, study.settings.large)
    quality = study.settings.quality
    met = check_large(scan, settings, study.codebook.offering(settings.offered), quality)
    columns = {**study.codebook.all_columns, **settings.columns}
    duplicates = _duplicates(scan, columns[quality.respondent])
    if len(duplicates) and quality.duplicates == "refuse":
        raise JourneybookError("data", _repeated(scan, columns[quality.respondent], duplicates))
    seconds = columns[quality.seconds] if quality.seconds else None
    fast = _count_fast(scan, seconds, quality.minimum_seconds, duplicates)
    sample = Sample(scan.rows, len(duplicates), fast)
    if not sample.used:
        raise JourneybookError("data", Problem(scan.path.name, "no respondent is left after the quality checks"))
    file = LargeFile(study, market, scan, met, duplicates, sample, _rates(scan, settings))
    file = replace(file, sample=replace(sample, account=_account(file)))
    cells = file.cells([])
    alone = single_psu_problems(_as_respondents(cells), settings, scan.path.name)
    if alone:
        raise JourneybookError("data", alone)
    return replace(file, zeros=bool((cells.sums["base"] == 0).any()))


def _account(file: LargeFile) -> Account:
    """What was noticed of the file; who gave the very answers of another is not looked for."""
    market, book = file.settings, file.book
    grids = {
        name: [file.columns[variable] for variable in variables]
        for name, variables in long_grids(book).items()
        if all(file.scan.is_number(file.columns[variable]) for variable in variables)
    }
    alike = {
        name: reduce(and_, [nw.col(c) == nw.col(first) for c in others], nw.col(first).is_in([*book.answers(name)]))
        for name, (first, *others) in grids.items()
    }
    straight, in_any = dict[str, int](), 0
    if alike:
        rows = file._used([column for columns in grids.values() for column in columns])
        flags = {name: nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)) for name, flag in alike.items()}
        flags["any grid"] = nw.when(reduce(or_, alike.values())).then(nw.lit(1)).otherwise(nw.lit(0))
        found = collect(rows.select(**flags).select(*(nw.col(name).sum() for name in flags))).iloc[0]
        straight, in_any = {name: int(found[name]) for name in alike if found[name]}, int(found["any grid"])
    unknown = tuple(unknown_columns([*file.scan.types], market, file.columns))
    return Account(market.identifiers, unknown, market.raw.rows, straight, in_any)


def _refused(study: Study, market: str) -> list[Problem]:
    """What needs every respondent's own weight, and so cannot be had from sums."""
    settings, where = study.market(market), f"{study.folder / 'markets' / market}.yaml"
    above = study.settings.large.rows_above
    fix = f"leave it out, or read the file in memory: set large.rows_above in study.yaml (it is {above:,})"
    found = []
    if settings.weighting.trim:
        found.append(Problem(f"{where}, weighting.trim", "a large file's weights cannot be trimmed", fix=fix))
    if settings.design.replicates:
        what = "a large file's replicate weights cannot be used"
        found.append(Problem(f"{where}, design.replicates", what, fix=fix))
    if study.settings.quality.misrouted:
        what = "a large file's answers cannot be left out"
        found.append(Problem(f"{study.folder / 'study.yaml'}, quality.misrouted", what, fix=fix))
    return found


def _fast(scan: Scan, seconds: str, minimum: int) -> nw.Expr:
    return ~scan.missing(seconds) & (nw.col(seconds) < minimum)


def _count_fast(scan: Scan, seconds: str | None, minimum: int, duplicates: np.ndarray) -> int:
    if seconds is None:
        return 0
    fast = scan.without(scan.frame([seconds]).filter(_fast(scan, seconds, minimum)), duplicates)
    return int(collect(fast.select(nw.len().alias(COUNT)))[COUNT].iloc[0])


def _duplicates(scan: Scan, column: str) -> np.ndarray:
    """The lines of the rows whose respondent has stood in an earlier line."""
    own = nw.col(column).str.strip_chars() if scan.types[column] == nw.String else nw.col(column)
    frame = scan.frame([column]).select(LINE, own=own)
    again = frame.group_by("own").agg(nw.len().alias(COUNT), first=nw.col(LINE).min()).filter(nw.col(COUNT) > 1)
    second = frame.join(again.select("own", "first"), on="own").filter(nw.col(LINE) > nw.col("first"))
    return np.sort(collect(second.select(LINE))[LINE].to_numpy(np.int64))


def _repeated(scan: Scan, column: str, duplicates: np.ndarray) -> Problem:
    """The refusal of second rows, with the lines of the first respondent who has one."""
    own = nw.col(column).str.strip_chars() if scan.types[column] == nw.String else nw.col(column)
    frame = scan.frame([column]).select(LINE, own=own)
    again = collect(frame.filter(nw.col(LINE) == int(duplicates[0])))["own"].iloc[0]
    first = collect(frame.filter(nw.col("own") == nw.lit(again)).select(nw.col(LINE).min()))[LINE].iloc[0]
    return repeated(f"{scan.path.name}, column {column}", len(duplicates), int(first), int(duplicates[0]))


def _rates(scan: Scan, settings: MarketSettings) -> dict[str, float]:
    """Stratum to its sampling rate; "" where there are no strata; nothing where none is declared."""
    strata, rate = settings.design.strata, settings.design.fpc
    if rate is None:
        return {}
    by = {name: Key(column) for name, column in ((STRATUM, strata), ("rate", rate)) if column}
    found = sums(scan.frame([key.column for key in by.values()]), by, {})
    names = as_text(found[[STRATUM]])[STRATUM].str.strip() if strata else [""] * len(found)
    return {str(name): float(value) for name, value in zip(names, found["rate"], strict=True)}


def _weight_sums(column: str, *, held: bool, extremes: bool) -> dict[str, tuple[nw.Expr, str]]:
    """What is summed of the base weights; `held` counts those above 0. Every sum takes its time."""
    weight = nw.col(column).cast(nw.Float64)
    above = nw.when(weight > 0)
    found = {"base": (weight, "sum"), "squares": (weight * weight, "sum")}
    found |= {"held": (above.then(nw.lit(1)).otherwise(nw.lit(0)), "sum")} if held else {}
    return {**found, "smallest": (above.then(weight), "min"), "largest": (weight, "max")} if extremes else found


def _split(found: pd.DataFrame) -> pd.DataFrame:
    """The groups with their sums; those of base weight 0 go into groups of their own."""
    if "base" not in found:  # without a column of weights each is 1, and the rows say all
        ones = found[COUNT].to_numpy(float)
        return found.assign(counts=ones, base=ones, squares=ones, smallest=1.0, largest=1.0)
    if "held" not in found:
        return found.assign(counts=found[COUNT])
    some = found[found["held"] > 0].assign(counts=found["held"])
    rest = found[found[COUNT] > found["held"]]
    none = rest.assign(counts=rest[COUNT] - rest["held"], **dict.fromkeys([*SUMS[1:], *EXTREMES], 0.0))
    return pd.concat([some, none], ignore_index=True) if len(none) else some.reset_index(drop=True)


def _narrowed(book: Codebook, names: tuple[str, ...], *, routed: bool = True) -> Codebook:
    """The questions of these names and what routes to them; routing stays where a blank may have two meanings."""
    wanted = dict.fromkeys(name.partition(".")[0] for name in names)
    kept = {name for name in wanted if routed and book.blank_allowed(name)}
    also = {n.partition(".")[0] for name in kept for n in routing(book.questions[name].asked_if, book)}
    of = {q.of for name in (*wanted, *also) if (q := book.questions[name]).of}
    questions = {
        name: question if name in kept else question.model_copy(update={"asked_if": ()})
        for name, question in book.questions.items()
        if name in wanted or name in also or name in of
    }
    return book.model_copy(update={"questions": questions})


def _as_respondents(cells: Cells) -> DeliveredDesign:
    """The design with each respondent as a row of its own, or two of a cell where it holds more."""
    design = cells.respondents.design
    rows = np.repeat(np.arange(len(cells.sums)), np.minimum(cells.sums["counts"], 2).astype(int))
    parts = {name: getattr(design, name) for name in ("strata", "psus", "fpc")}
    taken = {name: None if part is None else part.iloc[rows].reset_index(drop=True) for name, part in parts.items()}
    return replace(design, **taken)
