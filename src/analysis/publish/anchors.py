"""Names of the parts of a page: two figures under one title keep names of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable

NAMES = re.compile(r'\bid="([^"]+)"')


def distinct(pieces: Iterable[str]) -> list[str]:
    """The pieces of HTML of one page, ids that an earlier piece has already numbered, with all that refers to them."""
    taken: set[str] = set()
    made = []
    for piece in pieces:
        number, names = 1, set(NAMES.findall(piece))
        renamed = {name: name for name in names}
        while clash := {name for name in names if renamed[name] in taken}:
            number += 1
            renamed |= {name: f"{name}-{number}" for name in clash}
        changed = [name for name in names if renamed[name] != name]
        if changed:
            either = "|".join(map(re.escape, sorted(changed, key=len, reverse=True)))
            piece = re.sub(rf'(?<=["#\s])({either})(?=["\)\s])', lambda found: renamed[found[1]], piece)
        taken |= set(renamed.values())
        made.append(piece)
    return made
