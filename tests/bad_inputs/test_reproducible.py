"""The same commit and data are the same bytes, wherever and whenever they are built (see tests/reproduce.py)."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import reproduce
from reproduce import YEAR_1970, YEAR_2100, Place

from analysis.errors import JourneybookError
from analysis.publish.book import build

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "random"}
PLACES = {
    "C": Place("plain", "C", {"TZ": "UTC", "PYTHONHASHSEED": "0"}),
    "de_DE": Place("zwei Wörter", "de_DE.UTF-8", ELSEWHERE, 0o077, YEAR_1970, YEAR_1970),
    "tr_TR": Place("deep/er", "tr_TR.UTF-8", {**ELSEWHERE, "SOURCE_DATE_EPOCH": "1"}, 0o022, YEAR_2100, YEAR_2100),
}
CHAPTERS = ("headlines", "moments", "replication", "key_figures")
CONFIG = "title: A book\nonly_build_toc_files: true\nexecute: {execute_notebooks: 'off'}\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reproduced")


@pytest.fixture(scope="module")
def sites(work: Path) -> dict[str, Path]:
    """The UK's report in two chapters, built in each place."""
    return {name: build_small(work, place) for name, place in PLACES.items()}


def build_small(work: Path, place: Place) -> Path:
    project = work / place.folder
    for name in ("params", "data", "book", "notebooks", "src"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    path = project / "params" / "study.yaml"
    before, chapters = path.read_text(encoding="utf-8").split("chapters:\n")
    kept = [
        line
        for line in chapters.splitlines()
        if (named := re.match(r"    (\w+): ", line)) is None or named[1] in CHAPTERS
    ]
    path.write_text(before + "chapters:\n" + "\n".join(kept) + "\n", encoding="utf-8")
    reproduce.age(project, place.mtime)
    return reproduce.build(project, place, work, "report", "--", "uk")


def skip_if_missing(work: Path, *what: str) -> None:
    lacking = [line for place in PLACES.values() for line in reproduce.missing(place, work) if line.startswith(what)]
    if lacking:
        pytest.skip(f"not reproducible here: {', '.join(lacking)}")


@pytest.mark.slow
def test_b111_language_time_zone_and_hash_seed_leave_no_trace(sites: dict[str, Path], work: Path) -> None:
    skip_if_missing(work, "locale")
    for name in ("de_DE", "tr_TR"):
        assert reproduce.differences(sites["C"], sites[name]) == []
    assert len(list(sites["C"].rglob("*.*"))) > 50


@pytest.mark.slow
def test_b112_no_clock_dates_a_page(sites: dict[str, Path], work: Path) -> None:
    """1970 without, 2100 with SOURCE_DATE_EPOCH: dates come from the data alone."""
    skip_if_missing(work, "the clock")
    assert reproduce.differences(sites["de_DE"], sites["tr_TR"]) == []
    pages = [path.read_text(encoding="utf-8") for path in sites["tr_TR"].rglob("*.html")]
    assert len(pages) > 5
    assert not [page for page in pages if re.search(r"\b(1970|2100)\b", page)]


@pytest.mark.slow
def test_b115_a_book_is_built_from_nothing_each_time(tmp_path: Path) -> None:
    """A warning stops the book the second time too, and pages that did not change know the new contents."""
    book, work, site = tmp_path / "book", tmp_path / "work", tmp_path / "site"
    book.mkdir()
    (book / "_config.yml").write_text(CONFIG, encoding="utf-8")
    (book / "_toc.yml").write_text("{format: jb-book, root: index, chapters: [{file: other}]}", encoding="utf-8")
    (book / "index.md").write_text("# A book\n\n[gone](no_such_page.md)\n", encoding="utf-8")
    (book / "other.md").write_text("# The old title\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(JourneybookError, match="no_such_page"):
            build(book, work, site)
    assert not site.exists()
    (book / "index.md").write_text("# A book\n", encoding="utf-8")
    build(book, work, site)
    (book / "other.md").write_text("# The new title\n", encoding="utf-8")
    build(book, work, site)
    assert "The new title" in (site / "index.html").read_text(encoding="utf-8")
