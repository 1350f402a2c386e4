"""The delivered table against the codebook: every problem in one pass, by file, line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.study.codebook import Codebook, Condition
from analysis.study.columns import (
    EMAIL,
    column_problems,
    columns_of,
    personal,
    type_problems,
    undeclared,
    unknown_columns,
)
from analysis.study.dates import date_problems
from analysis.study.delimited import DECIMAL_COMMA
from analysis.study.delivered import DeliveredDesign, read_design
from analysis.study.params import MarketSettings, Quality
from analysis.study.relabelling import label_problems
from analysis.study.table import RawTable

TEXT_KINDS = ("identifier", "date", "open")
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
SHORTENED = r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}"  # 1.2E+15
MAIL = "a column of email addresses is not declared"
FEW_COLUMNS = 5  # of a table with fewer, a row that holds two cells is no footer


@dataclass(frozen=True)
class CheckedTable:
    """A table in which every cell is known to be allowed.

    `codes` holds one column a variable (`question` or `question.item`): numbers, NaN where the
    cell was empty. `keys` holds the identifier and date columns as text, `design` the delivered
    weights, strata and PSUs. All keep the raw table's index, the line in the file. `misrouted` counts by
    question the respondents whose answers were left out because it was not asked.
    """

    codes: pd.DataFrame
    keys: pd.DataFrame
    design: DeliveredDesign
    misrouted: dict[str, int] = field(default_factory=dict)


def check_table(raw: RawTable, market: MarketSettings, codebook: Codebook, quality: Quality) -> CheckedTable:
    """The table, renamed to the codebook's variables and read as numbers.

    Raises a data error that lists every problem: missing columns, values that are no code, answers
    where nothing was asked and blanks where something was, weights that are no weights; a file error
    where a column is of another type than its question.
    """
    columns = columns_of(market, codebook)
    _check_columns(raw, market, columns, codebook)
    footers = _footers(raw, columns[quality.respondent])
    raw = replace(raw, cells=raw.cells.drop(index=[*footers]))
    text = pd.DataFrame({v: raw.cells[c].str.strip() for v, c in columns.items()})
    place = Place(raw, columns)
    problems = [_footer_problem(place(line, quality.respondent), got) for line, got in footers.items()]
    codes = {}
    for name, question in codebook.questions.items():
        if question.kind in TEXT_KINDS:
            continue
        for variable in codebook.columns(name):
            if name in market.not_asked:
                codes[variable] = pd.Series(np.nan, index=text.index)
                continue
            codes[variable], found = numbers(text[variable], name, codebook, place)
            problems += found
    frame = pd.DataFrame(codes, index=text.index)
    delivered = [variable for variable in codes if variable in columns]
    readable = (text[delivered] == "") | frame[delivered].notna()  # what is no number has its problem already
    misrouted = dict[str, int]()
    for name in (name for name in codebook.questions if name not in market.not_asked):
        sent = asked(codebook.questions[name].asked_if, frame, codebook)
        misrouted |= _leave_out(name, frame, codebook, sent, quality.misrouted)
        for variable in codebook.columns(name):
            problems += routing_problems(name, variable, frame, readable, codebook, place, sent)
        problems += exclusive_problems(name, frame, codebook, place)
        if codebook.questions[name].kind == "date":
            for variable in codebook.columns(name):
                problems += date_problems(
                    text[variable], place("{line}", variable), codebook.questions[name], market.fieldwork
                )
    problems += key_problems(text[quality.respondent], place)
    problems += repeated_problems(text[quality.respondent], place, quality)
    problems += label_problems(raw, market, columns, codebook)
    design, found = read_design(raw, market)
    if problems + found:
        raise JourneybookError("data", problems + found)
    # Nobody's own words are kept.
    kept = [v for n, q in codebook.questions.items() if q.kind in ("identifier", "date") for v in codebook.columns(n)]
    return CheckedTable(frame, text[kept], design, misrouted)


def _check_columns(raw: RawTable, market: MarketSettings, columns: dict[str, str], codebook: Codebook) -> None:
    """Raises what is wrong with the columns, before any cell is looked at."""
    wrong = list(type_problems(raw.types, columns, codebook, raw.path.name))
    if wrong:
        raise JourneybookError("file", wrong)
    present, file = [*raw.cells.columns], raw.path.name
    problems = list(column_problems(file, present, market, columns, codebook))
    for name in unknown_columns(present, market, columns, codebook.all_columns.values()):
        if not personal(name) and raw.cells[name].str.contains(EMAIL).any():
            problems.append(undeclared(file, name, MAIL))
    if problems:
        raise JourneybookError("data", problems)


def _footers(raw: RawTable, respondent: str) -> dict[int, str]:
    """The lines of rows that hold next to nothing, such as a line of totals, and what stands there for an id."""
    if raw.cells.shape[1] < FEW_COLUMNS:
        return {}
    held = (raw.cells != "").sum(axis=1)
    lines = held.index[(held <= 2) & (raw.cells[respondent].str.strip() != "")]
    return {int(line): str(raw.cells.at[line, respondent]) for line in lines}


def _footer_problem(where: str, got: str) -> Problem:
    return Problem(where, "not a respondent id: the row holds nothing else", got, fix="delete the line below the table")


def _leave_out(name: str, codes: pd.DataFrame, book: Codebook, sent: pd.Series, most: float) -> dict[str, int]:
    """Empties the question's cells of those who were not asked, if these are no more than the declared share."""
    variables = [variable for variable in book.columns(name) if variable in codes]
    if not most or not variables:
        return {}
    unasked = [code for code, kind in book.missing_codes(name).items() if kind == "not_asked"]
    wrong = codes[variables].notna().to_numpy() & ~codes[variables].isin(unasked).to_numpy() & ~sent.to_numpy()[:, None]
    count = int(wrong.any(axis=1).sum())
    if not 0 < count <= most * len(codes):
        return {}
    codes[variables] = codes[variables].mask(wrong)
    return {name: count}


