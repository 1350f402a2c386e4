"""What is private, looked for in what is published: every word of a text against every value at once.

A value is looked for as its words in a row, whatever stands between them. What is too short to be told from any
other word is not looked for: a number of fewer than seven digits, an identifier of fewer than five letters, an
answer of fewer than three words. Of a long answer every eight words in a row are looked for, so that a part of it is
found too; of a respondent's row every eight whole numbers in a row, four of them different and not in order. One
such eight may be chance (small counts in a table look alike), three that differ in one published file are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from analysis.publish.tokens import Words, each, words
from analysis.study.private import Private

MOST = 8  # words of a window
LEAST_IDENTIFIER, LEAST_NUMBER, LEAST_TOGETHER = 5, 7, 7  # letters or digits; of one word, of a number, of several
LEAST_WORDS, LEAST_ANSWER = 3, 15  # words of an answer, and their letters
LEAST_DIFFERENT, LEAST_WINDOWS = 4, 3  # values of a row; eights of one raw file in one published file
LONGEST_CODE = 4  # digits of a value in a row
CELLS = re.compile(r"\d+(?:[\s,;|\"']+\d+)*")  # numbers in a row with nothing but gaps between them
WHOLE = re.compile(r"\.0+(?!\d)")  # of a whole number that is printed as a decimal
NOTHING = words("nan none na nat null").numbers  # how an empty cell is printed
DIGITS = np.array([48 <= n < 58 for n in range(256)])
WHAT = {
    "identifier": "shows who answered",
    "verbatim": "shows a respondent's own words",
    "row": "shows a respondent's row",
}


@dataclass(frozen=True)
class Leak:
    """One private value found in a text: what it is of, what it shows, and its beginning."""

    of: str
    what: str
    begins: str


@dataclass(frozen=True)
class _Sought:
    """Windows of one size, sorted, and of which source each is."""

    windows: np.ndarray
    sources: np.ndarray


class Secrets:
    """Every private value, ready to be looked for. `own` texts are the study's: what they say is no secret."""

    def __init__(self, private: Iterable[Private], own: Iterable[str] = ()) -> None:
        self._sources: dict[tuple[str, str], int] = {}
        self._values: dict[int, _Sought] = {}
        self._rows: dict[int, _Sought] = {}
        values: dict[int, list[tuple[np.ndarray, int]]] = {}
        rows: dict[int, list[tuple[np.ndarray, int]]] = {}
        for one in private:
            source = self._sources.setdefault((one.kind, one.of), len(self._sources))
            for size, windows in _row_windows(one) if one.kind == "row" else _value_windows(one):
                (rows if one.kind == "row" else values).setdefault(size, []).append((np.unique(windows), source))
        said = [words(text) for text in own]
        for found, kept in ((values, self._values), (rows, self._rows)):
            for size, parts in found.items():
                kept[size] = _sought(parts, [text.windows(size) for text in said] if found is values else [])

    def in_text(self, text: Words) -> Iterator[Leak]:
        """The values that a text holds, markup and all."""
        for size, wanted in self._values.items():
            windows = text.windows(size)
            yield from (leak for _, leak in self._found(text, size, wanted, windows, np.arange(len(windows))))

    def in_cells(self, text: str) -> Iterator[Leak]:
        """The rows that a text without markup holds."""
        if MOST not in self._rows or not text:
            return
        cells = words(WHOLE.sub("", text)).without(NOTHING)
        windows = cells.windows(MOST)
        codes = np.cumsum(np.concatenate([[0], cells.of_digits(LONGEST_CODE)]))
        at = np.flatnonzero(codes[MOST : MOST + len(windows)] - codes[: len(windows)] == MOST)
        found: dict[str, dict[int, Leak]] = {}
        for window, leak in self._found(cells, MOST, self._rows[MOST], windows[at], at):
            if _is_row(leak.begins):
                found.setdefault(leak.of, {}).setdefault(window, leak)
        yield from (next(iter(leaks.values())) for leaks in found.values() if len(leaks) >= LEAST_WINDOWS)

    def _found(
        self, text: Words, size: int, wanted: _Sought, windows: np.ndarray, firsts: np.ndarray
    ) -> Iterator[tuple[int, Leak]]:
        """The windows that are wanted, by their number; `firsts` are the words they begin with."""
        if not len(wanted.windows) or not len(windows):
            return
        names = list(self._sources)
        at = np.minimum(np.searchsorted(wanted.windows, windows), len(wanted.windows) - 1)
        for place in np.flatnonzero(wanted.windows[at] == windows):
            kind, of = names[int(wanted.sources[at[place]])]
            yield int(windows[place]), Leak(of, WHAT[kind], text.text(int(firsts[place]), size))


def _value_windows(private: Private) -> Iterator[tuple[int, np.ndarray]]:
    """The windows of values, by their size: all words of each, or every eight of a long one."""
    found, of = each(private.values)
    if not len(of):
        return
    count = np.bincount(of, minlength=len(private.values))
    letters = np.bincount(of, weights=found.ends - found.starts, minlength=len(private.values))
    if private.kind == "verbatim":
        told = (count >= LEAST_WORDS) & (letters >= LEAST_ANSWER)
    else:
        digits = np.cumsum(np.concatenate([[0], DIGITS[np.frombuffer(found.folded, dtype=np.uint8)]]))
        digits = np.bincount(of, weights=digits[found.ends] - digits[found.starts], minlength=len(private.values))
        number = digits == letters
        least = np.where(count > 1, LEAST_TOGETHER, np.where(number, LEAST_NUMBER, LEAST_IDENTIFIER))
        told = letters >= least
    sizes = np.where(told, np.minimum(count, MOST), 0)
    for size in np.unique(sizes[sizes > 0]):
        yield int(size), _inside(found, of, int(size), sizes == size)


def _row_windows(private: Private) -> Iterator[tuple[int, np.ndarray]]:
    """Every eight whole numbers in a row of a respondent's."""
    found, of = each([part for row in private.values for part in row.split("\n")])
    if len(of):
        yield MOST, _inside(found, of, MOST, np.ones(int(of.max()) + 1, dtype=bool))


def _inside(found: Words, of: np.ndarray, size: int, wanted: np.ndarray) -> np.ndarray:
    """The windows that lie inside one text, and in one of those wanted."""
    windows: np.ndarray = found.windows(size)
    first, last = of[: len(windows)], of[size - 1 :]
    inside: np.ndarray = windows[(first == last) & wanted[first]]
    return inside


def _sought(parts: list[tuple[np.ndarray, int]], own: list[np.ndarray]) -> _Sought:
    """The windows in order, without those that the study's own texts have."""
    windows = np.concatenate([part for part, _ in parts])
    sources = np.concatenate([np.full(len(part), source, dtype=np.uint16) for part, source in parts])
    secret = ~np.isin(windows, np.concatenate(own)) if own else np.ones(len(windows), dtype=bool)
    windows, sources = windows[secret], sources[secret]
    order = np.argsort(windows, kind="stable")
    return _Sought(windows[order], sources[order])


def _is_row(said: str) -> bool:
    """Whether numbers are told as cells are, and are no mere scale."""
    if not CELLS.fullmatch(said):
        return False
    values = [int(value) for value in re.findall(r"\d+", said)]
    return len(set(values)) >= LEAST_DIFFERENT and values != sorted(values) and values != sorted(values, reverse=True)
