"""Estimates set beside each other, a colour or a column each, or one below the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from analysis.report.rows import Estimates

MARKS = ["letter", "above", "rank_low", "rank_high"]  # what was compared within one of them says nothing of the others


def beside(estimates: Mapping[str, Estimates], *, measure: str, base: str) -> Estimates:
    """The lines that all of them have, by label, in the order of the first; a domain each, under its name.

    Each has one domain. `measure` and `base` say what is counted, and of whom, in all of them. Raises a
    `ValueError` where their units differ.
    """
    first = next(iter(estimates.values()))
    units = {unit for one in estimates.values() for unit in one.rows.get("unit", pd.Series(["share"])).unique()}
    if len(units) > 1:
        raise ValueError(f"figures in different units cannot stand beside each other: {', '.join(sorted(units))}")
    shared = [
        label for label in first.rows["label"] if all(label in set(one.rows["label"]) for one in estimates.values())
    ]
    parts = [
        one.rows.drop(columns=MARKS, errors="ignore")
        .set_index("label", drop=False)
        .loc[shared]
        .assign(domain=name, domain_label=name)
        for name, one in estimates.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    return replace(first, rows=rows, measure=measure, base=base, tests=None)


def below(estimates: Mapping[str, Estimates], *, measure: str, base: str) -> Estimates:
    """One line each, under its name; all have one figure, in the same domains.

    `measure` and `base` say what is counted, and of whom, in all of them.
    """
    first = next(iter(estimates.values()))
    rows = pd.concat([one.rows.assign(label=name) for name, one in estimates.items()], ignore_index=True)
    return replace(first, rows=rows, measure=measure, base=base, tests=None)
