"""A table cannot leave out title, measure, base or source; it marks low bases and withholds the lowest."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

from analysis.report import page, tables
from analysis.report.words import DASH, THIN, WITHHELD

Tidy = Callable[..., pd.DataFrame]
SLOTS = {"title": "The title", "measure": "Percent, weighted", "base": "UK adults", "source": "Source: the survey."}
HOSTILE = "Price < cost & <b>bold</b>"


class Cells(HTMLParser):
    """The cells of a table, row by row, as text; and the attributes of every element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self._open = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._open = True
            self.rows[-1].append("")
        if tag == "br" and self._open:
            self.rows[-1][-1] += " "

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data


def share(rows: pd.DataFrame) -> str:
    return tables.share_table(rows, **SLOTS).html


def banner(rows: pd.DataFrame) -> str:
    return tables.banner_table(rows, **SLOTS).html


def two_domains(tidy: Tidy, **values: object) -> pd.DataFrame:
    return tidy(
        {"label": "Email", **values},
        {"label": "Email", "domain": "age_band=18-34", "domain_label": f"18{DASH}34", "estimate": 0.29, **values},
    )


@pytest.mark.parametrize("make", [tables.share_table, tables.banner_table])
@pytest.mark.parametrize("slot", SLOTS)
def test_no_slot_can_be_left_out(tidy: Tidy, make: Callable[..., object], slot: str) -> None:
    with pytest.raises(TypeError) as refusal:
        make(tidy({}), **{name: text for name, text in SLOTS.items() if name != slot})
    assert f"missing 1 required keyword-only argument: {slot!r}" in str(refusal.value)


@pytest.mark.parametrize("make", [share, banner])
def test_title_measure_base_and_source_are_printed(tidy: Tidy, make: Callable[[pd.DataFrame], str]) -> None:
    html = make(two_domains(tidy))
    assert all(text in html for text in SLOTS.values())
    assert "Base: UK adults. Source: the survey." in html


def test_a_row_has_share_interval_three_bases_and_design_effect(tidy: Tidy) -> None:
    head, row = Cells(share(tidy({"label": "Email", "estimate": 0.41}))).rows
    assert head[1:] == ["Share", "Interval", "Unweighted base", "Weighted base", "Effective base", "Design effect"]
    assert row == ["Email", f"41{THIN}%", f"37{DASH}45", "400", "401", "380", "1.05"]


def test_a_banner_has_a_column_a_domain_and_its_bases_below(tidy: Tidy) -> None:
    rows = Cells(banner(two_domains(tidy, unweighted_base=120.0))).rows
    assert rows[0][1:] == ["All", f"18{DASH}34"]
    assert rows[1] == ["Email", f"40{THIN}% 36{DASH}44", f"29{THIN}% 25{DASH}33"]
    assert [row[0] for row in rows[2:]] == ["Unweighted base", "Weighted base", "Effective base"]
    assert rows[2][1:] == ["120", "120"]


def test_bases_that_differ_within_a_column_are_a_range(tidy: Tidy) -> None:
    rows = tidy({"label": "Email"}, {"label": "Phone", "unweighted_base": 390.0})
    assert Cells(banner(rows)).rows[3][1:] == [f"390{DASH}400"]


@pytest.mark.parametrize("make", [share, banner])
def test_a_low_base_has_a_star_and_a_note(tidy: Tidy, make: Callable[[pd.DataFrame], str]) -> None:
    html = make(tidy({"flag": "low base", "unweighted_base": 60.0}))
    assert f"40{THIN}%*" in html
    assert page.LOW_BASE in html


@pytest.mark.parametrize("make", [share, banner])
def test_no_star_and_no_note_on_an_ordinary_base(tidy: Tidy, make: Callable[[pd.DataFrame], str]) -> None:
    html = make(tidy({}))
    assert "*" not in html
    assert page.LOW_BASE not in html and page.WITHHELD not in html


@pytest.mark.parametrize("make", [share, banner])
def test_a_suppressed_figure_is_a_dash_with_a_note(tidy: Tidy, make: Callable[[pd.DataFrame], str]) -> None:
    html = make(tidy({"flag": "suppressed", "estimate": 0.77, "unweighted_base": 12.0}))
    cells = [cell for row in Cells(html).rows for cell in row]
    assert WITHHELD in cells
    assert page.WITHHELD in html
    assert not re.search(r"77|73|81", html)


def test_the_plain_text_beside_a_table_withholds_too(tidy: Tidy) -> None:
    made = tables.share_table(tidy({"flag": "suppressed", "estimate": 0.77, "unweighted_base": 12.0}), **SLOTS)
    assert "77" not in repr(made)


@pytest.mark.parametrize("make", [share, banner])
def test_a_label_is_text_and_never_markup(tidy: Tidy, make: Callable[[pd.DataFrame], str]) -> None:
    html = make(two_domains(tidy, label=HOSTILE) if make is banner else tidy({"label": HOSTILE}))
    assert "<b>" not in html
    assert Cells(html).rows[1][0] == HOSTILE


def test_a_domain_is_text_and_never_markup(tidy: Tidy) -> None:
    html = banner(tidy({"domain_label": "All"}, {"domain": "d", "domain_label": HOSTILE}))
    assert "<b>" not in html
    assert Cells(html).rows[0][2] == HOSTILE


@pytest.mark.parametrize("slot", SLOTS)
def test_a_slot_is_text_and_never_markup(tidy: Tidy, slot: str) -> None:
    html = tables.share_table(tidy({}), **{**SLOTS, slot: HOSTILE}).html
    assert "<b>" not in html
    assert "Price &lt; cost &amp; &lt;b&gt;bold" in html


