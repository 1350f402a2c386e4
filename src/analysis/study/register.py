"""The register of published figures: what was claimed, of whom, where, and what is unclear."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from analysis.study.codebook import Code, Figure
from analysis.study.settings import Settings, Text


class Claim(Settings):
    """One published claim and the figure of this study that tests it.

    `share`: the published percent. `difference`: `figure` lies above `against` (another domain)
    or above the same figure in `against_market`; `published` is then in points and may be absent.
    `first`: the figure's item is the largest of `rivals`. `majority`: the share is above one half.
    No `markets` means that the figure was published for all markets together, and `excluding` names
    markets that have a figure of their own. `reading_of` marks another reading of the same figure,
    which is shown but not counted. `topline` is the published table that a claim is a cell of.
    """

    id: str
    topline: str | None = None
    kind: Literal["share", "difference", "first", "majority"] = "share"
    text: Text | None = None
    figure: Figure
    against: dict[str, Code] | None = None
    against_market: str | None = None
    rivals: tuple[str, ...] = ()
    published: float | None = None
    markets: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()
    reading_of: str | None = None
    source: str
    ambiguity: str | None = None

    @model_validator(mode="after")
    def _testable(self) -> Claim:
        if self.kind == "share" and self.published is None:
            raise ValueError(f"claim {self.id}: a share needs its published percent")
        if self.kind == "difference" and (self.against is None) == (self.against_market is None):
            raise ValueError(f"claim {self.id}: a difference needs against or against_market")
        if self.kind == "first" and not self.rivals:
            raise ValueError(f"claim {self.id}: 'first' needs rivals, the items it is compared with")
        return self

    def concerns(self, market: str) -> bool:
        """Whether the claim was published for this market, or for all markets together."""
        return market in self.markets or (not self.markets and market not in self.excluding)


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


class Claims(Settings):
    """claims.yaml: single claims, and published tables that stand for one claim a cell.

    `same_respondents` says that the claims were computed from the very file this study reads, so
    that they must agree to the printed percent, not only within the verdict's margin.
    """

    same_respondents: bool = False
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
