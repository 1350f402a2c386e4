"""A report from end to end: what is due, check the data, run the notebooks, build the book."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.crew import How, crew
from analysis.errors import JourneybookError, Problem
from analysis.publish import keys
from analysis.publish.alone import alone
from analysis.publish.due import Agenda, make_agenda, note
from analysis.publish.files import write
from analysis.publish.keys import Inputs
from analysis.publish.missing import Refusals, left_of, place_of, problems_of, refused_by, to_render
from analysis.publish.plan import Page, Report
from analysis.publish.progress import Progress
from analysis.publish.provenance import Origin, origin, provenance, sign
from analysis.publish.store import Result, Store
from analysis.study.params import Study, read_study
from analysis.study.scenarios import read_scenarios
from analysis.study.voices import read_voices


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


def refuse_bad_extras(study: Study) -> None:
    """Raises the config errors of files that a study may have: now, rather than by the page that needs one."""
    read_scenarios(study)
    if "voices" in study.settings.chapters.market:  # they name chapters, so a study without theirs may lack others
        read_voices(study)


def plan(report: Report, places: Places) -> Agenda:
    """What a run would render now, and why; nothing is run or written."""
    refuse_bad_extras(report.study)
    return make_agenda(report, Inputs(report.study, places.digests), places.store(report.study), places.record)


@dataclass(frozen=True)
class Made:
    """The `report` that was made, without the markets that are missing: why they are stands in `problems`.

    `changed` is False where its site stood already, made from these very inputs.
    """

    report: Report
    changed: bool
    problems: list[Problem]


def make_report(report: Report, *, places: Places, how: How, progress: Progress) -> bool:
    """Makes the report's site, `places.site`; False where it stood already, made from these very inputs.

    Pages that a kept result stands for are not rendered. Nothing of an earlier site is touched before
    the new one is whole. Raises data, file, config, report and locked errors, with every problem found;
    where only some markets are missing, the site of the others is made before a report error is raised.
    """
    with alone(places.build, places.site):
        made = _make(report, places, how, progress)
    if made.problems:
        progress.say(place_of(places.site, made.report))
        raise JourneybookError("report", made.problems)
    return made.changed


def make_pdf(report: Report, *, places: Places, how: How, progress: Progress) -> Path:
    """Makes the PDF of the report's market and tells where it is; the site that stands is left as it is.

    Raises what `make_report` does, and an environment error where there is no Chromium.
    """
    from analysis.publish.pdf import find_chromium, write_pdf

    find_chromium()  # before anything is rendered
    aside = replace(places, aside=f"pdf/{report.country}")
    target = places.build / "pdf" / f"{report.country}.pdf"
    with alone(places.build, aside.site):
        made = _make(report, aside, how, progress)
        with progress.step("print the PDF"):
            pages = write_pdf(report, aside.site, places.pages / "_print", target)
    progress.say(f"{pages} pages, {target.stat().st_size / 1e6:.1f} MB")
    if made.problems:
        raise JourneybookError("report", made.problems)
    return target


def _make(report: Report, places: Places, how: How, progress: Progress) -> Made:
    agenda, began = plan(report, places), time.monotonic()
    ended = _render(agenda, places, how, progress) if agenda.due else Ended(agenda.kept)
    refused = ended.refused | refused_by(ended.results)
    left = left_of(report, refused, ended.failed)
    results = {page: ended.results[page] for page in left.pages}
    stamp, project = places.work / "site.key", origin(Path.cwd(), report.study.folder)
    key = _site_key(left, results, places, project)
    changed = how.strict or not _stands(places.site, stamp, key)
    if changed:
        stamp.unlink(missing_ok=True)  # or a run killed after the swap would leave the key of the site before
        with progress.step("build the book"):
            lacking = _build(left, results, places, project, how.strict)
        for problem in lacking:
            progress.say(f"Warning: {problem}")
        write(stamp, key)
    if changed or agenda.due:
        places.store(report.study).clean()
        progress.say(f"{'in all':<34} {time.monotonic() - began:6.1f} s")
    return Made(left, changed, problems_of(refused, ended.failed))


def _build(report: Report, results: dict[Page, Result], places: Places, project: Origin, strict: bool) -> list[Problem]:
    """Builds and swaps in the site; what comes back is to be warned of. Raises it instead where `strict`."""
    from analysis.publish.book import assemble, build, swap  # slow to import, and only needed here
    from analysis.publish.gate import check

    told = provenance(report, results, project, Path.cwd())
    book, html = places.work / "book", places.work / "_build" / "html"
    stamp, key = places.work / "book.key", _book_key(report, results, places)

    def signed(site: Path) -> None:
        sign(site, told, project)
        check(site, book, report.study, told, Path.cwd())

    if _stands(html, stamp, key) and not strict:  # nothing but the commit has changed
        swap(html, book, places.site, signed)
        return []
    stamp.unlink(missing_ok=True)
    lacking = assemble(report, results, places.pages, book)
    if strict and lacking:
        raise JourneybookError("report", lacking)
    build(book, places.work, places.site, signed)
    write(stamp, key)
    return lacking


def _book_key(report: Report, results: dict[Page, Result], places: Places) -> str:
    return keys.of_book(report, {page: results[page].key for page in report.pages}, places.pages)


def _site_key(report: Report, results: dict[Page, Result], places: Places, project: Origin) -> str:
    return keys.of_parts({"book": _book_key(report, results, places), "origin": str(project)})


def _stands(site: Path, stamp: Path, key: str) -> bool:
    return (site / "index.html").is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == key


@dataclass(frozen=True)
class Ended:
    """The results of a report's pages, kept and new; pages that failed, and markets whose data were refused."""

    results: dict[Page, Result]
    failed: dict[Page, JourneybookError] = field(default_factory=dict)
    refused: Refusals = field(default_factory=dict)


def _render(agenda: Agenda, places: Places, how: How, progress: Progress) -> Ended:
    """Renders all that can be rendered. Raises what is wrong with the data where no market is left."""
    opened, store = agenda.report.study, places.store(agenda.report.study)
    agenda.inputs.read_markets()  # before anything else does: what is edited later is told apart
    rendered: dict[Page, Result] = {}
    failed: dict[Page, JourneybookError] = {}
    with crew(agenda, places.build / "failed", how, progress) as (workers, refused):
        due = to_render(agenda, refused)
        with (
            progress.pages(due),
            closing(workers.run(due, progress)) as ended,  # or what runs would outlive an interrupt
        ):
            for one, outcome in ended:
                if isinstance(outcome, JourneybookError):
                    progress.failed(str(one.page))
                    failed[one.page] = outcome
                else:
                    rendered[one.page] = store.put(one.page, one.parts, agenda.inputs, outcome)
                    progress.done(str(one.page), outcome.usage)
    _check_unchanged(rendered, opened.folder, store, places.digests)
    results = agenda.kept | rendered
    note(results, places.record)
    return Ended(results, failed, refused)


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