@pytest.mark.parametrize("make", [share, banner])
def test_every_header_cell_says_what_it_heads(tidy: Tidy, make: Callable[[pd.DataFrame], str]) -> None:
    parsed = Cells(make(two_domains(tidy)))
    scopes = [attributes.get("scope") for tag, attributes in parsed.elements if tag == "th"]
    assert set(scopes) == {"col", "row"}
    assert all(row[0] for row in parsed.rows[1:])


@pytest.mark.parametrize("make", [share, banner])
def test_every_row_has_a_cell_under_every_head(tidy: Tidy, make: Callable[[pd.DataFrame], str]) -> None:
    """A table of one head row and one stub needs no more than scopes (WCAG technique H63)."""
    parsed = Cells(make(two_domains(tidy) if make is banner else tidy({}, {"label": "Phone"})))
    assert len(parsed.rows) > 2
    assert {len(row) for row in parsed.rows} == {len(parsed.rows[0])}
    heads = [tag for tag, attributes in parsed.elements if attributes.get("scope") == "row"]
    assert len(heads) == len(parsed.rows) - 1


@pytest.mark.parametrize("make", [share, banner])
def test_the_table_is_named_by_its_title(tidy: Tidy, make: Callable[[pd.DataFrame], str]) -> None:
    elements = Cells(make(two_domains(tidy))).elements
    table = next(attributes for tag, attributes in elements if tag == "table")
    title = next(attributes for _, attributes in elements if attributes.get("class") == "jb-title")
    assert table["aria-labelledby"] == title["id"]


def test_ids_are_unique_on_a_page_of_several_tables(tidy: Tidy) -> None:
    both = share(tidy({})) + tables.share_table(tidy({}), **{**SLOTS, "title": "Another title"}).html
    ids = [attributes["id"] for _, attributes in Cells(both).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("make", [share, banner])
def test_the_same_rows_give_the_same_bytes(tidy: Tidy, make: Callable[[pd.DataFrame], str]) -> None:
    assert make(two_domains(tidy)) == make(two_domains(tidy))


def test_a_table_leaves_its_rows_as_they_were(tidy: Tidy) -> None:
    rows = two_domains(tidy)
    before = rows.copy()
    share(rows), banner(rows)
    assert rows.equals(before)


def test_a_table_brings_no_styles_and_asks_no_other_host(tidy: Tidy) -> None:
    html = share(tidy({}))
    assert not re.search(r"<style|<script|https?://", html)


def test_a_line_may_lack_a_column(tidy: Tidy) -> None:
    """Nobody said don't know to the second item: its cell is a dash."""
    rows = tidy(
        {"label": "One", "domain": "yes", "domain_label": "Yes"},
        {"label": "Two", "domain": "yes", "domain_label": "Yes"},
        {"label": "One", "domain": "dont_know", "domain_label": "Don't know"},
    )
    html = tables.banner_table(rows, **SLOTS).html
    assert html.count(f">{DASH}</td>") == 1


def test_the_cells_of_many_texts_know_their_head() -> None:
    table = pd.DataFrame({"label": ["a"], "Says": ["one"], "Means": ["two"], "Changes": ["three"], "Share": ["4"]})
    frame = {"title": "Texts", "measure": "words", "foot": "None."}
    html = tables.plain_table(table, **frame, text=("Says", "Means", "Changes")).html
    assert re.findall(r'<div data-head="(\w+)">(\w+)</div>', html) == [
        ("Says", "one"),
        ("Means", "two"),
        ("Changes", "three"),
    ]
    assert "data-head" not in tables.plain_table(table, **frame, text=("Says", "Means")).html


def plain(table: dict[str, list[str]], **more: Any) -> str:
    return tables.plain_table(pd.DataFrame(table), title="T", measure="m", foot="f", **more).html


def test_only_a_long_table_keeps_its_head_in_sight() -> None:
    rows = [str(n) for n in range(tables.LONG_FROM + 1)]
    assert "jb-long" in plain({"label": rows, "a": rows})
    assert "jb-long" not in plain({"label": rows[:-1], "a": rows[:-1]})


@pytest.mark.parametrize(
    ("numbers", "text", "below"),
    [(3, 0, False), (4, 0, True), (8, 0, True), (9, 0, False), (5, 1, True), (5, 3, False)],
)
def test_a_phone_sets_many_numbers_below_their_label(numbers: int, text: int, below: bool) -> None:
    """But not so many that they are no narrower there, nor those of a table whose texts it sets below each other."""
    names = [f"n{k}" for k in range(numbers)], [f"t{k}" for k in range(text)]
    html = plain({"label": ["a"], **{name: ["1"] for own in names for name in own}}, text=tuple(names[1]))
    assert ("jb-below" in html) == below
    assert (f"jb-columns-{numbers}" in html) == below


def test_a_percent_never_leaves_its_figure() -> None:
    html = tables.plain_table(
        pd.DataFrame({"label": ["Of 22 % who"], "a": ["25 %"]}), title="At 5 %", measure="95 % intervals", foot="90 %."
    ).html
    assert not re.search(r"\d[ \u00a0]%", html)
    assert all(f"{n}{THIN}%" in html for n in (22, 25, 5, 95, 90))


def test_a_column_without_a_name_has_no_empty_head() -> None:
    html = plain({"label": ["a"], "": ["of it"]}, text=("",))
    assert html.count('scope="col"') == 0 and "<thead><tr><td></td><td></td></tr>" in html


def test_grey_rows_are_the_last_ones() -> None:
    html = plain({"label": ["a", "b", "c"], "n": ["1", "2", "3"]}, muted=2)
    assert re.findall(r'<tr( class="jb-muted")?><th scope="row">(\w)', html) == [
        ("", "a"),
        (' class="jb-muted"', "b"),
        (' class="jb-muted"', "c"),
    ]
