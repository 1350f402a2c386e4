"""What a figure carries: its rows as CSV, under the same rules as the page."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis import Market
from analysis.report import carried, charts, tables
from analysis.report.page import Html

Tidy = Callable[..., pd.DataFrame]
SLOTS = {"title": "T", "measure": "M", "base": "UK adults", "source": "Source: the survey."}


def read(csv: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(csv), keep_default_na=False, na_values=[""])


def test_the_csv_holds_the_figures_of_the_page_with_their_bases_and_what_they_are_of(uk: Market) -> None:
    found = uk.shares("influence", net="top_2_box", by="age_band")
    rows = read(found.table(title="T").carried[0].csv)
    for name in ("estimate", "std_error", "conf_low", "conf_high", "weighted_base", "effective_base"):
        np.testing.assert_allclose(rows[name], found.rows[name], rtol=1e-5)
    assert list(rows["above"].fillna("")) == list(found.rows["above"])
    assert set(rows["base"]) == {found.base} and set(rows["source"]) == {found.source}


def test_what_the_page_withholds_is_not_in_the_csv(tidy: Tidy) -> None:
    rows = tidy({"label": "One", "flag": "suppressed", "estimate": 0.4321}, {"label": "Two", "flag": "low base"})
    for made in (charts.dots(rows, **SLOTS), tables.share_table(rows, **SLOTS), tables.banner_table(rows, **SLOTS)):
        assert "0.43" not in made.carried[0].csv
        found = read(made.carried[0].csv)
        assert found["estimate"].isna().tolist() == [True, False] and found["conf_low"].isna().tolist() == [True, False]
        assert found["degrees_of_freedom"].isna().tolist() == [True, False]  # as of a row that was never estimated


@pytest.mark.parametrize("text", ["=1+1", "+5", "-5", "@SUM(A1)", "\t=x", "\r=x", " =x", "\u2028=x"])
def test_no_text_starts_a_formula(tidy: Tidy, text: str) -> None:
    rows = tidy({"label": text, "estimate": 0.2, "unit": "points", "conf_low": -0.1})
    found = read(carried.rows_csv(rows, text, "S"))
    assert found["label"][0].startswith("'") and found["base"][0].startswith("'")
    assert found["conf_low"][0] == -0.1  # a number is no text


def test_a_head_that_starts_a_formula_is_text_too() -> None:
    first = carried.cells_csv(pd.DataFrame({"=HYPERLINK(1)": ["x"]})).splitlines()[0]
    assert first == "'=HYPERLINK(1)"


def test_cells_lose_their_markup_and_keep_their_words() -> None:
    table = pd.DataFrame({"label": ["A & B"], "Here": ["22 %<br><span class='jb-ci'>19 &ndash; 26</span>"]})
    assert carried.cells_csv(table) == ",Here\nA & B,22 % 19 – 26\n"


def test_pieces_together_carry_all_their_figures(tidy: Tidy) -> None:
    from analysis.report import page

    rows = tidy({"label": "One"})
    pieces = [tables.share_table(rows, **SLOTS), Html("<p>words</p>"), charts.dots(rows, **SLOTS)]
    together = page.folded("More", page.joined(pieces))
    assert [one.kind for one in together.carried] == ["table", "chart"]
    assert together.html.count(carried.MARKER) == 2
    assert len(together._repr_mimebundle_()[carried.MIME]) == 2


def test_a_piece_without_a_figure_carries_nothing() -> None:
    assert Html("<p>words</p>")._repr_mimebundle_() == {}
