"""Data flows one way: which room may import which, and how large a room may be."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "analysis"
MODULES = sorted(PACKAGE.rglob("*.py"))
ARROWS = {
    "survey": {"analysis.errors", "analysis.survey"},
    "study": {"analysis.errors", "analysis.study"},
    "report": {"analysis.errors", "analysis.study", "analysis.survey", "analysis.report"},
    "publish": {
        "analysis.errors",
        "analysis.study",
        "analysis.publish",
        "analysis.report.carried",
        "analysis.report.disclosure",
        "analysis.report.markdown",
        "analysis.report.tabbook",
        "analysis.report.tabulation",
        "analysis.PLACES",
    },
}
RUNNERS = {"papermill", "jupyter_book"}
MODULE_LINES, FUNCTION_LINES = 330, 60


def imports(path: Path) -> set[str]:
    """Full names of what a module imports; of `from a import b` both a and a.b."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively: arrows are read from full names"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_imports_only_the_rooms_before_it(room: str) -> None:
    found = {
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in (PACKAGE / room).rglob("*.py")
        for name in imports(path)
        if within(name, {"analysis"}) and not within(name, ARROWS[room])
    }
    assert (PACKAGE / room).is_dir()
    assert not found


def test_only_the_errors_module_stands_before_every_room() -> None:
    assert not {name for name in imports(PACKAGE / "errors.py") if within(name, {"analysis"})}


def test_only_publish_knows_papermill_and_jupyter_book() -> None:
    facade = {PACKAGE / "pipeline.py", PACKAGE / "crew.py", PACKAGE / "cli.py"}
    found = {
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in MODULES
        if PACKAGE / "publish" not in path.parents and path not in facade
        for name in imports(path)
        if within(name, RUNNERS)
    }
    assert not found


def test_survey_knows_no_file_market_or_notebook() -> None:
    outside = {"pathlib", "nbformat", "openpyxl", "pyreadstat", "ruamel", "babel", "matplotlib"}
    found = {name for path in (PACKAGE / "survey").rglob("*.py") for name in imports(path) if within(name, outside)}
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_is_one_subject(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {n.name for n in functions if (n.end_lineno or 0) - n.lineno + 1 > FUNCTION_LINES}
    assert len(text.splitlines()) <= MODULE_LINES
    assert not long, f"functions of more than {FUNCTION_LINES} lines"
    assert path.stem not in ("utils", "helpers", "common")


def tracked() -> list[Path]:
    if not (shutil.which("git") and (ROOT / ".git").exists()):
        pytest.skip("no git checkout: which files belong to the project is not known")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def containing(*needles: str) -> list[str]:
    """Tracked files with any of the needles, which are written in pieces so that this file has none."""
    contents = {path.relative_to(ROOT): path.read_bytes() for path in tracked()}
    return [f"{path}: {needle}" for path, held in contents.items() for needle in needles if needle.encode() in held]


def test_no_tracked_file_names_a_package_index() -> None:
    hosts = ("pypi" + ".org", "python" + "hosted.org", "anaconda" + ".org", "anaconda" + ".com", "repo." + "conda")
    assert not containing(*hosts)


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    folders = ("/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "/wo" + "rk/", "C:" + "\\Users")
    assert not containing(*folders)


def test_every_tracked_file_was_looked_at() -> None:
    assert {ROOT / "Makefile", PACKAGE / "errors.py"} <= set(tracked())
