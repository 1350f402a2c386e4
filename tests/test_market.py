"""One market, opened: its figures are those of its file, and every row says what a reader needs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from analysis import Market, open_market
from analysis.errors import JourneybookError
from analysis.report.words import THIN
from analysis.study.codebook import Figure

COLUMNS = [  # the row that everything downstream takes
    "market",
    "question",
    "item",
    "answer",
    "domain",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "degrees_of_freedom",
    "unweighted_base",
    "weighted_base",
    "effective_base",
    "design_effect",
    "flag",
]
TARGETS = {  # UN World Population Prospects 2019, as declared in params/markets/uk.yaml
    "gender": {1: 48.66, 2: 51.34},
    "band": {"18-34": 28.66, "35-54": 34.80, "55+": 36.54},
}


@pytest.fixture(scope="module")
def by_hand(root: Path) -> pd.DataFrame:
    """The UK's respondents read and weighted in a few lines that share no code with the package."""
    raw = pd.read_csv(root / "data" / "raw" / "uk.csv")
    used = raw.drop_duplicates("resp_id").query("duration_s >= 150").reset_index(drop=True).copy()
    used["band"] = pd.cut(used["age"], [17, 34, 54, 99], labels=list(TARGETS["band"])).astype(str)
    weight = pd.Series(1.0, index=used.index)
    for _ in range(200):
        for column, shares in TARGETS.items():
            have = weight.groupby(used[column]).transform("sum") / weight.sum()
            weight *= used[column].map(shares) / 100 / have
    return used.assign(weight=weight)


@pytest.fixture(scope="module")
def toplines(uk: Market) -> dict[str, pd.DataFrame]:
    return {question: uk.topline(question).rows for question in uk.questions}


def weighted_share(frame: pd.DataFrame, column: str, answers: list[int]) -> float:
    """Refusals (99) and blanks leave the base, don't-knows (98) stay in it."""
    base = frame[frame[column].notna() & (frame[column] != 99)]
    return float(np.average(base[column].isin(answers), weights=base["weight"]))


@pytest.mark.parametrize(
    ("item", "column"), [("email", "infl_mail"), ("faq", "infl_faq"), ("phone", "infl_tel"), ("social", "infl_soc")]
)
def test_a_battery_is_what_the_file_says(uk: Market, by_hand: pd.DataFrame, item: str, column: str) -> None:
    row = uk.shares("influence", item=item, net="top_2_box")[item].row
    assert row["estimate"] == pytest.approx(weighted_share(by_hand, column, [4, 5]), abs=1e-9)
    assert row["unweighted_base"] == int((by_hand[column].notna() & (by_hand[column] != 99)).sum())


def test_a_domain_is_what_the_file_says(uk: Market, by_hand: pd.DataFrame) -> None:
    row = uk.shares("influence", item="social", net="top_2_box", by="age_band")["18-34"].row
    young = by_hand[by_hand["band"] == "18-34"]
    assert row["estimate"] == pytest.approx(weighted_share(young, "infl_soc", [4, 5]), abs=1e-9)


def test_a_net_of_a_multiple_response_counts_a_respondent_once(uk: Market, by_hand: pd.DataFrame) -> None:
    row = uk.shares("reasons", item="signup_or_payment")["signup_or_payment"].row
    asked = by_hand[by_hand["form"] == 1]
    either = (asked["aband_why_2"] == 1) | (asked["aband_why_3"] == 1)
    assert row["estimate"] == pytest.approx(np.average(either, weights=asked["weight"]), abs=1e-9)


def test_a_routed_question_has_only_those_asked_in_its_base(uk: Market, by_hand: pd.DataFrame) -> None:
    row = uk.shares("needed_support")["1"].row
    asked = by_hand[by_hand["as_need12"].notna()]
    assert row["unweighted_base"] == int((asked["as_need12"] != 99).sum()) < len(by_hand)


def test_a_tidy_row_has_every_column_and_its_labels(uk: Market) -> None:
    for estimates in (uk.shares("influence", net="top_2_box", by="sex"), uk.topline("device"), uk.key_figures()):
        assert set(COLUMNS) <= set(estimates.rows.columns)
        assert estimates.rows[["label", "domain_label"]].notna().all().all()
        assert set(estimates.rows["market"]) == {"uk"}


