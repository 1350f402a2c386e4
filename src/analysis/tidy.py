"""Figures of a study put to one market's respondents -> the tidy frame, and the tests between its groups."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.report.disclosure import BASES, ESTIMATED, NOT_ASKED, SUPPRESSED, flag_low_bases
from analysis.report.labels import Labels
from analysis.report.settling import settled
from analysis.study.codebook import Code, Figure
from analysis.study.params import Study
from analysis.study.register import Gap
from analysis.study.respondents import Respondents
from analysis.survey.compare import Difference, contrasts, difference
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import means, shares
from analysis.survey.letters import Pairs, group_pairs, letter_tests
from analysis.survey.ranks import rank_intervals
from analysis.withholding import Withholding

Domain = Mapping[str, Code]
AT_ONCE = 1_000_000  # cells of indicators that go through one calculation; each has its fixed cost


@dataclass(frozen=True)
class Tidy:
    """What a tidy frame is made from: the respondents, their design and the words for them."""

    study: Study
    respondents: Respondents
    design: SurveyDesign
    labels: Labels
    withholding: Withholding | None = None  # of a public book
    _made: dict[int, tuple[Figure, np.ndarray]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _masks: dict[tuple[object, ...], np.ndarray] = field(default_factory=dict, init=False, repr=False, compare=False)

    def rows(self, figures: Sequence[Figure], domains: Mapping[str, Domain]) -> pd.DataFrame:
        """The tidy frame of these figures in each domain, labelled and flagged; what is withheld holds no number."""
        return self.released(self.every_row(figures, domains), figures, domains)

    def released(self, rows: pd.DataFrame, figures: Sequence[Figure], domains: Mapping[str, Domain]) -> pd.DataFrame:
        """The rows as a book may show them: in a public one the small cells are withheld, and what gives them away."""
        if self.withholding is None:
            return rows
        pairs = [(figure, domain) for domain in domains.values() for figure in figures]
        held = np.array([self.withholding.of(*pair) for pair in pairs], dtype=bool).reshape(-1, 2)
        hidden = held[:, 0] & (rows["flag"] != NOT_ASKED).to_numpy()
        rows.loc[hidden, "flag"] = SUPPRESSED
        rows.loc[hidden, ESTIMATED] = np.nan
        rows[BASES] = rows[BASES].astype(float)
        rows.loc[hidden & held[:, 1], BASES] = np.nan
        return rows

    def counts(
        self, figures: Sequence[Figure], domains: Sequence[Domain], respondents: np.ndarray | float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """How many respondents of each domain gave each figure, and how many are in its base (figures x domains).

        Of a mean both are its base. `respondents` is how many each row stands for.
        """
        values = self._indicators(figures).to_numpy()
        inside = (~np.isnan(values) & (self.design.weights > 0)[:, None]) * np.reshape(respondents, (-1, 1))
        masks = np.column_stack([self._mask(domain) for domain in domains])
        gave = inside * np.where([figure.mean for figure in figures], 1.0, np.nan_to_num(values))
        return (gave.T @ masks).round().astype(int), (inside.T @ masks).round().astype(int)

    def _mask(self, domain: Domain) -> np.ndarray:
        """Who is in the domain, kept: many lines are divided by the same groups."""
        key = tuple(domain.items())
        if key not in self._masks:
            self._masks[key] = self.respondents.mask(domain).astype(float)
        return self._masks[key]

    def every_row(self, figures: Sequence[Figure], domains: Mapping[str, Domain]) -> pd.DataFrame:
        """The tidy frame of these figures in each domain, labelled and with low bases flagged."""
        names = [self._names(figure, key, domain) for key, domain in domains.items() for figure in figures]
        parts = {mean: [n for n, figure in enumerate(figures) if figure.mean == mean] for mean in (False, True)}
        found = []
        for mean, places in parts.items():
            if places:
                estimates = self._estimates([figures[n] for n in places], domains, means if mean else shares)
                found.append(estimates.set_axis([d * len(figures) + n for d in range(len(domains)) for n in places]))
        rows = pd.concat([pd.DataFrame(names), pd.concat(found).sort_index()], axis=1)
        low = self.study.settings.low_base
        rows["flag"] = flag_low_bases(rows, suppress_below=low.suppress_below, caution_below=low.caution_below)
        asked = [self.was_asked(figure, {}) for figure in figures]
        known = [self._offered(domain) for domain in domains.values()]
        rows.loc[[not (here and there) for there in known for here in asked], "flag"] = NOT_ASKED
        return settled(rows)

    def _estimates(
        self, figures: Sequence[Figure], domains: Mapping[str, Domain], estimate: Callable[..., pd.DataFrame]
    ) -> pd.DataFrame:
        """Rows of `shares` or of `means`, those of the first domain first."""
        indicators, level = self._indicators(figures), self.study.settings.confidence_level
        at_once = max(1, AT_ONCE // max(indicators.size, 1))
        parts = [
            estimate(self.design, self._within(indicators, some), confidence_level=level)
            for some in _batches(list(domains.values()), at_once)
        ]
        return pd.concat(parts, ignore_index=True)

    def was_asked(self, figure: Figure, domain: Domain) -> bool:
        """Whether the market asked what a figure stands on, and offered its answers."""
        return all(self._offered(used) for used in ({figure.question: figure.choice}, figure.domain, domain))

    def _offered(self, answers: Mapping[str, Code | None]) -> bool:
        """Whether these questions were asked, and these answers of them offered."""
        settings, book = self.study.market(self.respondents.market), self.respondents.codebook
        given = [(variable.partition(".")[0], answer) for variable, answer in answers.items()]
        return all(
            name not in settings.not_asked
            and (name not in settings.offered or answer is None or book.has_answer(name, answer))
            for name, answer in given
        )

    def _within(self, indicators: pd.DataFrame, domains: Sequence[Domain]) -> pd.DataFrame:
        """The indicators in each domain, one beside the other: NaN outside."""
        values = indicators.to_numpy()
        masks = [self.respondents.mask(domain)[:, None] if domain else None for domain in domains]
        parts = [values if mask is None else np.where(mask, values, np.nan) for mask in masks]
        return pd.DataFrame(np.concatenate(parts, axis=1), index=indicators.index)

    def tests(
        self,
        figures: Sequence[Figure],
        banners: Mapping[int, Mapping[str, Domain]],
        families: Sequence[Hashable] | None = None,
    ) -> pd.DataFrame:
        """The tests between the domains of each banner, one below the other; an item is a figure's place.

        `banners` are keyed by the place of their first letter. `families`, one a figure, name what is adjusted
        together, by default all.

        Index: banner, item, first, second; columns as `survey.letters.letter_tests`.
        """
        settings = self.study.settings
        parts = [
            letter_tests(
                self.pairs(figures, banner),
                confidence_level=settings.confidence_level,
                # On a low base the errors of weighted shares come out a little small, and letters too many.
                minimum_base=settings.low_base.caution_below,
                families=dict(enumerate(families)) if families else None,
            )
            for banner in banners.values()
        ]
        return pd.concat(parts, keys=list(banners), names=["banner"])

    def pairs(self, figures: Sequence[Figure], banner: Mapping[str, Domain]) -> dict[Hashable, Pairs]:
        """Place of a figure to its differences between every two domains of the banner."""
        masks = {key: self.respondents.mask(domain) for key, domain in banner.items()}
        return group_pairs(self.design, self._indicators(figures), masks)

    def difference(self, first: Figure, second: Figure) -> Difference:
        """`first` less `second`; their domains may overlap. NaN, on a base of 0, where one of them is withheld."""
        return self._nothing if self.withheld(first) or self.withheld(second) else self.every_difference(first, second)

    def every_difference(self, first: Figure, second: Figure) -> Difference:
        """The same, of whatever figures."""
        values = self._indicators([first, second])
        return difference(self.design, values[0], values[1])

    def gaps(self, gaps: Sequence[Gap]) -> list[Difference]:
        """Each gap, a weighted sum of figures; NaN where one of them has no base or is withheld."""
        told = [not any(self.withheld(figure) for _, figure in gap) for gap in gaps]
        made = iter(self.every_gap([gap for gap, shown in zip(gaps, told, strict=True) if shown]))
        return [next(made) if shown else self._nothing for shown in told]

    def every_gap(self, gaps: Sequence[Gap]) -> list[Difference]:
        """Each gap, whatever its figures are, in one calculation; NaN where one of them has no base."""
        keys = [[(factor, figure.model_dump_json()) for factor, figure in gap] for gap in gaps]
        figures = {figure.model_dump_json(): figure for gap in gaps for _, figure in gap}
        values = self._indicators(list(figures.values())).set_axis(list(figures), axis=1)
        empty = set(values.columns[values.isna().all()])
        held = [gap for gap in keys if not empty & {key for _, key in gap}]
        values = values[[key for key in figures if key not in empty]]
        place = {key: n for n, key in enumerate(values)}
        matrix = np.zeros((len(held), len(place)))
        for row, gap in enumerate(held):
            for factor, key in gap:
                matrix[row, place[key]] += factor
        found = iter(contrasts(self.design, values, matrix) if held else [])
        return [self._nothing if empty & {key for _, key in gap} else next(found) for gap in keys]

    @property
    def _nothing(self) -> Difference:
        return Difference(np.nan, np.nan, self.design.degrees_of_freedom(), 0)

    def withheld(self, figure: Figure) -> bool:
        """Whether a public book withholds the figure; never where the book is internal, whatever its base."""
        return self.withholding is not None and self.withholding.of(figure, {})[0]

    def answered(self, figure: Figure) -> int:
        """How many respondents are in the figure's base; 0 where the figure is withheld."""
        return 0 if self.withheld(figure) else self.every_answer(figure)

    def every_answer(self, figure: Figure) -> int:
        """How many respondents are in the figure's base."""
        return int(self.respondents.indicator(figure).count())

    def given(self, figures: Sequence[Figure]) -> list[Figure]:
        """The figures without those of a kind of missing answer that nobody gave."""
        return [figure for figure in figures if self.respondents.has(figure)]

    def ranks(self, figures: Sequence[Figure]) -> pd.DataFrame:
        """The ranks that each figure may have, jointly (see `survey.ranks.rank_intervals`)."""
        level = self.study.settings.confidence_level
        return rank_intervals(self.design, self._indicators(figures), confidence_level=level)

    def composition(self, questions: Sequence[str]) -> pd.DataFrame:
        """The sample by these questions, before and after weighting, as tidy rows."""
        figures = [f for name in questions for f in self.study.codebook.figures(name)]
        figures = [f for f in figures if f.choice not in self.study.codebook.in_base]
        weighted = self.rows(figures, {"weighted": {}})
        plain = self.unweighted(figures)
        before = weighted.copy()
        before[list(plain.columns)] = plain.to_numpy()
        before.loc[before["flag"] == SUPPRESSED, ESTIMATED] = np.nan
        before["domain"], before["domain_label"] = "sample", "sample as it came"
        weighted["domain_label"] = "weighted"
        return pd.concat([before, weighted], ignore_index=True)

    def unweighted(self, figures: Sequence[Figure]) -> pd.DataFrame:
        """The shares of the figures among the respondents as they came."""
        return shares(SurveyDesign(np.ones(len(self.respondents.answers))), self._indicators(figures))

    def _indicators(self, figures: Sequence[Figure]) -> pd.DataFrame:
        index = self.respondents.answers.index
        if len(self._made) * len(index) > AT_ONCE:
            self._made.clear()
        values = [self._indicator(figure) for figure in figures]
        return pd.DataFrame(np.column_stack(values) if values else np.empty((len(index), 0)), index=index)

    def _indicator(self, figure: Figure) -> np.ndarray:
        """The figure's indicator, kept for a while: shares and letters ask for the same, one after another."""
        if id(figure) not in self._made:
            self._made[id(figure)] = figure, self.respondents.indicator(figure).to_numpy()
        return self._made[id(figure)][1]

    def _names(self, figure: Figure, key: str, domain: Domain) -> dict[str, object]:
        return {
            "market": self.respondents.market,
            "question": figure.question,
            "item": figure.item or "",
            "answer": "" if figure.choice is None else str(figure.choice),
            "unit": "mean" if figure.mean else "share",
            "domain": key,
            "label": self.labels.figure(figure),
            "domain_label": self.labels.domain(domain),
        }


def _batches(domains: list[Domain], size: int) -> list[list[Domain]]:
    return [domains[start : start + size] for start in range(0, len(domains), size)]
