"""Low bases: which figures are withheld and which carry a warning."""

from __future__ import annotations

from typing import Literal

import pandas as pd

Flag = Literal["", "low base", "suppressed", "not asked"]
NOT_ASKED: Flag = "not asked"  # the market's questionnaire did not have it
HIDDEN: tuple[Flag, ...] = ("suppressed", NOT_ASKED)


def flag_low_bases(rows: pd.DataFrame, *, suppress_below: int, caution_below: int) -> pd.Series:
    """One flag a row by its unweighted base: "suppressed", "low base" or ""."""
    base = rows["unweighted_base"]
    flags = pd.Series("", index=rows.index, dtype=object)
    flags[base < caution_below] = "low base"
    flags[base < suppress_below] = "suppressed"
    return flags
