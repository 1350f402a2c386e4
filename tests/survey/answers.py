"""Our answer to each quantity of the golden files: one small function a subject, item to value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from survey.datasets import Dataset, dataset, germany, jackknifed_germany, of_strata

from analysis.survey.association import RaoScott, rao_scott
from analysis.survey.compare import Difference, adjusted, average, contrasts, difference, pairwise
from analysis.survey.drivers import drivers
from analysis.survey.estimates import means, ratios, share_covariance, shares
from analysis.survey.models import Model, regression
from analysis.survey.quantiles import quantiles
from analysis.survey.weights import given_weights, trim_weights

Items = Mapping[str, float]
MEAN = {"est": "estimate", "se": "std_error", "deff_wr": "design_effect", "degf": "degrees_of_freedom"}
ENDS = {"lo": "conf_low", "hi": "conf_high"}
METHODS = {"logit": "logit", "xlogit": "logit", "beta": "korn_graubard", "wilson": "wilson"}
COEFFICIENTS = {"coef": "estimate", "se": "std_error", "p": "p_value", "ci_lo": "conf_low", "ci_hi": "conf_high"}
SUPPORT = ["sup_email", "sup_phone", "sup_chat", "sup_social", "sup_faq", "sup_rare", "sup_none"]
MARKETS = ["DE", "FR", "UK"]
LINEAR = {"sat", "rating"}
EFFECT_MODELS = {"social": "age + sex + edu + market", "likes": "age + sex"}
RULES = {"holm": "holm", "BH": "benjamini_hochberg"}
P_VALUES = np.array([0.001, 0.008, 0.012, 0.012, 0.039, 0.041, 0.2, 0.2, 0.74, 0.95])  # designs-models.R, `p`


def named(row: pd.Series, columns: Mapping[str, str]) -> Items:
    return {item: float(row[column]) for item, column in columns.items()}


def numbered(values: np.ndarray) -> Items:
    return {str(place): float(value) for place, value in enumerate(values, start=1)}


# ---- shares, means, ratios and quantiles


@cache
def share_row(data: Dataset, name: str, method: str) -> pd.Series:
    values = data.frame[[name]]
    return shares(data.design, values, domain=data.domain, confidence_level=data.level, interval=method).loc[name]


def mean_items(data: Dataset, name: str) -> Items:
    values = data.frame[[name]]
    is_share = values[name].dropna().isin([0, 1]).all()
    row = share_row(data, name, "logit") if is_share else means(data.design, values, domain=data.domain).loc[name]
    found = dict(named(row, MEAN))
    if data.counts_missing:
        found["degf"] = data.design.degrees_of_freedom(data.domain)
    return found


def interval_items(data: Dataset, name: str, method: str) -> Items:
    return named(share_row(data, name, METHODS[method]), ENDS)


def ratio_items(data: Dataset, above: str, below: str) -> Items:
    below = "named" if "+" in below else below
    row = ratios(data.design, data.frame[[above]], data.frame[[below]], domain=data.domain).loc[above]
    return named(row, {"est": "estimate", "se": "std_error"})


def quantile_items(data: Dataset, name: str, probability: str, scale: str) -> Items:
    row = quantiles(data.design, data.frame[name], [float(probability)], domain=data.domain).iloc[0]
    return named(row, {"est": "estimate", "se": "std_error", **ENDS} if scale else {"est": "estimate"})


# ---- several answers


def several(data: Dataset, base: str, figure: str) -> Items:
    """Multiple response: of everybody asked, or of those with any answer."""
    mask = (data.frame["sup_none"] == 0).to_numpy() if base else None
    rows = shares(data.design, data.frame[SUPPORT], domain=mask)
    return rows[MEAN[figure]].to_dict()


def several_covariance(data: Dataset) -> Items:
    _, covariance = share_covariance(data.design, data.frame[SUPPORT])
    return {f"{a}|{b}": covariance.loc[a, b] for a in SUPPORT for b in SUPPORT}


def percent_of_responses(data: Dataset) -> Items:
    given = data.frame[SUPPORT[:-1]].sum(axis=1).to_frame("given")
    row = ratios(data.design, data.frame[["sup_email"]], given).iloc[0]
    return named(row, {"est": "estimate", "se": "std_error"})


# ---- groups and their differences


def split(data: Dataset, name: str, column: str) -> pd.DataFrame:
    """One column a group, NaN outside it."""
    levels = sorted(data.frame[column].unique())
    return pd.DataFrame({level: data.frame[name].where(data.frame[column] == level) for level in levels})


def crossed(data: Dataset, name: str, figure: str) -> Items:
    """Every market by age group."""
    ages, found = split(data, name, "age"), {}
    for code in MARKETS:
        rows = shares(data.design, ages, domain=data.within("market", code).domain)
        found |= {f"{code} {age}": value for age, value in rows[MEAN[figure]].items()}
    return found


def by_age(data: Dataset, name: str, figure: str) -> Items:
    estimates, covariance = share_covariance(data.design, split(data, name, "age"), domain=data.domain)
    if figure == "cov":
        return {f"{a}|{b}": covariance.loc[a, b] for a in covariance for b in covariance}
    return (estimates if figure == "est" else np.sqrt(pd.Series(np.diag(covariance), covariance.index))).to_dict()


def gap_items(gap: Difference) -> Items:
    t = gap.estimate / gap.std_error
    return {"est": gap.estimate, "diff": gap.estimate, "se": gap.std_error, "t": t, "p_tdf": gap.p_value}


def items_gap(data: Dataset, first: str, second: str) -> Items:
    """Two items of one question, among those who answered both."""
    answered = data.frame[[first, second]].notna().all(axis=1)
    values = data.frame[[first, second]].where(answered)
    return gap_items(difference(data.design, values[first], values[second]))


@cache
def market_gaps(data: Dataset) -> dict[tuple[str, str], Difference]:
    return pairwise(data.design, split(data, "abandon", "market"))


def markets_gap(data: Dataset, first: str, second: str) -> Items:
    return gap_items(market_gaps(data)[first, second])


def markets_adjusted(data: Dataset, rule: str) -> Items:
    return numbered(adjusted(np.array([gap.p_value for gap in market_gaps(data).values()]), RULES[rule]))


def age_gap(data: Dataset, name: str, first: str, second: str) -> Items:
    """One age group against another, the rest, or all of whom it is a part."""
    values, young = data.frame[name], data.frame["age"] == first
    others = {"all": pd.Series(True, values.index), "rest": ~young}.get(second, data.frame["age"] == second)
    columns = pd.DataFrame({"first": values.where(young), "second": values.where(others)})
    return gap_items(contrasts(data.design, columns, np.array([[1, -1]]), domain=data.domain)[0])


def age_test(data: Dataset) -> Items:
    """svyttest is a linear model of the group: its t has one degree of freedom less than the design."""
    groups = (data.frame["age"] == "18-34").astype(float).to_frame("young")
    model = regression(data.design, data.frame["abandon"], groups, family="linear")
    row = model.coefficients.loc[("young", "")]
    t = row["estimate"] / row["std_error"]
    return {"est": row["estimate"], "t": t, "df": model.degrees_of_freedom, "p": row["p_value"]}


def age_difference(data: Dataset) -> Items:
    young = data.frame["age"] == "18-34"
    gap = difference(data.design, data.frame["abandon"].where(young), data.frame["abandon"].where(~young))
    low, high = gap.interval()
    return {"p": gap.p_value, "lo": low, "hi": high}


def average_items(data: Dataset) -> Items:
    """The markets as samples of their own, each alike."""
    files = [own.reset_index(drop=True) for _, own in data.frame.groupby("market")]
    rows = pd.concat([shares(of_strata(own), own[["abandon"]]) for own in files])
    return named(average(rows), {"est": "estimate", "se": "std_error"})


def adjusted_items(data: Dataset | None, rule: str) -> Items:
    return numbered(adjusted(P_VALUES, RULES[rule]))


# ---- tables and models


@cache
def table_test(data: Dataset, rows: str, columns: str) -> RaoScott:
    return rao_scott(data.design, data.frame[rows], data.frame[columns], domain=data.domain)


def table_items(data: Dataset, rows: str, columns: str, statistic: str) -> Items:
    test = table_test(data, rows, columns)
    if statistic == "Chisq":
        return {"stat": test.chi_square, "p": test.chi_square_p_value}
    return {"stat": test.f_statistic, "ndf": test.numerator_df, "ddf": test.denominator_df, "p": test.p_value}


@cache
def fitted(data: Dataset, outcome: str, terms: str) -> Model:
    family = "linear" if outcome in LINEAR else "logit"
    predictors = data.frame[terms.split(" + ")]
    return regression(data.design, data.frame[outcome], predictors, family=family, domain=data.domain)


def model_items(data: Dataset, outcome: str, terms: str, figure: str) -> Items:
    table = fitted(data, outcome, terms).coefficients[COEFFICIENTS[figure]]
    return {predictor + level: value for (predictor, level), value in table.items()}


def model_df(data: Dataset, outcome: str, terms: str) -> Items:
    return {"df": fitted(data, outcome, terms).degrees_of_freedom}


def wald_items(data: Dataset, outcome: str, terms: str, predictor: str) -> Items:
    test = fitted(data, outcome, terms).wald(predictor)
    return {"F": test.f_statistic, "df": test.numerator_df, "ddf": test.denominator_df, "p": test.p_value}


@cache
def effects(data: Dataset, outcome: str, predictor: str, given_x: bool) -> pd.DataFrame:
    return fitted(data, outcome, EFFECT_MODELS[outcome]).marginal_effects(predictor, given_x=given_x)


def effect_items(data: Dataset, outcome: str, predictor: str, level: str) -> Items:
    free, given = (effects(data, outcome, predictor, given_x).loc[level] for given_x in (False, True))
    return {"ame": free["estimate"], "se_uncond": free["std_error"], "se_cond": given["std_error"]}


@cache
def importance(data: Dataset, method: str) -> tuple[pd.DataFrame, float]:
    predictors = data.frame[["trust", "price", "sup_email", "sup_phone"]]
    found = drivers(data.design, data.frame["sat"], predictors, method=method, seed=1, replicates=2, domain=data.domain)
    return found.rows, found.r_squared


def driver_items(data: Dataset, figure: str) -> Items:
    rows, r_squared = importance(data, figure if figure in ("lmg", "johnson") else "johnson")
    if figure == "r_squared":
        return {"sat": r_squared}
    return rows["correlation" if figure == "correlation" else "estimate"].to_dict()


# ---- weights and replicates


def weight_items(data: Dataset) -> Items:
    """What weighting costs, and the extreme weights in R's scale."""
    weights, cost = data.design.weights, given_weights(data.design.weights)
    figures = {
        "n": len(weights),
        "sum": weights.sum(),
        "min": cost.smallest * weights.mean(),
        "max": cost.largest * weights.mean(),
        "max_over_mean": cost.largest,
        "cv2": cost.design_effect - 1,
        **dict.fromkeys(("kish_deff", "deff"), cost.design_effect),
        **dict.fromkeys(("kish_n_eff", "n_eff"), cost.effective_base),
    }
    cells = pd.Series(weights).groupby(data.frame["age"] + " " + data.frame["sex"]).sum()
    return {**figures, **cells.to_dict()}


