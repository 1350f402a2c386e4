"""From a market's file to its weights and its design: whatever is declared reaches the errors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import Market, open_market
from analysis.errors import JourneybookError
from analysis.report.words import THIN
from analysis.study.codebook import Figure
from analysis.study.delivered import DeliveredDesign
from analysis.study.params import MarketSettings
from analysis.study.weighting import Cells, ReplicateWeights, SampleDesign, Trimming, Weighting
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import shares
from analysis.survey.weights import rake_survey, trim_weights
from analysis.weighing import weigh

pytestmark = pytest.mark.slow

SOCIAL = Figure(question="influence", item="social", net="top_2_box")
ROW = ["estimate", "std_error", "conf_low", "conf_high", "degrees_of_freedom", "effective_base", "design_effect"]
REGIONS, AREAS = "NESW", 6
RATES = {"N": 0.05, "E": 0.1, "S": 0.4, "W": 0.6}
REPLICATES = [f"rw{number}" for number in range(1, 21)]
TARGETS = {  # UN World Population Prospects 2019, as declared in params/markets/uk.yaml
    "gender": {1: 48.66, 2: 51.34},
    "band": {"18-34": 28.66, "35-54": 34.80, "55+": 36.54},
}
CELLS = Cells(
    questions=("sex", "age_band"),
    targets={1: {"18-34": 16, "35-54": 17, "55+": 15}, 2: {"18-34": 13, "35-54": 18, "55+": 21}},
)


@pytest.fixture(scope="module")
def delivered(root: Path) -> pd.DataFrame:
    """The UK's file with a design made up for it: areas numbered from 1 in each territory, and weights."""
    raw = pd.read_csv(root / "data" / "raw" / "uk.csv", dtype=str, keep_default_na=False)
    random = np.random.default_rng(20120206)
    raw["territory"] = random.choice(list(REGIONS), len(raw))
    raw["area"] = random.integers(1, AREAS + 1, len(raw)).astype(str)
    raw["rate"] = raw["territory"].map(RATES).astype(str)
    raw["w"] = np.exp(random.normal(0, 0.5, len(raw))).round(3).astype(str)
    for name in REPLICATES:
        raw[name] = (raw["w"].astype(float) * random.choice([0.0, 2.0], len(raw))).round(3).astype(str)
    return raw


@pytest.fixture(scope="module")
def used(delivered: pd.DataFrame) -> pd.DataFrame:
    """The respondents who are used, in numbers, by a few lines that share no code with the package."""
    frame = delivered.drop_duplicates("resp_id")
    frame = frame[frame["duration_s"].astype(int) >= 150].reset_index(drop=True)
    for name in ("w", "rate", "infl_soc", "gender", "age", *REPLICATES):
        frame[name] = pd.to_numeric(frame[name])
    frame["band"] = pd.cut(frame["age"], [17, 34, 54, 99], labels=list(TARGETS["band"])).astype(str)
    frame["swayed"] = frame["infl_soc"].isin([4, 5]).astype(float).where(frame["infl_soc"].ne(99))
    return frame


@pytest.fixture(scope="module")
def opened(root: Path, delivered: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Market]:
    """Open the UK of a study folder whose market file declares this design and weighting."""
    folder = tmp_path_factory.mktemp("designed")
    text = delivered.to_csv(index=False)
    (folder / "params").mkdir()
    (folder / "params" / "uk.csv").write_text(text, encoding="utf-8")

    def of(declared: str = "", weighting: str = "") -> Market:
        params = folder / "params"
        (params / "markets").mkdir(parents=True, exist_ok=True)
        for name in ("study", "codebook", "claims"):
            (params / f"{name}.yaml").write_bytes((root / "params" / f"{name}.yaml").read_bytes())
        for path in (root / "params" / "markets").iterdir():
            (params / "markets" / path.name).write_bytes(path.read_bytes())
        path = params / "markets" / "uk.yaml"
        market = path.read_text(encoding="utf-8")
        sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
        for old, new in (
            ("../data/raw/uk.csv", "uk.csv"),
            (open_sha256(market), sha256),
            ("weighting:\n", f"{declared}\nweighting:\n  column: w\n{weighting}"),
        ):
            assert market.count(old) == 1
            market = market.replace(old, new)
        path.write_text(market, encoding="utf-8")
        return open_market("uk", params)

    return of


