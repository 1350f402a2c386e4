"""Notebooks as they are tracked: each can be read, and hears which market it is run for."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from analysis.errors import JourneybookError, Problem

PARAMETERS = {"country", "study"}
CONFLICT = re.compile(r"^(<<<<<<<|=======|>>>>>>>)( |$)", re.M)


def refuse_unsound(paths: Iterable[Path]) -> None:
    """Raises a config error that names every notebook which cannot be read, or has not one cell of parameters."""
    problems = [problem for path in dict.fromkeys(paths) if (problem := _problem(path))]
    if problems:
        raise JourneybookError("config", problems)


def _problem(path: Path) -> Problem | None:
    where = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_bytes().decode("utf-8")
        content = json.loads(text)
    except UnicodeDecodeError as error:
        return Problem(where, f"not UTF-8 text ({error.reason})", fix="restore the notebook")
    except (ValueError, RecursionError) as error:
        found = CONFLICT.search(text)
        if found:
            line = text.count("\n", 0, found.start()) + 1
            fix = "run nbdime mergetool, or take one side"
            return Problem(f"{where}, line {line}", "merge conflict", found[0].strip(), fix=fix)
        return Problem(where, f"not a notebook: not valid JSON ({error})", fix="restore the notebook")
    if not _shaped(content):
        return Problem(where, "not a notebook of format 4", fix="save it anew in JupyterLab")
    tagged = [c for c in content["cells"] if c["cell_type"] == "code" and "parameters" in c["metadata"].get("tags", [])]
    names = _names_set("\n".join("".join(cell["source"]) for cell in tagged))
    # Papermill only warns about parameters a notebook does not have, and runs the wrong market.
    if len(tagged) != 1 or names != PARAMETERS:
        what = "the notebook needs one cell tagged parameters that sets country and study"
        got = f"{len(tagged)} such cells, which set {', '.join(sorted(names)) or 'nothing'}"
        return Problem(where, what, got, fix='country = "uk" and study = "params"')
    return None


def _shaped(content: Any) -> bool:
    """Whether it has what a notebook of format 4 has, down to the sources and tags of its cells."""
    if not (isinstance(content, dict) and content.get("nbformat") == 4 and isinstance(content.get("cells"), list)):
        return False
    return all(
        isinstance(cell, dict)
        and isinstance(cell.get("cell_type"), str)
        and isinstance(cell.get("metadata"), dict)
        and isinstance(cell["metadata"].get("tags", []), list)
        and (isinstance(cell.get("source"), str) or all(isinstance(line, str) for line in cell.get("source") or [0]))
        for cell in content["cells"]
    )


def _names_set(code: str) -> set[str]:
    """The names that the code assigns; none where it is no Python."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
