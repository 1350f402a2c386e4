"""What a worker keeps between tasks: the files that pages stand on, and a warm process that forks kernels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.publish.forks import ForkServer, can_fork
from analysis.publish.ground import Ground
from analysis.publish.missing import all_of, unpacked
from analysis.publish.share import Share


@dataclass
class Warm:
    """A warm process: what it has read (`key`, `codes`), and how many renders fork from it now."""

    key: str
    codes: frozenset[str]
    forks: ForkServer
    renders: int = 0


class Standing:
    """The inputs in a folder, each fetched once, and one warm process, started once for the same inputs.

    The tasks of a worker come in several threads. A process that another one replaces goes when the
    last render that forked from it has ended, since its kernels would end with it; the latest goes with
    the worker.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        self._warm: list[Warm] = []  # the latest last

    def lay_out(self, key: str, ground: Ground, share: Share) -> Path:
        """The folder in which notebooks on this ground work."""
        with self._turn:
            return ground.lay_out(share, self._folder / "inputs", self._folder / "grounds" / key)

    @contextmanager
    def lend(self, key: str, folder: Path, study: str, codes: tuple[str, ...]) -> Iterator[ForkServer | None]:
        """A process that has read the markets `codes` of what `key` stands for; None where kernels start cold."""
        if not can_fork():
            yield None
            return
        with self._turn:
            warm = self._find(key, codes) or self._start(key, folder, study, codes)
            warm.renders += 1
        try:
            yield warm.forks
        finally:
            with self._turn:
                warm.renders -= 1
                self._end_idle(self._warm[:-1])

    def _find(self, key: str, codes: tuple[str, ...]) -> Warm | None:
        latest = self._warm[-1] if self._warm else None
        fits = latest and latest.key == key and latest.codes.issuperset(codes) and latest.forks.alive
        return latest if fits else None

    def _start(self, key: str, folder: Path, study: str, codes: tuple[str, ...]) -> Warm:
        every = frozenset(codes).union(*(warm.codes for warm in self._warm if warm.key == key))
        self._end_idle(self._warm)  # first, since two of them may be too much for the memory
        forks = ForkServer("analysis.warm", study, *sorted(every), folder=folder)
        try:
            import papermill  # noqa: F401  meanwhile, on another core

            refused = unpacked(forks.ready()["refused"])
            if refused and every <= refused.keys():
                raise all_of(refused.values())
        except BaseException:
            forks.close()
            raise
        self._warm.append(Warm(key, every, forks))
        return self._warm[-1]

    def _end_idle(self, among: list[Warm]) -> None:
        for warm in [one for one in among if not one.renders]:
            warm.forks.close()
            self._warm.remove(warm)
