"""Every page of the site as a stakeholder opens it: on a desk from a file share, on a phone from a strict server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from visiting import HEIGHT, KINDS, WIDTHS, Visit, visit

pytestmark = pytest.mark.slow

BANNER = "Illustration, not a finding."
# Pages that the book's builder makes itself: they show no figure of any market.
MADE = {"search", "genindex"}
TALLEST = 12_000  # pixels of a picture


def look(browser: Any, build: Any, places: dict[int, str]) -> list[Visit]:
    """Every page of a site, at each width from its own place."""
    visits = []
    for width, base in places.items():
        context = browser.new_context(viewport={"width": width, "height": HEIGHT})
        names = [path.relative_to(build.site).with_suffix("").as_posix() for path in build.pages]
        visits += [visit(context, name, width, base) for name in names]
        context.close()
    return visits


@pytest.fixture(scope="session")
def visits(browser: Any, all_build: Any, shared: str, served: str) -> list[Visit]:
    """Every page of the site of all markets: wide as files, narrow from a server."""
    return look(browser, all_build, dict(zip(WIDTHS, (shared, served), strict=True)))


@pytest.fixture(scope="session")
def real_visits(browser: Any, ipsos_build: Any, serve: Callable[[Path], str]) -> list[Visit]:
    """Every page of the real study's site: wide as files, narrow from a server."""
    places = (f"{ipsos_build.site.as_uri()}/", serve(ipsos_build.site))
    return look(browser, ipsos_build, dict(zip(WIDTHS, places, strict=True)))


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


def test_no_page_asks_another_host_or_leaves_its_folder(visits: list[Visit]) -> None:
    assert not {str(one): one.elsewhere for one in visits if one.elsewhere}


def test_no_page_has_an_error(visits: list[Visit]) -> None:
    assert not {str(one): one.errors for one in visits if one.errors}


def test_nothing_is_tried_that_a_strict_policy_forbids(visits: list[Visit]) -> None:
    assert not {str(one): one.forbidden for one in visits if one.forbidden}


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
    assert not [str(one) for one in real_visits if BANNER in one.banner]
    assert [str(one) for one in real_visits if one.of_a_market and "Internal edition" not in one.banner] == []


def test_every_page_says_which_edition_it_is(uk_build: Any, ipsos_build: Any) -> None:
    for build, edition in ((uk_build, "Public edition"), (ipsos_build, "Internal edition")):
        read = [p for p in build.pages if p.name not in ("search.html", "genindex.html")]
        assert read and not [p.name for p in read if edition not in p.read_text(encoding="utf-8")]
    assert not [p.name for p in ipsos_build.pages if BANNER in p.read_text(encoding="utf-8")]


def test_the_real_study_opens_like_the_bundled_one(real_visits: list[Visit]) -> None:
    wrong = {
        str(one): (one.failed, one.elsewhere, one.errors, one.forbidden, one.scroll, one.headings)
        for one in real_visits
        if one.failed
        or one.elsewhere
        or one.errors
        or one.forbidden
        or one.scroll > one.width
        or len(one.headings) != 1
    }
    assert not wrong


# ---- pictures


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", KINDS.values())
def test_each_kind_of_page_is_pictured(
    opened: Callable[..., Any], shared: str, root: Path, name: str, width: int
) -> None:
    """Kept in build/screenshots, to be looked at."""
    kept = root / "build" / "screenshots" / f"{name.replace('/', '_')}_{width}.png"
    kept.unlink(missing_ok=True)
    page = opened(f"{shared}{name}.html", width).page
    height = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
    page.screenshot(path=kept, full_page=True, clip=clip)
    assert kept.stat().st_size > 2_000  # the index of terms is nearly empty
