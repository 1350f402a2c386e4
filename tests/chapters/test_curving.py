"""Curves over age and over a scale: held against another library's spline and against plain algebra."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import Market, Markets, age_curve, age_curves, parabola
from analysis.chapters.curving import QUANTILES, Curve
from analysis.report.curve import Axis, Panel, curves
from analysis.survey.models import regression
from analysis.survey.quantiles import quantiles

SLOTS = {"title": "The finding", "measure": "Percent", "base": "UK adults", "source": "Source: the survey."}


@pytest.fixture(scope="module")
def curve(uk: Market) -> Curve:
    return age_curve(uk, "influence", item="social", net="top_2_box", band={"age_band": "18-34"})


@pytest.fixture(scope="module")
def choice(uk: Market) -> Curve:
    return parabola(
        uk, {"question": "satisfaction", "mean": True}, {"question": "themes", "item": "cho1", "mean": True}
    )


def swayed(uk: Market) -> pd.Series:
    known = uk.respondents.status["influence.social"].isin(["answered", "dont_know"])
    return (uk.respondents.answers["influence.social"].astype(float) >= 4).astype(float).where(known)


def test_the_curve_is_that_of_another_librarys_natural_spline(uk: Market, curve: Curve) -> None:
    """patsy's `cr` spans the same curves: the same predictions between the outer knots, whatever the columns."""
    patsy = pytest.importorskip("patsy")
    import statsmodels.api as sm

    y, age = swayed(uk), uk.respondents.answers["age"].astype(float)
    inside = y.notna().to_numpy()
    low, *inner, high = quantiles(uk.design, age, QUANTILES, domain=inside)["estimate"]
    basis = f"cr(x, knots={inner}, lower_bound={low}, upper_bound={high}) - 1"
    held = inside & age.between(low, high).to_numpy()
    ours = regression(uk.design, y.where(pd.Series(held, y.index)), _ours(age, inner, (low, high)))
    w = uk.design.weights[held]
    x = np.asarray(patsy.dmatrix(basis, {"x": age[held].to_numpy()}))
    theirs = sm.GLM(y[held].to_numpy(), x, sm.families.Binomial(), var_weights=w / w.mean()).fit(tol=1e-12)
    at = pd.Series([25.0, 40.0, 55.0, 65.0], name="age")
    expected = theirs.predict(np.asarray(patsy.dmatrix(basis, {"x": at.to_numpy()})))
    found = ours.predicted(_ours(at, inner, (low, high)))["estimate"]
    assert found.to_numpy() == pytest.approx(expected, abs=1e-6)
    full = regression(uk.design, y, _ours(age, inner, (low, high))).predicted(_ours(at, inner, (low, high)))
    assert [curve.at(x).row["estimate"] for x in at] == pytest.approx(list(full["estimate"]))


def _ours(ages: pd.Series, inner: list[float], ends: tuple[float, float]) -> pd.DataFrame:
    from analysis.survey.splines import natural_spline

    return natural_spline(ages.rename("age"), inner, ends)


def test_the_dots_are_the_observed_shares_at_the_mean_age(uk: Market, curve: Curve) -> None:
    y, age = swayed(uk), uk.respondents.answers["age"].astype(float)
    held = (age.between(35, 44) & y.notna()).to_numpy()
    row = curve.dots.rows.set_index("label").loc["35\u201344"]
    w = uk.design.weights[held]
    assert row["estimate"] == pytest.approx(np.average(y[held], weights=w))
    assert row["x"] == pytest.approx(np.average(age[held], weights=w))
    assert row["unweighted_base"] == held.sum()


def test_the_young_are_set_off_up_to_the_end_of_their_last_year(curve: Curve) -> None:
    assert curve.axis.band == (18, 35)


