"""What a delivered file says of its own design: weights, strata, PSUs, sampling rates, replicate weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import Problem
from analysis.study.params import MarketSettings
from analysis.study.table import RawTable

Read = tuple[pd.Series, list[Problem]]  # a column's values, and a problem for every cell that cannot be one


@dataclass(frozen=True)
class DeliveredDesign:
    """The design columns of the delivered rows, by line in the file; None where not declared.

    `weights` and `replicates` (a column a replicate) are numbers of 0 or more, `strata` and `psus`
    texts, `fpc` the share of the stratum's PSUs that was sampled, 0-1.
    """

    weights: pd.Series | None = None
    strata: pd.Series | None = None
    psus: pd.Series | None = None
    fpc: pd.Series | None = None
    replicates: pd.DataFrame | None = None

    def of(self, kept: pd.Series) -> DeliveredDesign:
        """The same of the rows kept (a mask)."""
        parts = {name: getattr(self, name) for name in ("weights", "strata", "psus", "fpc", "replicates")}
        return DeliveredDesign(**{name: None if part is None else part[kept] for name, part in parts.items()})


def design_columns(market: MarketSettings, present: list[str]) -> dict[str, str]:
    """The key that names each design column in the market's file, to the column."""
    design = market.design
    wanted = {
        "weighting.column": market.weighting.column,
        "design.strata": design.strata,
        "design.psu": design.psu,
        "design.fpc": design.fpc,
    }
    columns = {key: column for key, column in wanted.items() if column}
    if design.replicates:
        prefix = design.replicates.prefix
        numbers = [int(column.removeprefix(prefix)) for column in replicate_columns(market, present)] or [2]
        gaps = sorted(set(range(min(*numbers, 1), max(numbers))) - set(numbers))
        # A lost column would change the scale of every variance, and nothing would show it.
        columns |= {"design.replicates": f"{prefix}{gaps[0]}"} if gaps else {}
    return columns


def replicate_columns(market: MarketSettings, present: list[str]) -> list[str]:
    """The file's columns of replicate weights: the declared prefix and a number, in their order."""
    declared = market.design.replicates
    if declared is None:
        return []
    ends = {column: column.removeprefix(declared.prefix) for column in present if column.startswith(declared.prefix)}
    return sorted((column for column, end in ends.items() if end.isdecimal()), key=lambda column: int(ends[column]))


def read_design(raw: RawTable, market: MarketSettings) -> tuple[DeliveredDesign, list[Problem]]:
    """The design columns, and a problem for every cell that cannot be one."""
    problems: list[Problem] = []

    def read(
        column: str | None, reading: Callable[..., tuple[pd.Series, list[Problem]]], *how: str
    ) -> pd.Series | None:
        if column is None:
            return None
        values, found = reading(raw, column, *how)
        problems.extend(found)
        return values

    design = market.design
    weights = read(market.weighting.column, read_weights if market.weighting.allow_zero else read_positive_weights)
    repeated = {
        name: read(name, read_weights, "a replicate weight") for name in replicate_columns(market, [*raw.cells])
    }
    delivered = DeliveredDesign(
        weights,
        read(design.strata, read_names, "stratum"),
        read(design.psu, read_names, "PSU"),
        read(design.fpc, read_rates),
        pd.DataFrame(repeated) if repeated else None,
    )
    return delivered, [*problems, *whole_problems(raw, market, delivered)]


def read_weights(raw: RawTable, column: str, what: str = "a weight") -> Read:
    """The column as weights, and a problem for every cell that is none."""
    return _read_numbers(raw, column, what, "a number of 0 or more", np.inf)


def read_positive_weights(raw: RawTable, column: str) -> Read:
    """The same where nobody may weigh 0; that all do is no problem of a line."""
    values, problems = read_weights(raw, column)
    return values, problems + (zero_problems(raw, column) if (values != 0).any() else [])


def zero_problems(raw: RawTable, column: str) -> list[Problem]:
    """A problem for every cell of the column that is 0."""
    fix = "ask the agency, or set weighting.allow_zero: true, and the respondent counts in no figure"
    zeros = raw.cells.index[pd.to_numeric(raw.cells[column], errors="coerce") == 0]
    return [_problem(raw, line, column, "a weight of 0", "a number above 0", fix) for line in zeros]


def read_rates(raw: RawTable, column: str) -> Read:
    """The column as sampling rates, and a problem for every cell that is none."""
    return _read_numbers(raw, column, "a sampling rate", "a share of PSUs, 0 to 1", 1.0)


def read_names(raw: RawTable, column: str, what: str) -> Read:
    """The column as names of strata or PSUs (`what`), and a problem for every cell that is empty."""
    values = raw.cells[column].str.strip()
    fix = "ask the agency for it, or take the column out of design"
    lines = values.index[values == ""]
    return values, [_problem(raw, line, column, f"no {what}", "a name or number", fix) for line in lines]


def _read_numbers(raw: RawTable, column: str, what: str, allowed: str, highest: float) -> Read:
    values = pd.to_numeric(raw.cells[column], errors="coerce").astype(float)
    good = np.isfinite(values) & (values >= 0) & (values <= highest)
    fix = "ask the agency for this respondent's value"
    return values, [_problem(raw, line, column, f"not {what}", allowed, fix) for line in values.index[~good]]


def single_psu_problems(design: DeliveredDesign, market: MarketSettings, file: str) -> list[Problem]:
    """Strata of one PSU among the respondents used, where the market's file does not say how to treat them."""
    if design.strata is None or market.design.single_psu != "error" or market.design.replicates:
        return []
    psus = design.psus if design.psus is not None else pd.Series(design.strata.index, design.strata.index)
    counts = psus.groupby(design.strata).nunique()
    whole = set() if design.fpc is None else set(design.strata[design.fpc == 1])  # all of its stratum: no variance
    where, fix = f"{file}, column {market.design.strata}", "declare design.single_psu: certainty or centre"
    alone = [stratum for stratum in counts.index[counts == 1] if stratum not in whole]
    return [Problem(where, "the stratum holds one PSU", str(stratum), "two or more", fix) for stratum in alone]


def whole_problems(raw: RawTable, market: MarketSettings, delivered: DeliveredDesign) -> Iterator[Problem]:
    """What no cell shows alone: weights that are all 0, a rate that differs within a stratum."""
    weights = {} if delivered.weights is None else {str(market.weighting.column): delivered.weights}
    weights |= {} if delivered.replicates is None else dict(delivered.replicates.items())
    for column, values in weights.items():
        if (values == 0).all():
            where = f"{raw.path.name}, column {column}"
            yield Problem(where, "every weight is 0", fix="ask the agency for the weights")
    if delivered.fpc is not None:
        strata = delivered.strata if delivered.strata is not None else pd.Series("all", index=delivered.fpc.index)
        readable = delivered.fpc.between(0, 1) & (strata != "")  # the others have their problem already
        rates = delivered.fpc[readable]
        first = rates.groupby(strata[readable]).transform("first")
        column = str(market.design.fpc)
        for line in rates.index[rates != first]:
            allowed = f"{first[line]:g}, as on the stratum's first line"
            yield _problem(raw, line, column, "the sampling rate differs within a stratum", allowed, "correct the cell")


def _problem(raw: RawTable, line: object, column: str, problem: str, allowed: str, fix: str) -> Problem:
    where = f"{raw.path.name}, line {line}, column {column}"
    return Problem(where, problem, raw.cells.at[line, column], allowed, fix)
