"""Search finds what the site says, from a file share and from a strict server, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from visiting import WIDTHS, Tab

pytestmark = pytest.mark.slow

FOUND = '#search-results li a[href*="glossary.html"]'


@pytest.fixture(params=["shared", "served"])
def base(request: pytest.FixtureRequest) -> str:
    """The site's address, on a file share and on a server."""
    address: str = request.getfixturevalue(request.param)
    return address


def all_well(tab: Tab, base: str) -> bool:
    asked = [url for url in tab.asked if not url.startswith((base, "data:"))]
    return (asked, tab.failed, tab.errors) == ([], [], [])


@pytest.mark.parametrize("width", WIDTHS)
def test_search_finds_a_word(opened: Callable[..., Tab], base: str, width: int) -> None:
    tab = opened(f"{base}search.html", width)
    tab.page.locator("input[name=q]:visible").first.fill("fieldwork")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_selector(FOUND, timeout=30_000).click()
    tab.page.wait_for_selector("dt:has-text('Fieldwork')")
    assert tab.page.url.startswith(f"{base}glossary.html")
    assert all_well(tab, base)


def test_search_is_done_from_any_page_without_a_mouse(opened: Callable[..., Tab], base: str) -> None:
    tab = opened(f"{base}uk/influences.html")
    tab.page.keyboard.press("Control+K")
    tab.page.keyboard.type("fieldwork")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_selector(FOUND, timeout=30_000)
    tab.page.locator(FOUND).first.focus()
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_selector("dt:has-text('Fieldwork')")
    assert all_well(tab, base)


def test_a_server_shows_what_a_page_says_beside_its_title(opened: Callable[..., Tab], served: str) -> None:
    """A page from a file share may not read the others, so that only titles can be shown there."""
    tab = opened(f"{served}search.html?q=fieldwork")
    said = tab.page.wait_for_selector("#search-results li p.context", timeout=30_000)
    assert len(said.inner_text()) > 20


@pytest.mark.parametrize("word", ["zzyzx"])
def test_search_says_when_nothing_is_found(opened: Callable[..., Tab], base: str, word: str) -> None:
    tab = opened(f"{base}search.html?q={word}")
    told = tab.page.wait_for_selector("#search-results p.search-summary:has-text('did not match')", timeout=30_000)
    assert told.is_visible()
    assert not tab.page.locator("#search-results li").count()


def test_a_search_for_markup_shows_it_as_text(opened: Callable[..., Any], served: str) -> None:
    tab = opened(f"{served}search.html?q=%3Cimg%20src%3Dx%3E")
    tab.page.wait_for_selector("#search-results p.search-summary", timeout=30_000)
    assert not tab.page.locator('img[src="x"]').count()
    assert not tab.errors
