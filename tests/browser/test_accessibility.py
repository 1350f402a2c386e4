"""Each kind of page put to axe, in both widths and both modes, with all that it folds away unfolded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from visiting import KINDS, WIDTHS, Tab

pytestmark = pytest.mark.slow

DESK, PHONE = WIDTHS
MODES = [(DESK, "light"), (PHONE, "light"), (DESK, "dark")]
ENOUGH = 10  # figures of a page, all made the same way: axe takes minutes for the hundred of a topline
READY = f"""document.querySelectorAll("details").forEach(one => one.open = true);
document.querySelectorAll(".jb-figure").forEach((one, number) => number < {ENOUGH} || one.remove())"""
# A chart is one picture with a name: what is inside is looked at below.
AXE = """axe.run({exclude: [["svg[role=img] > *"]]}, {resultTypes: ["violations"]}).then(r => r.violations.flatMap(
  one => one.nodes.map(node => `${one.impact} ${one.id}: ${node.target} ${node.html.slice(0, 160)}`)))"""


def violations(page: Any) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(AXE)
    return found


@pytest.mark.parametrize(("width", "mode"), MODES)
@pytest.mark.parametrize("name", KINDS.values())
def test_axe_finds_nothing(opened: Callable[..., Tab], shared: str, name: str, width: int, mode: str) -> None:
    page = opened(f"{shared}{name}.html", width, mode).page
    assert page.evaluate("document.documentElement.dataset.theme") == mode
    page.evaluate(READY)
    page.wait_for_timeout(400)  # the theme looks anew at what scrolls
    assert violations(page) == []


@pytest.mark.parametrize(
    ("width", "button"), [(PHONE, ".primary-toggle"), (PHONE, ".secondary-toggle"), (DESK, ".search-button-field")]
)
def test_axe_finds_nothing_where_a_dialog_is_open(
    opened: Callable[..., Tab], shared: str, width: int, button: str
) -> None:
    page = opened(f"{shared}uk/influences.html", width).page
    page.locator(button).click()
    page.wait_for_selector("dialog[open]")
    page.wait_for_timeout(400)
    assert violations(page) == []
