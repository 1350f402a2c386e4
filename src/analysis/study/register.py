"""The register of published figures: what was claimed, of whom, where, and what is unclear."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from typing import Literal

from pydantic import Field, model_validator

from analysis.study.codebook import Code, Codebook, Figure
from analysis.study.settings import Settings, Text

Kind = Literal["share", "mean", "difference", "interaction", "first", "majority", "equivalence"]
Gap = tuple[tuple[float, Figure], ...]  # figures, each with its factor: their weighted sum is held against 0


class VerdictRule(Settings):
    """How near counts as reproduced (`delta`, a share 0-1) and at which confidence."""

    delta: float = Field(default=0.05, ge=0, lt=0.5)
    confidence_level: float = Field(default=0.90, gt=0.5, lt=1)


class Claim(Settings):
    """One published claim and the figure of this study that tests it.

    `share`: the published percent. `mean`: the published mean of a scale's codes. `difference`: `figure`
    lies above `against` (another domain), above `against_figure`, or above the same figure in
    `against_market`; `published` is then in points and may be absent. `interaction`: `figure` lies farther
    above `against` than both do in the domain `beyond`. `first`: the figure is the largest of `rivals`,
    other items of its question (names) or other answers (codes, or nets of a single choice). `majority`:
    the share is above one half. `equivalence`: no figure of the item and its `rivals` differs by more than
    `within` points between two answers of the question `between`.
    No `markets` means that the figure was published for all markets together, and `excluding` names
    markets that have a figure of their own. `reading_of` marks another reading of the same figure, and
    `population` people other than those of the study of whom the figure was published: both are shown
    but not counted. `base` is how many respondents the figure was published of, where that is known or
    assumed. `topline` is the published table that a claim is a cell of.
    """

    id: str
    topline: str | None = None
    kind: Kind = "share"
    text: Text | None = None
    figure: Figure
    against: dict[str, Code] | None = None
    against_figure: Figure | None = None
    against_market: str | None = None
    beyond: dict[str, Code] | None = None
    rivals: tuple[Code, ...] = ()
    between: str | None = None
    within: float | None = Field(default=None, gt=0, lt=100)
    published: float | None = None
    base: int | None = Field(default=None, gt=0)
    markets: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()
    reading_of: str | None = None
    population: str | None = None
    source: str
    ambiguity: str | None = None

    @model_validator(mode="after")
    def _testable(self) -> Claim:
        given = [self.against is not None, self.against_figure is not None, self.against_market is not None]
        needs = {
            "share": (self.published is None, "a share needs its published percent"),
            "mean": (
                self.published is None or not self.figure.mean,
                "a mean needs its published value, and mean: true",
            ),
            "difference": (sum(given) != 1, "a difference needs against, against_figure or against_market"),
            "interaction": (self.against is None or not self.beyond, "an interaction needs against and beyond"),
            "first": (not self.rivals, "'first' needs rivals, the items or answers it is compared with"),
            "equivalence": (not (self.between and self.within), "an equivalence needs between and within"),
        }
        missing, what = needs.get(self.kind, (False, ""))
        if missing:
            raise ValueError(f"claim {self.id}: {what}")
        return self

    def concerns(self, market: str) -> bool:
        """Whether the claim was published for this market, or for all markets together."""
        return market in self.markets or (not self.markets and market not in self.excluding)

    @property
    def counts(self) -> bool:
        """Whether the verdict counts: not for another reading, nor for a figure of other people."""
        return self.reading_of is None and self.population is None

    def gaps(self, book: Codebook) -> list[Gap]:
        """What the claim says to be above 0 (of an equivalence: to be near 0), but for one between markets."""
        if self.kind == "interaction":
            pair = self.figure, self._other
            elsewhere = [self._in({**figure.domain, **(self.beyond or {})}, figure) for figure in pair]
            return [((1, pair[0]), (-1, pair[1]), (-1, elsewhere[0]), (1, elsewhere[1]))]
        if self.kind == "difference" and self.against_market is None:
            return [((1, self.figure), (-1, self._other))]
        if self.kind == "first":
            return [((1, self.figure), (-1, self._rival(rival))) for rival in self.rivals]
        if self.kind == "equivalence" and self.between:
            pairs = combinations(book.choices(self.between), 2)
            figures = [self.figure, *map(self._rival, self.rivals)]
            groups = [({self.between: a}, {self.between: b}) for a, b in pairs]
            return [
                ((1, self._in({**one.domain, **a}, one)), (-1, self._in({**one.domain, **b}, one)))
                for one in figures
                for a, b in groups
            ]
        return []

    def figures(self, book: Codebook) -> list[Figure]:
        """Every figure that the verdict stands on."""
        return [self.figure, *(figure for gap in self.gaps(book) for _, figure in gap)]

    @property
    def stands_on(self) -> list[str]:
        """The question of its figure, and then those by which its groups are made."""
        domains = [*self.figure.domain, *(self.against or {}), *(self.beyond or {})]
        return list(dict.fromkeys([self.figure.question, *(name.partition(".")[0] for name in domains)]))

    @property
    def _other(self) -> Figure:
        """What a difference is measured from."""
        return self.against_figure or self._in(self.against or {}, self.figure)

    def _rival(self, rival: Code) -> Figure:
        by_item = self.figure.item is not None and isinstance(rival, str)
        return self.figure.model_copy(update={"item": rival} if by_item else {"answer": rival, "net": None})

    @staticmethod
    def _in(domain: dict[str, Code], figure: Figure) -> Figure:
        return figure.model_copy(update={"domain": domain})


class Topline(Settings):
    """A published table: one row an answer (or an item of a multiple), one column a domain.

    `columns` maps a column's name to its domain, `published` a row to its percents in that order.
    `rows` says what a row is; a study fills it from its codebook.
    """

    id: str
    question: str
    item: str | None = None
    columns: dict[str, dict[str, Code]]
    published: dict[Code, tuple[float, ...]]
    markets: tuple[str, ...] = ()
    source: str
    rows: Literal["items", "answers"] | None = None

    @model_validator(mode="after")
    def _rectangular(self) -> Topline:
        for row, values in self.published.items():
            if len(values) != len(self.columns):
                expected = f"{len(self.columns)} columns"
                raise ValueError(f"topline {self.id}, row {row}: {len(values)} figures, {expected}")
        return self

    def claims(self, multiple: bool) -> list[Claim]:
        """One claim a cell; the rows are items where the question is a multiple response."""
        return [
            Claim(
                id=f"{self.id}.{row}.{name}",
                topline=self.id,
                figure=Figure(
                    question=self.question,
                    item=str(row) if multiple else self.item,
                    answer=None if multiple else row,
                    domain=domain,
                ),
                published=value,
                markets=self.markets,
                source=self.source,
            )
            for row, values in self.published.items()
            for (name, domain), value in zip(self.columns.items(), values, strict=True)
        ]


class Original(Settings):
    """How many respondents the published study stood on, in all and in a market, and when it was published."""

    base: int = Field(gt=0)
    a_market: int | None = Field(default=None, gt=0)
    wave: str | None = None


class Claims(Settings):
    """claims.yaml: single claims, and published tables that stand for one claim a cell.

    `original` is the size of the study that published them. `same_respondents` says that they were
    computed from the very file this study reads, so that they must agree to the printed percent, not
    only within the verdict's margin.
    """

    same_respondents: bool = False
    original: Original | None = None
    claims: tuple[Claim, ...] = ()
    toplines: tuple[Topline, ...] = Field(default=())

    @model_validator(mode="after")
    def _unique(self) -> Claims:
        ids = [claim.id for claim in self.claims] + [topline.id for topline in self.toplines]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"claim ids used twice: {', '.join(twice)}")
        return self

    def printed(self, ids: tuple[str, ...], market: str | None) -> float | None:
        """The percent of the first of these claims that concerns the market, or all markets (None)."""
        by_id = {claim.id: claim for claim in self.expanded}
        for claim in (by_id[name] for name in ids):
            if claim.concerns(market) if market else not claim.markets:
                return claim.published
        return None

    @cached_property
    def expanded(self) -> tuple[Claim, ...]:
        """Every claim, those of the published tables included."""
        cells = [claim for topline in self.toplines for claim in topline.claims(multiple=_by_item(topline))]
        return (*self.claims, *cells)


def _by_item(topline: Topline) -> bool:
    if topline.rows:
        return topline.rows == "items"
    return topline.item is None and not all(isinstance(row, int) for row in topline.published)
