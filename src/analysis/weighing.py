"""The weights of a market's respondents, and the design they give: the way from study to survey."""

from __future__ import annotations

import numpy as np

from analysis.study.params import MarketSettings
from analysis.study.respondents import Respondents
from analysis.survey.design import SurveyDesign, margin_matrix
from analysis.survey.weights import Weighting, given_weights, rake_survey


def weigh(settings: MarketSettings, respondents: Respondents) -> tuple[Weighting, SurveyDesign]:
    """The weights and the design they give: raked to the market's targets, or as delivered."""
    delivered = None if respondents.weights is None else respondents.weights.to_numpy()
    if not settings.weighting.targets:
        assert delivered is not None
        weighting = given_weights(delivered)
        return weighting, SurveyDesign(weighting.weights)
    start = np.ones(len(respondents.answers)) if delivered is None else delivered
    margins = respondents.answers[list(settings.weighting.targets)].astype(object)
    weighting = rake_survey(margins, settings.weighting.targets, base_weights=start)
    return weighting, SurveyDesign(weighting.weights, margins=margin_matrix(margins), base_weights=start)
