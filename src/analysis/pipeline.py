"""A report from end to end: check the data, run the notebooks, build the book, say what it took."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from analysis.errors import JourneybookError
from analysis.publish.book import assemble, build
from analysis.publish.plan import Page, Report
from analysis.publish.render import render
from analysis.study.respondents import read_respondents
from analysis.weighing import weigh


@dataclass
class Steps:
    """Tells what runs and how long each step took: a bar on a terminal, plain lines elsewhere."""

    console: Console

    @contextmanager
    def step(self, name: str, total: int) -> Iterator[Progress]:
        """A step of `total` parts; its context advances the bar."""
        began = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        progress = Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal)
        with progress:
            progress.add_task(name, total=total)
            yield progress
        self.console.print(f"{name:<28} {time.monotonic() - began:6.1f} s", highlight=False)


def make_report(report: Report, *, pages: Path, build_folder: Path, console: Console) -> Path:
    """Makes the report's site and returns its folder, `build_folder`/site.

    `pages` holds the book's hand-written pages. Nothing of an earlier site is touched before the new
    one is whole. Raises data, file, config and report errors, each with every problem found.
    """
    steps = Steps(console)
    began = time.monotonic()
    with steps.step("check and weight", len(report.markets)) as bar:
        _check(report, bar)
    with steps.step(f"run {len(report.pages)} notebooks", len(report.pages)) as bar:
        executed = _render_all(report, build_folder / "executed", bar)
    with steps.step("build the book", 1):
        assemble(report, executed, pages, build_folder / "book")
        build(build_folder / "book", build_folder, build_folder / "site")
    console.print(f"{'in all':<28} {time.monotonic() - began:6.1f} s", highlight=False)
    return build_folder / "site"


def _check(report: Report, bar: Progress) -> None:
    """Reads and weights every market before a kernel starts, so that bad data are told of at once."""
    problems, kind = [], None
    for code in report.markets:
        try:
            weigh(report.study.market(code), read_respondents(report.study, code))
        except JourneybookError as error:
            problems += error.problems
            kind = kind or error.kind
        bar.advance(bar.task_ids[0])
    if problems and kind:
        raise JourneybookError(kind, problems)


def _render_all(report: Report, folder: Path, bar: Progress) -> dict[Page, Path]:
    """Runs the notebooks, two kernels at a time on two cores; all run before a failure is told."""
    done: dict[Page, Path] = {}
    problems = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        waiting = {
            pool.submit(render, page, folder / page.source.with_suffix(".ipynb"), report.study.folder): page
            for page in report.pages
        }
        for future in as_completed(waiting):
            page = waiting[future]
            try:
                done[page] = future.result()
            except JourneybookError as error:
                problems += error.problems
            bar.advance(bar.task_ids[0])
            if not bar.console.is_terminal:
                bar.console.print(f"  {page}", highlight=False)
    if problems:
        raise JourneybookError("report", problems)
    return {page: done[page] for page in report.pages}
