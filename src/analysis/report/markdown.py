"""Text that a page's Markdown shows as it is, and text that is Markdown."""

from __future__ import annotations

import re

# What Markdown or MyST reads as more than a letter, anywhere, and at the beginning of a line.
MARKS = re.compile(r"[\\`*_{}\[\]<>|~$&#^\"]|^\s*[-+=%:]|^\s*\d+[.)](?=\s|$)")
BREAKS = re.compile(r"[\r\n\t\v\f\x1c-\x1e\x85\u2028\u2029]+")


class Markdown(str):
    """Markdown made here, to be put into a page as it is."""


def literal(text: str) -> str:
    """The text as Markdown that shows it letter by letter, on one line, in HTML too: marks become character references.

    Nothing in it makes a heading, a link, an element, a role or a cell of a table.
    """
    return MARKS.sub(_referred, BREAKS.sub(" ", text))


def as_markdown(value: object) -> str:
    """What a placeholder puts into a page's text: Markdown as it is, everything else as literal text."""
    return value if isinstance(value, Markdown) else literal(str(value))


def code(text: str) -> Markdown:
    """The text as a span of code, whatever ticks are in it."""
    plain = BREAKS.sub(" ", text)
    ticks = "`" * (max(map(len, re.findall("`+", plain)), default=0) + 1)
    edge = " " if len(ticks) > 1 else ""
    return Markdown(f"{ticks}{edge}{plain}{edge}{ticks}")


def _referred(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}&#{ord(found[0][-1])};"
