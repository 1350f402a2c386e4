"""Renders as tasks on a Dask cluster: the same pages, the same bytes, other machines."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import threading
import time
import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import JourneybookError, Problem
from analysis.publish.due import Due
from analysis.publish.ground import put_ground
from analysis.publish.keys import modules
from analysis.publish.progress import Progress
from analysis.publish.remote import DEATHS, TOPIC, Ended, Task, run_task, stop_run
from analysis.publish.render import Rendered
from analysis.publish.share import Share
from analysis.study.params import ALL_MARKETS, Study

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECTING = 10.0  # seconds
PATIENCE = 2.0  # seconds given to workers that are told to stop
SUBMISSIONS = 3  # of a page, where the scheduler gives it up although no worker has died while running it


@contextlib.contextmanager
def on_cluster(
    address: str, url: str | None, study: Study, folder: Path, aside: Path, cold: bool = False
) -> Iterator[ClusterWorkers]:
    """The workers of the Dask scheduler at `address`, whose files go over the share at `url`.

    Pages work in `folder`, and failed notebooks are kept `aside`, both here. Raises a config error
    without a share, and environment errors where share or scheduler cannot be reached.
    """
    run = uuid.uuid4().hex
    share = _open_share(url)
    client = _connect(address)
    try:
        yield ClusterWorkers(client, address, share, study, folder, aside, cold, run)
    finally:
        client.close(timeout=PATIENCE)
        with contextlib.suppress(JourneybookError):  # told already, if it matters
            share.remove(f"runs/{run}")


@dataclass
class ClusterWorkers:
    """Renders as tasks of a Dask client; see `on_cluster`."""

    client: Client
    address: str
    share: Share
    study: Study
    folder: Path
    aside: Path
    cold: bool
    name: str
    _submitted: dict[str, int] = field(default_factory=dict)

    def run(self, due: list[Due], progress: Progress) -> Generator[tuple[Due, Rendered | JourneybookError]]:
        from distributed import as_completed

        began = time.monotonic()
        tasks = self._tasks(due)
        progress.say(f"{'put the inputs on the share':<34} {time.monotonic() - began:6.1f} s")
        self._listen(progress)
        waiting = {self._submit(task): (one, task) for one, task in zip(due, tasks, strict=True)}
        ended = as_completed(list(waiting), loop=self.client.loop)
        try:
            for future in ended:
                one, task = waiting.pop(future)
                outcome = self._outcome(future, one, task)
                if outcome is None:
                    again = self._submit(task)
                    waiting[again] = one, task
                    ended.add(again)
                else:
                    yield one, outcome
        except BaseException:
            self._stop(list(waiting))
            raise

    def _tasks(self, due: list[Due]) -> list[Task]:
        markets = self.study.settings.markets
        about = {one.page.country for one in due}
        codes = markets if ALL_MARKETS in about else tuple(sorted(about))
        ground = put_ground(self.study, self.folder, codes, self.share)
        notebooks = {path: self.share.put(path) for path in sorted({one.page.notebook for one in due})}
        runner = modules(["analysis.publish.remote"])
        return [
            Task(
                self.name,
                self.share.url,
                one.page.country,
                one.page.chapter,
                one.page.title,
                ground,
                notebooks[one.page.notebook],
                one.page.notebook.name,
                one.parts,
                runner,
                codes,
                self.study.settings.limits,
                os.path.relpath(self._failed(one)),
                self.cold,
            )
            for one in due
        ]

    def _submit(self, task: Task) -> Future:
        self._submitted[task.place] = self._submitted.get(task.place, 0) + 1
        key = f"{task.country}/{task.chapter}-{self.name}-{self._submitted[task.place]}"
        return self.client.submit(run_task, task, key=key, pure=False)

    def _listen(self, progress: Progress) -> None:
        """Has the progress told what the workers begin."""

        def hear(event: tuple[float, dict[str, Any]]) -> None:
            told = event[1]
            if told["run"] == self.name:
                (progress.begun if told["what"] == "begun" else progress.again)(told["page"])

        self.client.subscribe_topic(TOPIC, hear)
        threads = sum(self.client.nthreads().values())
        progress.jobs = max(threads, 1)
        if not threads:
            progress.say("no worker has come to the scheduler yet: waiting for one")

    def _outcome(self, future: Future, one: Due, task: Task) -> Rendered | JourneybookError | None:
        """What came of a task; None where it is to be submitted again. Raises what stops the whole run."""
        from distributed import KilledWorker

        if future.status not in ("finished", "error"):
            what = "the scheduler ended, or lost this run"
            fix = "start it again; what is done is kept, and the same command goes on from there"
            raise JourneybookError("environment", Problem(f"SCHEDULER {self.address}", what, fix=fix))
        error = future.exception()
        if error is None:
            return self._taken(future.result(), one, task)
        if isinstance(error, KilledWorker):  # of workers that died, whatever they were doing
            deaths = len(self.share.names(f"{task.place}/attempts"))
            return None if deaths < DEATHS and self._submitted[task.place] < SUBMISSIONS else task.given_up
        where = f"{task.country}, {task.file}"
        what = f"the worker could not run it ({type(error).__name__}: {error})"
        fix = "install the same journeybook there; more in the worker's log"
        return JourneybookError("report", Problem(where, what, fix=fix))

    def _taken(self, ended: Ended, one: Due, task: Task) -> Rendered | JourneybookError:
        """The outcome with what lies on the share for it."""
        failed = self._failed(one)
        if ended.rendered:
            failed.unlink(missing_ok=True)
            return replace(ended.rendered, text=self.share.read(f"{task.place}/rendered.ipynb").decode())
        assert ended.error
        if ended.stops:
            raise ended.error
        if ended.partial:
            failed.parent.mkdir(parents=True, exist_ok=True)
            failed.write_bytes(self.share.read(f"{task.place}/failed.ipynb"))
        return ended.error

    def _failed(self, one: Due) -> Path:
        return self.aside / one.page.source.with_suffix(".failed.ipynb")

    def _stop(self, futures: list[Future]) -> None:
        """Takes back what waits and has the workers kill what runs: cancelling alone would let it run on."""

        def tell() -> None:
            with contextlib.suppress(Exception):  # a scheduler that is gone has nothing left to stop
                self.client.cancel(futures)
                self.client.run(stop_run, self.name, on_error="ignore")

        told = threading.Thread(target=tell, daemon=True)
        told.start()
        told.join(PATIENCE)


def _open_share(url: str | None) -> Share:
    if not url:
        fix = "SHARE=file:///mnt/shared, SHARE=s3://bucket/folder, ..."
        problem = Problem("SHARE", "a run on a cluster needs a folder that its workers reach", fix=fix)
        raise JourneybookError("config", problem)
    if not all(importlib.util.find_spec(name) for name in ("distributed", "fsspec")):
        problem = Problem("SCHEDULER", "dask.distributed is not installed", fix="pip install 'journeybook[cluster]'")
        raise JourneybookError("environment", problem)
    return Share(url)


def _connect(address: str) -> Client:
    from distributed import Client

    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # its tracebacks: what they mean is told by name
    try:
        return Client(address, timeout=CONNECTING, name="journeybook", set_as_default=False)
    except (OSError, ValueError) as error:
        what = f"no scheduler answers ({type(error).__name__})"
        fix = "start one with `dask scheduler`, and name its address: SCHEDULER=tcp://host:8786"
        raise JourneybookError("environment", Problem(f"SCHEDULER {address}", what, fix=fix)) from None
