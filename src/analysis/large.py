"""A market too large to hold: its weights, and its figures put to cells of respondents instead of each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.report.labels import Labels
from analysis.study.codebook import Code, Figure
from analysis.study.grouping import routing
from analysis.study.large import Cells, LargeFile, read_large
from analysis.study.params import MarketSettings, Study
from analysis.study.register import Gap
from analysis.study.respondents import STATUSES, Respondents
from analysis.survey.compare import Difference
from analysis.survey.design import level_codes
from analysis.survey.estimates import shares
from analysis.survey.grouped import GroupedDesign, GroupedWeighting, Groups, grouped_design, weigh_groups
from analysis.survey.letters import Pairs
from analysis.tidy import Domain, Tidy
from analysis.weighing import margin_levels, refusing_by_name
from analysis.withholding import Withholding

GROUPS_AT_ONCE = 30_000  # up to here one scan for several figures is faster than a scan for each


@dataclass(frozen=True)
class LargeSample:
    """One market's file with its weights, of which only sums are in memory.

    `respondents` are the cells of the weighting margins; `factors` has, by their levels, what the base
    weights are multiplied by.
    """

    file: LargeFile
    respondents: Respondents
    weighting: GroupedWeighting
    design: GroupedDesign
    factors: pd.Series

    def of(self, cells: Cells) -> GroupedDesign:
        """The design of these cells."""
        return _design(self.file.settings, cells, _levels(self.file.settings, cells), self.factors)

    def tidy(self, labels: Labels, withholding: Withholding | None = None) -> LargeTidy:
        """What tidy frames are made from."""
        return LargeTidy(self.file.study, self.respondents, self.design, labels, withholding, sample=self)

    def refusal(self, what: str) -> JourneybookError:
        """The refusal of what needs every respondent at hand."""
        fix = "set large.rows_above in study.yaml, and the file is read in memory"
        problem = Problem(self.file.scan.path.name, f"no {what} of a file that is only summed", fix=fix)
        return JourneybookError("data", problem)


@dataclass(frozen=True)
class LargeTidy(Tidy):
    """As `Tidy`, each figure from cells of its own variables; `respondents` are those of the margins."""

    sample: LargeSample = field(kw_only=True)

    def every_row(self, figures: Sequence[Figure], domains: Mapping[str, Domain]) -> pd.DataFrame:
        """The tidy frame of these figures in each domain, labelled and with low bases flagged."""
        parts = []
        for places, part in self._parts(figures, domains.values()):
            rows = part.every_row([figures[place] for place in places], domains)
            order = [(n, place) for n in range(len(domains)) for place in places]
            parts.append(rows.set_axis(pd.MultiIndex.from_tuples(order), axis=0))
        return pd.concat(parts).sort_index().reset_index(drop=True)

    def pairs(self, figures: Sequence[Figure], banner: Mapping[str, Domain]) -> dict[Hashable, Pairs]:
        """Place of a figure to its differences between every two domains of the banner."""
        found: dict[Hashable, Pairs] = {}
        for places, part in self._parts(figures, banner.values()):
            pairs = part.pairs([figures[place] for place in places], banner)
            found |= {place: pairs[n] for n, place in enumerate(places)}
        return {place: found[place] for place in range(len(figures))}

    def ranks(self, figures: Sequence[Figure]) -> pd.DataFrame:
        """The ranks that each figure may have, jointly: every two of them need their cells in common."""
        return self._part(figures).ranks(figures)

    def counts(
        self, figures: Sequence[Figure], domains: Sequence[Domain], respondents: np.ndarray | float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """How many respondents of each domain gave each figure, and how many are in its base (figures x domains)."""
        inside = [figure.model_copy(update={"domain": {**figure.domain, **d}}) for figure in figures for d in domains]
        held = self._cells(inside)
        return self._of(held).counts(figures, domains, held.sums["counts"].to_numpy(float) * respondents)

    def every_difference(self, first: Figure, second: Figure) -> Difference:
        """`first` less `second`; their domains may overlap."""
        return self._part([first, second]).difference(first, second)

    def every_gap(self, gaps: Sequence[Gap]) -> list[Difference]:
        """Each gap, a weighted sum of figures; those of the same variables are from the same cells."""
        together: dict[frozenset[str], list[int]] = {}
        for place, gap in enumerate(gaps):
            names = frozenset(name for _, figure in gap for name in (*self._names_of(figure), *figure.domain))
            together.setdefault(names, []).append(place)
        found: dict[int, Difference] = {}
        for places in together.values():
            part = self._part([figure for place in places for _, figure in gaps[place]])
            found |= dict(zip(places, part.every_gap([gaps[place] for place in places]), strict=True))
        return [found[place] for place in range(len(gaps))]

    def every_answer(self, figure: Figure) -> int:
        """How many respondents are in the figure's base."""
        part, cells = self._part([figure]), self._cells([figure])
        inside = part.respondents.indicator(figure).notna()
        return int(cells.sums["counts"][inside].sum())

    def given(self, figures: Sequence[Figure]) -> list[Figure]:
        """The figures without those of a kind of missing answer that nobody gave."""
        return [f for f in figures if f.choice not in STATUSES or self._part([f]).respondents.has(f)]

    def unweighted(self, figures: Sequence[Figure]) -> pd.DataFrame:
        """The shares of the figures among the respondents as they came."""
        part, counts = self._part(figures), self._cells(figures).sums["counts"].to_numpy()
        design = grouped_design(Groups(counts, counts, counts), np.ones(len(counts)))
        return shares(design, part._indicators(figures))

    def _parts(self, figures: Sequence[Figure], domains: Iterable[Domain]) -> list[tuple[list[int], Tidy]]:
        """The figures by their places, some of them together, with the tidy frames' maker of their cells.

        Figures go together while their answers make few groups, as a scan costs more than these.
        """
        shared = {variable for domain in domains for variable in domain}
        alike = self._alike(figures, shared)
        batches = list[tuple[list[int], set[str]]]()
        ground = len(self.respondents.answers) * self._groups(shared - {*self.respondents.answers}, alike)
        for place, figure in enumerate(figures):
            names = self._names_of(figure) | {*figure.domain}
            for places, held in batches:
                if names <= held or ground * self._groups(held | names, alike) <= GROUPS_AT_ONCE:
                    places.append(place)
                    held |= names
                    break
            else:
                batches.append(([place], set(names)))
        file = self.sample.file
        return [
            (places, self._of(file.cells(held | shared, {name: alike[name] for name in held if name in alike})))
            for places, held in batches
        ]

    def _alike(self, figures: Sequence[Figure], shared: Iterable[str]) -> dict[str, list[list[int]]]:
        """Variable to the lists of its codes that no figure tells apart.

        Left out are variables that are also a domain, a margin, a routing or one of several of a figure, and texts.
        """
        file, own, book = self.sample.file, dict[str, list[Figure]](), self.study.codebook
        for figure in figures:
            for name in self._names_of(figure):
                own.setdefault(name, []).append(figure.model_copy(update={"domain": {}}))
        told = {*shared, *self.respondents.answers, *(name for figure in figures for name in figure.domain)}
        questions = {name.partition(".")[0] for name in (*told, *own)}
        told |= {name for question in questions for name in routing(book.questions[question].asked_if, book)}
        found = {}
        for name, asked in own.items():
            if name in told or name not in file.met or not file.scan.is_number(file.columns[name]):
                continue
            if all(self._names_of(figure) == {name} for figure in asked):
                codes = file.codes(name)
                answers = pd.DataFrame({n: codes.indicator(figure) for n, figure in enumerate(asked)})
                numbers = np.array([int(code) for code in file.met[name] if code == code])
                found[name] = [
                    numbers[rows].tolist() for rows in answers.groupby([*answers], dropna=False).indices.values()
                ]
        return found

    def _groups(self, names: Iterable[str], alike: Mapping[str, list[list[int]]]) -> int:
        """How many groups these may make: the product of their numbers of codes."""
        return prod(len(alike[name]) if name in alike else self.sample.file.levels_of(name) for name in names)

    def _part(self, figures: Sequence[Figure]) -> Tidy:
        """The tidy frames' maker of the cells that these figures have in common."""
        return self._of(self._cells(figures))

    def _cells(self, figures: Sequence[Figure]) -> Cells:
        names = {name for figure in figures for name in (*self._names_of(figure), *figure.domain)}
        return self.sample.file.cells(names)

    def _of(self, cells: Cells) -> Tidy:
        return Tidy(self.study, cells.respondents, self.sample.of(cells), self.labels)

    def _names_of(self, figure: Figure) -> set[str]:
        """The variables that a figure is made from."""
        book = self.study.codebook
        if figure.item is None:
            return {figure.question}
        composite = book.questions[figure.question].composites.get(figure.item)
        if composite:
            return {f"{figure.question}.{item}" for item in composite.items}
        nets = book.nets(figure.question) if book.questions[figure.question].kind == "multiple" else {}
        items: tuple[Code, ...] = nets[figure.item].answers if figure.item in nets else (figure.item,)
        return {f"{figure.question}.{item}" for item in items}


