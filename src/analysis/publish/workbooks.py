"""A market's workbook: the tables of all its pages in one file, made from what their notebooks carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    found = [(page, data) for page, own in outputs.items() for data in own if MIME in data]
    if not found:
        return {}
    packed = [(page, data, unpacked(data.pop(MIME))) for page, data in found]
    home, _, tables = packed[0]
    path = home.source.parent / FOLDER / f"{home.country}-tables.xlsx"
    chapters = _chapters(outputs, dict(zip(_titles(tables), question_sheets(tables), strict=True)), home, path.name)
    content = workbook(tables, chapters)
    for _, data, _ in packed:
        html = "".join(data["text/html"])
        data["text/html"] = html[: html.index(MARKER)] + _link(path.name, tables, len(content))
    return {path: content}


def _chapters(outputs: Outputs, questions: Mapping[str, str], home: Page, name: str) -> list[Chapter]:
    """The pages that have tables beside those of the questions; each table learns where it stands."""
    chapters, waiting = [], []
    for page, own in outputs.items():
        tables = [one for data in own for one in data.get(FIGURES, []) if one["kind"] == "table"]
        for one in tables:
            one["workbook"], one["sheet"] = name, questions.get(one["title"], "") if page == home else ""
        left = [one for one in tables if not one["sheet"]]
        if left:
            chapters.append(Chapter(page.title, left))
            waiting.append(left)
    for sheet, left in zip(chapter_sheets([chapter.title for chapter in chapters]), waiting, strict=True):
        for one in left:
            one["sheet"] = sheet
    return chapters


def _titles(tables: Tabulation) -> Iterable[str]:
    return [section.title for section in tables.sections]


def _link(name: str, tables: Tabulation, size: int) -> str:
    groups = [column.group.lower() for column in tables.columns if column.group]
    banner = ", ".join(dict.fromkeys(groups))
    text = f"{len(tables.sections)} questions by {banner}, and the tables of every chapter" if banner else "every table"
    return (
        f'<p class="jb-downloads"><a href="{FOLDER}/{name}" download>All tables as an Excel workbook</a>: '
        f"{escape(text)} ({size / 2**20:.1f} MiB)</p>"
    )
