"""Nothing that a strict content-security policy forbids is left in a page, and what it did is done by files."""

from __future__ import annotations

import re

import pytest

from analysis.publish.inline import moved_out

HEAD = "<html><head><title>t</title></head><body>{}</body></html>"


def out(body: str, root: str = "") -> tuple[str, dict[str, str]]:
    return moved_out(HEAD.format(body), root)


def rules(files: dict[str, str]) -> dict[str, str]:
    """What each class of the files says."""
    return dict(re.findall(r"\.(\S+):not\(#_\) { (.*) }", "".join(files.values())))


def test_a_script_moves_to_a_file_and_keeps_its_place_and_attributes() -> None:
    page, files = out("<p>a</p><script data-x='1'>let a = '</p>';</script><p>b</p>", "../")
    ((name, content),) = files.items()
    assert name.startswith("_static/") and name.endswith(".js")
    assert content == "let a = '</p>';\n"
    assert f"<p>a</p><script data-x='1' src=\"../{name}\"></script><p>b</p>" in page


def test_scripts_that_are_files_or_data_stay() -> None:
    body = '<script src="a.js"></script><script type="application/json">{"a": 1}</script>'
    assert out(body) == (HEAD.format(body), {})


def test_the_same_script_is_one_file_and_another_is_another() -> None:
    page, files = out("<script>a()</script><script>a()</script><script>b()</script>")
    assert sorted(files.values()) == ["a()\n", "b()\n"]
    assert page.count("src=") == 3


def test_the_name_of_the_page_is_no_file_of_its_own() -> None:
    assert out("<script>DOCUMENTATION_OPTIONS.pagename = 'uk/sample';</script>") == (HEAD.format(""), {})


def test_a_style_attribute_becomes_a_class_beside_those_there_are() -> None:
    page, files = out('<b class="x" style="color: red">1</b><i style="color: red">2</i>')
    ((name, said),) = rules(files).items()
    assert said == "color: red"
    assert f'<b class="{name} x">1</b><i class="{name}">2</i>' in page
    assert '<link rel="stylesheet" href="_static/' in page.partition("</head>")[0]


def test_a_style_keeps_its_quotes_and_entities() -> None:
    _, files = out("<b style='font-family: \"A &amp; B\"'>1</b>")
    assert list(rules(files).values()) == ['font-family: "A & B"']


@pytest.mark.parametrize(
    "body",
    [
        '<text style="fill: red" x="1">1</text>',
        '<path d="M 0 0\nz\n" style="fill: red"/>',
        '<path\n style="fill: red"\n/>',
        '<p title="a > b" hidden style="fill: red">1</p>',
        '<p title="it\'s" style="fill: red">1</p>',
        "<p title='a \" b' style = 'fill: red'>1</p>",
        '<P STYLE="fill: red">1</P>',
    ],
)
def test_a_style_is_found_wherever_it_stands_in_a_tag(body: str) -> None:
    page, files = out(body)
    assert "style=" not in page.partition("</head>")[2].lower()
    assert list(rules(files).values()) == ["fill: red"]


@pytest.mark.parametrize(
    "body",
    ['<p>Write style="x" there.</p>', "<p title=\"a style='x' onclick='y'\">1</p>", '<p data-style="x">1</p>'],
)
def test_what_only_reads_like_a_style_stays(body: str) -> None:
    assert out(body) == (HEAD.format(body), {})


def test_style_elements_become_sheets_in_the_head() -> None:
    page, files = out('<svg><style type="text/css">* { a: b }</style></svg><svg><style>* { a: b }</style></svg>')
    assert list(files.values()) == ["* { a: b }\n"]
    assert page.count("<link") == 1 and "<svg></svg><svg></svg>" in page


def test_a_style_in_the_head_stays_where_it_was() -> None:
    page, files = moved_out("<head><noscript><style>p {}</style></noscript></head><p></p>", "")
    ((name, _),) = files.items()
    assert page == f'<head><noscript><link rel="stylesheet" href="{name}" /></noscript></head><p></p>'


def test_handlers_are_dropped() -> None:
    assert out('<a href="#" onclick="go()" onmouseover=\'x\'>1</a>') == (HEAD.format('<a href="#">1</a>'), {})


def test_a_page_done_twice_is_the_same_page() -> None:
    once, files = out('<script>a()</script><b style="a: b">1</b><style>p {}</style>')
    assert files
    assert moved_out(once, "") == (once, {})
