"""What goes with what: how far outcomes lie apart where one answer does, by weighted regressions in one market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.asking import Asked, Given, given_figure
from analysis.report import words
from analysis.report.disclosure import HIDDEN, NOT_ASKED, flag_low_bases
from analysis.report.rows import TOTAL, Estimates
from analysis.study.codebook import Code, Figure
from analysis.survey.compare import adjusted
from analysis.survey.models import Model, regression

ENDS = ["estimate", "std_error", "conf_low", "conf_high"]


def slopes(
    market: Asked,
    outcomes: Mapping[str, Given],
    predictor: Given | pd.Series,
    *,
    of: str,
    domain: Mapping[str, Code] | None = None,
) -> Estimates:
    """One row an outcome, keyed by its label: how much higher it lies with one more of the predictor.

    A share: the average slope of a weighted logit (unit points, of a share 0-1); a mean: the slope of a
    weighted linear regression, in its own unit (unit gap). `item` names the question where it has none;
    `p_value` is each row's own. The predictor is a figure, or a number a respondent, named after the question
    that it was made from; `of` says in words what one more of it is. An association, not a cause.
    """
    figures = [given_figure(one) for one in outcomes.values()]
    x, stands_on = _numbers(market, predictor)
    inside = market.respondents.mask(domain or {})
    values = market.values(figures)
    models = [
        regression(
            market.design,
            values[n],
            pd.DataFrame({"x": x}),
            family="linear" if figure.mean else "logit",
            domain=inside,
            confidence_level=market.level,
        )
        for n, figure in enumerate(figures)
    ]
    effects = [one.marginal_effects("x", confidence_level=market.level).iloc[0] for one in models]
    rows = _rows(market, figures, models, [(values[n].notna() & x.notna()) & inside for n in range(len(figures))])
    for column in [*ENDS, "p_value"]:
        rows[column] = [float(effect[column]) for effect in effects]
    rows["unit"] = ["gap" if figure.mean else "points" for figure in figures]
    rows["item"] = [figure.item or figure.question for figure in figures]
    rows = _flagged(market, rows.assign(label=list(outcomes)), stands_on)
    measure = f"Difference that goes with {of}, weighted regressions, {market.labels.intervals}"
    without = [one.not_estimable for one, flag in zip(models, rows["flag"], strict=True) if flag != NOT_ASKED]
    measure = words.unless_estimable(measure, without)
    limit = f", {market.labels.domain(domain)}" if domain else ""
    base = f"{market.labels.base(figures[0].question)}{limit}, with an answer to both questions"
    return Estimates(rows, measure, base, market.source, market.language)


def penalty_reward(
    market: Asked,
    outcome: Given,
    predictors: Mapping[str, Given],
    *,
    low: Sequence[int],
    high: Sequence[int],
) -> Estimates:
    """Two rows a predictor: the outcome's mean with a `low` and with a `high` answer, less that between them.

    One weighted linear regression on two dummies a predictor (Brandt 1987, in Surprenant (ed.), Add Value
    to Your Service, p. 61). Domains: "penalty" and "reward", in the outcome's unit. `p_asymmetry`, the same on both
    rows and by Holm over the predictors, tests penalty + reward = 0: that a lack takes as much as plenty gives.
    """
    y, figures = given_figure(outcome), [given_figure(one) for one in predictors.values()]
    values = market.values([y, *figures])
    answers = values.iloc[:, 1:].set_axis(list(predictors), axis=1)
    dummies = {
        (name, side): answers[name].isin(codes).astype(float).where(answers[name].notna())
        for name in predictors
        for side, codes in (("penalty", low), ("reward", high))
    }
    frame = pd.DataFrame({f"{name} {side}": column for (name, side), column in dummies.items()})
    model = regression(market.design, values.iloc[:, 0], frame, family="linear", confidence_level=market.level)
    inside = values.notna().all(axis=1)
    keys = [name for name, _ in dummies]
    given = [figures[list(predictors).index(name)] for name in keys]
    rows = _rows(market, given, [model] * len(given), [inside] * len(given))
    found = model.coefficients.iloc[1:]
    for column in ENDS:
        rows[column] = found[column].to_numpy() if len(found) == len(rows) else np.nan
    places = {name: n for n, name in enumerate(found.index.get_level_values(0))}
    tested = [_balance(model, places[f"{name} penalty"] + 1) for name in predictors if f"{name} penalty" in places]
    p_values = dict(zip(predictors, adjusted(np.array(tested)), strict=False))
    rows = rows.assign(label=keys, unit="gap", p_asymmetry=[p_values.get(name, np.nan) for name in keys])
    rows["domain"] = [side for _, side in dummies]
    sides = {"penalty": f"Disagree ({_codes(low)})", "reward": f"Agree ({_codes(high)})"}
    rows["domain_label"] = rows["domain"].map(sides)
    shown = _flagged(market, rows, [y, *figures])
    counted = [int((column[inside] == 1).sum()) for column in dummies.values()]
    few = np.array(counted) < market.study.settings.low_base.suppress_below
    shown.loc[few & ~shown["flag"].isin(HIDDEN), "flag"] = "suppressed"
    least = market.study.settings.confidentiality.cell_below
    shown["unweighted_base"] = [many if many >= least else np.nan for many in counted]
    measure = (
        f"{market.labels.figure(y)}: mean of those who gave the answer less that of those between, other rows held "
        f"alike, weighted regression, {market.labels.intervals}"
    )
    if NOT_ASKED not in set(shown["flag"]):
        measure = words.unless_estimable(measure, [model.not_estimable])
    return Estimates(shown, measure, f"{market.labels.base(y.question)}, each answer's own", market.source)


def uneven(found: Estimates, level: float = 0.95) -> str:
    """Of which rows of `penalty_reward` a lack takes more, or less, than plenty gives, as a title."""
    rows, said = found.rows[~found.rows["flag"].isin(HIDDEN)], []
    for label, own in rows.groupby("label", sort=False):
        sides = own.set_index("domain")
        if len(sides) < 2 or not sides["p_asymmetry"].iloc[0] < 1 - level:
            continue
        more = -sides.loc["penalty", "estimate"] > sides.loc["reward", "estimate"]
        said.append(f"{label}: a lack takes {'more' if more else 'less'} than plenty gives")
    if rows.empty:
        return str(found.first()).capitalize()
    return "; ".join(said) or "A lack takes as much as plenty gives, as far as can be told"


def _balance(model: Model, place: int) -> float:
    """P-value of penalty + reward = 0, their coefficients standing side by side."""
    from scipy.special import stdtr

    pair = slice(place, place + 2)
    total = float(model.coefficients["estimate"].iloc[pair].sum())
    error = float(np.sqrt(model.covariance.iloc[pair, pair].to_numpy().sum()))
    return float(2 * stdtr(model.degrees_of_freedom, -abs(total / error)))


def _codes(codes: Sequence[int]) -> str:
    return f"{min(codes)} to {max(codes)}" if len(codes) > 2 else " or ".join(map(str, codes))


def _numbers(market: Asked, predictor: Given | pd.Series) -> tuple[pd.Series, list[Figure]]:
    """The predictor's numbers, and the figure it stands on, if it is one."""
    if isinstance(predictor, pd.Series):
        made_from = str(predictor.name)
        return predictor, [Figure(question=made_from)] if made_from in market.study.codebook.questions else []
    figure = given_figure(predictor)
    return market.values([figure])[0], [figure]


