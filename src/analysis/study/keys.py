"""Variables of a codebook as group-by keys of a large file, and groups as respondents.

A number is grouped by the classes that its missing codes and its bands tell apart, so that few groups
come of it; everything else by its codes as they stand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import narwhals as nw
import numpy as np
import pandas as pd

from analysis.study.codebook import Codebook, Condition
from analysis.study.raw import cell_text
from analysis.study.scan import Key, Scan

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


def number_classes(column: str, bands: Iterable[Interval], codes: Iterable[int], scan: Scan) -> nw.Expr:
    """The class of a number: empty, each of the codes, or where it lies among the ends of the bands.

    All numbers of a class lie in the same bands, so the smallest stands for them.
    """
    cell, missing = nw.col(column), list(codes)
    classes = nw.when(scan.missing(column)).then(nw.lit(0))
    for place, code in enumerate(missing, start=1):
        classes = classes.when(cell == code).then(nw.lit(place))
    whole = scan.types[column].is_integer()
    for place, (end, included) in enumerate(_cuts(bands, whole), start=len(missing) + 1):
        classes = classes.when((cell <= end) if included else (cell < end)).then(nw.lit(place))
    return classes.otherwise(nw.lit(-1))


def _cuts(bands: Iterable[Interval], whole: bool) -> list[tuple[float, bool]]:
    """The upper ends of the classes, ascending, and whether the end lies in its class; of whole numbers or any."""
    lows, highs = zip(*bands, strict=True)
    ends = {(math.ceil(low) - 1, True) if whole else (low, False) for low in lows}
    return sorted(ends | {(math.floor(high) if whole else high, True) for high in highs})


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