def open_sha256(market: str) -> str:
    return market.split("sha256: ")[1].split()[0]


DESIGN = "design: {strata: territory, psu: area, fpc: rate}"


def row(market: Market, figure: Figure = SOCIAL) -> pd.Series:
    return market.rows([figure], {"all": {}}).iloc[0]


def raked(frame: pd.DataFrame, start: np.ndarray) -> np.ndarray:
    return rake_survey(frame[list(TARGETS)], TARGETS, base_weights=start).weights


def codes(frame: pd.DataFrame) -> np.ndarray:
    return np.column_stack([pd.factorize(frame[name])[0] for name in TARGETS])


def by_hand(frame: pd.DataFrame, **changed: Any) -> pd.Series:
    """The row of `swayed` from a design written down here."""
    start = frame["w"].to_numpy()
    numbered = pd.factorize(frame["territory"] + frame["area"])[0]  # areas numbered through
    parts = {
        "strata": pd.factorize(frame["territory"])[0],
        "psus": numbered,
        "fpc": frame["rate"].to_numpy(),
        "margins": codes(frame),
        "base_weights": start,
    }
    design = SurveyDesign(raked(frame, start), **{**parts, **changed})
    return shares(design, frame[["swayed"]]).iloc[0]


# ---- strata, PSUs and sampling rates


def test_a_delivered_design_gives_the_shares_and_errors_of_the_same_design_by_hand(
    opened: Callable[..., Market], used: pd.DataFrame
) -> None:
    found = row(opened(DESIGN))
    pd.testing.assert_series_equal(found[ROW], by_hand(used)[ROW], check_names=False, check_dtype=False, rtol=1e-9)
    assert found["degrees_of_freedom"] == len(REGIONS) * AREAS - len(REGIONS)  # PSUs less strata


@pytest.mark.parametrize(
    ("declared", "without"),
    [
        ("design: {strata: territory, psu: area}", {"fpc": None}),
        ("design: {strata: territory, fpc: rate}", {"psus": None}),
        ("design: {strata: territory}", {"fpc": None, "psus": None}),
        ("", {"fpc": None, "psus": None, "strata": None}),
    ],
    ids=["no rates", "no PSUs", "strata alone", "none"],
)
def test_every_part_of_a_design_has_its_part_in_the_error(
    opened: Callable[..., Market], used: pd.DataFrame, declared: str, without: dict[str, None]
) -> None:
    found = row(opened(declared))
    assert found["std_error"] == pytest.approx(by_hand(used, **without)["std_error"], rel=1e-9)
    assert found["std_error"] != pytest.approx(by_hand(used)["std_error"], rel=1e-3)
    assert found["estimate"] == pytest.approx(by_hand(used)["estimate"], rel=1e-9)


def designed(uk: Market, delivered: DeliveredDesign, **settings: Any) -> tuple[MarketSettings, Any]:
    """The bundled market with other settings and another design of its respondents."""
    return uk.settings.model_copy(update=settings), replace(uk.respondents, design=delivered)


def test_a_stratum_of_one_psu_is_treated_as_the_market_declares(uk: Market) -> None:
    index = uk.respondents.answers.index
    strata = pd.Series(np.where(np.arange(len(index)) < 40, "A", "B"), index)
    psus = pd.Series(np.where(strata == "A", "1", (np.arange(len(index)) % 20).astype(str)), index)
    found = {}
    for rule in ("certainty", "centre", "error"):
        parts = designed(uk, DeliveredDesign(strata=strata, psus=psus), design=SampleDesign(single_psu=rule))
        _, design = weigh(*parts)
        if rule == "error":
            with pytest.raises(JourneybookError, match=r"one PSU.*declare single_psu: certainty or centre"):
                social(uk, design)
        else:
            found[rule] = social(uk, design)["std_error"]
    assert found["certainty"] < found["centre"]


def social(uk: Market, design: SurveyDesign) -> pd.Series:
    return shares(design, uk.respondents.indicator(SOCIAL).to_frame()).iloc[0]


# ---- how the targets enter the error


