"""Every key figure beside the average of the markets: the differences, their marks, and who is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t

from analysis import Markets, compare, open_markets
from analysis.chapters.comparing import Compared
from analysis.report.disclosure import NOT_ASKED
from analysis.report.words import THIN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def compared(markets: Markets) -> Compared:
    return compare(markets)


@pytest.fixture(scope="module")
def unasked(root: Path) -> Markets:
    """The bundled markets, as if France had not asked about influences, nor any but Germany about service."""
    found = open_markets(study=root / "params")
    for code in found.study.settings.markets:
        questions = ["influence"] * (code == "fr") + ["service_value"] * (code != "de")
        settings = found.study.settings_of(code)
        found.study._read[code] = settings.model_copy(update={"not_asked": tuple(questions)})
    return found


def test_a_market_is_held_against_the_average_that_it_is_part_of(compared: Compared) -> None:
    rows = compared.rows[compared.rows["item"] == "reviews"].set_index("market")
    own = rows.drop(["average", "other average"])
    k = len(own)
    gaps = own["estimate"] - own["estimate"].mean()
    # p_k - mean = (1 - 1/k) p_k - sum of the others / k: independent samples, so variances add
    squares = own["std_error"] ** 2
    errors = np.sqrt((1 - 1 / k) ** 2 * squares + (squares.sum() - squares) / k**2)
    p = 2 * t.sf(abs(gaps / errors), own["degrees_of_freedom"].sum()).astype(float)
    order = np.argsort(p)
    holm = np.minimum(np.maximum.accumulate(p[order] * (k - np.arange(k))), 1)  # Holm 1979
    assert own["gap"].to_numpy() == pytest.approx(gaps.to_numpy())
    assert own["p_adjusted"].to_numpy()[order] == pytest.approx(holm)
    told = {code: ("above" if gaps[code] > 0 else "below") for code in own.index[own["p_adjusted"] < 0.05]}
    assert {code: mark for code, mark in own["mark"].items() if mark} == told
    assert told  # the sample has at least one, or the test says nothing


def test_the_average_stands_both_ways(compared: Compared) -> None:
    settings = {m.code: m.settings for m in compared.markets.markets}
    sizes = np.array([s.population.size for s in settings.values() if s.population], dtype=float)
    for name in compared.names:
        rows = compared.rows[compared.rows["item"] == name].set_index("market")
        own = rows.loc[list(settings), "estimate"]
        assert rows.loc["average", "estimate"] == pytest.approx(own.mean())
        assert rows.loc["other average", "estimate"] == pytest.approx(sizes @ own / sizes.sum())


def test_a_low_base_is_not_tested(compared: Compared) -> None:
    rows = compared.rows[~compared.rows["market"].str.contains("average")]
    low = rows["unweighted_base"] < compared.markets.study.settings.low_base.caution_below
    assert low.any()
    assert (rows["p_adjusted"].isna() == low).all()


def test_a_market_that_did_not_ask_is_in_no_average(unasked: Markets) -> None:
    compared = compare(unasked)
    rows = compared.rows[compared.rows["item"] == "social"].set_index("market")
    assert rows.loc["fr", "flag"] == NOT_ASKED and np.isnan(rows.loc["fr", "gap"])
    asked = rows.drop(["fr", "average", "other average"])
    assert rows.loc["average", "estimate"] == pytest.approx(asked["estimate"].mean())
    assert rows.loc["average", "unweighted_base"] == asked["unweighted_base"].sum()
    assert "France not asked" in compared.of("purchase").chart(title="Influence").text
    assert "<td" in compared.of("purchase").table(title="Influence").html


def test_one_market_that_asked_has_no_average(unasked: Markets) -> None:
    loyalty = compare(unasked).of("loyalty")
    rows = loyalty.rows[loyalty.rows["item"] == "no_premium"]
    assert "average" not in set(rows["market"]) and rows["gap"].isna().all()
    assert loyalty.alone.endswith("without an average: value service but expect no premium. ")
    assert "fewer than two markets" in loyalty.chart(title="Service").html
    assert "fewer than two markets" in loyalty.table(title="Service").html
    assert "average" not in unasked.key_figure("no_premium").measure
    assert unasked.other_average("no_premium") == ""


def test_the_finding_names_who_stands_apart(compared: Compared) -> None:
    for name in compared.names:
        one = Compared(compared.markets, compared.rows[compared.rows["item"] == name])
        apart = one.rows[one.rows["mark"] != ""]
        places = [next(m.place for m in compared.markets.markets if m.code == code) for code in apart["market"]]
        assert all(place in one.finding for place in places)
        assert one.finding.startswith("No market") == apart.empty
    apart = compared.rows[compared.rows["mark"] != ""]["item"].nunique()
    assert f"of {len(compared.names)} key figures" in compared.headline and apart > 0


def test_chart_and_table_hold_every_figure(compared: Compared) -> None:
    part = compared.of("purchase")
    chart, table = part.chart(title="Sways"), part.table(title="Sways").html
    for row in part.rows.to_dict("records"):
        share = f"{round(100 * row['estimate'])}{THIN}%"
        assert f"{row['label']} {share}" in chart.text
        assert share in table
    assert f"published 22{THIN}%" in chart.text  # S0-03
    assert f"{row['unweighted_base']:,.0f} / {row['effective_base']:,.0f}" in table


def test_the_page_shows_every_key_figure(compared: Compared, root: Path) -> None:
    cells = json.loads((root / "notebooks" / "markets" / "key_figures.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    sections = [name for call in re.findall(r"figures\.of\((.*?)\)", code) for name in re.findall(r'"(\w+)"', call)]
    shown = [name for section in sections for name in compared.of(section).names]
    assert sorted(shown) == sorted(compared.markets.study.settings.key_figures)


def test_headlines_are_few_and_all_key_figures_where_none_are_named(markets: Markets) -> None:
    settings = markets.study.settings
    assert list(settings.headline_figures) == ["social", "young", "reviews", "direct"]
    assert list(markets.markets[0].key_figures().rows["item"]) == list(settings.headline_figures)
    every = settings.model_copy(update={"headlines": ()})
    assert list(every.headline_figures) == list(settings.key_figures)
