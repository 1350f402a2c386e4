"""Runs of the command in a project's folder, beside the test: started, heard, and what they left."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil

COMMAND = [sys.executable, "-c", "from analysis.cli import main; main()"]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def edit_code(path: Path, old: str, new: str) -> None:
    """Edits the first code cell that has `old`."""
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if c.cell_type == "code" and old in c.source)
    cell.source = cell.source.replace(old, new, 1)
    nbformat.write(notebook, path)


def run(project: Path, *arguments: str, code: int = 0) -> str:
    """What the command said, once it has ended with the exit code expected."""
    ran = subprocess.run([*COMMAND, *arguments], cwd=project, capture_output=True, text=True)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen([*COMMAND, *arguments], cwd=project, start_new_session=True, **pipes)


def pages(output: str) -> set[str]:
    """The pages that a run says it rendered."""
    return set(re.findall(r"^  \[ *\d+/\d+\] (\S+) .* MiB$", output, flags=re.M))


def living(project: Path) -> list[psutil.Process]:
    """Processes that work in the project's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(project) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def site(project: Path) -> dict[str, bytes]:
    folder = project / "build" / "site"
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.html"))}


def sleep_in(project: Path, seconds: int = 600) -> None:
    edit_code(
        project / "notebooks" / "market" / "influences.ipynb",
        "market =",
        f"import time; time.sleep({seconds})\nmarket =",
    )


def wait_for(process: subprocess.Popen[str], text: str) -> str:
    """Reads what a run says until `text` is said."""
    said = ""
    assert process.stdout is not None
    while text not in said:
        line = process.stdout.readline()
        assert line, f"the run ended without saying {text!r}: {said}"
        said += line
    return said
