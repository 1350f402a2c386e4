"""Figures beside one another and added up: oracles are sums and means by hand from the respondents' own answers."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import Market, beside, combined, together
from analysis.report.words import THIN

THREE = [{"question": "support_would", "item": item} for item in ("phone_or_email", "self_service", "social")]
RATINGS = [{"question": q, "item": "retail", "mean": True} for q in ("sector_first", "sector_follow", "sector_loyalty")]


def test_a_sum_is_of_the_shares_and_its_error_of_the_sum(uk: Market) -> None:
    """By hand: sum w y / sum w of y, how many of the three each named; V = n/(n-1) sum z^2 without strata."""
    row = combined(uk, {"Three": THREE}, how="sum", measure="m", base="b").rows.iloc[0]
    answers, inside = uk.respondents.answers, uk.respondents.in_base("support_would.phone")
    either = (answers["support_would.phone"] == 1) | (answers["support_would.email"] == 1)
    y = either.astype(float) + (answers["support_would.self_service"] == 1) + (answers["support_would.social"] == 1)
    expected = np.average(y[inside], weights=uk.design.weights[inside])
    shares = uk.shares("support_would", item=[one["item"] for one in THREE]).rows["estimate"]
    assert row["estimate"] == pytest.approx(expected, abs=1e-11) == pytest.approx(shares.sum(), abs=1e-11)
    assert row["estimate"] > 1
    assert row["unweighted_base"] == inside.sum()
    assert row["unit"] == "share"


def test_a_sum_of_answers_that_exclude_one_another_is_their_net(uk: Market) -> None:
    nets = [{"question": "support_first", "net": net} for net in ("phone_or_email", "self_service", "social")]
    row = combined(uk, {"Three": nets}, how="sum", measure="m", base="b").rows.iloc[0]
    net = uk.shares("support_first", net="named_in_2012").rows.iloc[0]
    columns = ["estimate", "std_error", "unweighted_base"]
    assert row[columns].astype(float).to_numpy() == pytest.approx(net[columns].astype(float).to_numpy(), abs=1e-11)


def test_a_mean_is_of_each_respondents_own_answers(uk: Market) -> None:
    row = combined(uk, {"Retail": RATINGS}, how="mean", measure="m", base="b").rows.iloc[0]
    own = uk.respondents.answers[[f"{one['question']}.retail" for one in RATINGS]].astype(float)
    own = own.mean(axis=1).where(own.notna().sum(axis=1) >= 2)
    inside = own.notna().to_numpy()
    assert row["estimate"] == pytest.approx(np.average(own[inside], weights=uk.design.weights[inside]), abs=1e-11)
    assert row["unweighted_base"] == inside.sum() < len(own)
    assert row["unit"] == "mean"


def test_means_have_the_places_they_may_hold_and_the_ends_of_their_scale(uk: Market) -> None:
    lines = {item: [{**one, "item": item} for one in RATINGS] for item in ("retail", "telecoms", "finance")}
    made = combined(uk, lines, how="mean", measure="m", base="b")
    assert made.limits == (1, 5)
    assert set(made.rows["rank_low"]) <= {1, 2, 3}
    order = made.rows["estimate"].rank(ascending=False)
    assert ((made.rows["rank_low"] <= order) & (order <= made.rows["rank_high"])).all()


def test_a_sum_above_one_is_drawn_whole(uk: Market) -> None:
    chart = combined(uk, {"Three": THREE}, how="sum", measure="m", base="b").chart(title="Sum", published=83)
    assert ">150\u202f%<" in chart.html
    assert f"published figure 83{THIN}%" in chart.text


def test_series_stand_beside_one_another_with_their_own_bases(uk: Market) -> None:
    said = {"Social": {"question": "support_first", "net": "social"}}
    did = {"Social": {"question": "support_last", "net": "social"}}
    made = beside(uk, {"said": said, "did": did}, measure="m", base="b")
    for name, question in (("said", "support_first"), ("did", "support_last")):
        own, alone = made.rows[made.rows["domain"] == name].iloc[0], uk.shares(question, net="social").rows.iloc[0]
        assert (own["label"], own["domain_label"]) == ("Social", name)
        for column in ("estimate", "std_error", "unweighted_base"):
            assert own[column] == pytest.approx(alone[column], abs=1e-11)
    assert made.rows["unweighted_base"].nunique() == 2


def test_estimates_come_together_under_the_names_of_their_series(uk: Market) -> None:
    first, last = (uk.shares(question, net=["social", "other"]) for question in ("support_first", "support_last"))
    made = together({"first": first, "last": last}, measure="m", base="b")
    assert list(made.rows["domain_label"]) == ["first"] * 2 + ["last"] * 2
    assert list(made.rows["estimate"]) == [*first.rows["estimate"], *last.rows["estimate"]]
    assert (made.measure, made.base) == ("m", "b")
