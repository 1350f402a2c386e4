"""The register of documents as a reader meets it: what became of each statement, and errors of translation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd

from analysis.report import page, tables
from analysis.report.page import Html
from analysis.report.verdict_cells import CHIP, anchor
from analysis.study.accounts import STATUSES, Entry, Register
from analysis.study.settings import say

MEANS = {
    "tested": "held against the data, with a verdict",
    "contextual": "without a figure to test; a chapter shows what bears on it",
    "not testable": "no survey of customers could tell",
}


def status_cards(register: Register) -> Html:
    """How many statements were tested, stand as context, or cannot be tested."""
    held = [entry.status for entry in register.entries]
    return page.cards([(f"{held.count(one)} of {len(held)}", one, MEANS[one]) for one in STATUSES])


def register_table(
    register: Register,
    words: Mapping[str, Mapping[str, str]],
    *,
    pages: Mapping[str, tuple[str, str]],
    source: str,
    language: str = "en",
) -> Html:
    """A folded table a document: each statement, what became of it, and where a reader meets it.

    `words` has by each entry's id its claims and their verdicts; `pages` by each chapter the address and the name of
    the page that is linked.
    """
    made = []
    for code, label in register.sources.items():
        own = [entry for entry in register.entries if entry.source == code]
        table = pd.DataFrame({"label": [f"{entry.id}: {say(entry.text, language)}" for entry in own]})
        table["What became of it"] = [entry.status for entry in own]
        table["Verdicts, or why not"] = [_outcome(entry, words.get(entry.id, {}), pages, language) for entry in own]
        title = say(label, language)
        left = ("What became of it", "Verdicts, or why not")
        shown = tables.plain_table(
            table, title=title, measure=f"{len(own)} statements, in our own words", foot=source, text=left
        )
        made.append(page.folded(f"{title} ({len(own)})", shown))
    return page.joined(made)


def translation_table(
    register: Register, words: Mapping[str, Mapping[str, str]], *, title: str, source: str, language: str = "en"
) -> Html:
    """One row a statement that was mistranslated or misread: what it says, what the original says, what changes."""
    own = [(entry, entry.translation) for entry in register.entries if entry.translation]
    table = pd.DataFrame({"label": [f"{entry.id}: {say(entry.text, language)}" for entry, _ in own]})
    table["The text says"] = [escape(told.says) for _, told in own]
    table["The original says"] = [escape(told.original) for _, told in own]
    table["What that changes"] = [escape(told.changes) for _, told in own]
    table["Verdict"] = [chips([*words.get(entry.id, {}).values()]) or escape(entry.status) for entry, _ in own]
    left = ("The text says", "The original says", "What that changes", "Verdict")
    measure = f"{len(own)} statements; the verdicts are those of the readings that count"
    return tables.plain_table(table, title=title, measure=measure, foot=source, text=left)


def chips(words: Sequence[str]) -> str:
    """Each word once, with how many claims got it where there are several."""
    counts = {word: list(words).count(word) for word in CHIP if word in words}
    return " ".join(
        f'<span class="jb-chip {CHIP[word]}">{f"{count} " if len(words) > 1 else ""}{word}</span>'
        for word, count in counts.items()
    )


def _outcome(entry: Entry, words: Mapping[str, str], pages: Mapping[str, tuple[str, str]], language: str) -> str:
    if entry.status == "tested":
        place = f"#{anchor(next(iter(words)))}" if words else ""
        many = "verdicts" if len(words) > 1 else "verdict"
        return f'{chips([*words.values()])} <small><a href="verdicts.html{place}">{many} by market</a></small>'
    reason = escape(say(entry.reason, language)) if entry.reason else ""
    if entry.chapter is None:
        return reason
    address, name = pages[entry.chapter]
    return f'{reason} <a href="{address}">{escape(name)}</a>'
