"""Verdicts of many markets side by side: for a board, by market, and in full for an analyst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.report import page, tables, words
from analysis.report.lines import AVERAGE
from analysis.report.page import Html
from analysis.report.verdict_cells import anchor, base, chip, here, interval, notes, published, remark
from analysis.report.words import DASH

SIGNS = {"reproduced": "\u2713", "differs": "\u2715", "cannot tell": "?", "not asked": "\u2013"}
POINTS = f"{words.THIN}pts"
CLASSES = {"reproduced": "jb-yes", "differs": "jb-no", "cannot tell": "jb-open", "not asked": "jb-none"}
LEGEND = "\u2713 reproduced, \u2715 differs, ? cannot tell, \u2013 not asked; percent, points, or a mean"


def board(rows: pd.DataFrame, parts: Sequence[str], *, source: str, intervals: str, language: str = "en") -> Html:
    """A table a part, one row a claim: what was published, what is found, and the verdict."""
    made = []
    for part, own in _by_part(rows, parts):
        records = own.to_dict("records")
        table = pd.DataFrame({"label": [_text(row) for row in records]})
        table["Published"] = [published(row) for row in records]
        table["Here"] = [
            f"{here(row, language)} {interval(row)}<br>{_base(row, language)}<br>{chip(row)}" for row in records
        ]
        measure = f"Percent, points for a difference, or a mean; {intervals}, unweighted bases"
        made.append(tables.plain_table(table, title=part, measure=measure, foot=source))
    return page.joined(made)


def matrix(
    rows: pd.DataFrame, parts: Sequence[str], markets: Sequence[str], *, source: str, language: str = "en"
) -> Html:
    """A table a part, one row a claim and one column a market: the sign of the verdict and the estimate."""
    made = []
    for part, own in _by_part(rows, parts):
        cells = {(row["id"], row["market"]): row for row in own.to_dict("records")}
        claims = own.drop_duplicates("id").to_dict("records")
        table = pd.DataFrame({"label": [_text(row) for row in claims]})
        for market in markets:
            head = "All" if market == AVERAGE else market.upper()
            table[head] = [_sign(cells.get((row["id"], market)), language) for row in claims]
        made.append(tables.plain_table(table, title=f"{part}, by market", measure=LEGEND, foot=source))
    return page.joined(made)


def full(rows: pd.DataFrame, parts: Sequence[str], names: dict[str, str], *, source: str, language: str = "en") -> Html:
    """Everything that is known of each verdict, a folded table a part, one row a claim and market."""
    made = []
    for part, own in _by_part(rows, parts):
        records = own.to_dict("records")
        again = own["id"].duplicated()
        market = own["market"].map(names)
        labels = [
            f"{DASH} {name}" if repeated else f"{row['id']}: {_text(row)} {DASH} {name}"
            for row, name, repeated in zip(records, market, again, strict=True)
        ]
        table = pd.DataFrame({"label": labels})
        ids = ["" if repeated else f' id="{anchor(row["id"])}"' for row, repeated in zip(records, again, strict=True)]
        table["Verdict"] = [f"<span{own_id}>{chip(row)}</span>" for row, own_id in zip(records, ids, strict=True)]
        table["Published"] = [published(row) for row in records]
        table["Here"] = [f"{here(row, language)}<br>{interval(row)}" for row in records]
        table["Base"] = [base(row, language) for row in records]
        powers = [[_power(row[name], row, language) for name in ("power", "original_power")] for row in records]
        table["Power here, then"] = ["<br>".join(pair) for pair in powers]
        measure = "Percent, points for a difference, or a mean; power: the chance to reproduce the claim, if it is true"
        shown = tables.plain_table(table, title=f"{part}: every verdict", measure=measure, foot=source)
        made.append(page.folded(f"{part} ({len(own)} verdicts)", shown, notes(own[~again])))
    return page.joined(made)


def _by_part(rows: pd.DataFrame, parts: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    found = [(part, rows[rows["part"] == part]) for part in parts] or [("Every claim", rows)]
    return [(part, own) for part, own in found if len(own)]


def _text(row: dict[str, Any]) -> str:
    return str(row["text"]) + remark(row)


def _base(row: dict[str, Any], language: str) -> str:
    return f"<small>base {words.count(float(row['unweighted_base']), language)}</small>"


def _sign(row: dict[str, Any] | None, language: str) -> str:
    """The sign of a verdict with its word for those who do not see it, and the estimate; blank where none was made."""
    if row is None:
        return ""
    word = str(row["verdict"])
    sign = f'<span class="jb-sign {CLASSES[word]}" role="img" aria-label="{word}">{SIGNS[word]}</span>'
    return sign if word == "not asked" else f"{sign}<br>{here(row, language).removesuffix(POINTS)}"


def _power(value: float, row: dict[str, Any], language: str) -> str:
    return DASH if pd.isna(value) or row["verdict"] == "not asked" else words.percent(value, language)
