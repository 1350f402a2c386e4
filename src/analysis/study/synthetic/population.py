"""Respondents of the population of truths.py, as many as are asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.study.checks import asked
from analysis.study.codebook import Codebook
from analysis.study.params import Study
from analysis.study.synthetic import channels, experience, giving_up, person, poor
from analysis.study.synthetic.draws import Columns, Draws

# Single-choice questions with don't-knows and refusals beside those that have their own.
SOME_MISSING = (
    "education", "attention", "goal_ease", "departments", "recommendations", "choice_changed", "trust_after",
    "speed_or_promise", "reply_actual", "clear_answer", "would_switch", "expectations_met", "attachment",
    "satisfaction", "patience", "recommend", "rebuy", "switched", "tier", "shop_priority", "page_clear", "blame",
    "niche_brand",
)  # fmt: skip
FEW_MISSING = ("themes", "moment_importance", "reply_expected", "six_parts")  # grids of many lines


def simulate(study: Study, code: str, size: int, rng: np.random.Generator) -> pd.DataFrame:
    """`size` respondents of a market: one column a codebook variable, codes as an agency has them.

    NaN where nothing was asked; 98 don't know, 99 refused, 97 does not apply. Without the open
    questions and what the agency adds (number and date of the interview).
    """
    draw = Draws(study.codebook, code, size, rng)
    settings = study.market(code)
    columns, who = person.people(draw, settings)
    columns |= person.region(draw, settings)
    columns |= person.purchase(draw, who, columns)
    chance = giving_up.chances(study, code, columns["age"])
    columns |= giving_up.influences(draw, who, chance)
    columns |= giving_up.reasons(draw, who, chance, columns["form"])
    columns |= channels.channels(draw, who, columns["sector"])
    columns |= channels.speed(draw, who)
    columns |= channels.support(draw, who)
    columns |= experience.online(draw, who)
    columns["tier"] = draw.codes("tier", who.upscale, 0.2)
    found = experience.themes(draw, who, columns["tier"])
    columns |= found.columns
    columns |= experience.moments(draw, who, found, columns["complexity"])
    cells, gap = experience.journey(draw, who)
    columns |= cells
    score = experience.satisfaction(draw, found, gap, columns)
    columns |= experience.loyalty(draw, who, found, score, columns)
    columns |= experience.views(draw, who, columns)
    columns |= poor.poor(draw, who, columns)
    columns |= poor.sectors(draw, who, columns)
    return _route(_missing(draw, columns), study.codebook)


def _missing(draw: Draws, columns: Columns) -> Columns:
    found = dict(columns)
    for variable, codes in columns.items():
        name = variable.partition(".")[0]
        if name in SOME_MISSING:
            found[variable] = draw.with_missing(codes, 0.01, 0.004)
        elif name in FEW_MISSING:
            found[variable] = draw.with_missing(codes, 0.002, 0.001)
    return found


def _route(columns: Columns, book: Codebook) -> pd.DataFrame:
    """The columns in the codebook's order, empty where the routing did not ask."""
    routed = {variable: columns[variable] for variable in book.all_columns if variable in columns}
    for name, question in book.questions.items():
        if question.asked_if:
            before = {v: routed[v] for condition in question.asked_if for v in book.columns(condition.question)}
            sent = asked(question.asked_if, pd.DataFrame(before), book).to_numpy()
            for variable in book.columns(name):
                if variable in routed:
                    routed[variable] = np.where(sent, routed[variable], np.nan)
    return pd.DataFrame(routed)
