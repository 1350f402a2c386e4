"""Names of the parts of a page: two figures under one title keep names of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

NAMES = re.compile(r'\bid="([^"]+)"')


def distinct(pieces: Iterable[str]) -> list[str]:
    """The pieces of HTML of one page, ids that an earlier piece has already numbered, with all that refers to them."""
    taken: set[str] = set()
    made = []
    for piece in pieces:
        names = _renamed(set(NAMES.findall(piece)), taken)
        taken |= set(names.values())
        made.append(_with_names(piece, {old: new for old, new in names.items() if new != old}))
    return made


def _renamed(names: set[str], taken: set[str]) -> dict[str, str]:
    """Each name to itself, or to the first number after it that nobody has."""
    number, found = 1, {name: name for name in names}
    while clash := {name for name, new in found.items() if new in taken}:
        number += 1
        found |= {name: f"{name}-{number}" for name in clash}
    return found


def _with_names(piece: str, names: Mapping[str, str]) -> str:
    """The piece with these names changed, where they are given and where they are referred to."""
    if not names:
        return piece
    either = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf'(?<=["#\s])({either})(?=["\)\s])', lambda found: names[found[1]], piece)
