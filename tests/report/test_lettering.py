"""Rows of text that are no wider than they may be, measured in the widest font that a page may have."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.textpath import TextPath

from analysis.report.lettering import _font, width, wrapped


@pytest.mark.parametrize("text", ["Recommendations on social networks", "WWW", "22\u202f%*", "\u00dcberraschung"])
def test_a_width_is_that_of_the_drawn_text(text: str) -> None:
    """As wide as matplotlib's outline of it, which leaves out the blank at both its ends."""
    drawn = TextPath((0, 0), text, size=9.5).get_extents().width
    assert drawn - 1 <= width(text, 9.5) <= drawn + 2.5


def test_bold_is_wider() -> None:
    assert width("bold", 10, bold=True) > width("bold", 10)


def test_a_letter_that_the_font_does_not_have_has_the_width_of_its_size() -> None:
    assert width("\U0001f9ed", 10) == 10


def test_rows_break_between_words() -> None:
    assert wrapped("one two three", width("one two", 10), 10) == ["one two", "three"]


def test_a_word_that_is_too_wide_is_broken_at_its_hyphen_or_where_it_must() -> None:
    assert wrapped("live-stream", width("stream", 10), 10) == ["live-", "stream"]
    assert wrapped("mmmmmm", width("mmmm", 10), 10) == ["mmmm", "mm"]


def test_what_a_narrow_space_joins_stays_together() -> None:
    assert wrapped("as many as 22\u202f%", width("as many as 22", 10), 10) == ["as many as", "22\u202f%"]


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc", "Zs"]) | st.just(" "), max_size=80))
def test_no_row_is_too_wide_and_no_letter_is_lost(text: str) -> None:
    rows = wrapped(text, 40, 10)
    assert all(width(row, 10) <= 40 for row in rows)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked here")
def test_a_forked_process_opens_its_fonts_anew() -> None:
    """The place in an open file is shared with whoever it was forked from and beside."""
    width("a", 10)
    assert _font.cache_info().currsize
    child = os.fork()
    if not child:
        os._exit(_font.cache_info().currsize)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