def trimmed_items(data: Dataset) -> Items:
    trimmed = trim_weights(data.design.weights, lower=0.3, upper=5.0).weights * data.design.weights.mean()
    return weight_items(Dataset(replace(data.design, weights=trimmed), data.frame, data.domain))


def calibrated_items(data: Dataset, form: str, name: str) -> Items:
    """The mean of weights that R raked, its error in that form; "rake" has two in one row."""

    def error(calibration: str) -> pd.Series:
        return share_row(replace(data, design=replace(data.design, calibration=calibration)), name, "logit")

    if form == "calibrate_raking":
        return named(error("calibrate"), {"est": "estimate", "se": "std_error"})
    return {
        "est": error("rake")["estimate"],
        "se_rake_design": error("rake")["std_error"],
        "se_weights_as_given": error("as_given")["std_error"],
    }


@cache
def jackknifed_rows() -> pd.DataFrame:
    data = jackknifed_germany()
    return shares(data.design, data.frame[["abandon", "sup_email"]])


def jackknife_items(_: Dataset, name: str) -> Items:
    return named(jackknifed_rows().loc[name], {"est": "estimate", "se": "std_error"})


def replicate_items(data: Dataset) -> Items:
    """A factor that all replicates share is R's `scale`; the rest are its `rscales`."""
    held = data.design.replicates
    assert held is not None
    rscales = np.asarray(held.rscales)
    shared = rscales[0] if np.ptp(rscales) == 0 else 1.0
    return {"number": len(rscales), "scale": held.scale * shared, "rscales_sum": (rscales / shared).sum()}


def raked_weights() -> pd.Series:
    """sim-raked-weights.csv: market DE raked by education, by id."""
    weights = dataset("sim-estimates", "sim_DE_rake").design.weights
    return pd.Series(weights, pd.Index(germany()["id"], name="id"), name="value")
