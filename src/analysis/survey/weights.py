"""Raking to population targets, and what weighting costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem

TOLERANCE = 1e-10
MAX_SWEEPS = 1000


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
) -> Weighting:
    """Weights of mean 1 whose weighted margins hit the targets (iterative proportional fitting).

    `margins`: a column a margin, a level a respondent. `targets`: margin to level to share 0-1 (or
    percent: only proportions matter). Starts from `base_weights` (all alike by default) and stops
    when every margin is within 1e-10 of its target share. Raises a data error that names the margin:
    empty level, level without a target, respondent without a level, or no convergence.
    (Deming and Stephan 1940; same solution as R survey's `rake`.)
    """
    n = len(margins)
    weights = np.ones(n) if base_weights is None else np.array(base_weights, dtype=float)
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise JourneybookError("data", Problem("raking", "design weights must be finite and not negative"))
    _check_levels(margins, targets, weights)
    codes, shares = {}, {}
    for name, target in targets.items():
        levels = list(target)
        codes[name] = pd.Categorical(margins[name].astype(object), categories=levels).codes
        values = np.array([target[level] for level in levels], dtype=float)
        shares[name] = values / values.sum()
    weights = weights / weights.mean()
    for sweep in range(1, MAX_SWEEPS + 1):
        for name, level in codes.items():
            weights = weights * (shares[name] * n / np.bincount(level, weights, len(shares[name])))[level]
        gaps = {k: _gap(weights, level, shares[k]) for k, level in codes.items()}
        if max(gaps.values()) < TOLERANCE:
            return Weighting(weights / weights.mean(), sweep)
    worst = max(gaps, key=lambda name: gaps[name])
    raise _refuse(
        worst,
        f"raking did not converge in {MAX_SWEEPS} sweeps: this margin is still off by {gaps[worst]:.2g}",
        "the targets contradict each other in this sample: merge levels or drop a margin",
    )


def given_weights(weights: np.ndarray) -> Weighting:
    """Delivered weights, scaled to mean 1."""
    values = np.asarray(weights, dtype=float)
    return Weighting(values / values.mean(), 0)


def _gap(weights: np.ndarray, codes: np.ndarray, shares: np.ndarray) -> float:
    reached = np.bincount(codes, weights, len(shares)) / weights.sum()
    return float(np.abs(reached - shares).max())


def _check_levels(margins: pd.DataFrame, targets: Mapping[str, Mapping[Any, float]], weights: np.ndarray) -> None:
    problems = []
    for name, target in targets.items():
        levels = margins[name].astype(object)
        if levels.isna().any():
            problem = f"{int(levels.isna().sum())} respondents have no level of this margin"
            problems.append(_problem(name, problem, "give the missing a level and a target"))
        for level in sorted(set(levels.dropna()) - set(target), key=str):
            problem = f"the level {level!r} has no target"
            problems.append(_problem(name, problem, "add its share to the targets"))
        for level, share in target.items():
            held = weights[(levels == level).to_numpy()].sum()
            if share > 0 and held <= 0:
                problem = f"nobody has the level {level!r}, whose target is {share:g}"
                problems.append(_problem(name, problem, "merge it with a neighbouring level"))
            if share <= 0:
                problem = f"the target of level {level!r} is {share:g}"
                problems.append(_problem(name, problem, "a target must be above 0"))
    if problems:
        raise JourneybookError("data", problems)


def _problem(margin: str, problem: str, fix: str) -> Problem:
    return Problem(f"raking margin {margin}", problem, fix=fix)


def _refuse(margin: str, problem: str, fix: str) -> JourneybookError:
    return JourneybookError("data", _problem(margin, problem, fix))
