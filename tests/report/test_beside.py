"""Estimates beside and below each other are the same rows, named anew."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from analysis.report.beside import below, beside
from analysis.report.rows import Estimates

Tidy = Callable[..., pd.DataFrame]
WORDS = {"measure": "Percent", "base": "UK adults"}


def of(rows: pd.DataFrame) -> Estimates:
    return Estimates(rows, "Its own", "Its own", "Source: the survey.")


def test_lines_that_all_have_stand_in_the_order_of_the_first(tidy: Tidy) -> None:
    several = of(tidy({"label": "Price", "estimate": 0.4}, {"label": "Reviews"}, {"label": "Only here"}))
    main = of(tidy({"label": "Reviews", "estimate": 0.2}, {"label": "Price", "estimate": 0.1}))
    both = beside({"Several": several, "Main": main}, **WORDS)
    assert both.rows["label"].tolist() == ["Price", "Reviews"] * 2
    assert both.rows["domain_label"].tolist() == ["Several"] * 2 + ["Main"] * 2
    assert both.rows["estimate"].tolist() == [0.4, 0.4, 0.1, 0.2]
    assert (both.measure, both.base) == ("Percent", "UK adults")
    assert "10" in both.table(title="Both").text


def test_letters_of_one_do_not_mark_the_other(tidy: Tidy) -> None:
    lettered = of(tidy({"label": "Price"}).assign(letter="A", above="B"))
    assert not {"letter", "above"} & set(beside({"One": lettered, "Other": lettered}, **WORDS).rows)


def test_shares_do_not_stand_beside_means(tidy: Tidy) -> None:
    share, mean = of(tidy({}).assign(unit="share")), of(tidy({}).assign(unit="mean"))
    with pytest.raises(ValueError, match="mean, share"):
        beside({"One": share, "Other": mean}, **WORDS)


def test_below_each_other_each_is_a_line_of_its_name(tidy: Tidy) -> None:
    by = of(tidy({"domain": "a", "domain_label": "A"}, {"domain": "b", "domain_label": "B", "estimate": 0.3}))
    both = below({"Recommends": by, "Buys again": by}, **WORDS)
    assert both.rows["label"].tolist() == ["Recommends"] * 2 + ["Buys again"] * 2
    assert both.rows["domain"].tolist() == ["a", "b"] * 2
