"""Replicate weights: the jackknife, the bootstrap, and those an agency delivers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import JourneybookError, Problem

if TYPE_CHECKING:
    from analysis.survey.design import SurveyDesign

RANK_TOLERANCE = 1e-5  # as R survey's degf of replicate weights


@dataclass(frozen=True, eq=False)
class Replicates:
    """Replicate weights (respondents x replicates), the sampling weights within them.

    V = scale sum_r rscales_r (theta_r - centre)(theta_r - centre)': the centre is the mean of the
    replicates, or with `mse` the estimate itself (R survey's `svrepdesign`).
    """

    weights: np.ndarray
    scale: float
    rscales: np.ndarray
    mse: bool = False

    def __post_init__(self) -> None:
        for name in ("weights", "rscales"):
            frozen = np.array(getattr(self, name), dtype=float)
            frozen.setflags(write=False)
            object.__setattr__(self, name, frozen)
        if self.weights.ndim != 2 or self.weights.shape[1] != len(self.rscales):
            shape = " x ".join(map(str, self.weights.shape))
            raise _refuse(f"replicate weights are {shape}, for {len(self.rscales)} scales")
        if not (np.isfinite(self.weights).all() and self.scale > 0 and (self.rscales >= 0).all()):
            raise _refuse("replicate weights must be finite, their scales not negative")

    def covariance(self, statistic: Callable[[np.ndarray], np.ndarray], estimates: np.ndarray) -> np.ndarray:
        """Covariance matrix of `statistic`, which gives the estimates (a vector) from any weights."""
        thetas = np.array([np.atleast_1d(statistic(column)) for column in self.weights.T])
        rscales = np.asarray(self.rscales, dtype=float)
        centre = estimates if self.mse else thetas[rscales > 0].mean(axis=0)
        gaps = (thetas - centre) * np.sqrt(rscales)[:, None]
        return np.asarray(self.scale * gaps.T @ gaps)

    def degrees_of_freedom(self, domain: np.ndarray | None = None) -> int:
        """The rank of the weights of the respondents in the domain (a mask), less one."""
        weights = self.weights if domain is None else self.weights[np.asarray(domain, dtype=bool)]
        # The smaller of the two Gram matrices has the squares of the singular values.
        gram = weights.T @ weights if weights.shape[0] > weights.shape[1] else weights @ weights.T
        sizes = np.sqrt(np.maximum(np.linalg.eigvalsh(gram), 0))
        return int((sizes > RANK_TOLERANCE * sizes.max(initial=0)).sum()) - 1

    def calibrated(self, calibrate: Callable[[np.ndarray], np.ndarray]) -> Replicates:
        """Every replicate calibrated anew, as the weights were; `calibrate` takes and gives weights."""
        weights = np.column_stack([calibrate(column) for column in self.weights.T])
        return Replicates(weights, self.scale, self.rscales, self.mse)


def jackknife(design: SurveyDesign, *, mse: bool = False) -> Replicates:
    """One replicate for every PSU left out: JK1 without strata, JKn with them.

    The others of its stratum carry n_h/(n_h - 1); rscales are (1 - f_h)(n_h - 1)/n_h (R survey's
    `as.svrepdesign`; Wolter 2007, Introduction to Variance Estimation, ch. 4).
    """
    psus, strata, rates = design.units
    counts = np.bincount(strata)
    if (counts == 1).any():
        raise _refuse("a stratum of one PSU has no jackknife", "merge the stratum with its neighbour")
    own = np.arange(len(strata))
    factors = np.where(strata[:, None] == strata, (counts / (counts - 1))[strata], 1.0)
    factors[own, own] = 0.0
    rscales = ((1 - rates) * (counts - 1) / counts)[strata]
    return Replicates(design.weights[:, None] * factors[psus], 1.0, rscales, mse)


def bootstrap(design: SurveyDesign, *, replicates: int = 500, seed: int, mse: bool = False) -> Replicates:
    """Rao-Wu rescaled bootstrap: n_h - 1 PSUs drawn with replacement in every stratum.

    A PSU drawn m times carries m n_h/(n_h - 1); the scale is 1/(replicates - 1) (Rao and Wu 1988,
    JASA 83, p. 231; R survey's "subbootstrap"). It has no finite-population correction.
    """
    if replicates < 2:
        raise _refuse(f"a bootstrap of {replicates} replicates has no variance", "draw 200 or more")
    psus, strata, _ = design.units
    draws = np.random.default_rng(seed)
    counts = np.bincount(strata)
    if (counts == 1).any():
        raise _refuse("a stratum of one PSU has no bootstrap", "merge the stratum with its neighbour")
    factors = np.zeros((len(strata), replicates))
    for stratum, n in enumerate(counts):
        drawn = draws.multinomial(n - 1, np.full(n, 1 / n), size=replicates).T
        factors[strata == stratum] = drawn * n / (n - 1)
    weights = design.weights[:, None] * factors[psus]
    return Replicates(weights, 1 / (replicates - 1), np.ones(replicates), mse)


def _refuse(problem: str, fix: str | None = None) -> JourneybookError:
    return JourneybookError("data", Problem("replicate weights", problem, fix=fix))
