"""Numbers and sentences: rounded last, a sign kept with its number, no more said than the data allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from analysis.report import words
from analysis.report.words import DASH, THIN
from analysis.survey.compare import Difference

MINUS = "\u2212"


def gap(estimate: float, std_error: float = 0.01) -> Difference:
    return Difference(estimate, std_error, degrees_of_freedom=400, unweighted_base=400)


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0"), (0.004, "< 1"), (0.224, "22"), (0.226, "23"), (0.999, "> 99"), (1.0, "100")]
)
def test_a_share_is_printed_as_a_whole_percent(share: float, text: str) -> None:
    assert words.percent(share) == f"{text}{THIN}%"


def test_a_number_and_its_percent_sign_are_never_torn_apart() -> None:
    assert " " not in words.percent(0.5)


def test_a_percent_follows_the_language() -> None:
    assert words.percent(12.34, "de") == f"1.234{THIN}%"
    assert words.count(12345, "de") == "12.345"


@pytest.mark.parametrize(("share", "text"), [(0.05, "+5"), (-0.031, f"{MINUS}3"), (0.004, "0"), (-0.004, "0")])
def test_a_difference_carries_its_sign(share: float, text: str) -> None:
    assert words.signed(share) == text


def test_an_interval_names_both_ends_and_the_unit_once() -> None:
    assert words.interval(0.194, 0.257) == f"19 to 26{THIN}%"


def test_the_confidence_of_intervals_is_named() -> None:
    assert words.intervals(0.9) == f"90{THIN}% intervals"


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (429.7, "430"), (3000, "3,000")])
def test_a_base_is_whole_and_grouped(number: float, text: str) -> None:
    assert words.count(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2, "2"),
        (42, "42"),
        (99, "99"),
        (100, "100"),
        (101, "110"),
        (592, "600"),
        (1249, "1,300"),
        (1200, "1,200"),
        (1200.4, "1,300"),
        (9999, "10,000"),
        (1255917, "1,300,000"),
    ],
)
def test_a_base_that_is_only_roughly_known_is_rounded_up_to_two_figures(number: float, text: str) -> None:
    assert words.about(number) == text


def test_a_rough_base_follows_the_language() -> None:
    assert words.about(1249, "de") == "1.300"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ((2012, 2, 6), (2012, 2, 17), "6 to 17 February 2012"),
        ((2012, 1, 30), (2012, 2, 2), "30 January to 2 February 2012"),
        ((2011, 12, 30), (2012, 1, 2), "30 December 2011 to 2 January 2012"),
        ((2012, 2, 6), (2012, 2, 6), "6 February 2012"),
    ],
)
def test_a_period_says_no_month_or_year_twice(start: tuple[int, ...], end: tuple[int, ...], text: str) -> None:
    assert words.period(dt.date(*start), dt.date(*end)) == text


def test_names_are_listed_with_and_before_the_last() -> None:
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b"]) == "a and b"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


def test_small_numbers_are_words_and_larger_ones_figures() -> None:
    assert [words.number(n) for n in (0, 1, 10, 11, 1200)] == ["none", "one", "ten", "11", "1,200"]


@pytest.mark.parametrize(
    ("text", "inside"), [("Negative reviews", "negative reviews"), ("UK adults", "UK adults"), ("I pay", "I pay")]
)
def test_an_acronym_and_i_keep_their_capital_inside_a_sentence(text: str, inside: str) -> None:
    assert words.lower_first(text) == inside


@pytest.mark.parametrize(
    ("place", "of", "text"), [(1, 1, "first"), (3, 4, "third"), (4, 4, "last"), (4, 7, "fourth"), (12, 14, "12th")]
)
def test_a_place_in_a_ranking_is_a_word(place: int, of: int, text: str) -> None:
    assert words.ordinal(place, of) == text


def test_a_reading_has_share_interval_and_base(tidy: Callable[..., pd.DataFrame]) -> None:
    row = tidy({"estimate": 0.22, "conf_low": 0.19, "conf_high": 0.26, "unweighted_base": 1430.0}).iloc[0]
    assert words.reading(row) == f"22{THIN}% (19 to 26{THIN}%, base 1,430)"


def test_a_reading_says_where_its_base_is_low(tidy: Callable[..., pd.DataFrame]) -> None:
    few = {"estimate": 0.22, "conf_low": 0.12, "conf_high": 0.36, "unweighted_base": 50.0}
    assert words.reading(tidy({**few, "flag": "low base"}).iloc[0]).endswith(", low base 50)")
    assert words.reading(tidy(few).iloc[0]).endswith(", base 50)")


@pytest.mark.parametrize("space", [" ", "\u00a0", THIN])
def test_a_percent_sign_is_kept_with_its_figure(space: str) -> None:
    assert words.unbroken(f"Of 22{space}% and 5 % more, not %") == f"Of 22{THIN}% and 5{THIN}% more, not %"


def test_a_range_over_markets_names_its_ends(tidy: Callable[..., pd.DataFrame]) -> None:
    rows = tidy({"estimate": 0.27, "label": "Italy"}, {"estimate": 0.15, "label": "Germany"}, {"label": "Spain"})
    text = words.spread(rows.iloc[:2], "swayed by social media")
    assert text == f"Swayed by social media: from 15{THIN}% in Germany to 27{THIN}% in Italy"


def test_a_range_over_one_market_is_one_figure(tidy: Callable[..., pd.DataFrame]) -> None:
    text = words.spread(tidy({"estimate": 0.27, "label": "Italy"}), "swayed")
    assert text == f"Swayed: 27{THIN}% in Italy"


def test_a_lead_beyond_chance_says_so() -> None:
    text = words.lead("Reviews", "sign-up", gap(0.05), 0.95)
    assert text == "Reviews comes first, 5 points ahead of sign-up: more than chance would give."
    assert words.margin(gap(0.05), 0.95) == "by a clear margin"


def test_a_lead_within_chance_says_so() -> None:
    text = words.lead("Reviews", "sign-up", gap(0.05, 0.04), 0.95)
    assert text == "Reviews comes first, 5 points ahead of sign-up: too close to call."
    assert words.margin(gap(0.05, 0.04), 0.95) == "but too close to call"


def test_a_higher_level_asks_for_a_wider_lead() -> None:
    assert words.margin(gap(0.05, 0.023), 0.95) != words.margin(gap(0.05, 0.023), 0.99)


def test_no_lead_is_level() -> None:
    assert words.lead("Reviews", "sign-up", gap(0.001), 0.95) == "Reviews comes first, level with sign-up."


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (gap(0.07), "7 points above that among all adults"),
        (gap(-0.07), "7 points below that among all adults"),
        (gap(0.07), "more than chance would give"),
        (gap(-0.07), "more than chance would give"),
        (gap(0.02, 0.03), "which could be chance"),
        (gap(-0.02, 0.03), f"95{THIN}% interval {MINUS}8 to +4"),
    ],
)
def test_a_contrast_says_size_direction_interval_and_what_follows(difference: Difference, said: str) -> None:
    assert said in words.contrast("the young", "all adults", difference, 0.95)


def test_alt_text_holds_every_figure_and_names_what_is_withheld(tidy: Callable[..., pd.DataFrame]) -> None:
    rows = tidy({"estimate": 0.41, "label": "Email"}, {"estimate": 0.77, "label": "Letter", "flag": "suppressed"})
    text = words.chart_text("The finding", "Percent", rows, {"Email": 38.0}, "published figure")
    assert text.startswith("The finding. Percent. ")
    assert f"Email: 41{THIN}% (37 to 45{THIN}%, base 400), published figure 38{THIN}%" in text
    assert "Letter: not shown, base under the threshold" in text
    assert "77" not in text


def test_alt_text_names_the_domain_where_there_are_several(tidy: Callable[..., pd.DataFrame]) -> None:
    rows = tidy({"label": "Email", "domain_label": "All"}, {"label": "Email", "domain_label": f"18{DASH}34"})
    assert f"Email, 18{DASH}34: " in words.chart_text("T", "M", rows, {}, "published figure")


def test_a_language_without_a_catalogue_is_said_in_english() -> None:
    assert words.interval(0.19, 0.26, "fr") == f"19 to 26{THIN}%"


@pytest.mark.parametrize(
    ("end", "said"),
    [(0.004, "+0.4"), (-0.004, "\u22120.4"), (0.0004, "0"), (0.0, "0"), (0.012, "+1"), (-0.03, "\u22123")],
)
def test_the_end_of_an_interval_says_on_which_side_of_0_it_lies(end: float, said: str) -> None:
    assert words.signed_end(end) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(1, 1, "first"), (3, 4, "third or last"), (2, 3, "second or third"), (1, 4, "first to last"), (4, 4, "last")],
)
def test_the_places_that_one_of_four_could_hold(low: int, high: int, said: str) -> None:
    assert words.places(low, high, 4) == said


def test_languages_are_named_and_not_coded() -> None:
    assert words.languages(["en", "nl"]) == "English and Dutch"


def test_a_range_over_markets_leaves_out_what_is_withheld(tidy: Callable[..., pd.DataFrame]) -> None:
    low = {"estimate": 0.77, "label": "Malta", "flag": "suppressed", "unweighted_base": 12.0}
    text = words.spread(tidy({"estimate": 0.27, "label": "Italy"}, {"estimate": 0.15, "label": "Spain"}, low), "swayed")
    assert "77" not in text
    assert f"27{THIN}% in Italy" in text


def test_an_article_is_no_acronym() -> None:
    assert words.lower_first("A discount code") == "a discount code"
    assert words.lower_first("UK adults") == "UK adults"


def test_nothing_has_no_sign() -> None:
    gaps = (-0.004, 0.004, 0.04, -0.2, 12.04)
    assert [words.amount(value, "gap") for value in gaps] == ["0.00", "0.00", "+0.04", "\u22120.20", "+12.0"]


def test_a_p_value_inside_a_sentence() -> None:
    assert [words.p_said(p) for p in (0.0344, 0.0004)] == ["p = 0.034", "p < 0.001"]


def test_a_coefficient_has_two_decimals() -> None:
    assert [words.amount(value, "coefficient") for value in (0.7, -0.054)] == ["0.70", "\u22120.05"]
    assert words.span(0.6449, 0.71, "coefficient") == "0.64 to 0.71"
