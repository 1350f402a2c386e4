"""Respondents collapsed into cells: weights and errors from sums by cell, so that no row need be held.

A cell holds respondents of one stratum, one PSU, the same margins and the same answers. Whatever is
estimated is then the same for all of them, and their weights differ by the base weight alone: w = g b
with one g a cell. What the estimates and their linearised errors need of a cell is how many respondents
it holds, sum b and sum b^2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.survey.design import Calibration, SinglePSU, SurveyDesign, column_sums
from analysis.survey.weights import Weighting, post_stratify, rake_survey

SPREAD = 1e-10  # the least part of sum w^2 that is taken for a spread of weights, and not for rounding


@dataclass(frozen=True, eq=False)
class Groups:
    """Of each cell: respondents (`counts`), and the sums of their base weights and of the squares of these.

    Respondents of base weight 0 have cells of their own. `smallest` and `largest` are the cell's extreme
    base weights, where anybody asks for them.
    """

    counts: np.ndarray
    base: np.ndarray
    squares: np.ndarray
    smallest: np.ndarray | None = None
    largest: np.ndarray | None = None

    def times(self, factors: np.ndarray) -> Groups:
        """The same with every base weight of a cell times the cell's factor."""
        return Groups(
            self.counts,
            self.base * factors,
            self.squares * factors**2,
            None if self.smallest is None else self.smallest * factors,
            None if self.largest is None else self.largest * factors,
        )


@dataclass(frozen=True, eq=False)
class GroupedWeighting(Weighting):
    """Weights of mean 1 over the respondents, as sums by cell (`weights`), and what they cost.

    `groups` holds the same cells, weighted; `factors` is what a base weight of each is multiplied by.
    """

    groups: Groups
    factors: np.ndarray

    @property
    def effective_base(self) -> float:
        return float(self.weights.sum() ** 2 / self.groups.squares.sum())

    @property
    def design_effect(self) -> float:
        return float(self.groups.counts.sum()) / self.effective_base

    @property
    def largest(self) -> float:
        assert self.groups.largest is not None
        return float(self.groups.largest.max())

    @property
    def smallest(self) -> float:
        assert self.groups.smallest is not None
        return float(self.groups.smallest.min())


def weigh_groups(
    groups: Groups,
    margins: pd.DataFrame | None = None,
    targets: Mapping[Any, Any] | None = None,
    *,
    joint: bool = False,
) -> GroupedWeighting:
    """The weights of the cells, raked to the targets; as delivered, scaled to mean 1, without any.

    `margins`: a column a margin, a level a cell. `targets` as `rake_survey` takes them, or with `joint` as
    `post_stratify`; so are the errors. Raking goes by cells in memory, too, so the weights are the same.
    """
    if margins is None or not targets:
        sums, sweeps = groups.base * (groups.counts.sum() / groups.base.sum()), 0
    else:
        fit = post_stratify if joint else rake_survey
        found = fit(margins, targets, base_weights=groups.base, counts=groups.counts)
        sums, sweeps = found.weights, found.sweeps
    factors = np.divide(sums, groups.base, out=np.zeros_like(sums), where=groups.base > 0)
    return GroupedWeighting(sums, sweeps, groups.times(factors), factors)


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupedDesign(SurveyDesign):
    """A survey design with a row a cell, which gives the estimates and errors of the respondents.

    `weights` and `base_weights` are sums over the respondents of a cell, `counts` says how many there
    are, `squares` is the sum of their squared weights. Indicators, domains and linearised values, too,
    have a row a cell. Replicate weights differ within a cell and cannot be had.
    """

    counts: np.ndarray
    squares: np.ndarray

    def covariance(self, linearised: np.ndarray) -> np.ndarray:
        """The covariance matrix of the totals of `linearised` (cells x estimates), as of the respondents.

        By PSUs it is that of `SurveyDesign`, as a cell lies in one PSU. Else, with u = z / w the same for
        all of cell c of stratum h, sum_i (z_i - mean_h)(z_i - mean_h)' is split into
        sum_c u_c u_c' [sum w^2 - (sum w)^2/n_c] within cells and sum_c n_c (mean_c - mean_h)(...)' between.
        """
        z = np.asarray(linearised, dtype=float).reshape(len(self.weights), -1)
        if self.psus is not None:
            return super().covariance(z)
        if self.margins is not None and self.calibration != "as_given":
            z = self.residuals(z)
        _, strata, rates = self.units
        held = np.bincount(strata, self.counts)
        means = column_sums(strata, z, len(held)) / held[:, None]
        means[held == 1] = self._single_mean(held, z.sum(axis=0) / held.sum(), means)
        scale = (np.where(held == 1, 1.0, held / np.maximum(held - 1, 1)) * (1 - rates))[strata]
        centred = z / self.counts[:, None] - means[strata]
        single = np.divide(z, self.weights[:, None], out=np.zeros_like(z), where=self.weights[:, None] > 0)
        between = (centred * (scale * self.counts)[:, None]).T @ centred
        return np.asarray(between + (single * (scale * self._spread)[:, None]).T @ single)

    def degrees_of_freedom(self, domain: np.ndarray | None = None) -> int:
        """PSUs less strata, counted over those that have respondents in the domain (a mask of cells)."""
        if self.psus is not None:
            return super().degrees_of_freedom(domain)
        inside = np.ones(len(self.weights), dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
        return int(self.counts[inside].sum()) - len(np.unique(self.units[1][inside]))

    def effective_base(self, domain: np.ndarray | None = None) -> float:
        """Kish's effective base, (sum w)^2 / sum w^2, in respondents (Kish 1965, 11.7)."""
        inside = np.ones(len(self.weights), dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
        total, squares = self.weights[inside].sum(), self.squares[inside].sum()
        return float(total**2 / squares) if squares > 0 else 0.0

    @property
    def sizes(self) -> np.ndarray | None:
        return self.counts

    @property
    def independent(self) -> bool:
        """Never: a cell is no respondent, and its spread is needed for every variance."""
        return False

    def bases(self, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Respondents, sum w and sum w^2 inside each column of a mask (cells x columns)."""
        held = inside.astype(float)
        return self.counts @ held, self.weights @ held, self.squares @ held

    @property
    def _spread(self) -> np.ndarray:
        """Sum of the squared distances of a cell's weights from their mean; the rounding of sums is none."""
        spread = self.squares - self.weights**2 / self.counts
        return np.where(spread > SPREAD * self.squares, spread, 0.0)


def grouped_design(
    groups: Groups,
    factors: np.ndarray,
    *,
    strata: np.ndarray | None = None,
    psus: np.ndarray | None = None,
    fpc: np.ndarray | None = None,
    margins: np.ndarray | None = None,
    calibration: Calibration = "calibrate",
    single_psu: SinglePSU = "error",
) -> GroupedDesign:
    """The design of cells whose base weights are multiplied by `factors`; the rest as in `SurveyDesign`."""
    weighted = groups.times(factors)
    return GroupedDesign(
        weighted.base,
        strata=strata,
        psus=psus,
        fpc=fpc,
        margins=margins,
        base_weights=groups.base,
        calibration=calibration,
        single_psu=single_psu,
        counts=groups.counts.astype(float),
        squares=weighted.squares,
    )
