"""Findings are said where the figures allow it, and not otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from analysis import Market, finding, majority, told_apart
from analysis.report.rows import Estimates, Reading
from analysis.report.words import THIN

Tidy = Callable[..., pd.DataFrame]


def reading(tidy: Tidy, **values: object) -> Reading:
    return Reading(tidy(values).iloc[0])


@pytest.mark.parametrize(
    ("share", "said"), [(0.55, "a majority"), (0.53, "too close to half to call"), (0.45, "a minority")]
)
def test_a_majority_lies_above_half_with_its_interval(tidy: Tidy, share: float, said: str) -> None:
    assert majority(reading(tidy, estimate=share)) == said  # the fixture's interval: 4 points either way


def test_a_hidden_share_is_no_majority(tidy: Tidy) -> None:
    assert majority(reading(tidy, estimate=0.9, flag="suppressed")) == "too few to show"
    assert majority(reading(tidy, estimate=0.9, flag="not asked")) == "not asked in this market"


def test_a_finding_is_said_where_all_its_figures_can_be_shown(tidy: Tidy) -> None:
    shown, hidden = reading(tidy), reading(tidy, flag="not asked")
    assert finding([shown, shown], "Most do.", "What they do") == "Most do."
    assert finding([shown, hidden], "Most do.", "What they do") == "What they do: not asked in this market"
    assert finding(hidden, "Most do.") == ""


def differences(tidy: Tidy, *given: dict[str, object]) -> Estimates:
    rows = tidy(*given).assign(unit="points", p_adjusted=[one["p_adjusted"] for one in given])
    return Estimates(rows, "Points", "UK adults", "Source: the survey.")


def test_the_differences_told_apart_are_named_largest_first(uk: Market, tidy: Tidy) -> None:
    small = {"label": "Price", "estimate": 0.06, "p_adjusted": 0.04}
    large = {"label": "Slow reply", "estimate": -0.12, "p_adjusted": 0.001}
    chance = {"label": "Delivery", "estimate": 0.2, "p_adjusted": 0.06}
    said = told_apart(uk, differences(tidy, small, large, chance))
    assert said == f"Slow reply (\u221212{THIN}pts) and price (+6{THIN}pts): more than chance would give."
    assert told_apart(uk, differences(tidy, chance)) == "The difference is not larger than chance would give."
    assert "None of the differences is" in told_apart(uk, differences(tidy, chance, chance))


def test_hidden_differences_are_not_told_apart(uk: Market, tidy: Tidy) -> None:
    hidden = {"label": "Price", "estimate": 0.5, "p_adjusted": 0.0001, "flag": "suppressed"}
    assert told_apart(uk, differences(tidy, hidden)) == "Differences: too few to show."
