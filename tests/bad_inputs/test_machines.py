"""Machines that lack something, and folders that are odd: a report is made all the same, or is told what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from breaking import Broken, Run
from matplotlib.ft2font import FT2Font
from tea import STUDY, Tea

from analysis import doctor, pipeline
from analysis.errors import EXIT_CODES, JourneybookError, Problem
from analysis.publish import book
from analysis.publish.downloads import taken, unlettered
from analysis.publish.plan import Page, Report
from analysis.publish.tracked import refuse_unsound
from analysis.report import charts, lettering
from analysis.study.params import read_study, unknown_market

ROOT = Path(__file__).parents[2]
NOTEBOOK = "notebooks/market/sample.ipynb"
HERE = Page(Path("notebooks/market/young.ipynb"), "uk", "young", "Young")


def test_b107_merge_conflict_markers_in_a_notebook(broken: Broken, run: Run) -> None:
    path = broken.text(NOTEBOOK, '\n   "source"', '\n<<<<<<< HEAD\n   "source"')
    line = path.read_text(encoding="utf-8").split("<<<<<<<")[0].count("\n") + 1
    broken.text(NOTEBOOK, "\n   ]", "\n=======\n   ]\n>>>>>>> theirs")
    wanted = f"market/sample.ipynb, line {line}: merge conflict; got '<<<<<<<'; fix: run nbdime mergetool"
    run("report", "uk").refuses("config", wanted)


def test_b107_no_tracked_notebook_has_a_conflict() -> None:
    """What CI checks at every push; `pre-commit` does at every commit."""
    refuse_unsound(sorted((ROOT / "notebooks").rglob("*.ipynb")))
    assert "id: merge-conflict" in (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"nbformat": 3, "cells": []}', '{"nbformat": 4, "cells": [1]}'])
def test_b107_a_file_that_is_no_notebook(broken: Broken, run: Run, content: str) -> None:
    broken.path(NOTEBOOK).write_text(content, encoding="utf-8")
    run("report", "uk").refuses("config", "market/sample.ipynb: not a notebook")


LOCK = "pandas==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0 \\\n    --hash=sha256:00\nclick==%s \\\n"
LOCK += "    --hash=sha256:00\nappnope==1.0 ; sys_platform == 'atari' \\\n    --hash=sha256:00\n"


def test_b108_packages_that_are_missing_or_not_the_locked_ones(broken: Broken, run: Run) -> None:
    from importlib.metadata import version

    broken.path("requirements.lock").write_text(LOCK % version("click"), encoding="utf-8")
    needs = '[project]\ndependencies = ["click", "rich>=1", "pandas>=1"]\n'
    broken.path("pyproject.toml").write_text(needs, encoding="utf-8")
    told = run("doctor").refuses(
        "environment",
        f"pandas: the package is not the locked one; got '{version('pandas')}'; allowed: 0.0.1; fix: python -m pip",
        "no-such-package: the package is not installed; got 'nothing'; allowed: 1.0; fix: ",
        "requirements.lock: out of date: pyproject.toml wants rich>=1; got 'nothing'; fix: make lock",
        "requirements.lock: out of date: pyproject.toml wants pandas>=1; got '0.0.1'; fix: make lock",
    )
    assert "appnope" not in told and "click:" not in told


def test_b108_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "OLDEST", (9, 1))
    problem = doctor.examine(ROOT)[1][0]
    assert str(problem).startswith("Python: too old; got '3.") and "allowed: 9.1 or newer; fix: make PYTHON=" in str(
        problem
    )


def test_b108_it_needs_no_library() -> None:
    """Without site-packages, all that it can say is what is missing."""
    command = [sys.executable, "-S", "-m", "analysis.doctor"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == EXIT_CODES["environment"]
    assert "Traceback" not in ran.stderr and "the package is not installed" in ran.stderr


def test_b106_the_doctor_explains_which_kernel_is_used() -> None:
    found, _ = doctor.examine(ROOT)
    assert "kernels are this Python; the machine's own kernel specifications are not asked" in found


SCRIPTS = {"CJK": "\u4fa1\u683c\u304c\u9ad8\u3044", "Thai": "\u0e23\u0e32\u0e04\u0e32", "an emoji": "\U0001f9ed"}
ARABIC = "\u0627\u0644\u0633\u0639\u0631"


@pytest.fixture
def outputs(tidy: Callable[..., pd.DataFrame]) -> Callable[[str], list[dict[str, object]]]:
    """What a notebook's output holds of a chart with this label."""

    def of(label: str) -> list[dict[str, object]]:
        chart = charts.dots(tidy({"label": label}), title="Prices", measure="Percent", base="UK adults", source="S.")
        return [{"text/html": chart.html, **chart._repr_mimebundle_()}]

    return of


