"""Names on a page: what is named twice is numbered, and what refers to it follows."""

from __future__ import annotations

from analysis.publish.anchors import distinct

CHART = (
    '<b id="chart-a">A</b><svg aria-labelledby="chart-a"><path id="a-1"/><use href="#a-1"/><g clip="url(#a-1)"/></svg>'
)


def test_pieces_without_a_clash_stay_as_they_are() -> None:
    pieces = [CHART, '<b id="chart-b">chart-a</b>']
    assert distinct(pieces) == pieces


def test_what_is_named_twice_is_numbered_with_its_references() -> None:
    first, second, third = distinct([CHART] * 3)
    assert first == CHART
    assert second == CHART.replace("chart-a", "chart-a-2").replace("a-1", "a-1-2")
    assert third == CHART.replace("chart-a", "chart-a-3").replace("a-1", "a-1-3")


def test_heads_of_a_table_are_found_among_several() -> None:
    table = '<th id="t-x"><th id="t-y"><td headers="t-x t-y">t-x</td>'
    assert distinct([table, table])[1] == '<th id="t-x-2"><th id="t-y-2"><td headers="t-x-2 t-y-2">t-x</td>'
