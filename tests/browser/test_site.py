"""The whole site as a stakeholder opens it: from a file share, offline, on a desk and on a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.slow

WIDTHS = (1280, 390)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BANNER = "Illustration, not a finding."
# Pages that the book's builder makes itself: they show no figure of any market.
MADE = {"search", "genindex"}
LOOK = """() => ({
  scroll: document.documentElement.scrollWidth,
  headings: [...document.querySelectorAll("h1")].filter(e => e.checkVisibility()).map(e => e.innerText.trim()),
  banner: document.querySelector(".jb-banner")?.textContent ?? "",
  charts: [...document.querySelectorAll(".jb-chart")].map(chart => {
    const seen = [...chart.querySelectorAll("svg")].filter(e => e.checkVisibility() && e.clientWidth > 0);
    return seen.map(e => ({role: e.getAttribute("role"), name: e.getAttribute("aria-label") ?? ""}));
  }),
})"""


@dataclass
class Visit:
    """What one page did and showed at one width."""

    page: str
    width: int
    scroll: int
    headings: list[str]
    banner: str
    charts: list[list[dict[str, str]]]
    failed: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.page} at {self.width} px"

    @property
    def of_a_market(self) -> bool:
        return "/" in self.page


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = shutil.which("chromium")
    if path is None:
        told = "Chromium is not installed: the site cannot be looked at"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


def visit(browser: Any, site: Path, path: Path, width: int) -> Visit:
    """Opens a page as a file, and waits until it has come to rest."""
    tab = browser.new_page(viewport={"width": width, "height": 900})
    failed: list[str] = []
    elsewhere: list[str] = []
    errors: list[str] = []
    tab.on("requestfailed", lambda request: failed.append(request.url))
    tab.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else elsewhere.append(r.url))
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(path.as_uri(), wait_until="load")
    shown = tab.evaluate(LOOK)
    tab.close()
    name = path.relative_to(site).with_suffix("").as_posix()
    return Visit(name, width, **shown, failed=failed, elsewhere=elsewhere, errors=errors)


@pytest.fixture(scope="session")
def visits(browser: Any, all_build: Any) -> list[Visit]:
    """Every page of the site of all markets, at every width."""
    return [visit(browser, all_build.site, path, width) for width in WIDTHS for path in all_build.pages]


@pytest.fixture(scope="session")
def real_visits(browser: Any, ipsos_build: Any) -> list[Visit]:
    """Every page of the real study's site, at every width."""
    return [visit(browser, ipsos_build.site, path, width) for width in WIDTHS for path in ipsos_build.pages]


def read(visits: list[Visit]) -> list[Visit]:
    """The pages that somebody wrote, by hand or by notebook."""
    return [one for one in visits if one.page not in MADE]


# ---- every page at every width


def test_every_market_and_every_written_page_was_opened(visits: list[Visit], markets: Any, root: Path) -> None:
    opened = {one.page for one in visits}
    chapters = markets.study.settings.chapters
    assert {f"{m.code}/{name}" for m in markets.markets for name in chapters.market} <= opened
    assert {f"markets/{name}" for name in chapters.markets} | {"index"} <= opened
    assert {path.stem for path in (root / "book").glob("*.md")} <= opened


def test_nothing_a_page_asks_for_is_missing(visits: list[Visit]) -> None:
    assert not {str(one): one.failed for one in visits if one.failed}


def test_no_page_asks_another_host(visits: list[Visit]) -> None:
    assert not {str(one): one.elsewhere for one in visits if one.elsewhere}


def test_no_page_has_an_error(visits: list[Visit]) -> None:
    assert not {str(one): one.errors for one in visits if one.errors}


def test_no_page_scrolls_sideways(visits: list[Visit]) -> None:
    assert not {str(one): one.scroll for one in visits if one.scroll > one.width}


def test_every_page_has_one_heading_that_says_something(visits: list[Visit]) -> None:
    assert not {str(one): one.headings for one in visits if len(one.headings) != 1 or not one.headings[0]}


def test_no_placeholder_is_left_in_a_heading(visits: list[Visit]) -> None:
    assert not {str(one): one.headings for one in visits if "{" in "".join(one.headings)}


