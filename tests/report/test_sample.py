"""Who answered: what was delivered, what was used, what weighting did to it and what that cost."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest

from analysis import Market
from analysis.report.words import DASH, THIN
from analysis.study.respondents import Sample
from analysis.survey.weights import given_weights


@pytest.fixture(scope="module")
def delivered(uk: Market) -> pd.DataFrame:
    path = uk.study.folder / uk.settings.raw.path
    return pd.read_csv(path)


def test_rejected_rows_are_counted_from_the_file(uk: Market, delivered: pd.DataFrame) -> None:
    once = delivered.drop_duplicates("resp_id")
    fast = int((once["duration_s"] < 150).sum())
    repeated = len(delivered) - len(once)
    assert repeated and fast
    assert uk.sample.rejected == (
        f"Of {len(delivered)} rows delivered, {repeated} repeat a respondent and {fast} were answered too fast; "
        f"{len(once) - fast} are used."
    )
    assert uk.sample.headline == f"{len(once) - fast} simulated UK adults"


def test_the_cost_of_weighting_is_kishs(uk: Market) -> None:
    weights = pd.Series(uk.weighting.weights)
    effective = weights.sum() ** 2 / (weights**2).sum()  # Kish 1965, section 11.7
    assert f"effective base of {effective:.0f}" in uk.sample.cost
    assert f"design effect {len(weights) / effective:.2f}" in uk.sample.cost
    assert f"efficiency {100 * effective / len(weights):.0f}{THIN}%" in uk.sample.cost
    assert f"from {weights.min():.2f} to {weights.max():.2f}" in uk.sample.cost


def test_how_it_was_weighted_names_targets_source_and_year(uk: Market) -> None:
    weighting = uk.settings.weighting
    assert uk.sample.weighted_how == f"Weighted to sex and age ({weighting.target_source}, {weighting.target_year})."


def test_the_weighted_composition_meets_its_targets(uk: Market) -> None:
    weighted = uk.sample.composition.query("domain == 'weighted'").set_index("answer")["estimate"]
    targets = {str(k): v for levels in uk.settings.weighting.targets.values() for k, v in levels.items()}
    assert (100 * weighted).to_dict() == pytest.approx(targets, abs=0.01)


def test_the_finding_names_the_level_that_moves_most(uk: Market) -> None:
    before, after = (
        uk.sample.composition.query(f"domain == '{d}'").set_index("label")["estimate"] for d in ("sample", "weighted")
    )
    most = str((before - after).abs().idxmax())
    assert f"moves {most.replace('-', DASH)} most" in uk.sample.finding
    assert f"from {100 * before[most]:.0f}{THIN}% of the sample to {100 * after[most]:.0f}{THIN}%" in uk.sample.finding


def test_the_table_adds_up_to_the_respondents(uk: Market) -> None:
    html = uk.sample.table(title="The sample").html
    counts = {row["label"]: round(row["estimate"] * row["unweighted_base"]) for _, row in before(uk).iterrows()}
    assert counts["Male"] + counts["Female"] == uk.respondents.sample.used
    assert all(f">{count}<" in html for count in counts.values())
    assert f"Base: UK adults, {uk.respondents.sample.used} respondents." in html


def before(market: Market) -> pd.DataFrame:
    return market.sample.composition.query("domain == 'sample'")


def test_the_table_and_the_chart_show_the_targets(uk: Market) -> None:
    assert f"28.7{THIN}%" in uk.sample.table(title="The sample").html
    assert "population target" in uk.sample.chart(title="The sample").html


# aapor.org, Survey Disclosure Checklist (Code of Ethics III.A, April 2021): its items and their order.
AAPOR = [
    "1. Data collection strategy",
    "2. Sponsor and researcher",
    "3. Measurement tools",
    "4. Population",
    "5. Sample",
    "6. Method and mode",
    "7. Dates",
    "8. Sample size and precision",
    "9. Weighting",
    "10. Processing and quality",
    "11. Limitations",
]


def fact(market: Market, item: str) -> str:
    """The text of one row of the facts."""
    row = market.sample.facts(title="Facts").html.split(f">{item}</th>")[1].split("</tr>")[0]
    return unescape(re.sub(r"<[^>]+>", " ", row.partition("<td")[2].partition(">")[2])).strip()


def test_the_facts_are_the_eleven_items_of_the_disclosure_checklist_in_its_order(uk: Market) -> None:
    heads = re.findall(r'scope="row"[^>]*>([^<]+)</th>|<th[^>]*>(\d+\. [^<]+)</th>', uk.sample.facts(title="F").html)
    numbered = [first or second for first, second in heads if re.match(r"\d", first or second)]
    assert numbered == AAPOR
    assert all(len(fact(uk, item)) > 20 for item in AAPOR)


def test_every_key_of_the_disclosure_is_printed(uk: Market) -> None:
    text = " ".join(fact(uk, item) for item in [*AAPOR, "More information"])
    for key, said in uk.settings.disclosure.model_dump().items():
        assert said in text, key


def test_sample_sizes_precision_and_weights_stand_under_their_items(uk: Market) -> None:
    used, effective = uk.respondents.sample.used, uk.weighting.effective_base
    assert f"{used} are used" in fact(uk, "8. Sample size and precision")
    reach = 100 * 1.9655 * (0.25 / effective) ** 0.5  # t(.975) on 429 degrees of freedom, 1.9655
    assert f"reaches about {reach:.0f} points to either side" in fact(uk, "8. Sample size and precision")
    assert uk.settings.weighting.target_source in fact(uk, "9. Weighting")
    assert f"design effect {uk.weighting.design_effect:.2f}" in fact(uk, "9. Weighting")


def test_the_facts_name_the_file_by_its_sha256(uk: Market) -> None:
    assert uk.respondents.sha256 == uk.settings.raw.sha256
    assert uk.respondents.sha256 in uk.sample.facts(title="Facts").html


def test_a_declared_fact_is_text_and_never_markup(uk: Market) -> None:
    html = uk.sample.facts(title="Facts").html
    assert uk.settings.disclosure.sponsor in unescape(html)
    assert "6 to 17 February 2012" in html


# ---- how small a difference the sample can see


def test_the_sight_of_a_sample_is_that_of_two_shares_near_one_half(uk: Market) -> None:
    """(z.975 + z.8) = 2.8016 standard errors: sqrt(2 x .25 / n) from another such market, and of two halves
    sqrt(2 x .25 / (n / 2)); n is Kish's effective base."""
    weights = uk.weighting.weights
    effective = weights.sum() ** 2 / (weights**2).sum()
    market, halves = (100 * 2.8016 * (2 * 0.25 / n) ** 0.5 for n in (effective, effective / 2))
    assert uk.sample.sight == (
        f"Of a figure near 50{THIN}%, a true gap of {market:.0f} points to another market with such a sample, or of "
        f"{halves:.0f} points between two halves of this one, is found by 4 surveys in 5; a smaller one less often."
    )


