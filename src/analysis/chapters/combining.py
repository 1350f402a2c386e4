"""Figures set beside one another, or added up a respondent: what several questions say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.asking import Asked, Given, given_figure
from analysis.report.disclosure import ESTIMATED, NOT_ASKED, SUPPRESSED, flag_low_bases
from analysis.report.rows import TOTAL, Estimates
from analysis.study.codebook import Figure
from analysis.survey.estimates import means
from analysis.survey.ranks import rank_intervals


def beside(market: Asked, series: Mapping[str, Mapping[str, Given]], *, measure: str, base: str) -> Estimates:
    """A line a label and a colour a series: figures of several questions, each with its own base.

    `series` maps the name of a series to its figures (or their keys) by label. All are shares, or all
    means. `measure` and `base` say in words what is counted, and of whom.
    """
    figures = [(name, label, given_figure(one)) for name, line in series.items() for label, one in line.items()]
    rows = market.rows([figure for _, _, figure in figures], {TOTAL: {}})
    named = [name for name, _, _ in figures]
    rows = rows.assign(label=[label for _, label, _ in figures], domain=named, domain_label=named)
    words = f"{measure}, weighted, {market.labels.intervals}"
    limits = _limits(market, figures[0][2])
    return Estimates(rows, words, base, market.source, market.language, limits=limits)


def combined(
    market: Asked, lines: Mapping[str, Sequence[Given]], *, how: Literal["sum", "mean"], measure: str, base: str
) -> Estimates:
    """One row a label: the mean over respondents of their own sum, or mean, of several figures.

    "sum" of shares is the sum of the shares (0 to their number: over 1 where people gave several
    answers), with the error of the sum; who lacks one of the figures leaves the base. "mean" is of a
    respondent's answers, with at least half of them given (as of a composite); rows then have the ranks
    that each may hold (`rank_low`, `rank_high`: see `survey.ranks.rank_intervals`).
    """
    figures = {label: [given_figure(one) for one in line] for label, line in lines.items()}
    values = pd.DataFrame({label: _combined(market.values(line), how) for label, line in figures.items()})
    rows = market.rows([line[0] for line in figures.values()], {TOTAL: {}})
    found = means(market.design, values, confidence_level=market.level)
    rows[list(found)] = found.to_numpy()
    low = market.study.settings.low_base
    rows["flag"] = flag_low_bases(rows, suppress_below=low.suppress_below, caution_below=low.caution_below)
    rows.loc[[any(map(market.withheld, line)) for line in figures.values()], "flag"] = SUPPRESSED
    rows.loc[rows["flag"] == SUPPRESSED, ESTIMATED] = np.nan
    rows.loc[[not all(map(market.was_asked, line)) for line in figures.values()], "flag"] = NOT_ASKED
    rows = rows.assign(label=list(lines))
    if how == "mean":
        ranks = rank_intervals(market.design, values, confidence_level=market.level)
        rows = rows.assign(**{name: ranks[name].to_numpy() for name in ranks})
    limits = _limits(market, next(iter(figures.values()))[0])
    words = f"{measure}, weighted, {market.labels.intervals}"
    return Estimates(rows, words, base, market.source, market.language, limits=limits)


def together(series: Mapping[str, Estimates], *, measure: str, base: str) -> Estimates:
    """Estimates of one unit as the series of one chart or table: a line a label, a colour a name of `series`."""
    parts = [one.rows.assign(domain=name, domain_label=name) for name, one in series.items()]
    first = next(iter(series.values()))
    return replace(first, rows=pd.concat(parts, ignore_index=True), measure=measure, base=base, tests=None)


def _limits(market: Asked, figure: Figure) -> tuple[float, float] | None:
    """Where an axis begins and ends: the ends of the scale that means are of."""
    book = market.study.codebook
    scaled = figure.mean and book.questions[figure.question].kind != "number"
    return book.scale_range(figure.question) if scaled else None


def _combined(values: pd.DataFrame, how: Literal["sum", "mean"]) -> pd.Series:
    """One value a respondent; NaN where too few of the figures were answered."""
    given = values.notna().sum(axis=1).to_numpy()
    if how == "sum":
        return values.sum(axis=1).where(given == values.shape[1], np.nan)
    return values.mean(axis=1).where(given * 2 >= values.shape[1], np.nan)
