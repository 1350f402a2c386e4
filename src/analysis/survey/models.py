"""Weighted regression: logit and linear, with design-based errors, Wald tests and marginal effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import expit, fdtrc, stdtr, stdtrit

from analysis.errors import JourneybookError, Problem
from analysis.survey.design import SurveyDesign

Family = Literal["logit", "linear"]
INTERCEPT = ("(Intercept)", "")
NUMERIC = ""  # the level of a predictor that is a number


@dataclass(frozen=True)
class WaldTest:
    """F = d' V^-1 d / k of the coefficients d of one predictor, on k and the model's degrees of freedom."""

    f_statistic: float
    numerator_df: int
    denominator_df: int
    p_value: float


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted regression.

    `coefficients`: a row a predictor and level (`NUMERIC` for numbers), with estimate (log odds for a
    logit, the outcome's unit for a linear model), std_error, conf_low, conf_high and p_value.
    `covariance` is theirs, `degrees_of_freedom` the design's + 1 - k. `not_estimable` is empty, or
    says why there is no estimate; the figures are then NaN.
    """

    coefficients: pd.DataFrame
    covariance: pd.DataFrame
    degrees_of_freedom: int
    unweighted_base: int
    family: Family
    not_estimable: str = ""
    _fit: _Fit | None = None

    def wald(self, *predictors: str) -> WaldTest:
        """Whether all coefficients of one or several predictors are 0 (R survey's `regTermTest`)."""
        own = [name for name in self.coefficients.index if name[0] in predictors]
        if self._fit is None:
            return WaldTest(np.nan, len(own), self.degrees_of_freedom, np.nan)
        d = self.coefficients.loc[own, "estimate"].to_numpy()
        f = float(d @ np.linalg.solve(self.covariance.loc[own, own].to_numpy(), d)) / len(own)
        df = self.degrees_of_freedom
        return WaldTest(f, len(own), df, float(fdtrc(len(own), df, f)))

    def marginal_effects(
        self, predictor: str, *, given_x: bool = False, confidence_level: float = 0.95
    ) -> pd.DataFrame:
        """One row a level: the average change of the predicted share (0-1) or outcome.

        A level against the reference level (or 1 against 0), or the average slope of a number: the
        weighted mean of p1 - p0 over everybody in the model. The error is by the delta method, and
        takes the sampling of the predictors into account unless `given_x`. t on the design's degrees
        of freedom. Columns: estimate, std_error, conf_low, conf_high, p_value.
        """
        own = [name for name in self.coefficients.index if name[0] == predictor]
        levels = pd.Index([level for _, level in own], name=predictor)
        if self._fit is None:
            return pd.DataFrame(np.nan, index=levels, columns=self.coefficients.columns)
        fit, places = self._fit, [self.coefficients.index.get_loc(name) for name in own]
        found = [_effect(fit, place, places, given_x) for place in places]
        estimates, errors = (np.array(column) for column in zip(*found, strict=True))
        df = fit.design.degrees_of_freedom(fit.inside)
        return _table(estimates, errors, df, confidence_level, levels)

    def predicted(self, x: pd.DataFrame, *, confidence_level: float = 0.95) -> pd.DataFrame:
        """One row a row of `x`, values of the predictors: the predicted share (0-1) or outcome.

        The error is by the delta method; the interval by t on the design's degrees of freedom, made
        where the model is linear: on the scale of log odds for a logit (R survey's `predict`). Columns:
        estimate, std_error, conf_low, conf_high; NaN where a value is missing. Raises where `x` lacks a
        predictor, or names a level that nobody in the model has. Index: that of `x`.
        """
        columns = ["estimate", "std_error", "conf_low", "conf_high"]
        if self._fit is None:
            return pd.DataFrame(np.nan, index=x.index, columns=columns)
        fit, rows = self._fit, _new_rows(x, self._fit.levels)
        linear = rows @ self.coefficients["estimate"].to_numpy()
        errors = np.sqrt(((rows @ self.covariance.to_numpy()) * rows).sum(axis=1))
        reach = stdtrit(fit.design.degrees_of_freedom(fit.inside), (1 + confidence_level) / 2) * errors
        outcome, slope, _ = fit.predicted(linear)
        ends = fit.predicted(linear - reach)[0], fit.predicted(linear + reach)[0]
        return pd.DataFrame(np.column_stack([outcome, slope * errors, *ends]), x.index, columns)


