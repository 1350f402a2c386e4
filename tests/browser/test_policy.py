"""The site does its work on a server that forbids every script and style that stands in a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from visiting import KINDS, LOOK, POLICY, WIDTHS, Tab

pytestmark = pytest.mark.slow

INLINE = re.compile(
    r"""<script\b(?![^>]*\bsrc=)(?![^>]*\btype="application/)|<style\b|<[a-z][^<>]*\s(?:style|on[a-z]+)=|javascript:"""
)
GROUND = "getComputedStyle(document.body).backgroundColor"
DRAWN = """[...document.querySelectorAll(".jb-chart svg")].filter(e => e.checkVisibility()).map(e =>
  [...e.querySelectorAll("path, text")].slice(0, 400).map(one => {
    const {fill, stroke, strokeWidth, strokeDasharray, fontSize, textAnchor} = getComputedStyle(one);
    return [one.tagName, fill, stroke, strokeWidth, strokeDasharray, fontSize, textAnchor].join(" ");
  }))"""


def test_the_policy_allows_no_exception() -> None:
    assert "unsafe" not in POLICY and "*" not in POLICY


def test_no_page_holds_a_script_a_style_or_a_handler(all_build: Any) -> None:
    found = {
        path.relative_to(all_build.site).as_posix(): INLINE.search(path.read_text("utf-8")) for path in all_build.pages
    }
    assert found
    assert not {name: match[0] for name, match in found.items() if match}


def test_a_page_that_breaks_the_policy_is_noticed(
    opened: Callable[..., Tab], serve: Callable[[Path], str], tmp_path: Path
) -> None:
    """The other tests see nothing because there is nothing, not because they are blind."""
    inside = '<script>window.ran = true</script><p style="color: red">1</p><style>p { color: red }</style>'
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><html><body>{inside}<img src=/up.png></body></html>", "utf-8")
    tab = opened(f"{serve(tmp_path)}page.html")
    forbidden = [one.split()[0] for one in tab.page.evaluate(LOOK)["forbidden"]]
    assert sorted(forbidden) == ["script-src-elem", "style-src-attr", "style-src-elem"]
    assert tab.failed and len(tab.errors) >= 3
    assert not tab.page.evaluate("window.ran")


@pytest.mark.parametrize("name", KINDS.values())
def test_a_chart_looks_the_same_with_and_without_the_policy(
    opened: Callable[..., Tab], shared: str, served: str, name: str
) -> None:
    free, strict = (opened(f"{base}{name}.html").page.evaluate(DRAWN) for base in (shared, served))
    assert free == strict
    assert all(len(set(chart)) > 3 for chart in strict)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_switch_between_light_and_dark_works_and_is_remembered(
    opened: Callable[..., Tab], served: str, width: int
) -> None:
    tab = opened(f"{served}uk/influences.html", width)
    light = tab.page.evaluate(GROUND)
    grounds = set()
    for _ in range(3):  # light, dark, as the system has it
        tab.page.locator(".theme-switch-button:visible").click()
        grounds.add(tab.page.evaluate(GROUND))
    assert len(grounds) == 2 and light in grounds
    while tab.page.evaluate(GROUND) == light:
        tab.page.locator(".theme-switch-button:visible").click()
    tab.page.goto(f"{served}fr/influences.html")
    assert tab.page.evaluate(GROUND) != light
    assert not tab.page.evaluate("window.forbidden") and not tab.errors


def test_the_contents_unfold_on_a_phone(opened: Callable[..., Tab], served: str) -> None:
    tab = opened(f"{served}uk/influences.html", WIDTHS[1])
    tab.page.locator(".primary-toggle").click()
    link = tab.page.locator("dialog[open] a:has-text('Glossary')")
    link.wait_for()
    link.click()
    assert tab.page.url == f"{served}glossary.html"
    assert not tab.errors
