"""Verdicts of many markets side by side: for a board, by market, and in full for an analyst."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from analysis.report import page, tables, words
from analysis.report.charts import AVERAGE
from analysis.report.page import Html
from analysis.report.verdicts import base, chip, here, interval, joined, published, remark

SIGNS = {"reproduced": "\u2713", "differs": "\u2715", "cannot tell": "?", "not asked": "\u2013"}
CLASSES = {"reproduced": "jb-yes", "differs": "jb-no", "cannot tell": "jb-open", "not asked": "jb-none"}
LEGEND = "\u2713 reproduced, \u2715 differs, ? cannot tell, \u2013 not asked"


def board(rows: pd.DataFrame, parts: Sequence[str], *, source: str, intervals: str, language: str = "en") -> Html:
    """A table a part, one row a claim: what was published, what is found, and the verdict."""
    made = []
    for part, own in _by_part(rows, parts):
        records = own.to_dict("records")
        table = pd.DataFrame({"label": [_text(row) for row in records]})
        table["Verdict"] = [chip(row) for row in records]
        table["Published"] = [published(row) for row in records]
        table["Here"] = [f"{here(row, language)}<br>{interval(row)}" for row in records]
        measure = f"Percent, points for a difference, or a mean; {intervals} below"
        made.append(tables.plain_table(table, title=part, measure=measure, foot=source))
    return joined(made)


def matrix(
    rows: pd.DataFrame, parts: Sequence[str], markets: Sequence[str], *, source: str, language: str = "en"
) -> Html:
    """A table a part, one row a claim and one column a market: the sign of the verdict and the estimate."""
    made = []
    for part, own in _by_part(rows, parts):
        cells = {(row["id"], row["market"]): row for row in own.to_dict("records")}
        claims = own.drop_duplicates("id").to_dict("records")
        table = pd.DataFrame({"label": [_text(row) for row in claims]})
        table["Published"] = [published(row) for row in claims]
        for market in markets:
            head = "All" if market == AVERAGE else market.upper()
            table[head] = [_sign(cells.get((row["id"], market)), language) for row in claims]
        body = tables.plain_table(table, title=f"{part}, by market", measure=LEGEND, foot=source)
        made.append(body)
    return joined(made)


def full(rows: pd.DataFrame, parts: Sequence[str], names: dict[str, str], *, source: str, language: str = "en") -> Html:
    """Everything that is known of each verdict, a folded table a part, one row a claim and market."""
    made = []
    for part, own in _by_part(rows, parts):
        records = own.to_dict("records")
        table = pd.DataFrame({"label": [_named(row) for row in records]})
        table["Market"] = [names[row["market"]] for row in records]
        table["Verdict"] = [chip(row) for row in records]
        table["Published"] = [published(row) for row in records]
        table["Here"] = [f"{here(row, language)}<br>{interval(row)}" for row in records]
        table["Base"] = [base(row, language) for row in records]
        table["Power here"] = [_power(row["power"], row, language) for row in records]
        table["Power then"] = [_power(row["original_power"], row, language) for row in records]
        table["Source, and what is unclear"] = [_origin(row) for row in records]
        measure = "Percent, points for a difference, or a mean; power: the chance to reproduce the claim, if it is true"
        left = ("Market", "Source, and what is unclear")
        shown = tables.plain_table(table, title=f"{part}: every verdict", measure=measure, foot=source, text=left)
        made.append(page.folded(f"{part} ({len(own)} verdicts)", shown.html, shown.text))
    return joined(made)


def _by_part(rows: pd.DataFrame, parts: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    found = [(part, rows[rows["part"] == part]) for part in parts] or [("Every claim", rows)]
    return [(part, own) for part, own in found if len(own)]


def _text(row: dict[str, Any]) -> str:
    return str(row["text"]) + remark(row)


def _named(row: dict[str, Any]) -> str:
    return f"{row['id']}: {_text(row)}"


def _sign(row: dict[str, Any] | None, language: str) -> str:
    """The sign of a verdict with its word for those who do not see it, and the estimate; blank where none was made."""
    if row is None:
        return ""
    word = str(row["verdict"])
    sign = f'<span class="jb-sign {CLASSES[word]}" role="img" aria-label="{word}">{SIGNS[word]}</span>'
    return sign if word == "not asked" else f"{sign} {here(row, language)}"


def _power(value: float, row: dict[str, Any], language: str) -> str:
    return words.DASH if pd.isna(value) or row["verdict"] == "not asked" else words.percent(value, language)


def _origin(row: dict[str, Any]) -> str:
    unclear = f" {escape(row['ambiguity'])}" if row["ambiguity"] else ""
    return f"<small>{escape(row['source'])}.{unclear}</small>"
