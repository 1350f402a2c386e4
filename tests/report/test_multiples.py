"""Small multiples: a panel a figure, the same lines in each, every number in words as well."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pandas as pd
import pytest

from analysis.report.multiples import OTHER, multiples
from analysis.report.words import THIN, WITHHELD

Tidy = Callable[..., pd.DataFrame]
SLOTS = {"title": "The finding", "measure": "Percent", "base": "Adults", "source": "Source: the survey."}
TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.fixture
def rows(tidy: Tidy) -> pd.DataFrame:
    given = []
    for panel, shares in (("First figure", (0.2, 0.4)), ("Second figure", (0.5, 0.3)), ("Third", (0.1, 0.1))):
        for market, label, share in (("uk", "UK", shares[0]), ("fr", "France", shares[1])):
            given.append({"panel": panel, "market": market, "label": label, "estimate": share, "mark": ""})
        mean = sum(shares) / 2
        given.append({"panel": panel, "market": "average", "label": "All, alike", "estimate": mean, "mark": ""})
        given.append({"panel": panel, "market": OTHER, "label": "All, by adults", "estimate": mean, "mark": ""})
    made = tidy(*given)
    made.loc[0, "mark"], made.loc[4, "flag"], made.loc[5, "flag"] = "below", "suppressed", "not asked"
    return made


def drawings(html: str) -> list[list[str]]:
    found = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, flags=re.S)]
    return [["".join(text.itertext()).strip() for text in drawing.iter(TEXT)] for drawing in found]


def test_both_drawings_write_every_line_of_every_panel(rows: pd.DataFrame) -> None:
    wide, narrow = drawings(multiples(rows, **SLOTS).html)
    for texts, labels in ((wide, 1), (narrow, 3)):  # beside the first panel only, or in each
        assert {"First figure", "Second figure", "Third"} <= set(texts)
        assert texts.count("UK") == labels
        assert f"\u25bc 20{THIN}%" in texts and f"40{THIN}%" in texts
        assert WITHHELD in texts and "not asked" in texts
        assert texts.count("base") == 3


def test_what_is_hidden_has_no_number(rows: pd.DataFrame) -> None:
    found = multiples(rows, **SLOTS)
    assert all(f"50{THIN}%" not in texts for texts in drawings(found.html))
    assert "UK not shown, base under the threshold" in found.text and "France not asked" in found.text


def test_the_alt_text_has_marks_and_published_figures(rows: pd.DataFrame) -> None:
    found = multiples(rows, **SLOTS, published={"First figure": 22})
    assert (
        f"First figure, published 22{THIN}%: UK 20{THIN}% (16 to 24{THIN}%, base 400), below the average" in found.text
    )
    assert found.html.count("The finding") >= 3 and 'role="img"' in found.html
    assert "published for all markets" in found.html and "\u25bc</span> below the average" in found.html


def test_nothing_asked_is_a_note(rows: pd.DataFrame) -> None:
    found = multiples(rows.assign(flag="not asked"), **SLOTS)
    assert "<svg" not in found.html and "Not asked" in found.html