def test_a_costlier_weighting_sees_less(uk: Market) -> None:
    """Half the effective base: differences must be larger by the root of 2."""
    weights = np.where(np.arange(430) % 2, 1.0, 1e-9)
    costly = replace(uk.sample, weighting=given_weights(weights))
    assert costly.weighting.effective_base == pytest.approx(215)
    plain = replace(uk.sample, weighting=given_weights(np.ones(430)))
    assert points(plain.sight) == [10, 14]  # 280.16 sqrt(.5 / 430) = 9.55 and sqrt(2) of it, 13.51
    assert points(costly.sight) == [14, 19]  # 13.51 and 19.11


def test_a_tiny_sample_sees_nothing_and_says_so(uk: Market) -> None:
    """Three respondents a sample would need 137 points, but a figure near 50 % cannot lie that far off."""
    three = replace(uk.respondents, sample=Sample(3, 0, 0))
    tiny = replace(uk.sample, weighting=given_weights(np.ones(3)), respondents=three)
    assert tiny.sight == "So few respondents can tell no difference from chance."


def points(sentence: str) -> list[int]:
    return [int(size) for size in re.findall(r"of (\d+) points", sentence)]


def test_the_facts_hold_the_sight_beside_where_errors_come_from(uk: Market) -> None:
    html = unescape(uk.sample.facts(title="Facts").html)
    row = html.split(">8. Sample size and precision</th>")[1].split("</tr>")[0]
    assert "Intervals allow for the weighting (calibrated errors). " in row
    assert uk.sample.sight in row
