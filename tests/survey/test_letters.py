"""Significance letters: which letter goes where, and which tests are made at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.survey.compare import Difference, adjusted, pairwise
from analysis.survey.design import SurveyDesign
from analysis.survey.letters import group_pairs, group_tests, letter_tests, letters


def gap(estimate, std_error=0.01, base=200):
    return Difference(estimate, std_error, 500, base)


@pytest.fixture
def question():
    """Young is above old, old above middle by less; of "chat" nobody differs."""
    return {
        "phone": {("young", "middle"): gap(0.2), ("young", "old"): gap(0.1), ("middle", "old"): gap(-0.1)},
        "chat": {("young", "middle"): gap(0.001), ("young", "old"): gap(-0.002), ("middle", "old"): gap(0.0)},
    }


def test_a_group_carries_the_letters_of_the_groups_it_lies_above(question):
    """Young is A, middle B, old C."""
    table = letters(letter_tests(question))
    assert table.loc["phone"].to_dict() == {"young": "BC", "middle": "", "old": "B"}
    assert table.loc["chat"].tolist() == ["", "", ""]


def test_groups_are_lettered_in_the_order_of_the_tests(question):
    assert list(letters(letter_tests(question)).columns) == ["young", "middle", "old"]


def test_every_test_keeps_its_estimate_error_and_p_value(question):
    tests = letter_tests(question)
    assert tests.index.names == ["item", "first", "second"]
    assert len(tests) == 6
    row = tests.loc[("phone", "middle", "old")]
    assert (row["estimate"], row["std_error"]) == (-0.1, 0.01)
    assert row["degrees_of_freedom"] == 199  # those of the smaller group of 200, fewer than the design's 500
    assert row["p_value"] == replace(gap(-0.1), degrees_of_freedom=199).p_value
    assert not tests["p_value"].isna().any()


def test_p_values_are_adjusted_over_all_tests_of_the_question(question):
    tests = letter_tests(question)
    np.testing.assert_array_equal(tests["p_adjusted"], adjusted(tests["p_value"].to_numpy(), "holm"))
    alone = letter_tests({"phone": question["phone"]})
    both = tests.loc["phone"]
    assert (both["p_adjusted"].to_numpy() > alone["p_adjusted"].to_numpy()).all()


def test_items_of_several_questions_are_adjusted_within_their_own(question):
    apart = letter_tests(question, families={"phone": "support", "chat": "advice"})
    for item, pairs in question.items():
        alone = letter_tests({item: pairs})
        np.testing.assert_array_equal(apart.loc[[item], "p_adjusted"], alone["p_adjusted"])


def test_pairs_do_not_depend_on_how_many_items_go_through_at_once(monkeypatch):
    rng = np.random.default_rng(3)
    design = SurveyDesign(rng.uniform(0.5, 2, 60))
    answers = rng.integers(0, 2, (60, 5)).astype(float)
    answers[rng.random((60, 5)) < 0.1] = np.nan
    indicators, groups = pd.DataFrame(answers), {"a": rng.random(60) < 0.5, "b": rng.random(60) < 0.5}
    together = group_pairs(design, indicators, groups)
    monkeypatch.setattr("analysis.survey.letters.AT_ONCE", 1)
    apart = group_pairs(design, indicators, groups)
    for item, pairs in together.items():
        first, second = pairs["a", "b"], apart[item]["a", "b"]
        assert (first.estimate, first.std_error) == pytest.approx((second.estimate, second.std_error), rel=1e-12)
        assert first.unweighted_base == second.unweighted_base


def test_one_group_alone_is_compared_with_none():
    one = group_pairs(SurveyDesign(np.ones(4)), pd.DataFrame({"x": [0.0, 1, 1, 0]}), {"all": np.ones(4, bool)})
    assert one == {"x": {}}


def test_a_difference_that_is_found_alone_may_be_lost_among_many():
    """t = 2.1 on 500 degrees of freedom is p = .036, and five times that among five."""
    pair = {("a", "b"): gap(0.021)}
    many = {f"item {n}": pair for n in range(5)}
    assert letters(letter_tests({"item": pair})).loc["item", "a"] == "B"
    assert (letters(letter_tests(many)) == "").all(axis=None)
    assert (letters(letter_tests(many, adjustment="none"))["a"] == "B").all()


def test_benjamini_hochberg_finds_at_least_what_holm_finds(question):
    holm, bh = (letter_tests(question, adjustment=one)["p_adjusted"] for one in ("holm", "benjamini_hochberg"))
    assert (bh <= holm).all()


def test_a_group_under_the_minimum_base_is_not_tested_and_does_not_count(question):
    small = {**question["phone"], ("young", "old"): gap(0.1, base=29), ("middle", "old"): gap(-0.1, base=29)}
    tests = letter_tests({"phone": small})
    assert tests["p_value"].isna().tolist() == [False, True, True]
    assert tests["p_adjusted"].iloc[0] == tests["p_value"].iloc[0]
    assert letters(tests).loc["phone"].to_dict() == {"young": "B", "middle": "", "old": ""}
    assert letter_tests({"phone": small}, minimum_base=29)["p_value"].notna().all()


def test_a_higher_level_gives_fewer_letters():
    pair = {("a", "b"): gap(0.022)}  # p = .028
    table = {level: letters(letter_tests({"item": pair}, confidence_level=level)) for level in (0.95, 0.99)}
    assert (table[0.95].loc["item", "a"], table[0.99].loc["item", "a"]) == ("B", "")


def test_swapping_the_groups_moves_no_letter(question):
    swapped = {
        item: {(second, first): one.reversed for (first, second), one in reversed(list(pairs.items()))}
        for item, pairs in question.items()
    }
    there, back = letter_tests(question), letter_tests(swapped)
    assert there["p_adjusted"].sort_values().tolist() == back["p_adjusted"].sort_values().tolist()
    assert back[back["significant"]].shape == there[there["significant"]].shape
    # Old is A here, middle B and young C.
    assert letters(back).loc["phone"].to_dict() == {"old": "B", "middle": "", "young": "AB"}


def test_one_group_alone_has_no_tests_and_no_letters():
    for question in ({"phone": {}}, {}):
        tests = letter_tests(question)
        assert tests.empty
        assert letters(tests).empty


def test_letters_go_on_after_z():
    groups = [f"group {n}" for n in range(30)]
    table = letters(letter_tests({"item": {(groups[0], other): gap(0.5) for other in groups[1:]}}))
    assert table.at["item", groups[0]] == "BCDEFGHIJKLMNOPQRSTUVWXYZabcd"


def test_a_second_banner_goes_on_with_the_next_letter(question):
    table = letters(letter_tests(question), start=2)
    assert table.loc["phone"].to_dict() == {"young": "DE", "middle": "", "old": "D"}


def test_groups_of_a_sample_are_tested_item_by_item(sim, sim_design):
    groups = {code: (sim["market"] == code).to_numpy() for code in ("DE", "FR", "UK")}
    items = sim[["abandon", "social"]]
    found = group_tests(sim_design, items, groups, adjustment="none")
    pairs = {
        item: pairwise(sim_design, pd.DataFrame({name: items[item].where(mask) for name, mask in groups.items()}))
        for item in items
    }
    pd.testing.assert_frame_equal(found, letter_tests(pairs, adjustment="none"))
    assert len(found) == 6


def test_letters_of_a_sample_come_from_its_pairwise_differences(sim, sim_design):
    """Every p-value is that of the difference, on the degrees of freedom of the smaller market, and a letter
    stands where its adjusted one is below 5 %."""
    groups = pd.DataFrame({m: sim["abandon"].where(sim["market"] == m) for m in ("DE", "FR", "UK")})
    pairs = pairwise(sim_design, groups)
    tests = letter_tests({"abandon": pairs})
    expected = [replace(one, degrees_of_freedom=one.unweighted_base - 1).p_value for one in pairs.values()]
    assert tests["p_value"].tolist() == expected
    found = letters(tests).loc["abandon"]
    for (first, second), row in tests.droplevel("item").iterrows():
        above, below = (first, second) if row["estimate"] > 0 else (second, first)
        assert ("ABC"[["DE", "FR", "UK"].index(below)] in found[above]) == (row["p_adjusted"] < 0.05)
