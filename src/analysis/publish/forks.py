"""A warm process that forks kernels: the libraries are imported once, not once a notebook."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

from analysis.errors import JourneybookError, Problem
from analysis.publish.leash import end_with
from analysis.study.running import REPORTING

# One thread of linear algebra a kernel: kernels share the cores, and threads do not survive a fork.
SINGLE = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
ALONE = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}  # nor may Arrow's memory have a thread of its own
# Read when matplotlib is imported, which is before the fork; the backend itself is imported after it.
INLINE = "module://matplotlib_inline.backend_inline"

# No word to the terminal, and no entry in the history that the user's own sessions keep.
KERNEL_OPTIONS = ["--log-level=CRITICAL", "--HistoryManager.enabled=False"]
QUIET = "PYDEVD_DISABLE_FILE_VALIDATION"  # the debugger, which every kernel imports, has a remark for the terminal


def can_fork() -> bool:
    """Whether kernels can be forked here. On macOS the system's own libraries do not survive it."""
    return hasattr(os, "fork") and sys.platform != "darwin"


class ForkServer:
    """A process that imports what notebooks need and then forks a kernel at each request.

    `module` is run with a descriptor, the caller's process id and `arguments`, in `folder` (else in the caller's) and
    in a session of its own; when it is warm it calls `serve`. The standard library's own fork server was tried: it
    cannot be stopped while it imports, cannot tell what its imports found, and runs the caller's script again in each
    child.
    """

    def __init__(self, module: str, *arguments: str, folder: Path | None = None) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", module, str(theirs.fileno()), str(os.getpid()), *arguments]
        alone = {**dict.fromkeys((*SINGLE, REPORTING), "1"), **ALONE}
        environment = {**os.environ, **alone, "MPLBACKEND": INLINE, QUIET: "1"}
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        theirs.close()
        self._channel = ours
        self._lines = ours.makefile("rb")
        self._turn = threading.Lock()
        self._ended = False  # known a moment before the system tells of it

    def ready(self) -> dict[str, Any]:
        """What the warm process said when it had warmed up; blocks until then."""
        return self._answer()

    @property
    def alive(self) -> bool:
        return not self._ended and self._process.poll() is None

    def fork(self, connection_file: str, folder: str) -> int:
        """The process id of a new kernel that works in `folder` and talks as the connection file says."""
        request = {"connection_file": connection_file, "folder": folder}
        with self._turn:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the answer tells
                self._channel.sendall(json.dumps(request).encode() + b"\n")
            return int(self._answer()["pid"])

    def close(self) -> None:
        """Ends the warm process, at work or not; kernels that still run notice and end too."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._lines.close()
        self._channel.close()

    def _answer(self) -> dict[str, Any]:
        line = self._lines.readline()
        if not line:
            self._ended = True
            problem = Problem("warm kernels", "the process that forks them ended", fix="start kernels cold: COLD=1")
            raise JourneybookError("environment", problem)
        answer: dict[str, Any] = json.loads(line)
        return answer


def serve(descriptor: int, told: dict[str, Any]) -> None:
    """Says `told`, then forks a kernel at each request, until the other side closes the channel.

    Nothing may have started a thread, an event loop or a ZeroMQ context before: they do not survive.
    """
    channel = socket.socket(fileno=descriptor)
    lines = channel.makefile("rb")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries kernels that end; nobody waits for them
    gc.collect()
    gc.freeze()  # what is imported stays shared between the kernels
    _say(channel, told)
    warm = os.getpid()
    for line in lines:
        request = json.loads(line)
        pid = os.fork()
        if not pid:
            lines.close()
            channel.close()
            _become_kernel(warm, **request)
        _say(channel, {"pid": pid})


def _say(channel: socket.socket, told: dict[str, Any]) -> None:
    channel.sendall(json.dumps(told).encode() + b"\n")


def _become_kernel(parent: int, connection_file: str, folder: str) -> NoReturn:
    """The child's part: a session of its own, fresh random numbers, and then an ordinary kernel.

    It ends with its `parent`, which is told and not asked of the system: the parent may be gone by now.
    """
    end_with(parent)
    os.setsid()
    os.chdir(folder)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # or subprocesses of a notebook could not be waited for
    os.environ["JPY_PARENT_PID"] = str(parent)
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", "-f", connection_file]
    # It ends when the forking process does. The variable alone is no help: it was read by the import.
    IPKernelApp.launch_instance([*sys.argv[1:], *KERNEL_OPTIONS, f"--IPKernelApp.parent_handle={parent}"])
    os._exit(0)
