"""The `journeybook` command; make calls it."""

from __future__ import annotations

import functools
import http.server
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from analysis.errors import JourneybookError, Problem

study_option = click.option("--study", default="params", envvar="STUDY", show_default=True, help="The study folder.")
build_option = click.option(
    "--build", "build_folder", default="build", type=click.Path(path_type=Path), show_default=True
)


def _refusing(command: Callable[..., Any]) -> Callable[..., Any]:
    """A user's error ends the command with its lines and its exit code, never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except JourneybookError as error:
            click.echo(str(error), err=True)
            sys.exit(error.exit_code)

    return wrapped


@click.group()
def main() -> None:
    """Raw survey files of many markets in, one published Jupyter Book out."""


@main.command()
@click.argument("country", default="", required=False)
@study_option
@build_option
@_refusing
def report(country: str, study: str, build_folder: Path) -> None:
    """Make the report of one market, named by its code."""
    from analysis.study.params import read_study, unknown_market

    opened = read_study(study or "params")
    if country not in opened.settings.markets:
        raise unknown_market(country, opened)
    _make(country, study, build_folder)


@main.command()
@study_option
@build_option
@_refusing
def reports(study: str, build_folder: Path) -> None:
    """Make the report of all markets and their comparison."""
    from analysis.study.params import ALL_MARKETS

    _make(ALL_MARKETS, study, build_folder)


@main.command()
@study_option
@_refusing
def data(study: str) -> None:
    """Simulate the bundled respondents anew, and hold them to the declared sha256."""
    from analysis.study.params import read_study
    from analysis.study.synthetic import write_respondents

    opened = read_study(study or "params")
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


def _make(country: str, study: str, build_folder: Path) -> None:
    from analysis.pipeline import make_report
    from analysis.publish.plan import plan_report
    from analysis.study.params import read_study

    console = Console(soft_wrap=True)
    planned = plan_report(read_study(study or "params"), country, Path.cwd())
    site = make_report(planned, pages=Path("book"), build_folder=build_folder, console=console)
    console.print(f"The site is {os.path.relpath(site / 'index.html')}", highlight=False)
