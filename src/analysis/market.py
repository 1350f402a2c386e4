"""One market, opened: its respondents, its design, and the verbs that a notebook uses."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd

from analysis.asking import Asked, figure_of
from analysis.errors import ABOUT_A_MARKET, JourneybookError
from analysis.opening import REFUSED, read_before
from analysis.replication import Found, judge_claims, put
from analysis.report import words
from analysis.report.disclosure import HIDDEN
from analysis.report.rows import TOTAL, Estimates, Reading
from analysis.report.sample import SampleReport, errors_from
from analysis.report.verdicts import Verdicts
from analysis.report.weights import cautions, weight_notes
from analysis.study.codebook import Figure
from analysis.study.params import Study, find_study, read_study
from analysis.study.running import REPORTING
from analysis.study.settings import say
from analysis.survey.compare import Difference
from analysis.tidy import Domain
from analysis.weighing import replicate


class Market(Asked):
    """A market as a notebook opens it: what was asked, and the words, claims and sample of its pages."""

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
        for made in ("found", "claims", "sample"):
            other.__dict__.pop(made, None)
        other.toplines = {}
        other.design = replicate(self.settings, self.respondents, self.design, method, replicates=replicates, seed=seed)
        return other

    def key_figures(self, *names: str) -> Estimates:
        """The key figures of the study file, one row each: those named, or the headlines."""
        chosen = names or tuple(self.study.settings.headline_figures)
        figures = [self.study.settings.key_figures[name] for name in chosen]
        rows = self.rows([*figures], {TOTAL: {}})
        rows["label"] = [self.key_label(name) for name in chosen]
        rows["item"] = list(chosen)
        return Estimates(
            rows, f"Percent, weighted, {self.labels.intervals}", f"{self.people}, as named", self.source, self.language
        )

    @property
    def published(self) -> dict[str, float]:
        """Label of a headline figure to the percent published for this market, or for all."""
        figures = self.study.settings.headline_figures
        return self.published_for({self.key_label(name): figure.claims for name, figure in figures.items()})

    def published_for(self, claims: Mapping[str, str | Iterable[str]]) -> dict[str, float]:
        """Label to published percent, from label to claim id, or ids: the first that concerns this market."""
        printed = {
            label: self.study.claims.printed((ids,) if isinstance(ids, str) else tuple(ids), self.code)
            for label, ids in claims.items()
        }
        return {label: value for label, value in printed.items() if value is not None}

    # ---- comparisons

    def lead(self, ranked: Estimates) -> str:
        """Whether the first of a ranking is ahead of the second by more than chance; why there is no telling."""
        hidden = [one for one in (ranked.first(), ranked.first(2)) if one.suppressed]
        if hidden:
            return words.untold(str(hidden[0]), self.language)
        first, second, gap, level = self._first_two(ranked)
        if first["flag"] in HIDDEN or second["flag"] in HIDDEN:
            return f"{str(Reading(first, self.language)).capitalize()}."
        return words.lead(words.quoted(first["label"]), words.quoted(second["label"]), gap, level, self.language)

    def margin(self, ranked: Estimates) -> str:
        """The same as the end of a title: "by a clear margin", or not."""
        return words.margin(*self._first_two(ranked)[2:], self.language)

    def contrast(
        self, question: str, groups: Mapping[str, Domain], *, item: str | None = None, net: str | None = None
    ) -> str:
        """One figure compared in two groups, in a sentence; `groups` maps their names to domains."""
        first, second = (
            Figure(question=question, item=item, net=net, domain=dict(domain)) for domain in groups.values()
        )
        if not (self.was_asked(first) and self.was_asked(second)):
            return words.untold("not asked in this market", self.language)
        names, low = list(groups), self.study.settings.low_base
        bases = {name: self._tidy.answered(figure) for name, figure in zip(names, (first, second), strict=True)}
        for name, base in bases.items():
            if base < low.suppress_below:
                return words.too_few(name, self.language)
        told = words.contrast(names[0], names[1], self.difference(first, second), self.level, self.language)
        few = [name for name, base in bases.items() if base < low.caution_below]
        return f"{told} {words.caution(few, self.language)}" if few else told

    # ---- the claims, the sample and the page

    @cached_property
    def found(self) -> dict[str, Found]:
        """What the market holds against each claim that is put to it, by the claim's id."""
        return put(self)

    @cached_property
    def claims(self) -> Verdicts:
        """Every published claim that concerns this market, with its verdict."""
        return judge_claims(self)

    @cached_property
    def sample(self) -> SampleReport:
        """Who answered, how they were weighted and what that cost."""
        banner = [banner.question for banner in self.study.settings.banner]
        closed = [name for name, question in self.book.questions.items() if question.kind in ("single", "bands")]
        questions = list(self.settings.weighting.margins) or banner or closed[:1]
        composition = self._tidy.composition(questions)
        notes = weight_notes(self.settings, self.respondents, self.weighting, self.design, self.labels)
        told = (*notes, *self.cautions)
        return SampleReport(
            self.settings, self.respondents, self.weighting, self.labels, composition, errors_from(self.design), told
        )

    @property
    def warnings(self) -> list[str]:
        """What was noted of its file, and the cautions on its weights, for who runs the report."""
        return self.respondents.sample.account.warnings(self.code) + [
            f"Warning: {self.code}: {caution}" for caution in self.cautions
        ]

    @property
    def cautions(self) -> list[str]:
        """Sentences on weights beyond the study's limits, none where they keep them."""
        return cautions(self.weighting, self.study.settings.weights)

    def sibling(self, code: str) -> Market | None:
        """Another market of the same study; None where a report goes on without it."""
        return sound_market(self.study, code)

    @property
    def provenance(self) -> str:
        """Where the page's numbers come from, for the foot of a page."""
        return (
            f"{self.people}, {self.sample.interviewed}. {self.sample.rejected} {self.sample.weighted_how} "
            f"Design effect of the weights (Kish) {self.weighting.design_effect:.2f}. "
            f"Raw file sha256 {self.respondents.sha256[:12]}."
        )

    def _first_two(self, ranked: Estimates) -> tuple[pd.Series, pd.Series, Difference, float]:
        """The first two rows, their difference, and the level that holds jointly over all rivals."""
        first, second = (ranked.first(rank).row for rank in (1, 2))
        joint = 1 - (1 - self.level) / max(ranked.count - 1, 1)
        return first, second, self.difference(figure_of(first), figure_of(second)), joint

    def key_label(self, name: str) -> str:
        """What a key figure counts, to stand alone."""
        label = say(self.study.settings.key_figures[name].label, self.language)
        return label[:1].upper() + label[1:]


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


def sound_market(study: Study, code: str) -> Market | None:
    """The same; None in a report where the market's data are refused, which `opening.REFUSED` then tells.

    The report goes on without it and says so. An analyst is refused instead.
    """
    try:
        return market_of(study, code)
    except JourneybookError as error:
        if REPORTING not in os.environ or error.kind not in ABOUT_A_MARKET:
            raise
        REFUSED[code] = error
        return None
