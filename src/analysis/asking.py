"""A market asked: shares, means and differences of its questions, as estimates that a page can show."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from analysis.opening import SAMPLES, large_sample
from analysis.report import words
from analysis.report.disclosure import graver
from analysis.report.labels import Labels
from analysis.report.lettering import declare
from analysis.report.rows import TOTAL, Estimates, mark_letters, told
from analysis.report.sample import errors_from
from analysis.study.chapters import Banner
from analysis.study.codebook import Code, Figure
from analysis.study.params import MarketSettings, Study
from analysis.study.register import Gap
from analysis.study.respondents import Respondents, read_respondents
from analysis.study.settings import say
from analysis.survey.compare import Difference, adjusted
from analysis.tidy import Domain, Tidy
from analysis.weighing import weigh
from analysis.withholding import Withholding

Given = Figure | Mapping[str, Any]  # a figure, or its keys


class Asked:
    """A market's respondents, weighted, and what they answered."""

    def __init__(self, study: Study, code: str) -> None:
        self.study = study
        self.code = code
        self.settings: MarketSettings = study.market(code)
        self.book = study.codebook.offering(self.settings.offered)  # the questions as they were put here
        self.large = large_sample(study, code)
        if self.large is None:
            self.respondents: Respondents = read_respondents(study, code)
            self.weighting, self.design = weigh(self.settings, self.respondents)
        else:
            self.respondents = self.large.respondents
            self.weighting, self.design = self.large.weighting, self.large.design
        sample, design_effect = self.respondents.sample, round(self.weighting.design_effect, 6)
        SAMPLES[code] = {"delivered": sample.delivered, "used": sample.used, "design_effect": design_effect}
        declare(study.fonts)
        self.wave = self.settings.wave or study.settings.wave
        self.language = study.language
        self.name = say(self.settings.name, self.language)
        self.place = say(self.settings.place or self.settings.name, self.language)
        self.people = say(self.settings.people, self.language)
        self.level = study.settings.confidence_level
        self.toplines: dict[str, Estimates] = {}  # those made before, all at once
        self.labels = Labels(study.codebook, self.people, self.level, self.language)

    @property
    def source(self) -> str:
        """Where the figures come from, to stand under a table or chart."""
        how = "weighted" if self.settings.weighting.cells else "raked"
        raked = f"{how} to {words.listed(self._targets)}" if self._targets else "the agency's weights"
        kind = " Synthetic respondents: an illustration, not a finding." if self.synthetic else ""
        return f"Source: {self.name}, wave {self.wave}, {raked}; {errors_from(self.design)}.{kind}"

    @property
    def synthetic(self) -> bool:
        return self.settings.source == "synthetic"

    # ---- estimates

    def shares(
        self,
        question: str,
        *,
        item: str | Iterable[str] | None = None,
        answer: Code | Iterable[Code] | None = None,
        net: str | Iterable[str] | None = None,
        by: str | None = None,
        domain: Domain | None = None,
    ) -> Estimates:
        """Weighted shares of a question, with intervals and bases.

        Rows: the items (all, or those named) of a grid or a multiple response; the answers of a
        single choice, or the `answer` or `net` named. `by` adds, beside the total, each answer of
        another question; `domain` limits everything to respondents with given answers.
        """
        chosen = net if net is not None else answer
        figures = self.book.figures(question, item=item, answer=chosen)
        domains, groups = self._split(by, domain)
        return self._estimates(figures, domains, self.labels.base(question, domain), groups=groups)

    def topline(self, question: str) -> Estimates:
        """All answers of a question, or of one line of a grid (`question.item`), by the banner.

        Of a whole grid: a row an item, a column an answer, in total.
        """
        name, _, item = question.partition(".")
        if self.book.questions[name].kind == "grid" and not item:
            return self._lines(name)
        figures = self.book.figures(name, item=item or None)
        if question in self.toplines:
            return self.toplines[question]
        domains: dict[str, Domain] = {TOTAL: {}}
        groups = {}
        for banner, (start, columns) in self.banners.items():
            if banner.question != name and banner.page:
                domains |= columns
                groups[start] = list(columns)
        measure = self.labels.wording(name) or self.labels.measure(figures)
        estimates = self._estimates(figures, domains, self.labels.base(name), measure, groups)
        if item:
            answers = [self.book.answer_label(name, a, self.language) for a in estimates.rows["answer"]]
            return estimates.relabelled(answers)
        return estimates

    def by_banner(
        self, figures: list[Figure], families: Sequence[Hashable]
    ) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        """The tidy frame of these figures in total and by every group of the banner, and the tests behind its letters.

        P-values are adjusted within each of the `families`, one a figure.
        """
        banners = dict(self.banners.values())
        domains: dict[str, Domain] = {TOTAL: {}}
        for columns in banners.values():
            domains |= columns
        tidy = self._tidy
        rows = tidy.rows(figures, domains)
        if not banners:
            return rows, None
        tests = told(tidy.tests(figures, banners, families), rows)
        return mark_letters(rows, tests, families), tests

    def given(self, figures: list[Figure]) -> list[Figure]:
        """The figures without those of a kind of missing answer that nobody gave."""
        return self._tidy.given(figures)

    def _lines(self, grid: str) -> Estimates:
        """A grid's answers side by side: a row an item, a column an answer."""
        book = self.book
        given = {figure.choice for figure in self.given(book.figures(grid))}
        figures = [figure for figure in book.figures(grid) if figure.choice in given]
        rows = self.rows(figures, {TOTAL: {}})
        rows["label"] = [book.item_label(grid, str(figure.item), self.language) for figure in figures]
        rows["domain_label"] = [book.answer_label(grid, str(figure.choice), self.language) for figure in figures]
        rows["domain"] = rows["answer"]
        measure = self.labels.wording(grid) or self.labels.measure(figures)
        return Estimates(rows, measure, self.labels.base(grid), self.source, self.language)

    def rows(self, figures: list[Figure], domains: Mapping[str, Domain]) -> pd.DataFrame:
        """The tidy frame of these figures in each domain, labelled and with low bases flagged."""
        return self._tidy.rows(figures, domains)

    def means(
        self,
        question: str,
        *,
        item: str | Iterable[str] | None = None,
        by: str | None = None,
        domain: Domain | None = None,
    ) -> Estimates:
        """Weighted means of a number or of a scale's codes, with intervals and bases; don't-knows are left out.

        Rows: the question itself, or the items or composites of a grid (all items, or those named).
        `by` and `domain` as in `shares`.
        """
        named = [item] if isinstance(item, str) else item or self.book.questions[question].items
        items: list[str | None] = [*named] or [None]
        figures = [Figure(question=question, item=one, mean=True) for one in items]
        domains, groups = self._split(by, domain)
        found = self._estimates(figures, domains, self.labels.base(question, domain), groups=groups)
        return replace(found, limits=self._limits(question))

    def differences(
        self,
        pairs: Mapping[str, tuple[Figure | Mapping[str, Any], Figure | Mapping[str, Any]]],
        *,
        measure: str,
        base: str,
    ) -> Estimates:
        """One row a label: the first figure of its pair less the second, in points (of means: in their unit).

        A figure may be given by its keys (question, item, answer, net, mean, domain). `p_adjusted` is by
        Holm over all rows. `measure` and `base` say in words what is subtracted, and of whom.
        """
        figures = {label: [given_figure(figure) for figure in pair] for label, pair in pairs.items()}
        rows = self.rows([figure for pair in figures.values() for figure in pair], {TOTAL: {}})
        gaps = [self.difference(*pair) for pair in figures.values()]
        ends = np.array([gap.interval(self.level) for gap in gaps])
        first, second = rows.iloc[::2].reset_index(drop=True), rows.iloc[1::2].reset_index(drop=True)
        units = ["gap" if pair[0].mean else "points" for pair in figures.values()]
        worst = [graver(*flags) for flags in zip(first["flag"], second["flag"], strict=True)]
        made = first.assign(
            label=list(figures),
            unit=units,
            estimate=[gap.estimate for gap in gaps],
            conf_low=ends[:, 0],
            std_error=[gap.std_error for gap in gaps],
            conf_high=ends[:, 1],
            flag=worst,
            design_effect=np.nan,
            degrees_of_freedom=[gap.degrees_of_freedom for gap in gaps],
            p_adjusted=adjusted(np.array([gap.p_value for gap in gaps])),
        )
        for column in ("unweighted_base", "weighted_base", "effective_base"):
            made[column] = np.minimum(first[column], second[column])
        return Estimates(made, f"{measure}, {self.labels.intervals}", base, self.source, self.language)

    def ranks(self, estimates: Estimates) -> Estimates:
        """The same figures of one domain with the ranks that each may have, at joint confidence."""
        ranks = self._tidy.ranks([figure_of(row) for _, row in estimates.rows.iterrows()])
        return replace(estimates, rows=estimates.rows.assign(**{n: ranks[n].to_numpy() for n in ranks}))

    def difference(self, first: Figure, second: Figure) -> Difference:
        """`first` less `second`, two figures of this market; their domains may overlap."""
        return self._tidy.difference(first, second)

    def values(self, figures: Sequence[Given]) -> pd.DataFrame:
        """One column a figure, one row a respondent: 1, 0 or a number, NaN outside its base and domain."""
        if self.large:
            raise self.large.refusal("models")
        columns = [self.respondents.indicator(given_figure(figure)) for figure in figures]
        return pd.concat(columns, axis=1, keys=range(len(columns)))

    def withheld(self, figure: Figure) -> bool:
        """Whether a public book withholds the figure."""
        return self._tidy.withheld(figure)

    def was_asked(self, figure: Figure) -> bool:
        """Whether the market asked what a figure stands on."""
        return self._tidy.was_asked(figure, {})

    def gaps(self, gaps: Sequence[Gap]) -> list[Difference]:
        """Weighted sums of figures of this market, many at once: (1, first) and (-1, second) is a difference."""
        return self._tidy.gaps(gaps)

    @property
    def questions(self) -> dict[str, str]:
        """Question to its title, for every question with answers."""
        book, titles = self.book, {}
        for name, question in book.questions.items():
            if question.kind in ("single", "multiple", "grid", "bands"):
                titles[name] = book.question_label(name, self.language)
        return titles

    @property
    def banners(self) -> dict[Banner, tuple[int, dict[str, Domain]]]:
        """Each banner's place of its first letter, and its columns among the answers of this market.

        A group has one letter in the whole book.
        """
        found: dict[Banner, tuple[int, dict[str, Domain]]] = {}
        start = 0
        for banner in self.study.settings.banner:
            name = banner.question
            chosen = [a for a in banner.answers or self.book.choices(name) if self.book.has_answer(name, a)]
            found[banner] = start, {f"{name}={answer}": {name: answer} for answer in chosen}
            start += len(chosen)
        return found

    # ---- inner workings

    @property
    def _targets(self) -> list[str]:
        return [
            words.lower_first(self.book.question_label(name, self.language)) for name in self.settings.weighting.margins
        ]

    def _estimates(
        self,
        figures: list[Figure],
        domains: Mapping[str, Domain],
        base: str,
        measure: str | None = None,
        groups: Mapping[int, list[str]] | None = None,
    ) -> Estimates:
        """The figures in each domain; those of one of `groups`, keyed by first letter, are compared."""
        given = self.given(figures)
        tidy = self._tidy
        rows, tests = tidy.rows(given, domains), None
        if groups:
            banners = {start: {key: domains[key] for key in keys} for start, keys in groups.items()}
            tests = told(tidy.tests(given, banners), rows)
            rows = mark_letters(rows, tests)
        measure = measure or self.labels.measure(figures)
        return Estimates(rows, measure, base, self.source, self.language, tests)

    @property
    def _tidy(self) -> Tidy:
        if self.large:
            return self.large.tidy(self.labels, self._withholding)
        return Tidy(self.study, self.respondents, self.design, self.labels, self._withholding)

    @cached_property
    def _withholding(self) -> Withholding | None:
        """What is withheld; None in a book that is not for the public."""
        settings = self.study.settings
        if not settings.confidentiality.public:
            return None
        plain: Tidy = (
            self.large.tidy(self.labels) if self.large else Tidy(self.study, self.respondents, self.design, self.labels)
        )
        return Withholding(settings, self.book, plain.counts)

    def _split(self, by: str | None, domain: Domain | None) -> tuple[dict[str, Domain], dict[int, list[str]]]:
        """The total and each answer of `by`, limited to `domain`; and the groups that are compared."""
        domains: dict[str, Domain] = {TOTAL: dict(domain or {})}
        if by:
            domains |= {str(a): {by: a, **(domain or {})} for a in self.book.choices(by)}
        first = {banner.question: start for banner, (start, _) in self.banners.items()}
        return domains, {first.get(by, 0): list(domains)[1:]} if by else {}

    def _limits(self, question: str) -> tuple[float, float] | None:
        """Where an axis of means begins and ends: the ends of the scale; a number has none."""
        return None if self.book.questions[question].kind == "number" else self.book.scale_range(question)


def given_figure(given: Given) -> Figure:
    """The figure, or the one that has these keys."""
    return given if isinstance(given, Figure) else Figure(**given)


def figure_of(row: pd.Series) -> Figure:
    """The figure that a row of estimates is of, without its domain."""
    mean = row.get("unit") == "mean"
    return Figure(question=row["question"], item=row["item"] or None, answer=row["answer"] or None, mean=mean)
