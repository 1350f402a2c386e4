"""Words of long texts as numbers, so that a whole site is compared with a million values in a second or two.

A word is a run of letters and digits in lower case, its number a hash of 64 bits; a window is some words in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LONGEST = 1024  # letters of a word that have a weight of their own
_dice = np.random.default_rng(20120206)
LETTERS = _dice.integers(1, 2**63, 256, dtype=np.uint64)
PLACES = _dice.integers(1, 2**63, LONGEST, dtype=np.uint64) | np.uint64(1)
NEXT = np.uint64(0x9E3779B97F4A7C15)
IN_WORDS = np.array([chr(n).isalnum() if n < 128 else True for n in range(256)])
# First bytes of signs beyond ASCII (quotation marks, dashes, spaces), and how many bytes such a sign has.
SIGNS = ((0xC2, 2), (0xE2, 3))
GAP = "\0"  # between texts that are told apart


@dataclass(frozen=True)
class Words:
    """The words of a text: their numbers, and where each begins and ends in `folded`, its bytes in lower case."""

    numbers: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    folded: bytes

    def windows(self, size: int) -> np.ndarray:
        """One number for each window of this many words, by its first."""
        count = max(len(self.numbers) - size + 1, 0)
        found: np.ndarray = np.zeros(count, dtype=np.uint64)
        for place in range(size):
            found *= NEXT
            found += self.numbers[place : place + count]
        return found

    def have(self, wanted: np.ndarray) -> np.ndarray:
        """True for those of the sorted numbers `wanted` that are among the words."""
        at = np.minimum(np.searchsorted(wanted, self.numbers), len(wanted) - 1)
        found: np.ndarray = np.zeros(len(wanted), dtype=bool)
        found[at[wanted[at] == self.numbers]] = True
        return found

    def of_digits(self, longest: int) -> np.ndarray:
        """True for words that begin with a digit and have few letters."""
        first = np.frombuffer(self.folded, dtype=np.uint8)[self.starts]
        told: np.ndarray = (first >= ord("0")) & (first <= ord("9")) & (self.ends - self.starts <= longest)
        return told

    def without(self, dropped: np.ndarray) -> Words:
        """The same without the words of these numbers."""
        kept = ~np.isin(self.numbers, dropped)
        return Words(self.numbers[kept], self.starts[kept], self.ends[kept], self.folded)

    def text(self, first: int, size: int) -> str:
        """The text from one word on, over a window."""
        return self.folded[self.starts[first] : self.ends[first + size - 1]].decode("utf-8", "replace")


def words(text: str) -> Words:
    """The words of a text, in their order."""
    folded = text.casefold()
    held = folded.encode("utf-8", "replace")
    letters = np.frombuffer(held, dtype=np.uint8)
    inside = IN_WORDS[letters]
    for sign, size in () if folded.isascii() else SIGNS:
        at = np.flatnonzero(letters == sign)
        for byte in range(size):
            inside[at + byte] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return Words(np.zeros(0, np.uint64), starts, ends, held)
    lengths = ends - starts
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    place = np.arange(lengths.sum()) - np.repeat(first, lengths)
    weighed = LETTERS[letters[inside]] * PLACES[place % LONGEST]
    numbers = np.add.reduceat(weighed, first)
    return Words(numbers ^ (numbers >> np.uint64(29)), starts, ends, held)


def each(texts: Sequence[str]) -> tuple[Words, np.ndarray]:
    """The words of many short texts, and of which text each is."""
    found = words(GAP.join(text.replace(GAP, " ") for text in texts))
    gaps = np.flatnonzero(np.frombuffer(found.folded, dtype=np.uint8) == 0)
    return found, np.searchsorted(gaps, found.starts)
