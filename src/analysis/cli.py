"""The `journeybook` command; make calls it."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analysis.errors import JourneybookError, Problem, did_you_mean

if TYPE_CHECKING:
    from analysis.study.params import Study

study_option = click.option("--study", default="params", envvar="STUDY", show_default=True, help="The study folder.")
build_option = click.option(
    "--build", "build_folder", default="build", type=click.Path(path_type=Path), show_default=True
)
jobs_option = click.option("--jobs", type=click.IntRange(min=1), envvar="JOBS", help="Notebooks run at a time.")
cold_option = click.option("--cold", is_flag=True, envvar="COLD", help="Start each kernel anew instead of forking it.")
scheduler_option = click.option("--scheduler", envvar="SCHEDULER", help="Run on the workers of this Dask scheduler.")
strict_option = click.option("--strict", is_flag=True, envvar="STRICT", help="End where there would be a warning.")
share_option = click.option("--share", envvar="SHARE", help="The folder that its workers reach, as an fsspec URL.")


def _refusing(command: Callable[..., Any]) -> Callable[..., Any]:
    """A user's error ends the command with its lines and its exit code, never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except JourneybookError as error:
            refusal = error
        except OSError as error:  # a full disk, a folder that may not be written to
            fix = "make room, or name a folder that may be written with --build"
            where, why = os.fspath(error.filename or "output"), error.strerror or str(error)
            if isinstance(error, shutil.Error):  # of copying a folder: each file's source, place and error as text
                _, where, told = error.args[0][0]
                why = re.sub(r"^\[Errno \d+\] |: '.*", "", str(told))
            refusal = JourneybookError("output", Problem(str(where), why, fix=fix))
        click.echo(str(refusal), err=True)
        sys.exit(refusal.exit_code)

    return wrapped


@click.group()
def main() -> None:
    """Raw survey files of many markets in, one published Jupyter Book out."""


@main.command()
@click.argument("country", default="", required=False)
@study_option
@build_option
@jobs_option
@cold_option
@scheduler_option
@share_option
@strict_option
@_refusing
def report(country: str, study: str, build_folder: Path, **how: Any) -> None:
    """Make the report of one market, named by its code."""
    _make(country, _open(study, country), build_folder, **how)


@main.command()
@study_option
@build_option
@jobs_option
@cold_option
@scheduler_option
@share_option
@strict_option
@_refusing
def reports(study: str, build_folder: Path, **how: Any) -> None:
    """Make the report of all markets and their comparison."""
    _make("all", _open(study), build_folder, **how)


@main.command()
@click.argument("country", default="", required=False)
@study_option
@build_option
@jobs_option
@cold_option
@strict_option
@_refusing
def pdf(country: str, study: str, build_folder: Path, **how: Any) -> None:
    """Print the part of the book that is about one market, named by its code, as a PDF."""
    _make(country, _open(study, country), build_folder, printed=True, **how)


@main.command()
@click.argument("country", default="", required=False)
@study_option
@build_option
@_refusing
def plan(country: str, study: str, build_folder: Path) -> None:
    """Tell which pages a run would render now, of one market or of all, and why."""
    from analysis import pipeline
    from analysis.publish.plan import plan_report

    opened = _open(study, country or None)
    planned = plan_report(opened, country or "all", Path.cwd())
    agenda = pipeline.plan(planned, pipeline.Places(Path("book"), build_folder))
    for due in agenda.due:
        click.echo(f"{due.page!s:<28} {due.why}")
    click.echo(f"{len(agenda.due)} to render, {len(agenda.kept)} of {len(planned.pages)} as they are")


@main.command("verify-page")
@click.argument("page", default="", required=False)
@click.option("--study", envvar="STUDY", help="The study folder, if not the one that the site names.")
@build_option
@_refusing
def verify_page(page: str, study: str | None, build_folder: Path) -> None:
    """Compute a published page's numbers anew and hold them against the site."""
    from analysis.publish.recompute import verify

    found = verify(page, study, build_folder / "site", click.echo)
    click.echo(str(found))
    if found.differences:
        raise JourneybookError("report", found.differences)


@main.command()
@study_option
@build_option
@click.option("--mebibytes", type=click.IntRange(min=0), envvar="MEBIBYTES", help="Keep at most so much.")
@_refusing
def prune(study: str, build_folder: Path, mebibytes: int | None) -> None:
    """Remove the kept results that were not used lately, beyond the study's bound."""
    from analysis.pipeline import Places

    removed, left = Places(Path("book"), build_folder).store(_open(study)).clean(mebibytes)
    click.echo(f"{removed} results removed; {left / 2**20:.1f} MiB are kept")


@main.command()
@click.argument("country", default="", required=False)
@click.argument("notebook", default="", required=False)
@study_option
@build_option
@_refusing
def debug(country: str, notebook: str, study: str, build_folder: Path) -> None:
    """Open a notebook in JupyterLab as it is run for a market, or "all"."""
    from analysis.publish.debug import copy_for_market

    opened = _open(study, None if country == "all" else country)
    copy, tracked = copy_for_market(opened, country, notebook, Path.cwd(), build_folder / "debug")
    click.echo(f"{copy} is a copy, set to {country}; mend {tracked}", err=True)
    os.execv(sys.executable, [sys.executable, "-m", "jupyter", "lab", str(copy)])


