"""How long reports take: a plain loop over papermill, ours cold, changed and unchanged, and the pure computing.

    python tests/bench_reports.py [--write]

From the repository's root. Everything is timed in one run, in a copy of the project, on all pages of
the bundled study. `--write` puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from analysis.crew import usual_jobs
from analysis.publish.book import MADE, READING
from analysis.publish.placeholders import expressions
from analysis.publish.plan import Page, plan_report
from analysis.study.params import read_study

PAGE = Path("docs", "benchmarks.md")
HEADING = "\n## Reports\n"
COMMAND = [sys.executable, "-c", "from analysis.cli import main; main()"]
BY_HAND = (*READING, *MADE)
SHOWN = ("_repr_html_", "_repr_markdown_")


ABOUT = """`.venv/bin/python tests/bench_reports.py --write` writes this part here. All times are elapsed seconds of one
run, in a copy of the bundled project, each taken once. The plain loop runs the `papermill` command for one page after
another, as a shell script does; it makes no book and fills no text. The pure computing makes the same calls in as many
forked processes as we run notebooks at a time, libraries imported once: it reads the market for each page, draws charts
and tables and evaluates the placeholders, without a kernel, a notebook or a book. Ours reads each market once a run,
which is how it can be faster. "Of the plain loop" is the time over that of the loop over the same pages.
"""


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def journeybook(project: Path, *arguments: str) -> tuple[float, str]:
    """Seconds of the whole command, and what it said."""
    began = time.perf_counter()
    ran = subprocess.run([*COMMAND, *arguments], cwd=project, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, ran.stdout


def plain_run(project: Path, page: Page) -> float:
    """Seconds of one papermill command, as a shell loop runs it."""
    output = project / "plain" / page.source.with_suffix(".ipynb")
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "papermill", str(page.notebook), str(output), "--no-progress-bar"]
    command += ["-p", "country", page.country, "-p", "study", "params", "--log-level", "ERROR"]
    return seconds(lambda: subprocess.run(command, cwd=project, capture_output=True, check=True))


def compute(notebook: Path, country: str) -> None:
    """The calls of a notebook, its tables and charts drawn and its placeholders evaluated, without Jupyter."""
    cells = json.loads(notebook.read_bytes())["cells"]
    names: dict[str, object] = {"display": show}
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        if "parameters" in cell["metadata"].get("tags", []):
            tree = ast.parse(f"country, study = {country!r}, 'params'")
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile_(tree), names)
        if isinstance(last, ast.Expr):
            show(eval(compile(ast.Expression(last.value), notebook.name, "eval"), names))
    for expression in expressions("".join(c["source"]) for c in cells if c["cell_type"] == "markdown"):
        str(eval(expression, names))


def compile_(tree: ast.Module) -> object:
    return compile(tree, "cell", "exec")


def show(value: object) -> None:
    for name in SHOWN:
        getattr(value, name, str)()


def pure(project: Path, pages: list[Page], processes: int) -> float:
    """Seconds of the computing alone: the libraries imported once, forked processes, every page's calls."""
    named = [(str(page.notebook), page.country) for page in pages]
    program = (
        f"import analysis.markets, analysis.survey.models, bench_reports as b; b.compute_all({named!r}, {processes})"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", program]
    return seconds(lambda: subprocess.run(command, cwd=project, env=environment, capture_output=True, check=True))


def compute_all(pages: list[tuple[str, str]], processes: int) -> None:
    with ProcessPoolExecutor(processes, get_context("fork")) as pool:
        for future in [pool.submit(compute, Path(notebook), country) for notebook, country in pages]:
            future.result()


def step(said: str, name: str) -> float:
    """Seconds that a run says a step took."""
    found = re.search(rf"^{name}.*? ([\d.]+) s$", said, flags=re.M)
    assert found, said
    return float(found[1])


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def measure(project: Path) -> list[str]:
    """The table's lines."""
    pages = list(plan_report(read_study(project / "params"), "all", project).pages)
    own = plan_report(read_study(project / "params"), "uk", project).pages
    jobs, sample = usual_jobs(), project / "notebooks" / "market" / "sample.ipynb"
    plain = {page: plain_run(project, page) for page in pages}
    loop = sum(plain.values())
    loop_one = sum(plain.get(page) or plain_run(project, page) for page in own)
    computing = pure(project, pages, jobs)
    whole, said = journeybook(project, "reports")
    book = step(said, "build the book")
    nothing, _ = journeybook(project, "reports")
    edit(sample, "market.sample.chart(", "market.sample.chart( ")
    edited, _ = journeybook(project, "reports")
    edit(project / "notebooks" / "markets" / "replication.ipynb", "Claims about one", "Claims on one")
    one_page, _ = journeybook(project, "reports")
    shutil.rmtree(project / "build")
    single, said_single = journeybook(project, "report", "uk")
    lines = [
        ("plain loop over papermill, one after another", f"{len(pages)} pages", loop, loop),
        (f"`make reports`, cold, {jobs} at a time, without the book", f"{len(pages)} pages", whole - book, loop),
        ("`make reports`, cold, the whole command", f"{len(pages)} pages", whole, loop),
        (f"pure computing, {jobs} processes, no Jupyter", f"{len(pages)} pages", computing, loop),
        ("`make reports`, nothing changed, the whole command", "none", nothing, loop),
        ("`make reports`, one notebook edited, the whole command", "7 pages", edited, loop),
        ("`make reports`, the text of one page edited, the whole command", "none", one_page, loop),
        ("plain loop of one market", f"{len(own)} pages", loop_one, loop_one),
        (
            "`make report`, cold, without the book",
            f"{len(own)} pages",
            single - step(said_single, "build the book"),
            loop_one,
        ),
        ("`make report`, cold, the whole command", f"{len(own)} pages", single, loop_one),
    ]
    table = ["| what | rendered | seconds | of the plain loop |", "|---|---|--:|--:|"]
    table += [f"| {what} | {rendered} | {took:.2f} | {took / beside:.4f} |" for what, rendered, took, beside in lines]
    against = (whole - book) / computing
    table += [
        "",
        f"Cold and without the book, ours takes {against:.2f} of the pure computing; with it, {whole / computing:.2f}.",
        f"The book of {len(pages) + len(BY_HAND)} pages: {book:.1f} s, from nothing each time.",
    ]
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    write = parser.parse_args().write
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder).resolve()
        for name in ("params", "data", "book", "notebooks"):
            shutil.copytree(name, project / name)
        lines = measure(project)
    named = ", ".join(f"{name} {version(name)}" for name in ("papermill", "ipykernel", "jupyter-book", "pandas"))
    lines += [
        "",
        f"{os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}, {named}; {date.today()}.",
    ]
    text = "\n".join(lines)
    print(text)
    if write:
        before = PAGE.read_text(encoding="utf-8").partition(HEADING)[0]
        PAGE.write_text(f"{before}{HEADING}\n{text}\n\n{ABOUT}", encoding="utf-8")


if __name__ == "__main__":
    main()
