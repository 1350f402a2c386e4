"""A report from end to end: never the same work twice, nothing lost, nothing left behind, failures by name."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from commanding import COMMAND, edit, edit_code, living, pages, run, site, sleep_in, start, wait_for
from rich.console import Console

from analysis.cli import main
from analysis.crew import usual_jobs
from analysis.errors import JourneybookError, Problem
from analysis.pipeline import How, Places, make_report, plan
from analysis.publish import workers
from analysis.publish.limits import Usage
from analysis.publish.plan import plan_report
from analysis.publish.progress import Progress
from analysis.publish.render import Rendered
from analysis.study.params import read_study


@pytest.fixture
def small(project: Path) -> Path:
    """The project with two markets of two chapters, and one comparison."""
    path = project / "params" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("markets: [uk, fr, de, it, es, nl, se]", "markets: [uk, fr]")
    start = text.index("chapters:\n")
    chapters = (
        "chapters:\n  market: {sample: Who answered, influences: Influences}\n  markets: {key_figures: Key figures}\n"
    )
    path.write_text(text[:start] + chapters, encoding="utf-8")
    for notebook in (project / "notebooks" / "market").glob("*.ipynb"):  # which link a chapter that is not there
        prose = notebook.read_text(encoding="utf-8").replace("(replication.ipynb)", "(sample.ipynb)")
        notebook.write_text(prose, encoding="utf-8")
    return project


ALL = {"all/index", "all/key_figures", "uk/sample", "uk/influences", "fr/sample", "fr/influences"}


@pytest.mark.slow
def test_nothing_is_rendered_twice(small: Path) -> None:
    first = run(small, "reports", "--jobs", "2")
    assert pages(first) == ALL and "render 6 of 6 pages" in first and "2 at a time" in first
    before, stamp = site(small), (small / "build" / "site" / "index.html").stat().st_mtime_ns

    again = run(small, "reports")
    assert again == "Nothing has changed: build/site/index.html\n"
    assert (small / "build" / "site" / "index.html").stat().st_mtime_ns == stamp

    notebook = small / "notebooks" / "market" / "sample.ipynb"
    original = notebook.read_bytes()
    edit_code(notebook, "market.sample.finding", '"Another finding"')
    assert "uk/sample                    changed: its notebook\n" in run(small, "plan")
    assert pages(run(small, "reports")) == {"uk/sample", "fr/sample"}
    changed = {name for name, page in site(small).items() if page != before[name]}
    assert {"uk/sample.html", "fr/sample.html"} <= changed
    assert not {name for name in changed if name.endswith("influences.html")}

    notebook.write_bytes(original)
    back = run(small, "reports")
    assert pages(back) == set() and "build the book" in back
    assert site(small).keys() == before.keys()

    edit(notebook, "An online panel reaches", "An on-line panel reaches")
    assert run(small, "plan") == "0 to render, 6 of 6 as they are\n"
    assert pages(run(small, "reports")) == set()
    assert b"An on-line panel reaches" in site(small)["uk/sample.html"]

    assert pages(run(small, "report", "uk")) == {"uk/index"}
    assert not any(name.startswith("fr/") for name in site(small))


@pytest.mark.slow
def test_a_commit_is_on_every_page_without_building_them_anew(small: Path) -> None:
    """Neither a notebook nor Jupyter Book runs: the pages that were built get their foot."""
    (small / "requirements.lock").write_text("a==1\n", encoding="utf-8")
    run(small, "report", "uk")
    assert b"Made from no commit, requirements.lock" in site(small)["uk/sample.html"]
    log = small / "build" / "jupyter-book.log"
    built = log.stat().st_mtime_ns
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    (small / ".gitignore").write_text("build/\n", encoding="utf-8")
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "one"]):
        subprocess.run([*git, *arguments], cwd=small, check=True, capture_output=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=small, capture_output=True, text=True).stdout.strip()

    said = run(small, "report", "uk")
    assert pages(said) == set() and log.stat().st_mtime_ns == built
    told = json.loads((small / "build" / "site" / "provenance.json").read_bytes())
    assert (told["commit"], told["local_changes"]) == (commit, False)
    own = {name: page for name, page in site(small).items() if name.startswith("uk/") or name == "index.html"}
    assert len(own) == 3 and all(f"Made from commit {commit[:12]}, ".encode() in page for page in own.values())
    assert run(small, "report", "uk") == "Nothing has changed: build/site/index.html\n"

    (small / "book" / "data.md").open("a").write("\nMore.\n")
    assert pages(run(small, "report", "uk")) == set()
    assert f"commit {commit[:12]} with local changes".encode() in site(small)["uk/sample.html"]


@pytest.mark.slow
def test_killed_outright_it_leaves_no_kernel_and_the_next_run_goes_on(small: Path) -> None:
    sleep_in(small)
    running = start(small, "reports", "--jobs", "4")
    done = pages(wait_for(running, "[  2/6]"))
    running.kill()
    running.communicate(timeout=30)
    until = time.monotonic() + 10
    while living(small) and time.monotonic() < until:
        time.sleep(0.1)
    assert not living(small)
    edit_code(small / "notebooks" / "market" / "influences.ipynb", "time.sleep(600)", "time.sleep(0)")
    assert not pages(run(small, "reports")) & done


@pytest.mark.slow
def test_a_kernel_that_died_is_tried_once_more(small: Path) -> None:
    once = "import os, pathlib\nflag = pathlib.Path('died')\nif not flag.exists():\n    flag.touch(); os._exit(1)\n"
    edit_code(small / "notebooks" / "market" / "influences.ipynb", "market =", f"{once}market =")
    said = run(small, "report", "uk")
    assert "uk/influences: its kernel died; once more" in said
    assert pages(said) == {"uk/index", "uk/sample", "uk/influences"}


@pytest.mark.slow
def test_cold_kernels_give_the_same_site(small: Path) -> None:
    run(small, "report", "uk")
    warm = site(small)
    run(small, "report", "uk", "--cold", "--build", "cold")
    cold = {
        str(p.relative_to(small / "cold" / "site")): p.read_bytes() for p in (small / "cold" / "site").rglob("*.html")
    }
    assert warm.keys() == cold.keys()
    assert {name for name in warm if warm[name] != cold[name]} <= {"build.html"}  # what it took


@pytest.mark.slow
def test_bad_data_are_told_before_a_kernel_starts(small: Path) -> None:
    with (small / "data" / "raw" / "fr.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    for cold in ([], ["--cold"]):
        said = run(small, "report", "fr", *cold, code=3)
        assert "fr.csv: the file is not the one declared: sha256 differs" in said
        assert not pages(said)


@pytest.mark.slow
def test_a_market_whose_data_are_refused_is_missing_and_comes_back(small: Path) -> None:
    """The others are published, the overview says which is not, and its data mended the market is there again."""
    raw = small / "data" / "raw" / "fr.csv"
    content = raw.read_bytes()
    raw.write_bytes(content + b"\n")
    said = run(small, "reports", code=5)
    assert said.count("fr.csv: the file is not the one declared: sha256 differs") == 1
    assert pages(said) == {"all/index", "uk/sample", "uk/influences"}
    assert "The site is build/site/index.html, without France" in said
    made = site(small)
    assert "<b>France is missing from this edition.</b> Its data did not pass the checks" in made["index.html"].decode()
    assert not [name for name in made if name.startswith(("fr/", "markets/"))]

    again = run(small, "reports", code=5)
    assert pages(again) == set() and "build the book" not in again and "sha256 differs" in again
    raw.write_bytes(content)
    assert pages(run(small, "reports")) == ALL - {"uk/sample"}  # the others stand beside the average of all
    assert "is missing" not in site(small)["index.html"].decode()


@pytest.mark.slow
def test_without_a_process_to_fork_from_kernels_start_cold(small: Path, tmp_path: Path) -> None:
    """A library that ends the warm process as it is imported: the report is made all the same."""
    (tmp_path / "ends").mkdir()
    (tmp_path / "ends" / "sitecustomize.py").write_text(
        "import os, sys\nif 'analysis.warm' in ' '.join(sys.orig_argv): os._exit(1)\n", encoding="utf-8"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "ends")}
    ran = subprocess.run([*COMMAND, "report", "uk"], cwd=small, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "the process that forks them ended; fix: start kernels cold: COLD=1; they are started cold now" in ran.stdout
    assert pages(ran.stdout) == {"uk/index", "uk/sample", "uk/influences"}


def test_inputs_edited_while_they_are_rendered_are_taken_back(
    small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A run whose codebook is saved in its midst keeps nothing of what it rendered."""
    monkeypatch.chdir(small)
    report = plan_report(read_study("params"), "uk", small)

    class Editing(workers.LocalWorkers):
        def run(self, due, progress):  # type: ignore[no-untyped-def]
            edit(small / "params" / "codebook.yaml", "\n", "\n# saved meanwhile\n")
            for one in due:
                yield one, Rendered("{}", {}, [("uk", "data")], Usage(1.0, 1))

    monkeypatch.setattr(workers, "LocalWorkers", Editing)
    places = Places(small / "book", tmp_path / "build")
    console = Console(quiet=True)
    with pytest.raises(JourneybookError, match="its inputs were edited while it was rendered; fix: run it again"):
        make_report(report, places=places, how=How(1, cold=True), progress=Progress(console))
    assert len(plan(plan_report(read_study("params"), "uk", small), places).due) == 3
    assert not places.site.exists()


