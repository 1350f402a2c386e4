"""A page as its reader meets it: the numbers in its text, and in each of its figures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

NUMBER = re.compile(r"\d+(?:[.,\u2009\u202f]\d+)*")
DRAWN = {"x", "y", "cx", "cy", "x1", "x2", "y1", "y2", "width", "height", "d", "points"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
ASIDE = ("jb-made", "jb-downloads")  # classes of what says where the page comes from or leads to
BEFORE, AFTER = 40, 20  # characters of the text around a number that tell where it stands


@dataclass(frozen=True)
class Number:
    """A number as it is printed, and the text around it."""

    text: str
    context: str


@dataclass
class Piece:
    """The text of a page, or one output of its notebook: the numbers that are read, and what places its drawings."""

    title: str = ""
    numbers: list[Number] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    figures: int = 0


class Reader(HTMLParser):
    """Reads a built page's article: `prose`, and its `outputs` in their order.

    Of a fragment without an article everything is read, as prose.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.prose, self.outputs = Piece(), list[Piece]()
        self._open: list[tuple[str, Piece | None]] = [("", self.prose)]  # elements, and what each is part of
        self._titled = False
        article = re.search(r"<article\b.*</article>", html, re.S)
        self.feed(article[0] if article else html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        classes = set(given.get("class", "").split())
        piece = self._piece(tag, classes)
        if tag not in VOID:
            self._open.append((tag, piece))
        if piece is None:
            return
        piece.figures += tag == "figure"
        piece.numbers += _numbers(given.get("aria-label", ""))
        piece.drawn += [f"{name} {value}" for name, value in given.items() if name in DRAWN]
        self._titled = "jb-title" in classes

    def handle_endtag(self, tag: str) -> None:
        if any(tag == name for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        piece = self._open[-1][1]
        if piece is None:
            return
        if self._titled and not piece.title:
            piece.title = data.strip()
        piece.numbers += _numbers(data)

    def _piece(self, tag: str, classes: set[str]) -> Piece | None:
        """What an element is part of; None in what is no part of the page's content."""
        within = self._open[-1][1]
        if {"output", "text_html"} <= classes:
            self.outputs.append(Piece())
            return self.outputs[-1]
        aside = (
            classes.intersection(ASIDE) or tag in ("script", "style") or (within is self.prose and "cell" in classes)
        )
        return None if aside else within


def _numbers(text: str) -> list[Number]:
    return [
        Number(found[0], " ".join(text[max(0, found.start() - BEFORE) : found.end() + AFTER].split()))
        for found in NUMBER.finditer(text)
    ]
