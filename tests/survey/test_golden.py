"""Ours against R's, value by value: every golden file, in the groups of the referee.

Golden numbers: tests/golden, whose README tells which script made which file.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from survey import answers
from survey.datasets import GOLDEN, germany, read
from survey.referee import ANSWERS, NOT_COMPUTED, compared, counts, files, golden, group_of, ours, reason

GROUPS = [(name, group) for name in files() for group in counts(name)[0].index]
QUANTITIES = {quantity for name in files() for quantity in golden(name).index.get_level_values("quantity")}
README = (GOLDEN / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "group"), GROUPS)
def test_every_value_agrees_with_rs(name, group):
    table = compared(name, group)
    far = table[table["difference"] > table["tolerance"]]
    assert far.empty, f"{len(far)} of {len(table)} differ:\n{far.to_string()}"


@pytest.mark.parametrize("name", files())
def test_every_value_is_computed_or_has_a_reason_and_none_has_both(name):
    computed = set(ours(name).index)
    reasoned = {key for key in golden(name).index if reason(*key[1:])}
    assert not set(golden(name).index) - computed - reasoned
    assert not computed & reasoned


@pytest.mark.parametrize("pattern", NOT_COMPUTED)
def test_every_reason_is_needed(pattern):
    keys = {f"{quantity} {item}" for name in files() for _, quantity, item in golden(name).index}
    assert any(re.fullmatch(pattern, key) for key in keys)


@pytest.mark.parametrize("pattern", [pattern for known in ANSWERS.values() for pattern in known])
def test_every_answer_is_asked_for(pattern):
    assert any(re.fullmatch(pattern, quantity) for quantity in QUANTITIES)


def test_a_quantity_belongs_to_one_group():
    for quantity in QUANTITIES:
        fitting = {g for g, known in ANSWERS.items() if any(re.fullmatch(pattern, quantity) for pattern in known)}
        assert fitting <= {group_of(quantity)}


def test_the_logit_interval_is_exact_where_r_fits_no_model():
    """R's "logit" stops at glm's epsilon, 1e-8; its "xlogit" is the formula, printed to 15 digits."""
    table = compared("r-survey-sim", "intervals")
    exact = table[table.index.get_level_values("quantity").str.endswith("xlogit")]
    assert exact["difference"].max() < 1e-12


def test_raked_weights_agree_with_rs_respondent_by_respondent():
    """They sum to 1000 over 1000 respondents, so their mean is 1 as ours is."""
    expected = read("sim-raked-weights.csv").set_index("id")["value"]
    np.testing.assert_allclose(answers.raked_weights()[germany()["id"]], expected[germany()["id"]], rtol=1e-8)


def lines(table: pd.Series) -> list[str]:
    return [f"| {what} | {count} |" for what, count in table.items()]


@pytest.mark.parametrize("name", files())
def test_the_readme_counts_what_is_computed_in_every_file(name):
    computed, not_computed = counts(name)
    assert f"| {name}.csv | {len(golden(name))} | {computed.sum()} | {not_computed.sum()} |" in README


def test_the_readme_tells_what_is_computed_of_the_reference_and_why_the_rest_is_not():
    computed, not_computed = counts("r-survey-sim")
    assert [line for line in lines(computed) + lines(not_computed) if line not in README] == []
    assert f"{computed.sum()} of the {len(golden('r-survey-sim'))} values are computed" in README


def test_the_readme_names_every_file_of_the_folder():
    assert [path.name for path in GOLDEN.iterdir() if path.name not in README and path.name != "README.md"] == []
