"""The command refuses in plain lines, with an exit code a kind, and never touches what is there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analysis.cli import main
from analysis.errors import EXIT_CODES

CODES = ("uk", "fr", "de", "it", "es", "nl", "se")


@pytest.fixture
def standing_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    monkeypatch.setenv("COLD", "1")  # data are checked here, not in a process that would be warmed up for it
    return project


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def refused(result: Result, code: int) -> str:
    """What was printed, once it is known to be a refusal with this exit code and no traceback."""
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result.output


def raw(project: Path, old: bytes, new: bytes, *, declared: bool) -> Path:
    """Changes the UK's file, and its declared sha256 with it where `declared`."""
    path = project / "data" / "raw" / "uk.csv"
    before = path.read_bytes()
    assert old in before
    after = before.replace(old, new, 1)
    path.write_bytes(after)
    if declared:
        settings = project / "params" / "markets" / "uk.yaml"
        sums = [hashlib.sha256(content).hexdigest() for content in (before, after)]
        settings.write_text(settings.read_text(encoding="utf-8").replace(*sums), encoding="utf-8")
    return path


@pytest.mark.parametrize("country", ["atlantis", "../../x", "$(touch x)", "uk;touch x", "all"])
def test_an_unknown_country_lists_the_markets_and_creates_nothing(standing_in: Path, country: str) -> None:
    before = sorted(standing_in.rglob("*"))
    output = refused(run("report", country), EXIT_CODES["config"])
    assert "COUNTRY" in output
    assert ", ".join(CODES) in output
    assert sorted(standing_in.rglob("*")) == before


def test_a_missing_country_is_told_how_to_name_one(standing_in: Path) -> None:
    output = refused(run("report"), 2)
    assert "no market was named" in output
    assert "make report COUNTRY=uk" in output
    assert not (standing_in / "build").exists()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("gb", "uk"), ("UK", "uk"), ("sv", "se"), ("Frence", "fr")],
)
def test_the_nearest_market_is_named(standing_in: Path, typed: str, meant: str) -> None:
    assert f"did you mean {meant}?" in refused(run("report", typed), 2)


def test_the_option_is_not_taken_for_a_country(standing_in: Path) -> None:
    result = run("report", "--no-such-option")
    assert result.exit_code == 2
    assert not (standing_in / "build").exists()


@pytest.mark.parametrize(
    ("command", "study"),
    [(("report", "uk"), "../nowhere"), (("report", "uk"), "$(touch x)"), (("reports",), "nowhere"), (("data",), "x;y")],
)
def test_an_unknown_study_is_refused_by_name(standing_in: Path, command: tuple[str, ...], study: str) -> None:
    output = refused(run(*command, "--study", study), EXIT_CODES["config"])
    assert study in output
    assert "study.yaml" in output
    assert not (standing_in / "build").exists()
    assert not (standing_in / "x").exists()


def test_the_study_is_also_taken_from_the_environment(standing_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY", "nowhere")
    assert "nowhere" in refused(run("report", "uk"), 2)


def test_a_key_that_is_not_known_is_refused_with_its_line(standing_in: Path) -> None:
    settings = standing_in / "params" / "study.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("wave:", "wawe:"), encoding="utf-8")
    line = next(n for n, text in enumerate(settings.read_text(encoding="utf-8").splitlines(), 1) if "wawe" in text)
    output = refused(run("report", "uk"), 2)
    assert f"study.yaml, line {line}, wawe" in output
    assert "did you mean wave?" in output


@pytest.fixture
def with_site(standing_in: Path) -> Path:
    site = standing_in / "build" / "site"
    site.mkdir(parents=True)
    (site / "index.html").write_text("an earlier report", encoding="utf-8")
    return standing_in


def untouched(project: Path) -> bool:
    site = project / "build" / "site"
    return {p: p.read_text(encoding="utf-8") for p in site.rglob("*")} == {site / "index.html": "an earlier report"}


def test_a_value_that_is_no_code_is_refused_by_file_line_column_and_value(with_site: Path) -> None:
    header, *lines = (with_site / "data" / "raw" / "uk.csv").read_bytes().splitlines(keepends=True)
    cells = lines[3].split(b",")
    cells[header.split(b",").index(b"infl_soc")] = b"77"
    raw(with_site, lines[3], b",".join(cells), declared=True)
    output = refused(run("report", "uk"), EXIT_CODES["data"])
    assert "uk.csv, line 5, column infl_soc" in output
    assert "got '77'" in output and "allowed: 1, 2, 3, 4, 5" in output
    assert untouched(with_site)


def test_a_missing_column_is_refused_by_its_name(with_site: Path) -> None:
    raw(with_site, b"infl_soc", b"infl_sok", declared=True)
    output = refused(run("report", "uk"), EXIT_CODES["data"])
    assert "uk.csv, line 1" in output and "infl_soc" in output and "did you mean infl_sok?" in output
    assert untouched(with_site)


def test_bad_data_of_every_market_are_told_in_one_pass(with_site: Path) -> None:
    for path in (with_site / "data" / "raw").glob("*.*"):  # of some alone, and the others are published
        path.unlink()
    output = refused(run("reports"), EXIT_CODES["file"])
    assert "uk.csv" in output and "fr.csv" in output
    assert untouched(with_site)


def test_a_scheduler_from_the_environment_asks_for_a_share(standing_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULER", "tcp://127.0.0.1:1")
    output = refused(run("report", "uk"), EXIT_CODES["config"])
    assert output.startswith("SHARE: a run on a cluster needs a folder that its workers reach")
    assert output.count("\n") == 1


def test_no_site_to_serve_is_an_error_with_a_fix(standing_in: Path) -> None:
    assert "make report COUNTRY=uk" in refused(run("serve"), EXIT_CODES["file"])


@pytest.mark.slow
def test_the_installed_command_exits_like_the_function(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from analysis.cli import main; main()", "report", "gb", "--build", tmp_path / "b"]
    environment = {k: v for k, v in os.environ.items() if k not in ("STUDY", "COUNTRY")}
    ran = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1 and "did you mean uk?" in ran.stderr
    assert not (tmp_path / "b").exists()


@pytest.mark.slow
def test_an_edition_is_written_from_the_figures_of_now(standing_in: Path) -> None:
    path = standing_in / "params" / "study.yaml"
    text = path.read_text(encoding="utf-8").replace("markets: [uk, fr, de, it, es, nl, se]", "markets: [uk, fr]")
    path.write_text(text, encoding="utf-8")
    result = run("edition")
    assert result.exit_code == 0, result.output
    lines = (standing_in / "params" / "editions" / "2026-2.csv").read_text(encoding="utf-8").splitlines()
    assert f"{len(lines) - 1} figures and verdicts" in result.output
    assert {line.split(",")[1] for line in lines[1:]} == {"uk", "fr", "average"}
