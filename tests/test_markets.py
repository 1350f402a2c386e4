"""Markets side by side: the average is the mean of the markets, each alike or by its population."""

from __future__ import annotations

import shutil
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import Markets, open_markets
from analysis.errors import JourneybookError
from analysis.report.words import THIN
from analysis.study.codebook import Figure
from analysis.study.params import Study, read_study

KEYS = ["social", "young", "direct"]


@pytest.fixture(scope="module")
def one(root: Path) -> Markets:
    return open_markets("uk", root / "params")


@pytest.fixture(scope="module")
def side_by_side(markets: Markets) -> dict[str, pd.DataFrame]:
    """Each key figure's rows, by market."""
    return {key: markets.key_figure(key).rows.set_index("market") for key in KEYS}


@pytest.mark.parametrize("key", KEYS)
def test_the_average_is_the_mean_of_the_markets(side_by_side: dict[str, pd.DataFrame], key: str) -> None:
    rows = side_by_side[key]
    average, own = rows.loc["average"], rows.drop("average")
    assert len(own) == 7
    assert average["estimate"] == pytest.approx(own["estimate"].mean(), abs=1e-12)
    # independent samples: the variance of a mean of k is the sum of the variances over k squared
    assert average["std_error"] == pytest.approx(np.sqrt((own["std_error"] ** 2).sum()) / 7, abs=1e-12)
    assert average["unweighted_base"] == own["unweighted_base"].sum()
    assert average["conf_low"] < average["estimate"] < average["conf_high"]


def test_a_markets_row_is_the_one_on_its_own_page(markets: Markets, side_by_side: dict[str, pd.DataFrame]) -> None:
    rows = side_by_side["young"]
    for market in markets.markets:
        own = market.key_figures("young").rows.iloc[0]
        columns = ["estimate", "std_error", "conf_low", "conf_high", "unweighted_base", "flag"]
        assert list(rows.loc[market.code, columns]) == list(own[columns])


@pytest.mark.parametrize("key", KEYS)
def test_markets_are_ranked_with_the_average_in_its_place(side_by_side: dict[str, pd.DataFrame], key: str) -> None:
    rows = side_by_side[key]
    assert rows["estimate"].is_monotonic_decreasing
    assert list(rows.index).count("average") == 1
    assert rows.loc["average", "label"] == "All seven markets"


def test_the_measure_says_how_the_average_counts(markets: Markets, one: Markets) -> None:
    assert "the average counts each market alike" in markets.key_figure("social").measure
    assert "average" not in one.key_figure("social").measure


def test_the_base_names_people_question_and_domain(markets: Markets) -> None:
    assert markets.key_figure("young").base == "Adults in seven markets, all respondents, 18\u201334"


def test_the_finding_spans_the_markets_without_the_average(
    markets: Markets, side_by_side: dict[str, pd.DataFrame]
) -> None:
    rows = side_by_side["social"].drop("average")
    low, high = round(100 * rows["estimate"].min()), round(100 * rows["estimate"].max())
    text = markets.finding("social")
    assert text.startswith("Swayed by social media: from ")
    assert f"{low}{THIN}%" in text and f"{high}{THIN}%" in text
    assert "seven" not in text


def test_a_lead_keeps_the_names_of_the_markets(markets: Markets) -> None:
    for key in KEYS:
        estimates = markets.key_figure(key)
        ranked = [code for code in estimates.rows["market"] if code != "average"]
        first, second = (next(m.place for m in markets.markets if m.code == code) for code in ranked[:2])
        assert markets.lead(estimates).startswith(first)
        assert f" {second}:" in markets.lead(estimates) or f" {second}." in markets.lead(estimates)


def test_one_market_leads_nobody(one: Markets) -> None:
    assert one.lead(one.key_figure("social")) == ""


def test_synthetic_respondents_are_called_so_beside_the_verdicts(markets: Markets) -> None:
    assert markets.trust.startswith("Not as a finding")
    assert "assumed" in markets.assumed


def test_one_market_has_no_average(one: Markets) -> None:
    assert list(one.key_figure("social").rows["market"]) == ["uk"]
    assert one.code == "uk" and one.people == "UK adults"


def test_respondents_and_names_are_those_of_the_markets(markets: Markets) -> None:
    used = sum(market.respondents.sample.used for market in markets.markets)
    assert markets.respondents == f"{used:,}" == "3,000"
    assert markets.names.endswith("the Netherlands and Sweden")
    assert markets.names.startswith("the United Kingdom, France")


def test_claims_of_all_markets_are_held_against_the_average(
    markets: Markets, side_by_side: dict[str, pd.DataFrame]
) -> None:
    rows = markets.claims.rows.set_index("id")
    common = {c.id for c in markets.study.claims.expanded if not c.markets}
    assert set(rows.index) == common
    assert set(rows.loc[rows["population"] == "", "scope"]) == {"all markets"}
    social = side_by_side["social"].loc["average", "estimate"]
    assert rows.loc["S0-03", "estimate"] == pytest.approx(social, abs=1e-12)


def test_claims_of_one_market_are_its_own(one: Markets) -> None:
    assert list(one.claims.rows["id"]) == list(one.markets[0].claims.rows["id"])


# ---- the average by population


POPULATIONS = {  # adults in 2012, UN World Population Prospects 2019, as declared in params/markets
    "uk": 50_772_999,
    "fr": 49_519_732,
    "de": 67_792_461,
    "it": 49_778_263,
    "es": 38_518_301,
    "nl": 13_287_295,
    "se": 7_580_944,
}


