"""Labels of any text: shown as they are, whole, in the legend, the lines and the alt text of charts, and in tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pandas as pd
import pytest

from analysis.report import charts, tables
from analysis.report.bars import bars
from analysis.report.multiples import multiples
from analysis.report.page import Html
from analysis.report.slopes import slopes

pytestmark = pytest.mark.slow

LONG = "Somebody who would rather not be asked about this again, and says so at length, " * 6
LABELS = {
    "html": '<b>bold</b> & <i>"so"</i>',
    "dollars": "$x^2$ costs $5 and \\$6",
    "underscore": "_hidden, or is it",
    "newline": "two\nlines\tand a tab",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c",
    "emoji": "fine \U0001f600",
    "long": LONG.strip(),
    "unbroken": "x" * 500,
    "markdown": "**not bold** [no](link) {{ name }}",
}
SAID = {"measure": "Percent", "base": "adults", "source": "Here."}
Tidy = Callable[..., pd.DataFrame]


def texts(html: str) -> str:
    """What a reader sees of a picture or table: its texts, one after the other, without blanks."""
    seen = re.sub(r"<(title|desc|style|metadata)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s", "", unescape(re.sub(r"<[^>]*>", "", seen)))


def alt(html: str) -> str:
    found = re.findall(r'aria-label="([^"]*)"', html)
    return re.sub(r"\s", "", unescape(" ".join(found)))


def shown(label: str) -> str:
    return re.sub(r"\s", "", label)


def rows_of(tidy: Tidy, **values: object) -> pd.DataFrame:
    """A row for each of the labels."""
    return tidy(*({"label": label, "answer": name, **values} for name, label in LABELS.items()))


@pytest.mark.parametrize("draw", [charts.dots, bars], ids=["dots", "bars"])
def test_b062_labels_of_lines(tidy: Tidy, draw: Callable[..., Html]) -> None:
    html = draw(rows_of(tidy), title="t", **SAID).html
    for label in LABELS.values():
        assert texts(html).count(shown(label)) >= 2  # on a page and on a phone
        assert shown(label) in alt(html)
    assert max(map(len, re.findall(r">([^<]+)</text>", html))) < 80  # wrapped, the longest word, too


@pytest.mark.parametrize("draw", [charts.dots, slopes], ids=["dots", "slopes"])
def test_b062_labels_of_groups(tidy: Tidy, draw: Callable[..., Html]) -> None:
    """A legend leaves out none, not even one that begins with an underscore."""
    groups = ["_<b>$x^2$</b>\n**no** {{ name }} \u05e9\u05dc\u05d5\u05dd \U0001f600", LABELS["long"]]
    several = [rows_of(tidy, domain=f"d{n}", domain_label=label).head(2) for n, label in enumerate(groups)]
    html = draw(pd.concat(several, ignore_index=True), title="t", **SAID).html
    seen = texts(html)
    for label in groups:
        assert all(shown(word) in seen for word in label.split())
        assert shown(label) in alt(html)


def test_b062_labels_of_panels(tidy: Tidy) -> None:
    rows = pd.concat([rows_of(tidy, panel=LABELS[name], mark="") for name in ("html", "long")], ignore_index=True)
    html = multiples(rows, title="t", **SAID).html
    for label in LABELS.values():
        assert texts(html).count(shown(label)) >= 2
        assert shown(label) in alt(html)


@pytest.mark.parametrize("groups", [False, True])
def test_b062_labels_in_tables(tidy: Tidy, groups: bool) -> None:
    rows = rows_of(tidy)
    if groups:
        rows = pd.concat([rows, rows_of(tidy, domain="b", domain_label=LABELS["html"])], ignore_index=True)
    html = (tables.banner_table if groups else tables.share_table)(rows, title=LABELS["html"], **SAID).html
    for label in LABELS.values():
        assert shown(label) in texts(html)
    assert "<b>bold</b>" not in html and "<i>" not in html
