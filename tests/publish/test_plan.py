"""Which pages a report has, and where they stand in the book."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.errors import JourneybookError
from analysis.publish.plan import Page, plan_report
from analysis.study.params import ALL_MARKETS, Study

CODES = ("uk", "fr", "de", "it", "es", "nl", "se")


def sources(pages: tuple[Page, ...]) -> list[str]:
    return [page.source.as_posix() for page in pages]


def test_one_market_has_a_landing_page_and_its_chapters_in_order(study: Study, root: Path) -> None:
    report = plan_report(study, "uk", root)
    assert sources(report.pages) == ["index", *(f"uk/{chapter}" for chapter in study.settings.chapters.market)]
    assert {page.country for page in report.pages} == {"uk"}
    assert report.markets == ("uk",)


def test_all_markets_have_their_chapters_and_the_comparison(study: Study, root: Path) -> None:
    report = plan_report(study, ALL_MARKETS, root)
    expected = ["index", *(f"markets/{chapter}" for chapter in study.settings.chapters.markets)]
    expected += [f"{code}/{chapter}" for code in CODES for chapter in study.settings.chapters.market]
    assert sources(report.pages) == expected
    assert report.markets == CODES


@pytest.mark.parametrize("country", ["uk", ALL_MARKETS])
def test_every_page_has_a_notebook_and_a_place_of_its_own(study: Study, root: Path, country: str) -> None:
    pages = plan_report(study, country, root).pages
    assert all(page.notebook.is_file() for page in pages)
    assert len(set(sources(pages))) == len(pages)


def test_a_page_is_titled_as_the_study_says(study: Study, root: Path) -> None:
    titles = {page.chapter: page.title for page in plan_report(study, ALL_MARKETS, root).pages}
    assert titles["influences"] == "Purchase: what sways it"
    assert titles["key_figures"] == "Key figures by market"


def test_pages_across_markets_are_run_for_all(study: Study, root: Path) -> None:
    pages = plan_report(study, ALL_MARKETS, root).pages
    across = {page.chapter for page in pages if page.country == ALL_MARKETS}
    assert across == {"index", *study.settings.chapters.markets}


def test_every_notebook_is_a_page_of_the_whole_report(study: Study, root: Path) -> None:
    planned = {page.notebook for page in plan_report(study, ALL_MARKETS, root).pages}
    assert planned == {path for path in (root / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts}


def test_a_page_is_named_by_market_and_chapter() -> None:
    assert str(Page(Path("notebooks/market/sample.ipynb"), "fr", "sample", "Who answered")) == "fr/sample"


def test_an_unknown_market_is_refused(study: Study, root: Path) -> None:
    with pytest.raises(JourneybookError) as refusal:
        plan_report(study, "gb", root)
    assert "did you mean uk?" in str(refusal.value)


def test_a_chapter_without_a_notebook_is_refused_with_the_nearest(study: Study, root: Path) -> None:
    chapters = study.settings.chapters.model_copy(update={"market": {"influence": {"en": "Influences"}}})
    broken = replace(study, settings=study.settings.model_copy(update={"chapters": chapters}))
    with pytest.raises(JourneybookError, match="did you mean influences") as refusal:
        plan_report(broken, "uk", root)
    assert refusal.value.exit_code == 2
    assert "chapters.market" in str(refusal.value)