@main.command()
@study_option
@_refusing
def data(study: str) -> None:
    """Simulate the bundled respondents anew, and hold them to the declared sha256."""
    from analysis.study.synthetic import write_respondents

    opened = _open(study)
    problems = []
    for code, (path, sha256) in write_respondents(opened).items():
        declared = opened.market(code).raw.sha256
        click.echo(f"{code}  {path.name:<8} {sha256}  {'as declared' if sha256 == declared else 'NEW'}")
        if sha256 != declared:
            where = f"{opened.folder / 'markets' / code}.yaml, raw.sha256"
            problems.append(Problem(where, "the simulated file is not the one declared", sha256, declared))
    if problems:
        raise JourneybookError("file", problems)


@main.command()
@click.argument("country", default="", required=False)
@study_option
@_refusing
def accept(country: str, study: str) -> None:
    """Take the raw file of a market as it is now: its sha256 is written into the market's file."""
    from analysis.study.accepting import accept_file

    opened = _open(study, country)
    for line in accept_file(opened, country):
        click.echo(line)


@main.command()
@study_option
@_refusing
def edition(study: str) -> None:
    """Write the figures of this edition beside the study file, for the next one to tell what changed."""
    from analysis.chapters.reissuing import current_edition
    from analysis.markets import Markets
    from analysis.study.editions import write_edition

    opened = _open(study)
    rows = current_edition(Markets(opened, opened.settings.markets))
    click.echo(f"{write_edition(opened, rows)}: {len(rows)} figures and verdicts")


@main.command()
@study_option
@_refusing
def questionnaire(study: str) -> None:
    """Write docs/questionnaire.md anew from the codebook and the claims."""
    from analysis.publish.book import questionnaire_page

    path = Path("docs/questionnaire.md")
    path.write_text(questionnaire_page(_open(study), Path("book")), encoding="utf-8")
    click.echo(str(path))


@main.command()
@_refusing
def doctor() -> None:
    """Tell what this machine lacks to make a report, and the fix."""
    from analysis.doctor import report

    report(Path.cwd())


@main.command()
@build_option
@click.option("--port", default=8000, show_default=True)
@_refusing
def serve(build_folder: Path, port: int) -> None:
    """Show the built site at http://127.0.0.1:8000 until Ctrl-C."""
    site = build_folder / "site"
    if not (site / "index.html").is_file():
        raise JourneybookError("file", Problem(str(site), "there is no site yet", fix="make report COUNTRY=uk"))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        click.echo(f"http://127.0.0.1:{port}/ (Ctrl-C ends it)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("")


@main.command()
def lab() -> None:
    """Open JupyterLab at the notebooks, with this environment's kernel."""
    os.execv(sys.executable, [sys.executable, "-m", "jupyter", "lab", "--LabApp.default_url=/lab/tree/notebooks"])


def _open(study: str, country: str | None = None) -> Study:
    """The study, which has that market; refused with the settings that make was given and does not have, too."""
    from analysis.study.params import read_study, unknown_market

    opened = read_study(study or "params")
    problems = list(_unknown_settings())
    if country is not None and country not in opened.settings.markets:
        problems += unknown_market(country, opened).problems
    if problems:
        raise JourneybookError("config", problems)
    return opened


def _unknown_settings() -> Iterator[Problem]:
    """Names that make was given beside its own: it would pass them over, and make another report than was meant."""
    known = os.environ.get("MAKE_SETTINGS", "").split()
    for name in os.environ.get("MAKE_UNKNOWN", "").split():
        hint = did_you_mean(name, known)
        yield Problem(name, "unknown parameter", name, ", ".join(known), hint or "leave it out")


def _make(country: str, opened: Study, build_folder: Path, *, printed: bool = False, **options: Any) -> None:
    from rich.console import Console

    from analysis.crew import How, usual_jobs
    from analysis.pipeline import Places, make_pdf, make_report
    from analysis.publish.plan import plan_report
    from analysis.publish.progress import Progress

    how = How(**{**options, "jobs": options["jobs"] or usual_jobs()})
    places = Places(Path("book"), build_folder)
    progress = Progress(Console(soft_wrap=True), how.jobs)
    asked: list[int] = []

    def end(number: int, _: object) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)  # as Ctrl-C does
    report, made = plan_report(opened, country, Path.cwd()), True
    try:
        if printed:
            target = make_pdf(report, places=places, how=how, progress=progress)
        else:
            made, target = make_report(report, places=places, how=how, progress=progress), places.site / "index.html"
    except KeyboardInterrupt:
        click.echo("Stopped. What is done is kept: the same command goes on from there.", err=True)
        os._exit(128 + (asked or [signal.SIGINT])[0])  # without waiting for threads: their kernels are gone
    ended = "The PDF is" if printed else "The site is" if made else "Nothing has changed:"
    progress.say(f"{ended} {os.path.relpath(target)}")
