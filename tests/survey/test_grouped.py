"""Sums by cell against the respondents themselves: the same estimates, errors, letters and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.errors import JourneybookError
from analysis.survey.compare import contrasts, pairwise
from analysis.survey.design import SurveyDesign, level_codes
from analysis.survey.estimates import COLUMNS, shares
from analysis.survey.grouped import GroupedDesign, Groups, grouped_design, weigh_groups
from analysis.survey.weights import given_weights, joint_margin, post_stratify, rake_survey

ROWS = 1500
TARGETS = {"a": {0: 20, 1: 50, 2: 30}, "b": {0: 49, 1: 51}, "c": {0: 40, 1: 60}}
CELLS = {(0, 0): 10, (0, 1): 15, (1, 0): 20, (1, 1): 25, (2, 0): 12, (2, 1): 18}
NAMES = ["y1", "y2", "y3"]
DESIGNS: dict[str, dict[str, Any]] = {
    "alone": {},
    "strata": {"strata": True},
    "strata and rates": {"strata": True, "fpc": True},
    "psus": {"strata": True, "psus": True},
    "psus and rates": {"strata": True, "psus": True, "fpc": True},
}


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Respondents with unequal base weights, some of them 0, and items with missing answers."""
    rng = np.random.default_rng(20261122)
    frame = pd.DataFrame({"base": np.exp(rng.normal(0, 0.6, ROWS)) * (rng.random(ROWS) > 0.02)})
    frame["h"], frame["psu"] = rng.integers(0, 6, ROWS), rng.integers(0, 9, ROWS)
    frame["f"] = frame["h"].map({0: 0.1, 1: 0.0, 2: 0.5, 3: 0.3, 4: 0.9, 5: 0.2})
    frame["a"], frame["b"] = rng.integers(0, 3, ROWS), rng.integers(0, 2, ROWS)
    frame["c"] = (rng.random(ROWS) < 0.3 + 0.05 * frame["h"]).astype(int)
    for number, name in enumerate(NAMES):
        frame[name] = (rng.normal(0.2 * frame["a"] + 0.3 * frame["psu"] / 9, 1) > 0.5 * number).astype(float)
        frame.loc[rng.random(ROWS) < 0.05 * number, name] = np.nan
    return frame


def collapsed(people: pd.DataFrame) -> tuple[Groups, pd.DataFrame]:
    """The cells' sums, by a plain pandas group-by, and what the respondents of each share."""
    keys = ["h", "psu", "f", "a", "b", "c", *NAMES]
    frame = people.assign(squared=people["base"] ** 2, held=people["base"] > 0)
    by = frame.groupby([*keys, "held"], dropna=False)
    sums = by.agg(
        n=("base", "size"), w=("base", "sum"), w2=("squared", "sum"), low=("base", "min"), high=("base", "max")
    )
    sums = sums.reset_index()
    return Groups(*(sums[name].to_numpy(float) for name in ("n", "w", "w2", "low", "high"))), sums


def both(
    people: pd.DataFrame, design: dict[str, Any], weighting: str, calibration: Any, **more: Any
) -> tuple[SurveyDesign, GroupedDesign, pd.DataFrame]:
    """The design of the respondents, that of the cells, and the cells."""
    groups, cells = collapsed(people)
    names, base = list(TARGETS), people["base"].to_numpy()
    if weighting == "rake":
        mine = rake_survey(people[names], TARGETS, base_weights=base)
        ours = weigh_groups(groups, cells[names], TARGETS)
        levels = [level_codes(frame[names]) for frame in (people, cells)]
    elif weighting == "cells":
        mine = post_stratify(people[["a", "b"]], CELLS, base_weights=base)
        ours = weigh_groups(groups, cells[["a", "b"]], CELLS, joint=True)
        levels = [level_codes(joint_margin(frame[["a", "b"]]).to_frame()) for frame in (people, cells)]
    else:
        mine, ours, levels = given_weights(base), weigh_groups(groups), [None, None]
    for name in ("effective_base", "design_effect", "efficiency", "largest", "smallest"):
        assert getattr(ours, name) == pytest.approx(getattr(mine, name), rel=1e-12)
    columns = {"strata": "h", "psus": "psu", "fpc": "f"}
    parts = [{key: frame[columns[key]].to_numpy() for key in design} for frame in (people, cells)]
    settings = {"calibration": calibration, **more}
    first = SurveyDesign(mine.weights, **parts[0], margins=levels[0], base_weights=base, **settings)
    return first, grouped_design(groups, ours.factors, **parts[1], margins=levels[1], **settings), cells


