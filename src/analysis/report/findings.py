"""What a chapter says of its figures: headings and sentences that hold whatever the numbers turn out to be."""

from __future__ import annotations

import pandas as pd

from analysis.report import words
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.rows import Estimates, Reading
from analysis.report.slopes import told_apart


def finding(text: str, *figures: Reading | Estimates) -> str:
    """The text, or why it cannot be said: one of its figures was not asked for, or has too few respondents.

    Of estimates, some of which may be shown, it is enough that one may.
    """
    for figure in figures:
        flags = [figure.row["flag"]] if isinstance(figure, Reading) else list(figure.rows["flag"])
        if all(flag in HIDDEN for flag in flags):
            bases = [figure.row["unweighted_base"]] if isinstance(figure, Reading) else figure.rows["unweighted_base"]
            if NOT_ASKED not in flags and all(base == 0 for base in bases):
                return words.NO_ANSWERS
            return "Not asked in this market" if NOT_ASKED in flags else "Too few respondents to say"
    return text


def half(reading: Reading) -> str:
    """A share against one half: more than half, fewer than half, or about half where the interval holds it."""
    if reading.suppressed:
        return str(reading)
    low, high = reading.row["conf_low"], reading.row["conf_high"]
    return "more than half" if low > 0.5 else "fewer than half" if high < 0.5 else "about half"


def apart(gaps: Estimates, level: float = 0.95) -> str:
    """Which differences are more than chance would give, all of them allowed for (Holm), in a sentence."""
    rows = gaps.rows[~gaps.rows["flag"].isin(HIDDEN)]
    if rows.empty:
        return "There is nothing to compare."
    clear = _clear(rows, level)
    if clear.empty:
        return (
            f"None of the {words.number(len(rows))} differences is more than chance would give."
            if len(rows) > 1
            else "The difference is no more than chance would give."
        )
    named = [f"{words.lower_first(r['label'])} ({Reading(r, gaps.language)})" for _, r in clear.iterrows()]
    many, all_of = words.number(len(clear)), words.number(len(rows))
    which = f"{many} of the {all_of} differences {'is' if len(clear) == 1 else 'are'}"
    if len(clear) == len(rows):
        whole = "both" if len(rows) == 2 else f"all {many}"
        which = f"{whole} differences are" if len(rows) > 1 else "the difference is"
    return f"{which[:1].upper()}{which[1:]} more than chance would give: {words.listed(named)}."


def apart_count(gaps: Estimates, level: float = 0.95) -> str:
    """How many of the differences are more than chance would give: "two of seven"."""
    rows = gaps.rows[~gaps.rows["flag"].isin(HIDDEN)]
    return f"{words.number(len(_clear(rows, level)))} of {words.number(len(rows))}"


def parted(groups: Estimates) -> str:
    """Which figures differ between groups by more than chance would give, by the letters of their table."""
    rows = groups.rows[~groups.rows["flag"].isin(HIDDEN)]
    clear = told_apart(groups.rows)
    if clear is None or rows.empty:
        return "There is nothing to compare."
    labels = list(dict.fromkeys(rows["label"]))
    named = [words.quoted(label) for label in labels if label in clear]
    if not named:
        return f"None of the {words.number(len(labels))} differs between the groups by more than chance would give"
    those = f"{words.listed(named)} {'differs' if len(named) == 1 else 'differ'}"
    return f"{those} between the groups by more than chance would give"


def against(figures: Estimates, published: float) -> str:
    """Which figures agree with a published percent (their interval holds it) and which lie off, in a sentence.

    The percent stands for what is rounded to it.
    """
    low, high = (published - 0.5) / 100, (published + 0.5) / 100
    found: dict[str, list[str]] = {"fits": [], "lies below": [], "lies above": []}
    for _, row in figures.rows[~figures.rows["flag"].isin(HIDDEN)].iterrows():
        where = "lies below" if row["conf_high"] < low else "lies above" if row["conf_low"] > high else "fits"
        found[where].append(f"{words.lower_first(row['label'])} ({Reading(row, figures.language)})")
    parts = []
    for where, names in found.items():
        if names:
            verb = where if len(names) == 1 else where.replace("fits", "fit").replace("lies", "lie")
            parts.append(f"{words.listed(names)} {verb} {published:g}{words.THIN}%")
    text = "; ".join(parts) or "none of the readings can be shown"
    return f"{text[:1].upper()}{text[1:]}."


def explained(parts: Estimates) -> str:
    """The part of an outcome's variance that its drivers explain together, beside what chance alone would give.

    Of k predictors that have nothing to do with the outcome, n answers make R^2 = k / (n - 1) on average.
    """
    row = parts.rows.iloc[0]
    if pd.isna(row["r_squared"]):
        return "nothing"
    chance = len(parts.rows) / (row["unweighted_base"] - 1)
    whole, alone = (words.percent(value, parts.language) for value in (row["r_squared"], chance))
    return f"{whole} (chance alone would give about {alone})"


def overlap(parts: Estimates) -> str:
    """How clearly the first of some figures leads where only their intervals are known, as the end of a sentence.

    Intervals that are apart show a difference; those that overlap leave it open.
    """
    first, second = parts.first(1).row, parts.first(2).row
    clear = first["conf_low"] > second["conf_high"]
    return "clear of the second" if clear else "though the intervals overlap"


def _clear(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    return rows[rows["p_adjusted"] < 1 - level]
