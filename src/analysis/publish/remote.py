"""A page rendered by a Dask worker: what the task does on the machine that it comes to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.errors import JourneybookError, Problem
from analysis.publish.attempts import Attempts
from analysis.publish.ground import Ground, read_ground
from analysis.publish.kernels import Launch
from analysis.publish.keys import PACKAGE, distributions, of_parts, package
from analysis.publish.limits import Watch
from analysis.publish.plan import Page
from analysis.publish.render import Rendered
from analysis.publish.share import Share
from analysis.publish.standing import Standing
from analysis.study.running import Limits

DEATHS = 2  # workers that may die while they run a page
TOPIC = "journeybook"  # of the events that tell a client what its tasks do
# This very process runs these files, whatever is installed while it lives.
LOADED = package()
RUNS: dict[str, Attempts] = {}  # the runs that this process has had tasks of


@dataclass(frozen=True)
class Task:
    """A page to render, in terms that mean the same on every machine.

    `ground` and `notebook` are sha256s of inputs on the share, `file` is the notebook's name. `parts` are
    the page's content keys, `runner` those of the modules that run it. `codes` are the markets that it
    pays to have read before, and `named` is where its reader finds a notebook that failed.
    """

    run: str
    share: str
    country: str
    chapter: str
    title: str
    ground: str
    notebook: str
    file: str
    parts: Mapping[str, str]
    runner: Mapping[str, str]
    codes: tuple[str, ...]
    limits: Limits
    named: str
    cold: bool

    @property
    def place(self) -> str:
        """The folder of the share that is this task's own."""
        return f"runs/{self.run}/{self.country}/{self.chapter}"

    @property
    def given_up(self) -> JourneybookError:
        fix = "look for what takes a worker down with it: memory, or a signal; more in the workers' logs"
        where = f"{self.country}, {self.file}"
        return JourneybookError("report", Problem(where, f"given up: {DEATHS} workers died while running it", fix=fix))


@dataclass(frozen=True)
class Ended:
    """What came of a task: `rendered`, whose text lies on the share, or an `error`.

    `stops` where the error concerns the worker and no page; `partial` where the share has the notebook
    as far as it ran.
    """

    rendered: Rendered | None = None
    error: JourneybookError | None = None
    stops: bool = False
    partial: bool = False


def run_task(task: Task) -> Ended:
    """What came of the page, run on this worker: a notebook is killed at its limits, not merely forgotten."""
    from distributed import get_worker

    worker = get_worker()

    def tell(what: str) -> None:
        worker.log_event(TOPIC, {"run": task.run, "what": what, "page": f"{task.country}/{task.chapter}"})

    try:
        return run_here(task, Path(worker.local_directory), worker.address, tell)
    except JourneybookError as error:  # of no page: it could not be fetched, or not be put back
        problems = [replace(problem, where=f"worker {worker.address}, {problem.where}") for problem in error.problems]
        return Ended(error=JourneybookError(error.kind, problems), stops=True)


def run_here(task: Task, folder: Path, address: str, tell: Callable[[str], None]) -> Ended:
    """The same, in a `folder` of this process, which others see as `address`; `tell` hears what begins."""
    share = Share(task.share)
    if len(share.names(f"{task.place}/attempts")) >= DEATHS:
        return Ended(error=task.given_up)
    RUNS.setdefault(task.run, Attempts(task.limits))
    marker = f"{task.place}/attempts/{uuid.uuid4().hex}"  # stays there if this process dies
    share.write(marker, address.encode())
    tell("begun")
    try:
        ground = _stand(task, share, folder)
        edition = package()
        differing = _differing(task, ground, edition)
        if differing:
            return Ended(error=_refuse(address, differing), stops=True)
        key = of_parts({"ground": task.ground, **edition})
        return _render(task, ground, key, share, folder, tell)
    finally:
        share.remove(marker)


def stop_run(run: str) -> None:
    """Nothing comes back; the run's kernels on this worker are killed, and it starts no more of them."""
    RUNS.setdefault(run, Attempts(Limits())).stop()


def _stand(task: Task, share: Share, folder: Path) -> Ground:
    path = folder / "inputs" / task.ground
    if not path.is_file():
        share.fetch(task.ground, path)
    return read_ground(path)


def _differing(task: Task, ground: Ground, here: Mapping[str, str]) -> list[str]:
    """What is not here as it is where the task comes from: files of the package, libraries."""
    files = {name: key for name, key in task.parts.items() if name.startswith(f"{PACKAGE.name}/")}
    found = {name for name, key in files.items() if here.get(name) != key}
    found |= {name for name, key in task.runner.items() if LOADED.get(name) != key}
    return sorted(found) + sorted(set(ground.libraries).symmetric_difference(distributions()))


def _refuse(address: str, differing: list[str]) -> JourneybookError:
    names = [name.removesuffix(".dist-info") for name in differing]
    got = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    fix = "install the same journeybook and requirements.lock there, and start the worker anew"
    problem = Problem(f"worker {address}", "it has other versions than this machine", got, fix=fix)
    return JourneybookError("environment", problem)


def _render(task: Task, ground: Ground, key: str, share: Share, folder: Path, tell: Callable[[str], None]) -> Ended:
    attempts, standing = RUNS[task.run], _standing(folder)
    where = standing.lay_out(task.ground, ground, share)
    with TemporaryDirectory(dir=folder) as own, ExitStack() as lent:
        page = Page(Path(own, task.file), task.country, task.chapter, task.title)
        share.fetch(task.notebook, page.notebook)
        failed = Path(own, "failed") / task.file

        def launch(watch: Watch) -> Launch:
            forks = None if task.cold else lent.enter_context(standing.lend(key, where, ground.study, task.codes))
            return Launch(watch, where, forks)

        try:
            rendered = attempts.render(
                page, ground.study, launch, failed=failed, named=task.named, again=lambda: tell("again")
            )
        except JourneybookError as error:
            partial = failed.is_file() and not attempts.stopped
            if partial:
                share.write(f"{task.place}/failed.ipynb", failed)
            return Ended(error=error, partial=partial)
    share.write(f"{task.place}/rendered.ipynb", rendered.text.encode())
    return Ended(replace(rendered, text=""))


@cache
def _standing(folder: Path) -> Standing:
    return Standing(folder)
