"""One notebook by one market through Papermill: prepared, run, held to its market, normalised."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from analysis.errors import JourneybookError, Problem
from analysis.publish.forks import KERNEL_OPTIONS
from analysis.publish.kernels import Launch, manager_class
from analysis.publish.limits import Usage
from analysis.publish.placeholders import expressions
from analysis.publish.plan import Page
from analysis.publish.tracked import refuse_unsound

INJECTED = "injected-parameters"
FILL = "journeybook-fill"
# Runs last, in the notebook's own kernel: every placeholder's value, whose page it is, and what it has read.
FILL_CELL = """\
import json as _json
from analysis.opening import REFUSED as _refused, SAMPLES as _samples
from analysis.report.markdown import as_markdown as _put
from analysis.study.params import USES as _uses
_opened = [v.code for v in list(globals().values()) if type(v).__name__ in ("Market", "Markets")]
_values = {{e: _put(eval(e)) for e in {expressions!r}}}
_read = {{c: _samples[c] for c, part in sorted(_uses) if part == "data" and c in _samples}}
_refused = {{c: _refused[c].packed() for c in sorted(_refused)}}
_told = {{"opened": _opened, "values": _values, "uses": sorted(_uses), "samples": _read, "refused": _refused}}
print(_json.dumps(_told))
"""


@dataclass(frozen=True)
class Rendered:
    """A notebook that ran: its `text` with outputs, its placeholders' `values`, what it read and what it took.

    `uses` lists market and part ("name" or "data") of the study's markets that the run asked for, `samples`
    what it found of theirs: rows delivered and used, and the design effect of the weights, `refused` the
    markets that it asked for and went without, with what is wrong with their data.
    """

    text: str
    values: dict[str, str]
    uses: list[tuple[str, str]]
    usage: Usage
    samples: dict[str, dict[str, float]] = field(default_factory=dict)
    refused: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """Where a notebook that failed is kept, and what its reader is told of where that is."""

    path: Path
    named: str


class KernelDied(Exception):
    """The kernel ended by itself, so that a second try may do; holds what to tell if it does not."""

    def __init__(self, error: JourneybookError) -> None:
        super().__init__(str(error))
        self.error = error


def render(page: Page, study: str, launch: Launch, failed: Path, named: str | None = None) -> Rendered:
    """The page's notebook, run for its market; `study` is the study folder as the notebook names it.

    Raises a report error that names market, notebook, heading, cell and error, and `KernelDied` where
    the kernel ended without a limit being broken; what had been run is then kept as `failed`, and told
    as `named` where its reader will find it elsewhere.
    """
    import papermill  # slow to import, and only needed here

    refuse_unsound([page.notebook])
    notebook = nbformat.read(page.notebook, as_version=4)
    begun: list[NotebookNode] = []
    kept = Kept(failed, named or os.path.relpath(failed))
    try:
        done = papermill.execute_notebook(
            _prepared(notebook),
            None,
            parameters={"country": page.country, "study": study},
            progress_bar=False,
            kernel_name="python3",
            kernel_manager_class=manager_class(launch),
            shutdown_kernel="immediate",
            extra_arguments=KERNEL_OPTIONS,
            on_cell_start=lambda cell, cell_index: begun.append(cell),
        )
        usage = launch.watch.finish()
        _check_executed(page, done)
    except papermill.PapermillExecutionError as error:
        raise _refuse(page, begun, f"{error.ename}: {error.evalue}".splitlines()[0], kept) from None
    except JourneybookError:
        raise
    except Exception as error:  # a kernel that did not start, died, or was killed
        if launch.watch.breach:
            raise _refuse(page, begun, launch.watch.breach, kept, "raise limits in study.yaml") from None
        took = launch.watch.finish().mebibytes
        what = f"the kernel died ({type(error).__name__}: {error})".splitlines()[0] + f" when it had taken {took} MiB"
        fix = "if memory ran out, run fewer notebooks at a time (JOBS=1)"
        raise KernelDied(_refuse(page, begun, what, kept, fix)) from error
    finally:
        launch.watch.finish()
    failed.unlink(missing_ok=True)
    told = _told(page, done)
    _normalise(done)
    uses = [(code, part) for code, part in told["uses"]]
    return Rendered(nbformat.writes(done), told["values"], uses, usage, told["samples"], told["refused"])


def _prepared(notebook: NotebookNode) -> NotebookNode:
    named = expressions(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    cell = nbformat.v4.new_code_cell(FILL_CELL.format(expressions=named), id=FILL)
    prepared: NotebookNode = nbformat.from_dict(notebook)
    prepared.cells = [*notebook.cells, cell]
    return prepared


def _refuse(page: Page, begun: list[NotebookNode], what: str, kept: Kept, fix: str | None = None) -> JourneybookError:
    """The error of a run that ended early; the notebook as far as it ran is kept."""
    partial = nbformat.v4.new_notebook(cells=[cell for cell in begun if cell.get("id") != FILL])
    kept.path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(partial, kept.path)
    look = f"the notebook as far as it ran is {kept.named}"
    problem = Problem(_where(page, begun), what, fix=f"{fix}; {look}" if fix else look)
    return JourneybookError("report", problem)


def _where(page: Page, begun: list[NotebookNode]) -> str:
    """Market, notebook, heading and cell, counted as `In [n]` counts them."""
    name = f"{page.country}, {page.notebook.name}"
    if not begun:
        return name
    if begun[-1].get("id") == FILL:
        return f"{name}, a placeholder in its text"
    headings = [
        line.lstrip("# ")
        for cell in begun
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("#")
    ]
    own = [c for c in begun if c.cell_type == "code" and INJECTED not in c.metadata.get("tags", [])]
    return f'{name}, under "{headings[-1]}", cell {len(own)}' if headings else f"{name}, cell {len(own)}"


def _check_executed(page: Page, notebook: NotebookNode) -> None:
    """Papermill marks cells completed even after a kernel death; an execution count is proof."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and cell.source.strip() and not cell.execution_count:
            raise RuntimeError(f"cell {number} of {page} did not run")


def _told(page: Page, notebook: NotebookNode) -> Any:
    """What the last cell told, which leaves the notebook; the page is held to the market it was asked for."""
    last = notebook.cells.pop()
    printed = "".join(o.text for o in last.outputs if o.output_type == "stream" and o.name == "stdout")
    told = json.loads(printed.strip().splitlines()[-1])
    if set(told["opened"]) != {page.country}:
        where = f"{page.country}, {page.notebook.name}"
        raise JourneybookError("report", Problem(where, "the page opened another market", str(told["opened"])))
    return told


def _normalise(notebook: NotebookNode) -> None:
    """Takes out what differs between two runs of the same inputs: times, durations, paths."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for name in ("papermill", "execution", "exception"):
            cell.metadata.pop(name, None)
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED  # Papermill draws one at random
        cell.metadata["tags"] = [t for t in cell.metadata.get("tags", []) if t != "papermill-error-cell-tag"]