FORMS = {
    "calibrate": "intervals allow for the weighting (calibrated errors)",
    "rake": "intervals allow for the weighting (errors as of R's rake)",
    "as_given": "intervals take the weights as given",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_the_variance_gives_its_errors_and_the_page_says_which(
    opened: Callable[..., Market], used: pd.DataFrame, form: str
) -> None:
    market = opened(DESIGN, f"  variance: {form}\n")
    assert row(market)["std_error"] == pytest.approx(by_hand(used, calibration=form)["std_error"], rel=1e-9)
    assert f"raked to sex and age; {FORMS[form]}." in market.source
    assert FORMS[form][1:] in unescape(market.sample.facts(title="Facts").html)


def test_the_forms_of_the_variance_differ(used: pd.DataFrame) -> None:
    """A target's own share is known: the calibrated forms give it no error, the weights as given one."""
    errors = {form: by_hand(used, calibration=form)["std_error"] for form in FORMS}
    assert len({round(error, 6) for error in errors.values()}) == 3
    women = used.assign(swayed=used["gender"].eq(2).astype(float))
    of_target = {form: by_hand(women, calibration=form)["std_error"] for form in FORMS}
    assert of_target["calibrate"] == pytest.approx(0, abs=1e-9)
    assert of_target["as_given"] > 0.01


def test_a_delivered_weight_alone_is_taken_as_given(uk: Market, used: pd.DataFrame) -> None:
    weights = used["w"].set_axis(uk.respondents.answers.index)
    weighting, design = weigh(*designed(uk, DeliveredDesign(weights=weights), weighting=Weighting(column="w")))
    assert weighting.weights == pytest.approx(used["w"] / used["w"].mean(), rel=1e-11)
    expected = shares(SurveyDesign(used["w"].to_numpy()), used[["swayed"]]).iloc[0]
    found = social(uk, design)
    assert list(found[ROW]) == pytest.approx(list(expected[ROW]), rel=1e-9)


# ---- cells


def of_cells(**more: Any) -> Weighting:
    return Weighting(cells=CELLS, target_source="Census", target_year=2012, **more)


def test_cells_weight_every_pair_of_answers_to_its_target(uk: Market, used: pd.DataFrame) -> None:
    """By hand: a cell's weight is its target over its share of the sample."""
    weighting, _ = weigh(*designed(uk, DeliveredDesign(), weighting=of_cells()))
    pairs = pd.Series(list(zip(used["gender"], used["band"], strict=True)))
    shares_found = pairs.value_counts(normalize=True)
    expected = [CELLS.targets[sex][band] / 100 / shares_found[(sex, band)] for sex, band in pairs]
    assert weighting.weights == pytest.approx(expected, rel=1e-9)


def test_what_cells_fix_has_no_error_and_what_only_margins_fix_has_one(uk: Market) -> None:
    """R survey's postStratify: the residual from the mean of the cell. Women of 18-34 are a cell."""
    young_women = Figure(question="age_band", answer="18-34", domain={})
    inside = uk.respondents.mask({"sex": 2, "age_band": "18-34"}).astype(float)
    values = pd.DataFrame({"cell": inside, "margin": uk.respondents.indicator(young_women)})
    _, by_cells = weigh(*designed(uk, DeliveredDesign(), weighting=of_cells()))
    _, by_margins = weigh(uk.settings, uk.respondents)
    errors = {name: shares(d, values)["std_error"] for name, d in (("cells", by_cells), ("margins", by_margins))}
    assert list(errors["cells"]) == pytest.approx([0, 0], abs=1e-9)
    assert errors["margins"]["margin"] == pytest.approx(0, abs=1e-9)
    assert errors["margins"]["cell"] > 0.005


def test_the_page_says_that_cells_were_weighted(uk: Market) -> None:
    market = reopened(uk, weighting=of_cells())
    assert market.sample.weighted_how == "Weighted to each sex by age (Census, 2012)."
    assert "population target" in market.sample.chart(title="The sample").html
    weighted = market.sample.composition.query("domain == 'weighted'").set_index("answer")["estimate"]
    assert 100 * weighted["1"] == pytest.approx(16 + 17 + 15)
    assert 100 * weighted["55+"] == pytest.approx(15 + 21)


def reopened(uk: Market, delivered: DeliveredDesign | None = None, **settings: Any) -> Market:
    """The bundled market, weighed under other settings."""
    market = Market(uk.study, "uk")
    market.settings, market.respondents = designed(uk, delivered or DeliveredDesign(), **settings)
    market.weighting, market.design = weigh(market.settings, market.respondents)
    return market


# ---- trimming


def trimmed(uk: Market, **bounds: float) -> Weighting:
    return uk.settings.weighting.model_copy(update={"trim": Trimming(**bounds)})


def test_trimming_caps_the_weights_and_rakes_them_again(uk: Market, used: pd.DataFrame) -> None:
    weights = used["w"].set_axis(uk.respondents.answers.index)
    settings = trimmed(uk, lower=0.3, upper=2.0)
    weighting, _ = weigh(*designed(uk, DeliveredDesign(weights=weights), weighting=settings))
    plain = raked(used, used["w"].to_numpy())
    capped = trim_weights(plain, lower=0.3, upper=2.0).weights
    assert weighting.weights == pytest.approx(raked(used, capped), rel=1e-9)
    assert plain.max() > 3 > 2.2 > weighting.largest
    for name, target in TARGETS.items():
        reached = pd.Series(weighting.weights).groupby(used[name]).sum() / len(used)
        assert (100 * reached).to_dict() == pytest.approx(target, abs=1e-6)


def test_the_page_says_that_weights_were_cut(uk: Market) -> None:
    market = reopened(uk, weighting=trimmed(uk, upper=1.2))
    assert market.weighting.largest < uk.weighting.largest
    assert market.sample.weighted_how.endswith(
        "Weights were cut to between 0 and 1.2 times their mean, then weighted to the targets again."
    )


def test_the_page_says_that_a_delivered_weight_was_cut(uk: Market, used: pd.DataFrame) -> None:
    weights = used["w"].set_axis(uk.respondents.answers.index)
    weighting = Weighting(column="w", trim=Trimming(upper=2))
    market = reopened(uk, DeliveredDesign(weights=weights), weighting=weighting)
    assert market.weighting.largest == pytest.approx(2)
    assert "Weights were cut to between 0 and 2 times their mean" in market.sample.weighted_how
    assert "targets" not in market.sample.weighted_how


def test_who_weighs_nothing_is_not_lifted_to_the_lower_bound(uk: Market, used: pd.DataFrame) -> None:
    weights = used["w"].set_axis(uk.respondents.answers.index)
    weights.iloc[:5] = 0.0
    settings = trimmed(uk, lower=0.3, upper=3.0)
    weighting, _ = weigh(*designed(uk, DeliveredDesign(weights=weights), weighting=settings))
    assert (weighting.weights[:5] == 0).all()
    assert weighting.weights[5:].min() > 0.25


# ---- replicate weights


@pytest.mark.parametrize(
    ("how", "scale", "mse"),
    [
        ("{prefix: rw, method: brr}", 1 / 20, False),
        ("{prefix: rw, method: bootstrap}", 1 / 19, False),
        ("{prefix: rw, scale: 0.07, mse: true}", 0.07, True),
        (f"{{prefix: rw, scale: 1, rscales: {[0.5] * 20}}}", 0.5, False),
    ],
)
def test_delivered_replicate_weights_are_raked_and_give_the_error(
    opened: Callable[..., Market], used: pd.DataFrame, how: str, scale: float, mse: bool
) -> None:
    """V = scale sum (theta_r - centre)^2, each replicate raked from its own weights (svrepdesign)."""
    market = opened(f"design: {{strata: territory, psu: area, replicates: {how}}}")
    base = used["swayed"].notna().to_numpy()

    def share(start: pd.Series) -> float:
        weights = raked(used, start.to_numpy())
        return float(np.average(used["swayed"][base], weights=weights[base]))

    thetas = np.array([share(used[name]) for name in REPLICATES])
    centre = share(used["w"]) if mse else thetas.mean()
    found = row(market)
    assert found["estimate"] == pytest.approx(share(used["w"]), rel=1e-9)
    assert found["std_error"] == pytest.approx(np.sqrt(scale * ((thetas - centre) ** 2).sum()), rel=1e-8)
    assert found["degrees_of_freedom"] == len(REPLICATES) - 1
    assert "intervals from 20 replicate weights." in market.source


def test_replicates_of_a_delivered_weight_without_targets_are_taken_as_they_are(uk: Market, used: pd.DataFrame) -> None:
    index = uk.respondents.answers.index
    delivered = DeliveredDesign(used["w"].set_axis(index), replicates=used[REPLICATES].set_axis(index))
    how = SampleDesign(replicates=ReplicateWeights(prefix="rw", method="brr"))
    _, design = weigh(*designed(uk, delivered, weighting=Weighting(column="w"), design=how))
    base = used["swayed"].notna()
    thetas = [np.average(used["swayed"][base], weights=used[name][base]) for name in REPLICATES]
    assert social(uk, design)["std_error"] == pytest.approx(np.std(thetas), rel=1e-9)  # scale 1/R


@pytest.mark.parametrize("method", ["jackknife", "bootstrap"])
def test_errors_from_replicates_agree_with_the_linearised_ones(uk: Market, method: str) -> None:
    """The jackknife of 430 respondents to 2 %; 500 bootstrap samples know an error to 1 / sqrt(1000) = 3 %."""
    figures = [uk.study.settings.key_figures[name] for name in ("social", "reviews", "direct")]
    other = uk.with_replicates(method)
    ours, theirs = (market.rows(figures, {"all": {}}) for market in (uk, other))
    assert list(theirs["estimate"]) == pytest.approx(list(ours["estimate"]), rel=1e-11)
    within = 0.02 if method == "jackknife" else 0.09
    assert list(theirs["std_error"]) == pytest.approx(list(ours["std_error"]), rel=within)
    assert (theirs["std_error"] != ours["std_error"]).all()


@pytest.mark.parametrize(("method", "count"), [("jackknife", 430), ("bootstrap", 500)])
def test_the_page_says_that_errors_are_from_replicates(uk: Market, method: str, count: int) -> None:
    other = uk.with_replicates(method)
    assert f"raked to sex and age; intervals from {count} replicate weights." in other.source
    assert other.shares("device").source == other.source
    assert f">Intervals from {count} replicate weights. " in other.sample.facts(title="Facts").html


def test_a_bootstrap_is_drawn_from_its_seed(uk: Market) -> None:
    one, same, other = (uk.with_replicates("bootstrap", replicates=20, seed=seed) for seed in (1, 1, 2))
    assert row(one)["std_error"] == row(same)["std_error"] != row(other)["std_error"]
    assert "intervals from 20 replicate weights" in one.source


def test_replicates_leave_the_market_they_were_asked_of_unchanged(uk: Market) -> None:
    before, source, claims, sample = row(uk), uk.source, uk.claims, uk.sample
    other = uk.with_replicates("bootstrap", replicates=10)
    assert other.claims is not claims and other.sample is not sample
    assert list(other.claims.rows["estimate"]) == pytest.approx(list(claims.rows["estimate"]))
    assert uk.design.replicates is None
    assert uk.source == source
    assert uk.claims is claims and uk.sample is sample
    pd.testing.assert_series_equal(row(uk), before)


def test_the_jackknife_of_a_delivered_design_leaves_out_its_psus(opened: Callable[..., Market]) -> None:
    """24 areas in 4 regions: as many replicates, and an error near the linearised one of that design."""
    market = opened("design: {strata: territory, psu: area, fpc: rate}")
    other = market.with_replicates("jackknife")
    assert f"intervals from {len(REGIONS) * AREAS} replicate weights" in other.source
    assert row(other)["std_error"] == pytest.approx(row(market)["std_error"], rel=0.1)


@pytest.mark.parametrize("method", ["jackknife", "bootstrap"])
def test_replicates_of_trimmed_weights_leave_out_whom_they_leave_out(uk: Market, method: str) -> None:
    """Bounds that cut nobody's weight change no error: those left out stay out, and those drawn twice
    are not cut for it."""
    assert 0.5 < uk.weighting.smallest < uk.weighting.largest < 2
    loose = reopened(uk, weighting=trimmed(uk, lower=0.5, upper=2.0))
    errors = [row(market.with_replicates(method, replicates=60))["std_error"] for market in (uk, loose)]
    assert errors[1] == pytest.approx(errors[0], rel=1e-6)


def test_intervals_of_replicates_stand_on_their_degrees_of_freedom(uk: Market) -> None:
    found = row(uk.with_replicates("bootstrap", replicates=12))
    assert found["degrees_of_freedom"] == 11
    assert f"95{THIN}% intervals" in uk.with_replicates("bootstrap", replicates=12).shares("device").measure
