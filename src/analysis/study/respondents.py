"""Codes -> ordered answers, nets, bands and masks; missing, don't know and not asked stay distinct."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.study.checks import CheckedTable, asked, check_table
from analysis.study.codebook import Code, Codebook, Figure
from analysis.study.columns import columns_of, unknown_columns
from analysis.study.delivered import DeliveredDesign, single_psu_problems
from analysis.study.params import MarketSettings, Study
from analysis.study.quality import Account, straight_lined
from analysis.study.raw import read_raw
from analysis.study.table import RawTable

ANSWERED = "answered"
STATUSES = [ANSWERED, "dont_know", "refused", "no_answer", "not_applicable", "not_asked"]
STATUS = pd.CategoricalDtype(STATUSES)


@dataclass(frozen=True)
class Sample:
    """How many rows were delivered and why some are not used (counts of rows), and what else was noticed."""

    delivered: int
    duplicates: int
    speeders: int
    account: Account = field(default=Account(), compare=False)

    @property
    def used(self) -> int:
        return self.delivered - self.duplicates - self.speeders


@dataclass(frozen=True)
class Respondents:
    """The respondents of one market who are used.

    `answers`: a column a variable, ordered categories of codes (numbers for numeric questions,
    band names for bands); NaN where no substantive answer was given. `status`: the same columns;
    answered, dont_know, refused, no_answer, not_applicable or not_asked. `design`: the delivered
    weights, strata and PSUs. Rows are indexed by line in the file.
    """

    market: str
    codebook: Codebook
    answers: pd.DataFrame
    status: pd.DataFrame
    design: DeliveredDesign
    sample: Sample
    sha256: str

    def in_base(self, variable: str) -> np.ndarray:
        """True where the respondent counts in the base of a share of this variable."""
        kept = np.isin(STATUSES, [ANSWERED, *self.codebook.in_base])
        return np.asarray(kept[self.status[variable].cat.codes])

    def indicator(self, figure: Figure) -> pd.Series:
        """1.0 where the figure's answer was given, 0.0 where not, NaN outside its base and domain.

        For a multiple response the figure's item is an item or a net of items, and the base is
        everybody who was asked; for a grid it is the line, and the answer one of its scale's. For a mean:
        the code, NaN without a substantive answer.
        """
        question, item = figure.question, figure.item
        if figure.mean:
            return self.numbers(question, item).where(self.mask(figure.domain))
        if self.codebook.questions[question].kind == "multiple":
            if item is None:
                raise ValueError(f"{question} is a multiple response: name an item or a net")
            nets = self.codebook.nets(question)
            members = [str(m) for m in nets[item].answers] if item in nets else [item]
            columns = [f"{question}.{member}" for member in members]
            inside = np.logical_and.reduce([self.in_base(column) for column in columns])
            given = np.logical_or.reduce([self._gave(column, 1) for column in columns])
        else:
            variable = f"{question}.{item}" if item else question
            inside = self.in_base(variable)
            given = self._gave(variable, figure.choice)
        values = np.where(inside & self.mask(figure.domain), given.astype(float), np.nan)
        return pd.Series(values, index=self.answers.index)

    def numbers(self, question: str, item: str | None = None) -> pd.Series:
        """The codes of a number, a scale or a grid's item, or a composite's mean of at least half of its items.

        NaN where no substantive answer was given.
        """
        composite = self.codebook.questions[question].composites.get(item or "")
        if composite is None:
            return self.answers[f"{question}.{item}" if item else question].astype(float)
        low, high = self.codebook.scale_range(question) or (0.0, 0.0)
        values = self.answers[[f"{question}.{one}" for one in composite.items]].astype(float)
        turned = [f"{question}.{one}" for one in composite.reversed]
        values[turned] = low + high - values[turned]
        return values.mean(axis=1).where(values.notna().sum(axis=1) * 2 >= len(composite.items))

    def has(self, figure: Figure) -> bool:
        """False for a kind of missing answer, such as don't know, that nobody gave."""
        variable = f"{figure.question}.{figure.item}" if figure.item else figure.question
        return figure.choice not in STATUSES or bool((self.status[variable] == figure.choice).any())

    def mask(self, domain: Mapping[str, Code]) -> np.ndarray:
        """True for respondents in the domain: variable to an answer, net or band, all to hold."""
        inside = np.ones(len(self.answers), dtype=bool)
        for variable, answer in domain.items():
            inside &= self._gave(variable, answer)
        return inside

    def _gave(self, variable: str, answer: Code | None) -> np.ndarray:
        name = variable.partition(".")[0]
        question = self.codebook.questions[name]
        nets = {} if question.kind == "multiple" else self.codebook.nets(name)
        members = nets[str(answer)].answers if str(answer) in nets else (answer,)
        if str(answer) in STATUSES:
            return np.asarray(self.status[variable].cat.codes == STATUSES.index(str(answer)))
        values, kind = self.answers[variable], str if question.kind == "bands" else int
        chosen = {kind(member) for member in members if member is not None}
        if question.kind == "number":
            return np.isin(values, list(chosen))
        # Looked up by the places of the categories, which is many times faster than by their values.
        picked = np.array([category in chosen for category in values.cat.categories] + [False])
        return np.asarray(picked[values.cat.codes])


