"""Groups are alike where every difference is within the bound, by the answers and not for want of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis import Market, alike
from analysis.chapters.equating import BOUND, Alike
from analysis.study.codebook import Figure
from analysis.survey.compare import Difference
from analysis.survey.equivalence import equivalence

ITEMS = ["website", "shop"]


@pytest.fixture(scope="module")
def ages(uk: Market) -> Alike:
    return alike(uk, "channels_used", by="age_band", item=ITEMS, groups="age groups")


def test_a_row_is_a_group_less_all(uk: Market, ages: Alike) -> None:
    young = Figure(question="channels_used", item="shop", domain={"age_band": "18-34"})
    gap = uk.difference(young, Figure(question="channels_used", item="shop"))
    row = ages.differences.rows.set_index("label").loc["18\u201334: shop or branch"]
    assert row["estimate"] == pytest.approx(gap.estimate)
    low, high = gap.interval(0.9)  # two one-sided tests at 5 %
    assert (row["conf_low"], row["conf_high"]) == (pytest.approx(low), pytest.approx(high))
    assert ages.size == len(ITEMS) * 3
    assert "90" in ages.differences.measure


def test_a_wide_bound_holds_what_a_narrow_one_cannot_tell(uk: Market) -> None:
    given = {"by": "age_band", "item": ITEMS, "groups": "age groups"}
    wide, narrow = (alike(uk, "channels_used", bound=bound, **given) for bound in (0.6, 0.001))  # type: ignore[arg-type]
    assert wide.verdict == "alike" and "no pattern larger than that" in wide.sentence
    assert narrow.verdict != "alike"
    assert BOUND == 0.10


def held(ages: Alike, estimate: float, error: float) -> Alike:
    gaps = {"Telecoms: shop": Difference(estimate, error, 400, 60)}
    return replace(ages, test=equivalence(gaps, 0.1))


def test_the_three_verdicts_and_their_sentences(ages: Alike) -> None:
    """By hand: an interval of 1.65 standard errors against a bound of 10 points."""
    assert held(ages, 0.02, 0.02).verdict == "alike"
    assert held(ages, 0.3, 0.02).verdict == "not alike"
    assert "Telecoms: shop. There is a pattern." in held(ages, 0.3, 0.02).sentence
    open_ = held(ages, 0.08, 0.03)
    assert open_.verdict == "cannot tell"
    assert "as large as 13 points" in open_.sentence  # 8 + 1.65 * 3 = 12.95, rounded up


def test_the_largest_are_drawn_first_with_the_bound(ages: Alike) -> None:
    chart = ages.chart(title="Differences", largest=2)
    sizes = ages.differences.rows["estimate"].abs().sort_values(ascending=False)
    largest = ages.differences.rows.loc[sizes.index[0], "label"]
    assert largest in chart.text and chart.text.count("base") == 2
    assert "\u221210 to +10" in chart.html


def test_groups_with_too_few_are_left_out_and_named(ages: Alike) -> None:
    said = replace(ages, left_out=["Utilities"]).sentence
    assert said.endswith("Left out for want of respondents: Utilities.")
