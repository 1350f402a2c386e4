"""Bars from 0: only where a length says something, and with the interval of their end."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pytest

from analysis.errors import JourneybookError
from analysis.report import page
from analysis.report.bars import bars
from analysis.report.words import THIN, WITHHELD

Tidy = Callable[..., pd.DataFrame]
SLOTS = {"title": "The finding", "measure": "Percent, weighted", "base": "UK adults", "source": "Source: the survey."}


def drawings(html: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", html, flags=re.S)


def rectangles(svg: str, colour: str = "--jb-series-1") -> list[tuple[float, float]]:
    """Left and right of each bar, in points."""
    paths = re.findall(r'<path d="([^"]*z\s*)"[^>]*fill="([^"]*)"', svg)
    across = [[float(x) for x in re.findall(r"[ML] ([-\d.]+) ", d)] for d, fill in paths if colour in fill]
    return [(min(x), max(x)) for x in across]


def test_bars_are_as_long_as_their_figures(tidy: Tidy) -> None:
    rows = tidy(
        {"label": "One", "estimate": 0.44}, {"label": "Two", "estimate": 0.22}, {"label": "Three", "estimate": 0.11}
    )
    for svg in drawings(bars(rows, **SLOTS).html):
        (left, one), (left_too, two), (_, three) = rectangles(svg)
        assert left == left_too
        assert (one - left) / (two - left) == pytest.approx(2, abs=0.01)
        assert (two - left) / (three - left) == pytest.approx(2, abs=0.02)


def test_a_difference_below_nothing_goes_to_the_left(tidy: Tidy) -> None:
    rows = tidy({"label": "Up", "estimate": 0.2}, {"label": "Down", "estimate": -0.2}).assign(unit="points")
    for svg in drawings(bars(rows, **SLOTS).html):
        (up, _), (_, down) = rectangles(svg)
        assert up == pytest.approx(down, abs=0.01)


def test_a_suppressed_row_has_no_bar_and_no_number(tidy: Tidy) -> None:
    rows = tidy({"label": "One"}, {"label": "Two", "estimate": 0.77, "flag": "suppressed", "unweighted_base": 9.0})
    made = bars(rows, **SLOTS)
    for svg in drawings(made.html):
        assert len(rectangles(svg)) == 1
        assert f">{WITHHELD}</text>" in svg and f">77{THIN}%" not in svg
    assert page.WITHHELD in made.html and "77" not in made.text


def test_share_base_star_and_published_figure_are_there(tidy: Tidy) -> None:
    rows = tidy({"label": "One", "estimate": 0.41, "flag": "low base", "unweighted_base": 61.0})
    made = bars(rows, **SLOTS, published={"One": 38.0}, mark="printed in 2012")
    assert f"One: 41{THIN}% (37 to 45{THIN}%, low base 61), printed in 2012 38{THIN}%" in made.text
    assert all(f">41{THIN}%*</text>" in svg and ">61</text>" in svg for svg in drawings(made.html))
    assert "printed in 2012</li>" in made.html and page.LOW_BASE in made.html


@pytest.mark.parametrize("change", [{"unit": "mean"}, {"domain_label": ["All", "18-34"]}])
def test_what_a_length_cannot_show_is_refused(tidy: Tidy, change: dict[str, object]) -> None:
    with pytest.raises(JourneybookError, match="draw dots"):
        bars(tidy({"label": "One"}, {"label": "Two"}).assign(**change), **SLOTS)


def test_not_asked_is_said(tidy: Tidy) -> None:
    assert "Not asked in this market" in bars(tidy({"flag": "not asked"}), **SLOTS).html