@dataclass(frozen=True)
class Place:
    """Where a cell stands, for a message: the table it is of, and the column of each variable."""

    raw: RawTable
    columns: dict[str, str]

    def __call__(self, line: object, variable: str) -> str:
        return f"{self.raw.path.name}, line {line}, column {self.columns[variable]}"


def numbers(text: pd.Series, name: str, codebook: Codebook, place: Place) -> tuple[pd.Series, list[Problem]]:
    """The column as numbers, and a problem for every cell that the codebook does not allow."""
    question = codebook.questions[name]
    numbers = as_numbers(text)
    values = numbers.to_numpy()
    allowed = (text == "").to_numpy() | np.isin(values, list(codebook.missing_codes(name)))
    if question.kind == "number":
        low, high = question.range or (-np.inf, np.inf)
        allowed |= (values >= low) & (values <= high) & np.isfinite(values)
        words = f"{low:g} to {high:g}"
    else:
        known = [0, 1] if question.kind == "multiple" else list(codebook.answers(name))
        allowed |= np.isin(values, known)
        words = ", ".join(str(code) for code in known)
    missing = ", ".join(str(code) for code in codebook.missing_codes(name))
    words += f" (missing: {missing} or empty)" if missing else " or empty"
    variable = str(text.name)
    problems = [
        Problem(place(line, variable), "not a code of this question", text[line], words, _mend(text[line]))
        for line in text.index[~allowed]
    ]
    return numbers, problems


def as_numbers(text: pd.Series) -> pd.Series:
    """Texts as numbers, NaN where they are none: digits of ASCII with a point, an exponent and a sign at most."""
    places, different = pd.factorize(text)
    read = [float(one) if NUMBER.fullmatch(one) else np.nan for one in different]
    return pd.Series(np.array([*read, np.nan])[places], index=text.index, name=text.name)


def _mend(cell: str) -> str:
    if DECIMAL_COMMA.fullmatch(cell):
        return 'set raw.decimal: "," in the market\'s file'
    return "correct the cell, or add the code to the codebook"


def asked(conditions: tuple[Condition, ...], codes: pd.DataFrame, codebook: Codebook) -> pd.Series:
    """True for respondents whom the routing sends to the question."""
    result = np.ones(len(codes), dtype=bool)
    for condition in conditions:
        given = [_gave(condition.question, str(answer), codes, codebook) for answer in condition.answers]
        result &= np.logical_or.reduce(given)
    return pd.Series(result, index=codes.index)


def _gave(name: str, answer: str, codes: pd.DataFrame, codebook: Codebook) -> np.ndarray:
    question = codebook.questions[name]
    nets = codebook.nets(name)
    members = [str(a) for a in nets[answer].answers] if answer in nets else [answer]
    if question.kind == "multiple":
        return np.asarray(np.logical_or.reduce([codes[f"{name}.{item}"].to_numpy() == 1 for item in members]))
    if question.kind == "bands" and question.of:
        missing = list(codebook.missing_codes(question.of))
        number = codes[question.of].mask(codes[question.of].isin(missing))
        return np.asarray(np.logical_or.reduce([number.between(*question.bands[band]) for band in members]))
    return np.isin(codes[name].to_numpy(), [int(code) for code in members])


