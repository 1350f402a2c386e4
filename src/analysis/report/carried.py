"""What a figure carries to its downloads: its data as CSV, a chart also its picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import unescape
from typing import Any, Literal

import pandas as pd

from analysis.report.disclosure import ESTIMATED, HIDDEN
from analysis.report.lettering import missing
from analysis.report.raster import png
from analysis.report.settling import settled

MIME = "application/vnd.journeybook.figures+json"
MARKER = "<!--downloads-->"  # stands in a figure where its links are put, in the order of what is carried
COLUMNS = (
    "market", "question", "item", "answer", "domain", "label", "domain_label", "unit", "estimate", "std_error",
    "conf_low", "conf_high", "degrees_of_freedom", "unweighted_base", "weighted_base", "effective_base",
    "design_effect", "flag", "letter", "above", "rank_low", "rank_high", "p_adjusted",
)  # fmt: skip
WITHHELD = (*ESTIMATED, "above", "rank_low", "rank_high", "p_adjusted")
FORMULA = ("=", "+", "-", "@")  # how a spreadsheet knows one


@dataclass(frozen=True)
class Carried:
    """The data of one figure.

    `csv` holds tidy rows (`tidy`), or the cells of the table as they are shown. `svg` is a picture that stands alone,
    "" for a table.
    """

    kind: Literal["chart", "table"]
    title: str
    measure: str
    foot: str
    csv: str
    tidy: bool
    svg: str = ""


def bundle(carried: Sequence[Carried]) -> dict[str, Any]:
    """What a notebook's output says of its figures, by MIME type; of a picture also its `png` in base64.

    A PNG takes as long as a drawing, and is made of what is shown alone. One with letters that no declared font has is
    not made: they would come out as boxes. `unlettered` has them.
    """
    told = [asdict(one) | _pictured(one.svg) for one in carried]
    return {MIME: told} if told else {}


def _pictured(svg: str) -> dict[str, str]:
    letters = missing(plain(svg))
    return {"png": png(svg) if svg and not letters else "", "unlettered": letters}


def rows_csv(rows: pd.DataFrame, base: str, source: str) -> str:
    """Tidy rows as CSV: shares 0-1 and their errors with six decimals; what is withheld on the page is empty here.

    Base and source stand in every row, so that a row that is copied out says what it is of.
    """
    kept = settled(rows[[name for name in (*COLUMNS, *_more(rows)) if name in rows]])
    hidden = rows["flag"].isin(HIDDEN)
    for name in WITHHELD:
        if name in kept:
            kept[name] = kept[name].astype(object).where(~hidden, None)
    return frame_csv(kept.assign(base=base, source=source))


def cells_csv(table: pd.DataFrame) -> str:
    """The cells of a shown table as CSV, without their markup; its stub, `label`, has none."""
    cells = {name: own if name == "label" else own.map(lambda cell: plain(str(cell))) for name, own in table.items()}
    return frame_csv(pd.DataFrame(cells, columns=table.columns).rename(columns={"label": ""}))


def plain(html: str) -> str:
    """The text of a cell: breaks are spaces, markup is gone."""
    spaced = re.sub(r"<br\s*/?>|</li>|</p>|</div>", " ", html)
    return " ".join(unescape(re.sub(r"<[^>]*>", "", spaced)).split())


def _more(rows: pd.DataFrame) -> list[str]:
    """Columns of words and places that some charts have beside the usual ones."""
    return [name for name in ("panel", "mark", "row_label", "column_label", "x") if name in rows]


def frame_csv(table: pd.DataFrame) -> str:
    """The frame as CSV, numbers with six figures, no text of which starts a formula."""
    safe = table.map(lambda cell: _text(cell) if isinstance(cell, str) else cell).rename(columns=_text)
    text: str = settled(safe).to_csv(index=False, float_format="%.6g", lineterminator="\n")
    return text


def _text(cell: object) -> str:
    """A text on one line that no spreadsheet takes for a formula: an apostrophe stands before what looks like one."""
    text = " ".join(str(cell).split())
    return f"'{text}" if text.startswith(FORMULA) else text
