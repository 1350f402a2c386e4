"""What is typed after make reaches the command as data, or is refused; nothing of it is ever run."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from making import HOSTILE, heard, make, stand_in
from tea import Tea

ROOT = Path(__file__).parents[2]
REAL = f"""#!/bin/sh
exec "{sys.executable}" -c "from analysis.cli import main; main()" "$@"
"""

pytestmark = [
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed"),
    pytest.mark.slow,
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The Makefile beside a command that only writes down what it was given."""
    return stand_in(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The Makefile beside the command itself, and the small study."""
    Tea(tmp_path / "tea").deliver()
    return stand_in(tmp_path, REAL)


def refused(project: Path, *arguments: str, **settings: str) -> str:
    """What make prints of a refusal, once it is known that nothing was made."""
    before = sorted(project.rglob("*"))
    ran = make(project, *arguments, "STUDY=tea", **settings)
    assert ran.returncode == 2, ran.stdout
    assert sorted(project.rglob("*")) == before
    assert "Traceback" not in ran.stderr
    return ran.stderr


@pytest.mark.parametrize(("given", "meant"), [("countr=de", "COUNTRY"), ("NOTEBOK=sample", "NOTEBOOK")])
def test_b078_an_unknown_parameter(project: Path, given: str, meant: str) -> None:
    name = given.partition("=")[0]
    told = refused(project, "report", "COUNTRY=uk", given)
    assert f"{name}: unknown parameter; got '{name}'; allowed: COUNTRY, STUDY, NOTEBOOK" in told
    assert f"fix: did you mean {meant}?" in told


@pytest.mark.parametrize("name", ["x;touch PWN", "`touch PWN`", "$(touch PWN)", "import os;os.system", "__class__"])
def test_b080_a_name_that_carries_code(project: Path, name: str) -> None:
    """GNU make itself expands `$(shell ...)` in a name typed after it, before it reads any Makefile; no CI does."""
    ran = make(project, "report", f"{name}=1", "STUDY=tea", "COUNTRY=uk")
    assert ran.returncode == 2
    assert "unknown parameter" in ran.stderr or "empty variable name" in ran.stderr
    assert not list(project.rglob("PWN"))


def test_b080_no_input_of_ci_reaches_a_command() -> None:
    scripts = [*(ROOT / ".github" / "workflows").iterdir(), *(ROOT / ".ci").iterdir()]
    told = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    assert "papermill" not in told and "inputs." not in told and "github.event" not in told


@pytest.mark.parametrize("given", ["country=de", "COUNTRY="])
def test_b083_no_country_is_taken_for_granted(project: Path, given: str) -> None:
    told = refused(project, "report", given)
    assert "COUNTRY: no market was named; got ''; allowed: uk; fix: make report COUNTRY=uk" in told
    assert ("country: unknown parameter" in told and "did you mean COUNTRY?" in told) == (given == "country=de")


def test_b086_a_country_that_is_a_path_reaches_no_file(project: Path) -> None:
    for country in ("../../x", "u" * 300):
        assert f"COUNTRY: no such market; got '{country}'; allowed: uk" in refused(
            project, "report", f"COUNTRY={country}"
        )


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("way", ["make variable", "environment"])
def test_b087_a_country_with_code_reaches_the_command_as_typed(folder: Path, text: str, way: str) -> None:
    """The command then refuses it: see B086."""
    ran = make(folder, "report", f"COUNTRY={text}") if way == "make variable" else make(folder, "report", COUNTRY=text)
    assert ran.returncode == 0, ran.stderr
    assert heard(folder, "arguments")[0] == "report"
    assert heard(folder, "arguments")[-1] == text
    assert heard(folder, "settings")[0] == text
    assert not list(folder.rglob("x"))
