"""One market, opened: its respondents, its design, and the verbs that a notebook uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd

from analysis.opening import large_sample, read_before
from analysis.replication import judge_claims
from analysis.report import page, words
from analysis.report.labels import Labels
from analysis.report.page import Html
from analysis.report.rows import TOTAL, Estimates, Reading, mark_letters
from analysis.report.sample import SampleReport, errors_from
from analysis.report.verdicts import Verdicts
from analysis.study.codebook import Code, Figure
from analysis.study.params import MarketSettings, Study, find_study, read_study
from analysis.study.respondents import Respondents, read_respondents
from analysis.study.settings import say
from analysis.survey.compare import Difference, difference_from_average
from analysis.tidy import Domain, Tidy
from analysis.weighing import replicate, weigh


class Market:
    """A market's respondents, weighted, with the questions of the study put to them."""

    def __init__(self, study: Study, code: str) -> None:
        self.study = study
        self.code = code
        self.settings: MarketSettings = study.market(code)
        self.large = large_sample(study, code)
        if self.large is None:
            self.respondents: Respondents = read_respondents(study, code)
            self.weighting, self.design = weigh(self.settings, self.respondents)
        else:
            self.respondents = self.large.respondents
            self.weighting, self.design = self.large.weighting, self.large.design
        self.language = study.language
        self.name = say(self.settings.name, self.language)
        self.place = say(self.settings.place or self.settings.name, self.language)
        self.people = say(self.settings.people, self.language)
        self.level = study.settings.confidence_level
        self.labels = Labels(study.codebook, self.people, self.level, self.language)

    @property
    def source(self) -> str:
        """Where the figures come from, to stand under a table or chart."""
        how = "weighted" if self.settings.weighting.cells else "raked"
        raked = f"{how} to {words.listed(self._targets)}" if self._targets else "the agency's weights"
        kind = " Synthetic respondents: an illustration, not a finding." if self.synthetic else ""
        wave = self.study.settings.wave
        return f"Source: {self.name}, wave {wave}, {raked}; {errors_from(self.design)}.{kind}"

    @property
    def synthetic(self) -> bool:
        return self.settings.source == "synthetic"

    def with_replicates(
        self, method: Literal["jackknife", "bootstrap"], *, replicates: int = 500, seed: int = 1
    ) -> Market:
        """The same market with every error from replicates, each weighted anew: a cross-check.

        `jackknife` leaves out one PSU at a time; `bootstrap` draws `replicates` samples of PSUs (Rao
        and Wu) from `seed`. What other markets bring to a comparison keeps its own errors.
        """
        if self.large:
            raise self.large.refusal("replicates")
        other = copy(self)
        other.__dict__.pop("claims", None)
        other.__dict__.pop("sample", None)
        other.design = replicate(self.settings, self.respondents, self.design, method, replicates=replicates, seed=seed)
        return other

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
        figures = self.study.codebook.figures(question, item=item, answer=chosen)
        domains: dict[str, Domain] = {TOTAL: dict(domain or {})}
        if by:
            answers = self.study.codebook.choices(by)
            domains |= {str(a): {by: a, **(domain or {})} for a in answers}
        groups = {self._first_letters.get(by, 0): list(domains)[1:]} if by else {}
        return self._estimates(figures, domains, self.labels.base(question, domain), groups=groups)

    def topline(self, question: str) -> Estimates:
        """All answers of a question, or of one line of a grid (`question.item`), by the banner."""
        name, _, item = question.partition(".")
        figures = self.study.codebook.figures(name, item=item or None)
        domains: dict[str, Domain] = {TOTAL: {}}
        groups = {}
        for banner in self.study.settings.banner:
            if banner.question != name:
                chosen = banner.answers or self.study.codebook.choices(banner.question)
                columns: dict[str, Domain] = {f"{banner.question}={a}": {banner.question: a} for a in chosen}
                domains |= columns
                groups[self._first_letters[banner.question]] = list(columns)
        measure = self.labels.wording(name) or self.labels.measure(figures)
        estimates = self._estimates(figures, domains, self.labels.base(name), measure, groups)
        if item:
            answers = [self.study.codebook.answer_label(name, a, self.language) for a in estimates.rows["answer"]]
            return estimates.relabelled(answers)
        return estimates

    def rows(self, figures: list[Figure], domains: Mapping[str, Domain]) -> pd.DataFrame:
        """The tidy frame of these figures in each domain, labelled and with low bases flagged."""
        return self._tidy.rows(figures, domains)

    def key_figures(self, *names: str) -> Estimates:
        """The key figures of the study file, all or those named, one row each."""
        chosen = names or tuple(self.study.settings.key_figures)
        figures = [self.study.settings.key_figures[name] for name in chosen]
        rows = self.rows([*figures], {TOTAL: {}})
        rows["label"] = [self.key_label(name) for name in chosen]
        rows["item"] = list(chosen)
        return Estimates(
            rows, f"Percent, weighted, {self.labels.intervals}", f"{self.people}, as named", self.source, self.language
        )

    @property
    def published(self) -> dict[str, float]:
        """Label of a key figure to the percent published for this market, or for all."""
        figures = self.study.settings.key_figures
        return self.published_for({self.key_label(name): figure.claims for name, figure in figures.items()})

    def published_for(self, claims: Mapping[str, str | Iterable[str]]) -> dict[str, float]:
        """Label to published percent, from label to claim id, or ids: the first that concerns this market."""
        printed = {
            label: self.study.claims.printed((ids,) if isinstance(ids, str) else tuple(ids), self.code)
            for label, ids in claims.items()
        }
        return {label: value for label, value in printed.items() if value is not None}

    def beside_average(self, name: str) -> str:
        """A key figure beside the average of all markets, counted as the study says, in a sentence."""
        figure, codes = self.study.settings.key_figures[name], self.study.settings.markets
        rows = [(self if c == self.code else self.sibling(c)).rows([figure], {TOTAL: {}}).iloc[0] for c in codes]
        gap = difference_from_average(rows, codes.index(self.code), self.study.populations(codes))
        what, of = say(figure.label, self.language), f"all {words.number(len(codes), self.language)} markets"
        row = rows[codes.index(self.code)]
        if row["flag"] == "suppressed":
            return words.too_few(self.people, self.language)
        return words.beside(row["estimate"], gap, what, of, self.level, self.language)

    def cards(self) -> Html:
        """The key figures as cards: number, what it counts, interval and base."""
        readings = [Reading(row, self.language) for _, row in self.key_figures().rows.iterrows()]
        entries = [(r.marked, words.lower_first(r.label), r.how.replace(", ", "\n")) for r in readings]
        return page.cards(entries)

    # ---- comparisons

    def lead(self, ranked: Estimates) -> str:
        """Whether the first of a ranking is ahead of the second by more than chance."""
        first, second, gap, level = self._first_two(ranked)
        return words.lead(first["label"], words.lower_first(second["label"]), gap, level, self.language)

    def margin(self, ranked: Estimates) -> str:
        """The same as the end of a title: "by a clear margin", or not."""
        return words.margin(*self._first_two(ranked)[2:], self.language)

    def ranks(self, estimates: Estimates) -> Estimates:
        """The same figures of one domain with the ranks that each may have, at joint confidence."""
        ranks = self._tidy.ranks([_figure(row) for _, row in estimates.rows.iterrows()])
        return replace(estimates, rows=estimates.rows.assign(**{n: ranks[n].to_numpy() for n in ranks}))

    def contrast(
        self, question: str, groups: Mapping[str, Domain], *, item: str | None = None, net: str | None = None
    ) -> str:
        """One figure compared in two groups, in a sentence; `groups` maps their names to domains."""
        first, second = (
            Figure(question=question, item=item, net=net, domain=dict(domain)) for domain in groups.values()
        )
        names = list(groups)
        for name, figure in zip(names, (first, second), strict=True):
            if self._tidy.answered(figure) < self.study.settings.low_base.suppress_below:
                return words.too_few(name, self.language)
        return words.contrast(names[0], names[1], self.difference(first, second), self.level, self.language)

    def difference(self, first: Figure, second: Figure) -> Difference:
        """`first` less `second`, two figures of this market; their domains may overlap."""
        return self._tidy.difference(first, second)

    # ---- the claims, the sample and the page

    @cached_property
    def claims(self) -> Verdicts:
        """Every published claim that concerns this market, with its verdict."""
        return judge_claims(self)

    @cached_property
    def sample(self) -> SampleReport:
        """Who answered, how they were weighted and what that cost."""
        questions = list(self.settings.weighting.margins) or [b.question for b in self.study.settings.banner]
        composition = self._tidy.composition(questions)
        return SampleReport(
            self.settings, self.respondents, self.weighting, self.labels, composition, errors_from(self.design)
        )

    def sibling(self, code: str) -> Market:
        """Another market of the same study."""
        return market_of(self.study, code)

    @property
    def questions(self) -> dict[str, str]:
        """Question (or `question.item` of a grid) to its title, for every question with answers."""
        book, titles = self.study.codebook, {}
        for name, question in book.questions.items():
            label = book.question_label(name, self.language)
            if question.kind == "grid":
                for item in question.items:
                    titles[f"{name}.{item}"] = f"{label}: {words.lower_first(book.item_label(name, item))}"
            elif question.kind in ("single", "multiple", "bands"):
                titles[name] = label
        return titles

    @property
    def provenance(self) -> str:
        """Where the page's numbers come from, for the foot of a page."""
        return (
            f"{self.people}, {self.sample.interviewed}. {self.sample.weighted_how} "
            f"Design effect of the weights (Kish) {self.weighting.design_effect:.2f}. "
            f"Raw file sha256 {self.respondents.sha256[:12]}."
        )

    # ---- inner workings

    @property
    def _targets(self) -> list[str]:
        return [
            words.lower_first(self.study.codebook.question_label(name, self.language))
            for name in self.settings.weighting.margins
        ]

    def _first_two(self, ranked: Estimates) -> tuple[pd.Series, pd.Series, Difference, float]:
        """The first two rows, their difference, and the level that holds jointly over all rivals."""
        first, second = (ranked.first(rank).row for rank in (1, 2))
        joint = 1 - (1 - self.level) / max(ranked.count - 1, 1)
        return first, second, self.difference(_figure(first), _figure(second)), joint

    def _estimates(
        self,
        figures: list[Figure],
        domains: Mapping[str, Domain],
        base: str,
        measure: str | None = None,
        groups: Mapping[int, list[str]] | None = None,
    ) -> Estimates:
        """The figures in each domain; those of one of `groups`, keyed by first letter, are compared."""
        given = self._tidy.given(figures)
        rows, tests = self.rows(given, domains), None
        if groups:
            banners = {start: {key: domains[key] for key in keys} for start, keys in groups.items()}
            tests = self._tidy.tests(given, banners)
            rows = mark_letters(rows, tests)
        measure = measure or self.labels.measure(figures)
        return Estimates(rows, measure, base, self.source, self.language, tests)

    @property
    def _first_letters(self) -> dict[str, int]:
        """Question of the banner to the place of its first letter: a group has one letter in the whole book."""
        letters, given = {}, 0
        for banner in self.study.settings.banner:
            letters[banner.question] = given
            given += len(banner.answers or self.study.codebook.choices(banner.question))
        return letters

    @property
    def _tidy(self) -> Tidy:
        if self.large:
            return self.large.tidy(self.labels)
        return Tidy(self.study, self.respondents, self.design, self.labels)

    def key_label(self, name: str) -> str:
        """What a key figure counts, to stand alone."""
        label = say(self.study.settings.key_figures[name].label, self.language)
        return label[:1].upper() + label[1:]


def _figure(row: pd.Series) -> Figure:
    return Figure(question=row["question"], item=row["item"] or None, answer=row["answer"] or None)


def open_market(country: str, study: str | Path = "params") -> Market:
    """The market of that code in the study folder, checked, weighted and ready to be asked.

    Raises a config error with the list of markets where there is none of that code.
    """
    before: Market | None = read_before(find_study(study), country)
    return before or Market(read_study(study), country)


def market_of(study: Study, code: str) -> Market:
    """The market of that code in a study that has been read."""
    before: Market | None = read_before(study.folder, code)
    return before or Market(study, code)
