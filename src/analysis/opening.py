"""Ways to a market's data other than reading its file now: summed where it is large, or read before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import JourneybookError
from analysis.study.params import USES, Study
from analysis.study.raw import is_large

if TYPE_CHECKING:
    from analysis.large import LargeSample

# Markets by study folder and code, as the process that kernels are forked from has read them; empty elsewhere.
OPENED: dict[tuple[Path, str], Any] = {}
# What a page's provenance tells of the sample of each market that this process has opened, by code.
SAMPLES: dict[str, dict[str, float]] = {}
# Why markets were left out of what this process computed, by code: a page tells of them when it has run.
REFUSED: dict[str, JourneybookError] = {}


def read_before(folder: Path, code: str) -> Any:
    """The market as the process that this one was forked from has read it, or None."""
    market = OPENED.get((folder, code))
    if market:
        USES.add((code, "data"))
    return market


def large_sample(study: Study, code: str) -> LargeSample | None:
    """The market's sample where its file is too large to be read, or None."""
    if not is_large(study.market(code).raw, study.folder, study.settings.large):
        return None
    from analysis.large import open_large  # engines are slow to import, and may not be there when a process forks

    return open_large(study, code)
