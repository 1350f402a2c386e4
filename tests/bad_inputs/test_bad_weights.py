"""Weights, strata and targets that a market cannot be weighted with; and those it can be, with what is then said."""

from __future__ import annotations

import re

import pytest
from breaking import Answer, Run
from tea import PEOPLE, TARGETS, Tea

from analysis import drivers, slopes
from analysis.study.codebook import Figure

LINES = ("uk.csv, line 7, column w: ", "uk.csv, line 9, column w: ")
GIVEN = "{column: w, note: not stated}"


@pytest.fixture
def report(run: Run) -> Run:
    """The report of the small study's market."""

    def command() -> Answer:
        return run("report", "uk", "--study", "tea")

    return command


def test_b063_negative_weight(tea: Tea, report: Run) -> None:
    tea.deliver(GIVEN, w={7: "-1", 9: "-0.5"})
    report().refuses("data", *LINES, "not a weight; got '-1'; allowed: a number of 0 or more; fix:", "got '-0.5'")


def test_b064_zero_weight_is_refused(tea: Tea, report: Run) -> None:
    tea.deliver(GIVEN, w={7: "0", 9: "0.0"})
    report().refuses("data", *LINES, "a weight of 0; got '0.0'; allowed: a number above 0", "allow_zero: true")


def test_b064_zero_weights_that_are_allowed_are_left_out_and_counted(tea: Tea) -> None:
    tea.deliver("{column: w, note: not stated, allow_zero: true}", w={7: "0", 9: "0.0"})
    market = tea.market()
    assert "2 respondents weigh 0 and count in no figure." in market.sample.cost
    rows = market.rows([Figure(question="sex", answer=1)], {"total": {}})
    assert rows["unweighted_base"].tolist() == [PEOPLE - 2]


@pytest.mark.parametrize("value", ["", "nan", "NA"])
def test_b065_missing_weight(tea: Tea, report: Run, value: str) -> None:
    tea.deliver(GIVEN, w={7: value, 9: " "})
    report().refuses("data", *LINES, f"not a weight; got '{value}'; allowed: a number")


def test_b066_infinite_weight(tea: Tea, report: Run) -> None:
    tea.deliver(GIVEN, w={7: "inf", 9: "1e999"})
    report().refuses("data", *LINES, "not a weight; got 'inf'", "got '1e999'")


def test_b067_all_weights_zero(tea: Tea, report: Run) -> None:
    tea.deliver(GIVEN, w="0")
    said = report().refuses("data", "uk.csv, column w: every weight is 0").splitlines()
    assert len([line for line in said if "uk.csv" in line]) == 1


def test_b068_a_weight_of_100_times_the_others_is_said_and_warned_of(tea: Tea) -> None:
    """Kish's n_eff by hand: n - 1 weights of 1 and one of 100 give (n + 99)^2 / (n + 9999)."""
    tea.deliver(GIVEN, w={7: "100"})
    market = tea.market()
    total, squares = PEOPLE + 99, PEOPLE + 9999
    assert market.weighting.effective_base == pytest.approx(total**2 / squares)
    largest, effect = market.warnings
    assert largest.startswith(f"Warning: uk: The largest weight is {100 * PEOPLE / total:.1f} times the mean, above")
    assert effect.startswith(f"Warning: uk: The design effect of {PEOPLE * squares / total**2:.2f} is above the limit")
    for told in ("No weight is capped.", f"an effective base of {total**2 / squares:.0f} (design", *market.cautions):
        assert told in market.sample.cost
    tea.declare("{column: w, note: not stated, trim: {upper: 1.5}}")
    capped = tea.market()
    assert capped.warnings == [] and "No weight is capped." not in capped.sample.cost
    assert "Weights were cut to between 0 and 1.5 times their mean." in capped.sample.weighted_how


def test_b069_weights_are_scaled_and_the_factor_is_printed(tea: Tea) -> None:
    tea.deliver(GIVEN, w="250")
    market = tea.market()
    assert "The delivered weights have a mean of 250; they were divided by it." in market.sample.cost
    assert market.weighting.weights.tolist() == [1.0] * PEOPLE


@pytest.mark.parametrize(("key", "what"), [("strata", "stratum"), ("psu", "PSU")])
def test_b070_missing_stratum_or_psu(tea: Tea, report: Run, key: str, what: str) -> None:
    tea.deliver(TARGETS, f"{key}: w, single_psu: centre", w={7: "", 9: " "})
    report().refuses("data", *LINES, f"no {what}", "allowed: a name or number; fix: ask the agency for it")


