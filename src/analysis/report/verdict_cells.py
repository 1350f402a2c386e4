"""One verdict as the cells of a table: what was published, what is found, its base, and the word."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from analysis.report import page, words
from analysis.report.disclosure import HIDDEN, SUPPRESSED

CHIP = {"reproduced": "jb-yes", "differs": "jb-no", "cannot tell": "jb-open", "not asked": "jb-none"}
OTHERS = " (of other people)"


def notes(rows: pd.DataFrame) -> str:
    """Source and ambiguity of each claim, as a list."""
    lines = [
        f"<li><b>{escape(row['text'])}</b> ({escape(row['id'])}). {escape(row['source'])}. "
        f"{escape(row['ambiguity'])}</li>"
        for row in rows.to_dict("records")
    ]
    return f'<ul class="jb-notes">{"".join(lines)}</ul>'


def remark(row: dict[str, Any]) -> str:
    """Why a claim does not count, to stand behind its text; "" where it does."""
    if row["reading_of"]:
        return " (other reading)"
    return OTHERS if row["population"] else ""


def published(row: dict[str, Any]) -> str:
    """What was printed: a percent, a mean, or a direction with its points."""
    value = float(row["published"])
    if row["kind"] == "share":
        return f"{value:g}{words.THIN}%"
    if row["kind"] == "mean":
        return words.amount(value, "mean")
    direction = {"first": "the first", "majority": "over half", "equivalence": "alike"}.get(row["kind"], "higher")
    return direction if np.isnan(value) else f"{direction} ({words.signed(value / 100)})"


def here(row: dict[str, Any], language: str) -> str:
    """The estimate in its unit, with a star on a low base."""
    if _hidden(row):
        return words.WITHHELD if row["flag"] == SUPPRESSED else words.DASH
    star = "*" if row["flag"] else ""
    return words.amount(float(row["estimate"]), row["unit"], language) + star


def interval(row: dict[str, Any]) -> str:
    """The interval, in small print."""
    if _hidden(row):
        return words.DASH
    low, high = float(row["conf_low"]), float(row["conf_high"])
    if row["unit"] == "points":
        text = f"{words.signed_end(low)} to {words.signed_end(high)}"
    elif row["unit"] == "mean":
        text = f"{words.amount(low, 'mean')}{words.DASH}{words.amount(high, 'mean')}"
    elif row["kind"] == "majority" and 50 in (round(100 * low), round(100 * high)):
        text = f"{100 * low:.1f}{words.DASH}{100 * high:.1f}"
    else:
        text = f"{round(100 * low)}{words.DASH}{round(100 * high)}"
    return f'<span class="jb-ci">{text}</span>'


def chip(row: dict[str, Any]) -> str:
    """The verdict's word on its ground."""
    word = str(row["verdict"])
    return f'<span class="jb-chip {CHIP[word]}">{word}</span>'


def anchor(claim: str) -> str:
    """The id of a claim's first row on the page of every verdict, for links from other pages."""
    return f"verdict-{page.slug(claim)}"


def base(row: dict[str, Any], language: str) -> str:
    """The base, and below it the one that would reproduce the claim in 4 samples of 5."""
    held, needed = words.count(float(row["unweighted_base"]), language), row["base_needed"]
    if needed is None or pd.isna(needed):
        return held
    each = " a market" if row["base_in_each"] else ""
    return f"{held}<br><small>needs {words.about(float(needed), language)}{each}</small>"


def _hidden(row: dict[str, Any]) -> bool:
    """Whether there is no figure to show: too few respondents in a base, none, or not asked."""
    return row["flag"] in HIDDEN or row["verdict"] == "not asked" or bool(pd.isna(row["estimate"]))
