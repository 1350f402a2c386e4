"""Where renders run on this machine: a few at a time, each in a kernel of its own."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analysis.errors import JourneybookError
from analysis.publish.attempts import Attempts
from analysis.publish.due import Due
from analysis.publish.forks import ForkServer
from analysis.publish.kernels import Launch
from analysis.publish.progress import Progress
from analysis.publish.render import Rendered
from analysis.study.running import Limits

PATIENCE = 1.2  # seconds given to runs that were interrupted


class Workers(Protocol):
    """Somewhere renders run."""

    def run(self, due: list[Due], progress: Progress) -> Generator[tuple[Due, Rendered | JourneybookError]]:
        """Each page that is due with what came of it, in the order they end."""


@dataclass
class LocalWorkers:
    """Renders `jobs` notebooks at a time; kernels are forked from `forks`, or start cold without, or once it died.

    `study` is the study folder as notebooks name it, `folder` where they work, `aside` where failed
    ones are kept.
    """

    study: str
    folder: Path
    aside: Path
    limits: Limits
    jobs: int
    forks: ForkServer | None = None

    def __post_init__(self) -> None:
        self._attempts = Attempts(self.limits)

    def run(self, due: list[Due], progress: Progress) -> Generator[tuple[Due, Rendered | JourneybookError]]:
        pool = ThreadPoolExecutor(self.jobs)
        waiting = {pool.submit(self._render, one, progress): one for one in due}
        try:
            for future in as_completed(waiting):
                yield waiting[future], _outcome(future)
        except BaseException:
            self._stop(pool, list(waiting))
            raise
        pool.shutdown()

    def _stop(self, pool: ThreadPoolExecutor, futures: list[Future[Rendered]]) -> None:
        """Ends what runs, at once; what is done is kept already."""
        pool.shutdown(wait=False, cancel_futures=True)
        self._attempts.stop()
        wait(futures, timeout=PATIENCE)

    def _render(self, due: Due, progress: Progress) -> Rendered:
        name = str(due.page)
        progress.begun(name)
        return self._attempts.render(
            due.page,
            self.study,
            lambda watch: Launch(watch, self.folder, self.forks if self.forks and self.forks.alive else None),
            failed=self.aside / due.page.source.with_suffix(".failed.ipynb"),
            again=lambda: progress.again(name),
        )


def _outcome(future: Future[Rendered]) -> Rendered | JourneybookError:
    try:
        return future.result()
    except JourneybookError as error:
        return error
