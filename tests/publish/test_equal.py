"""The chapters that forked kernels make are those of a plain cold Papermill run, figures included."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
CHAPTERS = YAML(typ="safe").load((ROOT / "params" / "study.yaml").read_text(encoding="utf-8"))["chapters"]["market"]


def plain(notebook: Path, output: Path, country: str) -> nbformat.NotebookNode:
    """What the papermill command itself makes of a notebook, in a kernel of the machine's own."""
    command = [sys.executable, "-m", "papermill", str(notebook), str(output), "-p", "country", country]
    command += ["-p", "study", "params", "--no-progress-bar", "--log-level", "ERROR"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return nbformat.read(output, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[tuple[str, Any]]:
    """Source and outputs of each code cell."""
    return [(cell.source, cell.outputs) for cell in notebook.cells if cell.cell_type == "code"]


def kept(store: Path, page: str) -> Path:
    """The notebook that was kept of a page, before the book takes out what its figures carry."""
    records = {json.loads(record.read_bytes())["page"]: record for record in store.glob("*/*.json")}
    return records[page].with_suffix(".ipynb")


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_is_the_same_cell_by_cell(chapter: str, uk_build: Any, tmp_path: Path) -> None:
    ours = nbformat.read(kept(uk_build.folder / "store", f"uk/{chapter}"), as_version=4)
    theirs = plain(ROOT / "notebooks" / "market" / f"{chapter}.ipynb", tmp_path / f"{chapter}.ipynb", "uk")
    assert len(code_cells(ours)) == len(code_cells(theirs)) > 3
    for (our_source, our_outputs), (their_source, their_outputs) in zip(
        code_cells(ours), code_cells(theirs), strict=True
    ):
        assert our_source == their_source
        assert our_outputs == their_outputs, our_source
    shown = "".join(str(outputs) for _, outputs in code_cells(theirs))
    assert len(re.findall(r"<svg|<table", shown)) >= 2  # charts and tables were compared, not their absence
