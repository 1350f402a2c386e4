"""make verify: what it prints and how it ends, with R survey and without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import verify

ROOT = Path(__file__).parents[1]
OURS = pd.Series([0.25, 0.50])


def assert_ends_with_8(told: pytest.CaptureFixture[str]) -> None:
    assert verify.main() == 8
    assert told.readouterr() == ("", f"{verify.NO_R}\n")


def test_without_r_it_says_in_one_line_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "r-cran-survey" in verify.NO_R
    assert_ends_with_8(capsys)


def test_an_r_without_the_package_survey_is_no_referee(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Rscript").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "Rscript").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert_ends_with_8(capsys)


@pytest.mark.parametrize(("gap", "near"), [(1e-12, True), (1e-6, False)])
def test_a_group_says_whether_it_is_near_enough(gap: float, near: bool) -> None:
    text, told = verify.line("made up", verify.table_of(OURS, OURS * (1 + gap), 1e-9))
    assert (text.endswith("ok" if near else "DIFFERS"), told) == (True, near)


def test_a_value_that_r_does_not_give_is_a_difference() -> None:
    assert not verify.line("made up", verify.table_of(OURS, OURS.iloc[:1], 1e-9))[1]


def test_a_script_that_fails_ends_the_run_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Rscript").write_text("#!/bin/sh\necho no such survey >&2\nexit 3\n", encoding="utf-8")
    (tmp_path / "Rscript").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(SystemExit, match=r"designs\.R ended with 3:\nno such survey"):
        verify.run_script("designs.R", tmp_path)


@pytest.mark.slow
def test_every_number_agrees_with_an_r_that_is_asked_now() -> None:
    if not verify.r_version() and os.environ.get("CI") != "true":
        pytest.skip("Rscript with the packages survey and metafor is not installed: nothing can be asked")
    command = [sys.executable, str(ROOT / "tests" / "verify.py")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "DIFFERS" not in ran.stdout
    assert "markets: shares" in ran.stdout
    assert "with survey" in ran.stdout.splitlines()[-1]
