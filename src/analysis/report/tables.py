"""Tables, made once in one style: title, measure, base and source cannot be left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from analysis.report import page, words
from analysis.report.carried import Carried, cells_csv, rows_csv
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html

BASES = {
    "unweighted_base": "Unweighted base",
    "weighted_base": "Weighted base",
    "effective_base": "Effective base",
}

HEADS = {"share": "Share", "mean": "Mean", "points": "Difference", "gap": "Difference", "coefficient": "Value"}
STACKED_FROM = 2  # text columns beyond which a row no longer fits a phone
LONG_FROM = 20  # rows beyond which the head of a table stays in sight
BELOW_FROM, BELOW_TO = 4, 8  # columns of numbers that fit a phone below their row's label, and no longer beside it
RANGE = re.compile(rf"\d+{words.DASH}\d+")
RANKS = "Rank: the places that a row could hold, for all rows at once."
LETTERS = (
    "A letter marks a share above that column's or row's by more than chance, the many comparisons allowed for; groups "
    "on a low base are not compared."
)
NO_LETTERS = "No group lies above another by more than chance would give."


def share_table(rows: pd.DataFrame, *, title: str, measure: str, base: str, source: str, language: str = "en") -> Html:
    """One row an answer: share, interval, three bases and the design effect."""
    if (rows["flag"] == NOT_ASKED).all():
        return page.not_asked(title, measure)
    records = rows.to_dict("records")
    table = pd.DataFrame({"label": [_lettered(str(row["label"]), row) for row in records]})
    table[HEADS[str(records[0].get("unit", "share"))]] = [_share_and_letters(row, language) for row in records]
    table["Interval"] = [_interval(row, language) for row in rows.to_dict("records")]
    if "p_adjusted" in rows:
        table["p (Holm)"] = [_p_value(row) for row in records]
    for column, head in BASES.items():
        table[head] = [words.count(value, language) for value in rows[column]]
    if rows["design_effect"].notna().any():
        table["Design effect"] = ["" if pd.isna(value) else f"{value:.2f}" for value in rows["design_effect"]]
    foot = _letter_note(rows) + page.foot(rows, base, source)
    if "rank_low" in rows:
        ends = zip(rows["rank_low"], rows["rank_high"], strict=True)
        ranks = [f"{low}" if low == high else f"{low}{words.DASH}{high}" for low, high in ends]
        table.insert(3, "Rank", [words.DASH if f in HIDDEN else r for r, f in zip(ranks, rows["flag"], strict=True)])
        foot = f"{RANKS} {foot}"
    csv = rows_csv(rows, base, source)
    return plain_table(table, title=title, measure=measure, foot=foot, csv=csv)


def banner_table(rows: pd.DataFrame, *, title: str, measure: str, base: str, source: str, language: str = "en") -> Html:
    """One row an answer, one column a domain: share over interval, and the bases below."""
    if (rows["flag"] == NOT_ASKED).all():
        return page.not_asked(title, measure)
    labels = [str(label) for label in dict.fromkeys(rows["label"])]
    table = pd.DataFrame({"label": [*labels, *BASES.values()]})
    domains: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows.to_dict("records"):
        domains.setdefault(str(row["domain_label"]), {})[str(row["label"])] = row
    for domain, own in domains.items():
        # A kind of missing answer that nobody gave to an item has no row.
        cells = [_share_and_interval(own[n], language) if n in own else words.DASH for n in labels]
        cells += [_range([row[column] for row in own.values()], language) for column in BASES]
        table[_lettered(domain, next(iter(own.values())))] = cells
    foot = _letter_note(rows) + page.foot(rows, base, source)
    measure, csv = f"{measure} below the shares", rows_csv(rows, base, source)
    return plain_table(table, title=title, measure=measure, foot=foot, muted=len(BASES), csv=csv)


def plain_table(
    table: pd.DataFrame,
    *,
    title: str,
    measure: str,
    foot: str,
    muted: int = 0,
    text: tuple[str, ...] = (),
    csv: str = "",
) -> Html:
    """A table of finished cells; `label` is the stub, `text` columns are set left, the rest right.

    Cells other than the stub's are HTML. The last `muted` rows are printed in grey. Where `text` columns are
    many, each cell knows its head, so that a phone can set the cells below one another; a phone sets the
    numbers of other wide tables below their row's label. The head of a long table stays in sight. `csv` is what
    is downloaded: tidy rows, else the cells as they are shown.
    """
    carried = Carried("table", title, measure, foot, csv or cells_csv(table), bool(csv))
    names = [name for name in table.columns if name != "label"]
    stacked = len(text) > STACKED_FROM
    # Written here, as a library that makes it cell by cell took longer than all estimates.
    left = {name: ' class="jb-left"' if name in text else "" for name in names}
    head = "".join(f'<th scope="col"{left[n]}>{_whole(escape(n))}</th>' if n else "<td></td>" for n in names)
    lines = []
    for n, row in enumerate(table.astype(str).to_dict("records")):
        cells = [f'<div data-head="{escape(h)}">{row[h]}</div>' if stacked and h in text else row[h] for h in names]
        grey = ' class="jb-muted"' if n >= len(table) - muted else ""
        filled = "".join(f"<td{left[h]}>{cell}</td>" for h, cell in zip(names, cells, strict=True))
        lines.append(f'<tr{grey}><th scope="row">{escape(row["label"])}</th>{filled}</tr>')
    kinds = ["jb-long"] * (len(table) > LONG_FROM)
    numbers = [name for name in names if name not in text]
    below = BELOW_FROM <= len(numbers) <= BELOW_TO and names[len(numbers) :] == list(text) and not stacked
    kinds += ["jb-below", f"jb-columns-{len(numbers)}"] * below
    body = (
        f'<table class="{" ".join(kinds)}" aria-labelledby="table-{page.slug(title)}"><thead><tr><td></td>{head}</tr>'
        f"</thead><tbody>{words.unbroken(''.join(lines))}</tbody></table>"
    )
    html = page.figure(title=title, measure=measure, body=body, foot=foot, kind="table")
    return Html(html, table.to_string(), (carried,))


def _whole(head: str) -> str:
    """A head whose ranges stay on one line: 18\u201334."""
    return RANGE.sub(r'<span class="jb-whole">\g<0></span>', head)


def text(value: str) -> str:
    """A text as the content of a cell: nothing in it is markup."""
    return escape(value)


def _share(row: dict[str, object], language: str) -> str:
    if row["flag"] in HIDDEN:
        return "not asked" if row["flag"] == NOT_ASKED else words.WITHHELD
    value = words.amount(float(str(row["estimate"])), str(row.get("unit", "share")), language)
    return value + ("*" if row["flag"] else "")


def _p_value(row: dict[str, object]) -> str:
    """A p-value that was adjusted for the other rows."""
    value = float(str(row["p_adjusted"]))
    if row["flag"] in HIDDEN or pd.isna(value):
        return words.DASH
    return escape(words.p_value(value))


def _interval(row: dict[str, object], language: str) -> str:
    if row["flag"] in HIDDEN:
        return words.DASH
    low, high = (float(str(row[end])) for end in ("conf_low", "conf_high"))
    if low == high:
        return '<span class="jb-ci">by weighting</span>'
    unit = str(row.get("unit", "share"))
    if unit != "share":
        return f'<span class="jb-ci">{words.span(low, high, unit, language)}</span>'
    return f'<span class="jb-ci">{round(100 * low)}{words.DASH}{round(100 * high)}</span>'


def _share_and_letters(row: dict[str, object], language: str) -> str:
    share, above = escape(_share(row, language)), row.get("above", "")
    return f'{share}<sup class="jb-letters">{above}</sup>' if above and row["flag"] not in HIDDEN else share


def _lettered(label: str, row: dict[str, object]) -> str:
    """The label of a group with its letter, where it was compared with others."""
    return f"{label} ({row['letter']})" if row.get("letter") else label


def _letter_note(rows: pd.DataFrame) -> str:
    if "letter" not in rows or not (rows["letter"] != "").any():
        return ""
    return f"{LETTERS} " if (rows["above"] != "").any() else f"{NO_LETTERS} "


def _share_and_interval(row: dict[str, object], language: str) -> str:
    share = _share_and_letters(row, language)
    return share if row["flag"] in HIDDEN else f"{share}<br>{_interval(row, language)}"


def _range(values: Sequence[float], language: str) -> str:
    low, high = words.count(min(values), language), words.count(max(values), language)
    return low if low == high else f"{low}{words.DASH}{high}"
