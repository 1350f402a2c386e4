"""SurveyDesign and its one covariance function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem

SinglePSU = Literal["error", "certainty", "centre"]


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """Weights, strata, PSUs and calibration margins of one sample, one entry a respondent.

    `strata` and `psus` are codes from 0; without `strata` there is one stratum, without `psus` each
    respondent is its own. `fpc` is the share of the stratum's PSUs that was sampled, 0-1. Weights
    that were raked to `margins` (a matrix of dummies) carry the `base_weights` they started from.
    `single_psu` says what a stratum of one PSU adds to a variance.
    """

    weights: np.ndarray
    strata: np.ndarray | None = None
    psus: np.ndarray | None = None
    fpc: np.ndarray | None = None
    margins: np.ndarray | None = None
    base_weights: np.ndarray | None = None
    single_psu: SinglePSU = "error"

    def __post_init__(self) -> None:
        for name in ("weights", "strata", "psus", "fpc", "margins", "base_weights"):
            value = getattr(self, name)
            if value is None:
                continue
            frozen = np.array(value)
            frozen.setflags(write=False)
            object.__setattr__(self, name, frozen)
            if len(frozen) != len(self.weights):
                raise _refuse(f"{name} has {len(frozen)} entries, the weights {len(self.weights)}")
        if not np.isfinite(self.weights).all() or (self.weights < 0).any():
            raise _refuse("weights must be finite and not negative")
        if self.weights.sum() <= 0:
            raise _refuse("the weights sum to nothing")

    def covariance(self, linearised: np.ndarray) -> np.ndarray:
        """The covariance matrix of the totals of `linearised` (respondents x estimates).

        V = sum_h (1 - f_h) n_h/(n_h - 1) sum_c (z_hc - mean_h)(z_hc - mean_h)', with z summed by
        PSU; n_h counts all PSUs of the full design, so a domain has zeros outside and is never a
        filtered frame (Lumley 2010, Complex Surveys, ch. 2). Calibrated weights: z is first replaced
        by its residual from the margins (Deville and Sarndal 1992, p. 380; R survey's `calibrate`).
        """
        z = self._residuals(np.asarray(linearised, dtype=float).reshape(len(self.weights), -1))
        psus, strata, rates = self._units
        totals = np.zeros((len(strata), z.shape[1]))
        np.add.at(totals, psus, z)
        counts = np.bincount(strata)
        means = np.zeros((len(counts), z.shape[1]))
        np.add.at(means, strata, totals)
        means /= counts[:, None]
        single = counts[strata] == 1
        centred = totals - means[strata]
        if single.any():
            centred[single] = self._lonely(totals, single)
        scale = (1 - rates) * counts[strata] / np.maximum(counts[strata] - 1, 1)
        return np.asarray((centred * scale[:, None]).T @ centred)

    def degrees_of_freedom(self, domain: np.ndarray | None = None) -> int:
        """PSUs less strata, counted over those that have rows in the domain (a mask)."""
        psus, strata, _ = self._units
        present = np.unique(psus if domain is None else psus[np.asarray(domain, dtype=bool)])
        return len(present) - len(np.unique(strata[present]))

    def effective_base(self, domain: np.ndarray | None = None) -> float:
        """Kish's effective base, (sum w)^2 / sum w^2, in respondents (Kish 1965, 11.7)."""
        w = self.weights if domain is None else self.weights[np.asarray(domain, dtype=bool)]
        return float(w.sum() ** 2 / (w**2).sum()) if w.any() else 0.0

    @property
    def _units(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """PSU of each respondent; stratum and sampling rate of each PSU."""
        n = len(self.weights)
        strata = np.zeros(n, dtype=int) if self.strata is None else self.strata
        if self.psus is None:
            psus, first = np.arange(n), np.arange(n)
        else:
            pairs = np.stack([strata, self.psus], axis=1)
            _, first, psus = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
            psus = psus.reshape(-1)
        rates = np.zeros(len(first)) if self.fpc is None else self.fpc[first]
        _, stratum_codes = np.unique(strata[first], return_inverse=True)
        return psus, stratum_codes.reshape(-1), rates

    def _residuals(self, z: np.ndarray) -> np.ndarray:
        if self.margins is None:
            return z
        base = self.weights if self.base_weights is None else self.base_weights
        positive = self.weights > 0
        values = np.zeros_like(z)
        values[positive] = z[positive] / self.weights[positive, None]
        root = np.sqrt(base)[:, None]
        fitted = self.margins @ np.linalg.lstsq(self.margins * root, values * root, rcond=None)[0]
        return np.asarray(self.weights[:, None] * (values - fitted) * positive[:, None])

    def _lonely(self, totals: np.ndarray, single: np.ndarray) -> np.ndarray | float:
        if self.single_psu == "error":
            raise _refuse(
                f"{int(single.sum())} strata hold one PSU, so their variance cannot be computed",
                "declare single_psu: certainty or centre",
            )
        return totals[single] - totals.mean(axis=0) if self.single_psu == "centre" else 0.0


def margin_matrix(margins: pd.DataFrame) -> np.ndarray:
    """The dummies of all margins side by side (respondents x levels), for a calibrated design."""
    return np.concatenate([pd.get_dummies(margins[name]).to_numpy(float) for name in margins], axis=1)


def _refuse(problem: str, fix: str | None = None) -> JourneybookError:
    return JourneybookError("data", Problem("survey design", problem, fix=fix))
