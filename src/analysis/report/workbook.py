"""A workbook in one style: every text is written as text, so that none is ever a formula or a link."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

LONGEST = 32_000  # characters that a cell holds
LONGEST_NAME = 31
INK, GREY, LINE, GROUND, LINK = "#1a1a1a", "#6b6b6b", "#bfbfbf", "#f0f0f0", "#0b5394"
FONT = {"font_name": "Calibri", "font_size": 10, "font_color": INK, "valign": "top"}
SMALL = {"font_size": 8, "font_color": GREY}
STYLES: dict[str, dict[str, Any]] = {
    "": {},
    "title": {"bold": True, "font_size": 14},
    "strong": {"bold": True},
    "wording": {"italic": True},
    "grey": {"font_color": GREY},
    "wrapped": {"text_wrap": True},
    "link": {"font_color": LINK, "underline": 1},
    "table": {"bold": True, "bg_color": GROUND, "top": 1, "top_color": LINE},
    "group": {"bold": True, "align": "center", "bottom": 1, "bottom_color": LINE},
    "head": {"text_wrap": True, "align": "center", "valign": "bottom"},
    "heads": {"bold": True, "bg_color": GROUND, "top": 1, "top_color": LINE, "align": "center", "text_wrap": True},
    "letter": {"align": "center", "bold": True, "bottom": 1, "bottom_color": INK},
    "stub": {"text_wrap": True, "indent": 1},
    "net": {"italic": True, "indent": 1, "text_wrap": True},
    "base": {**SMALL, "indent": 1},
    "count": {**SMALL, "num_format": "#,##0", "align": "right"},
    "interval": {**SMALL, "align": "right"},
    "marks": {**SMALL, "bold": True, "align": "left"},
    "right": {"align": "right"},
    "note": {**SMALL, "text_wrap": True},
}
NUMBERS = {
    "share": "0%",
    "mean": "0.00",
    "points": '+0" pts";\u22120" pts";0" pts"',
    "gap": "+0.0;\u22120.0;0.0",
    "plain": "0",
    "p": "0.000",
    "count": "#,##0",
    "tenths": "0.0%",
}


@dataclass
class Book:
    """A workbook in memory, with its styles made once and names of its sheets given once."""

    title: str
    subject: str
    made: dt.date
    _file: io.BytesIO = field(default_factory=io.BytesIO)
    _formats: dict[tuple[str, str], Format] = field(default_factory=dict)

    def __post_init__(self) -> None:
        never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.file = xlsxwriter.Workbook(self._file, {"in_memory": True, **never})
        self.file.set_properties(
            {
                "title": self.title,
                "subject": self.subject,
                "author": "journeybook",
                "created": dt.datetime.combine(self.made, dt.time()),
            }
        )

    def style(self, name: str, unit: str = "") -> Format:
        """The format of a style; with a unit, of its numbers in that unit."""
        if (name, unit) not in self._formats:
            number = {"num_format": NUMBERS.get(unit, "0.00"), "align": "right"} if unit else {}
            self._formats[name, unit] = self.file.add_format({**FONT, **STYLES[name], **number})
        return self._formats[name, unit]

    def sheet(self, name: str, *, header: str, footer: str, heads: tuple[int, int] | None = None) -> Sheet:
        """A new sheet, set up to be printed; the rows of its `heads` are printed on every page."""
        made = self.file.add_worksheet(name)
        made.hide_gridlines(2)
        made.set_landscape()
        made.set_paper(9)  # A4
        made.fit_to_pages(1, 0)
        made.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        made.set_header(f"&L&8{_plain(header)}")
        made.set_footer(f"&L&8{_plain(footer)}&R&8&P / &N")
        if heads:
            made.repeat_rows(*heads)
        return Sheet(self, made, name)

    def content(self) -> bytes:
        """The finished file."""
        self.file.close()
        return self._file.getvalue()


@dataclass(frozen=True)
class Sheet:
    """A sheet that is written cell by cell, rows and columns counted from 0."""

    book: Book
    of: Worksheet
    name: str

    def text(self, row: int, column: int, value: object, style: str = "") -> None:
        """A text, whatever it begins with."""
        self.of.write_string(row, column, str(value)[:LONGEST], self.book.style(style))

    def number(self, row: int, column: int, value: float, style: str = "", unit: str = "") -> None:
        """A number in its unit; a difference of shares is written in points."""
        self.of.write_number(row, column, value * 100 if unit == "points" else value, self.book.style(style, unit))

    def across(self, row: int, first: int, last: int, value: str, style: str) -> None:
        """A text over several columns."""
        if last > first:
            self.of.merge_range(row, first, row, last, "", self.book.style(style))
        self.text(row, first, value, style)

    def link(self, row: int, column: int, sheet: str, text: str) -> None:
        """A text that leads to another sheet."""
        self.of.write_url(row, column, f"internal:'{sheet}'!A1", self.book.style("link"), string=text[:LONGEST])


def sheet_name(number: str, title: str) -> str:
    """A name that a sheet may have, and no other has where the numbers differ."""
    allowed = " ".join(re.sub(r"[^\w .-]", " ", title).split())
    return f"{number} {allowed}"[:LONGEST_NAME].strip()


def _plain(text: str) -> str:
    """A text in a header or footer, where an ampersand would begin a command; no longer than may stand there."""
    return text[:110].replace("&", "&&")
