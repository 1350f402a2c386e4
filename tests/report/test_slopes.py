"""Slopes: a line a label over ordered groups; what differs by more than chance stands out."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.report import findings
from analysis.report.placing import spread
from analysis.report.rows import Estimates
from analysis.report.slopes import CLEAR, slopes
from analysis.report.words import DASH, THIN

Tidy = Callable[..., pd.DataFrame]
SLOTS = {"title": "The finding", "measure": "Percent, weighted", "base": "UK adults", "source": "Source: the survey."}
AGES = {"18-34": (0.44, "A", "B"), "35-54": (0.25, "B", ""), "55+": (0.21, "C", "")}


@pytest.fixture
def rows(tidy: Tidy) -> pd.DataFrame:
    """Email falls with age, and letters say so; shops are level."""
    email = [
        {"label": "Email", "estimate": share, "domain": age, "domain_label": age, "letter": own, "above": above}
        for age, (share, own, above) in AGES.items()
    ]
    shops = [
        {"label": "Shops", "estimate": 0.3, "domain": age, "domain_label": age, "letter": own, "above": ""}
        for age, (_, own, _) in AGES.items()
    ]
    return tidy(*email, *shops)


def drawings(html: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", html, flags=re.S)


def bold(svg: str) -> set[str]:
    return set(re.findall(r'<text[^>]*font-weight="(?:bold|700)"[^>]*>([^<]*)<', svg))


def test_first_and_last_figure_every_group_and_its_base_are_written(rows: pd.DataFrame) -> None:
    for svg in drawings(slopes(rows, **SLOTS).html):
        texts = re.findall(r">([^<>]+)</text>", svg)
        assert {*AGES, f"44{THIN}%", f"21{THIN}%", f"30{THIN}%", "Email", "Shops", "base", "400"} <= set(texts)


def test_what_lies_above_by_more_than_chance_stands_out(rows: pd.DataFrame) -> None:
    made = slopes(rows, **SLOTS)
    assert all(bold(svg) == {f"44{THIN}%", f"21{THIN}%", "Email"} for svg in drawings(made.html))
    assert f"{CLEAR}</li>" in made.html


def test_without_letters_all_are_alike_and_nothing_is_claimed(rows: pd.DataFrame) -> None:
    made = slopes(rows.drop(columns=["letter", "above"]), **SLOTS)
    assert not any(bold(svg) for svg in drawings(made.html)) and CLEAR not in made.html


def test_where_nothing_differs_it_is_said(rows: pd.DataFrame) -> None:
    made = slopes(rows.assign(above=""), **SLOTS)
    assert not any(bold(svg) for svg in drawings(made.html)) and f"none {CLEAR}</li>" in made.html


def test_a_letter_of_a_group_that_is_not_drawn_lifts_nothing(rows: pd.DataFrame) -> None:
    assert not any(bold(svg) for svg in drawings(slopes(rows[rows["domain"] != "35-54"], **SLOTS).html))


def test_what_differs_is_said_by_the_letters(rows: pd.DataFrame) -> None:
    told = [
        findings.parted(Estimates(one, "m", "b", "s"))
        for one in (rows, rows.assign(above=""), rows.assign(above="B"), rows.drop(columns="above"))
    ]
    assert told == [
        "\u201cEmail\u201d differs between the groups by more than chance would give",
        "None of the two differs between the groups by more than chance would give",
        "\u201cEmail\u201d and \u201cShops\u201d differ between the groups by more than chance would give",
        "There is nothing to compare.",
    ]


def test_labels_that_changed_can_be_named(rows: pd.DataFrame) -> None:
    assert all("Shops" in bold(svg) for svg in drawings(slopes(rows, **SLOTS, clear=["Shops"]).html))


def test_a_suppressed_end_keeps_its_label_and_shows_no_number(rows: pd.DataFrame) -> None:
    rows.loc[2, ["flag", "estimate", "above"]] = ["suppressed", 0.77, "AB"]
    made = slopes(rows, **SLOTS)
    for svg in drawings(made.html):
        texts = re.findall(r">([^<>]+)</text>", svg)
        assert DASH in texts and "Email" in texts and f"77{THIN}%" not in texts
    assert "77" not in made.text and "Email, 55+: not shown" in made.text


def test_nothing_but_suppressed_figures_is_still_drawn(rows: pd.DataFrame) -> None:
    assert len(drawings(slopes(rows.assign(flag="suppressed"), **SLOTS).html)) == 2


def test_everybody_is_no_group_of_an_order(rows: pd.DataFrame, tidy: Tidy) -> None:
    total = tidy({"label": "Email", "letter": "", "above": ""}, {"label": "Shops", "letter": "", "above": ""})
    made = Estimates(pd.concat([total, rows], ignore_index=True), *(SLOTS[n] for n in ("measure", "base", "source")))
    assert "Email, All" not in made.slopes(title="The finding").text


def test_the_alt_text_has_every_figure(rows: pd.DataFrame) -> None:
    assert slopes(rows, **SLOTS).text.count("base 400") == 6


def test_spread_is_the_least_movement() -> None:
    """Two of height 2 that want the same place part evenly; a third that is clear of them stays."""
    assert spread([5, 5, 20], [2, 2, 2], 0, 30) == [4, 6, 20]
    assert spread([1, 1], [2, 2], 0, 30) == [1, 3]
    assert spread([29.5], [2], 0, 30) == [29]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 9)), min_size=1, max_size=12))
def test_spread_labels_keep_their_order_and_do_not_overlap(given: list[tuple[float, float]]) -> None:
    wanted, sizes = zip(*given, strict=True)
    found = spread(wanted, sizes, 0, 120)
    order = sorted(range(len(given)), key=lambda n: (wanted[n], n))
    for first, second in pairwise(order):
        assert found[second] - found[first] >= (sizes[first] + sizes[second]) / 2 - 1e-6
    assert all(sizes[n] / 2 - 1e-6 <= found[n] <= 120 - sizes[n] / 2 + 1e-6 for n in order)
