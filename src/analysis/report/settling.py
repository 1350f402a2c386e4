"""Numbers as they leave a calculation: without the digits that a processor decides."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

# Of the 15 to 17 digits of a double the last few depend on the order in which a processor adds. Twelve leave no figure
# otherwise, and what is a tie on paper, or a zero, is one in every calculation that follows.
DIGITS = 12


def settled(rows: pd.DataFrame) -> pd.DataFrame:
    """The frame with its floating-point columns to `DIGITS` significant digits; what is below 1e-12 is 0."""
    names = rows.select_dtypes("floating").columns
    made = rows.copy()
    made[names] = to_digits(rows[names].to_numpy())
    return made


def to_digits(values: np.ndarray) -> np.ndarray:
    """The numbers to `DIGITS` significant digits, each the double nearest to that fraction; NaN and infinity stay."""
    known = np.isfinite(values) & (np.abs(values) >= 10.0**-DIGITS)
    size = np.where(known, np.abs(values), 1.0)
    scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(size)))
    made = np.where(known, np.round(values * scale) / scale, values)
    return cast(np.ndarray, np.where(np.isfinite(values) & ~known, 0.0, made))
