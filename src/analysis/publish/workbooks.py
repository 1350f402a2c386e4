"""A market's workbook: the tables of all its pages in one file, made from what their notebooks carry."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from analysis.publish.downloads import FOLDER
from analysis.publish.plan import Page
from analysis.report.carried import MIME as FIGURES
from analysis.report.tabbook import chapter_sheets, question_sheets, workbook
from analysis.report.tabulation import MARKER, MIME, Chapter, Tabulation, unpacked

Outputs = Mapping[Page, list[dict[str, Any]]]


def bound(outputs: Outputs) -> dict[Path, bytes]:
    """The workbook of one market by its place in the site; nothing where no page carries its questions.

    `outputs` are the data of the outputs of its pages, by MIME type. Each table is told the `workbook` and the `sheet`
    that it stands on, and the page that carries the questions is given the link. What is carried to `downloads.taken`
    stays.
    """
    carrying = [(page, data) for page, own in outputs.items() for data in own if MIME in data]
    if not carrying:
        return {}
    home, data = carrying[0]
    tables = unpacked(data.pop(MIME))
    path = home.source.parent / FOLDER / f"{home.country}-tables.xlsx"
    beside = {page: own for page, own in outputs.items() if page.source.parent == home.source.parent}
    chapters = _chapters(beside, home, tables, path.name)
    content = workbook(tables, chapters)
    html = "".join(data["text/html"])
    data["text/html"] = html[: html.index(MARKER)] + _link(path.name, tables, len(content))
    return {path: content}


def _chapters(outputs: Outputs, home: Page, tables: Tabulation, name: str) -> list[Chapter]:
    """The pages that have tables beside those of the questions; each table learns where it stands."""
    questions = {s.title: sheet for s, sheet in zip(tables.sections, question_sheets(tables), strict=True)}
    found: dict[str, list[dict[str, Any]]] = {}
    for page, own in outputs.items():
        for one in (one for data in own for one in data.get(FIGURES, []) if one["kind"] == "table"):
            sheet = questions.get(one["title"]) if page == home else None
            one["workbook"], one["sheet"] = name, sheet
            if sheet is None:
                found.setdefault(page.title, []).append(one)
    for sheet, own in zip(chapter_sheets([*found]), found.values(), strict=True):
        for one in own:
            one["sheet"] = sheet
    return [Chapter(title, own) for title, own in found.items()]


def _link(name: str, tables: Tabulation, size: int) -> str:
    *others, last = dict.fromkeys(column.group.lower() for column in tables.columns if column.group) or ["the total"]
    banner = f"{', '.join(others)} and {last}" if others else last
    text = f"every question by {banner}, and the tables of every chapter"
    return (
        f'<p class="jb-downloads"><a href="{FOLDER}/{name}" download>All tables as an Excel workbook</a>: '
        f"{escape(text)} ({size / 2**20:.1f} MiB)</p>"
    )
