"""A piece of a page: HTML that JupyterLab shows and the book takes as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any

import pandas as pd

from analysis.report import words
from analysis.report.carried import MARKER, Carried, bundle
from analysis.report.disclosure import NOT_ASKED, SUPPRESSED

LOW_BASE = "* low base: read with caution."
LONGEST_ID = 60
SCROLLS = "pst-scrollable-table-container"
WITHHELD = f"{words.WITHHELD} withheld: it stands on too few respondents, or would give away a figure that does."
UNANSWERED = "Nobody who was asked gave an answer that counts in the base."
NOT_ASKED_HERE = "Not asked: the questionnaire of this market did not have the question."


@dataclass(frozen=True)
class Html:
    """Finished HTML, the same as plain text for places that show none, and what its figures carry to downloads."""

    html: str
    text: str = ""
    carried: tuple[Carried, ...] = ()

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return bundle(self.carried)

    def __repr__(self) -> str:
        return self.text or "HTML"


def figure(*, title: str, measure: str, body: str, foot: str, kind: str) -> str:
    """A figure or table in the one frame: finding, measure and unit, the thing, base and source.

    Charts and tables end in the place where their downloads are linked. A table may be wider than a phone: by its
    class the theme lets the keyboard into it as long as it scrolls, and then it has to have a name.
    """
    name = f"{kind}-{slug(title)}"
    title, measure, foot = (words.unbroken(text) for text in (title, measure, foot))
    frame = f'class="jb-body {SCROLLS}" role="group" aria-labelledby="{name}"' if kind == "table" else 'class="jb-body"'
    return (
        f'<figure class="jb-figure jb-{kind}">'
        f'<figcaption><b class="jb-title" id="{name}">{escape(title)}</b><br>'
        f'<span class="jb-measure">{escape(measure)}</span></figcaption>'
        f"<div {frame}>{body}</div>"
        f'<p class="jb-foot">{escape(foot)}</p>{MARKER if kind in ("chart", "table") else ""}</figure>'
    )


def not_asked(title: str, measure: str) -> Html:
    """What stands in the place of a figure or table of a question that the market did not ask."""
    body = '<p class="jb-not-asked">Not asked in this market.</p>'
    return Html(figure(title=title, measure=measure, body=body, foot=NOT_ASKED_HERE, kind="note"), "Not asked.")


def unanswered(title: str, measure: str) -> Html:
    """What stands in the place of a figure or table of a question to which nobody gave a valid answer."""
    body = f'<p class="jb-not-asked">{escape(words.NO_ANSWERS)}.</p>'
    return Html(figure(title=title, measure=measure, body=body, foot=UNANSWERED, kind="note"), f"{words.NO_ANSWERS}.")


def foot(rows: pd.DataFrame, base: str, source: str) -> str:
    """Base, source and what the marks of low bases mean, where there are any."""
    notes = [f"Base: {base}."]
    notes += [LOW_BASE] if (rows["flag"] == "low base").any() else []
    notes += [WITHHELD] if (rows["flag"] == SUPPRESSED).any() else []
    notes += [NOT_ASKED_HERE] if (rows["flag"] == NOT_ASKED).any() else []
    return " ".join([*notes, source])


def slug(text: str) -> str:
    """An id made from a text: lower case, words joined by hyphens; a long text ends in its hash."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "figure"
    return words if len(words) <= LONGEST_ID else f"{words[:LONGEST_ID]}-{sha256(text.encode()).hexdigest()[:8]}"


def folded(title: str, body: Html, after: str = "") -> Html:
    """A piece of a page that opens when its title is chosen; `after` is more HTML below it."""
    html = f'<details class="jb-fold"><summary>{escape(title)}</summary>{body.html}{after}</details>'
    return Html(html, body.text or title, body.carried)


def joined(pieces: Iterable[Html]) -> Html:
    """Pieces of a page, one below the other."""
    found = list(pieces)
    texts = "\n\n".join(one.text for one in found)
    return Html("".join(one.html for one in found), texts, tuple(c for one in found for c in one.carried))


def cards(entries: list[tuple[str, str, str]]) -> Html:
    """Key figures side by side: the number, what it counts, its interval and base."""
    boxes = "".join(
        f"<li><b>{escape(number)}</b><span>{escape(what)}</span><small>{escape(how)}</small></li>"
        for number, what, how in entries
    )
    text = "; ".join(f"{number} {what} ({how})" for number, what, how in entries)
    return Html(f'<ul class="jb-cards">{boxes}</ul>', text)