def regression(
    design: SurveyDesign,
    outcome: pd.Series,
    predictors: pd.DataFrame,
    *,
    family: Family = "logit",
    domain: np.ndarray | None = None,
    confidence_level: float = 0.95,
) -> Model:
    """The outcome (1 and 0 for a logit, a number for a linear model) explained by the predictors.

    Predictors that are categories (in their order; text in sorted order) have their first level as
    reference. Respondents with a missing value, or outside `domain` (a mask), leave the base. The
    covariance is the sandwich: the design's covariance of U A, with U the scores of the respondents
    and A the inverse information (Binder 1983, International Statistical Review 51, p. 279; R
    survey's `svyglm`).
    """
    inside = outcome.notna().to_numpy() & predictors.notna().all(axis=1).to_numpy() & (design.weights > 0)
    if domain is not None:
        inside &= np.asarray(domain, dtype=bool)
    levels = _levels(predictors, inside)
    x = _model_matrix(predictors, inside, levels)
    y = outcome.to_numpy(float)
    df = design.degrees_of_freedom(inside) + 1 - x.shape[1]
    reason = _not_estimable(x[inside], y[inside], family, df)
    if not reason and family == "logit" and design.replicates is not None:
        reason = _apart_in_replicates(x.to_numpy(float)[inside], y[inside], design.replicates.weights[inside])
    if reason:
        blank = pd.DataFrame(np.nan, x.columns, ["estimate", "std_error", "conf_low", "conf_high", "p_value"])
        return Model(blank, pd.DataFrame(np.nan, x.columns, x.columns), df, int(inside.sum()), family, reason)
    fit = _Fit(design, x.to_numpy(float), np.where(inside, y, 0.0), inside, family, levels)
    estimates, covariance = design.estimate(fit.coefficients, fit.linearised)
    table = _table(estimates, np.sqrt(np.diag(covariance)), df, confidence_level, x.columns)
    named = pd.DataFrame(covariance, x.columns, x.columns)
    return Model(table, named, df, int(inside.sum()), family, _fit=fit)


