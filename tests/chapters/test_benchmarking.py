"""Figures of other surveys: read and refused, and each beside the nearest figure of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import Markets, open_study, other_surveys
from analysis.chapters.benchmarking import Beside
from analysis.errors import JourneybookError
from analysis.report.words import THIN


@pytest.fixture(scope="module")
def others(markets: Markets) -> Beside:
    return other_surveys(markets)


def test_ours_is_the_figure_of_each_market_that_both_have(others: Beside) -> None:
    rows = others.ours("shopped_2012").rows.set_index("market")
    assert list(rows.index) == ["uk", "de", "it", "se"]
    for market in others.markets.markets:
        if market.code in rows.index:
            own = market.shares("bought_online", net="year").rows.iloc[0]
            assert rows.loc[market.code, "estimate"] == own["estimate"]
            assert rows.loc[market.code, "unweighted_base"] == own["unweighted_base"]


def test_the_table_has_every_figure_there_and_ours_where_there_is_one(others: Beside) -> None:
    html = "".join(others.table(topic).html for topic in others.markets.study.benchmarks.topics)
    for name, one in others.benchmarks.items():
        for value in [*one.values.values(), *one.elsewhere.values()]:
            assert f" {value:g}{THIN}%" in html, name
    near = sum(len(one.values) for one in others.benchmarks.values() if one.beside)
    assert html.count(f"{THIN}%; ours ") == near
    assert others.headline.endswith(f"{near} have one of ours beside them")
    assert "reproduced" not in html and "verdict" in html


def test_the_chart_marks_theirs(others: Beside) -> None:
    text = others.chart("shopped_2012").text
    assert f"Eurostat, ICT in households, 2012 82{THIN}%" in text and "Italy" in text and "France" not in text


def test_nothing_stands_beside_a_benchmark_without_a_question_of_ours(others: Beside) -> None:
    with pytest.raises(ValueError, match="nothing of this study stands beside 'listen'"):
        others.ours("listen")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("values: {uk: 82, se: 79", "values: {gb: 82, se: 79", "shopped_2012.*no such market file.*'gb'"),
        ("beside: {question: bought_online, net: year}", "beside: {question: bought_onlin, net: year}", "bought_onlin"),
        ("topic: online", "topic: onlin", "no such topic 'onlin'"),
        ("uk: 82", "uk: 182", "less than or equal to 100"),
        ("    elsewhere: {EU28: 75}\n", "", "needs a figure"),
    ],
)
def test_a_wrong_name_or_number_is_refused(project: Path, old: str, new: str, expected: str) -> None:
    path = project / "params" / "benchmarks.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(JourneybookError, match=expected):
        open_study(project / "params")


def test_a_study_may_have_none(project: Path) -> None:
    (project / "params" / "benchmarks.yaml").unlink()
    assert open_study(project / "params").benchmarks.benchmarks == {}
