"""A figure along a number: the curve that a regression draws over age, or over a scale, in one market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import stdtr

from analysis.asking import Asked, Given, given_figure
from analysis.report import page, tables, words
from analysis.report.curve import Axis, Panel, curves
from analysis.report.disclosure import HIDDEN, NOT_ASKED, flag_low_bases
from analysis.report.page import Html
from analysis.report.rows import TOTAL, Estimates, Reading
from analysis.study.codebook import Code, Figure
from analysis.survey.models import Model, regression
from analysis.survey.quantiles import quantiles
from analysis.survey.splines import natural_spline

AGES = (20, 30, 40, 50, 60, 70, 80)
QUANTILES = (0.05, 0.35, 0.65, 0.95)  # Harrell 2015, Regression Modeling Strategies, p. 28: four knots


@dataclass(frozen=True)
class Curve:
    """A fitted curve with what was observed along it.

    `line` has a row at each `x`, with the model's prediction; `dots` a row a group, at the mean `x` of its
    respondents. `any_p` tests the curve against a flat line, `bend_p` against a straight one (on the model's scale:
    of log odds for a share); `turning_p` (of a parabola; else NaN) tests whether it turns within the scale.
    """

    line: Estimates
    dots: Estimates
    axis: Axis
    any_p: float
    bend_p: float
    turning_p: float = float("nan")
    level: float = 0.95
    not_estimable: str = ""

    def at(self, x: float) -> Reading:
        """The curve at one place."""
        rows = self.line.rows
        return Reading(rows[rows["x"] == x].iloc[0], self.line.language)

    @property
    def shown(self) -> bool:
        """Whether there is a curve."""
        return not self.line.rows["flag"].isin(HIDDEN).all()

    @property
    def matters(self) -> str:
        """Whether the figure moves along the number at all, and whether along a bent curve, in a sentence."""
        if not self.shown and self.not_estimable:
            return f"No curve can be drawn, the model is not estimable: {self.not_estimable}."
        if not self.shown:
            return f"No curve can be drawn: {self.at(float(self.line.rows['x'].iloc[0]))}."
        if self.any_p >= 1 - self.level:
            return f"The curve rises and falls no more than chance would give ({words.p_said(self.any_p)})."
        bent = "is bent by more than chance" if self.bend_p < 1 - self.level else "may as well be a straight line"
        return (
            f"The curve moves by more than chance would give ({words.p_said(self.any_p)}) and {bent} "
            f"({words.p_said(self.bend_p)})."
        )

    @property
    def clear(self) -> str:
        """Whether the curve moves by more than chance, to end a title with."""
        return f"the change {'is more than chance would give' if self.any_p < 1 - self.level else 'could be chance'}"

    @property
    def turns(self) -> str:
        """Whether a parabola rises to a peak within the scale and then falls, in a sentence."""
        if not self.shown:
            return self.matters
        p = words.p_said(self.turning_p)
        if self.turning_p < 1 - self.level:
            return f"It rises to a peak within the scale and falls after it, by more than chance at both ends ({p})."
        return f"No rise followed by a fall can be told from chance ({p})."

    def panel(self, published: Mapping[tuple[float, float], float] | None = None) -> Panel:
        """The curve as a part of a chart; `published`: ends of a stretch to its percent."""
        marks = tuple((low, high, value) for (low, high), value in (published or {}).items())
        return Panel(self.line.rows, self.dots.rows, marks)

    def chart(self, *, title: str, published: Mapping[tuple[float, float], float] | None = None) -> Html:
        """The curve in its band, with the observed groups as dots over it."""
        return curves(
            {"": self.panel(published)},
            self.axis,
            title=title,
            measure=self.line.measure,
            base=self.line.base,
            source=self.line.source,
            observed=self.dots.measure,
            language=self.line.language,
        )

    def table(self, *, title: str) -> Html:
        """The curve at the axis's marks, beside the observed figure of the group there and its bases."""
        rows, dots, language = self.line.rows, self.dots.rows, self.line.language
        if (rows["flag"] == NOT_ASKED).all():
            return page.not_asked(title, self.line.measure)
        lines = []
        for row in rows[rows["x"].isin(self.axis.ticks)].to_dict("records"):
            group = dots[dots["label"] == row["group"]].iloc[0]
            line, seen = Reading(pd.Series(row), language), Reading(group, language)
            bases = {head: words.count(group[column], language) for column, head in tables.BASES.items()}
            cells = {"Curve": _with_ends(line), "Group": tables.text(str(row["group"])), "Observed": _with_ends(seen)}
            lines.append({"label": f"{row['x']:g}", **cells, **bases})
        foot = page.foot(pd.concat([dots, rows]), self.line.base, self.line.source)
        table = pd.DataFrame(lines)
        return tables.plain_table(
            table, title=title, measure=self.line.measure, foot=f"Bases are those of the groups. {foot}"
        )


