"""What several tests share: the bundled study, copies of it to break, and sites built once a session."""

from __future__ import annotations

import os

# Before NumPy is imported: the test processes share the cores, and threads of BLAS would compete for them.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ.get("OPENBLAS_NUM_THREADS", "1")

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from filelock import FileLock
from xdist.scheduler.loadfile import LoadFileScheduling

from analysis import Market, Markets, open_market, open_study
from analysis.study.confidentiality import Confidentiality
from analysis.study.params import Study
from analysis.study.respondents import Respondents, read_respondents

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "real" / "ipsos-2017"
APART = ("test_interrupted", "test_pipeline", "test_withholding")  # long, and their tests share nothing
# A test that runs under make must not hear the caller's COUNTRY, STUDY or flags.
INHERITED = (
    "COUNTRY",
    "MAKE_SETTINGS",
    "MAKE_UNKNOWN",
    "STUDY",
    "NOTEBOOK",
    "PAGE",
    "JOBS",
    "COLD",
    "MEBIBYTES",
    "SCHEDULER",
    "SHARE",
    "KILLS",
    "SEED",
    "MAKEFLAGS",
    "MFLAGS",
    "MAKELEVEL",
    "MAKEOVERRIDES",
)


class ByFile(LoadFileScheduling):
    """One process has all tests of a file, which share what was made for them, but for files in `APART`."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return nodeid if Path(file).stem in APART else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


@dataclass(frozen=True)
class Build:
    """One run of the command, and the folder it built into."""

    folder: Path
    output: str

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def pages(self) -> list[Path]:
        """Every page of the site, without what the theme brings along."""
        return sorted(p for p in self.site.rglob("*.html") if "_static" not in p.parts)


@pytest.fixture(autouse=True)
def _no_inherited_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in INHERITED:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _respondents_are_read_once() -> Iterator[None]:
    """A market opened from the very same file and settings has the respondents that were read before.

    Half a second each, hundreds of times: most tests open markets whose files nobody has edited.
    """
    kept: dict[tuple[str, ...], Respondents] = {}

    def read_once(study: Study, code: str) -> Respondents:
        settings = study.market(code)
        path = (study.folder / settings.raw.path) if settings.raw.path else None
        if path is None or not path.is_file():
            return read_respondents(study, code)
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        asked = (study.codebook.model_dump_json(), study.settings.quality.model_dump_json())
        key = (code, path.name, content, settings.model_dump_json(exclude={"raw": {"path"}}), *asked)
        if key not in kept:
            kept[key] = read_respondents(study, code)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.asking.read_respondents", read_once)
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def study() -> Study:
    """The bundled study as an internal one, every figure of which can be held against R."""
    public = open_study(ROOT / "params")
    inside = public.settings.model_copy(update={"confidentiality": Confidentiality(profile="internal")})
    return replace(public, settings=inside)


@pytest.fixture(scope="session")
def uk(study: Study) -> Market:
    return Market(study, "uk")


@pytest.fixture(scope="session")
def markets(study: Study) -> Markets:
    return Markets(study, study.settings.markets)


@pytest.fixture(scope="session")
def public_uk() -> Market:
    """The UK as the bundled study publishes it: small cells are withheld."""
    return open_market("uk", ROOT / "params")


@pytest.fixture(scope="session")
def real_folder() -> Path:
    if not (REAL / "survey-responses.csv").is_file():
        pytest.skip("the real Ipsos file is not here (../shared/real/ipsos-2017): its figures cannot be tested")
    return REAL


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of everything that a report is made from, to be broken."""
    for name in ("params", "data", "book", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def tidy() -> Callable[..., pd.DataFrame]:
    """Makes tidy rows by hand: one a label, with what is named and quiet values for the rest."""

    def make(*given: dict[str, object]) -> pd.DataFrame:
        rows = []
        for values in given:
            share = float(str(values.get("estimate", 0.4)))
            usual = {
                "market": "uk",
                "question": "q",
                "item": "",
                "answer": "1",
                "domain": "total",
                "estimate": share,
                "std_error": 0.02,
                "conf_low": share - 0.04,
                "conf_high": share + 0.04,
                "degrees_of_freedom": 399.0,
                "unweighted_base": 400.0,
                "weighted_base": 401.0,
                "effective_base": 380.0,
                "design_effect": 1.05,
                "flag": "",
                "label": "One",
                "domain_label": "All",
            }
            rows.append({**usual, **values})
        return pd.DataFrame(rows)

    return make


def _build(folder: Path, *arguments: str) -> Build:
    command = [sys.executable, "-c", "from analysis.cli import main; main()", *arguments, "--build", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name not in INHERITED}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return Build(folder, ran.stdout + ran.stderr)


def _built_once(factory: pytest.TempPathFactory, name: str, *arguments: str, alike: str = "") -> Build:
    """One build for all test processes: the first to ask makes it, the others wait for it.

    The pages that the build `alike` has rendered are not rendered again; the two are never made at once.
    """
    base = factory.getbasetemp()
    folder, other = (
        (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"built-{n}" for n in (name, alike)
    )
    told = folder.with_suffix(".log")
    with FileLock(folder.with_name("-".join(sorted({name, alike}))).with_suffix(".lock")):
        if not told.is_file():
            if other.with_suffix(".log").is_file():
                shutil.copytree(other / "store", folder / "store")
            told.write_text(_build(folder, *arguments).output, encoding="utf-8")
    return Build(folder, told.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def build_by_command() -> Callable[..., Build]:
    """Runs the command with these arguments, to build into that folder."""
    return _build


@pytest.fixture(scope="session")
def uk_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The UK's report, built once."""
    return _built_once(tmp_path_factory, "uk", "report", "uk", alike="all")


@pytest.fixture(scope="session")
def all_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The report of all markets, built once (minutes)."""
    return _built_once(tmp_path_factory, "all", "reports", alike="uk")


@pytest.fixture(scope="session")
def ipsos_build(real_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The real study's report, built once."""
    return _built_once(tmp_path_factory, "ipsos", "report", "us", "--study", "tests/studies/ipsos_2017")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, one for all tests of a process: Playwright cannot be started twice in one."""
    path = shutil.which("chromium")
    if path is None:
        told = "Chromium is not installed: nothing can be looked at"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    from playwright.sync_api import sync_playwright

    from analysis.publish.pdf import QUIET

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=[*QUIET])
        yield launched
        launched.close()