def test_b071_a_stratum_with_one_psu_needs_a_rule_which_is_noted(tea: Tea, report: Run) -> None:
    tea.deliver(TARGETS, "strata: s", s={7: "alone"})
    report().refuses("data", "uk.csv, column s: the stratum holds one PSU; got 'alone'", "design.single_psu: certainty")
    rules = {"certainty": "taken to add nothing to a variance", "centre": "centred at the mean of all PSUs"}
    for rule, told in rules.items():
        tea.declare(TARGETS, f"strata: s, single_psu: {rule}")
        assert f"1 stratum holds one PSU: it is {told}." in tea.market().sample.cost


def test_b072_a_level_that_nobody_has_can_be_collapsed(tea: Tea, report: Run) -> None:
    targets = TARGETS.replace("35-79: 60", "35-79: 54, 80+: 6")
    tea.declare(targets)
    report().refuses(
        "data",
        "uk, raking margin age_band: nobody has the level '80+', whose target is 6",
        "fix: weight it as one with its neighbour: weighting.collapse: {age_band: [[80+, ...]]}",
    )
    tea.declare(targets.replace("target_year", "collapse: {age_band: [[80+, 35-79]]}, target_year"))
    collapsed = tea.market()
    assert "\u201c80+\u201d and \u201c35\u201379\u201d are weighted as one, to the sum" in collapsed.sample.cost
    tea.declare(TARGETS)
    assert collapsed.weighting.weights.tolist() == pytest.approx(tea.market().weighting.weights.tolist())


def test_b073_a_level_of_the_sample_without_a_target(tea: Tea, report: Run) -> None:
    tea.deliver(age={**dict.fromkeys(range(4, PEOPLE + 2), "50"), 2: "20", 3: "21", 7: "85", 9: "90"})
    report().refuses("data", "raking margin age_band: the level '80+' has no target, and 2 respondents have it", "fix:")


def test_b074_targets_that_contradict_each_other(tea: Tea, report: Run) -> None:
    """Everybody who drinks tea is a man here: 49 % men and 80 % tea cannot both be, and 31 points are left."""
    tea.deliver(
        TARGETS.replace("age_band: {18-34: 40, 35-79: 60}", "tea: {1: 80, 2: 20}"),
        tea={line: str(line % 2 + 1) for line in range(2, PEOPLE + 2)},
    )
    told = report().refuses("data", "uk, raking margin ", "did not converge in 1000 sweeps: ", "contradict each other")
    assert "is off by 31 pp" in told


@pytest.mark.parametrize(("shares", "total"), [("1: 0.4, 2: 0.5", "0.9"), ("1: 55, 2: 55", "110")])
def test_b075_margins_that_do_not_sum_to_100(tea: Tea, report: Run, shares: str, total: str) -> None:
    tea.declare(TARGETS.replace("1: 49, 2: 51", shares))
    where = "uk.yaml, line 5, weighting.targets.sex: the targets of 'sex' sum to"
    report().refuses("config", where, f"got '{total}'; allowed: percent that sum to 100; fix: give every level")


@pytest.mark.parametrize("share", ["0", "-1"])
def test_b076_negative_or_zero_target_share(tea: Tea, report: Run, share: str) -> None:
    tea.declare(TARGETS.replace("1: 49, 2: 51", f"1: {share}, 2: {100 - int(share)}"))
    report().refuses("config", "uk.yaml, line 5, weighting.targets.sex.1", "not above 0", f"got '{share}'")


def test_b077_a_model_that_cannot_be_estimated_says_so_and_shows_no_coefficients(tea: Tea) -> None:
    """Everybody aged 20 drinks tea and nobody aged 50 does; two predictors of the same answer are one."""
    tea.deliver(tea={line: "1" if line % 4 in (2, 3) else "2" for line in range(2, PEOPLE + 2)})
    market, age = tea.market(), {"question": "age", "mean": True}
    apart = slopes(market, {"Drinks tea": {"question": "tea", "answer": 1}}, age, of="a year")
    alike = {"Men": {"question": "sex", "answer": 1}, "The same men": {"question": "sex", "answer": 1}}
    cases = {
        "x tells the outcome apart without error": apart,
        "a predictor is a combination of the others": drivers(market, age, alike, replicates=20),
    }
    for reason, found in cases.items():
        html = found.table(title="What goes with it").html
        assert f"; model not estimable: {reason}" in html
        assert found.rows[["estimate", "conf_low", "conf_high"]].isna().all(axis=None)
        assert not re.search(
            r"\d[.,]\d|\d\u202f%", re.sub(r"<th.*?</th>", "", html.split("<tbody>")[1].split("</tbody>")[0])
        )
