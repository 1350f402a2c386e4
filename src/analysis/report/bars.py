"""Ranked bars from 0, each with the interval of its end."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from analysis.errors import JourneybookError, Problem
from analysis.report.lines import Lines, unit_of
from analysis.report.page import Html
from analysis.report.picture import SERIES

HEIGHT = 0.2  # inches
FROM_NOTHING = ("share", "points", "gap")  # units whose figures begin at 0
TINT = 0.3  # how strong the bar is beside its end


def bars(
    rows: pd.DataFrame,
    *,
    title: str,
    measure: str,
    base: str,
    source: str,
    published: Mapping[str, float] | float | None = None,
    mark: str = "published figure",
    language: str = "en",
) -> Html:
    """A bar a `label`, in the order of the rows, from 0 to its figure; the interval as a thin line across its end.

    Shares, bases, `published` figures and suppressed rows are as in `charts.dots`. Raises JourneybookError of several
    domains, which are compared by dots, and of a mean or coefficient, where a length from 0 would say nothing.
    """
    if rows["domain_label"].nunique() > 1 or unit_of(rows) not in FROM_NOTHING:
        got = f"{rows['domain_label'].nunique()} domains, unit {unit_of(rows)}"
        allowed = f"one domain, in {', '.join(FROM_NOTHING)}"
        fix = "draw dots: .chart(title=...)"
        raise JourneybookError(
            "report", Problem(f"bars of “{title}”", "no bars can be drawn of this", got, allowed, fix)
        )
    return Lines(rows, _bars, published, language=language).framed(title, measure, base, source, mark)


def _bars(axes: Axes, rows: pd.DataFrame, series: int) -> None:
    colour = SERIES[series % len(SERIES)]
    axes.barh(rows["at"], rows["estimate"], HEIGHT, color=to_rgba(colour, TINT), zorder=2)
    axes.vlines(rows["estimate"], rows["at"] - HEIGHT / 2, rows["at"] + HEIGHT / 2, colour, lw=2.6, zorder=3)
    axes.hlines(rows["at"], rows["conf_low"], rows["conf_high"], colour, lw=1.4, zorder=3)
