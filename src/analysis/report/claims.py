"""Published figure against estimate -> reproduced, differs or cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.survey.compare import Difference
from analysis.survey.estimates import logit_interval

Word = Literal["reproduced", "differs", "cannot tell"]
WORDS: tuple[Word, ...] = ("reproduced", "differs", "cannot tell")
PRINTED = 0.005  # a printed whole percent stands for half a point either way
LARGEST = 10_000  # how many times the present base is still worth printing


@dataclass(frozen=True)
class Verdict:
    """The word, and the unweighted base that would be needed to tell (None: none, or enough)."""

    word: Word
    base_needed: int | None = None


def judge_share(
    row: pd.Series,
    published: float,
    *,
    delta: float,
    verdict_level: float = 0.90,
    confidence_level: float = 0.95,
    suppress_below: int = 30,
) -> Verdict:
    """The verdict on a published percent, from a row of `shares`.

    The percent p0 stands for [p0 - 0.5, p0 + 0.5]. `reproduced`: the interval at `verdict_level` lies
    inside that range widened by `delta` (a share 0-1). `differs`: otherwise, and the interval at
    `confidence_level` excludes the range. `cannot tell`: otherwise, or a base under the threshold.
    """
    low, high = published / 100 - PRINTED, published / 100 + PRINTED

    def word(times: float) -> Word:
        scaled = row.copy()
        scaled["std_error"] = row["std_error"] / np.sqrt(times)
        scaled["effective_base"] = row["effective_base"] * times
        scaled["degrees_of_freedom"] = row["degrees_of_freedom"] * times
        frame = scaled.to_frame().T
        inner = [float(end[0]) for end in logit_interval(frame, verdict_level)]
        outer = [float(end[0]) for end in logit_interval(frame, confidence_level)]
        if low - delta <= inner[0] and inner[1] <= high + delta:
            return "reproduced"
        return "differs" if outer[0] > high or outer[1] < low else "cannot tell"

    if not row["unweighted_base"] >= suppress_below:
        return Verdict("cannot tell")
    return _with_base(word, float(row["unweighted_base"]))


def judge_majority(row: pd.Series, *, confidence_level: float = 0.95, suppress_below: int = 30) -> Verdict:
    """The verdict on "most": reproduced where the interval lies above one half."""

    def word(times: float) -> Word:
        scaled = row.copy()
        scaled["std_error"] = row["std_error"] / np.sqrt(times)
        scaled["effective_base"] = row["effective_base"] * times
        scaled["degrees_of_freedom"] = row["degrees_of_freedom"] * times
        low, high = (float(end[0]) for end in logit_interval(scaled.to_frame().T, confidence_level))
        return "reproduced" if low > 0.5 else "differs" if high < 0.5 else "cannot tell"

    if not row["unweighted_base"] >= suppress_below:
        return Verdict("cannot tell")
    return _with_base(word, float(row["unweighted_base"]))


def judge_difference(gap: Difference, *, confidence_level: float = 0.95, suppress_below: int = 30) -> Verdict:
    """The verdict on "above": reproduced where the whole interval of the difference is above 0."""
    if gap.unweighted_base < suppress_below:
        return Verdict("cannot tell")
    return _with_base(lambda times: _direction(gap, times, confidence_level), float(gap.unweighted_base))


def judge_first(gaps: Sequence[Difference], *, confidence_level: float = 0.95, suppress_below: int = 30) -> Verdict:
    """The verdict on "the most common": ahead of every rival, at a joint confidence (Bonferroni).

    Reproduced where all paired differences are above 0, differs where any is below 0.
    """
    level = 1 - (1 - confidence_level) / len(gaps)

    def word(times: float) -> Word:
        found = [_direction(gap, times, level) for gap in gaps]
        if all(one == "reproduced" for one in found):
            return "reproduced"
        return "differs" if "differs" in found else "cannot tell"

    base = min(gap.unweighted_base for gap in gaps)
    return _with_base(word, float(base)) if base >= suppress_below else Verdict("cannot tell")


def _direction(gap: Difference, times: float, level: float) -> Word:
    df = gap.degrees_of_freedom * times
    reach = float(stdtrit(df, (1 + level) / 2)) * gap.std_error / np.sqrt(times)
    low, high = gap.estimate - reach, gap.estimate + reach
    return "reproduced" if low > 0 else "differs" if high < 0 else "cannot tell"


def _with_base(word: Callable[[float], Word], base: float) -> Verdict:
    """The verdict now; where it cannot tell, the base that would, estimate and design unchanged."""
    now = word(1.0)
    if now != "cannot tell":
        return Verdict(now)
    for times in np.geomspace(1, LARGEST, 400):
        if word(float(times)) != "cannot tell":
            needed = base * times
            unit = 10 ** max(int(np.floor(np.log10(needed))) - 1, 0)
            return Verdict(now, int(np.ceil(needed / unit) * unit))
    return Verdict(now)
