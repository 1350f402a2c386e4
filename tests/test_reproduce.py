"""make reproduce: what it finds between two sites, what it prints and how it ends."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import reproduce


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two sites alike: a page, a workbook, and a picture in a folder."""
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "uk").mkdir(parents=True)
    (first / "index.html").write_text("<p>one</p>\n<p>22 %</p>\n", encoding="utf-8")
    (first / "uk" / "chart.png").write_bytes(b"\x89PNG\x00\x01")
    with zipfile.ZipFile(first / "tables.xlsx", "w") as file:
        file.writestr("xl/sheet1.xml", "<row>22</row>")
    shutil.copytree(first, second)
    return first, second


def test_the_same_bytes_are_identical(two: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert reproduce.told(*two) == []
    assert capsys.readouterr().out.startswith("identical: 3 files, 0.0 MB")


def edited(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda site: (site / name).write_bytes(content)


def repacked(site: Path) -> None:
    with zipfile.ZipFile(site / "tables.xlsx", "w") as file:
        file.writestr("xl/sheet1.xml", "<row>23</row>")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (edited("index.html", b"<p>one</p>\n<p>23 %</p>\n"), "index.html, line 2, byte 15:"),
        (edited("index.html", b"<p>one</p>\n"), "index.html, line 2, byte 11:"),
        (edited("uk/chart.png", b"\x89PNG\x00\x02"), "uk/chart.png, line 1, byte 5:"),
        (edited("uk/more.csv", b""), "uk/more.csv: only in the second site"),
        (lambda site: (site / "uk" / "chart.png").unlink(), "uk/chart.png: only in the first site"),
        (lambda site: (site / "empty").mkdir(), "empty: only in the second site"),
        (lambda site: (site / "index.html").chmod(0o755), "index.html: - and -x"),
        (repacked, "tables.xlsx, xl/sheet1.xml, line 1, byte 6:"),
    ],
)
def test_a_difference_is_found_and_its_place_told(
    two: tuple[Path, Path], change: Callable[[Path], object], found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(two[1])
    [line] = reproduce.told(*two)
    assert line.startswith(found)
    assert capsys.readouterr().out.splitlines()[-1].startswith("1 of 3 files differ")


def test_permissions_to_read_are_the_umask_s(two: tuple[Path, Path]) -> None:
    (two[1] / "index.html").chmod(0o600)
    assert reproduce.differences(*two) == []


@pytest.mark.parametrize(("country", "asked"), [("", ("reports",)), ("uk", ("report", "--", "uk"))])
@pytest.mark.parametrize(("found", "ended"), [([], 0), (["index.html, line 1"], 5)])
def test_it_ends_as_the_comparison_does(
    found: list[str], ended: int, country: str, asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    built = []
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(reproduce.tempfile, "mkdtemp", lambda **_: str(work))
    monkeypatch.setattr(reproduce, "reproduce", lambda _, *arguments: built.append(arguments) or found)
    monkeypatch.setattr(reproduce, "ROOT", tmp_path)
    assert reproduce.main(country) == ended
    assert built == [asked]
    assert work.exists() == bool(found)  # kept, to be looked at


def test_without_git_it_says_in_one_line_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reproduce, "ROOT", tmp_path)
    assert reproduce.main("uk") == 8
    assert (
        capsys.readouterr().err == f"{tmp_path}: make reproduce copies what git tracks, and this is no git checkout\n"
    )
