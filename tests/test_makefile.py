"""make hands COUNTRY and STUDY over as they are: nothing in them is run by make or by a shell."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from making import HEARD, HOSTILE, MAKEFILE, heard, make, stand_in

TARGETS = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.M)[0].split()
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return stand_in(tmp_path)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("way", ["make variable", "environment"])
def test_the_page_reaches_the_command_as_typed(folder: Path, text: str, way: str) -> None:
    given = ([f"PAGE={text}"], {}) if way == "make variable" else ([], {"PAGE": text})
    ran = make(folder, "verify-page", *given[0], **given[1])
    assert ran.returncode == 0, ran.stderr
    assert heard(folder, "arguments") == ["verify-page", "--", text]
    assert heard(folder, "settings")[4] == text
    assert not list(folder.rglob("x"))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("way", ["make variable", "environment"])
@pytest.mark.parametrize("target", ["report", "reports", "data"])
def test_the_study_reaches_the_command_as_typed(folder: Path, target: str, text: str, way: str) -> None:
    ran = make(folder, target, f"STUDY={text}") if way == "make variable" else make(folder, target, STUDY=text)
    assert ran.returncode == 0, ran.stderr
    assert heard(folder, "arguments")[0] == target
    assert heard(folder, "settings")[1] == text
    assert not list(folder.rglob("x"))


@pytest.mark.parametrize("text", HOSTILE)
def test_scheduler_and_share_reach_the_command_as_typed(folder: Path, text: str) -> None:
    ran = make(folder, "reports", f"SCHEDULER={text}", SHARE=text)
    assert ran.returncode == 0, ran.stderr
    assert heard(folder, "settings")[2:4] == [text, text]
    assert not list(folder.rglob("x"))


def test_a_country_that_looks_like_an_option_is_still_a_country(folder: Path) -> None:
    assert make(folder, "report", "COUNTRY=--help").returncode == 0
    assert heard(folder, "arguments") == ["report", "--", "--help"]


@pytest.mark.parametrize(("held", "used"), [("jupyter-book", True), ("python", False)])
def test_an_active_conda_environment_is_used_only_if_it_holds_the_books_tools(
    folder: Path, held: str, used: bool
) -> None:
    conda = folder / "conda"
    (conda / "conda-meta").mkdir(parents=True)
    (conda / "conda-meta" / "history").touch()
    shutil.copytree(folder / ".venv" / "bin", conda / "bin")
    (conda / "bin" / held).touch()
    (conda / "bin" / "journeybook").write_text(HEARD + "touch from_conda\n", encoding="utf-8")
    (conda / ".journeybook-ready").touch()
    assert make(folder, "report", "COUNTRY=uk", CONDA_PREFIX=str(conda)).returncode == 0
    assert heard(folder, "arguments")[0] == "report"
    assert (folder / "from_conda").exists() == used


def test_no_country_reaches_the_command_as_an_empty_one(folder: Path) -> None:
    make(folder, "report")
    assert heard(folder, "arguments")[-1] == ""


def test_the_commands_failure_is_makes_failure(folder: Path) -> None:
    (folder / ".venv" / "bin" / "journeybook").write_text("#!/bin/sh\nexit 4\n", encoding="utf-8")
    assert make(folder, "report", "COUNTRY=uk").returncode != 0


def test_help_has_one_line_for_every_target(folder: Path) -> None:
    lines = make(folder, "help").stdout.splitlines()
    assert sorted(line.split()[0] for line in lines) == sorted(TARGETS)
    assert all(len(line.split()) > 2 for line in lines)


def test_help_is_what_make_does_when_nothing_is_asked(folder: Path) -> None:
    assert make(folder).stdout == make(folder, "help").stdout


def test_help_needs_no_environment(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    assert make(tmp_path, "help").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]


def test_clean_removes_what_was_built_and_keeps_the_environment(folder: Path) -> None:
    (folder / "build" / "site").mkdir(parents=True)
    assert make(folder, "clean").returncode == 0
    assert not (folder / "build").exists()
    assert (folder / ".venv" / ".ready").exists()
