"""SurveyDesign and its one covariance function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem
from analysis.survey.replicates import Replicates

SinglePSU = Literal["error", "certainty", "centre"]
Calibration = Literal["calibrate", "rake", "as_given"]
ARRAYS = ("weights", "strata", "psus", "fpc", "margins", "base_weights")
BLOCK = 1 << 12  # rows taken at a time, so that what is computed on stays in the cache
RAKE_SWEEPS = 10  # as R survey's svyrecvar for a raked design


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """Weights, strata, PSUs and calibration margins of one sample, one entry a respondent.

    `strata` and `psus` are codes from 0; without `strata` there is one stratum, without `psus` each
    respondent is its own. `fpc` is the share of the stratum's PSUs that was sampled, 0-1. Weights
    that were raked to `margins` (level codes from 0, a column a margin) carry the `base_weights` they
    started from, and `calibration` says which form their variance takes. `single_psu` says what a
    stratum of one PSU adds to a variance. With `replicates`, every covariance comes from them.
    The arrays are copied and cannot be written to.
    """

    weights: np.ndarray
    strata: np.ndarray | None = None
    psus: np.ndarray | None = None
    fpc: np.ndarray | None = None
    margins: np.ndarray | None = None
    base_weights: np.ndarray | None = None
    calibration: Calibration = "calibrate"
    single_psu: SinglePSU = "error"
    replicates: Replicates | None = None

    def __post_init__(self) -> None:
        for name in ARRAYS:
            value = getattr(self, name)
            if value is None:
                continue
            frozen = np.array(value, dtype=None if name in ("strata", "psus") else float)
            if len(frozen) != len(self.weights):
                raise _refuse(f"{name} has {len(frozen)} entries, the weights {len(self.weights)}")
            if frozen.dtype.kind == "f" and not (np.isfinite(frozen).all() and (frozen >= 0).all()):
                raise _refuse(f"{name} must be finite and not negative")
            frozen.setflags(write=False)
            object.__setattr__(self, name, frozen)
        if self.replicates is not None and len(self.replicates.weights) != len(self.weights):
            raise _refuse(f"replicates has {len(self.replicates.weights)} entries, the weights {len(self.weights)}")
        if self.weights.sum() <= 0:
            raise _refuse("the weights sum to nothing")
        if self.fpc is not None and not self._fpc_fits():
            raise _refuse("fpc must be a share of PSUs, 0 to 1, and the same within a stratum")

    def covariance(self, linearised: np.ndarray) -> np.ndarray:
        """The covariance matrix of the totals of `linearised` (respondents x estimates).

        V = sum_h (1 - f_h) n_h/(n_h - 1) sum_c (z_hc - mean_h)(z_hc - mean_h)', with z summed by
        PSU; n_h counts all PSUs of the full design, so a domain has zeros outside and is never a
        filtered frame (Lumley 2010, Complex Surveys, ch. 2). Calibrated weights: z is first replaced
        by its residual from the margins, see `residuals`.
        """
        z = np.asarray(linearised, dtype=float).reshape(len(self.weights), -1)
        if self.margins is not None and self.calibration != "as_given":
            z = self.residuals(z)
        psus, strata, rates = self.units
        totals = z if self.psus is None else column_sums(psus, z, len(strata))
        counts = np.bincount(strata)
        means = column_sums(strata, totals, len(counts)) / counts[:, None]
        overall = totals.mean(axis=0) if (counts == 1).any() else np.zeros(z.shape[1])
        means[counts == 1] = self._single_mean(counts, overall, means)
        scale = np.where(counts == 1, 1.0, counts / np.maximum(counts - 1, 1)) * (1 - rates)
        result = np.zeros((z.shape[1], z.shape[1]))
        for start in range(0, len(totals), BLOCK):
            part = slice(start, start + BLOCK)
            centred = totals[part] - means[strata[part]]
            result += (centred * scale[strata[part], None]).T @ centred
        return result

    def estimate(
        self, statistic: Callable[[np.ndarray], np.ndarray], linearised: Callable[[np.ndarray], np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Estimates (a vector) and their covariance matrix.

        `statistic` gives the estimates from any weights; `linearised` gives, from the estimates, the
        linearised values (respondents x estimates). Replicates take the first, all others the second.
        """
        estimates = np.atleast_1d(statistic(self.weights))
        if self.replicates is not None:
            return estimates, self.replicates.covariance(statistic, estimates)
        return estimates, self.covariance(linearised(estimates))

    def degrees_of_freedom(self, domain: np.ndarray | None = None) -> int:
        """PSUs less strata, counted over those that have rows in the domain (a mask).

        With replicates: the rank of their weights in the domain, less one (R survey's `degf`).
        """
        if self.replicates is not None:
            return self.replicates.degrees_of_freedom(domain)
        psus, strata, _ = self.units
        present = np.ones(len(strata), dtype=bool)
        if domain is not None:
            inside = np.asarray(domain, dtype=bool)
            present = inside if self.psus is None else np.bincount(psus[inside], minlength=len(strata)) > 0
        return int(present.sum()) - int((np.bincount(strata[present]) > 0).sum())

    def effective_base(self, domain: np.ndarray | None = None) -> float:
        """Kish's effective base, (sum w)^2 / sum w^2, in respondents (Kish 1965, 11.7)."""
        w = self.weights if domain is None else self.weights[np.asarray(domain, dtype=bool)]
        return float(w.sum() ** 2 / (w**2).sum()) if w.any() else 0.0

    @property
    def sizes(self) -> np.ndarray | None:
        """How many respondents a row stands for; None where each row is one."""
        return None

    def bases(self, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Respondents, sum w and sum w^2 inside each column of a mask (respondents x columns)."""
        held = inside.astype(float)
        return held.sum(axis=0), self.weights @ held, self.weights**2 @ held

    def residuals(self, z: np.ndarray) -> np.ndarray:
        """`z` less what the margins explain of it.

        "calibrate": weighted least squares of z/w on the margins' dummies with the base weights
        (Deville and Sarndal 1992, p. 380; R survey's `calibrate`; for one margin its
        `postStratify`). "rake": the unweighted margin means swept out in turn, as for its `rake`.
        """
        assert self.margins is not None
        w = self.weights[:, None]
        values = np.divide(z, w, out=np.zeros_like(z), where=w > 0)
        codes = self.margins.astype(int).T
        if self.calibration == "rake":
            sizes = self.sizes
            for _ in range(RAKE_SWEEPS):
                for level in codes:
                    held = np.maximum(np.bincount(level, sizes), 1)[:, None]
                    counted = values if sizes is None else values * sizes[:, None]
                    values = values - (column_sums(level, counted, len(held)) / held)[level]
            return np.asarray(w * values)
        base = self.weights if self.base_weights is None else self.base_weights
        dummies = np.concatenate([np.eye(level.max() + 1)[level] for level in codes], axis=1)
        weighted = (dummies * base[:, None]).T
        fitted = dummies @ np.linalg.lstsq(weighted @ dummies, weighted @ values, rcond=None)[0]
        return np.asarray(w * (values - fitted))

    @property
    def independent(self) -> bool:
        """Whether variances come from the respondents themselves: no PSUs, margins or replicates."""
        plain = self.margins is None or self.calibration == "as_given"
        return plain and self.psus is None and self.replicates is None

    @cached_property
    def units(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """PSU of each respondent; stratum of each PSU; sampling rate of each stratum."""
        n = len(self.weights)
        strata = np.zeros(n, dtype=int) if self.strata is None else pd.factorize(self.strata)[0]
        if self.psus is None:
            psus, first = np.arange(n), np.arange(n)
        else:
            within = pd.factorize(self.psus)[0].astype(np.int64)
            psus = pd.factorize(strata.astype(np.int64) * (within.max() + 1) + within)[0]
            first = np.unique(psus, return_index=True)[1]
        rates = np.zeros(strata.max() + 1)
        if self.fpc is not None:
            rates[strata] = self.fpc
        return psus, strata[first], rates

    @property
    def single_psu_strata(self) -> int:
        """How many strata hold one PSU that is not all of them; none counts where replicates give the errors."""
        _, strata, rates = self.units
        return 0 if self.replicates is not None else int(((np.bincount(strata) == 1) & (rates < 1)).sum())

    def _fpc_fits(self) -> bool:
        assert self.fpc is not None
        strata = np.zeros(len(self.weights), dtype=int) if self.strata is None else pd.factorize(self.strata)[0]
        return bool(self.fpc.max() <= 1 and pd.Series(self.fpc).groupby(strata).nunique().max() == 1)

    def _single_mean(self, counts: np.ndarray, overall: np.ndarray, means: np.ndarray) -> np.ndarray:
        """What the one PSU of a stratum is centred at: itself ("certainty"), or the mean of all PSUs."""
        single = counts == 1
        alone = single & (self.units[2] < 1)  # a PSU that is all of its stratum has no variance
        if alone.any() and self.single_psu == "error":
            raise _refuse(
                f"{int(alone.sum())} strata hold one PSU, so their variance cannot be computed",
                "declare single_psu: certainty or centre",
            )
        return np.broadcast_to(overall, means[single].shape) if self.single_psu == "centre" else means[single]


def level_codes(margins: pd.DataFrame) -> np.ndarray:
    """The margins of a calibrated design as level codes from 0 (respondents x margins)."""
    return np.column_stack([pd.factorize(margins[name])[0] for name in margins])


def column_sums(codes: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """The columns of `values` summed by code (codes x columns)."""
    return np.column_stack([np.bincount(codes, column, count) for column in values.T])


def _refuse(problem: str, fix: str | None = None) -> JourneybookError:
    return JourneybookError("data", Problem("survey design", problem, fix=fix))
