"""Low bases: the thresholds are on unweighted bases, and a base on the threshold is large enough."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.report.disclosure import flag_low_bases


def flags(*bases: float, suppress: int = 30, caution: int = 100) -> list[str]:
    rows = pd.DataFrame({"unweighted_base": bases, "weighted_base": [1000.0] * len(bases)})
    return list(flag_low_bases(rows, suppress_below=suppress, caution_below=caution))


@pytest.mark.parametrize(
    ("base", "flag"),
    [(0, "suppressed"), (29, "suppressed"), (30, "low base"), (99, "low base"), (100, ""), (430, "")],
)
def test_the_unweighted_base_decides(base: float, flag: str) -> None:
    assert flags(base) == [flag]


def test_each_row_has_its_own_flag() -> None:
    assert flags(430, 12, 55) == ["", "suppressed", "low base"]


def test_the_thresholds_are_the_studys() -> None:
    assert flags(49, 50, 51, suppress=50, caution=51) == ["suppressed", "low base", ""]


def test_flags_stand_on_the_rows_index_and_leave_the_rows_alone() -> None:
    rows = pd.DataFrame({"unweighted_base": [10.0, 500.0]}, index=[7, 3])
    before = rows.copy()
    assert list(flag_low_bases(rows, suppress_below=30, caution_below=100).index) == [7, 3]
    assert rows.equals(before)
