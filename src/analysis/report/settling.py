"""Numbers as they leave a calculation: without the digits that a processor decides."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

# Of the 15 to 17 digits of a double the last few depend on the order in which a processor adds. Twelve leave no figure
# otherwise, and what is a tie on paper, or a zero, is one in every calculation that follows.
DIGITS = 12
NOTHING = 1e-12
POWERS = np.array([float(f"1e{n}") for n in range(-300, 301)])  # as they are read: some processors raise 10 otherwise
CHANCES = "p_"  # columns of p-values: no sum cancels in them, and one of 1e-20 is none of 0


def settled(rows: pd.DataFrame) -> pd.DataFrame:
    """The frame with its floating-point columns to `DIGITS` significant digits; below 1e-12 all but p-values are 0."""
    names = rows.select_dtypes("floating").columns
    made = rows.copy()
    least = [0.0 if str(name).startswith(CHANCES) else NOTHING for name in names]
    made[names] = to_digits(rows[names].to_numpy(), np.array(least))
    return made


def to_digits(values: np.ndarray, least: np.ndarray | float = NOTHING) -> np.ndarray:
    """The numbers to `DIGITS` significant digits, each the double nearest to that fraction, and 0 where below `least`.

    NaN and infinity stay.
    """
    known = np.isfinite(values) & (np.abs(values) >= least) & (values != 0)
    size = np.where(known, np.abs(values), 1.0)
    scale = POWERS[np.clip(DIGITS - 1 - np.floor(np.log10(size)), -300, 300).astype(int) + 300]
    made = np.where(known, np.round(values * scale) / scale, values)
    return cast(np.ndarray, np.where(np.isfinite(values) & ~known, 0.0, made))
