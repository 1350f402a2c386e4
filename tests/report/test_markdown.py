"""A text in a page's Markdown is read as it was written, whatever is in it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from analysis.report.markdown import Markdown, as_markdown, code, literal

MARKS = "\\`*_{}[]()<>|~$&#^\"'!-+=%:;.@/ \t\n0123456789abc"


@pytest.fixture(scope="module")
def parser() -> Any:
    """MyST, as the book's settings have it."""
    return create_md_parser(MdParserConfig(enable_extensions={"colon_fence", "deflist"}), RendererHTML)


def shown(parser: Any, markdown: str) -> str:
    return str(parser.render(markdown)).strip()


def read(text: str) -> str:
    """A text as a reader meets it: its spaces are one."""
    return " ".join(text.split())


@given(text=st.text(alphabet=MARKS, min_size=1, max_size=40))
def test_any_text_is_one_paragraph_of_itself(parser: Any, text: str) -> None:
    html = shown(parser, f"Before {literal(text)} after")
    inside = re.fullmatch(r"<p>([^<]*)</p>", html)
    assert inside, html
    assert read(unescape(inside[1])) == read(f"Before {text} after")


@given(text=st.text(alphabet=MARKS, min_size=1, max_size=40).filter(lambda text: text[:1].strip() and text.strip()))
def test_any_text_may_begin_a_line_or_a_heading(parser: Any, text: str) -> None:
    for before, tag in (("", "p"), ("# ", "h1")):
        html = shown(parser, f"{before}{literal(text)}")
        inside = re.fullmatch(rf"<{tag}>([^<]*)</{tag}>", html)
        assert inside, html
        assert read(unescape(inside[1])) == read(text)


@given(text=st.text(alphabet=MARKS, min_size=1, max_size=40))
def test_any_text_is_one_cell_of_a_table_and_of_html(parser: Any, text: str) -> None:
    html = shown(parser, f"| A | B |\n|:--|:--|\n| {literal(text)} | last |\n")
    assert html.count("<td") == 2 and "last</td>" in html
    assert "<" not in literal(text) and '"' not in literal(text)


@given(text=st.text(alphabet=MARKS, min_size=1, max_size=40).filter(lambda text: text.strip() and "\n" not in text))
def test_any_text_is_one_span_of_code(parser: Any, text: str) -> None:
    html = shown(parser, f"Before {code(text)} after")
    inside = re.fullmatch(r"<p>Before <code>([^<]*)</code> after</p>", html)
    assert inside, html
    assert read(unescape(inside[1])) == read(text)


def test_only_what_is_markdown_stays_markdown() -> None:
    assert as_markdown(Markdown("[a](b.ipynb)")) == "[a](b.ipynb)"
    assert as_markdown("[a](b.ipynb)") == "&#91;a&#93;(b.ipynb)"
    assert as_markdown(39) == "39"
    assert as_markdown("39\u202f% (34 to 44\u202f%, base 430)") == "39\u202f% (34 to 44\u202f%, base 430)"