def read_respondents(study: Study, market: str) -> Respondents:
    """The market's respondents: read, checked, without duplicates, speeders and identifiers.

    Raises file and data errors that name file, line, column and value.
    """
    settings = study.market(market)
    raw = read_raw(settings.raw, study.folder, study.settings.large.rows_in_memory)
    book = study.codebook.offering(settings.offered)
    quality = study.settings.quality
    table = check_table(raw, settings, book, quality)
    keep, sample = _quality(table, study)
    if not keep.any():
        problem = Problem(raw.path.name, "no respondent is left after the quality checks")
        raise JourneybookError("data", problem)
    design = table.design.of(keep)
    alone = single_psu_problems(design, settings, raw.path.name)
    if alone:
        raise JourneybookError("data", alone)
    codes = table.codes[keep]
    answers, status = code_answers(codes, book, settings.not_asked)
    sample = replace(sample, account=_account(raw, settings, book, codes, table.misrouted, quality.seconds))
    return Respondents(market, book, answers, status, design, sample, raw.sha256)


def _account(
    raw: RawTable,
    market: MarketSettings,
    book: Codebook,
    codes: pd.DataFrame,
    misrouted: Mapping[str, int],
    seconds: str | None,
) -> Account:
    """What was noticed of the respondents used (`codes`) and of the file's columns."""
    present, columns = [*raw.cells.columns], columns_of(market, book)
    straight, in_any = straight_lined(codes, book)
    return Account(
        market.identifiers,
        tuple(unknown_columns(present, market, columns, book.all_columns.values())),
        market.raw.rows,
        straight,
        in_any,
        int(codes.drop(columns=seconds or []).duplicated().sum()),
        misrouted,
        raw.notes,
    )


def _quality(table: CheckedTable, study: Study) -> tuple[pd.Series, Sample]:
    quality = study.settings.quality
    duplicate = table.keys[quality.respondent].duplicated()
    fast = pd.Series(False, index=table.codes.index)
    if quality.seconds:
        fast = (table.codes[quality.seconds] < quality.minimum_seconds) & ~duplicate
    sample = Sample(len(table.codes), int(duplicate.sum()), int(fast.sum()))
    return ~(duplicate | fast), sample


def code_answers(
    codes: pd.DataFrame, book: Codebook, left_out: Collection[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers and statuses, as `Respondents` has them, of checked codes (a column a variable).

    `left_out` are the questions that this market did not ask anybody.
    """
    answers: dict[str, pd.Series] = {}
    status: dict[str, pd.Series] = {}
    for name, question in book.questions.items():
        missing = book.missing_codes(name)
        may_be_blank = book.blank_allowed(name) and name not in left_out
        blank = np.where(asked(question.asked_if, codes, book) & may_be_blank, "no_answer", "not_asked")
        known = pd.CategoricalDtype([0, 1] if question.kind == "multiple" else list(book.answers(name)), ordered=True)
        for variable in book.columns(name):
            if variable not in codes:
                continue
            status[variable] = _status(codes[variable], missing, blank)
            values = np.where(status[variable].cat.codes == 0, codes[variable], np.nan)
            if question.kind == "number":
                answers[variable] = pd.Series(values, index=codes.index)
            else:
                places = known.categories.get_indexer(pd.Index(values))
                answers[variable] = pd.Series(pd.Categorical.from_codes(places, dtype=known), index=codes.index)
    for name, question in book.questions.items():
        if question.kind == "bands" and question.of:
            answers[name] = _bands(answers[question.of], question.bands)
            status[name] = status[question.of]
    return pd.DataFrame(answers), pd.DataFrame(status)


def _status(codes: pd.Series, missing: Mapping[int, str], blank: np.ndarray) -> pd.Series:
    """Which kind of answer each cell holds; `blank` is what an empty cell means for each respondent."""
    place = {kind: number for number, kind in enumerate(STATUSES)}
    values = codes.to_numpy(float)
    kinds = np.where(np.isnan(values), np.where(blank == "no_answer", place["no_answer"], place["not_asked"]), 0)
    for code, kind in missing.items():
        kinds[values == code] = place[kind]
    return pd.Series(pd.Categorical.from_codes(kinds, dtype=STATUS), index=codes.index)


def _bands(values: pd.Series, bands: Mapping[str, tuple[float, float]]) -> pd.Series:
    labels = pd.Series(np.nan, index=values.index, dtype=object)
    for label, (low, high) in bands.items():
        labels = labels.where(~values.between(low, high), label)
    return labels.astype(pd.CategoricalDtype(list(bands), ordered=True))
