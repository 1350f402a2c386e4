"""The delivered table against the codebook: every problem in one pass, by file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem, did_you_mean
from analysis.study.codebook import Codebook, Condition
from analysis.study.delivered import DeliveredDesign, design_columns, read_design
from analysis.study.params import MarketSettings, Quality
from analysis.study.raw import RawTable

TEXT_KINDS = ("identifier", "date", "open")


@dataclass(frozen=True)
class CheckedTable:
    """A table in which every cell is known to be allowed.

    `codes` holds one column a variable (`question` or `question.item`): numbers, NaN where the
    cell was empty. `keys` holds the identifier and date columns as text, `design` the delivered
    weights, strata and PSUs. All keep the raw table's index, the line in the file.
    """

    codes: pd.DataFrame
    keys: pd.DataFrame
    design: DeliveredDesign


def check_table(raw: RawTable, market: MarketSettings, codebook: Codebook, quality: Quality) -> CheckedTable:
    """The table, renamed to the codebook's variables and read as numbers.

    Raises a data error that lists every problem: missing columns, values that are no code, answers
    where nothing was asked and blanks where something was, weights that are no weights.
    """
    columns = columns_of(market, codebook)
    problems = list(column_problems(raw, market, columns, codebook))
    if problems:
        raise JourneybookError("data", problems)
    text = pd.DataFrame({v: raw.cells[c].str.strip() for v, c in columns.items()})
    place = Place(raw, columns)
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
    for name in (name for name in codebook.questions if name not in market.not_asked):
        sent = asked(codebook.questions[name].asked_if, frame, codebook)
        for variable in codebook.columns(name):
            problems += routing_problems(name, variable, frame, readable, codebook, place, sent)
        problems += exclusive_problems(name, frame, codebook, place)
    problems += key_problems(text[quality.respondent], place)
    design, found = read_design(raw, market)
    if problems + found:
        raise JourneybookError("data", problems + found)
    # Nobody's own words are kept.
    kept = [v for n, q in codebook.questions.items() if q.kind in ("identifier", "date") for v in codebook.columns(n)]
    return CheckedTable(frame, text[kept], design)


def columns_of(market: MarketSettings, codebook: Codebook) -> dict[str, str]:
    """Variable to its column in the market's file, without the questions that the market did not ask."""
    columns = {**codebook.all_columns, **market.columns}
    return {v: c for v, c in columns.items() if v.partition(".")[0] not in market.not_asked}


@dataclass(frozen=True)
class Place:
    """Where a cell stands, for a message: the table it is of, and the column of each variable."""

    raw: RawTable
    columns: dict[str, str]

    def __call__(self, line: object, variable: str) -> str:
        return f"{self.raw.path.name}, line {line}, column {self.columns[variable]}"


def column_problems(
    raw: RawTable, market: MarketSettings, columns: dict[str, str], codebook: Codebook
) -> Iterator[Problem]:
    """Columns that are not there, that two variables read, or that must not be read."""
    present = list(raw.cells.columns)
    wanted = [*columns.items(), *((name, name) for name in market.identifiers)]
    fixes = {column: f"map {variable} under columns" for variable, column in wanted}
    fixes |= {column: f"correct {key}" for key, column in design_columns(market, present).items()}
    for column, how in fixes.items():
        if column not in present:
            hint = did_you_mean(column, present)
            fix = f"{hint or 'ask for it'} or {how} in the market's file"
            name = next((v.partition(".")[0] for v, c in columns.items() if c == column), "")
            fix += f"; if {name} was not asked there, list it under not_asked" if name else ""
            yield Problem(f"{raw.path.name}, line 1", "a column is missing", column, fix=fix)
    used = list(columns.values())
    for column in sorted({c for c in used if used.count(c) > 1}):
        fix = "map each variable to a column of its own"
        yield Problem(f"{raw.path.name}, line 1", "two variables read one column", column, fix=fix)
    answers = {columns[v] for v in columns if codebook.questions[v.partition(".")[0]].kind != "identifier"}
    for column in sorted(answers & set(market.identifiers)):
        fix = "take it out of identifiers or out of the codebook"
        yield Problem(f"{raw.path.name}, line 1", "an identifier is read as an answer", column, fix=fix)


def numbers(text: pd.Series, name: str, codebook: Codebook, place: Place) -> tuple[pd.Series, list[Problem]]:
    """The column as numbers, and a problem for every cell that the codebook does not allow."""
    question = codebook.questions[name]
    numbers = pd.to_numeric(text, errors="coerce").astype(float)
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
    fix = "correct the cell, or add the code to the codebook"
    problems = [
        Problem(place(line, variable), "not a code of this question", text[line], words, fix)
        for line in text.index[~allowed]
    ]
    return numbers, problems


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
    """Respondents without a number, among the cells of the respondents' column."""
    for line in keys.index[keys == ""]:
        fix = "enter the respondent's number; without one, rows cannot be told apart"
        yield Problem(place(line, str(keys.name)), "the respondent has no number", "", fix=fix)


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
