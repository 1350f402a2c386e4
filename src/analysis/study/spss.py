"""An SPSS file -> a table of text: as many respondents as its header says, and what its dictionary says of codes.

Records of the dictionary: https://www.gnu.org/software/pspp/pspp-dev/html_node/System-File-Format.html
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.errors import JourneybookError, Problem
from analysis.study.params import RawFile
from analysis.study.table import RawTable, as_text, inexact, stripped

HEADER = 176  # bytes
UNKNOWN = -1  # the number of cases where the header does not tell it
AGAIN = "ask for the file again"


def read_sav(path: Path, content: bytes, raw: RawFile) -> RawTable:
    """The rows of an SPSS file, codes of user-missing answers among them.

    Raises a file error where it is cut or damaged, or cannot tell how many rows it should have; a data error
    where a code has two labels.
    """
    import pyreadstat

    cases = _cases(path, content)
    if cases == UNKNOWN and raw.rows is None:
        fix = "ask how many respondents it should hold, and set raw.rows"
        what = "the header does not say how many respondents follow (ncases -1), so a file cut short would not show"
        raise JourneybookError("file", Problem(str(path), what, fix=fix))
    try:
        frame, meta = pyreadstat.read_sav(str(path), user_missing=True)
    except Exception as error:  # what is thrown of damaged bytes is not of one kind
        raise JourneybookError("file", _damage(path, content, cases, error)) from error
    if cases not in (UNKNOWN, len(frame)):
        raise JourneybookError("file", _cut(path, cases, len(frame)))
    twice = list(_labelled_twice(path, content))
    if twice:
        raise JourneybookError("data", twice)
    frame.columns, notes = stripped([*map(str, frame.columns)])
    if not frame.columns.is_unique:
        return RawTable(path, "", frame)  # which is told of all formats alike
    labels = {str(name).strip(): own for name, own in meta.variable_value_labels.items()}
    return RawTable(path, "", as_text(frame), inexact(frame), labels, _ranges(meta), notes=notes)


def _ranges(meta: Any) -> dict[str, list[tuple[float, float]]]:
    """Column to the ranges of numbers that the file takes for no answer."""
    found = {
        str(name).strip(): [(one["lo"], one["hi"]) for one in ranges if isinstance(one["lo"], int | float)]
        for name, ranges in meta.missing_ranges.items()
    }
    return {name: ranges for name, ranges in found.items() if ranges}


def rows_said(head: bytes) -> int:
    """The number of cases in the header, `UNKNOWN` where it is not told or no header is there."""
    return int(struct.unpack(_order(head) + "i", head[80:84])[0]) if len(head) >= HEADER else UNKNOWN


def _order(head: bytes) -> str:
    """The byte order: the layout code is 2 or 3 in the right one."""
    return "<" if struct.unpack("<i", head[64:68])[0] in (2, 3) else ">"


def _cases(path: Path, content: bytes) -> int:
    if len(content) < HEADER:
        raise JourneybookError("file", _incomplete(path, content))
    return rows_said(content)


def _incomplete(path: Path, content: bytes) -> Problem:
    return Problem(str(path), "not a complete SPSS file", f"size {len(content):,} bytes", fix=AGAIN)


def _cut(path: Path, expected: int, found: int) -> Problem:
    what = f"expected {expected:,} rows, as its header says, and found {found:,}"
    return Problem(str(path), what, fix=AGAIN)


def _damage(path: Path, content: bytes, cases: int, error: Exception) -> Problem:
    """Whether the dictionary or the rows of a file that cannot be read are damaged."""
    if not _readable(path, 0):
        return _incomplete(path, content)
    low, high = 0, max(min(cases, len(content)), 0)  # a row takes a byte and more
    if content[:4] == b"$FL3" or not high or _readable(path, high):
        return Problem(str(path), f"damaged SPSS file ({error})", f"size {len(content):,} bytes", fix=AGAIN)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _readable(path, middle) else (low, middle)
    return _cut(path, cases, low)


def _readable(path: Path, rows: int) -> bool:
    """Whether so many rows can be read; 0 for the dictionary alone."""
    import pyreadstat

    try:
        if rows:
            return len(pyreadstat.read_sav(str(path), row_limit=rows)[0]) == rows
        pyreadstat.read_sav(str(path), metadataonly=True)
    except Exception:
        return False
    return True


def _labelled_twice(path: Path, content: bytes) -> Iterator[Problem]:
    """Variables with two value labels for one code, of which a reader would keep the last."""
    order, fix = _order(content), "ask which of them is meant, and for a file with one"
    try:
        names, sets = _dictionary(content, order)
    except (struct.error, IndexError):
        return  # no dictionary that is known; the rows could be read all the same
    for codes, places in sets:
        own = Counter(codes)
        twice = [f"{struct.unpack(order + 'd', code)[0]:g}" for code, times in own.items() if times > 1]
        for place in places if twice else []:
            where = f"{path}, column {names.get(place, place)}"
            yield Problem(where, "two value labels for one code", ", ".join(twice), "one", fix)


def _dictionary(content: bytes, order: str) -> tuple[dict[int, str], list[tuple[list[bytes], list[int]]]]:
    """The variables' short names by their place, and of each set of value labels its codes and variables."""
    place, at, names = 0, HEADER, dict[int, str]()
    sets: list[tuple[list[bytes], list[int]]] = []

    def whole(offset: int) -> int:
        return int(struct.unpack(order + "i", content[offset : offset + 4])[0])

    while at + 8 <= len(content):
        kind = whole(at)
        if kind == 2:
            place += 1
            if whole(at + 4) >= 0:  # -1 continues a long text
                names[place] = content[at + 24 : at + 32].decode("latin-1").strip()
            size = 32 + 8 * abs(whole(at + 12))
            size += 4 + (whole(at + 32) + 3) // 4 * 4 if whole(at + 8) else 0
        elif kind == 3:
            codes, size = [], 8
            for _ in range(whole(at + 4)):
                codes.append(content[at + size : at + size + 8])
                size += 8 + (content[at + size + 8] + 8) // 8 * 8
            sets.append((codes, []))
        elif kind == 4:
            count, size = whole(at + 4), 8 + 4 * whole(at + 4)
            sets[-1][1].extend(whole(at + 8 + 4 * number) for number in range(count))
        elif kind == 6:
            size = 8 + 80 * whole(at + 4)
        elif kind == 7:
            size = 16 + whole(at + 8) * whole(at + 12)
        else:
            break  # 999, the end
        at += max(size, 8)
    return names, sets
