"""A large file against the codebook: the problems that a small one would have, found by group-bys.

A look groups some columns and puts one row a group to the checks of a small table. Only where one
fails are rows of the file read: the first of them, and they go through the same check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import narwhals as nw
import pandas as pd

from analysis.errors import SHOWN, JourneybookError, Problem
from analysis.study import checks, delivered
from analysis.study.codebook import Codebook
from analysis.study.columns import EMAIL, column_problems, personal, type_problems, undeclared, unknown_columns
from analysis.study.dates import date_problems
from analysis.study.grouping import Interval, as_codes, as_text, keys, routing, variables_of
from analysis.study.params import MarketSettings, Quality
from analysis.study.raw import long_cell
from analysis.study.scan import COUNT, LINE, Key, Scan, collect, first_rows, sums
from analysis.study.table import EXACT, RawTable

Find = Callable[[RawTable], Sequence[Problem]]
MINUTE = "2012-02-06T10:22"  # as much of a text as tells the day
FINITE = (-1.7976931348623157e308, 1.7976931348623157e308)  # the ends of all numbers but the infinite


def check_large(scan: Scan, market: MarketSettings, book: Codebook, quality: Quality) -> dict[str, list[float]]:
    """Variable to the codes that are met, NaN for empty cells; after the file was found to be as the codebook says.

    Raises the data error that `check_table` raises, its first problems written out and the others
    counted; besides, where a number that rows are chosen or weighted by is stored as text.
    """
    checker = _Checker(scan, market, book)
    wrong = list(type_problems(scan.kinds, checker.columns, book, scan.path.name))
    if wrong:
        raise JourneybookError("file", wrong)
    problems = list(column_problems(scan.path.name, [*scan.types], market, checker.columns, book))
    checker.problems = problems or checker.text_problems(quality)
    checker.texts(unknown_columns([*scan.types], market, checker.columns))
    if checker.problems:
        raise JourneybookError("data", checker.problems, checker.unlisted)
    asked = [name for name, question in book.questions.items() if question.kind not in (*checks.TEXT_KINDS, "bands")]
    for name in asked:
        for variable in book.columns(name):
            checker.values(name, variable)
    for name in asked:
        for variable in book.columns(name):
            checker.routing(name, variable)
        checker.exclusive(name)
    for name in (name for name, question in book.questions.items() if question.kind == "date"):
        for variable in book.columns(name):
            checker.dates(name, variable)
    checker.respondents(quality.respondent)
    checker.design()
    if checker.problems:
        raise JourneybookError("data", checker.problems, checker.unlisted)
    return checker.met


@dataclass(frozen=True)
class _Look:
    """Groups of some columns: the keys, the groups found, and the rows that were looked at."""

    keys: Mapping[str, Key]
    groups: pd.DataFrame
    frame: nw.LazyFrame

    def cells(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Columns of the file, by line, from rows that name them by their keys."""
        named = rows.set_index(LINE)[list(self.keys)].rename(columns={name: k.column for name, k in self.keys.items()})
        return as_text(named)


