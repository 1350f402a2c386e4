"""Every link of the site leads somewhere: to pages, to places in them, to files, and to nothing that is not there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.slow

IN_STYLES = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")
DOWNLOADS = "downloads"


class Page(HTMLParser):
    """What a page points at, and the ids it can be pointed at by."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.loaded: list[str] = []
        self.downloads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loaded += [given[name] or "" for name in ("src", "data-src", "poster") if name in given]
        if tag == "link":
            self.loaded.append(given.get("href") or "")
        target = given.get("href") or ""
        if tag == "a" and ("download" in given or DOWNLOADS in Path(urlsplit(target).path).parts):
            self.downloads.append(target)
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


def test_nothing_is_loaded_from_another_host(parsed: dict[Path, Page]) -> None:
    """Links may lead outside; images, scripts and styles may not come from there."""
    loaded = {(path.name, target) for path, page in parsed.items() for target in page.loaded}
    assert loaded
    assert not {one for one in loaded if one[1].startswith(("http:", "https:", "//"))}


def test_every_file_that_a_style_asks_for_is_there(all_build: Any) -> None:
    sheets = sorted(all_build.site.rglob("*.css"))
    asked = {(sheet, url) for sheet in sheets for url in IN_STYLES.findall(sheet.read_text(encoding="utf-8"))}
    assert asked
    assert not {
        f"{sheet.name}: {url}"
        for sheet, url in asked
        if not url.startswith(("data:", "#")) and not (sheet.parent / unquote(urlsplit(url).path)).is_file()
    }


def test_every_chapter_of_a_market_lets_its_reader_take_something_along(
    parsed: dict[Path, Page], all_build: Any, markets: Any
) -> None:
    codes = [market.code for market in markets.markets]
    pages = [
        all_build.site / code / f"{name}.html" for code in codes for name in markets.study.settings.chapters.market
    ]
    assert len(pages) > len(codes)
    assert not [str(path.relative_to(all_build.site)) for path in pages if not parsed[path].downloads]


def test_every_download_is_a_file_with_something_in_it(parsed: dict[Path, Page], all_build: Any) -> None:
    found = {(path.parent / unquote(urlsplit(link).path)) for path, page in parsed.items() for link in page.downloads}
    assert found
    assert not {str(path) for path in found if not path.is_file() or not path.stat().st_size}


def test_every_file_below_downloads_is_linked(parsed: dict[Path, Page], all_build: Any) -> None:
    linked = {
        (path.parent / unquote(urlsplit(link).path)).resolve()
        for path, page in parsed.items()
        for link in page.downloads
    }
    kept = {path.resolve() for folder in all_build.site.rglob(DOWNLOADS) for path in folder.rglob("*.*")}
    assert kept
    assert not {str(path) for path in kept - linked}


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
