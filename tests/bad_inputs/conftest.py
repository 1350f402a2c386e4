"""A copy of the bundled study to break, and the command that must refuse it in plain lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from breaking import Answer, Broken, Run
from click.testing import CliRunner
from tea import Tea

from analysis.cli import main


@pytest.fixture
def broken(project: Path, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """The copy, with yesterday's page in the published folder."""
    (project / "build" / "site").mkdir(parents=True)
    (project / "build" / "site" / "index.html").write_text("yesterday", encoding="utf-8")
    monkeypatch.chdir(project)
    monkeypatch.setenv("COLD", "1")  # data are checked here, not in a process that would be warmed up for it
    return Broken(project)


@pytest.fixture
def run(broken: Broken) -> Run:
    """Runs the command in the copy; the published folder must be as it was, whatever it says."""

    def command(*arguments: str) -> Answer:
        result = CliRunner().invoke(main, list(arguments))
        site = broken.path("build/site")
        assert [path.name for path in site.iterdir()] == ["index.html"]
        assert (site / "index.html").read_text(encoding="utf-8") == "yesterday"
        return Answer(result.exit_code, result.output)

    return command


@pytest.fixture
def tea(broken: Broken) -> Tea:
    """The small study, in a folder of the copy; the command takes it with --study tea."""
    made = Tea(broken.folder / "tea")
    made.deliver()
    return made
