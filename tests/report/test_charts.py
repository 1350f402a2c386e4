"""A chart is SVG whose text is text: named, readable without seeing it, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pandas as pd
import pytest

from analysis.report import charts, page, tables
from analysis.report.words import DASH, THIN, WITHHELD

Tidy = Callable[..., pd.DataFrame]
SLOTS = {"title": "The finding", "measure": "Percent, weighted", "base": "UK adults", "source": "Source: the survey."}
SVG = "{http://www.w3.org/2000/svg}"


def battery(tidy: Tidy) -> pd.DataFrame:
    return tidy(
        {"estimate": 0.41, "label": "A fast reply to an email"},
        {"estimate": 0.27, "label": "Recommendations on social networks", "flag": "low base", "unweighted_base": 61.0},
    )


def by_age(tidy: Tidy) -> pd.DataFrame:
    return tidy(
        {"label": "Email"}, {"label": "Email", "estimate": 0.33, "domain_label": f"18{DASH}34", "domain": "18-34"}
    )


def draw(rows: pd.DataFrame, **options: object) -> str:
    return charts.dots(rows, **{**SLOTS, **options}).html


def drawings(html: str) -> list[ElementTree.Element]:
    """The drawings of a chart: well-formed XML, or this raises."""
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, flags=re.S)]


def written(drawing: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()).strip() for text in drawing.iter(f"{SVG}text")]


def colours(drawing: ElementTree.Element) -> set[str]:
    return set(re.findall(r"--jb-series-\d", ElementTree.tostring(drawing, encoding="unicode")))


@pytest.mark.parametrize("slot", SLOTS)
def test_no_slot_can_be_left_out(tidy: Tidy, slot: str) -> None:
    with pytest.raises(TypeError) as refusal:
        charts.dots(tidy({}), **{name: text for name, text in SLOTS.items() if name != slot})
    assert f"missing 1 required keyword-only argument: {slot!r}" in str(refusal.value)


def test_title_measure_base_and_source_are_printed(tidy: Tidy) -> None:
    html = draw(battery(tidy))
    assert all(text in re.sub(r"<svg.*?</svg>", "", html, flags=re.S) for text in SLOTS.values())


def test_it_is_drawn_for_a_page_and_for_a_phone(tidy: Tidy) -> None:
    wide, narrow = drawings(draw(battery(tidy)))
    assert float(wide.attrib["width"]) > 700
    assert float(narrow.attrib["width"]) <= 360


def test_its_text_is_text(tidy: Tidy) -> None:
    for drawing in drawings(draw(battery(tidy))):
        text = " ".join(written(drawing))
        assert "A fast reply to an email" in text
        assert f"41{THIN}%" in text and "400" in text
        assert not list(drawing.iter(f"{SVG}image"))


def test_its_text_takes_the_pages_font(tidy: Tidy) -> None:
    html = draw(battery(tidy))
    assert "DejaVu" not in html
    assert 'font-size="9.5px"' in html and "font-family" not in html


def test_nothing_in_it_needs_a_style_that_a_strict_policy_forbids(tidy: Tidy) -> None:
    html = draw(battery(tidy))
    assert "style=" not in html and "<style" not in html


def test_every_drawing_is_an_image_named_with_every_figure(tidy: Tidy) -> None:
    for drawing in drawings(draw(battery(tidy))):
        assert drawing.attrib["role"] == "img"
        name = drawing.attrib["aria-label"]
        assert name.startswith("The finding. Percent, weighted. ")
        assert f"A fast reply to an email: 41{THIN}% (37 to 45{THIN}%, base 400)" in name
        assert f"Recommendations on social networks: 27{THIN}% (23 to 31{THIN}%, low base 61)" in name


def test_a_low_base_has_a_star(tidy: Tidy) -> None:
    for drawing in drawings(draw(battery(tidy))):
        assert f"27{THIN}%*" in written(drawing)
        assert f"41{THIN}%" in written(drawing)


def test_a_suppressed_figure_keeps_its_line_and_shows_no_number(tidy: Tidy) -> None:
    low = {"estimate": 0.77, "label": "Letter", "flag": "suppressed", "unweighted_base": 12.0}
    html = draw(tidy({"estimate": 0.41, "label": "Email"}, low))
    plain = [
        re.sub(r'\b(d|x|y|width|height|viewBox|style|transform)="[^"]*"', "", html),
        charts.dots(tidy(low), **SLOTS).text,
    ]
    assert not any(re.search(r"77|73|81", text) for text in plain)
    for drawing in drawings(html):
        assert "Letter" in written(drawing) and WITHHELD in written(drawing)


def test_a_suppressed_figure_draws_no_mark(tidy: Tidy) -> None:
    low = {"estimate": 0.77, "label": "Letter", "flag": "suppressed", "unweighted_base": 12.0}
    assert all(colours(drawing) == {"--jb-series-1"} for drawing in drawings(draw(tidy({"label": "Email"}, low))))
    alone = [len(re.findall("<path|<use", svg)) for svg in re.findall(r"<svg.*?</svg>", draw(tidy(low)), flags=re.S)]
    shown = [len(re.findall("<path|<use", svg)) for svg in re.findall(r"<svg.*?</svg>", draw(tidy({})), flags=re.S)]
    assert all(without < with_mark for without, with_mark in zip(alone, shown, strict=True))


def test_a_suppressed_figure_does_not_stretch_the_axis(tidy: Tidy) -> None:
    low = {"estimate": 0.77, "label": "Letter", "flag": "suppressed", "unweighted_base": 12.0}
    wide, _ = drawings(draw(tidy({"estimate": 0.10, "label": "Email"}, low)))
    ticks = [text for text in written(wide) if re.fullmatch(rf"\d+{THIN}%", text)]
    assert max(int(tick[: -len(THIN) - 1]) for tick in ticks) <= 25


def test_a_chart_of_nothing_but_suppressed_figures_is_still_drawn(tidy: Tidy) -> None:
    rows = tidy({"flag": "suppressed", "estimate": float("nan"), "conf_low": None, "conf_high": None})
    assert len(drawings(draw(rows))) == 2


def test_domains_have_colours_and_a_legend(tidy: Tidy) -> None:
    html = draw(by_age(tidy))
    assert re.findall(r'<li class="jb-series-\d">.*?</li>', html) and f"18{DASH}34</li>" in html
    assert all(colours(drawing) == {"--jb-series-1", "--jb-series-2"} for drawing in drawings(html))


def test_one_domain_needs_no_legend(tidy: Tidy) -> None:
    assert "jb-legend" not in draw(battery(tidy))


def test_a_published_figure_is_explained_and_said(tidy: Tidy) -> None:
    html = draw(battery(tidy), published={"A fast reply to an email": 38.0}, mark="population target")
    assert "population target</li>" in html
    assert all(f"population target 38{THIN}%" in drawing.attrib["aria-label"] for drawing in drawings(html))


@pytest.mark.parametrize("published", [38.0, {"A fast reply to an email": 38.0}])
def test_a_published_figure_is_drawn(tidy: Tidy, published: object) -> None:
    without, with_mark = (len(draw(battery(tidy), published=given).split("<path")) for given in (None, published))
    assert with_mark > without


def test_a_low_base_and_a_withheld_figure_are_explained(tidy: Tidy) -> None:
    low = {"label": "Letter", "flag": "suppressed", "unweighted_base": 12.0}
    html = draw(pd.concat([battery(tidy), tidy(low)], ignore_index=True))
    assert page.LOW_BASE in html and page.WITHHELD in html


def test_a_published_figure_beyond_the_estimates_is_still_on_the_axis(tidy: Tidy) -> None:
    wide, _ = drawings(draw(tidy({"estimate": 0.10, "label": "Email"}), published={"Email": 58.0}))
    assert f"60{THIN}%" in written(wide)


def test_ids_are_unique_on_a_page_of_several_charts(tidy: Tidy) -> None:
    whole = draw(battery(tidy)) + draw(by_age(tidy), title="Another finding") + draw(battery(tidy), title="A third")
    ids = re.findall(r'\bid="([^"]+)"', whole)
    assert len(ids) == len(set(ids))


def test_ids_are_unique_where_long_titles_begin_alike(tidy: Tidy) -> None:
    long = "A finding that needs so many words to be told that its first eighty characters do not tell it: "
    whole = draw(battery(tidy), title=f"{long} one") + draw(battery(tidy), title=f"{long} two")
    ids = re.findall(r'\bid="([^"]+)"', whole)
    assert len(ids) == len(set(ids))


def test_a_chart_and_a_table_of_one_title_have_ids_of_their_own(tidy: Tidy) -> None:
    whole = draw(battery(tidy)) + tables.share_table(battery(tidy), **SLOTS).html
    ids = re.findall(r'\bid="([^"]+)"', whole)
    assert len(ids) == len(set(ids))


def test_every_reference_inside_a_drawing_is_met(tidy: Tidy) -> None:
    for svg in re.findall(r"<svg.*?</svg>", draw(by_age(tidy), published=40.0), flags=re.S):
        ids = set(re.findall(r'\bid="([^"]+)"', svg))
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= ids


def test_the_same_rows_give_the_same_bytes(tidy: Tidy) -> None:
    assert draw(battery(tidy), published=40.0) == draw(battery(tidy), published=40.0)


def test_labels_and_slots_are_text_and_never_markup(tidy: Tidy) -> None:
    hostile = 'Price < cost & <b>"bold"</b>'
    html = draw(by_age(tidy).assign(label=hostile, domain_label=[hostile, "All"]), **dict.fromkeys(SLOTS, hostile))
    assert "<b>" not in html
    assert all(hostile in drawing.attrib["aria-label"] for drawing in drawings(html))


def test_a_dollar_in_a_label_is_no_formula(tidy: Tidy) -> None:
    for drawing in drawings(draw(tidy({"label": "Under $5 or over $9"}))):
        assert "Under $5 or over $9" in written(drawing)


def test_a_chart_leaves_its_rows_as_they_were(tidy: Tidy) -> None:
    rows = by_age(tidy)
    before = rows.copy()
    draw(rows)
    assert rows.equals(before)


def test_a_chart_asks_no_other_host(tidy: Tidy) -> None:
    named = re.sub(r'xmlns(:xlink)?="[^"]+"', "", draw(battery(tidy)))
    assert not re.search(r"https?://|<script|<metadata", named)


def test_a_title_may_begin_with_a_number(tidy: Tidy) -> None:
    """A reference that is not found draws no marker, and nobody is told."""
    for drawing in drawings(draw(battery(tidy), title="57 % expect an answer")):
        names = {part.get("id") for part in drawing.iter()}
        used = [link for part in drawing.iter() for name, link in part.items() if name.endswith("href")]
        assert used and {link.removeprefix("#") for link in used} <= names


def test_differences_on_a_phone_leave_the_unit_to_the_head(tidy: Tidy) -> None:
    wide, narrow = drawings(draw(battery(tidy).assign(unit="points")))
    assert f"+41{THIN}pts" in written(wide)
    assert "+41" in written(narrow) and "+27*" in written(narrow)


def test_a_bound_is_drawn_on_both_sides_of_nothing(tidy: Tidy) -> None:
    gaps = battery(tidy).assign(unit="points", estimate=0.01, conf_low=-0.01, conf_high=0.03)
    assert "stroke-dasharray" not in draw(gaps)
    assert draw(gaps, bound=0.1).count("stroke-dasharray") == 2 * 2  # two lines, for a page and for a phone


def test_an_axis_of_a_scale_has_its_codes(tidy: Tidy) -> None:
    """Whole steps between the ends, not fractions of a code."""
    rows = tidy({"Retail": 0.3}).assign(unit="mean", estimate=3.2, conf_low=3.0, conf_high=3.4)
    html = draw(rows, limits=(1, 5))
    assert all(f">{code}<" in html for code in (1, 2, 3, 4, 5))
    assert ">1.6<" not in html
