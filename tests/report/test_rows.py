"""Estimates: rows that answer to their names, in an order, and are read in full or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from analysis.report.rows import Estimates, Reading
from analysis.report.words import DASH, THIN

Tidy = Callable[..., pd.DataFrame]


def estimates(rows: pd.DataFrame) -> Estimates:
    return Estimates(rows, measure="Percent, weighted", base="UK adults", source="Source: the survey.")


@pytest.fixture
def battery(tidy: Tidy) -> Estimates:
    """Three items, their total and the young; among the young the order is another."""
    total = {"email": 0.30, "faq": 0.45, "social": 0.20}
    young = {"email": 0.50, "faq": 0.40, "social": 0.60}
    rows = [
        {"item": item, "answer": "top_2_box", "label": item.title(), "estimate": share, **names}
        for shares, names in (
            (total, {"domain": "total", "domain_label": "All"}),
            (young, {"domain": "18-34", "domain_label": f"18{DASH}34"}),
        )
        for item, share in shares.items()
    ]
    return estimates(tidy(*rows))


@pytest.fixture
def by_age(tidy: Tidy) -> Estimates:
    """One item in two domains."""
    ages = {"total": ("All", 0.22), "18-34": (f"18{DASH}34", 0.29)}
    rows = [
        {"item": "social", "label": "Social", "domain": key, "domain_label": label, "estimate": share}
        for key, (label, share) in ages.items()
    ]
    return estimates(tidy(*rows))


def test_a_figure_answers_to_its_item_in_total(battery: Estimates) -> None:
    assert str(battery["email"]) == f"30{THIN}%"


def test_a_figure_answers_to_its_answer_or_net(tidy: Tidy) -> None:
    answers = estimates(tidy({"answer": "1", "estimate": 0.6}, {"answer": "phone_or_email", "estimate": 0.4}))
    assert str(answers["1"]) == f"60{THIN}%"
    assert str(answers["phone_or_email"]) == f"40{THIN}%"


def test_a_figure_answers_to_its_domain(by_age: Estimates) -> None:
    assert str(by_age["18-34"]) == f"29{THIN}%"
    assert str(by_age["total"]) == f"22{THIN}%"


def test_a_figure_answers_to_its_market(tidy: Tidy) -> None:
    markets = estimates(tidy({"market": "uk", "estimate": 0.2}, {"market": "fr", "estimate": 0.3}))
    assert str(markets["fr"]) == f"30{THIN}%"


@pytest.mark.parametrize("key", ["emial", "top_2_box", "18-34"])
def test_a_key_of_none_or_several_figures_is_refused_with_the_keys(battery: Estimates, key: str) -> None:
    with pytest.raises(KeyError) as refusal:
        battery[key]
    assert repr(key) in str(refusal.value) and "email, faq, social" in str(refusal.value)


def test_a_ranking_goes_by_the_total_and_keeps_the_domains_together(battery: Estimates) -> None:
    rows = battery.ranked().rows
    assert list(rows["item"]) == ["faq", "faq", "email", "email", "social", "social"]
    assert list(rows["domain"][:2]) == ["total", "18-34"]
    assert list(rows.index) == list(range(6))


def test_ranking_leaves_the_estimates_as_they_were(battery: Estimates) -> None:
    before = battery.rows.copy()
    battery.ranked(), battery.by_domain(), battery.relabelled(["x"] * 6)
    assert battery.rows.equals(before)


def test_rank_and_first_go_by_the_total(battery: Estimates) -> None:
    assert [battery.rank(item) for item in ("faq", "email", "social")] == ["first", "second", "last"]
    assert [battery.first(n).label for n in (1, 2, 3)] == ["Faq", "Email", "Social"]


def test_a_withheld_figure_is_never_the_first(tidy: Tidy) -> None:
    low = {"item": "c", "estimate": 0.9, "label": "C", "flag": "suppressed", "unweighted_base": 12.0}
    rows = estimates(tidy({"item": "a", "estimate": 0.5, "label": "A"}, {"item": "b", "label": "B"}, low))
    assert [rows.first(n).label for n in (1, 2)] == ["A", "B"]


def test_figures_of_one_value_share_a_rank(tidy: Tidy) -> None:
    rows = estimates(
        tidy({"item": "a", "estimate": 0.5}, {"item": "b", "estimate": 0.5}, {"item": "c", "estimate": 0.1})
    )
    assert [rows.rank(item) for item in ("a", "b", "c")] == ["first", "first", "last"]


def test_the_count_is_of_figures_and_not_of_their_domains(battery: Estimates) -> None:
    assert battery.count == 3
    assert battery.size == "three"


def test_by_domain_gives_one_figure_a_line_a_domain(by_age: Estimates) -> None:
    rows = by_age.by_domain().rows
    assert list(rows["label"]) == ["All", f"18{DASH}34"]
    assert set(rows["domain_label"]) == {"All"}
    assert list(rows["estimate"]) == [0.22, 0.29]


def test_relabelled_changes_the_labels_alone(by_age: Estimates) -> None:
    changed = by_age.relabelled(["a", "b"])
    assert list(changed.rows["label"]) == ["a", "b"]
    pd.testing.assert_frame_equal(changed.rows.drop(columns="label"), by_age.rows.drop(columns="label"))


def test_a_chart_and_a_table_carry_the_estimates_words(battery: Estimates) -> None:
    for made in (battery.chart(title="The title"), battery.table(title="The title")):
        assert all(text in made.html for text in ("The title", "Percent, weighted", "UK adults", "Source: the survey."))


def test_a_table_has_a_column_a_domain_where_there_are_several(battery: Estimates, tidy: Tidy) -> None:
    assert "Design effect" not in battery.table(title="T").html
    assert "Design effect" in estimates(tidy({})).table(title="T").html


def test_a_reading_is_a_percent_with_interval_and_base(tidy: Tidy) -> None:
    reading = Reading(tidy({"estimate": 0.22}).iloc[0])
    assert str(reading) == f"22{THIN}%"
    assert reading.full == f"22{THIN}% (18 to 26{THIN}%, base 400)"
    assert reading.how == f"18 to 26{THIN}%, base 400"


def test_a_reading_on_a_low_base_is_marked_where_it_stands_alone(tidy: Tidy) -> None:
    rows = tidy({"flag": "low base", "unweighted_base": 60.0}, {})
    assert [Reading(row).marked for _, row in rows.iterrows()] == [f"40{THIN}%*", f"40{THIN}%"]


def test_a_suppressed_reading_says_so_and_no_more(tidy: Tidy) -> None:
    reading = Reading(tidy({"estimate": 0.77, "flag": "suppressed", "unweighted_base": 12.0}).iloc[0])
    assert [str(reading), reading.full, reading.how] == ["withheld", "withheld (base 12)", "base 12"]
