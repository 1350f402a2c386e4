"""A plane shows two figures of each thing with their intervals, and its labels cover nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from analysis.report.placing import MARKER, Box, place_labels
from analysis.report.plane import plane
from analysis.report.rows import Estimates
from analysis.report.words import THIN

Tidy = Callable[..., pd.DataFrame]
SVG = "{http://www.w3.org/2000/svg}"
WORDS = ("Keep", "Keep up", "Leave", "Mend")


def of(rows: pd.DataFrame, measure: str = "Importance, %") -> Estimates:
    return Estimates(rows, measure, "UK adults", "Source: the survey.")


def draw(across: pd.DataFrame, up: pd.DataFrame, **options: object) -> str:
    slots: dict[str, object] = {"title": "The finding", "axes": ("Importance", "Performance"), "quadrants": WORDS}
    return plane(of(across), of(up, "Performance, %"), **{**slots, **options}).html  # type: ignore[arg-type]


def pair(tidy: Tidy, **second: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    across = tidy({"label": "Paying", "estimate": 0.81}, {"label": "Delivery", "estimate": 0.62, **second})
    up = tidy({"label": "Delivery", "estimate": 0.33}, {"label": "Paying", "estimate": 0.47})
    return across, up


def texts(html: str) -> list[list[str]]:
    drawings = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, flags=re.S)]
    return [["".join(text.itertext()).strip() for text in drawing.iter(f"{SVG}text")] for drawing in drawings]


@pytest.mark.parametrize("seed", range(6))
def test_labels_cover_no_point_no_label_and_nothing_taken(seed: int) -> None:
    random = np.random.default_rng(seed)
    points = [(float(x), float(y)) for x, y in random.uniform((60, 40), (440, 260), (12, 2))]
    sizes = [(float(width), 12.0) for width in random.uniform(30, 120, 12)]
    whole, corner = Box(0, 0, 500, 300), Box(0, 288, 100, 300)
    boxes = [placed.box for placed in place_labels(points, sizes, within=whole, taken=[corner])]
    markers = [Box(x - MARKER, y - MARKER, x + MARKER, y + MARKER) for x, y in points]
    assert not [1 for one, other in combinations(boxes, 2) if one.shared(other) > 1e-9]
    assert not [1 for box in boxes for other in [*markers, corner] if box.shared(other) > 1e-9]
    assert all(box.outside(whole) < 1e-9 for box in boxes)
    drawn = np.array([(box.right - box.left, box.top - box.bottom) for box in boxes])
    assert drawn == pytest.approx(np.array(sizes))


def test_a_label_alone_stands_beside_its_point() -> None:
    (placed,) = place_labels([(100, 100)], [(40, 12)], within=Box(0, 0, 300, 300))
    assert placed.box == Box(108, 94, 148, 106)  # 8 points to the right, in the middle


def test_a_label_gives_way_to_a_line_only_where_that_is_near() -> None:
    level = Box(0, 100, 300, 100)
    (placed,) = place_labels([(100, 100)], [(40, 12)], within=Box(0, 0, 300, 300), lines=[level])
    assert placed.box.bottom > 100 or placed.box.top < 100


def test_every_figure_is_in_the_alt_text_and_labels_are_paired_by_name(tidy: Tidy) -> None:
    across, up = pair(tidy)
    alt = re.findall(r'aria-label="([^"]+)"', draw(across, up))[0]
    paying = f"importance 81{THIN}% (77 to 85{THIN}%, base 400), performance 47{THIN}% (43 to 51{THIN}%, base 400)"
    assert f"Paying: {paying}" in alt
    assert "Delivery: importance 62" in alt


def test_a_page_has_labels_and_a_phone_numbers_with_a_key(tidy: Tidy) -> None:
    html = draw(*pair(tidy))
    wide, narrow = texts(html)
    assert {"Paying", "Delivery", *WORDS} <= set(wide)
    assert {"1", "2"} <= set(narrow) and not {"Paying", "Delivery"} & set(narrow)
    assert f"<li>Paying: 81{THIN}% \u00b7 47{THIN}%</li><li>Delivery: 62{THIN}% \u00b7 33{THIN}%</li>" in html


def test_what_is_not_shown_on_one_side_is_left_out_and_said_so(tidy: Tidy) -> None:
    html = draw(*pair(tidy, flag="suppressed", unweighted_base=12.0))
    assert "Delivery" not in texts(html)[0]
    assert "[c] withheld" in html
    assert f"62{THIN}%" not in html


def test_a_low_base_is_starred(tidy: Tidy) -> None:
    html = draw(*pair(tidy, flag="low base"))
    assert "Delivery*" in texts(html)[0]
    assert f"Delivery: 62{THIN}%* \u00b7" in html
    assert "* low base" in html


def test_nothing_to_show_is_a_sentence(tidy: Tidy) -> None:
    across, up = pair(tidy)
    html = draw(across.assign(flag="suppressed"), up)
    assert "<svg" not in html and "[c] withheld" in html
    assert "Not asked in this market." in draw(across, up.assign(flag="not asked"))


def test_lines_stand_at_the_average_or_where_they_are_put(tidy: Tidy) -> None:
    across, up = pair(tidy)
    assert "at the average of the points" in draw(across, up)
    assert "at the average of the points" not in draw(across, up, divide=(0.5, 0.5))


def test_means_have_no_percent(tidy: Tidy) -> None:
    across, up = pair(tidy)
    scores = up.assign(unit="mean", estimate=[3.4, 4.1], conf_low=[3.2, 4.0], conf_high=[3.6, 4.2])
    html = draw(across, scores)
    assert f"<li>Paying: 81{THIN}% \u00b7 4.1</li>" in html


def test_it_is_the_same_every_time(tidy: Tidy) -> None:
    assert draw(*pair(tidy)) == draw(*pair(tidy))


def test_differences_below_nothing_are_drawn_whole(tidy: Tidy) -> None:
    """A difference of shares may lie far below 0, where a share cannot."""
    up = tidy({"label": "A", "estimate": 0.5}, {"label": "B", "estimate": 0.6})
    across = tidy({"label": "A", "estimate": -0.4}, {"label": "B", "estimate": 0.3}).assign(unit="points")
    for written in texts(draw(across, up)):
        assert {"\u221230", "+30"} <= set(written)
