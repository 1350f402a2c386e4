"""A report from end to end: what is due, check the data, run the notebooks, build the book."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from analysis.errors import JourneybookError, Problem
from analysis.publish import keys
from analysis.publish.due import Agenda, make_agenda, note
from analysis.publish.files import write
from analysis.publish.forks import ForkServer, can_fork
from analysis.publish.keys import Inputs
from analysis.publish.plan import Page, Report
from analysis.publish.progress import Progress
from analysis.publish.provenance import Origin, origin, provenance, sign
from analysis.publish.store import Result, Store
from analysis.study.params import ALL_MARKETS, Study, read_study
from analysis.study.scenarios import read_scenarios
from analysis.study.voices import read_voices

if TYPE_CHECKING:
    from analysis.publish.workers import Workers


@dataclass(frozen=True)
class Places:
    """The folders of a report: the book's hand-written `pages`, and `build` for all that is made.

    A book that is not the site's own is made in the folder `aside` of `build`, from the same results.
    """

    pages: Path
    build: Path
    aside: str = ""

    @property
    def work(self) -> Path:
        return self.build / self.aside

    @property
    def site(self) -> Path:
        return self.work / "site"

    @property
    def record(self) -> Path:
        return self.build / "results.json"

    @property
    def digests(self) -> Path:
        return self.build / "digests.json"

    def store(self, study: Study) -> Store:
        return Store(self.build / "store", study.settings.store.mebibytes)


def usual_jobs() -> int:
    """How many notebooks to run at a time: kernels wait now and then, so half as many again as cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + (cores + 1) // 2


@dataclass(frozen=True)
class How:
    """How notebooks are run: `jobs` at a time, and whether each kernel starts `cold`.

    With the address of a Dask `scheduler` its workers run them, and files go over the `share`, a URL.
    """

    jobs: int
    cold: bool = False
    scheduler: str | None = None
    share: str | None = None


def refuse_bad_extras(study: Study) -> None:
    """Raises the config errors of files that a study may have: now, rather than by the page that needs one."""
    read_scenarios(study)
    if "voices" in study.settings.chapters.market:  # they name chapters, so a study without theirs may lack others
        read_voices(study)


def plan(report: Report, places: Places) -> Agenda:
    """What a run would render now, and why; nothing is run or written."""
    refuse_bad_extras(report.study)
    return make_agenda(report, Inputs(report.study, places.digests), places.store(report.study), places.record)


def make_report(report: Report, *, places: Places, how: How, progress: Progress) -> bool:
    """Makes the report's site, `places.site`; False where it stood already, made from these very inputs.

    Pages that a kept result stands for are not rendered. Nothing of an earlier site is touched before
    the new one is whole. Raises data, file, config, report and locked errors, with every problem found.
    """
    with _alone(places.build):
        return _make(report, places, how, progress)


def make_pdf(report: Report, *, places: Places, how: How, progress: Progress) -> Path:
    """Makes the PDF of the report's market and tells where it is; the site that stands is left as it is.

    Raises what `make_report` does, and an environment error where there is no Chromium.
    """
    from analysis.publish.pdf import find_chromium, write_pdf

    find_chromium()  # before anything is rendered
    aside = replace(places, aside=f"pdf/{report.country}")
    target = places.build / "pdf" / f"{report.country}.pdf"
    with _alone(places.build):
        _make(report, aside, how, progress)
        with progress.step("print the PDF"):
            pages = write_pdf(report, aside.site, places.pages / "_print", target)
    progress.say(f"{pages} pages, {target.stat().st_size / 1e6:.1f} MB")
    return target


def _make(report: Report, places: Places, how: How, progress: Progress) -> bool:
    agenda = plan(report, places)
    stamp, project = places.work / "site.key", origin(Path.cwd(), report.study.folder)
    if not agenda.due and _stands(places.site, stamp, _site_key(report, agenda.kept, places, project)):
        return False
    began = time.monotonic()
    made = _render(agenda, places, how, progress) if agenda.due else agenda.kept
    results = {page: made[page] for page in report.pages}
    with progress.step("build the book"):
        _build(report, results, places, project)
    write(stamp, _site_key(report, results, places, project))
    places.store(report.study).clean()
    progress.say(f"{'in all':<34} {time.monotonic() - began:6.1f} s")
    return True


def _build(report: Report, results: dict[Page, Result], places: Places, project: Origin) -> None:
    from analysis.publish.book import assemble, build, swap  # slow to import, and only needed here
    from analysis.publish.gate import check

    told = provenance(report, results, project, Path.cwd())
    book, html = places.work / "book", places.work / "_build" / "html"
    stamp, key = places.work / "book.key", _book_key(report, results, places)

    def signed(site: Path) -> None:
        sign(site, told, project)
        check(site, book, report.study, told, Path.cwd())

    if _stands(html, stamp, key):  # nothing but the commit has changed
        swap(html, book, places.site, signed)
        return
    stamp.unlink(missing_ok=True)
    assemble(report, results, places.pages, book)
    build(book, places.work, places.site, signed)
    write(stamp, key)


def _book_key(report: Report, results: dict[Page, Result], places: Places) -> str:
    return keys.of_book(report, {page: results[page].key for page in report.pages}, places.pages)


def _site_key(report: Report, results: dict[Page, Result], places: Places, project: Origin) -> str:
    return keys.of_parts({"book": _book_key(report, results, places), "origin": str(project)})


def _stands(site: Path, stamp: Path, key: str) -> bool:
    return (site / "index.html").is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == key