def test_an_interval_holds_its_estimate_within_nought_and_one(toplines: dict[str, pd.DataFrame]) -> None:
    for question, table in toplines.items():
        rows = table.query("flag != 'suppressed'")
        assert rows["estimate"].between(rows["conf_low"], rows["conf_high"]).all(), question
        assert rows["conf_low"].ge(0).all() and rows["conf_high"].le(1).all(), question


def test_the_answers_of_a_single_choice_add_to_everybody(uk: Market) -> None:
    rows = uk.topline("social_use").rows
    assert rows.groupby("domain")["estimate"].sum().to_numpy() == pytest.approx(1.0)


def test_a_dont_know_line_stands_only_where_somebody_said_so(uk: Market, by_hand: pd.DataFrame) -> None:
    assert (by_hand["soc_use"] == 98).any() and not (by_hand["device"] == 98).any()
    assert "dont_know" in set(uk.topline("social_use").rows["answer"])
    assert "dont_know" not in set(uk.topline("device").rows["answer"])


def test_every_question_has_a_topline_with_every_answer_in_every_column(toplines: dict[str, pd.DataFrame]) -> None:
    assert set(toplines) >= {"influence", "reasons", "support_first", "age_band", "sex"}
    for question, rows in toplines.items():
        assert not rows.duplicated(["item", "answer", "domain"]).any(), question
        assert rows.groupby("domain").size().nunique() == 1, question


def test_a_topline_is_no_column_of_itself(uk: Market) -> None:
    assert not uk.topline("sex").rows["domain"].str.startswith("sex=").any()
    assert uk.topline("sex").rows["domain"].str.startswith("age_band=").any()


def test_the_base_and_the_measure_say_who_and_what(uk: Market) -> None:
    limited = uk.shares("complexity", net="complex", domain={"sex": 2})
    assert limited.base == "UK adults, buyers of the last 12 months, Female"
    assert limited.measure == (
        f"Complexity of the last purchase that needed some thought, % complex or very complex, weighted, "
        f"95{THIN}% intervals"
    )


def test_a_figure_of_few_respondents_is_flagged(uk: Market) -> None:
    rows = uk.shares("support_last", by="age_band").rows
    low = uk.study.settings.low_base
    expected = np.select(
        [rows["unweighted_base"] < low.suppress_below, rows["unweighted_base"] < low.caution_below],
        ["suppressed", "low base"],
        default="",
    )
    assert list(rows["flag"]) == list(expected)
    assert (rows["flag"] != "").any()


def test_a_synthetic_market_says_so_in_every_source(uk: Market) -> None:
    assert uk.synthetic
    assert "Synthetic respondents: an illustration, not a finding." in uk.shares("device").source


# ---- published figures


def test_published_figures_are_found_by_claim(uk: Market) -> None:
    assert uk.published_for({"All": "S0-03", "Young": "S0-04"}) == {"All": 22, "Young": 29}


def test_the_first_claim_that_concerns_the_market_is_taken(uk: Market) -> None:
    ids = {"Reviews": ["S0-06", "S0-08a", "X-03c"]}
    found = [market.published_for(ids)["Reviews"] for market in (uk, uk.sibling("fr"), uk.sibling("de"))]
    assert found == [30, 25, 20]


def test_a_claim_that_printed_no_figure_is_left_out(uk: Market) -> None:
    assert uk.published_for({"All": "S0-03", "Most": "S0-12"}) == {"All": 22}


def test_a_claim_that_does_not_exist_is_no_silent_gap(uk: Market) -> None:
    with pytest.raises((KeyError, JourneybookError)) as refusal:
        uk.published_for({"All": "S9-99"})
    assert "S9-99" in str(refusal.value)


def test_published_key_figures_carry_the_labels_of_their_rows(uk: Market) -> None:
    labels = set(uk.key_figures().rows["label"])
    assert set(uk.published) <= labels
    assert sorted(uk.published.values()) == [22, 29, 30, 40]  # reviews: the UK's own 30, not the 20 of all markets


