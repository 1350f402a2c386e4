"""Raking to population targets, trimming, and what weighting costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem

TOLERANCE = 1e-10
MAX_SWEEPS = 1000
SUM_TOLERANCE = 5e-4  # shares as printed, rounded


@dataclass(frozen=True, eq=False)
class Weighting:
    """Weights with mean 1 and what they cost.

    `design_effect` is Kish's 1 + cv^2 (1 = costs nothing), `efficiency` its inverse, a share 0-1;
    `largest` and `smallest` are the extreme weights.
    """

    weights: np.ndarray
    sweeps: int

    @property
    def effective_base(self) -> float:
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())

    @property
    def design_effect(self) -> float:
        return len(self.weights) / self.effective_base

    @property
    def efficiency(self) -> float:
        return 1 / self.design_effect

    @property
    def largest(self) -> float:
        return float(self.weights.max())

    @property
    def smallest(self) -> float:
        return float(self.weights.min())


def rake_survey(
    margins: pd.DataFrame,
    targets: Mapping[str, Mapping[Any, float]],
    *,
    base_weights: np.ndarray | None = None,
    counts: np.ndarray | None = None,
) -> Weighting:
    """Weights of mean 1 whose weighted margins hit the targets (iterative proportional fitting).

    `margins`: a column a margin, a level a respondent. `targets`: margin to level to share, summing to
    1 or to 100. With `counts`, a row stands for so many respondents of the same levels: its base weight
    and its weight are the sums of theirs, and the mean is that of the respondents. Starts from
    `base_weights` (all alike by default) and stops when every margin is within 1e-10 of its target
    share. Raises a data error that names the margin: empty level, level without a target, respondent
    without a level, targets that do not sum, targets that contradict each other, or no convergence.
    (Deming and Stephan 1940; same solution as R survey's `rake`.)
    """
    held = np.ones(len(margins)) if counts is None else np.asarray(counts, dtype=float)
    base = held if base_weights is None else np.array(base_weights, dtype=float)
    if not np.isfinite(base).all() or (base < 0).any():
        raise JourneybookError("data", Problem("raking", "design weights must be finite and not negative"))
    codes = _target_codes(margins, targets, base, held)
    shares = {name: _as_shares(target) for name, target in targets.items()}
    # Respondents of one cell share one factor, so the sweeps go over the cells.
    cell, first = _cells(codes)
    levels = {name: code[first] for name, code in codes.items()}
    start = np.bincount(cell, base) / base.sum()
    fitted, sweeps = _fit_margins(start, levels, shares)
    weights = base * np.divide(fitted, start, out=np.zeros_like(start), where=start > 0)[cell]
    mean = weights.mean() if counts is None else weights.sum() / held.sum()
    return Weighting(weights / mean, sweeps)


def post_stratify(
    margins: pd.DataFrame,
    targets: Mapping[tuple[Any, ...], float],
    *,
    base_weights: np.ndarray | None = None,
    counts: np.ndarray | None = None,
) -> Weighting:
    """Weights of mean 1 whose cells, the combinations of all columns of `margins`, hit their targets.

    `targets`: a tuple of levels to its share, summing to 1 or to 100. Raking to one joint margin; the
    errors are those of `rake_survey`. (R survey's `postStratify`.)
    """
    name = " x ".join(map(str, margins.columns))
    joint = joint_margin(margins).to_frame(name)
    return rake_survey(joint, {name: targets}, base_weights=base_weights, counts=counts)


def joint_margin(margins: pd.DataFrame) -> pd.Series:
    """The columns as one: a tuple of levels a respondent, missing where any of them is."""
    tuples = pd.Series(list(margins.itertuples(index=False, name=None)), index=margins.index, dtype=object)
    known: pd.Series = tuples.where(margins.notna().all(axis=1), None)
    return known


def trim_weights(weights: np.ndarray, *, lower: float = 0.0, upper: float) -> Weighting:
    """Weights of mean 1 between `lower` and `upper` times the mean weight of those who count.

    What is cut off is spread evenly over the weights inside the bounds, again and again until none
    lies outside (R survey's `trimWeights` with `strict = TRUE`). Who weighs nothing is out of the
    sample and stays so: mean and bounds are those of the others. Raking anew afterwards brings the
    margins back, and may move some weights past a bound. Raises a data error for bounds that no
    weights of this mean can keep.
    """
    result = np.asarray(weights, dtype=float).copy()
    held = result > 0
    trimmed = result[held] / result[held].mean()
    if not 0 <= lower < 1 < upper:
        raise JourneybookError("data", Problem("trimming", f"the bounds {lower:g} and {upper:g} must enclose 1"))
    for rounds in range(len(trimmed)):
        clipped = np.clip(trimmed, lower, upper)
        inside = clipped == trimmed
        if inside.all():
            result[held] = trimmed
            return Weighting(result / result.mean(), rounds)
        if not inside.any():
            break
        trimmed = clipped + inside * (trimmed - clipped).sum() / inside.sum()
    raise JourneybookError("data", Problem("trimming", "no weights can keep the bounds", fix="widen them"))


def given_weights(weights: np.ndarray) -> Weighting:
    """Delivered weights, scaled to mean 1."""
    values = np.asarray(weights, dtype=float)
    return Weighting(values / values.mean(), 0)


def _fit_margins(
    start: np.ndarray, levels: Mapping[str, np.ndarray], shares: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, int]:
    """Shares of the cells that hit every margin, and the sweeps it took."""
    fitted, gaps = start.copy(), {}
    for sweep in range(1, MAX_SWEEPS + 1):
        for name, level in levels.items():
            fitted = fitted * (shares[name] / np.bincount(level, fitted, len(shares[name])))[level]
        gaps = {name: _gap(fitted, level, shares[name]) for name, level in levels.items()}
        if max(gaps.values()) < TOLERANCE:
            return fitted, sweep
    worst = max(gaps, key=lambda name: gaps[name])
    problem = f"raking did not converge in {MAX_SWEEPS} sweeps: {worst} is off by {100 * gaps[worst]:.2g} pp"
    if _feasible(start, levels, shares):
        raise _refuse(worst, problem, "merge thin levels or drop a margin")
    contradiction = "the targets contradict each other, no weights of these respondents meet all of them"
    raise _refuse(worst, f"{problem}; {contradiction}", "merge levels that hang together, or drop a margin")


def _feasible(start: np.ndarray, levels: Mapping[str, np.ndarray], shares: Mapping[str, np.ndarray]) -> bool:
    """Whether any positive shares of the occupied cells meet all margins (a linear programme)."""
    from scipy.optimize import linprog

    held = start > 0
    rows = np.concatenate([np.eye(len(shares[name]))[level[held]].T for name, level in levels.items()])
    goals = np.concatenate(list(shares.values()))
    # Maximise the smallest cell, t: each cell is t plus something not negative.
    with_smallest = np.column_stack([rows, rows.sum(axis=1)])
    found = linprog(np.append(np.zeros(held.sum()), -1.0), A_eq=with_smallest, b_eq=goals)
    return bool(found.status == 0 and -found.fun > 1e-9)


def _cells(codes: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The cell of each respondent, from 0, and the row of each cell's first respondent."""
    combined = np.zeros(len(next(iter(codes.values()))), dtype=np.int64)
    for code in codes.values():
        combined = pd.factorize(combined * (code.max() + 1) + code)[0]
    first = np.empty(combined.max() + 1, dtype=np.int64)
    first[combined[::-1]] = np.arange(len(combined))[::-1]
    return combined, first


def _gap(weights: np.ndarray, codes: np.ndarray, shares: np.ndarray) -> float:
    reached = np.bincount(codes, weights, len(shares)) / weights.sum()
    return float(np.abs(reached - shares).max())


def _as_shares(target: Mapping[Any, float]) -> np.ndarray:
    values = np.array(list(target.values()), dtype=float)
    return np.asarray(values / values.sum())


def _target_codes(
    margins: pd.DataFrame, targets: Mapping[str, Mapping[Any, float]], weights: np.ndarray, counts: np.ndarray
) -> dict[str, np.ndarray]:
    """The place of each respondent's level among the targets of each margin; every problem at once."""
    codes, problems = {}, []
    for name, target in targets.items():
        found, levels = pd.factorize(margins[name])
        problems += _sum_problems(name, target)
        missing = int(counts[found < 0].sum())
        if missing:
            problem = f"{missing} respondents have no level of this margin"
            problems.append(_problem(name, problem, "give the missing a level and a target"))
        places = {level: place for place, level in enumerate(target)}
        for level in sorted(set(levels) - set(target), key=str):
            n = int(counts[found == levels.get_loc(level)].sum())
            problem = f"the level {level!r} has no target, and {n} respondents have it"
            problems.append(_problem(name, problem, "add its share to the targets"))
        place = np.array([*(places.get(level, -1) for level in levels), -1])
        codes[name] = place[found]
        held = np.bincount(codes[name][codes[name] >= 0], weights[codes[name] >= 0], len(target))
        for level, share in target.items():
            if share > 0 and held[places[level]] <= 0:
                problem = f"nobody has the level {level!r}, whose target is {share:g}"
                rule = f"weighting.collapse: {{{name}: [[{level}, ...]]}}"
                problems.append(_problem(name, problem, f"weight it as one with its neighbour: {rule}"))
    if problems:
        raise JourneybookError("data", problems)
    return codes


def _sum_problems(name: str, target: Mapping[Any, float]) -> list[Problem]:
    problems = [
        _problem(name, f"the target of level {level!r} is {share:g}", "a target must be above 0")
        for level, share in target.items()
        if not share > 0
    ]
    total = sum(target.values())
    if not problems and min(abs(total - 1), abs(total - 100) / 100) > SUM_TOLERANCE:
        problem = f"the targets sum to {total:g}, not to 1 or 100"
        problems.append(_problem(name, problem, "give every level its share"))
    return problems


def _problem(margin: str, problem: str, fix: str) -> Problem:
    return Problem(f"raking margin {margin}", problem, fix=fix)


def _refuse(margin: str, problem: str, fix: str) -> JourneybookError:
    return JourneybookError("data", _problem(margin, problem, fix))