@pytest.mark.parametrize("script", SCRIPTS)
def test_b109_letters_that_no_declared_font_has_make_no_boxes(
    outputs: Callable[[str], list[dict[str, object]]], script: str
) -> None:
    """Pages and SVG hold texts, which a reader's own fonts set; in the PNG, which holds none, they would be boxes."""
    made = outputs(f"Price {SCRIPTS[script]}")
    (problem,) = unlettered(made, HERE)
    letters = "".join(dict.fromkeys(SCRIPTS[script]))
    assert str(problem).startswith(
        f"uk/young, Prices: no declared font has these letters, so the chart has no PNG; got '{letters}'"
    )
    files = {path.suffix: content for path, content in taken(made, HERE).items()}
    assert set(files) == {".csv", ".svg"} and SCRIPTS[script] in files[".svg"].decode()


@pytest.mark.parametrize("label", [ARABIC, "\u0416\u03a9\u0148 \u202f%\u200b", "Price"])
def test_b109_letters_that_the_font_has_are_drawn(
    outputs: Callable[[str], list[dict[str, object]]], label: str
) -> None:
    made = outputs(label)
    assert list(unlettered(made, HERE)) == []
    assert {path.suffix for path in taken(made, HERE)} == {".csv", ".svg", ".png"}


def test_b109_a_font_that_the_study_declares_is_asked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A font of symbols, which comes with matplotlib, has a letter that DejaVu Sans has not."""
    monkeypatch.setattr(lettering, "DECLARED", [])
    other = lettering.FONTS / "STIXSizFourSymReg.ttf"
    letter = next(chr(code) for code in FT2Font(str(other)).get_charmap() if lettering.missing(chr(code)))
    lettering.declare([other])
    assert lettering.missing(f"Price {letter}") == ""


@pytest.mark.parametrize("strict", [True, False])
def test_b109_a_missing_letter_ends_a_strict_run_and_is_warned_of_by_others(
    broken: Broken, monkeypatch: pytest.MonkeyPatch, strict: bool
) -> None:
    lacking = [Problem("uk/young, Prices", "no declared font has these letters", "\u4fa1")]
    monkeypatch.setattr(book, "assemble", lambda *_: lacking)
    monkeypatch.setattr(book, "build", lambda *_: None)
    monkeypatch.setattr(pipeline, "provenance", lambda *_: {})
    monkeypatch.setattr(pipeline, "_book_key", lambda *_: "key")
    given = Report(read_study("params"), "uk", ()), {}, pipeline.Places(Path("book"), Path("build")), "origin"
    if not strict:
        assert pipeline._build(*given, strict=False) == lacking
        return
    with pytest.raises(JourneybookError, match="Prices: no declared font") as refusal:
        pipeline._build(*given, strict=True)
    assert refusal.value.exit_code == EXIT_CODES["report"]


@pytest.mark.parametrize(("name", "said"), [("none.ttf", "no such font file"), ("study.yaml", "not a font")])
def test_b109_a_declared_font_that_is_none(tea: Tea, run: Run, name: str, said: str) -> None:
    tea.write("study.yaml", f"{STUDY}fonts: [{name}]\n")
    run("report", "uk", "--study", "tea").refuses("config", name, said)


ODD = "Umfrage \u00fc\u6f22\u5b57 mit Leerzeichen, 'Anf\u00fchrung' & (Klammern)"
NO_NETWORK = """\
import socket

