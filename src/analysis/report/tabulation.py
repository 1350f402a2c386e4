"""A market's tables as data: what a notebook hands to the book, and a workbook is laid out from."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any

import pandas as pd

from analysis.report.disclosure import BASES, HIDDEN
from analysis.report.settling import settled

MIME = "application/vnd.journeybook.tabulation+json"
MARKER = "<!--workbook-->"  # stands in a page where the workbook is linked
NUMBERS = ["estimate", "conf_low", "conf_high"]
TEXTS = ["question", "table", "kind", "label", "domain", "unit", "flag", "letter", "above"]


@dataclass(frozen=True)
class Column:
    """A column of every table: its domain, its name, the question that it is an answer of, and its letter."""

    domain: str
    label: str
    group: str
    letter: str


@dataclass(frozen=True)
class Section:
    """A question as it stands above its tables; `group` is the part of the questionnaire that it stands in."""

    question: str
    title: str
    wording: str
    note: str
    base: str
    group: str
    several: bool


@dataclass(frozen=True)
class Chapter:
    """A chapter: its title, and what its tables carry to the book (see `carried.Carried`)."""

    title: str
    tables: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Tabulation:
    """Every question of a market by its banner.

    `rows` is the tidy frame (shares 0-1) with `table`, the line of a grid, `kind` (answer, net or mean) and `line`,
    the place among the lines of all tables. `bases` are those of everybody, by the names of the tidy frame.
    `made` is the date that the workbook bears, the last day of fieldwork: the same rows give the same file.
    """

    study: str
    market: str
    code: str
    wave: str
    people: str
    fieldwork: str
    made: str
    source: str
    synthetic: bool
    confidence: str
    suppress_below: int
    caution_below: int
    bases: Mapping[str, float]
    columns: tuple[Column, ...]
    sections: tuple[Section, ...]
    rows: pd.DataFrame

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        text = f"{len(self.sections)} questions by {len(self.columns) - 1} groups"
        return {"text/html": f"{MARKER}<p>{escape(text)}</p>", "text/plain": text, MIME: self.packed()}

    def packed(self) -> dict[str, Any]:
        """The same as JSON; what is withheld has no number in it."""
        rows = self.rows[["line", *TEXTS, *NUMBERS, *BASES]].copy()
        rows.loc[rows["flag"].isin(HIDDEN), NUMBERS] = float("nan")
        csv = settled(rows).to_csv(index=False, float_format="%.6g", lineterminator="\n")
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("columns", "sections", "rows")}
        return plain | {
            "columns": [vars(column) for column in self.columns],
            "sections": [vars(section) for section in self.sections],
            "rows": base64.b64encode(zlib.compress(csv.encode())).decode(),
        }


def unpacked(given: Mapping[str, Any]) -> Tabulation:
    """The tables that were packed."""
    csv = zlib.decompress(base64.b64decode(given["rows"]))
    rows = pd.read_csv(
        io.BytesIO(csv),
        dtype=dict.fromkeys(TEXTS, str),
        keep_default_na=False,
        na_values={name: [""] for name in NUMBERS + BASES},
    )
    parts = {
        "columns": tuple(Column(**one) for one in given["columns"]),
        "sections": tuple(Section(**one) for one in given["sections"]),
        "rows": rows,
    }
    return Tabulation(**{**given, **parts})
