"""A report without the markets that failed: which pages are left, what the overview says, and when nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from reports import page_of, report_of

from analysis.errors import JourneybookError, Problem
from analysis.publish.due import Agenda, Due
from analysis.publish.keys import Inputs
from analysis.publish.missing import Refusals, left_of, note, of_markets, problems_of, refused_by, to_render, unlinked
from analysis.publish.plan import Missing, Report
from analysis.publish.store import Result

REFUSED = JourneybookError("data", Problem("fr.csv, line 2", "not a code", "9"))
FAILED = JourneybookError("report", Problem("fr, sample.ipynb", "the kernel died"))


@pytest.fixture
def report(small: Path) -> Report:
    return report_of(small)


def names(report: Report) -> set[str]:
    return {str(page) for page in report.pages}


def test_a_market_whose_data_are_refused_has_no_page_and_the_others_are_compared(report: Report) -> None:
    left = left_of(report, {"fr": REFUSED}, {})
    assert names(report) - names(left) == {"fr/headlines", "fr/sample"}
    assert (left.markets, left.missing, left.compared) == (("uk", "de"), (Missing("fr"),), True)
    assert note(left) == (
        '<div class="jb-note" role="note"><p><b>France is missing from this edition.</b> Its data did not pass the '
        "checks: no figure of it is shown or counted in an average.</p></div>"
    )


def test_a_market_a_page_of_which_failed_has_none_and_its_figures_are_compared(report: Report) -> None:
    page = page_of(report, "fr/sample")
    left = left_of(report, {}, {page: FAILED})
    assert left.missing == (Missing("fr", page.title),) and not any(name.startswith("fr/") for name in names(left))
    assert "Its page \u201cWho answered\u201d could not be made; its data are sound" in note(left)


def test_of_one_market_nothing_is_compared(report: Report) -> None:
    left = left_of(report, {"fr": REFUSED, "de": REFUSED}, {})
    assert names(left) == {"all/index", "uk/headlines", "uk/sample"} and not left.compared
    assert "the pages across markets are missing too" in note(left)


def test_two_pages_that_failed_leave_the_comparison(report: Report) -> None:
    failed = {page_of(report, "fr/sample"): FAILED, page_of(report, "de/sample"): FAILED}
    assert "all/key_figures" in names(left_of(report, {}, failed))


def test_a_book_of_which_nothing_is_missing_says_nothing(report: Report) -> None:
    assert left_of(report, {}, {}) == report and note(report) == ""


@pytest.mark.parametrize(
    "pages", [["all/key_figures"], ["all/index", "fr/sample"], ["uk/sample", "fr/sample", "de/sample"]]
)
def test_a_page_across_markets_or_one_of_every_market_stops_the_book(report: Report, pages: list[str]) -> None:
    with pytest.raises(JourneybookError) as refusal:
        left_of(report, {}, {page_of(report, name): FAILED for name in pages})
    assert refusal.value.exit_code == 5 and len(refusal.value.problems) == len(pages)


def test_the_report_of_one_market_stops_with_its_page(small: Path) -> None:
    report = report_of(small, "uk")
    with pytest.raises(JourneybookError, match="the kernel died"):
        left_of(report, {}, {page_of(report, "uk/sample"): FAILED})


def test_the_report_of_one_market_says_that_another_is_not_in_its_average(small: Path) -> None:
    report = report_of(small, "uk")
    left = left_of(report, {"fr": REFUSED}, {})
    assert left.pages == report.pages and "France is missing" in note(left)


def agenda_of(report: Report, small: Path) -> Agenda:
    return Agenda(report, Inputs(report.study), due=[Due(page, {}, "", 1.0) for page in report.pages])


def test_pages_of_a_market_whose_data_are_refused_are_not_rendered(report: Report, small: Path) -> None:
    due = to_render(agenda_of(report, small), {"fr": REFUSED})
    assert {str(one.page) for one in due} == names(report) - {"fr/headlines", "fr/sample"}


def test_where_no_market_is_left_all_that_is_wrong_is_told(report: Report, small: Path) -> None:
    refused: Refusals = dict.fromkeys(("uk", "fr", "de"), REFUSED)
    with pytest.raises(JourneybookError) as refusal:
        to_render(agenda_of(report, small), refused)
    assert refusal.value.kind == "data" and refusal.value.problems == REFUSED.problems


def test_a_fault_of_the_study_stops_every_market() -> None:
    config = JourneybookError("config", Problem("fr.yaml, line 3", "no such key"))
    with pytest.raises(JourneybookError, match="no such key") as refusal:
        of_markets({"fr": config, "uk": REFUSED})
    assert refusal.value.kind == "config" and len(refusal.value.problems) == 2


def test_what_a_page_went_without_comes_back_from_the_store(report: Report, tmp_path: Path) -> None:
    page = page_of(report, "all/index")
    refused = refused_by({page: Result(str(page), {}, {}, {}, 1.0, 1, tmp_path, {}, {"fr": REFUSED.packed()})})
    assert refused["fr"].problems == REFUSED.problems and refused["fr"].kind == "data"
    assert problems_of(refused, {page: FAILED}) == [*REFUSED.problems, *FAILED.problems]


def test_links_to_pages_that_are_missing_become_their_text(report: Report) -> None:
    left = report.without([Missing("fr")])
    html = '<a href="fr/sample.html">France</a>, <a href="../fr/a.html#x"><b>B</b></a>, <a href="uk/sample.html">UK</a>'
    assert unlinked(html, left) == 'France, <b>B</b>, <a href="uk/sample.html">UK</a>'
    assert unlinked(html, report) == html
