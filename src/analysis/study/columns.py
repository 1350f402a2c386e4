"""The columns of a delivered file: what the codebook wants of them, who they name, and what nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from analysis.errors import Problem, did_you_mean
from analysis.study.codebook import Codebook
from analysis.study.delivered import design_columns, replicate_columns
from analysis.study.params import MarketSettings

# Words of a column's name that say that it tells who somebody is.
PERSONAL = re.compile(
    "name|first_?name|forename|surname|last_?name|full_?name|vorname|nachname|prenom|nom|nombre|apellido|cognome|"
    "e?_?mail|(e?mail_?|ip_?)?addr(ess)?|tele(ph|f)one?|phone|(mobile_?|phone_?)(phone|number)|ip|post_?code|postal_?code|"
    "zip|zip_?code|plz|street|adresse|strasse|dob|birth_?date|date_?of_?birth|latitude|longitude|passport|ssn|iban"
)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+")
EXPECTED = {"identifier": ("text", "number"), "date": ("date", "text"), "open": ("text", "number", "date")}
CODES = ("number", "text")
EMAIL = r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"


def columns_of(market: MarketSettings, codebook: Codebook) -> dict[str, str]:
    """Variable to its column in the market's file, without the questions that the market did not ask."""
    columns = {**codebook.all_columns, **market.columns}
    return {v: c for v, c in columns.items() if v.partition(".")[0] not in market.not_asked}


def unknown_columns(
    present: Sequence[str], market: MarketSettings, columns: dict[str, str], every: Iterable[str] = ()
) -> list[str]:
    """The columns that nothing reads: of no question, no design, and not declared to name a person."""
    known = {*columns.values(), *every, *market.identifiers, *design_columns(market, [*present]).values()}
    return [name for name in present if name not in known | {*replicate_columns(market, [*present])}]


def column_problems(
    file: str, present: list[str], market: MarketSettings, columns: dict[str, str], codebook: Codebook
) -> Iterator[Problem]:
    """Columns that are not there, that two variables read, or that must not be read."""
    wanted = [*columns.items(), *((name, name) for name in market.identifiers)]
    fixes = {column: f"map {variable} under columns" for variable, column in wanted}
    fixes |= {column: f"correct {key}" for key, column in design_columns(market, present).items()}
    for column, how in fixes.items():
        if column not in present:
            hint = did_you_mean(column, present)
            fix = f"{hint or 'ask for it'} or {how} in the market's file"
            name = next((v.partition(".")[0] for v, c in columns.items() if c == column), "")
            fix += f"; if {name} was not asked there, list it under not_asked" if name else ""
            set_of = f" of the {len(items)} of {name}" if name and (items := codebook.questions[name].items) else ""
            yield Problem(f"{file}, line 1", f"a column{set_of} is missing", column, fix=fix)
    used = list(columns.values())
    for column in sorted({c for c in used if used.count(c) > 1}):
        fix = "map each variable to a column of its own"
        yield Problem(f"{file}, line 1", "two variables read one column", column, fix=fix)
    answers = {columns[v] for v in columns if codebook.questions[v.partition(".")[0]].kind != "identifier"}
    for column in sorted(answers & set(market.identifiers)):
        fix = "take it out of identifiers or out of the codebook"
        yield Problem(f"{file}, line 1", "an identifier is read as an answer", column, fix=fix)
    yield from _personal_problems(file, unknown_columns(present, market, columns, codebook.all_columns.values()))


def _personal_problems(file: str, unknown: Iterable[str]) -> Iterator[Problem]:
    """Columns that nothing declares and whose names say that they tell who somebody is."""
    for name in unknown:
        if personal(name):
            yield undeclared(file, name, "a column that may name a person is not declared")


def undeclared(file: str, name: str, what: str) -> Problem:
    """The refusal of a column that names a person and was not declared."""
    fix = "list it under identifiers in the market's file, and it is dropped when the file is read"
    return Problem(f"{file}, line 1, column {name}", what, fix=fix)


def personal(name: str) -> bool:
    """Whether a column's name says that it tells who somebody is."""
    words = [word.lower() for word in WORD.findall(name)]
    parts = [*words, *map("_".join, pairwise(words)), "_".join(words)]
    return any(PERSONAL.fullmatch(part) for part in parts)


def type_problems(kinds: Mapping[str, str], columns: Mapping[str, str], book: Codebook, file: str) -> Iterator[Problem]:
    """Columns whose type cannot hold what their question asks."""
    for variable, column in columns.items():
        wanted = EXPECTED.get(book.questions[variable.partition(".")[0]].kind, CODES)
        if kinds.get(column, wanted[0]) not in wanted:
            fix = "store the column as what it is"
            what = "the column is of another type than its question"
            yield Problem(f"{file}, column {column}", what, kinds[column], " or ".join(wanted), fix)
