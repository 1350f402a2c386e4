"""Findings in words, for headings and leads: said where the figures allow it, and not otherwise."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.asking import Asked
from analysis.report import words
from analysis.report.disclosure import HIDDEN
from analysis.report.rows import Estimates, Reading


def finding(figures: Reading | Iterable[Reading], text: str, otherwise: str = "") -> str:
    """The text where all of its figures can be shown; else `otherwise` and why: not asked, or too few."""
    hidden = [one for one in ([figures] if isinstance(figures, Reading) else figures) if one.suppressed]
    if not hidden:
        return text
    return f"{otherwise}: {hidden[0]}" if otherwise else ""


def majority(reading: Reading) -> str:
    """Whether a share is a majority, as a clause: "a majority", "a minority" or "too close to half to call".

    By the share's interval; why there is none where the share cannot be shown.
    """
    if reading.suppressed:
        return str(reading)
    if reading.row["conf_low"] > 0.5:
        return "a majority"
    return "a minority" if reading.row["conf_high"] < 0.5 else "too close to half to call"


def told_apart(market: Asked, differences: Estimates) -> str:
    """Which of the differences are larger than chance would give, in a sentence: by Holm's p-values over all."""
    rows = differences.rows[~differences.rows["flag"].isin(HIDDEN)]
    if rows.empty:
        return f"Differences: {Reading(differences.rows.iloc[0], market.language)}."
    clear = rows[rows["p_adjusted"] < 1 - market.level]
    if clear.empty:
        size = "The difference is not" if len(rows) == 1 else "None of the differences is"
        return f"{size} larger than chance would give."
    ordered = clear.loc[clear["estimate"].abs().sort_values(ascending=False).index]
    named = words.listed(_named(row, market.language) for _, row in ordered.iterrows())
    return f"{named[:1].upper()}{named[1:]}: more than chance would give."


def _named(row: pd.Series, language: str) -> str:
    return f"{words.lower_first(row['label'])} ({words.amount(row['estimate'], row['unit'], language)})"