def test_every_chart_is_seen_once_and_named(visits: list[Visit]) -> None:
    wrong = {
        str(one): chart
        for one in visits
        for chart in one.charts
        if len(chart) != 1 or chart[0]["role"] != "img" or len(chart[0]["name"]) < 40
    }
    assert not wrong


def test_every_page_of_a_market_has_a_chart_or_a_table(visits: list[Visit]) -> None:
    assert sum(len(one.charts) for one in visits if one.of_a_market) >= 2 * 7 * 6


def test_every_page_with_figures_says_that_its_respondents_are_synthetic(visits: list[Visit]) -> None:
    needed = [one for one in visits if one.of_a_market or one.page in ("index", "data")]
    assert needed
    assert not [str(one) for one in needed if BANNER not in one.banner]


# ---- the real study


def test_the_real_study_is_nowhere_called_synthetic(real_visits: list[Visit], ipsos_build: Any) -> None:
    assert not [str(one) for one in real_visits if one.banner]
    assert not [p.name for p in ipsos_build.pages if BANNER in p.read_text(encoding="utf-8")]


def test_the_real_study_opens_like_the_bundled_one(real_visits: list[Visit]) -> None:
    wrong = {
        str(one): (one.failed, one.elsewhere, one.errors, one.scroll, one.headings)
        for one in real_visits
        if one.failed or one.elsewhere or one.errors or one.scroll > one.width or len(one.headings) != 1
    }
    assert not wrong


# ---- search


@pytest.mark.parametrize("width", WIDTHS)
def test_search_finds_a_word_offline(browser: Any, all_build: Any, width: int) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto((all_build.site / "search.html").as_uri())
    tab.locator("input[name=q]:visible").first.fill("fieldwork")
    tab.keyboard.press("Enter")
    link = tab.wait_for_selector('#search-results li a[href*="glossary.html"]', timeout=30_000)
    link.click()
    tab.wait_for_selector("dt:has-text('Fieldwork')")
    reached = tab.url
    tab.close()
    assert reached.startswith((all_build.site / "glossary.html").as_uri())
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]


# ---- links


class Page(HTMLParser):
    """What a page points at, and the ids it can be pointed at by."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            elif name in ("href", "src", "xlink:href", "data-src", "poster") and value is not None:
                self.targets.append(value)
            elif name in ("aria-labelledby", "aria-describedby", "for", "headers") and value:
                self.targets += [f"#{one}" for one in value.split()]


@pytest.fixture(scope="session")
def parsed(all_build: Any) -> dict[Path, Page]:
    return {path: Page(path) for path in all_build.pages}


def dead(path: Path, target: str, parsed: dict[Path, Page], site: Path) -> bool:
    """Whether a target inside the site leads nowhere."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return False
    file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not file.is_file() or not file.is_relative_to(site.resolve()):
        return True
    anchor = unquote(parts.fragment)
    return bool(anchor) and file in parsed and anchor not in parsed[file].ids


def test_no_link_inside_the_site_is_dead(parsed: dict[Path, Page], all_build: Any) -> None:
    site = all_build.site
    found = {
        f"{path.relative_to(site)} -> {target}"
        for path, page in parsed.items()
        for target in page.targets
        if dead(path, target, parsed, site)
    }
    assert not found


def test_nothing_is_loaded_from_another_host(parsed: dict[Path, Page], all_build: Any) -> None:
    """Links may lead outside; images, scripts and styles may not come from there."""
    outside = ("http:", "https:", "//")
    loaded = {
        f"{path.name}: {line.strip()[:120]}"
        for path in parsed
        for line in path.read_text(encoding="utf-8").splitlines()
        if any(f'src="{start}' in line or (f'href="{start}' in line and "<link" in line) for start in outside)
    }
    assert parsed
    assert not loaded


def test_ids_are_unique_on_every_page(parsed: dict[Path, Page], all_build: Any) -> None:
    twice = {
        str(path.relative_to(all_build.site)): sorted({one for one in page.ids if page.ids.count(one) > 1})
        for path, page in parsed.items()
        if len(page.ids) != len(set(page.ids))
    }
    assert not twice


def test_every_market_is_one_click_from_the_same_chapter_elsewhere(parsed: dict[Path, Page], all_build: Any) -> None:
    targets = parsed[all_build.site / "fr" / "influences.html"].targets
    assert {f"../{code}/influences.html" for code in ("uk", "de", "it", "es", "nl", "se")} <= set(targets)
