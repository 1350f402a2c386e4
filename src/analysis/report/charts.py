"""Dots with their intervals, a colour and a shape a domain."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from analysis.report.lines import Lines
from analysis.report.page import Html
from analysis.report.picture import PAPER, SERIES

MARKERS = "oDs^"  # of the series: each second one is hollow


def dots(
    rows: pd.DataFrame,
    *,
    title: str,
    measure: str,
    base: str,
    source: str,
    published: Mapping[str, float] | float | None = None,
    mark: str = "published figure",
    limits: tuple[float, float] | None = None,
    bound: float | None = None,
    language: str = "en",
) -> Html:
    """Dots and intervals: a line a `label`, a colour a `domain`, shares and bases in the margin.

    `published` (percents) is drawn as one dotted line, or as a mark on the lines it names by label;
    `mark` says what it is, `limits` where the axis of means begins and ends. Differences get a line at 0, and those of
    shares a band as far as `bound` (0-1) on both sides.
    A row whose market is "average" gets a band among rows of markets. Suppressed rows keep their line, without a dot.
    Drawn twice, for a page and for a phone; the alt text holds every figure.
    """
    lines = Lines(rows, _dots, published, limits, bound or 0.0, language)
    return lines.framed(title, measure, base, source, mark)


def _dots(axes: Axes, rows: pd.DataFrame, series: int) -> None:
    colour = SERIES[series % len(SERIES)]
    axes.hlines(rows["at"], rows["conf_low"], rows["conf_high"], colour, lw=2.4, zorder=3, capstyle="round")
    marker, face = MARKERS[series % len(MARKERS)], PAPER if series % 2 else colour
    axes.plot(rows["estimate"], rows["at"], marker, color=colour, mfc=face, mew=1.6, zorder=4, clip_on=False)