def test_a_sentence_claims_what_the_tests_show(curve: Curve) -> None:
    assert "no more than chance would give (p = 0.200)." in replace(curve, any_p=0.2, bend_p=0.3).matters
    assert "give (p < 0.001) and is bent" in replace(curve, any_p=1e-5, bend_p=0.01).matters
    assert "and may as well be a straight line (p = 0.300)" in replace(curve, any_p=1e-5, bend_p=0.3).matters
    assert replace(curve, any_p=0.06).clear == "the change could be chance"
    assert replace(curve, any_p=0.04).clear == "the change is more than chance would give"


def test_the_parabola_is_weighted_least_squares(uk: Market, choice: Curve) -> None:
    given = uk.respondents.answers[["satisfaction", "themes.cho1"]].astype(float).to_numpy()
    inside = ~np.isnan(given).any(axis=1)
    y, x = given[inside].T
    root = np.sqrt(uk.design.weights[inside])
    columns = np.column_stack([np.ones(len(x)), x, x**2])
    b = np.linalg.lstsq(root[:, None] * columns, root * y, rcond=None)[0]
    assert [choice.at(k).row["estimate"] for k in (1, 4, 7)] == pytest.approx([b @ [1, k, k * k] for k in (1, 4, 7)])


def test_turning_is_tested_by_the_slopes_at_both_ends(uk: Market, choice: Curve) -> None:
    """Counted from an end, the slope there is the coefficient of the number itself (Lind and Mehlum 2010)."""
    given = uk.respondents.answers[["satisfaction", "themes.cho1"]].astype(float)
    one_sided = []
    for end, sign in ((1.0, -1), (7.0, 1)):
        x = given["themes.cho1"] - end
        model = regression(uk.design, given["satisfaction"], pd.DataFrame({"x": x, "xx": x**2}), family="linear")
        row = model.coefficients.loc[("x", "")]
        wrong = sign * row["estimate"] > 0
        one_sided.append(1 - row["p_value"] / 2 if wrong else row["p_value"] / 2)
    assert choice.turning_p == pytest.approx(max(one_sided))


def test_a_turn_is_claimed_only_where_both_ends_are_clear(choice: Curve) -> None:
    assert "rises to a peak" in replace(choice, turning_p=0.01).turns
    assert "No rise followed by a fall" in replace(choice, turning_p=0.2).turns


def test_the_average_of_the_markets_is_that_of_their_curves(markets: Markets) -> None:
    found = age_curves(markets, "influence", item="social", net="top_2_box")
    rows = [curve.at(30).row for curve in found.curves.values()]
    assert found.at(30).row["estimate"] == pytest.approx(np.mean([row["estimate"] for row in rows]))
    error = np.sqrt(sum(row["std_error"] ** 2 for row in rows)) / len(rows)
    assert found.at(30).row["std_error"] == pytest.approx(error)
    assert list(found.any_p.index) == [market.name for market in markets.markets]


def test_a_chart_of_several_has_a_panel_each_and_every_number_in_its_text(curve: Curve) -> None:
    panels = {"Here": curve.panel({(18, 34): 29.0}), "There": curve.panel()}
    made = curves(panels, curve.axis, observed="observed", **SLOTS)
    assert made.html.count("<svg") == 2
    for age in curve.axis.ticks:
        assert f"Here, curve at {age:g}: {curve.at(age)}" in made.text
    assert "Here, published figure 18 to 34: 29" in made.text
    assert all(f"There, observed {label}: " in made.text for label in curve.dots.rows["label"])


def test_a_panel_without_a_curve_says_so(curve: Curve) -> None:
    hidden = curve.line.rows.assign(flag="not asked")
    panels = {"Here": curve.panel(), "There": Panel(hidden, curve.dots.rows.assign(flag="not asked"))}
    html = curves(panels, curve.axis, observed="observed", **SLOTS).html
    assert ">not asked</text>" in html
    alone = curves({"There": panels["There"]}, Axis("Age", (18, 80), (20, 80)), observed="observed", **SLOTS).html
    assert "Not asked in this market" in alone and "<svg" not in alone
