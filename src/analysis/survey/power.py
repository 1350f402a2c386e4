"""Power: how large a base tells a share or a difference, and how small a difference a base can tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import logit, nctdtr, nctdtrinc, ndtr, stdtrit

from analysis.survey.compare import Difference

LARGEST = 1e9  # a base that nobody will field


def share_power(
    share: float,
    low: float,
    high: float,
    *,
    base: float,
    design_effect: float,
    confidence_level: float,
    degrees_of_freedom: float | None = None,
) -> float:
    """The chance (0-1) that the logit interval of a sample lies between `low` and `high`.

    `share` is the population's, 0-1; `base` the unweighted base, whose `degrees_of_freedom` are one
    less if not given. Two one-sided tests on the logit scale, with the error at the true share
    (Julious 2004, Statistics in Medicine 23, p. 1921).
    """
    error = np.sqrt(design_effect / (base * share * (1 - share)))
    df = base - 1 if degrees_of_freedom is None else degrees_of_freedom
    reach = stdtrit(max(df, 1), (1 + confidence_level) / 2)
    above = 1.0 if low <= 0 else ndtr((logit(share) - logit(low)) / error - reach)
    below = 1.0 if high >= 1 else ndtr((logit(high) - logit(share)) / error - reach)
    return float(max(above + below - 1, 0.0))


def base_for_share(
    share: float,
    low: float,
    high: float,
    *,
    design_effect: float,
    confidence_level: float,
    df_each: float = 1.0,
    power: float = 0.8,
) -> int | None:
    """The unweighted base at which `share_power` reaches `power`; None where no base does.

    `df_each` is how many degrees of freedom a respondent brings: 1, or PSUs a respondent. A share of a
    few percent gets a larger base than it needs, since the error is taken at the true share.
    """

    def short(log_base: float) -> float:
        base = float(np.exp(log_base))
        reached = share_power(
            share,
            low,
            high,
            base=base,
            design_effect=design_effect,
            confidence_level=confidence_level,
            degrees_of_freedom=df_each * base - 1,
        )
        return reached - power

    if not low < share < high or short(np.log(LARGEST)) < 0:
        return None
    return int(np.ceil(np.exp(brentq(short, np.log(2), np.log(LARGEST))))) if short(np.log(2)) < 0 else 2


def base_for_difference(
    gap: Difference, size: float, *, confidence_level: float = 0.95, power: float = 0.8
) -> int | None:
    """The unweighted base at which a true difference of `size` (0-1) is told from 0 with `power`.

    The design is that of `gap`: its error falls with the root of the base, its degrees of freedom
    grow with it. Noncentral t, as R's `power.t.test`. None where no base does, or nothing varies.
    """
    if not (gap.std_error > 0 and abs(size) > 0):
        return None

    def short(log_times: float) -> float:
        times = np.exp(log_times)
        reachable = smallest_difference(
            gap.std_error / np.sqrt(times),
            gap.degrees_of_freedom * times,
            confidence_level=confidence_level,
            power=power,
        )
        return float(np.log(abs(size) / reachable))

    ends = np.log(2 / gap.unweighted_base), np.log(LARGEST / gap.unweighted_base)
    if short(ends[1]) < 0:
        return None
    return int(np.ceil(gap.unweighted_base * np.exp(brentq(short, *ends)))) if short(ends[0]) < 0 else 2


def difference_power(gap: Difference, size: float, *, confidence_level: float = 0.95) -> float:
    """The chance (0-1) that a sample with the error of `gap` tells a true difference of `size` (0-1) from 0."""
    if not gap.std_error > 0:
        return 1.0
    df = max(gap.degrees_of_freedom, 1.0)
    return float(1 - nctdtr(df, abs(size) / gap.std_error, stdtrit(df, (1 + confidence_level) / 2)))


def near_power(gap: Difference, within: float, *, confidence_level: float = 0.90) -> float:
    """The chance (0-1) that the interval of a true difference of 0, with the error of `gap`, lies within +-`within`.

    Two one-sided tests (Schuirmann 1987), with the error known (Julious 2004, p. 1921).
    """
    if not gap.std_error > 0:
        return 1.0
    reach = stdtrit(max(gap.degrees_of_freedom, 1.0), (1 + confidence_level) / 2)
    return float(max(2 * ndtr(within / gap.std_error - reach) - 1, 0.0))


def base_for_near(gap: Difference, within: float, *, confidence_level: float = 0.90, power: float = 0.8) -> int | None:
    """The unweighted base at which `near_power` reaches `power`; None where no base does, or nothing varies."""
    if not (gap.std_error > 0 and within > 0):
        return None

    def short(log_times: float) -> float:
        return near_power(scaled(gap, float(np.exp(log_times))), within, confidence_level=confidence_level) - power

    ends = np.log(2 / gap.unweighted_base), np.log(LARGEST / gap.unweighted_base)
    if short(ends[1]) < 0:
        return None
    return int(np.ceil(gap.unweighted_base * np.exp(brentq(short, *ends)))) if short(ends[0]) < 0 else 2


def scaled(gap: Difference, times: float) -> Difference:
    """The same difference from `times` as many respondents of the same design."""
    return replace(
        gap,
        std_error=gap.std_error / times**0.5,
        degrees_of_freedom=gap.degrees_of_freedom * times,
        unweighted_base=round(gap.unweighted_base * times),
    )


def smallest_difference(
    std_error: float, degrees_of_freedom: float, *, confidence_level: float = 0.95, power: float = 0.8
) -> float:
    """The smallest true difference that is told from 0 with `power`, in the unit of `std_error`."""
    df = max(degrees_of_freedom, 1.0)
    critical = float(stdtrit(df, (1 + confidence_level) / 2))
    return float(std_error * nctdtrinc(df, 1 - power, critical))
