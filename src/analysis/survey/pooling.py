"""Samples drawn independently, one estimate each: how much they really differ, and each read beside the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri, ndtri, stdtrit

FEWEST = 3  # samples: of two, their mean and their spread tell no more than the two do
GRID = 200  # places at which a slope is looked at before its root is taken


@dataclass(frozen=True)
class Heterogeneity:
    """How much the truths behind the samples differ, beyond what sampling explains.

    `q` is Cochran's, on `degrees_of_freedom`, with its `p_value` for "all samples have one truth". `tau` is
    the standard deviation of the truths, in the estimates' unit, `tau_low` to `tau_high` its interval;
    `tau_squared` its square. `share_real` is I^2, the share (0-1) of the spread of the estimates that is
    not sampling, `conf_low` to `conf_high` its interval. `mean` is the mean of the truths, with
    `mean_std_error`; the truth of one more such sample lies between `prediction_low` and
    `prediction_high` (NaN of fewer than three samples). `samples` counts those with an estimate and an
    error. `not_estimable` is empty, or says why all figures are NaN.
    """

    samples: int
    degrees_of_freedom: int
    q: float = np.nan
    p_value: float = np.nan
    tau_squared: float = np.nan
    tau: float = np.nan
    tau_low: float = np.nan
    tau_high: float = np.nan
    share_real: float = np.nan
    conf_low: float = np.nan
    conf_high: float = np.nan
    mean: float = np.nan
    mean_std_error: float = np.nan
    prediction_low: float = np.nan
    prediction_high: float = np.nan
    not_estimable: str = ""


def heterogeneity(estimates: pd.Series, std_errors: pd.Series, *, confidence_level: float = 0.95) -> Heterogeneity:
    """What a random-effects model says of estimates from samples drawn independently, in their own unit.

    tau^2 is by restricted maximum likelihood (Viechtbauer 2005, Journal of Educational and Behavioral
    Statistics 30, p. 261), its interval by the Q-profile (Viechtbauer 2007, Statistics in Medicine 26,
    p. 37); I^2 = tau^2 / (tau^2 + s^2) with the typical sampling variance s^2 of Higgins and Thompson
    (2002, Statistics in Medicine 21, p. 1539), at the ends of tau^2 for its interval. The prediction
    interval is by t on the samples less two (Higgins, Thompson and Spiegelhalter 2009, JRSS A 172,
    p. 137). R's metafor: `rma(method = "REML")`, `confint`, `predict(pi.type = "riley")`. A sample without
    an estimate or an error (as a share of 0 or 1) is left out. Where even equal truths would spread the
    estimates more than they are spread, the interval of tau^2 is 0 to 0.
    """
    pool = _Pool.of(estimates, std_errors)
    k = len(pool.y)
    if k < 2:
        return Heterogeneity(k, max(k - 1, 0), not_estimable="there are fewer than two samples with an error")
    tail = (1 - confidence_level) / 2
    tau_squared = pool.tau_squared()
    low, high = (pool.at_q(chdtri(k - 1, chance)) for chance in (tail, 1 - tail))
    mean, error = pool.mean(tau_squared)
    reach = stdtrit(k - 2, 1 - tail) * np.hypot(error, np.sqrt(tau_squared)) if k >= FEWEST else np.nan
    q = pool.q(0.0)
    return Heterogeneity(
        samples=k,
        degrees_of_freedom=k - 1,
        q=q,
        p_value=float(chdtrc(k - 1, q)),
        tau_squared=tau_squared,
        tau=float(np.sqrt(tau_squared)),
        tau_low=float(np.sqrt(low)),
        tau_high=float(np.sqrt(high)),
        share_real=pool.share_real(tau_squared),
        conf_low=pool.share_real(low),
        conf_high=pool.share_real(high),
        mean=mean,
        mean_std_error=error,
        prediction_low=float(mean - reach),
        prediction_high=float(mean + reach),
    )


def partial_pooling(estimates: pd.Series, std_errors: pd.Series, *, confidence_level: float = 0.95) -> pd.DataFrame:
    """A row a sample: its own estimate, and the one that leans on the others as far as it is unsure.

    Columns: `direct` and `direct_std_error` as given; `estimate` = l direct + (1 - l) mean, `std_error`,
    `conf_low`, `conf_high`; `weight_direct` is l = tau^2 / (tau^2 + std_error^2), 0-1. All in the unit
    given: for shares near 0 or 1 that is better the logit. The best linear unbiased predictor of a
    sample's truth under the model of `heterogeneity` (Morris 1983, JASA 78, p. 47; metafor's `blup`). Its
    error counts that the mean is estimated, and tau^2 (Datta and Lahiri 2000, Statistica Sinica 10, p. 613):
    with tau^2 taken as known, intervals of 95 % held as few as 83 % of the truths of 4 to 13 samples. It is
    no larger than the direct one's.
    Where tau^2 is 0 every sample has the mean (weight 0). Fewer than three samples keep their own
    estimates (weight 1), and so does one that has no error. Index: that of `estimates`.
    """
    pool = _Pool.of(estimates, std_errors)
    rows = pd.DataFrame({"direct": estimates, "direct_std_error": std_errors}, dtype=float)
    weight, estimate = np.ones(len(rows)), rows["direct"].to_numpy().copy()
    variance = rows["direct_std_error"].to_numpy() ** 2
    if len(pool.y) >= FEWEST:
        tau_squared = pool.tau_squared()
        mean, error = pool.mean(tau_squared)
        own = tau_squared / (tau_squared + pool.v)
        weight[pool.inside] = own
        estimate[pool.inside] = own * pool.y + (1 - own) * mean
        spread = tau_squared + pool.v
        of_tau_squared = pool.v**2 / spread**3 * 2 / (spread**-2).sum()
        found = own * pool.v + (1 - own) ** 2 * error**2 + 2 * of_tau_squared
        variance[pool.inside] = np.minimum(found, pool.v)
    rows["estimate"], rows["std_error"] = estimate, np.sqrt(variance)
    reach = ndtri((1 + confidence_level) / 2) * rows["std_error"]
    rows["conf_low"], rows["conf_high"] = estimate - reach, estimate + reach
    return rows.assign(weight_direct=np.where(np.isnan(estimate), np.nan, weight))


@dataclass(frozen=True, eq=False)
class _Pool:
    """Estimates `y` with variances `v`, of the samples that are `inside`, a mask over those given."""

    y: np.ndarray
    v: np.ndarray
    inside: np.ndarray

    @classmethod
    def of(cls, estimates: pd.Series, std_errors: pd.Series) -> _Pool:
        y, errors = np.asarray(estimates, dtype=float), np.asarray(std_errors, dtype=float)
        inside = np.isfinite(y) & np.isfinite(errors) & (errors > 0)
        return cls(y[inside], errors[inside] ** 2, inside)

    def mean(self, tau_squared: float) -> tuple[float, float]:
        """The mean by inverse variances, and its standard error."""
        w = 1 / (self.v + tau_squared)
        return float(w @ self.y / w.sum()), float(1 / np.sqrt(w.sum()))

    def q(self, tau_squared: float) -> float:
        """The squared distances from the mean, each over its variance; it falls as tau^2 grows."""
        gaps = self.y - self.mean(tau_squared)[0]
        return float((gaps**2 / (self.v + tau_squared)).sum())

    def share_real(self, tau_squared: float) -> float:
        w = 1 / self.v
        typical = (len(w) - 1) / (w.sum() - (w**2).sum() / w.sum())
        return float(tau_squared / (tau_squared + typical))

    def tau_squared(self) -> float:
        """The highest of all peaks of the restricted likelihood, of which there may be several."""
        top = self._beyond(lambda t: self._slope(t) < 0)
        places = np.concatenate([[0.0], np.geomspace(top * 1e-9, top, GRID)])
        slopes = [self._slope(place) for place in places]
        falls = [n for n in range(GRID) if slopes[n] > 0 >= slopes[n + 1]]
        peaks = [brentq(self._slope, places[n], places[n + 1], xtol=1e-300, rtol=1e-15) for n in falls]
        return float(max([0.0, *peaks], key=self._likelihood))

    def at_q(self, target: float) -> float:
        """The tau^2 at which Q is the target; 0 where it is below that without any."""
        if self.q(0.0) <= target:
            return 0.0
        top = self._beyond(lambda t: self.q(t) < target)
        return float(brentq(lambda t: self.q(t) - target, 0.0, top, xtol=1e-300, rtol=1e-15))

    def _likelihood(self, tau_squared: float) -> float:
        """The restricted log likelihood, but for a constant."""
        spread = self.v + tau_squared
        return float(-0.5 * (np.log(spread).sum() + np.log((1 / spread).sum()) + self.q(tau_squared)))

    def _slope(self, tau_squared: float) -> float:
        """Twice its derivative in tau^2."""
        w = 1 / (self.v + tau_squared)
        gaps = self.y - self.mean(tau_squared)[0]
        return float(w**2 @ gaps**2 - w.sum() + (w**2).sum() / w.sum())

    def _beyond(self, holds: Callable[[float], bool]) -> float:
        """A tau^2 so large that it holds."""
        top = float(np.ptp(self.y) ** 2 + self.v.max())
        while not holds(top):
            top *= 2
        return top