def age_curve(
    market: Asked,
    question: str,
    *,
    item: str | None = None,
    answer: Code | None = None,
    net: str | None = None,
    age: str = "age",
    groups: str = "age_six",
    band: Mapping[str, Code] | None = None,
) -> Curve:
    """A share along `age`, a number: a weighted logit on a natural cubic spline with four knots at quantiles.

    The knots stand at the weighted quantiles that Harrell recommends (2015, p. 28). Dots: the observed share in each
    band of `groups`. `band` is set off in the chart: a question of bands, and which. Rows of the line: shares
    0-1 at every year of age from 18 to 80 that somebody reached.
    """
    figure = Figure(question=question, item=item, answer=answer, net=net)
    values = market.values([figure, Figure(question=age, mean=True)])
    outcome, years = values[0], values[1].rename(age)
    grid = pd.Series(np.arange(18.0, 81.0), name=age)
    model, columns = _spline_model(market, outcome, years, grid)
    found = model.predicted(columns, confidence_level=market.level) if columns is not None else None
    bands = market.study.codebook.questions[groups].bands
    dots = market.shares(question, item=item, net=net, answer=answer, by=groups)
    dots = _dots(market, dots, groups, years, outcome)
    place = [next((_band(b) for b, (low, high) in bands.items() if low <= x <= high), "") for x in grid]
    line = _line(market, figure, model, grid, found, place)
    names = list(columns.columns) if columns is not None else []
    stretch = next((market.study.codebook.questions[q].bands[str(b)] for q, b in (band or {}).items()), None)
    axis = Axis("Age in years", (18, 80), AGES, (stretch[0], stretch[1] + 1) if stretch else None)
    label = words.lower_first(market.study.codebook.question_label(groups))
    estimates = _estimates(market, line, figure, "weighted logit on a natural cubic spline of age", model)
    observed = Estimates(dots, f"observed by {label}", estimates.base, market.source, market.language)
    tests = (model.wald(*names).p_value, model.wald(*names[1:]).p_value) if names else (np.nan, np.nan)
    return Curve(estimates, observed, axis, *tests, level=market.level, not_estimable=_reason(line, model))


def parabola(market: Asked, outcome: Given, predictor: Given) -> Curve:
    """A mean along a scale: a weighted linear regression on the predictor's code and its square.

    Dots: the observed mean at each code. `turning_p` is the larger of the two one-sided p-values that the slope is
    above 0 at the lowest code and below 0 at the highest (Lind and Mehlum 2010, Oxford Bulletin of Economics and
    Statistics 72, p. 109).
    """
    y, x = given_figure(outcome), given_figure(predictor)
    book = market.study.codebook
    values = market.values([y, x])
    variable = f"{x.question}.{x.item}" if x.item else x.question
    codes = list(book.answers(x.question))
    middle, grid = (codes[0] + codes[-1]) / 2, pd.Series(np.arange(codes[0], codes[-1] + 0.01, 0.25))
    design = _squares(values[1], middle)
    model = regression(market.design, values[0], design, family="linear", confidence_level=market.level)
    found = model.predicted(_squares(grid, middle), confidence_level=market.level)
    labels = [book.answer_label(x.question, code, market.language) for code in codes]
    parts = [market.rows([y], {TOTAL: {variable: code}}) for code in codes]
    dots = pd.concat(parts, ignore_index=True).assign(label=labels, x=[float(code) for code in codes])
    line = _line(market, y, model, grid, found, [labels[round(place) - int(codes[0])] for place in grid])
    if not market.was_asked(x):
        line["flag"] = dots["flag"] = NOT_ASKED
    axis = Axis(
        book.item_label(x.question, x.item) if x.item else book.question_label(x.question),
        (codes[0] - 0.2, codes[-1] + 0.2),
        tuple(codes),
        None,
        book.scale_range(y.question),
    )
    estimates = _estimates(market, line, y, "weighted regression on the answer and its square", model)
    observed = Estimates(dots, "observed mean at each answer", estimates.base, market.source, market.language)
    turning = _turning(model, codes[0] - middle, codes[-1] - middle)
    tests = (model.wald("answer", "square").p_value, model.wald("square").p_value, turning)
    return Curve(estimates, observed, axis, *tests, level=market.level, not_estimable=_reason(line, model))