@dataclass(frozen=True, eq=False)
class _Fit:
    """The arrays of a model over the full design: `x` respondents x coefficients, `inside` its base.

    `levels` are those of each predictor, the reference first; None for a number.
    """

    design: SurveyDesign
    x: np.ndarray
    y: np.ndarray
    inside: np.ndarray
    family: Family
    levels: Mapping[str, pd.Index | None]

    def coefficients(self, weights: np.ndarray) -> np.ndarray:
        """The estimates by any weights, to machine precision."""
        return np.asarray(self._model(weights).fit(maxiter=100, tol=1e-13, tol_criterion="params").params)

    def linearised(self, estimates: np.ndarray) -> np.ndarray:
        """U A: what each respondent adds to the coefficients; 0 outside the base."""
        model = self._model(self.design.weights)
        inverse = np.linalg.inv(-model.hessian(estimates, observed=False))
        z = np.zeros(self.x.shape)
        z[self.inside] = model.score_obs(estimates) @ inverse
        return z

    def predicted(self, linear: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Predicted outcomes, and their first and second derivative in the linear predictor."""
        if self.family == "linear":
            return linear, np.ones_like(linear), np.zeros_like(linear)
        p = expit(linear)
        return p, p * (1 - p), p * (1 - p) * (1 - 2 * p)

    def _model(self, weights: np.ndarray) -> Any:
        # statsmodels takes a second to import, and most pages fit no model.
        from statsmodels.genmod.families import Binomial, Gaussian
        from statsmodels.genmod.generalized_linear_model import GLM

        own = weights[self.inside]
        family = Binomial() if self.family == "logit" else Gaussian()
        model = GLM(self.y[self.inside], self.x[self.inside], family, var_weights=own / own.mean())
        if self.family == "linear":
            # The scale divides scores and information alike; 1 keeps the product exact.
            model.scaletype = 1.0
        return model


def _effect(fit: _Fit, place: int, places: list[int], given_x: bool) -> tuple[float, float]:
    """One average marginal effect and its standard error."""

    def differences(estimates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The effect on each respondent, and its gradient in the coefficients."""
        if not _is_dummy(fit.x[fit.inside][:, places]):
            _, slope, bend = fit.predicted(fit.x @ estimates)
            unit = np.eye(fit.x.shape[1])[place]
            return slope * estimates[place], slope[:, None] * unit + (bend * estimates[place])[:, None] * fit.x
        first, second = fit.x.copy(), fit.x.copy()
        first[:, places] = second[:, places] = 0.0
        first[:, place] = 1.0
        (p1, s1, _), (p0, s0, _) = fit.predicted(first @ estimates), fit.predicted(second @ estimates)
        return p1 - p0, s1[:, None] * first - s0[:, None] * second

    def average(weights: np.ndarray) -> np.ndarray:
        held = weights * fit.inside
        return np.atleast_1d(held @ differences(fit.coefficients(weights))[0] / held.sum())

    held = fit.design.weights * fit.inside
    estimates = fit.coefficients(fit.design.weights)
    change, gradient = differences(estimates)
    slope = held @ gradient / held.sum()
    delta = fit.linearised(estimates) @ slope
    if given_x:
        _, covariance = fit.design.estimate(lambda w: fit.coefficients(w) @ slope, lambda _: delta)
        return float(average(fit.design.weights)[0]), float(np.sqrt(covariance.item()))
    effect, covariance = fit.design.estimate(average, lambda one: held * (change - one) / held.sum() + delta)
    return float(effect[0]), float(np.sqrt(covariance.item()))


def _levels(predictors: pd.DataFrame, inside: np.ndarray) -> dict[str, pd.Index | None]:
    """The categories of each predictor that occur in the base, the reference first; None for a number."""
    found: dict[str, pd.Index | None] = {}
    for name in predictors:
        values = predictors[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            found[name] = None
        else:
            found[name] = values.where(inside).astype("category").cat.remove_unused_categories().cat.categories
    return found


def _model_matrix(predictors: pd.DataFrame, inside: np.ndarray, levels: Mapping[str, pd.Index | None]) -> pd.DataFrame:
    """Intercept, numbers, and dummies of the levels but the first; 0 outside the base."""
    columns: dict[tuple[str, str], np.ndarray] = {INTERCEPT: inside.astype(float)}
    for name, known in levels.items():
        if known is None:
            columns[(name, NUMERIC)] = np.where(inside, predictors[name].to_numpy(float), 0.0)
            continue
        codes = _codes(predictors[name].where(inside), known)
        for code, level in enumerate(known[1:], start=1):
            columns[(name, str(level))] = (codes == code).astype(float)
    return pd.DataFrame(columns, columns=pd.MultiIndex.from_tuples(columns, names=["predictor", "level"]))


def _codes(values: pd.Series, levels: pd.Index) -> np.ndarray:
    """The place of each value among the levels, -1 where it is none of them."""
    return np.asarray(levels.get_indexer(pd.Index(values.astype(object))))


def _new_rows(x: pd.DataFrame, levels: Mapping[str, pd.Index | None]) -> np.ndarray:
    """The model matrix of rows that the model has not seen; NaN where a value is missing."""
    problems = [Problem("model", f"{name} is not among the columns") for name in levels if name not in x]
    for name, known in levels.items():
        if known is not None and name in x:
            odd = x.loc[x[name].notna() & (_codes(x[name], known) < 0), name].unique()
            allowed = ", ".join(map(str, known))
            problems += [
                Problem("model", f"nobody in it has that {name}", got=str(one), allowed=allowed) for one in odd
            ]
    if problems:
        raise JourneybookError("data", problems)
    complete = x[list(levels)].notna().all(axis=1).to_numpy()
    return np.where(complete[:, None], _model_matrix(x, complete, levels).to_numpy(float), np.nan)


def _not_estimable(x: pd.DataFrame, y: np.ndarray, family: Family, df: int) -> str:
    """Why the model has no estimate, or nothing."""
    if len(y) == 0 or np.ptp(y) == 0:
        return "the outcome does not vary"
    if df < 1:
        return "the design has too few degrees of freedom for so many predictors"
    scaled = x.to_numpy(float) / np.maximum(np.abs(x.to_numpy(float)).max(axis=0), 1e-300)
    for count in range(1, scaled.shape[1] + 1):
        if np.linalg.matrix_rank(scaled[:, :count]) < count:
            return f"{_named(x.columns[count - 1])} is a combination of the predictors before it"
    if family == "logit":
        apart = _separating(scaled, y)
        if apart.size:
            return f"{', '.join(_named(x.columns[n]) for n in apart)} tells the outcome apart without error"
    return ""


def _apart_in_replicates(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> str:
    """That some replicate, which leaves respondents out, has no estimate; or nothing."""
    scaled = x / np.maximum(np.abs(x).max(axis=0), 1e-300)
    drawn = (column > 0 for column in weights.T if (column == 0).any())
    apart = sum(_separating(scaled[held], y[held]).size > 0 for held in drawn)
    return f"the predictors tell the outcome apart without error in {apart} of the replicates" if apart else ""


def _separating(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Columns of a direction that separates the outcomes, wholly or in part; none where there is none.

    A linear programme: the largest sum of (2y - 1) x b over -1 <= b <= 1 with every term >= 0 is
    above 0 exactly where the likelihood has no maximum (Konis 2007, DPhil thesis, Oxford, ch. 4).
    """
    from scipy.optimize import linprog

    signed = np.unique(np.where(y > 0, 1.0, -1.0)[:, None] * x, axis=0)
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    if found.status != 0 or -found.fun < 1e-7:
        return np.array([], dtype=int)
    apart = np.flatnonzero(np.abs(found.x) > 1e-7)
    return apart[apart > 0] if (apart > 0).any() else apart


def _named(column: tuple[str, str]) -> str:
    return f"{column[0]} {column[1]}".strip()


def _is_dummy(columns: np.ndarray) -> bool:
    return bool(np.isin(columns, (0.0, 1.0)).all())


def _table(estimates: np.ndarray, errors: np.ndarray, df: int, level: float, names: pd.Index) -> pd.DataFrame:
    reach = stdtrit(df, (1 + level) / 2) * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        p_values = 2 * stdtr(df, -np.abs(estimates / errors))
    columns = {
        "estimate": estimates,
        "std_error": errors,
        "conf_low": estimates - reach,
        "conf_high": estimates + reach,
    }
    return pd.DataFrame({**columns, "p_value": p_values}, index=names)
