"""Every question of a market, a table each: an index by section, and the tables folded below it."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from analysis.report import page
from analysis.report.page import Html
from analysis.study.settings import say

if TYPE_CHECKING:
    from analysis.market import Market

TITLE_ID = re.compile(r'class="jb-title" id="([^"]+)"')


def toplines(market: Market) -> Html:
    """The topline of every question; where the codebook has sections, an index and the tables of each folded.

    A link of the index opens the section that its table stands in.
    """
    sections = market.study.codebook.sections
    parts: dict[str, dict[str, Html]] = {}
    for question, title in market.questions.items():
        section = market.study.codebook.questions[question].section or ""
        parts.setdefault(section, {})[title] = market.topline(question).table(title=title)
    if not sections:
        return page.joined([table for part in parts.values() for table in part.values()])
    names = {section: say(sections[section], market.language) if section else "Other questions" for section in parts}
    index = "".join(f"<li>{escape(names[section])}{_links(part)}</li>" for section, part in parts.items())
    made = [Html(f'<nav class="jb-index" aria-label="Every question by section"><ul>{index}</ul></nav>')]
    made += [page.folded(f"{names[s]} ({len(part)})", page.joined(part.values())) for s, part in parts.items()]
    return page.joined(made)


def _links(tables: dict[str, Html]) -> str:
    """A list of links to the tables, by their titles."""
    found = {title: TITLE_ID.search(table.html) for title, table in tables.items()}
    items = [f'<li><a href="#{place[1]}">{escape(title)}</a></li>' for title, place in found.items() if place]
    return f"<ul>{''.join(items)}</ul>"