def test_a_folder_that_cannot_be_made_is_refused(small: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = run(small, "report", "uk", "--build", str(tmp_path / "file" / "build"), code=6)
    assert "the folder for what is built cannot be made" in said


def test_cores_are_kept_busy_while_kernels_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    assert usual_jobs() == 6
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert usual_jobs() == 2


def test_a_problem_survives_its_way_from_the_warm_process() -> None:
    problem = Problem("fr.csv, line 2", "not a code", "9", "1, 2", "correct the cell")
    assert Problem(**json.loads(json.dumps(vars(problem)))) == problem


def test_a_disk_that_is_full_is_told_in_one_line(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever cannot be written ends the command with its exit code, and no traceback."""

    def full(*_: object, **__: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device", "build/store/x.ipynb")

    monkeypatch.chdir(small)
    monkeypatch.setattr("analysis.pipeline.make_report", full)
    result = CliRunner().invoke(main, ["report", "uk"])
    assert result.exit_code == 6 and isinstance(result.exception, SystemExit)
    assert result.output.startswith("build/store/x.ipynb: No space left on device; fix: make room")


@pytest.mark.slow
def test_a_store_that_keeps_nothing_still_makes_a_book(small: Path) -> None:
    edit(small / "params" / "study.yaml", "store: {mebibytes: 2048}", "store: {mebibytes: 0}")
    assert len(pages(run(small, "report", "uk"))) == 3
    assert (small / "build" / "site" / "uk" / "sample.html").is_file()
    assert not list((small / "build" / "store").glob("*/*.json"))
    assert len(pages(run(small, "report", "uk"))) == 3