@pytest.fixture(scope="module")
def by_population(study: Study, markets: Markets) -> Markets:
    """The bundled markets in a study that averages by population."""
    other = copy(markets)
    other.__dict__.pop("claims", None)
    other.study = counting(study, "population")
    return other


def counting(study: Study, how: str) -> Study:
    return replace(study, settings=study.settings.model_copy(update={"average": how}))


def shares_of(populations: dict[str, int], rows: pd.DataFrame) -> np.ndarray:
    sizes = rows.index.map(populations).to_numpy(float)
    return np.asarray(sizes / sizes.sum())


@pytest.mark.parametrize("key", KEYS)
def test_an_average_by_population_weighs_each_market_by_its_adults(by_population: Markets, key: str) -> None:
    rows = by_population.key_figure(key).rows.set_index("market")
    average, own = rows.loc["average"], rows.drop("average")
    part = shares_of(POPULATIONS, own)
    assert average["estimate"] == pytest.approx(part @ own["estimate"], abs=1e-12)
    # independent samples: variances add, each times the square of its market's part
    assert average["std_error"] == pytest.approx(np.sqrt(part**2 @ own["std_error"] ** 2), abs=1e-12)
    assert average["estimate"] != pytest.approx(own["estimate"].mean(), abs=1e-4)
    assert average["unweighted_base"] == own["unweighted_base"].sum()
    assert average["effective_base"] == pytest.approx(1 / (part**2 @ (1 / own["effective_base"])), rel=1e-11)
    assert average["conf_low"] < average["estimate"] < average["conf_high"]


def test_an_average_by_population_says_so(by_population: Markets) -> None:
    assert by_population.counted == "each market by its adult population"
    assert "the average counts each market by its adult population" in by_population.key_figure("social").measure


def test_the_claims_of_all_markets_are_held_against_the_average_that_the_study_names(by_population: Markets) -> None:
    rows = by_population.claims.rows.set_index("id")
    own = by_population.key_figure("social").rows.set_index("market").drop("average")
    assert rows.loc["S0-03", "estimate"] == pytest.approx(shares_of(POPULATIONS, own) @ own["estimate"], abs=1e-12)
    young, gap = Figure(question="influence", item="social", net="top_2_box", domain={"age_band": "18-34"}), {}
    for market in by_population.markets:
        gap[market.code] = market.difference(young, young.model_copy(update={"domain": {}}))
    own = pd.DataFrame({code: [g.estimate, g.std_error] for code, g in gap.items()}, index=["estimate", "std_error"]).T
    part = shares_of(POPULATIONS, own)
    assert rows.loc["S0-05", "estimate"] == pytest.approx(part @ own["estimate"], abs=1e-12)
    reach = (rows.loc["S0-05", "conf_high"] - rows.loc["S0-05", "conf_low"]) / 2
    assert reach == pytest.approx(1.96 * np.sqrt(part**2 @ own["std_error"] ** 2), rel=1e-3)


@pytest.mark.parametrize("how", ["alike", "population"])
def test_the_other_average_is_told_in_a_sentence(markets: Markets, by_population: Markets, how: str) -> None:
    here, other = (markets, by_population) if how == "alike" else (by_population, markets)
    average = other.key_figure("social").rows.set_index("market").loc["average"]
    low, high = round(100 * average["conf_low"]), round(100 * average["conf_high"])
    counted = {"alike": "each market by its adult population", "population": "each market alike"}[how]
    assert here.other_average("social") == (
        f"If the average counted {counted}, it would be {round(100 * average['estimate'])}{THIN}% "
        f"({low} to {high}{THIN}%, base {average['unweighted_base']:,.0f})."
    )


def test_one_market_and_one_without_a_population_have_no_other_average(markets: Markets, one: Markets) -> None:
    assert one.other_average("social") == ""
    without = copy(markets)
    without.markets = [copy(market) for market in markets.markets]
    without.markets[-1].settings = markets.markets[-1].settings.model_copy(update={"population": None})
    assert without.other_average("social") == ""


def test_an_average_by_population_needs_that_of_every_market(root: Path, tmp_path: Path) -> None:
    params = Path(shutil.copytree(root / "params", tmp_path / "params"))
    france = params / "markets" / "fr.yaml"
    lines = france.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("population:")]
    assert len(kept) == len(lines) - 1
    france.write_text("".join(kept), encoding="utf-8")
    assert read_study(params).market("fr").population is None
    settings = params / "study.yaml"
    text = settings.read_text(encoding="utf-8")
    assert text.count("average: alike ") == 1
    settings.write_text(text.replace("average: alike ", "average: population "), encoding="utf-8")
    assert read_study(params).market("uk").population
    with pytest.raises(JourneybookError) as refusal:
        open_markets("fr", params)
    assert refusal.value.kind == "config"
    message = f"{france}: the study averages by population, and this market names none; fix: give its size and source"
    assert str(refusal.value).startswith(message)


def test_the_source_of_all_says_where_the_errors_of_each_market_come_from(markets: Markets) -> None:
    linearised = "intervals allow for the weighting (calibrated errors)"
    assert f"{linearised}." in markets.source
    other = copy(markets)
    other.markets = [markets.markets[0].with_replicates("bootstrap", replicates=5), *markets.markets[1:]]
    assert f"intervals from 5 replicate weights and {linearised}." in other.source


def test_an_unknown_market_is_refused_with_the_list(root: Path) -> None:
    with pytest.raises(JourneybookError) as refusal:
        open_markets("gb", root / "params")
    assert "uk, fr, de, it, es, nl, se" in str(refusal.value)
