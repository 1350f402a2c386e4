"""Published figure against estimate -> reproduced, differs or cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.report.disclosure import HIDDEN
from analysis.survey.compare import Difference, adjusted
from analysis.survey.intervals import share_interval
from analysis.survey.power import (
    base_for_difference,
    base_for_near,
    base_for_share,
    difference_power,
    near_power,
    scaled,
    share_power,
)

Word = Literal["reproduced", "differs", "cannot tell", "not asked"]
WORDS: tuple[Word, ...] = ("reproduced", "differs", "cannot tell")  # those that count
PRINTED = 0.005  # a printed whole percent stands for half a point either way
PRINTED_MEAN = 0.05  # and a mean with one decimal for half of its last digit
POWER = 0.8


@dataclass(frozen=True)
class Verdict:
    """The word, and the unweighted base that reproduces the claim in 4 samples of 5, if it is true.

    `power` is the chance (0-1) that a sample like this one reproduces the claim, if it is true, and
    `original_power` that one of the published study's size does, where that is known.
    `base_needed` is None where no base does, and no smaller than a base that may be judged.
    """

    word: Word
    base_needed: int | None = None
    power: float = 0.0
    original_power: float | None = None


def judge_share(
    row: pd.Series,
    published: float,
    *,
    delta: float,
    verdict_level: float = 0.90,
    confidence_level: float = 0.95,
    suppress_below: int = 30,
    times: float | None = None,
) -> Verdict:
    """The verdict on a published percent, from a row of `shares`.

    The percent p0 stands for [p0 - 0.5, p0 + 0.5]. `reproduced`: the interval at `verdict_level` lies
    inside that range widened by `delta` (a share 0-1). `differs`: otherwise, and the interval at
    `confidence_level` excludes the range. `cannot tell`: otherwise, or a base under the threshold.
    `times` as large a base as this one the figure was published of; None where that is not known.
    """
    low, high = published / 100 - PRINTED, published / 100 + PRINTED
    true = float(np.clip(published / 100, PRINTED / 2, 1 - PRINTED / 2))
    plan = _plan(row, true, low - delta, high + delta, verdict_level, suppress_below, times)
    if not row["unweighted_base"] >= suppress_below or row.get("flag") in HIDDEN:
        return Verdict("cannot tell", *plan)
    inner, outer = _ends(row, verdict_level), _ends(row, confidence_level)
    if low - delta <= inner[0] and inner[1] <= high + delta:
        return Verdict("reproduced", *plan)
    return Verdict("differs" if outer[0] > high or outer[1] < low else "cannot tell", *plan)


def judge_majority(
    row: pd.Series,
    *,
    delta: float,
    confidence_level: float = 0.95,
    suppress_below: int = 30,
    times: float | None = None,
) -> Verdict:
    """The verdict on "most": reproduced where the interval lies above one half.

    The base needed takes the true share as one half and `delta` (0-1) more.
    """
    plan = _plan(row, 0.5 + delta, 0.5, 1.0, confidence_level, suppress_below, times)
    if not row["unweighted_base"] >= suppress_below or row.get("flag") in HIDDEN:
        return Verdict("cannot tell", *plan)
    low, high = _ends(row, confidence_level)
    return Verdict("reproduced" if low > 0.5 else "differs" if high < 0.5 else "cannot tell", *plan)


def judge_difference(
    gap: Difference,
    *,
    size: float,
    confidence_level: float = 0.95,
    suppress_below: int = 30,
    times: float | None = None,
) -> Verdict:
    """The verdict on "above": reproduced where the whole interval of the difference is above 0.

    The base needed takes the true difference as `size` (0-1): what was published, or the study's delta.
    """
    return judge_first([gap], size=size, confidence_level=confidence_level, suppress_below=suppress_below, times=times)


def judge_first(
    gaps: Sequence[Difference],
    *,
    size: float,
    confidence_level: float = 0.95,
    suppress_below: int = 30,
    times: float | None = None,
) -> Verdict:
    """The verdict on "the most common": ahead of every rival, at a joint confidence (Bonferroni).

    Reproduced where all paired differences are above 0, differs where any is below 0. The base
    needed tells a lead of `size` (0-1) over the rival whose difference is least precise.
    """
    level = 1 - (1 - confidence_level) / len(gaps)
    bases = [base_for_difference(gap, size, confidence_level=level, power=POWER) for gap in gaps]
    needed = None if None in bases else max(suppress_below, *(base for base in bases if base))

    def power_of(factor: float) -> float:
        return min(difference_power(scaled(gap, factor), size, confidence_level=level) for gap in gaps)

    base = min(gap.unweighted_base for gap in gaps)
    original = power_of(times) if times and base else None
    if not base >= suppress_below:
        return Verdict("cannot tell", needed, original_power=original)
    plan = needed, power_of(1), original
    ends = [gap.interval(level) for gap in gaps]
    if all(low > 0 for low, _ in ends):
        return Verdict("reproduced", *plan)
    return Verdict("differs" if any(high < 0 for _, high in ends) else "cannot tell", *plan)


def judge_near(
    gaps: Sequence[Difference],
    *,
    within: float,
    beyond: float,
    verdict_level: float = 0.90,
    confidence_level: float = 0.95,
    suppress_below: int = 30,
    times: float | None = None,
) -> Verdict:
    """The verdict on "no different": of a mean from its published value, or of many figures from each other.

    `reproduced`: the intervals at `verdict_level` of all gaps lie within +-`within`, which is two one-sided
    tests of each (Schuirmann 1987); all must hold, so none is adjusted (Berger 1982). `differs`: otherwise,
    and one gap lies outside +-`beyond` by a test at `confidence_level`, by Holm over the gaps. A gap on a
    base under the threshold is left out; `cannot tell`: otherwise, or where none is left.
    The base needed and the power are those of the least precise gap.
    """
    given = [gap for gap in gaps if gap.unweighted_base >= suppress_below]
    if not given:
        return Verdict("cannot tell")
    widest = max(given, key=lambda gap: gap.std_error)
    needed = base_for_near(widest, within, confidence_level=verdict_level, power=POWER)
    original = near_power(scaled(widest, times), within, confidence_level=verdict_level) if times else None
    plan = (
        None if needed is None else max(needed, suppress_below),
        near_power(widest, within, confidence_level=verdict_level),
        original,
    )
    inner = [gap.interval(verdict_level) for gap in given]
    if all(-within <= low and high <= within for low, high in inner):
        return Verdict("reproduced", *plan)
    outside = [replace(gap, estimate=max(abs(gap.estimate) - beyond, 0.0)).p_value for gap in given]
    surely = (adjusted(np.array(outside), "holm") < 1 - confidence_level).any()
    return Verdict("differs" if surely else "cannot tell", *plan)


def _ends(row: pd.Series, level: float) -> tuple[float, float]:
    low, high = share_interval(row.to_frame().T, level)
    return float(low[0]), float(high[0])


def _plan(
    row: pd.Series, true: float, low: float, high: float, level: float, least: int, times: float | None
) -> tuple[int | None, float, float | None]:
    """The base at which the interval lies within the bounds in 4 samples of 5, with the row's design; the chance
    (0-1) that it does so on the row's own base, and that on `times` as large a one."""
    effect = float(row["design_effect"])
    if not row["unweighted_base"] >= 0:  # withheld with its base
        return None, 0.0, None
    if not effect > 0:  # a share of 0 or 1 shows none: that of the weights (Kish) stands in
        effect = float(row["unweighted_base"] / row["effective_base"]) if row["effective_base"] > 0 else 1.0
    base, df = float(row["unweighted_base"]), float(row["degrees_of_freedom"])
    each = min((df + 1) / base, 1.0) if base > 0 and df > 0 else 1.0
    needed = base_for_share(true, low, high, design_effect=effect, confidence_level=level, df_each=each, power=POWER)

    def power_at(size: float, freedom: float) -> float:
        return share_power(
            true, low, high, base=size, design_effect=effect, confidence_level=level, degrees_of_freedom=freedom
        )

    power = power_at(base, df) if base >= least else 0.0
    original = power_at(base * times, each * base * times - 1) if times and base > 0 else None
    return None if needed is None else max(needed, least), power, original