def key_problems(keys: pd.Series, place: Place) -> Iterator[Problem]:
    """Respondents without a number or with one that lost its digits, among the cells of the respondents' column."""
    variable = str(keys.name)
    for line in keys.index[keys == ""]:
        fix = "enter the respondent's number; without one, rows cannot be told apart"
        yield Problem(place(line, variable), "the respondent has no number", "", fix=fix)
    doubtful = dict(place.raw.doubtful.get(place.columns[variable], {}))
    doubtful |= dict.fromkeys(keys.index[keys.str.fullmatch(SHORTENED)], "a spreadsheet's short form of a number")
    for line, why in doubtful.items():
        if line in keys.index:
            yield doubtful_problem(place(line, variable), keys[line], why)


def doubtful_problem(where: str, cell: object, why: str) -> Problem:
    """The refusal of a respondent's number that may not be the one that was typed."""
    fix = "ask for the numbers of respondents stored as text"
    return Problem(where, f"the respondent's number may have lost digits: {why}", str(cell), fix=fix)


def repeated_problems(keys: pd.Series, place: Place, quality: Quality) -> Iterator[Problem]:
    """Second rows of a respondent, where the study does not say that the first counts."""
    again = keys[keys.duplicated() & (keys != "")]
    if quality.duplicates == "refuse" and len(again):
        first = keys.index[keys == again.iloc[0]]
        where = f"{place.raw.path.name}, column {place.columns[str(keys.name)]}"
        yield repeated(where, len(again), int(first[0]), int(first[1]))


def repeated(where: str, count: int, first: int, second: int) -> Problem:
    """The refusal of rows that repeat a respondent: how many, and the first two lines."""
    what = f"{count:,} rows repeat the number of an earlier respondent, the first on lines {first} and {second}"
    fix = "ask which of them counts, or set quality.duplicates: first in study.yaml"
    return Problem(where, what, fix=fix)


def exclusive_problems(name: str, codes: pd.DataFrame, codebook: Codebook, place: Place) -> Iterator[Problem]:
    """Exclusive items of a multiple response that stand beside another; `codes` needs its items."""
    items = codebook.questions[name].items if codebook.questions[name].kind == "multiple" else {}
    for key in (key for key, item in items.items() if item.exclusive):
        others = [f"{name}.{other}" for other in items if other != key]
        both = (codes[f"{name}.{key}"] == 1) & (codes[others] == 1).any(axis=1)
        for line in codes.index[both]:
            fix = "correct the cell, or take exclusive from the item in the codebook"
            yield Problem(place(line, f"{name}.{key}"), "chosen beside another answer, though exclusive", "1", fix=fix)


def routing_problems(
    name: str,
    variable: str,
    codes: pd.DataFrame,
    readable: pd.DataFrame,
    codebook: Codebook,
    place: Place,
    sent: pd.Series | None = None,
) -> Iterator[Problem]:
    """Answers of a question's variable where nothing was asked, and blanks where something was.

    `codes` needs the variable and what routes to it, unless `asked` has said who was `sent` to the
    question; `readable` is False where a cell is no number.
    """
    if codebook.questions[name].kind in (*TEXT_KINDS, "bands"):
        return
    to_it = (asked(codebook.questions[name].asked_if, codes, codebook) if sent is None else sent).to_numpy()
    kinds = codebook.missing_codes(name)
    values = codes[variable].to_numpy(float)
    said_so = np.isin(values, [code for code, kind in kinds.items() if kind == "not_asked"])
    unasked = np.isnan(values) | said_so
    for line in codes.index[~to_it & ~unasked]:
        got = f"{codes.at[line, variable]:g}"
        fix = f"empty the cell, or correct asked_if of {name} in the codebook"
        yield Problem(place(line, variable), "answered, though the routing did not ask", got, fix=fix)
    blank = to_it & (said_so if codebook.blank_allowed(name) else unasked)
    for line in codes.index[blank & readable[variable].to_numpy()]:
        fix = "enter the answer or a missing code, or declare no_answer under missing in the codebook"
        yield Problem(place(line, variable), "empty, though the routing asked", "", fix=fix)
