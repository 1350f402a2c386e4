"""Differences between shares, of overlapping domains and of separate samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import linearise


@dataclass(frozen=True)
class Difference:
    """A difference of two shares (0-1 scale), with its standard error and degrees of freedom."""

    estimate: float
    std_error: float
    degrees_of_freedom: float
    unweighted_base: int

    @property
    def p_value(self) -> float:
        """Two-sided, by t on the design's degrees of freedom; 1 where nothing varies."""
        if not self.std_error > 0:
            return 1.0
        return float(2 * stdtr(self.degrees_of_freedom, -abs(self.estimate / self.std_error)))

    def interval(self, confidence_level: float = 0.95) -> tuple[float, float]:
        """Lower and upper end, t on the design's degrees of freedom."""
        reach = stdtrit(self.degrees_of_freedom, (1 + confidence_level) / 2) * self.std_error
        return float(self.estimate - reach), float(self.estimate + reach)


def difference(design: SurveyDesign, first: pd.Series, second: pd.Series) -> Difference:
    """`first` less `second`, two indicators (1, 0, NaN outside their base) of one sample.

    Both may overlap, as 18-34 and all do, or be two items of one question: the covariance comes
    from one call, z = z_A - z_B.
    """
    values = np.column_stack([first.to_numpy(float), second.to_numpy(float)])
    inside = ~np.isnan(values)
    estimate, z = linearise(design, values, inside)
    variance = design.covariance(z[:, :1] - z[:, 1:]).item()
    either = inside.any(axis=1)
    smaller = int(inside.sum(axis=0).min())
    return Difference(float(estimate[0] - estimate[1]), variance**0.5, design.degrees_of_freedom(either), smaller)


def separate_difference(first: pd.Series, second: pd.Series) -> Difference:
    """`first` less `second`, two rows of `shares` from samples that were drawn independently."""
    return Difference(
        float(first["estimate"] - second["estimate"]),
        float(np.hypot(first["std_error"], second["std_error"])),
        float(first["degrees_of_freedom"] + second["degrees_of_freedom"]),
        int(min(first["unweighted_base"], second["unweighted_base"])),
    )


def average_difference(gaps: Sequence[Difference]) -> Difference:
    """The mean of one difference over samples that were drawn independently."""
    return Difference(
        float(np.mean([gap.estimate for gap in gaps])),
        float(np.sqrt(sum(gap.std_error**2 for gap in gaps)) / len(gaps)),
        float(sum(gap.degrees_of_freedom for gap in gaps)),
        sum(gap.unweighted_base for gap in gaps),
    )


def difference_from_average(rows: Sequence[pd.Series], which: int) -> Difference:
    """One sample's share less the average of all (its own included), each sample alike.

    `rows` are rows of `shares` from samples drawn independently. p_k - mean = p_k (1 - 1/m) less the
    others' p / m, so the overlap of the sample with the average is in the error.
    """
    factors = np.full(len(rows), -1 / len(rows))
    factors[which] += 1
    estimates = np.array([row["estimate"] for row in rows], dtype=float)
    errors = np.array([row["std_error"] for row in rows], dtype=float)
    return Difference(
        float(factors @ estimates),
        float(np.sqrt(((factors * errors) ** 2).sum())),
        float(sum(row["degrees_of_freedom"] for row in rows)),
        int(rows[which]["unweighted_base"]),
    )


def average(rows: pd.DataFrame) -> pd.Series:
    """The average of separate samples, each sample alike: one row with the columns of `shares`.

    Variances add over samples that were drawn independently; the effective base is that of the
    pooled respondents when every sample carries the same total weight.
    """
    count = len(rows)
    result = pd.Series(dtype=float)
    result["estimate"] = rows["estimate"].mean()
    result["std_error"] = np.sqrt((rows["std_error"] ** 2).sum()) / count
    for total in ("degrees_of_freedom", "unweighted_base", "weighted_base"):
        result[total] = rows[total].sum()
    result["effective_base"] = count**2 / (1 / rows["effective_base"]).sum()
    simple = result["estimate"] * (1 - result["estimate"]) / (result["unweighted_base"] - 1)
    result["design_effect"] = result["std_error"] ** 2 / simple if simple > 0 else np.nan
    return result
