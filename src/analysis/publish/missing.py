"""What a report goes without: markets whose data were refused or a page of which failed, and what its book says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from analysis.errors import ABOUT_A_MARKET, JourneybookError, Problem
from analysis.publish.due import Agenda, Due
from analysis.publish.plan import ACROSS, Missing, Page, Report
from analysis.publish.store import Result

Refusals = dict[str, JourneybookError]  # why the data of a market are refused, by its code


def unpacked(told: Mapping[str, Any]) -> Refusals:
    """What another process told of markets that it could not open."""
    return {code: JourneybookError.unpacked(error) for code, error in told.items()}


def all_of(errors: Iterable[JourneybookError]) -> JourneybookError:
    """Every problem of these errors as one error, of the first one's kind."""
    told = list(errors)
    problems = list(dict.fromkeys(problem for error in told for problem in error.problems))
    return JourneybookError(told[0].kind, problems, sum(error.unlisted for error in told))


def of_markets(refused: Refusals) -> Refusals:
    """The same. Raises all where one of them is no fault of a market's data, such as of the study's files."""
    if any(error.kind not in ABOUT_A_MARKET for error in refused.values()):
        raise all_of(refused.values())
    return refused


def to_render(agenda: Agenda, refused: Refusals) -> list[Due]:
    """The pages to render although the data of some markets are refused.

    Raises what is wrong with the data where none of the report's own markets is left.
    """
    if refused and set(agenda.report.markets) <= refused.keys():
        raise all_of(refused.values())
    left = set(agenda.report.without([Missing(code) for code in refused]).pages)
    return [due for due in agenda.due if due.page in left]


def refused_by(results: Mapping[Page, Result]) -> Refusals:
    """The markets that pages asked for and went without, since their data are refused."""
    return {code: error for result in results.values() for code, error in unpacked(result.refused).items()}


def left_of(report: Report, refused: Refusals, failed: Mapping[Page, JourneybookError]) -> Report:
    """The report without the markets that are missing. Raises what failed where no whole report is left.

    That is a report of which a page across markets failed, or a page of every market that it is about.
    """
    chapters = {page.country: page.title for page in failed}
    missing = [Missing(code) for code in report.study.settings.markets if code in refused]
    missing += [Missing(code, chapters[code]) for code in report.markets if code in chapters and code not in refused]
    own = {one.code for one in missing} & set(report.markets)
    if any(page.country not in report.markets or page.source.parent in ACROSS for page in failed) or own == {
        *report.markets
    }:
        raise JourneybookError("report", problems_of(refused, failed))
    return report.without(missing)


def problems_of(refused: Refusals, failed: Mapping[Page, JourneybookError]) -> list[Problem]:
    """Every problem, those of data first."""
    return [problem for error in [*refused.values(), *failed.values()] for problem in error.problems]


def name_of(report: Report, code: str) -> str:
    return report.study.market_name(code)


def note(report: Report) -> str:
    """What the overview says of the markets that are missing, as HTML; "" where none is.

    It names no value and no file: those stand in what the command says, and are nobody else's.
    """
    if not report.missing:
        return ""
    lines = "".join(f"<p>{_sentence(one, report)}</p>" for one in report.missing)
    return f'<div class="jb-note" role="note">{lines}</div>'


def _sentence(missing: Missing, report: Report) -> str:
    name = f"<b>{escape(name_of(report, missing.code))} is missing from this edition.</b>"
    if missing.chapter is None:
        alone = (
            "" if report.compared else " Nothing is left to compare, so that the pages across markets are missing too."
        )
        return f"{name} Its data did not pass the checks: no figure of it is shown or counted in an average.{alone}"
    chapter = escape(missing.chapter)
    return (
        f"{name} Its page “{chapter}” could not be made; its data are sound, and comparisons and averages count them."
    )


def unlinked(html: str, report: Report) -> str:
    """The HTML of a figure without its links to pages of markets that are missing: their text stays."""
    for missing in report.missing:
        html = re.sub(rf'<a href="(?:\.\./)?{missing.code}/[^"]*"[^>]*>(.*?)</a>', r"\1", html, flags=re.DOTALL)
    return html


def place_of(site: Path, report: Report) -> str:
    """Where the site is, and which markets it is without."""
    names = ", ".join(name_of(report, one.code) for one in report.missing)
    return f"The site is {site / 'index.html'}, without {names}"
