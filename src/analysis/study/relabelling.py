"""Value labels that a file brings along, held against the codebook's: a code that says another thing is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analysis.errors import Problem
from analysis.study.codebook import Codebook
from analysis.study.params import MarketSettings
from analysis.study.table import RawTable


def label_problems(
    raw: RawTable, market: MarketSettings, columns: Mapping[str, str], book: Codebook
) -> Iterator[Problem]:
    """Codes with another label than the codebook's or with none, and answers that the file takes for missing.

    Labels in a language that the codebook has not are not compared; nor those of a question that is `relabelled`.
    """
    for variable, column in columns.items():
        name = variable.partition(".")[0]
        if book.questions[name].kind in ("single", "grid") and name not in market.relabelled:
            where = f"{raw.path.name}, column {column}"
            fix = f"ask which is meant; if the codebook's, list {name} under relabelled in the market's file"
            yield from _range_problems(where, raw.missing.get(column, []), [*book.answers(name)], fix)
            own = {int(code): text for code, text in raw.labels.get(column, {}).items() if _whole(code)}
            yield from _of_codes(where, own, {*raw.cells[column]}, book.answers(name), market.languages, fix)


def _whole(code: object) -> bool:
    return isinstance(code, int | float) and code == code and abs(code) < 1e15 and code == int(code)


def _range_problems(where: str, missing: list[tuple[float, float]], answers: list[int], fix: str) -> Iterator[Problem]:
    for low, high in missing:
        inside = [str(code) for code in answers if low <= code <= high]
        if inside:
            what = f"the file takes {low:g} to {high:g} for missing, and the codebook has answers there"
            yield Problem(where, what, ", ".join(inside), fix=fix)


def _of_codes(
    where: str,
    own: Mapping[int, str],
    met: set[str],
    answers: Mapping[int, Mapping[str, str]],
    languages: tuple[str, ...],
    fix: str,
) -> Iterator[Problem]:
    labelled = [code for code in answers if code in own]
    if not labelled:
        return
    without = [str(code) for code in answers if code not in own and str(code) in met]
    if without:
        yield Problem(where, "codes without a value label", ", ".join(without), fix=fix)
    if not _comparable([own[code] for code in labelled], answers, languages):
        return
    for code in labelled:
        texts = answers[code]
        if _folded(own[code]) not in {_folded(text) for text in texts.values()}:
            said = "; ".join(texts.values())
            yield Problem(f"{where}, code {code}", "another value label than in the codebook", own[code], said, fix)


def _comparable(own: list[str], answers: Mapping[int, Mapping[str, str]], languages: tuple[str, ...]) -> bool:
    """Whether the labels are in a language of the codebook: the market's, or one that a label is found in."""
    known = {_folded(text) for texts in answers.values() for text in texts.values()}
    spoken = {language.partition("-")[0] for language in languages}
    return any(_folded(text) in known for text in own) or any(spoken & {*texts} for texts in answers.values())


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
