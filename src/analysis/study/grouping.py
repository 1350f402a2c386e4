"""Variables of a codebook as group-by keys of a large file, and groups as respondents.

Numbers that the missing codes and the bands do not tell apart are grouped as one of them, so that few
groups come of it; everything else is grouped by its codes as they stand.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

import narwhals as nw
import numpy as np
import pandas as pd

from analysis.study.codebook import Codebook, Condition
from analysis.study.scan import Key, Scan
from analysis.study.table import cell_text

Interval = tuple[float, float]


def variables_of(names: Iterable[str], book: Codebook) -> dict[str, list[Interval]]:
    """The delivered variables that these need, each with the bands it is cut into.

    A name is a variable (`question` or `question.item`) or a question; a multiple response or a grid
    without an item needs all its items, and bands the number they are of; a number named by itself is not cut.
    """
    asked, needed = list(names), dict[str, list[Interval]]()
    for name in asked:
        question = book.questions[name.partition(".")[0]]
        if question.kind == "bands" and question.of:
            needed.setdefault(question.of, []).extend(question.bands.values())
        elif name in book.all_columns:
            needed.setdefault(name, [])
        else:
            needed |= {variable: [] for variable in book.columns(name)}
    # A number that is asked for itself is not cut.
    return {variable: [] if variable in asked else list(dict.fromkeys(bands)) for variable, bands in needed.items()}


def routing(conditions: Iterable[Condition], book: Codebook) -> list[str]:
    """The names that these conditions look at, as `variables_of` takes them."""
    names = []
    for condition in conditions:
        nets = book.nets(condition.question)
        for answer in map(str, condition.answers):
            members = [str(a) for a in nets[answer].answers] if answer in nets else [answer]
            multiple = book.questions[condition.question].kind == "multiple"
            names += [f"{condition.question}.{item}" for item in members] if multiple else [condition.question]
    return list(dict.fromkeys(names))


def keys(
    variables: Mapping[str, list[Interval]], columns: Mapping[str, str], book: Codebook, scan: Scan
) -> dict[str, Key]:
    """The key of each variable; `columns` says which column of the file it is read from.

    A number without bands, or one that is stored as text, is grouped by its values.
    """
    found = {}
    for variable, bands in variables.items():
        name, column = variable.partition(".")[0], columns[variable]
        cut = book.questions[name].kind == "number" and bands and scan.is_number(column)
        classes = number_classes(column, bands, list(book.missing_codes(name)), scan) if cut else None
        found[variable] = Key(column, classes)
    return found


def number_classes(column: str, bands: Iterable[Interval], codes: Collection[int], scan: Scan) -> nw.Expr:
    """A number of the same class: itself where it is one of the codes, else one that lies in the same bands."""
    cell, whole, missing = nw.col(column), scan.types[column].is_integer(), set(codes)
    cuts = _cuts(bands, whole)
    branches = [(cell == code, float(code)) for code in codes]
    # The number that stands for a class is its largest but for the codes, which have another meaning.
    for end, held in cuts:
        inside = (cell <= end) if held else (cell < end)
        branches.append((inside, _next(end, -math.inf, missing, whole, held)))
    above = _next(cuts[-1][0], math.inf, missing, whole, held=False)
    as_stored = int if whole else float  # groups of whole numbers are found faster
    (first, number), *others = branches
    classes = nw.when(first).then(nw.lit(as_stored(number)))
    for inside, number in others:
        classes = classes.when(inside).then(nw.lit(as_stored(number)))
    return classes.otherwise(nw.when(~scan.missing(column)).then(nw.lit(as_stored(above))))


def _next(number: float, towards: float, codes: Collection[int], whole: bool, held: bool) -> float:
    """The first number from here (itself if `held`) that is none of the codes."""
    while not held or number in codes:
        number = number + math.copysign(1, towards) if whole else math.nextafter(number, towards)
        held = True
    return number


def one_for_many(column: str, alike: Sequence[Sequence[int]]) -> nw.Expr | None:
    """The first code of those that are alike instead of each; None where no codes are.

    `alike` has every code that the column holds, once. They are told apart by their order, because an
    engine compares faster than it looks into lists.
    """
    first = {code: codes[0] for codes in alike for code in codes}
    if len(first) == len(alike):
        return None
    ordered = sorted(first)
    ends = [code for code, after in pairwise(ordered) if first[code] != first[after]] + ordered[-1:]
    cell, (start, *others) = nw.col(column), ends
    taken = nw.when(cell <= start).then(nw.lit(first[start]))
    for end in others:
        taken = taken.when(cell <= end).then(nw.lit(first[end]))
    return taken  # an empty cell is below no code, and stays empty


def _cuts(bands: Iterable[Interval], whole: bool) -> list[tuple[float, bool]]:
    """The upper ends of the classes, ascending, and whether the end lies in its class; of whole numbers or any."""
    lows, highs = zip(*bands, strict=True)
    ends = {(float(math.ceil(low) - 1), True) if whole else (low, False) for low in lows}
    return sorted(ends | {(float(math.floor(high)) if whole else high, True) for high in highs})


def as_codes(cells: pd.DataFrame) -> pd.DataFrame:
    """Groups' values as numbers, NaN where empty; they were checked to be codes."""
    return pd.DataFrame({name: _numbers(cells[name]) for name in cells}, index=cells.index)


def as_text(cells: pd.DataFrame) -> pd.DataFrame:
    """Groups' values as `read_raw` would give them: text, "" where empty."""
    return pd.DataFrame({name: _texts(cells[name]) for name in cells}, index=cells.index)


def _texts(values: pd.Series) -> np.ndarray:
    places, different = pd.factorize(values, use_na_sentinel=False)
    texts = [cell_text(value) for value in pd.Index(different).astype(object)]
    return np.asarray(np.array([*texts, ""], dtype=object)[places])


def _numbers(values: pd.Series) -> pd.Series:
    if values.dtype.kind in "iuf":
        return values.astype(float)
    return pd.to_numeric(values.astype(object).map(cell_text).str.strip(), errors="coerce").astype(float)
