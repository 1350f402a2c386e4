"""Low bases: which figures are withheld and which carry a warning."""

from __future__ import annotations

from typing import Literal

import pandas as pd

Flag = Literal["", "low base", "suppressed", "not asked"]
NOT_ASKED: Flag = "not asked"  # the market's questionnaire did not have it
SUPPRESSED: Flag = "suppressed"
HIDDEN: tuple[Flag, ...] = (SUPPRESSED, NOT_ASKED)
ESTIMATED = ["estimate", "std_error", "conf_low", "conf_high", "degrees_of_freedom", "design_effect"]
BASES = ["unweighted_base", "weighted_base", "effective_base"]


def flag_low_bases(rows: pd.DataFrame, *, suppress_below: int, caution_below: int) -> pd.Series:
    """One flag a row by its unweighted base: "suppressed", "low base" or ""."""
    base = rows["unweighted_base"]
    flags = pd.Series("", index=rows.index, dtype=object)
    flags[base < caution_below] = "low base"
    flags[base < suppress_below] = "suppressed"
    return flags


def graver(first: str, second: str) -> str:
    """The flag of a difference: the graver of its figures'."""
    order = ("", "low base", *HIDDEN)
    return max(first, second, key=order.index)