def refuse(self, address, *rest):
    if self.family not in (socket.AF_INET, socket.AF_INET6) or str(address[0]) in ("127.0.0.1", "::1", "localhost"):
        return connect(self, address, *rest)
    raise OSError(f"the network was asked for: {address}")

connect = socket.socket.connect
socket.socket.connect = refuse
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A report of one market made in a long path of odd signs, without network or display, by kernels started cold.

    Its notebooks name a kernel that is not installed.
    """
    folder = tmp_path_factory.mktemp("odd") / ODD
    folder /= "x" * max(1, 251 - len(str(folder)))
    for name in ("params", "data", "book", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    study = (folder / "params" / "study.yaml").read_text(encoding="utf-8")
    start, end = study.index("chapters:\n"), study.index("  markets:\n")
    study = f"{study[:start]}chapters:\n  market: {{headlines: Headlines, sample: Who answered}}\n{study[end:]}"
    (folder / "params" / "study.yaml").write_text(study, encoding="utf-8")
    for path in (folder / "notebooks").rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["kernelspec"] = {"name": "conda-gone", "display_name": "Gone", "language": "python"}
        nbformat.write(notebook, path)
    (folder / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    command = [sys.executable, "-c", "from analysis.cli import main; main()", "report", "uk"]
    if shutil.which("unshare") and not subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        command = ["unshare", "-rn", *command]  # not even a loopback that is up
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"MPLBACKEND": "TkAgg", "COLD": "1", "PYTHONPATH": f"{folder}{os.pathsep}{ROOT / 'src'}"}
    return folder, subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


Odd = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.mark.slow
def test_b106_a_notebook_that_names_a_kernel_which_is_not_installed(odd: Odd) -> None:
    folder, ran = odd
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not list(folder.rglob("*.failed.ipynb"))


@pytest.mark.slow
def test_b110_no_display(odd: Odd) -> None:
    folder, ran = odd
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list((folder / "build" / "site" / "uk" / "downloads").glob("*.png"))


@pytest.mark.slow
def test_b113_a_long_path_of_odd_signs(odd: Odd) -> None:
    folder, ran = odd
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(str(folder)) >= 250 and (folder / "build" / "site" / "uk" / "sample.html").is_file()


@pytest.mark.slow
def test_b113_no_two_files_of_a_site_differ_by_case_alone(odd: Odd) -> None:
    site = odd[0] / "build" / "site"
    names = [str(path.relative_to(site)).casefold() for path in site.rglob("*")]
    assert len(names) > 50 and len(names) == len(set(names))


def test_b113_markets_whose_names_differ_by_case_alone_have_files_of_their_own(tea: Tea) -> None:
    """A market's files are named by its code, which has no capitals and stands once."""
    tea.write("study.yaml", STUDY.replace("[uk]", "[uk, ul]"))
    own = (tea.folder / "markets" / "uk.yaml").read_text(encoding="utf-8")
    tea.write("markets/ul.yaml", own.replace("United Kingdom", "united kingdom"))
    study = read_study(tea.folder)
    pages = [Page(Path("market/sample.ipynb"), code, "sample", "Who answered") for code in study.settings.markets]
    assert len({str(page.source).casefold() for page in pages}) == 2
    assert str(unknown_market("United Kingdom", study)).endswith("did you mean uk?")


@pytest.mark.parametrize(("codes", "said"), [("[uk, UK]", "must be lower-case letters"), ("[uk, uk]", "stands twice")])
def test_b113_codes_that_would_share_a_file(tea: Tea, run: Run, codes: str, said: str) -> None:
    tea.write("study.yaml", STUDY.replace("[uk]", codes))
    run("report", "uk", "--study", "tea").refuses("config", "study.yaml, line 4, markets.1: ", said)


@pytest.mark.slow
def test_b114_no_network(odd: Odd) -> None:
    """Nothing but the loopback may be asked, and where the system allows it not even that is there."""
    folder, ran = odd
    assert ran.returncode == 0 and "the network was asked for" not in ran.stdout + ran.stderr, ran.stdout + ran.stderr
    assert (folder / "build" / "site" / "index.html").is_file()
