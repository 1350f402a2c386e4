"""The questionnaire as a reader meets it: sections, and in each its questions with whom they were put to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.study.codebook import MISSING_LABELS, Codebook, Missing, Question
from analysis.study.params import Study
from analysis.study.settings import say

KINDS = {
    "single": "one answer",
    "multiple": "several answers",
    "grid": "one answer a line",
    "number": "a number",
    "bands": "made from another question",
    "identifier": "not used in any figure",
    "date": "a date",
    "open": "in one's own words",
}
ELSEWHERE = "Other questions"


@dataclass(frozen=True)
class Entry:
    """One question: its name, how it is answered, and the ids of the published claims it serves.

    `answers` and `nets` are their labels, answers after their codes; `lines` the labels of its items.
    `offered` has the answers by market where each has its own.
    """

    name: str
    question: Question
    label: str
    wording: str
    note: str
    base: str
    kind: str
    columns: str
    answers: tuple[str, ...]
    lines: tuple[str, ...]
    nets: tuple[str, ...]
    claims: tuple[str, ...]
    not_asked_in: tuple[str, ...]
    offered: dict[str, str]


def questionnaire(study: Study) -> dict[str, list[Entry]]:
    """Title of a section to its questions, both in the codebook's order."""
    book, language = study.codebook, study.language
    titles = {name: say(text, language) for name, text in book.sections.items()}
    found: dict[str, list[Entry]] = {title: [] for title in titles.values()}
    for name, question in book.questions.items():
        title = titles.get(question.section or "", ELSEWHERE)
        found.setdefault(title, []).append(_entry(study, name, question))
    return {title: entries for title, entries in found.items() if entries}


def missing_codes(codes: Mapping[Missing, tuple[int, ...]]) -> str:
    """The codes that are no answer, in words: "98 don't know; 99 prefer not to say"."""
    return "; ".join(f"{code} {MISSING_LABELS[kind].lower()}" for kind, own in codes.items() for code in own)


def _entry(study: Study, name: str, question: Question) -> Entry:
    book, language = study.codebook, study.language
    settings = {code: study.settings_of(code) for code in study.settings.markets}
    answers, part = _answers(book, name, language), {c: s for c, s in settings.items() if name in s.offered}
    if len(part) == len(settings):
        answers = []
    if question.kind == "bands":
        answers = list(question.bands)
    answers += [missing_codes(question.missing)] if question.missing else []
    columns = list(book.columns(name).values())
    return Entry(
        name=name,
        question=question,
        label=say(question.label, language),
        wording=say(question.wording, language) if question.wording else "",
        note=say(question.note, language) if question.note else "",
        base=say(question.base, language),
        kind=KINDS[question.kind],
        columns=", ".join(columns) if len(columns) < 3 else f"{columns[0]} to {columns[-1]}",
        answers=tuple(answers) if question.kind in ("single", "grid", "bands") else (),
        lines=tuple(say(item.label, language) for item in question.items.values()),
        nets=tuple(say(net.label, language) for net in book.nets(name).values()),
        claims=tuple(claim.id for claim in study.claims.claims if name in claim.stands_on),
        not_asked_in=tuple(code for code, own in settings.items() if name in own.not_asked),
        offered={c: "; ".join(_answers(book.offering(s.offered), name, language)) for c, s in part.items()},
    )


def _answers(book: Codebook, name: str, language: str) -> list[str]:
    return [f"{code} {say(text, language)}" for code, text in book.answers(name).items()]
