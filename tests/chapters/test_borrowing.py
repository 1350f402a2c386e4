"""Partial pooling over markets: on the logit scale, by the weights of the model, and turned back."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from test_comparing import unasked  # noqa: F401

from analysis import Markets, pool
from analysis.report.disclosure import NOT_ASKED
from analysis.survey.pooling import heterogeneity


def test_a_pooled_figure_leans_to_the_mean_by_its_weight(markets: Markets) -> None:
    found = pool(markets, "young")
    direct, pooled = (found.rows[found.rows["domain"] == d].set_index("market") for d in ("direct", "pooled"))
    p = direct["estimate"]
    errors = direct["std_error"] / (p * (1 - p))  # delta method
    model = heterogeneity(logit(p), errors)
    weight = model.tau_squared / (model.tau_squared + errors**2)  # Morris 1983, p. 48
    assert direct["weight_direct"].to_numpy() == pytest.approx(weight.to_numpy())
    expected = expit(weight * logit(p) + (1 - weight) * model.mean)
    assert pooled["estimate"].to_numpy() == pytest.approx(expected.to_numpy())
    assert found.mean == pytest.approx(expit(model.mean))
    assert ((pooled["conf_low"] < pooled["estimate"]) & (pooled["estimate"] < pooled["conf_high"])).all()
    assert np.ptp(pooled["estimate"]) < np.ptp(p)


def test_the_direct_figure_is_the_one_of_the_other_pages(markets: Markets) -> None:
    rows = pool(markets, "young").rows
    direct = rows[rows["domain"] == "direct"].set_index("market")
    for market in markets.markets:
        own = market.key_figures("young").rows.iloc[0]
        columns = ["estimate", "conf_low", "conf_high", "unweighted_base", "flag"]
        assert list(direct.loc[market.code, columns]) == list(own[columns])


def test_both_series_are_drawn_and_tabled(markets: Markets) -> None:
    found = pool(markets, "young")
    text, html = found.chart(title=found.finding).text, found.table(title="Young").html
    assert all(f"{m.name}, {series}: " in text for m in markets.markets for series in ("Direct", "Pooled"))
    assert "logit" in html and "Weight of the direct" in html
    assert found.leaning.startswith("The direct figures keep")
    assert found.left_out == ""


def test_a_market_that_did_not_ask_lends_nothing(unasked: Markets) -> None:  # noqa: F811
    found = pool(unasked, "young")
    rows = found.rows[found.rows["market"] == "fr"]
    assert set(rows["flag"]) == {NOT_ASKED}
    own = found.rows[(found.rows["domain"] == "direct") & (found.rows["market"] != "fr")]
    p = own["estimate"]
    assert found.mean == pytest.approx(expit(heterogeneity(logit(p), own["std_error"] / (p * (1 - p))).mean))
    assert found.left_out == "Not asked in France, left out here."


def test_too_few_markets_keep_their_own_figures(unasked: Markets) -> None:  # noqa: F811
    found = pool(unasked, "no_premium")
    assert found.finding.endswith("too few markets to borrow from")
    assert found.leaning.startswith("With fewer than three markets")
    direct, pooled = (found.rows[found.rows["domain"] == d].reset_index(drop=True) for d in ("direct", "pooled"))
    assert pooled["estimate"].equals(direct["estimate"]) and (pooled["weight_direct"] == 1).all()
