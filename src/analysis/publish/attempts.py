"""Pages rendered on this machine, each tried at most twice, and all of them stopped at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analysis.publish.kernels import Launch
from analysis.publish.limits import Watch
from analysis.publish.plan import Page
from analysis.publish.render import KernelDied, Rendered, render
from analysis.study.running import Limits

TRIES = 2


class Attempts:
    """The renders of one run that happen in this process, under the study's `limits`."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.stopped = limits, False
        self._watches: set[Watch] = set()

    def render(
        self,
        page: Page,
        study: str,
        launch: Callable[[Watch], Launch],
        *,
        failed: Path,
        named: str | None = None,
        again: Callable[[], None],
    ) -> Rendered:
        """The page, rendered; a kernel that died by itself is tried once more, and `again` is told of it.

        `launch` says how a watched kernel starts. Raises as `render` does, with `failed` and `named`
        as there, but for `KernelDied`: the second one is a report error.
        """
        for attempt in range(1, TRIES + 1):
            watch = Watch(self.limits.seconds, self.limits.mebibytes)
            watch.stopped = self.stopped
            self._watches.add(watch)
            try:
                return render(page, study, launch(watch), failed, named)
            except KernelDied as died:
                if attempt == TRIES or self.stopped:
                    raise died.error from died
                again()
            finally:
                self._watches.discard(watch)
        raise AssertionError

    def stop(self) -> None:
        """Kills the kernels that run now, and whatever kernel starts later."""
        self.stopped = True
        for watch in list(self._watches):
            watch.stop()
