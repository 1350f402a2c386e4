"""Whether a codebook agrees with itself: names that point at nothing, columns and codes that are used twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from analysis.study.settings import Fault

if TYPE_CHECKING:
    from analysis.study.codebook import Codebook, Missing, Question


def codebook_faults(book: Codebook) -> Iterator[Fault]:
    """Everything that is wrong in it, each with its place and, of two that collide, that of the other."""
    yield from _twice_missing(("missing",), book.missing)
    pointing = [fault for name in book.questions for fault in _pointing_faults(name, book)]
    yield from pointing
    if pointing:
        return
    for name, question in book.questions.items():
        yield from _routing_faults(name, book)
        yield from _code_faults(name, question, book)
        yield from _band_faults(name, question)
    yield from _column_faults(book)


def _pointing_faults(name: str, book: Codebook) -> Iterator[Fault]:
    """A section, a scale or a question to band that there is not: without it nothing else can be said."""
    question, at = book.questions[name], ("questions", name)
    if question.section and question.section not in book.sections:
        what = f"question {name!r} stands in the section {question.section!r}, which is not defined"
        yield Fault((*at, "section"), what)
    if question.scale and question.scale not in book.scales:
        yield Fault((*at, "scale"), f"question {name!r} uses the scale {question.scale!r}, which is not defined")
    elif question.kind in ("single", "grid") and not book.answers(name):
        yield Fault(at, f"question {name!r} has no answers")
    if question.of and question.of not in book.questions:
        yield Fault((*at, "of"), f"question {name!r} bands {question.of!r}, which is not a question")
    elif question.of and book.questions[question.of].kind != "number":
        yield Fault((*at, "of"), f"question {name!r} bands {question.of!r}, which is not a number")


def _routing_faults(name: str, book: Codebook) -> Iterator[Fault]:
    """Nets of answers, and routing by questions and answers, that there are not."""
    at, known = ("questions", name), {str(key) for key in book.choices(name)}
    for net_name, net in book.nets(name).items():
        for answer in net.answers:
            if str(answer) not in known:
                what = f"net {name}.{net_name} has the answer {answer!r}, not in {name}"
                yield Fault((*at, "nets", net_name, "answers"), what)
    for number, condition in enumerate(book.questions[name].asked_if):
        place, by = (*at, "asked_if", number), condition.question
        if by not in book.questions:
            yield Fault(place, f"{name} is routed by {by!r}, which is not a question")
        elif book.questions[by].kind not in ("single", "multiple", "bands"):
            kind = {"grid": "a grid"}.get(book.questions[by].kind, f"of kind {book.questions[by].kind}")
            yield Fault(place, f"{name} is routed by {by!r}, {kind}, which has no one answer")
        else:
            allowed = {*map(str, book.choices(by)), *book.nets(by)}
            for answer in condition.answers:
                if str(answer) not in allowed:
                    yield Fault(place, f"{name} is routed by answer {answer!r}, not in {by}")


def _code_faults(name: str, question: Question, book: Codebook) -> Iterator[Fault]:
    """Codes that mean an answer and a missing one, or two kinds of missing ones."""
    at, kinds = ("questions", name), book.missing if question.missing is None else question.missing
    if question.missing is not None:
        yield from _twice_missing((*at, "missing"), question.missing)
    if question.kind not in ("single", "grid"):
        return
    answers = ("scales", question.scale, "answers") if question.scale else (*at, "answers")
    missing = ("missing",) if question.missing is None else (*at, "missing")
    for kind, codes in kinds.items():
        for code in codes:
            if code in book.answers(name):
                fix = "give one of them another code, or the question a `missing` of its own"
                what = f"an answer has the code of a missing one ({kind})"
                yield Fault((*answers, code), what, str(code), fix=fix, beside=(*missing, kind))


def _twice_missing(at: tuple[str, ...], kinds: Mapping[Missing, Iterable[int]]) -> Iterator[Fault]:
    first: dict[int, Missing] = {}
    for kind, codes in kinds.items():
        for code in codes:
            if first.setdefault(code, kind) != kind:
                what, fix = "the code has two meanings", "keep one of the two"
                yield Fault((*at, kind), what, str(code), fix=fix, beside=(*at, first[code]))


def _band_faults(name: str, question: Question) -> Iterator[Fault]:
    """Ends of a range or a band in the wrong order, and bands that share numbers."""
    at = ("questions", name)
    if question.range and question.range[0] > question.range[1]:
        yield Fault((*at, "range"), "the range ends before it begins", str(list(question.range)))
    order = sorted(question.bands, key=lambda band: question.bands[band])
    for band, (low, high) in question.bands.items():
        if low > high:
            yield Fault((*at, "bands", band), "the band ends before it begins", f"[{low:g}, {high:g}]")
    for before, after in pairwise(order):
        if question.bands[after][0] <= question.bands[before][1]:
            what = f"two bands overlap, {before} and {after}"
            yield Fault((*at, "bands", after), what, beside=(*at, "bands", before))


def _column_faults(book: Codebook) -> Iterator[Fault]:
    """Columns of the delivered files that two questions or items read."""
    first: dict[str, str] = {}
    for variable, column in book.all_columns.items():
        name, _, item = variable.partition(".")
        if column in first:
            other, _, part = first[column].partition(".")
            fix = "name the column of one of them"
            what = f"two questions read the column {column!r}"
            yield Fault(("questions", name, "items", item), what, fix=fix, beside=("questions", other, "items", part))
        first.setdefault(column, variable)
