"""A copy of the bundled study to break, and the command that must refuse it in plain lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from breaking import Accepted, Answer, Broken, Cells, Load, Refusal, Run, few
from click.testing import CliRunner
from tea import Tea

from analysis.cli import main
from analysis.errors import JourneybookError
from analysis.study.large import read_large
from analysis.study.params import Study
from analysis.study.raw import read_raw
from analysis.study.respondents import Respondents, read_respondents


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


@pytest.fixture
def narrow(broken: Broken, study: Study) -> None:
    """The UK's file has but few columns, and the codebook but their questions: as much as a single cell needs."""
    broken.raw(broken.narrow(study).to_csv(index=False).encode())


@pytest.fixture
def load(broken: Broken, study: Study, request: pytest.FixtureRequest) -> Load:
    """Reads the UK of the copy as the command does first; what is refused comes as the command would say it."""

    def read(large: bool = False, **quality: object) -> Respondents | Answer:
        settings = study.settings.model_copy(
            update={
                "quality": study.settings.quality.model_copy(update=quality),
                "large": study.settings.large.model_copy(update={"rows_above": 100} if large else {}),
            }
        )
        book = few(study) if large or "narrow" in request.fixturenames else study.codebook
        copied = replace(study, folder=broken.path("params"), settings=settings, codebook=book)
        try:
            return read_large(copied, "uk").cells([]).respondents if large else read_respondents(copied, "uk")
        except JourneybookError as error:
            return Answer(error.exit_code, str(error))

    return read


@pytest.fixture
def cells(broken: Broken, study: Study) -> Cells:
    """The UK's file as text, before it is held against the codebook."""
    return lambda: read_raw(replace(study, folder=broken.path("params")).market("uk").raw, broken.path("params")).cells


@pytest.fixture
def refusal(load: Load) -> Refusal:
    """The same of a file that must be refused."""

    def refused(large: bool = False, **quality: object) -> Answer:
        answer = load(large, **quality)
        assert isinstance(answer, Answer), "the file was accepted"
        return answer

    return refused


@pytest.fixture
def accepted(load: Load) -> Accepted:
    """The same of a file that must be read: its respondents."""

    def of(large: bool = False, **quality: object) -> Respondents:
        respondents = load(large, **quality)
        assert isinstance(respondents, Respondents), respondents
        return respondents

    return of