@pytest.mark.parametrize("code", ["uk", "fr"])
def test_a_market_answers_for_its_own_claims_and_the_common_ones(root: Path, uk: Market, code: str) -> None:
    listed = YAML(typ="safe").load((root / "params" / "claims.yaml").read_text(encoding="utf-8"))["claims"]
    common = [claim for claim in listed if code not in claim.get("excluding", [])]
    concerned = [claim for claim in common if code in claim.get("markets", [code])]
    claims = (uk if code == "uk" else uk.sibling(code)).claims
    assert list(claims.rows["id"]) == [claim["id"] for claim in concerned]
    counted = [claim for claim in concerned if not {"reading_of", "population"} & set(claim)]
    assert claims["reproduced"] + claims["differs"] + claims["cannot tell"] == claims.total == len(counted)


# ---- comparisons


def test_overlapping_domains_are_compared_with_their_covariance(uk: Market) -> None:
    figure = Figure(question="influence", item="social", net="top_2_box")
    young = figure.model_copy(update={"domain": {"age_band": "18-34"}})
    gap = uk.difference(young, figure)
    rows = uk.shares("influence", item="social", net="top_2_box", by="age_band")
    apart = np.hypot(rows["18-34"].row["std_error"], rows["total"].row["std_error"])
    assert gap.estimate == pytest.approx(rows["18-34"].row["estimate"] - rows["total"].row["estimate"], abs=1e-12)
    assert 0 < gap.std_error < apart
    assert gap.unweighted_base == rows["18-34"].row["unweighted_base"]


def test_a_domain_does_not_differ_from_itself(uk: Market) -> None:
    figure = Figure(question="influence", item="social", net="top_2_box")
    gap = uk.difference(figure, figure)
    assert gap.estimate == gap.std_error == 0
    assert gap.p_value == 1


def test_a_contrast_is_the_difference_in_a_sentence(uk: Market) -> None:
    groups = {"the young": {"age_band": "18-34"}, "all adults": {}}
    text = uk.contrast("influence", groups, item="social", net="top_2_box")
    rows = uk.shares("influence", item="social", net="top_2_box", by="age_band")
    size = abs(round(100 * (rows["18-34"].row["estimate"] - rows["total"].row["estimate"])))
    assert f"Among the young the share is {size} points above that among all adults" in text


def test_a_contrast_of_too_few_respondents_shows_no_figure(uk: Market) -> None:
    few = {"sex": 1, "age_band": "18-34", "device": 3}
    assert uk.respondents.mask(few).sum() < uk.study.settings.low_base.suppress_below
    one_way, other_way = {"a few": few, "all adults": {}}, {"all adults": {}, "a few": few}
    for groups in (one_way, other_way):
        text = uk.contrast("influence", groups, item="social", net="top_2_box")
        assert not re.search(r"\d", text)
        assert "Among a few there are too few respondents" in text


def test_a_lead_names_the_first_two(uk: Market) -> None:
    ranked = uk.shares("influence", item=["email", "faq", "phone", "social"], net="top_2_box").ranked()
    assert uk.lead(ranked).startswith(f"\u201c{ranked.first().label}\u201d comes first")
    assert "a good website FAQ" in uk.lead(ranked) or "A good website FAQ" in uk.lead(ranked)
    assert uk.margin(ranked) in ("by a clear margin", "but too close to call")


# ---- opening


def test_a_market_opens_from_a_folder_below_the_project(
    uk: Market, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "notebooks" / "market")
    market = open_market("uk", "params")
    assert market.study.folder == root / "params"
    pd.testing.assert_frame_equal(market.key_figures().rows, uk.key_figures().rows, check_dtype=False)


def test_a_market_does_not_open_without_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(JourneybookError) as refusal:
        open_market("uk", "params")
    assert "there is no study here" in str(refusal.value)


def test_an_unknown_market_is_refused_with_the_list(root: Path) -> None:
    with pytest.raises(JourneybookError, match="did you mean uk") as refusal:
        open_market("gb", root / "params")
    assert "uk, fr, de, it, es, nl, se" in str(refusal.value)


def test_the_provenance_names_people_fieldwork_weighting_and_file(uk: Market) -> None:
    text = uk.provenance
    assert text.startswith("UK adults, simulated, dated 6 to 17 February 2012.")
    assert f"{uk.weighting.design_effect:.2f}." in text
    assert uk.respondents.sha256[:12] in text
