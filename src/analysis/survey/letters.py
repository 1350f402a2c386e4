"""Significance letters of a banner, their p-values kept."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.survey.compare import Adjustment, Difference, adjusted, contrasts, pair_matrix
from analysis.survey.design import SurveyDesign

Pairs = Mapping[tuple[str, str], Difference]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
AT_ONCE = 200_000  # cells of indicators by groups that go through one calculation
TESTED = ["estimate", "std_error", "degrees_of_freedom", "p_value"]


def group_tests(
    design: SurveyDesign,
    indicators: pd.DataFrame,
    groups: Mapping[str, np.ndarray],
    *,
    confidence_level: float = 0.95,
    adjustment: Adjustment = "holm",
    minimum_base: int = 30,
) -> pd.DataFrame:
    """`letter_tests` of every column of `indicators` between the groups (masks) of one sample."""

    question = group_pairs(design, indicators, groups)
    return letter_tests(question, confidence_level=confidence_level, adjustment=adjustment, minimum_base=minimum_base)


def group_pairs(
    design: SurveyDesign, indicators: pd.DataFrame, groups: Mapping[str, np.ndarray]
) -> dict[Hashable, Pairs]:
    """Column of `indicators` to its differences between every two groups (masks) of one sample."""

    masks = np.column_stack(list(groups.values()))
    pairs = list(combinations(groups, 2))
    if not pairs:
        return {item: {} for item in indicators}
    matrix = pair_matrix(len(groups))
    at_once = max(1, AT_ONCE // masks.size)  # each calculation has its fixed cost
    found: dict[Hashable, Pairs] = {}
    for start in range(0, indicators.shape[1], at_once):
        some = indicators.iloc[:, start : start + at_once]
        inside = np.where(masks[:, None, :], some.to_numpy(float)[:, :, None], np.nan).reshape(len(masks), -1)
        gaps = contrasts(design, pd.DataFrame(inside), np.kron(np.eye(some.shape[1]), matrix))
        for n, item in enumerate(some):
            found[item] = dict(zip(pairs, gaps[n * len(pairs) :], strict=False))
    return found


def letter_tests(
    question: Mapping[Hashable, Pairs],
    *,
    confidence_level: float = 0.95,
    adjustment: Adjustment = "holm",
    minimum_base: int = 30,
    families: Mapping[Hashable, Hashable] | None = None,
) -> pd.DataFrame:
    """Every test behind the letters of one question, one row an item and pair of groups.

    Items of several questions are told apart by `families` (item to the name of its own): p-values are
    adjusted within each.

    `question` maps an item to its pairwise differences (`pairwise`, or `separate_difference` of
    samples). Index: item, first, second. Columns: `estimate` (first less second, 0-1), `std_error`,
    `degrees_of_freedom` (no more than the smaller group has), `p_value`, `p_adjusted` over all tests of
    the question, and `significant`.
    A group under `minimum_base` is not tested: its p-values are NaN.
    """
    records = {
        (item, *pair): {
            "estimate": gap.estimate,
            "std_error": gap.std_error,
            "degrees_of_freedom": gap.degrees_of_freedom,
            "p_value": gap.p_value if gap.unweighted_base >= minimum_base else np.nan,
        }
        for item, pairs in question.items()
        for pair, gap in ((pair, _of_smaller(gap)) for pair, gap in pairs.items())
    }
    tests = pd.DataFrame(list(records.values()), columns=TESTED, dtype=float)
    tests.index = pd.MultiIndex.from_tuples(list(records), names=["item", "first", "second"])
    values, adjust = tests["p_value"].to_numpy(), np.full(len(tests), np.nan)
    for places in _together([families[item] if families else "" for item, *_ in records]):
        adjust[places] = adjusted(values[places], adjustment)
    tests["p_adjusted"] = adjust
    tests["significant"] = tests["p_adjusted"] < 1 - confidence_level
    return tests


def _together(names: list[Hashable]) -> list[list[int]]:
    """The places of each name."""
    places: dict[Hashable, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    return list(places.values())


def _of_smaller(gap: Difference) -> Difference:
    """The same with no more degrees of freedom than the smaller group has: many tests ask far into the tail."""
    return replace(gap, degrees_of_freedom=min(gap.degrees_of_freedom, gap.unweighted_base - 1))


def letters(tests: pd.DataFrame, *, start: int = 0) -> pd.DataFrame:
    """The letters of `letter_tests`: a row an item, a column a group, "" where nothing is told.

    Groups are lettered A to Z, then a to z, in the order of the tests, from the letter at place
    `start`; a group carries the letter of every group that it lies significantly above.
    """
    first, second = (tests.index.get_level_values(level) for level in ("first", "second"))
    groups = list(dict.fromkeys([*first, *second]))
    names = dict(zip(groups, LETTERS[start:], strict=False))
    table = pd.DataFrame("", index=pd.unique(tests.index.get_level_values("item")), columns=groups)
    for (item, above, below), test in tests[tests["significant"]].iterrows():
        if test["estimate"] < 0:
            above, below = below, above
        table.loc[item, above] += names[below]
    return table.map(lambda text: "".join(sorted(text)))
