"""The weights of a market's respondents, and the design they give: the way from study to survey."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError
from analysis.study.params import MarketSettings
from analysis.study.respondents import Respondents
from analysis.survey.design import SurveyDesign, level_codes
from analysis.survey.replicates import Replicates, bootstrap, jackknife
from analysis.survey.weights import Weighting, given_weights, joint_margin, post_stratify, rake_survey, trim_weights


def weigh(settings: MarketSettings, respondents: Respondents) -> tuple[Weighting, SurveyDesign]:
    """The weights and the design they give: calibrated to the market's targets, or as delivered."""
    delivered, declared = respondents.design, settings.weighting
    start = _start(respondents)
    with refusing_by_name(respondents.market):
        weighting = _calibrated(settings, respondents, start)
    margins = margin_levels(settings, respondents.answers)
    if declared.cells:
        margins = joint_margin(margins).to_frame()
    design = SurveyDesign(
        weighting.weights,
        strata=_codes(delivered.strata),
        psus=_codes(delivered.psus),
        fpc=None if delivered.fpc is None else delivered.fpc.to_numpy(),
        margins=level_codes(margins) if len(margins.columns) else None,
        base_weights=start,
        calibration=declared.variance,
        single_psu=settings.design.single_psu,
    )
    if delivered.replicates is not None and settings.design.replicates:
        how, columns = settings.design.replicates, delivered.replicates.to_numpy()
        count = columns.shape[1]
        made = Replicates(columns, how.scale_of(count), np.array(how.rscales or [1.0] * count), how.mse)
        design = replace(design, replicates=_calibrate_anew(made, settings, respondents))
    return weighting, design


def replicate(
    settings: MarketSettings,
    respondents: Respondents,
    design: SurveyDesign,
    method: Literal["jackknife", "bootstrap"],
    *,
    replicates: int,
    seed: int,
) -> SurveyDesign:
    """The design with errors from replicates of its PSUs, each calibrated as the weights were."""
    drawn = replace(design, weights=_start(respondents), margins=None, replicates=None)
    made = jackknife(drawn) if method == "jackknife" else bootstrap(drawn, replicates=replicates, seed=seed)
    return replace(design, replicates=_calibrate_anew(made, settings, respondents))


def _calibrate_anew(made: Replicates, settings: MarketSettings, respondents: Respondents) -> Replicates:
    start = _start(respondents)

    def calibrate(weights: np.ndarray) -> np.ndarray:
        times = np.divide(weights, start, out=np.zeros_like(weights), where=start > 0)
        return _calibrated(settings, respondents, weights, times).weights

    return made.calibrated(calibrate)


def _calibrated(
    settings: MarketSettings, respondents: Respondents, start: np.ndarray, times: np.ndarray | None = None
) -> Weighting:
    """From any design weights to the targets, trimmed where declared and calibrated once more.

    `times` says how often each respondent stands in a replicate: nobody's weight is cut for that.
    """
    weighting = _to_targets(settings, respondents, start)
    trim = settings.weighting.trim
    if trim:
        count = np.ones(len(start)) if times is None else times
        single = np.divide(weighting.weights, count, out=np.zeros(len(count)), where=count > 0)
        trimmed = trim_weights(single, lower=trim.lower, upper=trim.upper).weights * count
        weighting = _to_targets(settings, respondents, trimmed)
    return weighting


def _to_targets(settings: MarketSettings, respondents: Respondents, start: np.ndarray) -> Weighting:
    margins, declared = margin_levels(settings, respondents.answers), settings.weighting
    if declared.cells:
        cells = {(a, b): share for a, row in declared.cells.targets.items() for b, share in row.items()}
        return post_stratify(margins, cells, base_weights=start)
    return rake_survey(margins, declared.raked, base_weights=start) if declared.targets else given_weights(start)


def margin_levels(settings: MarketSettings, answers: pd.DataFrame) -> pd.DataFrame:
    """The levels that respondents are weighted by, a column a margin: those collapsed as the first of them."""
    margins = answers[list(settings.weighting.margins)].astype(object)
    for name in settings.weighting.collapse:
        merged = settings.weighting.merged(name)
        margins[name] = margins[name].map(lambda level, merged=merged: merged.get(level, level))
    return margins


@contextmanager
def refusing_by_name(market: str) -> Iterator[None]:
    """What weighting refuses is told with the market's code before it."""
    try:
        yield
    except JourneybookError as error:
        named = [replace(problem, where=f"{market}, {problem.where}") for problem in error.problems]
        raise JourneybookError(error.kind, named) from None


def _start(respondents: Respondents) -> np.ndarray:
    delivered = respondents.design.weights
    return np.ones(len(respondents.answers)) if delivered is None else delivered.to_numpy()


def _codes(labels: pd.Series | None) -> np.ndarray | None:
    return None if labels is None else pd.factorize(labels)[0]
