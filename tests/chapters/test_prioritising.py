"""What matters more and goes worse than the average, by tests over all things at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import Market, priorities
from analysis.chapters.prioritising import Priorities
from analysis.survey.compare import adjusted, difference


@pytest.fixture(scope="module")
def moments(uk: Market) -> Priorities:
    importance = uk.shares("moment_importance", item=["deliver", "fix", "renew"], net="top_2_box")
    return priorities(uk, importance, uk.shares("moment_performance", net="good"), what="moment")


def test_a_gap_is_the_share_less_the_average_of_all(uk: Market, moments: Priorities) -> None:
    shares = moments.importance.rows.set_index("label")["estimate"]
    assert moments.gaps["importance"].to_numpy() == pytest.approx((shares - shares.mean()).to_numpy())
    assert moments.gaps["performance"].sum() == pytest.approx(0, abs=1e-12)
    assert list(moments.gaps.index) == list(shares.index)  # what has no importance is left out


def test_its_tests_are_those_of_linear_contrasts_adjusted_together(uk: Market) -> None:
    """Channels used have one base, so that a contrast is one of two columns: a channel, and the mean of all."""
    used = uk.shares("channels_used", item=["phone", "shop", "email"])
    values = uk.values([{"question": "channels_used", "item": item} for item in used.rows["item"]])
    p_values = [difference(uk.design, values[n], values.mean(axis=1)).p_value for n in range(3)]
    found = priorities(uk, used, used, what="channel").gaps
    expected = adjusted(np.array(p_values * 2))
    assert [*found["p_importance"], *found["p_performance"]] == pytest.approx(list(expected))


def made(moments: Priorities, *rows: tuple[float, float, float, float]) -> Priorities:
    names = ["importance", "performance", "p_importance", "p_performance"]
    labels = ["Paying", "Delivery", "Getting help"][: len(rows)]
    return replace(moments, gaps=pd.DataFrame(rows, index=labels, columns=names))


def test_only_what_is_clear_on_both_sides_is_named(moments: Priorities) -> None:
    found = made(moments, (0.1, -0.1, 0.01, 0.01), (0.1, 0.1, 0.01, 0.04), (0.2, -0.2, 0.001, 0.06))
    assert found.where(important=True, good=False) == ["Paying"]
    assert found.where(important=True, good=True) == ["Delivery"]
    worse, better = "Paying: matters more than the average moment and is done worse.", "Delivery: matters more"
    assert found.sentence.startswith(f"{worse} {better}")


def test_two_are_named_in_a_row_and_none_is_said_so(moments: Priorities) -> None:
    weak = (0.1, -0.1, 0.01, 0.01)
    assert made(moments, weak, weak, weak).sentence.startswith("Paying, delivery and getting help: matter more")
    assert "No moment is told from the average" in made(moments, (0.1, -0.1, 0.5, 0.01)).sentence


def test_it_is_drawn_as_a_plane(moments: Priorities) -> None:
    chart = moments.chart(title="Moments")
    assert "Matters more, done worse" in chart.html
    assert chart.text.count("importance") >= 3


def test_hidden_figures_are_left_out(uk: Market, moments: Priorities) -> None:
    rows = moments.importance.rows.assign(flag=["", "suppressed", ""])
    found = priorities(uk, replace(moments.importance, rows=rows), moments.performance, what="moment")
    assert len(found.gaps) == 2
    none = priorities(
        uk, replace(moments.importance, rows=rows.assign(flag="not asked")), moments.performance, what="x"
    )
    assert none.sentence == "No x can be set against another: not asked in this market."