class _Checker:
    """The looks at one file, and the problems found so far: the first written out, all others counted."""

    def __init__(self, scan: Scan, market: MarketSettings, book: Codebook) -> None:
        self.scan, self.market, self.book = scan, market, book
        self.columns = {**book.all_columns, **market.columns}
        self.problems: list[Problem] = []
        self.unlisted = 0
        self.met: dict[str, list[float]] = {}
        self._looks: dict[str, _Look] = {}

    def table(self, cells: pd.DataFrame) -> RawTable:
        """These cells as a small table of the file; without any, its columns alone."""
        return RawTable(
            self.scan.path, self.scan.sha256, cells if len(cells) else pd.DataFrame(columns=[*self.scan.types])
        )

    def text_problems(self, quality: Quality) -> list[Problem]:
        """Columns that rows are chosen or weighted by and that hold no numbers."""
        seconds = [self.columns[quality.seconds]] if quality.seconds else []
        wanted = [*seconds, self.market.weighting.column, self.market.design.fpc]
        fix = "store it as numbers, as it is not read in memory"
        where = f"{self.scan.path.name}, column"
        texts = [column for column in wanted if column and not self.scan.is_number(column)]
        return [Problem(f"{where} {c}", "the column holds no numbers", str(self.scan.types[c]), fix=fix) for c in texts]

    def values(self, name: str, variable: str) -> None:
        """Cells that are no code of the question."""
        look = self._look(name, variable)
        self.met[variable] = as_codes(look.groups[[variable]])[variable].drop_duplicates().sort_values().to_list()

        def find(table: RawTable) -> Sequence[Problem]:
            return self._codes(table, name, variable)[1]

        self._run(look, find)

    def routing(self, name: str, variable: str) -> None:
        """Answers where nothing was asked, blanks where something was."""
        look = self._look(name, variable)

        def find(table: RawTable) -> Sequence[Problem]:
            codes = {v: self._codes(table, v.partition(".")[0], v)[0] for v in look.keys}
            frame = pd.DataFrame(codes, index=table.cells.index)
            readable = ((table.cells[self.columns[variable]] == "") | frame[variable].notna()).to_frame(variable)
            place = checks.Place(table, self.columns)
            return list(checks.routing_problems(name, variable, frame, readable, self.book, place))

        self._run(look, find)

    def exclusive(self, name: str) -> None:
        """Exclusive items of a multiple response that stand beside another."""
        items = self.book.questions[name].items if self.book.questions[name].kind == "multiple" else {}
        for key in (key for key, item in items.items() if item.exclusive):
            variables = [f"{name}.{item}" for item in items]
            column = self.columns[f"{name}.{key}"]
            chosen = nw.col(column) == 1 if self.scan.is_number(column) else None
            look = self._group({v: Key(self.columns[v]) for v in variables}, chosen)

            def find(table: RawTable, columns: list[str] = variables) -> Sequence[Problem]:
                codes = {v: self._codes(table, name, v)[0] for v in columns}
                place = checks.Place(table, self.columns)
                return list(checks.exclusive_problems(name, pd.DataFrame(codes), self.book, place))

            self._run(look, find)

    def respondents(self, variable: str) -> None:
        """Respondents without a number."""
        column = self.columns[variable]

        def find(table: RawTable) -> Sequence[Problem]:
            keys = table.cells[column].str.strip().rename(variable)
            return list(checks.key_problems(keys, checks.Place(table, self.columns)))

        self._run(self._group({variable: Key(column)}, self.scan.missing(column)), find)
        if self.scan.types[column].is_float():
            where, why = nw.col(column).abs() >= EXACT, "a number of more than 15 digits"
            self._listed(column, where, lambda cell: checks.doubtful_problem(self._at(column), cell, why))
        elif not self.scan.is_number(column):
            where, why = nw.col(column).str.contains(f"^{checks.SHORTENED}$"), "a spreadsheet's short form of a number"
            self._listed(column, where, lambda cell: checks.doubtful_problem(self._at(column), cell, why))

    def dates(self, name: str, variable: str) -> None:
        """Days that are none, or not of the fieldwork."""
        column, question = self.columns[variable], self.book.questions[name]
        cell, kind = nw.col(column), self.scan.types[column]
        day = cell.cast(nw.Date) if kind == nw.Datetime else cell.str.strip_chars().str.slice(0, len(MINUTE))
        key = Key(column, None if kind == nw.Date else day)

        def find(table: RawTable) -> Sequence[Problem]:
            where = f"{self.scan.path.name}, line {{line}}, column {column}"
            return list(date_problems(table.cells[column].str.strip(), where, question, self.market.fieldwork))

        self._run(self._group({variable: key}, ~self.scan.missing(column)), find)

    def texts(self, unknown: Sequence[str]) -> None:
        """Texts longer than declared, and addresses in columns that nothing declares."""
        longest, texts = self.market.raw.longest_cell, [c for c in self.scan.types if self.scan.types[c] == nw.String]
        if not texts:
            return
        most = {f"most {column}": nw.col(column).str.len_chars().max() for column in texts}
        mails = {f"mail {c}": nw.col(c).str.contains(EMAIL).any() for c in texts if c in unknown and not personal(c)}
        found = collect(self.scan.frame(texts).select(**most, **mails)).iloc[0]
        held = [name.removeprefix("mail ") for name in mails if found[name]]
        self.problems += [undeclared(self.scan.path.name, name, checks.MAIL) for name in held]
        for column in (name.removeprefix("most ") for name in most if found[name] and found[name] > longest):
            where = nw.col(column).str.len_chars() > longest
            self._listed(column, where, partial(_too_long, self._at(column), longest))

    def _at(self, column: str) -> str:
        return f"{self.scan.path.name}, line {{line}}, column {column}"

    def _listed(self, column: str, where: nw.Expr, told: Callable[[object], Problem]) -> None:
        """A problem for each of the first rows for which it holds; the others are counted."""
        frame = self.scan.frame([column]).filter(where)
        count = int(collect(frame.select(nw.len().alias(COUNT)))[COUNT].iloc[0])
        room = max(SHOWN - len(self.problems), 0)
        rows = collect(frame.sort(LINE).head(room)) if count and room else pd.DataFrame()
        for row in rows.to_dict("records"):
            problem = told(row[column])
            self.problems.append(replace(problem, where=problem.where.format(line=row[LINE])))
        self.unlisted += count - len(rows)

    def design(self) -> None:
        """Weights, strata, PSUs and sampling rates that are none."""
        design, weight = self.market.design, self.market.weighting.column
        if weight:
            self._weights(weight)
        for column, what in ((design.strata, "stratum"), (design.psu, "PSU")):
            if column:
                look = self._group({column: Key(column)}, self.scan.missing(column))
                self._run(look, partial(_name_problems, column, what))
        if design.fpc:
            rate = design.fpc
            self._run(self._bad_numbers(rate, 1.0), lambda table: delivered.read_rates(table, rate)[1])
        self._whole(weight, design.strata, design.fpc)

    def _weights(self, column: str) -> None:
        """Weights that are none, and those of 0 where the market's file does not allow for them."""
        self._run(self._bad_numbers(column), lambda table: delivered.read_weights(table, column)[1])
        most = collect(self.scan.frame([column]).select(nw.col(column).max()))[column]
        if not self.market.weighting.allow_zero and (most > 0).all():
            zeros = self._group({column: Key(column)}, nw.col(column) == 0)
            self._run(zeros, lambda table: delivered.zero_problems(table, column))

    def _whole(self, weight: str | None, strata: str | None, rate: str | None) -> None:
        """Weights that are all 0, a rate that differs within a stratum."""
        if weight and not self.problems:
            found = collect(self.scan.frame([weight]).select(nw.col(weight).max()))[weight]
            nothing = delivered.DeliveredDesign(weights=found.astype(float))
            self.problems += delivered.whole_problems(self.table(pd.DataFrame()), self.market, nothing)
        if rate:
            columns = [strata, rate] if strata else [rate]
            look = self._group({column: Key(column) for column in columns}, None)

            def find(table: RawTable) -> Sequence[Problem]:
                rates = delivered.DeliveredDesign(
                    strata=delivered.read_names(table, strata, "stratum")[0] if strata else None,
                    fpc=delivered.read_rates(table, rate)[0],
                )
                return list(delivered.whole_problems(table, self.market, rates))

            self._run(look, find)

    # ---- looking

    def _look(self, name: str, variable: str) -> _Look:
        """The groups of a variable and of what routes to it, kept for the next check."""
        if variable not in self._looks:
            needed = variables_of([variable, *routing(self.book.questions[name].asked_if, self.book)], self.book)
            cut = {v: bands + self._range(v) for v, bands in needed.items()}
            self._looks[variable] = self._group(keys(cut, self.columns, self.book, self.scan), None)
        return self._looks[variable]

    def _range(self, variable: str) -> list[Interval]:
        """The range of a number, and its bands; nothing for a variable of another kind."""
        name = variable.partition(".")[0]
        question = self.book.questions[name]
        return [question.range or FINITE, *self._bands.get(name, [])] if question.kind == "number" else []

    @cached_property
    def _bands(self) -> dict[str, list[Interval]]:
        """Number to all the bands that questions cut it into."""
        found: dict[str, list[Interval]] = {}
        for question in self.book.questions.values():
            if question.of:
                found.setdefault(question.of, []).extend(question.bands.values())
        return found

    def _bad_numbers(self, column: str, highest: float = FINITE[1]) -> _Look:
        cell = nw.col(column)
        good = ~self.scan.missing(column) & (cell >= 0) & (cell <= highest)
        return self._group({column: Key(column, nw.when(good).then(nw.lit(0)).otherwise(nw.lit(-1)))}, ~good)

    def _group(self, by: Mapping[str, Key], where: nw.Expr | None) -> _Look:
        frame = self.scan.frame([key.column for key in by.values()])
        frame = frame if where is None else frame.filter(where)
        groups = sums(frame, by, {LINE: (nw.col(LINE), "min")})
        return _Look(by, groups.sort_values(LINE, ignore_index=True), frame)

    def _codes(self, table: RawTable, name: str, variable: str) -> tuple[pd.Series, list[Problem]]:
        text = table.cells[self.columns[variable]].str.strip().rename(variable)
        return checks.numbers(text, name, self.book, checks.Place(table, self.columns))

    # ---- problems

    def _run(self, look: _Look, find: Find) -> None:
        """Puts the groups to a check; each kind of problem found is traced to its first rows."""
        groups = look.cells(look.groups)
        found = find(self.table(groups)) if len(groups) else []
        for kind in dict.fromkeys(problem.problem for problem in found):
            lines = [_line(problem) for problem in found if problem.problem == kind]
            bad = look.groups[look.groups[LINE].isin(lines)]
            count, room = int(bad[COUNT].sum()), SHOWN - len(self.problems)
            shown = self._first(look, find, groups, bad, kind, room) if room > 0 else []
            self.problems += shown
            self.unlisted += count - len(shown)

    def _first(
        self, look: _Look, find: Find, groups: pd.DataFrame, bad: pd.DataFrame, kind: str, room: int
    ) -> list[Problem]:
        """The first problems of this kind, by line: those of the rows that lie in the groups that are bad.

        The first 20 such rows lie in the 20 groups whose first rows come first.
        """
        columns = {name: key.column for name, key in look.keys.items()}
        rows = first_rows(look.frame, look.keys, bad.head(room), list(columns.values()), room)
        cells = as_text(rows.set_index(LINE))
        # A rate is held against that of its stratum's first row, so the groups stay beside the rows.
        both = pd.concat([cells, groups[~groups.index.isin(cells.index)]]).sort_index()
        wanted = set(cells.index)
        return [p for p in find(self.table(both)) if p.problem == kind and _line(p) in wanted][:room]


def _too_long(where: str, longest: int, cell: object) -> Problem:
    return long_cell(where, len(str(cell)), longest)


def _name_problems(column: str, what: str, table: RawTable) -> list[Problem]:
    return delivered.read_names(table, column, what)[1]


def _line(problem: Problem) -> int:
    """The line that a problem's place names."""
    return int(re.findall(r", line (\d+), column ", problem.where)[-1])
