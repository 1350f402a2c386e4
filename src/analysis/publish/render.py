"""One notebook by one market through Papermill: run, filled, normalised, put in place at once."""

from __future__ import annotations

import ast
import json
import os
import re
import tempfile
import uuid
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode
from traitlets import Enum

from analysis.errors import JourneybookError, Problem
from analysis.publish.plan import Page

PARAMETERS = {"country", "study"}
PLACEHOLDER = re.compile(r"\{\{(.+?)\}\}")
FILL = "journeybook-fill"
# Runs last, in the notebook's own kernel: the value of every placeholder, and whose page it is.
FILL_CELL = """\
import json as _json
_opened = [v.code for v in list(globals().values()) if type(v).__name__ in ("Market", "Markets")]
print(_json.dumps({{"opened": _opened, "values": {{e: str(eval(e)) for e in {expressions!r}}}}}))
"""


class LocalKernelManager(AsyncKernelManager):
    """A kernel reached through sockets of the file system, where there are any: nobody else hears it."""

    transport = Enum(["tcp", "ipc"], default_value="ipc" if os.name == "posix" else "tcp")

    def _ip_default(self) -> str:
        # the library's own default is one name for all kernels that start in a folder
        if self.transport == "tcp":
            return "127.0.0.1"
        return str(Path(tempfile.gettempdir()) / f"journeybook-{uuid.uuid4().hex}")


def render(page: Page, output: Path, study_folder: Path) -> Path:
    """Runs the page's notebook for its market and writes it to `output`, whole or not at all.

    Placeholders in Markdown cells, `{{ expression }}`, are evaluated in the notebook's kernel after
    its last cell and replaced by their text. Raises a report error that names market, notebook, cell
    and error; what had been run is then kept beside the output, its name ending in `.failed.ipynb`.
    """
    import papermill  # slow to import, and only needed here

    notebook = nbformat.read(page.notebook, as_version=4)
    _check_parameters(page, notebook)
    expressions = sorted({e.strip() for text in _markdown(notebook) for e in PLACEHOLDER.findall(text)})
    cell = nbformat.v4.new_code_cell(FILL_CELL.format(expressions=expressions), id=FILL)
    notebook.cells.append(cell)
    output.parent.mkdir(parents=True, exist_ok=True)
    prepared, running = (output.with_suffix(f".{step}.ipynb") for step in ("prepared", "failed"))
    nbformat.write(notebook, prepared)
    values = {"country": page.country, "study": os.path.relpath(study_folder)}
    try:
        papermill.execute_notebook(
            str(prepared),
            str(running),
            parameters=values,
            cwd=str(Path.cwd()),
            progress_bar=False,
            kernel_name="python3",
            kernel_manager_class=f"{__name__}.LocalKernelManager",
            extra_arguments=["--log-level=CRITICAL"],
        )
    except papermill.PapermillExecutionError as error:
        raise _failed(page, error, running) from None
    except Exception as error:  # a kernel that did not start, or died
        where = f"{page.country}, {page.notebook.name}"
        problem = Problem(where, f"the kernel failed ({type(error).__name__}: {error})", fix="run it again")
        raise JourneybookError("report", problem) from error
    finally:
        prepared.unlink(missing_ok=True)
    done = nbformat.read(running, as_version=4)
    _check_executed(page, done)
    _fill(page, done)
    _normalise(done)
    nbformat.write(done, running)
    running.replace(output)
    return output


def _markdown(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def _check_parameters(page: Page, notebook: NotebookNode) -> None:
    """Papermill only warns about parameters a notebook does not have, and runs the wrong market."""
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    names = {
        target.id
        for cell in tagged
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        for target in [node]
    }
    if len(tagged) != 1 or names != PARAMETERS:
        problem = Problem(
            f"{page.notebook.name}",
            "the notebook needs one cell tagged parameters that sets country and study",
            ", ".join(sorted(names)) or "none",
            fix='country = "uk" and study = "params"',
        )
        raise JourneybookError("report", problem)


def _failed(page: Page, error: Any, kept: Path) -> JourneybookError:
    what = f"{error.ename}: {error.evalue}".splitlines()[0]
    where = f"{page.country}, {page.notebook.name}, cell {error.exec_count}"
    if FILL in str(error.source) or "_opened" in str(error.source):
        where = f"{page.country}, {page.notebook.name}, a placeholder in its text"
    problem = Problem(where, what, fix=f"the notebook as far as it ran is {os.path.relpath(kept)}")
    return JourneybookError("report", problem)


def _check_executed(page: Page, notebook: NotebookNode) -> None:
    """Papermill marks cells completed even after a kernel death; an execution count is proof."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and cell.source.strip() and not cell.execution_count:
            problem = Problem(f"{page.country}, {page.notebook.name}, cell {number}", "the cell did not run")
            raise JourneybookError("report", problem)


def _fill(page: Page, notebook: NotebookNode) -> None:
    """Replaces the placeholders, and holds the page to the market it was asked for."""
    last = notebook.cells.pop()
    printed = "".join(o.text for o in last.outputs if o.output_type == "stream" and o.name == "stdout")
    answer = json.loads(printed.strip().splitlines()[-1])
    if set(answer["opened"]) != {page.country}:
        problem = Problem(
            f"{page.country}, {page.notebook.name}", "the page opened another market", str(answer["opened"])
        )
        raise JourneybookError("report", problem)
    values = answer["values"]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = PLACEHOLDER.sub(lambda match: values[match[1].strip()], cell.source)


def _normalise(notebook: NotebookNode) -> None:
    """Takes out what differs between two runs of the same inputs: times, durations, paths."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        cell.metadata.pop("exception", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"  # Papermill draws one at random
        cell.metadata["tags"] = [t for t in cell.metadata.get("tags", []) if t != "papermill-error-cell-tag"]
