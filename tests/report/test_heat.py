"""A grid as a picture: every cell in words, colours that go with the sign, low bases marked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pytest

from analysis.report.heat import SHADES, heat, heat_table, shade
from analysis.report.words import WITHHELD

Tidy = Callable[..., pd.DataFrame]
SLOTS = {"title": "The finding", "measure": "Points, weighted", "base": "UK adults", "source": "Source: the survey."}


@pytest.fixture
def cells(tidy: Tidy) -> pd.DataFrame:
    place = [("Website", "Buy"), ("Website", "Use"), ("Shop", "Buy"), ("Shop", "Use")]
    rows = tidy(
        {"estimate": 0.26, "label": "Buy: website"},
        {"estimate": -0.12, "label": "Use: website", "flag": "low base", "unweighted_base": 61.0},
        {"estimate": 0.9, "label": "Buy: shop", "flag": "suppressed", "unweighted_base": 7.0},
        {"estimate": 0.0, "label": "Use: shop"},
    )
    return rows.assign(unit="points", row_label=[r for r, _ in place], column_label=[c for _, c in place])


def test_each_cell_stands_in_both_drawings_with_its_base(cells: pd.DataFrame) -> None:
    for drawing in re.findall(r"<svg.*?</svg>", heat(cells, **SLOTS).html, flags=re.S):
        texts = re.findall(r">([^<>]+)</text>", drawing)
        assert {"+26", "\u221212*", "0", WITHHELD, "61", "7"} <= set(texts)
        assert "+90" not in texts


def test_the_alt_text_has_every_number(cells: pd.DataFrame) -> None:
    text = heat(cells, **SLOTS).text
    assert "Buy: website: +26" in text and "base 61" in text
    assert "Buy: shop: not shown" in text


def test_a_hidden_cell_has_no_colour_and_no_figure(cells: pd.DataFrame) -> None:
    html = heat(cells[cells["flag"] == "suppressed"], **SLOTS).html
    assert not any(colour in html for colour in SHADES)
    assert "90" not in re.sub(r"<svg.*?</svg>|<[^>]+>", "", html, flags=re.S)


@pytest.mark.parametrize(
    ("value", "place"), [(0.0, 3), (0.04, 3), (0.06, 4), (-0.06, 2), (0.16, 5), (0.26, 6), (0.9, 6), (-0.26, 0)]
)
def test_a_colour_is_a_step_of_ten_points(value: float, place: int) -> None:
    assert shade(value) == SHADES[place]


def test_the_colours_darken_evenly_on_both_sides_and_carry_dark_text() -> None:
    """Relative luminance and contrast by WCAG 2.1; 4.5 is asked of text."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light = [luminance(colour) for colour in SHADES]
    assert light[:4] == sorted(light[:4]) and light[3:] == sorted(light[3:], reverse=True)
    assert min((one + 0.05) / (luminance("#3a424d") + 0.05) for one in light) > 3
    assert min((one + 0.05) / (luminance("#11151a") + 0.05) for one in light) > 4.5


def test_the_table_has_the_interval_and_base_of_each_cell(cells: pd.DataFrame) -> None:
    html = heat_table(cells, **SLOTS).html
    assert "+22\u2026+30" in html and "base 61" in html and "+90" not in html
    assert all(head in html for head in ("Buy", "Use", "Website", "Shop"))
