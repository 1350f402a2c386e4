"""Every kind of chart with the longest labels there are: nothing overlaps, nothing is cut, on a page and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.report import charts
from analysis.report.bars import bars
from analysis.report.curve import Axis, Panel, curves
from analysis.report.heat import heat
from analysis.report.multiples import multiples
from analysis.report.page import Html
from analysis.report.plane import plane
from analysis.report.rows import Estimates
from analysis.report.slopes import slopes
from analysis.study.codebook import Codebook
from analysis.study.params import Study
from analysis.study.settings import say

pytestmark = pytest.mark.slow

Tidy = Callable[..., pd.DataFrame]
ROOT = Path(__file__).parents[2]
CSS = (ROOT / "book" / "_static" / "journeybook.css").read_text(encoding="utf-8")
WIDTHS = (780, 350)
ENDLESS = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamte"
WIDE = "W" * 60
SHIFT = 2.0  # pixels that two boxes may share: they hold the room of letters that hang, too
# Texts of the drawing that is seen: what they say, and their boxes; and the box of the drawing.
PAGE = """<!doctype html><html lang="en" data-theme="light"><style>{css}
  body {{ margin: 0; font-family: {font}; }}</style><body class="bd-article">{body}"""
# The page's font is the reader's own: the widest that is common, and a narrow one.
FONTS = ("'DejaVu Sans', Verdana, sans-serif", "Arial, 'Liberation Sans', sans-serif")
BOXES = """svg => {
  const box = e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const texts = [...svg.querySelectorAll("text")].filter(e => e.textContent.trim());
  return {svg: box(svg), texts: texts.map(e => [e.textContent, box(e)])};
}"""


@pytest.fixture(scope="module")
def tab(browser: Any) -> Iterator[Any]:
    page = browser.new_page()
    yield page
    page.close()


def longest(texts: set[str], count: int = 3) -> list[str]:
    return sorted(texts, key=lambda text: (-len(text), text))[:count]


def labels_of(book: Codebook) -> tuple[list[str], list[str]]:
    """The longest labels of the codebook: of lines (items, answers, nets, questions), and of groups (answers, nets)."""
    answers: set[str] = set()
    lines: set[str] = set()
    for question in book.questions.values():
        lines.add(say(question.label, "en"))
        answers |= {say(text, "en") for text in question.answers.values()}
        answers |= {say(net.label, "en") for net in question.nets.values()}
        lines |= {say(item.label, "en") for item in question.items.values()}
    return longest(lines | answers), longest(answers)


@pytest.fixture(params=["the codebook's longest labels", "one endless word", "nothing but W"])
def words(request: pytest.FixtureRequest, study: Study) -> tuple[list[str], list[str]]:
    """Labels of three lines, and of four groups."""
    lines, groups = labels_of(study.codebook)
    if request.param == "one endless word":
        lines, groups = [ENDLESS, *lines[1:]], [ENDLESS, *groups[1:]]
    if request.param == "nothing but W":
        lines, groups = [WIDE, *lines[1:]], [WIDE, *groups[1:]]
    return lines, [*groups, "All"]


def battery(tidy: Tidy, lines: list[str], groups: list[str]) -> pd.DataFrame:
    """A figure a line and group: near each other, on large and low bases, one suppressed."""
    rows = [
        {"label": line, "domain": group, "domain_label": group, "estimate": 0.9 - 0.02 * n - 0.05 * m}
        for n, line in enumerate(lines)
        for m, group in enumerate(groups)
    ]
    made = tidy(*rows).assign(unweighted_base=12345.0, letter="A", above="")
    made.loc[:3, "unweighted_base"] = 9876.0
    made.loc[0, ["flag", "above"]] = ["low base", "A"]
    made.loc[len(made) - 1, "flag"] = "suppressed"
    return made.assign(conf_high=1.0)


def every_kind(tidy: Tidy, lines: list[str], groups: list[str]) -> dict[str, Html]:
    """A chart of each kind with these labels."""
    told = {"measure": f"{lines[0]}, % of those asked", "base": lines[1], "source": f"Source: {lines[2]}."}
    one, several = battery(tidy, lines, groups[:1]), battery(tidy, lines, groups)
    cells = battery(tidy, lines, groups).rename(columns={"domain_label": "column_label"})
    cells = cells.assign(row_label=cells["label"], domain_label="All", unit="points")
    panels = several.rename(columns={"domain_label": "panel"}).assign(domain_label="All", mark="above")
    line = tidy(*({"x": x, "label": f"{x}"} for x in range(20, 81, 5)))
    panel = Panel(line, line.iloc[::3])
    axis = Axis(lines[0], (18, 80), (20, 50, 80))
    sides = [Estimates(one.assign(estimate=one["estimate"] - n, conf_low=0.1), *told.values()) for n in (0.0, 0.3)]
    quadrants = (lines[0], lines[1], lines[2], lines[0])
    keyed = {**told, "title": lines[0]}
    return {
        "dots": charts.dots(one, **keyed, published={lines[0]: 38.0}),
        "dots by group": charts.dots(several, **keyed, published=38.0, mark=lines[1]),
        "dots of means": charts.dots(one.assign(unit="mean", estimate=3.0), **keyed, limits=(1, 5)),
        "dots of differences": charts.dots(several.assign(unit="points"), **keyed, bound=0.1),
        "dots of markets": charts.dots(one.assign(market=["uk", "average", "de"]), **keyed),
        "not asked": charts.dots(one.assign(flag=["", "not asked", ""]), **keyed),
        "bars": bars(one, **keyed, published={lines[0]: 38.0}),
        "slopes": slopes(several, **keyed),
        "slopes of two": slopes(several[several["domain"].isin(groups[:2])], **keyed),
        "heat": heat(cells, **keyed),
        "multiples": multiples(panels, **keyed, published=dict.fromkeys(groups, 38.0)),
        "curve": curves({"": panel}, axis, **keyed, observed=lines[1]),
        "curves": curves(dict.fromkeys(groups, panel), axis, **keyed, observed=lines[1]),
        "plane": plane(*sides, title=lines[0], axes=(lines[0], lines[1]), quadrants=quadrants),
    }


def faults(seen: dict[str, Any]) -> Iterator[str]:
    """Texts that leave their drawing, and pairs of texts that overlap."""
    left, top, right, bottom = seen["svg"]
    boxes = [(text, np.array(box)) for text, box in seen["texts"]]
    for text, box in boxes:
        if min(box[0] - left, box[1] - top, right - box[2], bottom - box[3]) < -SHIFT:
            yield f"{text!r} leaves the drawing: {box.round()} of {np.round(seen['svg'])}"
    for number, (text, box) in enumerate(boxes):
        for other, box_too in boxes[number + 1 :]:
            shared = np.minimum(box[2:], box_too[2:]) - np.maximum(box[:2], box_too[:2])
            if (shared > SHIFT).all():
                yield f"{text!r} and {other!r} overlap by {shared.round(1)}"


def test_no_text_overlaps_or_is_cut(tab: Any, tidy: Tidy, words: tuple[list[str], list[str]]) -> None:
    """On a page and on a phone, in a wide and in a narrow font, and as a picture that stands alone."""
    found = []
    for kind, chart in every_kind(tidy, *words).items():
        for width, font in product(WIDTHS, FONTS):
            tab.set_viewport_size({"width": width, "height": 900})
            tab.set_content(PAGE.format(css=CSS, font=font, body=chart.html))
            shown = [svg for svg in tab.query_selector_all("svg") if svg.is_visible()]
            assert len(shown) == 1, kind
            found += [f"{kind} at {width} in {font[:6]}: {fault}" for fault in faults(shown[0].evaluate(BOXES))]
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, kind
        (carried,) = chart.carried
        tab.set_content(f"<body>{carried.svg}")
        found += [f"{kind}, alone: {fault}" for fault in faults(tab.query_selector("svg").evaluate(BOXES))]
    assert not found, "\n".join(found)
