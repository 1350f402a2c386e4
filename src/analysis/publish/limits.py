"""What a notebook may take: seconds and memory of its kernel and of every process that the kernel starts."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from dataclasses import dataclass

import psutil

MEBIBYTE = 2**20
EVERY = 0.25  # seconds between two looks


@dataclass(frozen=True)
class Usage:
    """What a notebook took: `seconds` from its kernel's start, and the most resident `mebibytes` at a look.

    Memory counts the kernel and its subprocesses; pages that forked kernels share count in each.
    """

    seconds: float
    mebibytes: int


class Watch:
    """Watches one notebook's kernel, and kills its whole session when it goes beyond a limit."""

    def __init__(self, seconds: float, mebibytes: int) -> None:
        self.seconds, self.mebibytes = seconds, mebibytes
        self.breach: str | None = None
        self.stopped = False
        self._kernel: psutil.Process | None = None
        self._peak = 0
        self._began = time.monotonic()
        self._over = threading.Event()

    def start(self, pid: int) -> None:
        """The kernel runs as process `pid`, the leader of a session of its own."""
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended already
            self._kernel = psutil.Process(pid)
        self._began = time.monotonic()
        if self.stopped:
            self.kill()
        threading.Thread(target=self._look_on, name=f"watch {pid}", daemon=True).start()

    def finish(self) -> Usage:
        """Ends the watch, and every process of the session that is left."""
        seconds = time.monotonic() - self._began if self._kernel else 0.0
        self._over.set()
        self.kill()
        return Usage(seconds, round(self._peak / MEBIBYTE))

    def stop(self) -> None:
        """Kills the kernel, or keeps it from starting: the run was interrupted."""
        self.stopped = True
        self.kill()

    def kill(self) -> None:
        for process in self._session():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def look(self) -> None:
        """Notes the memory in use; kills the session beyond a limit."""
        resident = 0
        for process in self._session():
            with contextlib.suppress(psutil.Error):
                resident += process.memory_info().rss
        self._peak = max(self._peak, resident)
        if resident > self.mebibytes * MEBIBYTE:
            self.breach = f"it took more than {self.mebibytes} MiB of memory"
        elif time.monotonic() - self._began > self.seconds:
            self.breach = f"it took more than {self.seconds:g} seconds"
        if self.breach:
            self.kill()

    def _look_on(self) -> None:
        while not self._over.is_set():
            self.look()
            self._over.wait(EVERY)

    def _session(self) -> list[psutil.Process]:
        """The kernel and all it started: those of its session, and descendants that left it."""
        if self._kernel is None:
            return []
        found = {}
        for process in psutil.process_iter():
            with contextlib.suppress(OSError, psutil.Error):
                if os.getsid(process.pid) == self._kernel.pid:
                    found[process.pid] = process
        if self._kernel.is_running():
            found[self._kernel.pid] = self._kernel
            with contextlib.suppress(psutil.Error):
                found |= {child.pid: child for child in self._kernel.children(recursive=True)}
        return list(found.values())