def same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Equal in every column that the estimates have, to 1e-10 relative."""
    assert list(first.columns) == list(second.columns) == COLUMNS
    np.testing.assert_allclose(second.to_numpy(float), first.to_numpy(float), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("calibration", ["calibrate", "rake", "as_given"])
@pytest.mark.parametrize("weighting", ["rake", "cells", "given"])
@pytest.mark.parametrize("design", DESIGNS)
def test_cells_give_the_rows_that_respondents_give(
    people: pd.DataFrame, design: str, weighting: str, calibration: str
) -> None:
    whole, grouped, cells = both(people, DESIGNS[design], weighting, calibration)
    same(shares(whole, people[NAMES]), shares(grouped, cells[NAMES]))
    young = [(frame["a"] == 0).to_numpy() for frame in (people, cells)]
    same(shares(whole, people[NAMES], domain=young[0]), shares(grouped, cells[NAMES], domain=young[1]))
    for domain in (None, young):
        first = contrasts(whole, people[NAMES], np.array([[1, -1, 0]]), domain=domain and domain[0])[0]
        second = contrasts(grouped, cells[NAMES], np.array([[1, -1, 0]]), domain=domain and domain[1])[0]
        assert vars(second) == pytest.approx(vars(first), rel=1e-10)


def test_a_share_that_the_targets_fix_has_no_error(people: pd.DataFrame) -> None:
    whole, grouped, cells = both(people, DESIGNS["strata"], "rake", "calibrate")
    fixed = [(frame["a"] == 1).astype(float).to_frame("middle") for frame in (people, cells)]
    row = shares(grouped, fixed[1]).iloc[0]
    assert (row["estimate"], row["std_error"]) == (pytest.approx(0.5), 0.0)
    same(shares(whole, fixed[0]), shares(grouped, fixed[1]))


def test_a_share_that_the_strata_fix_has_no_error_under_alike_weights(people: pd.DataFrame) -> None:
    alike = people.assign(base=0.1)  # 0.1 has no exact sum: what is left of its spread is rounding
    whole, grouped, cells = both(alike, DESIGNS["strata"], "given", "as_given")
    north = [frame["h"].isin([0, 1]).astype(float).to_frame("north") for frame in (alike, cells)]
    assert shares(grouped, north[1])["std_error"].tolist() == [0.0]
    same(shares(whole, north[0]), shares(grouped, north[1]))


@pytest.mark.parametrize("single_psu", ["certainty", "centre"])
@pytest.mark.parametrize("design", ["strata", "psus"])
def test_a_stratum_of_one_unit_adds_what_is_declared(people: pd.DataFrame, design: str, single_psu: str) -> None:
    lone = people.copy()
    lone.loc[lone["h"] == 5, ["h", "psu", "f"]] = 4, 3, 0.9
    lone.loc[7, ["h", "psu", "f", "base", "y1"]] = 5, 1, 0.2, 1.3, 1.0
    whole, grouped, cells = both(lone, DESIGNS[design], "given", "as_given", single_psu=single_psu)
    same(shares(whole, lone[NAMES]), shares(grouped, cells[NAMES]))
    strict = both(lone, DESIGNS[design], "given", "as_given")[1]
    with pytest.raises(JourneybookError, match="1 strata hold one PSU"):
        shares(strict, cells[NAMES])


def test_groups_of_a_banner_differ_by_as_much_as_among_respondents(people: pd.DataFrame) -> None:
    whole, grouped, cells = both(people, DESIGNS["strata"], "rake", "calibrate")
    columns = [pd.DataFrame({n: f["y1"].where(f["a"] == n) for n in range(3)}) for f in (people, cells)]
    first, second = pairwise(whole, columns[0]), pairwise(grouped, columns[1])
    assert list(first) == list(second) == [(0, 1), (0, 2), (1, 2)]
    for pair in first:
        assert vars(second[pair]) == pytest.approx(vars(first[pair]), rel=1e-10)


def test_raking_cells_refuses_as_raking_respondents_does(people: pd.DataFrame) -> None:
    lost = people.assign(a=people["a"].where(people["a"] != 2, None))
    groups, cells = collapsed(lost)
    with pytest.raises(JourneybookError) as among_all:
        rake_survey(lost[list(TARGETS)], TARGETS, base_weights=lost["base"].to_numpy())
    with pytest.raises(JourneybookError) as among_cells:
        weigh_groups(groups, cells[list(TARGETS)], TARGETS)
    assert str(among_cells.value) == str(among_all.value)
    assert f"{int((people['a'] == 2).sum())} respondents have no level" in str(among_cells.value)


def test_the_effective_base_of_a_domain_is_that_of_its_respondents(people: pd.DataFrame) -> None:
    whole, grouped, cells = both(people, DESIGNS["alone"], "given", "as_given")
    for inside in (None, 1, 9):  # everybody, a level, and nobody
        masks = [None if inside is None else (frame["a"] == inside).to_numpy() for frame in (people, cells)]
        assert grouped.effective_base(masks[1]) == pytest.approx(whole.effective_base(masks[0]), rel=1e-12)
