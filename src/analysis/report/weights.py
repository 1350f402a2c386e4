"""What a reader is told of a market's weights beyond their cost: scale, zeros, caps, rules, and when to take care."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.report import words
from analysis.report.labels import Labels
from analysis.study.params import MarketSettings
from analysis.study.respondents import Respondents
from analysis.study.weighting import WeightLimits
from analysis.survey.design import SurveyDesign
from analysis.survey.grouped import GroupedWeighting
from analysis.survey.weights import Weighting

SAME = 5e-4  # how near 1 the mean of delivered weights counts as 1
RULES = {
    "certainty": "it is taken to add nothing to a variance",
    "centre": "it is centred at the mean of all PSUs",
}


def weight_notes(
    settings: MarketSettings, respondents: Respondents, weighting: Weighting, design: SurveyDesign, labels: Labels
) -> list[str]:
    """Sentences on how delivered weights were scaled, who weighs nothing, caps, levels weighted as one, lone PSUs."""
    return [*_delivered(respondents, weighting), *_rules(settings, design, labels)]


def cautions(weighting: Weighting, limits: WeightLimits) -> list[str]:
    """Sentences on weights beyond the study's limits; none where they keep them."""
    found = []
    if weighting.largest > limits.largest:
        found.append(
            f"The largest weight is {weighting.largest:.1f} times the mean, above the limit of {limits.largest:g}: "
            "figures of small groups may hang on single respondents."
        )
    if weighting.design_effect > limits.design_effect:
        base = words.count(weighting.effective_base)
        found.append(
            f"The design effect of {weighting.design_effect:.2f} is above the limit of {limits.design_effect:g}: the "
            f"effective base is {base}."
        )
    return found


def _delivered(respondents: Respondents, weighting: Weighting) -> Iterator[str]:
    if isinstance(weighting, GroupedWeighting):
        counts, held = weighting.groups.counts, weighting.factors > 0
        base = np.divide(weighting.groups.base, weighting.factors, out=np.zeros_like(counts), where=held)
        mean, zeros = base.sum() / counts.sum(), int(counts[~held].sum())
    elif respondents.design.weights is not None:
        mean, zeros = respondents.design.weights.mean(), int((respondents.design.weights == 0).sum())
    else:
        return
    if abs(mean - 1) > SAME:
        yield f"The delivered weights have a mean of {mean:.4g}; they were divided by it."
    if zeros:
        who = "1 respondent weighs" if zeros == 1 else f"{words.count(zeros)} respondents weigh"
        yield f"{who} 0 and counts in no figure." if zeros == 1 else f"{who} 0 and count in no figure."


def _rules(settings: MarketSettings, design: SurveyDesign, labels: Labels) -> Iterator[str]:
    for question, groups in settings.weighting.collapse.items():
        for levels in groups:
            names = [words.quoted(labels.codebook.answer_label(question, one, labels.language)) for one in levels]
            yield f"{words.listed(names)} are weighted as one, to the sum of their targets."
    if not settings.weighting.trim:
        yield "No weight is capped."
    alone = design.single_psu_strata
    if alone and settings.design.single_psu != "error":
        strata = "1 stratum holds" if alone == 1 else f"{alone} strata hold"
        yield f"{strata} one PSU: {RULES[settings.design.single_psu]}."
