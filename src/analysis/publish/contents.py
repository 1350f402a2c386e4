"""What a file of a site says, whatever its format: its text with all markup, and what of it stands in cells."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from html import unescape
from pathlib import Path

MARKED_UP = (".html", ".svg")
TEXTS = (*MARKED_UP, ".css", ".csv", ".ipynb", ".js", ".json", ".md", ".txt", ".yml")
PICTURES = (".gif", ".ico", ".jpeg", ".jpg", ".png", ".ttf", ".webp", ".woff", ".woff2")
WORKBOOK = ".xlsx"
BUNDLED = "_static"  # what the theme brings along
DRAWN = re.compile(r' d="[^"]*"')  # of a drawing: tens of thousands of numbers, and no words
TAGS = re.compile(r"<[a-zA-Z/!?][^>]*>")
SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
LINES = ("</tr>", "</row>", "</table>", "</sheetData>")  # where a line of cells ends
END = " / "
SHARED = re.compile(r'<c [^>]*t="s"[^>]*>.*?</c>')  # a cell that only says where its text stands
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
PLAIN = {'\\"': '"', "\\n": "\n", "\\r": "\n", "\\t": "\t", "\\/": "/"}


@dataclass(frozen=True)
class Content:
    """A file of the site: its place, its text as it is held, and what it says, with markup and in cells.

    Of workbooks nothing is `held`; of pictures each byte is a letter, and they say nothing.
    """

    place: str
    held: str
    said: str
    cells: str


def is_known(path: Path) -> bool:
    """Whether it is a kind of file that can be read here."""
    return path.suffix.lower() in (*TEXTS, *PICTURES, WORKBOOK) or path.name in (".nojekyll", "CNAME")


def read(path: Path, place: str) -> Content:
    """What the file says. Raises ValueError where it is not what its name says."""
    kind = path.suffix.lower()
    if kind == WORKBOOK:
        return _read_workbook(path, place)
    if kind not in TEXTS:
        return Content(place, path.read_bytes().decode("latin-1"), "", "")
    held = path.read_text(encoding="utf-8")
    said = held
    if kind in (".json", ".ipynb", ".js"):
        for written, meant in PLAIN.items():
            said = said.replace(written, meant)
        said = ESCAPED.sub(lambda found: chr(int(found[1], 16)), said)
    if kind in MARKED_UP:
        said = DRAWN.sub(" ", said)
    said = unescape(said) if "&" in said else said
    if kind in (".html", ".ipynb"):
        return Content(place, held, said, _cells(SVG.sub(END, said)))
    return Content(place, held, said, said.replace("\n", END) if kind in (".csv", ".json", ".txt", ".md") else "")


def _cells(markup: str) -> str:
    for line in LINES:
        markup = markup.replace(line, END)
    return TAGS.sub(" ", markup)


def _read_workbook(path: Path, place: str) -> Content:
    try:
        with zipfile.ZipFile(path) as parts:
            texts = [parts.read(name).decode() for name in sorted(parts.namelist()) if name.endswith((".xml", ".rels"))]
    except (zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise ValueError(f"no workbook ({error})") from None
    said = unescape(_cells(SHARED.sub(" ", END.join(texts))))
    return Content(place, "", said, said)