def _spline_model(
    market: Asked, outcome: pd.Series, years: pd.Series, grid: pd.Series
) -> tuple[Model, pd.DataFrame | None]:
    """The model, and the spline's columns over the grid; None where the ages allow no knots."""
    inside = (outcome.notna() & years.notna()).to_numpy()
    places = quantiles(market.design, years, QUANTILES, domain=inside)["estimate"].to_numpy()
    if not (np.diff(places) > 0).all():
        model = regression(market.design, outcome * np.nan, pd.DataFrame({str(years.name): years}))
        return replace(model, not_estimable="too few ages are there for the knots of a curve"), None
    low, *knots, high = (float(place) for place in places)
    columns = natural_spline(years, knots, (low, high))
    model = regression(market.design, outcome, columns, confidence_level=market.level)
    reached = grid.between(years[inside].min(), years[inside].max())
    return model, natural_spline(grid.where(reached), knots, (low, high))


def _squares(values: pd.Series, middle: float) -> pd.DataFrame:
    return pd.DataFrame({"answer": values - middle, "square": (values - middle) ** 2})


def _turning(model: Model, low: float, high: float) -> float:
    """The larger one-sided p-value of a slope above 0 at the low end and below 0 at the high end."""
    if model.not_estimable:
        return float("nan")
    slope, bend = model.coefficients["estimate"].iloc[1:]
    at = np.array([[1.0, 2 * low], [1.0, 2 * high]])
    errors = np.sqrt(np.diag(at @ model.covariance.iloc[1:, 1:].to_numpy() @ at.T))
    rising, falling = (at @ [slope, bend]) / errors
    df = model.degrees_of_freedom
    return float(max(stdtr(df, -rising), stdtr(df, falling)))


def _line(
    market: Asked, figure: Figure, model: Model, grid: pd.Series, found: pd.DataFrame | None, groups: list[str]
) -> pd.DataFrame:
    """Tidy rows of the curve, each with the group that its `x` lies in; the bases are the model's."""
    base = pd.concat([market.rows([figure], {TOTAL: {}})] * len(grid), ignore_index=True)
    ends = ["estimate", "std_error", "conf_low", "conf_high"]
    base[ends] = np.nan if found is None else found[ends].to_numpy()
    rows = base.assign(x=grid.to_numpy(), group=groups, label=grid.map("{:g}".format), design_effect=np.nan)
    rows["unweighted_base"] = model.unweighted_base
    left_out, low = rows["flag"] == NOT_ASKED, market.study.settings.low_base
    rows["flag"] = flag_low_bases(rows, suppress_below=low.suppress_below, caution_below=low.caution_below)
    rows.loc[rows["estimate"].isna(), "flag"] = "suppressed"
    rows.loc[left_out, "flag"] = NOT_ASKED
    return rows


def _dots(market: Asked, dots: Estimates, groups: str, years: pd.Series, outcome: pd.Series) -> pd.DataFrame:
    """The observed groups, each at the weighted mean of its respondents' ages."""
    rows = dots.rows[dots.rows["domain"] != TOTAL].reset_index(drop=True)
    weights, at = pd.Series(market.design.weights, years.index), []
    for band in rows["domain"]:
        own = market.respondents.mask({groups: band}) & outcome.notna().to_numpy() & years.notna().to_numpy()
        at.append(float(np.average(years[own], weights=weights[own])) if own.any() else np.nan)
    return rows.assign(label=[_band(band) for band in rows["domain"]], domain_label="All", x=at)


def _band(name: str) -> str:
    return str(name).replace("-", words.DASH)


def _reason(line: pd.DataFrame, model: Model) -> str:
    """Why the model of a question that was asked has no estimate, or nothing."""
    return "" if (line["flag"] == NOT_ASKED).any() else model.not_estimable


def _estimates(market: Asked, line: pd.DataFrame, figure: Figure, how: str, model: Model) -> Estimates:
    item = market.study.codebook.item_label(figure.question, figure.item) if figure.item and not figure.mean else ""
    measure = f"{item}: {market.labels.measure([figure])}" if item else market.labels.measure([figure])
    measure = words.unless_estimable(f"{measure}; {how}", [_reason(line, model)])
    return Estimates(line, measure, market.labels.base(figure.question), market.source, market.language)


def _with_ends(reading: Reading) -> str:
    """The figure over its interval, as a cell."""
    if reading.suppressed:
        return words.DASH
    return f"{reading.marked}<br><span class='jb-ci'>{reading.ends}</span>"
