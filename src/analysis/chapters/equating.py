"""Whether groups are alike: all differences within a bound, in one market."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from analysis.asking import Asked
from analysis.report import charts, words
from analysis.report.disclosure import HIDDEN
from analysis.report.page import Html
from analysis.report.rows import TOTAL, Estimates
from analysis.study.codebook import Code, Figure
from analysis.survey.compare import Difference
from analysis.survey.equivalence import Equivalence, equivalence

# Ten points are one customer in ten, for whom a company would plan its channels otherwise; for fewer it would keep the
# same ones open. Set before any answers were seen.
BOUND = 0.10


@dataclass(frozen=True)
class Alike:
    """Each group less all of them together, a row an item and group, and whether all are within the bound.

    `differences` in points (a row's interval is that of two one-sided tests), `test` the equivalence test of
    those that may be shown, `left_out` the groups with too few respondents.
    """

    differences: Estimates
    test: Equivalence
    left_out: list[str]
    groups: str

    @property
    def told(self) -> bool:
        """Whether there is anything to test."""
        return self.size > 0

    @property
    def size(self) -> int:
        """How many differences are tested."""
        return len(self.test.rows)

    @property
    def beyond(self) -> list[str]:
        """The differences that lie beyond the bound by more than chance would give."""
        return [str(name) for name in self.test.rows.index[self.test.rows["verdict"] == "outside"]]

    @property
    def verdict(self) -> str:
        """ "alike", "not alike" or "cannot tell"."""
        return "not alike" if self.beyond else "alike" if self.test.all_within else "cannot tell"

    @property
    def sentence(self) -> str:
        """What the test allows to say, with the bound that the answers vouch for, and who was left out."""
        few = f" Left out for want of respondents: {words.listed(self.left_out)}." if self.left_out else ""
        return self._told + few

    @property
    def _told(self) -> str:
        bound = words.points(round(100 * self.test.bound))
        if not self.told:
            return f"Whether the {self.groups} are alike cannot be told: there are no figures to compare."
        if self.beyond:
            return (
                f"More than {bound} from all {self.groups} together: {words.listed(self.beyond)}. There is a pattern."
            )
        if self.test.all_within:
            return f"Every one of the {self.size} differences is within {bound}: no pattern larger than that."
        vouched = words.points(-int(-100 * self.test.smallest_bound // 1))
        return (
            f"Whether the {self.groups} are alike cannot be told: none of the {self.size} differences is surely larger "
            f"than {bound}, but some may be as large as {vouched}."
        )

    def chart(self, *, title: str, largest: int = 10) -> Html:
        """The largest differences, with the bound drawn on both sides of nothing."""
        rows = self.differences.rows
        shown = rows[~rows["flag"].isin(HIDDEN)]
        order = shown["estimate"].abs().sort_values(ascending=False, kind="stable").index[:largest]
        return charts.dots(
            shown.loc[order].reset_index(drop=True) if len(order) else rows.head(largest),
            title=title,
            measure=self.differences.measure,
            base=self.differences.base,
            source=self.differences.source,
            bound=self.test.bound,
            language=self.differences.language,
        )


def alike(
    market: Asked, question: str, *, by: str, item: Iterable[str] | None = None, bound: float = BOUND, groups: str
) -> Alike:
    """Each item's share in every group of `by`, less its share in all groups, held against `bound` (0-1).

    `groups` names them in the plural ("sectors"). The total contains the group, which the errors allow for. A
    group on a base under the threshold is left out and named. Tests: see `survey.equivalence`.
    """
    book = market.study.codebook
    items = list(item or book.questions[question].items)
    pairs = {
        _label(market, question, one, by, group): (
            Figure(question=question, item=one, domain={by: group}),
            Figure(question=question, item=one),
        )
        for one in items
        for group in book.choices(by)
    }
    found = market.differences(pairs, measure="", base=market.labels.base(question))
    shown = found.rows[~found.rows["flag"].isin(HIDDEN)]
    gaps = {row["label"]: _gap(row) for _, row in shown.iterrows()}
    test = equivalence(gaps, bound, confidence_level=market.level)
    rows = found.rows.set_index("label", drop=False)
    for end in ("conf_low", "conf_high"):
        rows.loc[test.rows.index, end] = test.rows[end]
    level = words.intervals(2 * market.level - 1, market.language)
    measure = (
        f"{book.question_label(question, market.language)}: one of the {groups} less all of them together, percentage "
        f"points, weighted, {level}; the band is the bound of {words.signed(-bound)} to {words.signed(bound)}"
    )
    differences = replace(found, rows=rows.reset_index(drop=True), measure=measure)
    return Alike(differences, test, _left_out(market, question, items[0], by), groups)


def _label(market: Asked, question: str, item: str, by: str, group: Code) -> str:
    """One difference: "Utilities: shop or branch"."""
    book, language = market.study.codebook, market.language
    return f"{book.answer_label(by, group, language)}: {words.lower_first(book.item_label(question, item, language))}"


def _gap(row: pd.Series) -> Difference:
    return Difference(row["estimate"], row["std_error"], row["degrees_of_freedom"], int(row["unweighted_base"]))


def _left_out(market: Asked, question: str, item: str, by: str) -> list[str]:
    """The groups whose base is under the threshold."""
    domains = {str(group): {by: group} for group in market.study.codebook.choices(by)}
    rows = market.rows([Figure(question=question, item=item)], {TOTAL: {}, **domains})
    return list(rows.loc[(rows["flag"] == "suppressed") & (rows["domain"] != TOTAL), "domain_label"])
