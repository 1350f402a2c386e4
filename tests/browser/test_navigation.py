"""A reader without a mouse gets everywhere, and sees where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from visiting import KINDS, WIDTHS, Tab

pytestmark = pytest.mark.slow

STOPS = 400  # of the Tab key, at most
HERE = """() => {
  const e = document.activeElement;
  const ring = one => { const s = getComputedStyle(one);
    return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none"; };
  const shown = one => { const box = one.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight; };
  const name = (e.ariaLabel ?? e.textContent).trim().slice(0, 40);
  return {
    what: e === document.body ? "" : `${e.tagName} ${e.id} ${e.className} ${name}`,
    number: [...document.querySelectorAll("*")].indexOf(e),
    seen: [e, ...e.querySelectorAll("*")].some(shown),
    ringed: [e, ...e.querySelectorAll("*")].some(ring),
  };
}"""
# What scrolls sideways or folds, and is seen: by its number in the page.
NEEDED = """() => [...document.querySelectorAll("main *, #pst-primary-sidebar *")].filter(e =>
  e.checkVisibility({visibilityProperty: true}) && (
  e.tagName === "SUMMARY" || (e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX)))
).map(e => [[...document.querySelectorAll("*")].indexOf(e), e.outerHTML.slice(0, 120)])"""


def stops(page: Any) -> list[dict[str, Any]]:
    """Where the Tab key leads, from the top of the page until it leaves it."""
    made = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if not here["what"] or (made and here["number"] == made[0]["number"]):
            return made
        made.append(here)
    return made


@pytest.mark.parametrize("name", KINDS.values())
def test_the_first_stop_is_the_way_to_the_text(opened: Callable[..., Tab], shared: str, name: str) -> None:
    page = opened(f"{shared}{name}.html").page
    page.evaluate("document.activeElement.blur()")  # the search page sets the focus to its field
    page.evaluate("window.getSelection().setPosition(document.body, 0)")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"
    assert page.evaluate(HERE)["seen"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["uk/influences", "markets/differences", "markets/verdicts"])
def test_the_keyboard_reaches_all_that_scrolls_or_folds_and_shows_where_it_is(
    opened: Callable[..., Tab], shared: str, name: str, width: int
) -> None:
    page = opened(f"{shared}{name}.html", width).page
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    page.wait_for_timeout(500)  # the theme looks anew at what scrolls
    reached = stops(page)
    needed = dict(page.evaluate(NEEDED))
    assert len(reached) > 5
    assert not {what for number, what in needed.items() if number not in {one["number"] for one in reached}}
    assert not [one["what"] for one in reached if not one["seen"] or not one["ringed"]]


def test_the_theme_is_switched_from_the_keyboard(opened: Callable[..., Tab], shared: str) -> None:
    page = opened(f"{shared}index.html").page
    themes = []
    page.locator(".theme-switch-button:visible").focus()
    for _ in range(3):
        page.keyboard.press("Enter")
        themes.append(page.evaluate("document.documentElement.dataset.theme"))
    assert set(themes) == {"light", "dark"}


def test_escape_closes_the_contents_of_a_phone_and_gives_the_focus_back(
    opened: Callable[..., Tab], shared: str
) -> None:
    page = opened(f"{shared}uk/influences.html", WIDTHS[1]).page
    page.locator(".primary-toggle").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    assert page.evaluate("document.activeElement.classList.contains('primary-toggle')")
