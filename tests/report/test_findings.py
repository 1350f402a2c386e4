"""Headings and sentences that hold whatever the numbers are."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.report import findings
from analysis.report.rows import Estimates
from analysis.report.words import THIN


def estimates(**columns: object) -> Estimates:
    count = len(next(value for value in columns.values() if isinstance(value, list)))
    rows = {"domain": "total", "flag": "", "unit": "share", "item": "", "answer": "", "market": "uk"}
    rows |= {"label": [f"Line {n}" for n in range(count)], "unweighted_base": 101}
    return Estimates(pd.DataFrame({**rows, **columns}), "m", "b", "s")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["", "low base"], "The finding"),
        (["not asked", ""], "The finding"),
        (["not asked", "not asked"], "Not asked in this market"),
        (["suppressed", "suppressed"], "Too few respondents to say"),
    ],
)
def test_a_finding_needs_a_figure_that_may_be_shown(flags: list[str], said: str) -> None:
    assert findings.finding("The finding", estimates(estimate=[0.1, 0.2], flag=flags)) == said


def test_a_finding_needs_every_reading_it_names() -> None:
    made = estimates(estimate=[0.1, 0.2], flag=["", "not asked"], item=["a", "b"])
    assert findings.finding("The finding", made["a"]) == "The finding"
    assert findings.finding("The finding", made["a"], made["b"]) == "Not asked in this market"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.51, 0.6, "more than half"), (0.4, 0.49, "fewer than half"), (0.49, 0.51, "about half")],
)
def test_half_is_said_by_the_interval(low: float, high: float, said: str) -> None:
    made = estimates(estimate=[0.5], conf_low=[low], conf_high=[high])
    assert findings.half(made.first()) == said


def test_only_clear_differences_are_named() -> None:
    gaps = estimates(estimate=[0.2, -0.1, 0.0], unit="points", p_adjusted=[0.01, 0.2, float("nan")])
    assert findings.apart(gaps) == (
        f"One of the three differences is more than chance would give: line 0 (+20{THIN}pts)."
    )
    assert findings.apart_count(gaps) == "one of three"
    all_clear = estimates(estimate=[0.2, -0.1, 0.3], unit="points", p_adjusted=[0.01, 0.02, 0.03])
    assert findings.apart(all_clear).startswith("All three differences are more than chance would give: line 0")
    assert findings.apart(gaps, level=0.999) == "None of the three differences is more than chance would give."


def test_a_hidden_difference_is_not_counted() -> None:
    gaps = estimates(estimate=[0.2, -0.1], unit="points", p_adjusted=[0.01, 0.01], flag=["suppressed", ""])
    assert findings.apart(gaps) == f"The difference is more than chance would give: line 1 (\u221210{THIN}pts)."


def test_readings_are_held_against_a_published_figure() -> None:
    """83 stands for 82.5 to 83.5: an interval that ends at 82.6 holds it, one that ends at 82.4 does not."""
    made = estimates(estimate=[0.8, 0.8, 1.4], conf_low=[0.7, 0.7, 1.3], conf_high=[0.826, 0.824, 1.5])
    assert findings.against(made, 83) == (
        f"Line 0 (80{THIN}%) fits 83{THIN}%; line 1 (80{THIN}%) lies below 83{THIN}%; "
        f"line 2 (140{THIN}%) lies above 83{THIN}%."
    )


def test_what_is_explained_stands_beside_what_chance_would_explain() -> None:
    """k / (n - 1): 5 predictors, 101 respondents."""
    made = estimates(estimate=[0.2] * 5, r_squared=[0.3] * 5)
    assert findings.explained(made) == f"30{THIN}% (chance alone would give about 5{THIN}%)"


def test_intervals_that_are_apart_make_a_lead() -> None:
    clear = estimates(estimate=[0.2, 0.8], conf_low=[0.1, 0.7], conf_high=[0.3, 0.9])
    near = estimates(estimate=[0.2, 0.8], conf_low=[0.1, 0.2], conf_high=[0.3, 0.9])
    assert findings.overlap(clear) == "clear of the second"
    assert findings.overlap(near) == "though the intervals overlap"


def test_the_last_is_the_smallest_that_may_be_shown() -> None:
    made = estimates(estimate=[0.3, 0.1, 0.2], flag=["", "suppressed", ""])
    assert made.last().label == "Line 2"
    assert made.last().suppressed is False
