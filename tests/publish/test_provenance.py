"""Where pages come from: commit, lock, raw files and content keys, on each page and in one file beside them."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from analysis.publish import provenance as told_by
from analysis.publish.plan import Page, Report, plan_report
from analysis.publish.provenance import FILE, MARKER, Origin, origin, provenance, read, sign, signed
from analysis.publish.store import Result
from analysis.study.params import Study

COMMIT = "4c5e6780b2a7326499a13e96aaf83979d1cd229a"
LOCK = "d8ce39e4dc6888eb3cec1e2b8ec59e46995bd34cd32e81373b4ccc90e0e3c421"
CLEAN = Origin(COMMIT, False, LOCK)
SAMPLE = {"delivered": 439, "used": 430, "design_effect": 1.0432}


def git(folder: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    ran = subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project of which everything is committed."""
    for name in (
        "src/analysis/a.py",
        "params/study.yaml",
        "notebooks/market/a.ipynb",
        "book/data.md",
        "data/raw/uk.csv",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a\n", encoding="utf-8")
    (tmp_path / "requirements.lock").write_text("a==1\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    return tmp_path


# ---- the project that a site was made from


def test_commit_and_lock_are_those_of_the_project(checkout: Path) -> None:
    lock = hashlib.sha256(b"a==1\n").hexdigest()
    assert origin(checkout, checkout / "params") == Origin(git(checkout, "rev-parse", "HEAD"), False, lock)


@pytest.mark.parametrize("name", ["src/analysis/a.py", "params/study.yaml", "book/new.md", "data/raw/uk.csv"])
def test_what_differs_from_the_commit_is_a_local_change(checkout: Path, name: str) -> None:
    (checkout / name).write_text("b\n", encoding="utf-8")
    found = origin(checkout, checkout / "params")
    assert found.changed
    assert f"commit {str(found.commit)[:12]} with local changes" in found.words


@pytest.mark.parametrize("name", ["build/site/index.html", "docs/publish.md", "tests/test_a.py"])
def test_what_no_site_is_made_from_is_none(checkout: Path, name: str) -> None:
    (checkout / name).parent.mkdir(parents=True)
    (checkout / name).write_text("b\n", encoding="utf-8")
    assert not origin(checkout, checkout / "params").changed


def test_another_study_of_the_project_counts_too(checkout: Path) -> None:
    study = checkout / "tests" / "studies" / "other"
    study.mkdir(parents=True)
    (study / "study.yaml").write_text("a\n", encoding="utf-8")
    assert origin(checkout, study).changed and not origin(checkout, checkout / "params").changed


def test_outside_git_there_is_no_commit(tmp_path: Path) -> None:
    assert origin(tmp_path, tmp_path / "params") == Origin(None, False, None)
    assert Origin(None, False, None).words == "no commit, no requirements.lock"


def test_a_checkout_of_something_else_around_the_project_is_not_its_commit(checkout: Path) -> None:
    project = checkout / "unpacked"
    project.mkdir()
    (project / "requirements.lock").write_text("a==1\n", encoding="utf-8")
    assert origin(project, project / "params").commit is None


def test_without_git_there_is_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    assert origin(checkout, checkout / "params").commit is None


# ---- what is told of pages


@pytest.fixture
def report(study: Study, root: Path) -> Report:
    return plan_report(study, "all", root)


@pytest.fixture
def results(report: Report, tmp_path: Path) -> dict[Page, Result]:
    """A result for every page; those across markets stand on all of them."""
    made = {}
    for page in report.pages:
        codes = report.markets if page.country == "all" else (page.country,)
        parts = {"market": page.country, "notebook": f"n{page.chapter}", "codebook.yaml": "c0de"}
        uses = {f"{code} data": f"d{code}" for code in codes} | {"uk name": "name"}
        values = {"market.people": "UK adults"}
        made[page] = Result(str(page), parts, uses, values, 1.5, 99, tmp_path / "a.ipynb", dict.fromkeys(codes, SAMPLE))
    return made


def test_a_page_is_told_with_everything_it_came_from(report: Report, results: dict[Page, Result], root: Path) -> None:
    told = provenance(report, results, CLEAN, root)
    page = told["pages"]["uk/influences"]
    result = next(r for p, r in results.items() if p.source.as_posix() == "uk/influences")
    assert page["content_key"] == result.key and page["values"] == {"market.people": "UK adults"}
    assert page["notebook"] == "notebooks/market/influences.ipynb" and page["markets"] == ["uk"]
    assert {**{n: told["inputs"][n] for n in page["inputs"]}, "notebook": page["notebook_key"]} == {
        "codebook.yaml": "c0de",
        "notebook": "ninfluences",
    }
    assert (told["commit"], told["local_changes"], told["lock_sha256"]) == (COMMIT, False, LOCK)
    uk = told["markets"]["uk"]
    assert uk["raw_sha256"] == report.study.market("uk").raw.sha256 and uk["fieldwork"] == ["2012-02-06", "2012-02-17"]
    assert {name: uk[name] for name in SAMPLE} == SAMPLE
    assert set(told["pages"]) == {p.source.as_posix() for p in report.pages}


def test_the_same_inputs_are_told_in_the_same_bytes(
    report: Report, results: dict[Page, Result], root: Path, tmp_path: Path
) -> None:
    """Whatever a page took, and in whatever order pages were rendered."""
    for name, order in (("one", list(results)), ("two", list(reversed(results)))):
        site = tmp_path / name
        for source in [*(p.source.as_posix() for p in report.pages), "build"]:
            (site / source).parent.mkdir(parents=True, exist_ok=True)
            (site / f"{source}.html").write_text(f"<p>{MARKER}</p>", encoding="utf-8")
        took = {p: Result(**{**vars(results[p]), "seconds": float(len(name) + n)}) for n, p in enumerate(order)}
        sign(site, provenance(report, took, CLEAN, root), CLEAN)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    assert Path(FILE) in files
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


def test_a_foot_names_commit_lock_content_and_how_to_check(
    report: Report, results: dict[Page, Result], root: Path
) -> None:
    told = provenance(report, results, CLEAN, root)
    foot = told_by.foot("uk/influences", told, CLEAN)
    for part in (COMMIT[:12], LOCK[:12], told["pages"]["uk/influences"]["content_key"][:12]):
        assert part in foot
    assert 'href="../provenance.json"' in foot and "make verify-page PAGE=uk/influences" in foot
    assert "<details" not in foot  # the market's own line on its page has its raw file


def test_a_page_across_markets_names_every_raw_file_folded(
    report: Report, results: dict[Page, Result], root: Path
) -> None:
    foot = told_by.foot("index", provenance(report, results, CLEAN, root), CLEAN)
    assert 'href="provenance.json"' in foot
    assert foot.index("<details") < foot.index("Raw files of the 7 markets") < foot.index("uk.csv")
    for code in report.markets:
        assert report.study.market(code).raw.sha256[:12] in foot
    assert foot.count("430 of 439 rows used; design effect 1.04; simulated, dated 2012-02-06 to 2012-02-17") == 7


def test_only_the_kept_place_of_a_page_is_filled() -> None:
    assert signed(f"<p>a</p>{MARKER}<p>b</p>", "<i>foot</i>") == "<p>a</p><i>foot</i><p>b</p>"
    assert signed("<p>no place</p>", "<i>foot</i>") == "<p>no place</p>"


def test_a_site_without_the_file_tells_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    assert read(tmp_path) is None
    (tmp_path / FILE).write_text(json.dumps({"pages": {}}), encoding="utf-8")
    assert read(tmp_path) == {"pages": {}}