@contextmanager
def _alone(build: Path) -> Iterator[None]:
    """Nobody else makes a report into this folder meanwhile; refused with who does."""
    try:
        build.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder for what is built cannot be made ({error.strerror})"
        raise JourneybookError("output", Problem(str(build), what, fix="name another one with --build")) from None
    lock, who = FileLock(build / ".lock"), build / ".lock.json"
    try:
        lock.acquire(blocking=False)
    except Timeout:
        told = json.loads(who.read_text(encoding="utf-8")) if who.is_file() else {}
        by = f"{told.get('command', 'another run')}, process {told.get('process', '?')}, since {told.get('since', '?')}"
        fix = "wait until it has ended, or name another folder with --build"
        raise JourneybookError("locked", Problem(str(build), "another run works in this folder", by, fix=fix)) from None
    try:
        command = " ".join(["journeybook", *sys.argv[1:]])
        write(who, json.dumps({"command": command, "process": os.getpid(), "since": time.strftime("%H:%M:%S")}))
        yield
    finally:
        who.unlink(missing_ok=True)
        lock.release()


def _render(agenda: Agenda, places: Places, how: How, progress: Progress) -> dict[Page, Result]:
    """The results of all pages, kept and new; all that can be rendered is, before a failure is told."""
    opened, store = agenda.report.study, places.store(agenda.report.study)
    agenda.inputs.read_markets()  # before anything else does: what is edited later is told apart
    rendered: dict[Page, Result] = {}
    problems = []
    with (
        _workers(agenda, places.build / "failed", how, progress) as workers,
        progress.pages(agenda.due),
        closing(workers.run(agenda.due, progress)) as ended,  # or what runs would outlive an interrupt
    ):
        for due, outcome in ended:
            if isinstance(outcome, JourneybookError):
                progress.failed(str(due.page))
                problems += outcome.problems
            else:
                rendered[due.page] = store.put(due.page, due.parts, agenda.inputs, outcome)
                progress.done(str(due.page), outcome.usage)
    _check_unchanged(rendered, opened.folder, store, places.digests)
    results = agenda.kept | rendered
    note(results, places.record)
    if problems:
        raise JourneybookError("report", problems)
    return results


def _check_unchanged(results: dict[Page, Result], folder: Path, store: Store, digests: Path) -> None:
    """Takes back what was rendered while its inputs were edited: nobody knows which of the two it shows."""
    keys.forget()
    changed = list(results)
    try:
        fresh = Inputs(read_study(folder), digests)
        changed = [p for p, r in results.items() if (fresh.parts(p), fresh.now(r.uses)) != (r.parts, r.uses)]
    finally:
        for page in changed:
            store.drop(results[page])
    if changed:
        names = ", ".join(str(page) for page in changed[:3])
        problem = Problem(names, "its inputs were edited while it was rendered", fix="run it again")
        raise JourneybookError("report", problem)


@contextmanager
def _workers(agenda: Agenda, aside: Path, how: How, progress: Progress) -> Iterator[Workers]:
    """Where the pages are rendered, once the markets' data have been checked; failed notebooks go `aside`."""
    opened = agenda.report.study
    if how.scheduler:
        from analysis.publish.cluster import on_cluster  # of the extra `cluster`

        with on_cluster(how.scheduler, how.share, opened, Path.cwd(), aside, how.cold) as workers:
            with progress.step("check and weight"):
                _check(opened, _markets(agenda))
            yield workers
        return
    from analysis.publish.workers import LocalWorkers  # slow to import, and only needed here

    study = os.path.relpath(opened.folder)
    with _warmed(agenda, study, how, progress) as forks:
        yield LocalWorkers(study, Path.cwd(), aside, opened.settings.limits, how.jobs, forks)


@contextmanager
def _warmed(agenda: Agenda, study: str, how: How, progress: Progress) -> Iterator[ForkServer | None]:
    """Where kernels are forked from, once the markets' data have been checked; None for cold kernels."""
    codes = _markets(agenda)
    forks = ForkServer("analysis.warm", study, *codes) if can_fork() and not how.cold else None
    try:
        left = _left_unchecked(forks, codes, progress) if forks else codes
        if left:
            with progress.step("check and weight"):
                _check(agenda.report.study, left)
        yield forks if forks and forks.alive else None
    finally:
        if forks:
            forks.close()


def _left_unchecked(forks: ForkServer, codes: list[str], progress: Progress) -> list[str]:
    """The markets whose data the warm process did not check: large ones, or all if it ended.

    Raises what it found wrong with the others.
    """
    with progress.step("warm up, check and weight"):
        import papermill  # noqa: F401  meanwhile, on another core

        try:
            told = forks.ready()
        except JourneybookError as error:
            progress.say(f"{error}; they are started cold now")
            forks.close()
            return codes
    if told["kind"]:
        raise JourneybookError(told["kind"], [Problem(**problem) for problem in told["problems"]])
    return list(told["large"])


def _markets(agenda: Agenda) -> list[str]:
    """The markets that the pages that are due are about."""
    about = {due.page.country for due in agenda.due}
    return sorted(agenda.report.markets if ALL_MARKETS in about else about)


def _check(study: Study, codes: list[str]) -> None:
    """Reads and weights the markets before a kernel starts, so that bad data are told of at once."""
    from analysis.market import Market

    problems, kind = [], None
    for code in codes:
        try:
            Market(study, code)
        except JourneybookError as error:
            problems += error.problems
            kind = kind or error.kind
    if problems and kind:
        raise JourneybookError(kind, problems)
