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


# The fill of each text of a chart against what it stands on: the last whole shape below its middle, else the page.
CONTRAST = """() => {
  const rgb = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => rgb(colour).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const page = getComputedStyle(document.body).backgroundColor;
  const whole = one => { const s = getComputedStyle(one);
    return s.fill.startsWith("rgb(") && s.fillOpacity === "1" && s.opacity === "1"; };
  return [...document.querySelectorAll(".jb-chart svg")].filter(one => one.checkVisibility()).flatMap(svg => {
    const shapes = [...svg.querySelectorAll("path, rect")].filter(whole).map(one => [one, one.getBoundingClientRect()]);
    return [...svg.querySelectorAll("text")].map(text => {
      const box = text.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
      const under = shapes.filter(([one, b]) => b.left < x && x < b.right && b.top < y && y < b.bottom &&
        one.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING).pop();
      const colours = [getComputedStyle(text).fill, under ? getComputedStyle(under[0]).fill : page];
      const [low, high] = colours.map(light).sort((a, b) => a - b);
      return {text: text.textContent.trim().slice(0, 30), colours, ratio: (high + 0.05) / (low + 0.05)};
    });
  });
}"""


@pytest.mark.parametrize(("width", "mode"), [*MODES, (PHONE, "dark")])
@pytest.mark.parametrize("name", ["uk/influences", "uk/moments", "uk/voices", "markets/key_figures"])
def test_the_texts_of_a_chart_can_be_read(
    opened: Callable[..., Tab], shared: str, name: str, width: int, mode: str
) -> None:
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1; axe does not look into a picture."""
    texts = opened(f"{shared}{name}.html", width, mode).page.evaluate(CONTRAST)
    assert len(texts) > 10
    assert not {str(one) for one in texts if one["ratio"] < 4.5}
