"""The kernel of a notebook: forked warm or started cold, heard by nobody else, watched, gone at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Enum

from analysis.errors import JourneybookError
from analysis.publish.forks import INLINE, SINGLE, ForkServer
from analysis.publish.limits import Watch
from analysis.study.running import REPORTING


@dataclass(frozen=True)
class Launch:
    """How a kernel starts: forked from `forks`, or cold without; in `folder`, under `watch`."""

    watch: Watch
    folder: Path
    forks: ForkServer | None = None


class Provisioner(LocalProvisioner):
    """Starts the kernel as its manager's `launch` says. An entry point names it to jupyter_client."""

    parent: Any  # its manager
    process: Any
    pid: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        launch: Launch = self.parent.launch
        if launch.forks is None:
            alike = {
                **dict.fromkeys((*SINGLE, REPORTING), "1"),
                "MPLBACKEND": INLINE,
            }  # whatever the user's shell says of them
            kwargs |= {"cwd": str(launch.folder), "env": {**os.environ, **alike}}
            await super().launch_kernel(cmd, **kwargs)
        else:
            try:
                pid = launch.forks.fork(self.parent.connection_file, str(launch.folder))
            except JourneybookError as error:  # tried once more like any kernel that dies: then it starts cold
                raise RuntimeError(str(error)) from None
            self.process, self.pid, self.pgid = Forked(pid), pid, None
            await self._until_bound()
        launch.watch.start(self.pid)
        return self.connection_info

    async def _until_bound(self) -> None:
        """Waits for the last of the kernel's sockets: who connects earlier tries again only later."""
        last = Path(f"{self.parent.ip}-{self.parent.hb_port}")
        while self.parent.transport == "ipc" and not last.exists() and await self.poll() is None:
            await asyncio.sleep(0.005)

    async def kill(self, restart: bool = False) -> None:
        """Kills the session, and waits for the kernel to be gone in steps shorter than the library's."""
        self.parent.launch.watch.kill()
        for _ in range(50):
            if await self.poll() is not None:
                return
            await asyncio.sleep(0.005)


class Forked:
    """A kernel that another process forked, with what LocalProvisioner asks of a subprocess."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._process: psutil.Process | None = psutil.Process(pid)
        except psutil.NoSuchProcess:  # it has ended already
            self._process = None

    def poll(self) -> int | None:
        """None while it runs; what it ended with is not known."""
        running = self._process is not None and self._process.is_running()
        return None if running else 0

    def send_signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._process.send_signal(number)

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.01)
        return 0


class KernelManager(AsyncKernelManager):
    """A kernel of this very Python, reached through sockets of the file system where there are any.

    The machine's kernel specifications are not asked: one of them may name another environment.
    `launch` is set on a subclass made for each run.
    """

    launch: Launch
    transport = Enum(["tcp", "ipc"], default_value="ipc" if os.name == "posix" else "tcp")

    def _ip_default(self) -> str:
        # the library's own default is one name for all kernels that start in a folder
        if self.transport == "tcp":
            return "127.0.0.1"
        # and short, since a socket's whole path may have no more than some hundred letters
        return str(Path(tempfile.gettempdir()) / f"journeybook-{uuid.uuid4().hex[:12]}")

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": "journeybook"}},
        )


def manager_class(launch: Launch) -> type[KernelManager]:
    """A class of managers for one run: nbclient makes its manager from a class, and hands nothing on."""
    return type("LaunchedKernelManager", (KernelManager,), {"launch": launch})