def _rows(market: Asked, figures: list[Figure], models: list[Model], inside: list[pd.Series]) -> pd.DataFrame:
    """Tidy rows of the figures with the bases of their models."""
    rows = market.rows(figures, {TOTAL: {}})
    masks = [np.asarray(mask, dtype=bool) for mask in inside]
    rows["unweighted_base"] = [model.unweighted_base for model in models]
    rows["weighted_base"] = [float(market.design.weights[mask].sum()) for mask in masks]
    rows["effective_base"] = [market.design.effective_base(mask) if mask.any() else 0.0 for mask in masks]
    rows["degrees_of_freedom"] = [market.design.degrees_of_freedom(mask) for mask in masks]
    return rows.assign(design_effect=np.nan)


def _flagged(market: Asked, rows: pd.DataFrame, shared: Sequence[Figure]) -> pd.DataFrame:
    """The rows flagged by their bases, what has no estimate, and what (or a `shared` figure) was not asked."""
    low = market.study.settings.low_base
    own = rows["flag"] == NOT_ASKED
    flags = flag_low_bases(rows, suppress_below=low.suppress_below, caution_below=low.caution_below)
    flags[rows["estimate"].isna()] = "suppressed"
    flags[own] = NOT_ASKED
    if not all(market.was_asked(figure) for figure in shared):
        flags[:] = NOT_ASKED
    return rows.assign(flag=flags)
