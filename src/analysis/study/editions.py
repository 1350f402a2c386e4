"""editions/*.csv: the figures that editions of the book gave, one file an edition. A study may do without."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.study.params import Study

FOLDER = "editions"
NUMBERS = ["estimate", "conf_low", "conf_high", "unweighted_base"]
COLUMNS = ["edition", "market", "figure", "label", *NUMBERS, "verdict"]
DECIMALS = 4


def earlier_edition(study: Study) -> pd.DataFrame | None:
    """The figures of the newest edition before the study's own, None where there is none.

    A row a figure and market (the average's is "average"); `figure` is a key figure or a claim, which has
    a `verdict`. Shares are 0-1. Names count by their numbers: 2026-10 comes after 2026-9. Raises a config
    error that lists every line which cannot be read.
    """
    paths = {path.stem: path for path in (study.folder / FOLDER).glob("*.csv")}
    own = study.settings.edition
    before = [name for name in paths if own is None or _order(name) < _order(own.name)]
    return _read(paths[max(before, key=_order)]) if before else None


def write_edition(study: Study, rows: pd.DataFrame) -> Path:
    """Writes the figures of the study's own edition, and gives their file: `COLUMNS`, shares to four decimals.

    Raises a config error where the study file names no edition.
    """
    if study.settings.edition is None:
        where = str(study.folder / "study.yaml")
        raise JourneybookError(
            "config", Problem(where, "no edition is named", fix='edition: {name: "2026-1", date: ...}')
        )
    path = study.folder / FOLDER / f"{study.settings.edition.name}.csv"
    path.parent.mkdir(exist_ok=True)
    made = rows.assign(edition=study.settings.edition.name, unweighted_base=rows["unweighted_base"].astype(int))
    made[COLUMNS].to_csv(path, index=False, float_format=f"%.{DECIMALS}f", lineterminator="\n")
    return path


def _read(path: Path) -> pd.DataFrame:
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    if list(rows.columns) != COLUMNS:
        problem = Problem(f"{path}, line 1", "not the columns of an edition", ",".join(rows.columns), ",".join(COLUMNS))
        raise JourneybookError("config", problem)
    numbers = rows[NUMBERS].apply(pd.to_numeric, errors="coerce")
    problems = [
        Problem(f"{path}, line {line + 2}, {name}", "not a number", rows[name][line], fix="write the edition anew")
        for name in NUMBERS
        for line in rows.index[numbers[name].isna()]
    ]
    if problems:
        raise JourneybookError("config", problems)
    return rows.assign(**numbers)


def _order(name: str) -> list[tuple[bool, int, str]]:
    """Sorts names as people count: digits by their number."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]