def open_large(study: Study, code: str) -> LargeSample:
    """The market's Parquet file, checked and weighted. Raises the errors that a market read in memory raises."""
    if study.market(code).not_asked:
        fix = "add an empty column for each question of not_asked"
        raise JourneybookError("config", Problem(code, "a file that is only summed must have all columns", fix=fix))
    file = read_large(study, code)
    settings, cells = file.settings, file.cells([])
    groups, margins = _groups(cells), margin_levels(settings, cells.respondents.answers)
    declared = settings.weighting
    with refusing_by_name(code):
        if declared.cells:
            targets = {(a, b): share for a, row in declared.cells.targets.items() for b, share in row.items()}
            weighting = weigh_groups(groups, margins, targets, joint=True)
        else:
            weighting = weigh_groups(groups, margins, declared.raked)
    levels = _levels(settings, cells)
    held = groups.base > 0
    factors = pd.Series(weighting.factors[held], levels[held]).groupby(level=0).first()
    design = _design(settings, cells, levels, factors)
    return LargeSample(file, cells.respondents, weighting, design, factors)


def _groups(cells: Cells) -> Groups:
    return Groups(**{name: cells.sums[name].to_numpy() for name in cells.sums})


def _levels(settings: MarketSettings, cells: Cells) -> np.ndarray:
    """The combination of margin levels that each cell lies in, the same number in all cells of a market."""
    joint = np.zeros(len(cells.sums), dtype=np.int64)
    for name in settings.weighting.margins:
        answers = cells.respondents.answers[name].cat
        joint = joint * (len(answers.categories) + 1) + answers.codes.to_numpy() + 1
    return joint


def _design(settings: MarketSettings, cells: Cells, levels: np.ndarray, factors: pd.Series) -> GroupedDesign:
    delivered, declared = cells.respondents.design, settings.weighting
    margins = margin_levels(settings, cells.respondents.answers)
    codes = pd.factorize(levels)[0][:, None] if declared.cells else level_codes(margins) if declared.targets else None
    return grouped_design(
        _groups(cells),
        # Who weighs nothing may be alone with a combination of levels.
        factors.reindex(levels).fillna(0.0).to_numpy(),
        strata=None if delivered.strata is None else pd.factorize(delivered.strata)[0],
        psus=None if delivered.psus is None else pd.factorize(delivered.psus)[0],
        fpc=None if delivered.fpc is None else delivered.fpc.to_numpy(),
        margins=codes,
        calibration=declared.variance,
        single_psu=settings.design.single_psu,
    )
