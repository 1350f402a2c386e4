"""Pictures that stand alone: everything of the frame is in them, and nothing of a page is needed to see them."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pandas as pd
import pytest
from PIL import Image

from analysis.report import charts, lettering, picture
from analysis.report.carried import Carried
from analysis.report.picture import Key
from analysis.report.raster import png

LONG = "A finding that needs rather more words than one line of a picture has room for, and so is set in two of them"


@pytest.fixture
def carried(tidy: Callable[..., pd.DataFrame]) -> Carried:
    rows = tidy({"label": "<b>R&D</b>"}, {"label": "Two", "flag": "suppressed"})
    made = charts.dots(
        rows, title=LONG, measure="Percent", base="UK adults", source="Source: the survey.", published=22
    )
    return made.carried[0]


def test_title_measure_legend_base_and_source_are_in_the_picture(carried: Carried) -> None:
    texts = [text.text or "" for text in ElementTree.fromstring(carried.svg).iter("{http://www.w3.org/2000/svg}text")]
    told = " ".join(texts)
    for part in (LONG, "Percent", "published figure: 22", "Base: UK adults.", "Source: the survey.", "<b>R&D</b>"):
        assert part in told


def test_it_asks_for_no_style_sheet_theme_or_other_file(carried: Carried) -> None:
    assert "var(" not in carried.svg and "style" not in carried.svg and 'href="http' not in carried.svg


def test_no_line_of_text_runs_out_of_the_picture(carried: Carried) -> None:
    width = float(re.findall(r'width="([\d.]+)"', carried.svg)[0])
    rows = re.findall(
        r'<text x="20" y="[\d.]+" font-size="(17|12.5|11)" font-weight="(\w+)"[^>]*>([^<]*)<', carried.svg
    )
    assert len(rows) >= 4
    for size, weight, row in rows:
        assert lettering.width(row, float(size), weight == "bold") <= width - 2 * picture.EDGE
    assert len(re.findall(r'font-size="17"', carried.svg)) == 2


def test_the_png_is_the_same_picture_at_one_and_a_half_times_its_size(carried: Carried) -> None:
    width, height = (float(re.findall(rf'{side}="([\d.]+)"', carried.svg)[0]) for side in ("width", "height"))
    image = Image.open(io.BytesIO(base64.b64decode(png(carried.svg))))
    assert image.size == pytest.approx((1.5 * width, 1.5 * height), abs=1)
    colours = {colour for _, colour in image.convert("RGB").getcolors(10_000_000)}
    assert {(255, 255, 255), (11, 110, 153)} <= colours  # the ground, and the first series


def test_the_same_rows_give_the_same_bytes(tidy: Callable[..., pd.DataFrame]) -> None:
    rows = tidy({"label": "One"})
    first, second = (charts.dots(rows, title="T", measure="M", base="B", source="S.").carried[0] for _ in range(2))
    assert first.svg == second.svg and png(first.svg) == png(second.svg)


def test_a_legend_is_text_and_names_its_series() -> None:
    html = picture.legend([Key("\u25cf", "<i>all</i>", 1), Key("\u250a", "published")])
    assert '<li class="jb-series-1">' in html and "&lt;i&gt;all&lt;/i&gt;" in html and html.count("<li") == 2
    assert picture.legend([]) == ""


def test_the_shorthand_of_a_font_is_taken_apart() -> None:
    made = picture._attributes("font: italic bold 9.5px 'DejaVu Sans', sans-serif; text-anchor: end; fill: #0b6e99")
    assert made == ' font-size="9.5px" font-weight="bold" font-style="italic" text-anchor="end" fill="#0b6e99"'
