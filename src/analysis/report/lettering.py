"""How wide a text is, and its rows where it must not be wider: in the widest font that a page may set it in."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font, LoadFlags

from analysis.errors import JourneybookError, Problem

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FONT = "DejaVu Sans"
MEASURED = 100.0  # the size that letters are measured at
UNKNOWN = 1.0  # the width of a letter that the font does not have, in its size
UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")  # kinds of letters that need no drawing
DECLARED: list[Path] = []  # fonts that the study adds, asked after the font above


def declare(fonts: Iterable[Path]) -> None:
    """From now on, these fonts are those of the study. Raises a config error where one is none."""
    DECLARED[:] = fonts
    for path in DECLARED:
        try:
            FT2Font(str(path))
        except (OSError, RuntimeError) as error:
            what, fix = f"not a font ({error})", "name a .ttf or .otf file under fonts in study.yaml"
            raise JourneybookError("config", Problem(str(path), what, fix=fix)) from None


def missing(text: str) -> str:
    """The letters of a text that neither the font nor one of the study's has, each once; "" where all are there."""
    fonts = [_font(False), *(FT2Font(str(path)) for path in DECLARED)]
    letters = (one for one in dict.fromkeys(text) if unicodedata.category(one) not in UNSEEN)
    return "".join(one for one in letters if not any(font.get_char_index(ord(one)) for font in fonts))


def width(text: str, size: float, bold: bool = False) -> float:
    """The width of one row of text, in the unit of its size."""
    return size * sum(_letter(letter, bold) for letter in text)


def wrapped(text: str, room: float, size: float, bold: bool = False) -> list[str]:
    """The text in rows no wider than `room`, broken between words, and inside one that is wider by itself.

    A narrow no-break space holds what it joins together.
    """
    rows = [""]
    for word in re.split(r"[ \t\n]+", text.strip()):
        joined = f"{rows[-1]} {word}".strip()
        if width(joined, size, bold) <= room:
            rows[-1] = joined
            continue
        rest = word
        if rows[-1]:
            rows.append("")
        while len(rest) > 1 and width(rest, size, bold) > room:
            cut = _fits(rest, room, size, bold)
            rows[-1:] = [rest[:cut], ""]
            rest = rest[cut:]
        rows[-1] = rest
    return rows


def _fits(word: str, room: float, size: float, bold: bool) -> int:
    """How many of its letters fit, at least one; no sign is left to begin the next row without a letter."""
    cut = next(n for n in range(len(word), 0, -1) if n == 1 or width(word[:n], size, bold) <= room)
    hyphen = max(word.rfind(sign, 1, cut) for sign in "-/") + 1
    return hyphen or cut


@cache
def _letter(letter: str, bold: bool) -> float:
    """The width of a letter in a font of size 1."""
    font = _font(bold)
    if not font.get_char_index(ord(letter)):
        return UNKNOWN
    font.set_size(MEASURED, 72)
    return float(font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / 65536 / MEASURED


@cache
def _font(bold: bool) -> FT2Font:
    return FT2Font(str(FONTS / f"DejaVuSans{'-Bold' if bold else ''}.ttf"))


# A forked process shares the place in an open font file with all others: each reads glyphs from wherever another was.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_font.cache_clear)
