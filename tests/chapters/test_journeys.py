"""A journey cell by cell: figures by hand from the raw file's answers, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import Market, journey
from analysis.chapters.journeys import Journey
from analysis.survey.compare import contrasts
from analysis.survey.design import SurveyDesign


@pytest.fixture(scope="module")
def path(uk: Market) -> Journey:
    return journey(uk, "journey")


def scored(uk: Market, stage: str) -> pd.DataFrame:
    """1, -1 or 0 of every cell of a stage, from the codes themselves; NaN where it was not rated."""
    columns = [name for name in uk.respondents.answers if name.startswith(f"journey.{stage}_")]
    codes = uk.respondents.answers[columns].astype(float)
    known = uk.respondents.status[columns].isin(["answered", "dont_know"])
    return np.sign(codes - 3).fillna(0.0).where(known)


def test_a_cell_is_the_weighted_share_better_less_the_share_worse(uk: Market, path: Journey) -> None:
    given = scored(uk, "buy")["journey.buy_website"]
    inside = given.notna().to_numpy()
    expected = np.average(given[inside], weights=uk.design.weights[inside])
    row = path.cells["buy_website"].row
    assert row["estimate"] == pytest.approx(expected)
    assert row["unweighted_base"] == inside.sum()


def test_a_stage_counts_a_cell_as_often_as_it_was_rated(uk: Market, path: Journey) -> None:
    given = scored(uk, "after")
    w = uk.design.weights[:, None]
    expected = np.nansum(w * given) / (w * given.notna()).to_numpy().sum()
    row = path.parts["after"].row
    assert row["estimate"] == pytest.approx(expected)
    assert row["ratings"] == given.notna().to_numpy().sum()


def test_there_is_a_part_a_row_and_a_column_and_the_whole(uk: Market, path: Journey) -> None:
    asked = uk.study.codebook.questions["journey"]
    assert list(path.parts.rows["item"]) == [*asked.rows, *asked.columns, "whole"]
    assert len(path.cells.rows) == len(asked.rows) * len(asked.columns)


def test_a_gap_is_the_part_less_the_whole(path: Journey) -> None:
    parts = path.parts.rows.set_index("item")["estimate"]
    gaps = path.gaps.rows.set_index("item")["estimate"]
    assert gaps.to_numpy() == pytest.approx((parts - parts["whole"])[gaps.index].to_numpy())


def test_the_error_of_a_difference_of_ratios_is_linearised() -> None:
    """z = w (y - r x) / sum w x of each ratio, subtracted; V = n / (n - 1) sum (z - mean)^2 (Lumley 2010, ch. 2)."""
    w = np.array([1.0, 2.0, 1.5, 0.5, 1.0, 3.0])
    y = pd.DataFrame({"part": [1, 0, -1, np.nan, 1, 2.0], "whole": [2, 1, -1, 1, 0, 2.0]})
    x = pd.DataFrame({"part": [1, 1, 2, np.nan, 1, 3.0], "whole": [3, 2, 2, 1, 2, 4.0]})
    z = np.zeros(6)
    ratios = []
    for name, sign in (("part", 1.0), ("whole", -1.0)):
        top, below = y[name].fillna(0).to_numpy(), x[name].fillna(0).to_numpy()
        ratios.append((w @ top) / (w @ below))
        z += sign * w * (top - ratios[-1] * below) / (w @ below)
    expected = np.sqrt(6 / 5 * ((z - z.mean()) ** 2).sum())
    found = contrasts(SurveyDesign(w), y, np.array([[1.0, -1.0]]), over=x)[0]
    assert found.estimate == pytest.approx(ratios[0] - ratios[1])
    assert found.std_error == pytest.approx(expected)


def with_gaps(path: Journey, **p_values: float) -> Journey:
    """The journey with only these gaps clear, above the whole where the part's name is a stage."""
    rows = path.gaps.rows.copy()
    rows["p_adjusted"] = rows["item"].map(p_values).fillna(1.0)
    rows["estimate"] = np.where(rows["item"].isin(["buy"]), 0.1, -0.1)
    return replace(path, gaps=replace(path.gaps, rows=rows))


def test_what_stands_out_is_named_on_its_side(path: Journey) -> None:
    given = with_gaps(path, buy=0.001, after=0.01, shop=0.2)
    assert given.outliers == "\u201cBuy\u201d lies ahead, \u201cAfter-sales\u201d falls behind"
    assert "\u201cBuy\u201d (+10) above the whole; \u201cAfter-sales\u201d (\u221210) below" in given.standing_out


def test_where_nothing_is_clear_nothing_stands_out(path: Journey) -> None:
    given = with_gaps(path, buy=0.051)
    assert given.outliers == "No stage or touchpoint stands out"
    assert "none differs from the whole" in given.standing_out
    assert "no stage or touchpoint stands out" in given.finding


def test_what_is_too_small_to_show_is_not_tested(path: Journey) -> None:
    low = path.gaps.rows["unweighted_base"] < 30
    assert path.gaps.rows.loc[low, "p_adjusted"].isna().all()
    assert path.gaps.rows.loc[~low, "p_adjusted"].notna().all()


def test_a_respondents_score_is_the_mean_of_the_own_ratings(uk: Market, path: Journey) -> None:
    own = pd.concat([scored(uk, stage) for stage in uk.study.codebook.questions["journey"].rows], axis=1)
    pd.testing.assert_series_equal(path.scores, own.mean(axis=1), check_names=False)
