"""Reports of a project that is edited, and results made by hand."""

from __future__ import annotations

from pathlib import Path

from analysis.publish.limits import Usage
from analysis.publish.plan import Page, Report, plan_report
from analysis.publish.render import Rendered
from analysis.study.params import read_study


def report_of(project: Path, country: str = "all") -> Report:
    """The report as its files are now."""
    return plan_report(read_study(project / "params"), country, project)


def page_of(report: Report, name: str) -> Page:
    return next(page for page in report.pages if str(page) == name)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def rendered(*uses: tuple[str, str], text: str = "{}") -> Rendered:
    return Rendered(text, {"a": "b"}, list(uses), Usage(1.234, 150))
