"""A study in which every text that somebody may write is an attack: on HTML, Markdown, LaTeX, and spreadsheets."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

RAN = "window.pwned"
ATTACKS = (
    f"<script>{RAN}=1</script>",
    f"<img src=x onerror={RAN}=1>",
    f'"><svg onload={RAN}=1>',
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    f"[press](javascript:{RAN}=1)",
    f"<javascript:{RAN}=1>",
    f'![x](x" onerror="{RAN}=1)',
    "**bold** _slanted_ `ticked`",
    "| a cell | another |",
    "{raw}`<b>role</b>`",
    "```{raw} html",
    "$x_1$ \\input{/etc/passwd} \\(y\\)",
    "{{ 7 * 7 }} {% raw %}",
    "<!-- a comment",
    "</article></main>",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "\u202eesrever\u202c \u05d0\u05d1",
    "\U0001f600 na\u00efve",
    "Donaudampfschifffahrtsgesellschaftskapit\u00e4n" * 2,
    "]]> ' \" \\",
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1")  # a carriage return is refused in parameters
TEXTS = {"label", "wording", "note", "title", "introduction", "changes", "authors", "people", "place", "target_source"}
TEXTS |= {
    "reads",
    "text",
    "said",
    "statement",
    "why",
    "source",
    "base",
    "mode",
    "panel",
    "limitations",
    "sampling",
    "sponsor",
}
CHOICES = {"synthetic", "fielded"}  # words that a setting is chosen by
OF_TEXTS = {"answers", "rows", "columns", "sections"}  # code or name to a text, where they stand in the codebook


def attacked(project: Path, market: str) -> list[str]:
    """Puts an attack behind every text of the project's study, and into a market's open answers; tells them all.

    Formulas stand before labels of answers, where a spreadsheet would find them.
    """
    made: list[str] = []
    turns = itertools.cycle(ATTACKS)
    formulas = itertools.cycle(FORMULAS)

    def attack(text: str, key: str) -> str:
        before = next(formulas) if key == "answers" else ""
        made.append(f"{before}{text} {next(turns)}")
        return made[-1]

    yaml = YAML(typ="rt")
    yaml.width = 10_000
    for name in (
        "codebook.yaml",
        "study.yaml",
        f"markets/{market}.yaml",
        "claims.yaml",
        "voices.yaml",
        "scenarios.yaml",
    ):
        path = project / "params" / name
        document = yaml.load(path.read_text(encoding="utf-8"))
        for holder, key, kind in _texts(document, name):
            holder[key] = attack(str(holder[key]), kind)
        with path.open("w", encoding="utf-8") as file:
            yaml.dump(document, file)
    _attack_answers(project, market)
    return made


def _texts(node: Any, file: str, within: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Where the texts of a document stand: what holds them, under which key, and of which kind they are."""
    if isinstance(node, list):
        for one in node:
            yield from _texts(one, file, within)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        titles = file == "study.yaml" and within in ("market", "markets")
        labels = file == "codebook.yaml" and within in OF_TEXTS
        named = key in TEXTS or (key == "name" and file.startswith("markets"))
        if isinstance(value, str) and (named or titles or labels) and value not in CHOICES:
            yield node, key, "answers" if within == "answers" else str(key)
        yield from _texts(value, file, str(key))


def _attack_answers(project: Path, market: str) -> None:
    """Every open answer of the market's CSV file an attack, and its sha256 declared anew."""
    path = project / "data" / "raw" / f"{market}.csv"
    before = path.read_bytes()
    rows = list(csv.reader(io.StringIO(before.decode("utf-8-sig"))))
    turns = itertools.cycle(ATTACKS)
    for row in rows[1:]:
        for place, name in enumerate(rows[0]):
            if name in ("beh_story", "beh_why") and row[place]:
                row[place] = f"quoth the respondent unasked {next(turns)} and nothing besides whatsoever"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    settings = project / "params" / "markets" / f"{market}.yaml"
    old, new = (hashlib.sha256(content).hexdigest() for content in (before, path.read_bytes()))
    settings.write_text(re.sub(old, new, settings.read_text(encoding="utf-8")), encoding="utf-8")
