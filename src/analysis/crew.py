"""Who renders the pages of a run: kernels here or workers elsewhere, once the markets' data have been checked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import JourneybookError
from analysis.publish.due import Agenda
from analysis.publish.forks import ForkServer, can_fork
from analysis.publish.missing import Refusals, of_markets, unpacked
from analysis.publish.progress import Progress
from analysis.study.params import ALL_MARKETS, Study

if TYPE_CHECKING:
    from analysis.publish.workers import Workers


def usual_jobs() -> int:
    """How many notebooks to run at a time: kernels wait now and then, so half as many again as cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + (cores + 1) // 2


@dataclass(frozen=True)
class How:
    """How notebooks are run: `jobs` at a time, and whether each kernel starts `cold`.

    With the address of a Dask `scheduler` its workers run them, and files go over the `share`, a URL. Where it is
    `strict`, what would be a warning ends the run.
    """

    jobs: int
    cold: bool = False
    scheduler: str | None = None
    share: str | None = None
    strict: bool = False


@contextmanager
def crew(agenda: Agenda, aside: Path, how: How, progress: Progress) -> Iterator[tuple[Workers, Refusals]]:
    """Where the pages are rendered, once the markets' data have been checked, and the markets that are refused.

    Failed notebooks go `aside`.
    """
    opened = agenda.report.study
    if how.scheduler:
        from analysis.publish.cluster import on_cluster  # of the extra `cluster`

        with on_cluster(how.scheduler, how.share, opened, Path.cwd(), aside, how.cold) as workers:
            with progress.step("check and weight"):
                refused = _check(opened, _markets(agenda), progress)
            yield workers, refused
        return
    from analysis.publish.workers import LocalWorkers  # slow to import, and only needed here

    study = os.path.relpath(opened.folder)
    with _warmed(agenda, study, how, progress) as (forks, refused):
        yield LocalWorkers(study, Path.cwd(), aside, opened.settings.limits, how.jobs, forks), refused


@contextmanager
def _warmed(agenda: Agenda, study: str, how: How, progress: Progress) -> Iterator[tuple[ForkServer | None, Refusals]]:
    """Where kernels are forked from, once the markets' data have been checked; None for cold kernels."""
    codes = _markets(agenda)
    forks = ForkServer("analysis.warm", study, *codes) if can_fork() and not how.cold else None
    try:
        left, refused = _warm_up(forks, codes, progress) if forks else (codes, {})
        if left:
            with progress.step("check and weight"):
                refused |= _check(agenda.report.study, left, progress)
        yield (forks if forks and forks.alive else None), refused
    finally:
        if forks:
            forks.close()


def _warm_up(forks: ForkServer, codes: list[str], progress: Progress) -> tuple[list[str], Refusals]:
    """The markets whose data the warm process did not check, large ones, or all if it ended; and those it refused.

    Raises what is wrong where that concerns more than one market's data.
    """
    with progress.step("warm up, check and weight"):
        import papermill  # noqa: F401  meanwhile, on another core

        try:
            told = forks.ready()
        except JourneybookError as error:
            progress.say(f"{error}; they are started cold now")
            forks.close()
            return codes, {}
    for caution in told["cautions"]:
        progress.say(caution)
    return list(told["large"]), of_markets(unpacked(told["refused"]))


def _markets(agenda: Agenda) -> list[str]:
    """The markets that the pages that are due are about."""
    about = {due.page.country for due in agenda.due}
    return sorted(agenda.report.markets if ALL_MARKETS in about else about)


def _check(study: Study, codes: list[str], progress: Progress) -> Refusals:
    """Reads and weights the markets before a kernel starts, so that bad data are told of at once."""
    from analysis.market import Market

    refused = {}
    for code in codes:
        try:
            for caution in Market(study, code).warnings:
                progress.say(caution)
        except JourneybookError as error:
            refused[code] = error
    return of_markets(refused)
