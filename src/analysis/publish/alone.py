"""A folder that one run at a time builds into: locked, mended before, and no temporary file left behind."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from analysis.errors import JourneybookError, Problem
from analysis.publish.exchange import mend
from analysis.publish.files import sweep, write

PREFIX = "journeybook-"
# Where temporary files go: sockets of kernels, what notebooks and libraries make; and connection files.
ELSEWHERE = ("TMPDIR", "JUPYTER_RUNTIME_DIR")


@contextmanager
def alone(build: Path, site: Path) -> Iterator[None]:
    """Nobody else makes a report into this folder meanwhile; refused with who does.

    The lock is the system's and ends with the process. What a killed run left behind is removed, and
    `site` put back where it was just being replaced.
    """
    try:
        build.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder for what is built cannot be made ({error.strerror})"
        raise JourneybookError("output", Problem(str(build), what, fix="name another one with --build")) from None
    lock, who = FileLock(build / ".lock"), build / ".lock.json"
    try:
        lock.acquire(blocking=False)
    except Timeout:
        told = _told(who)
        by = f"{told.get('command', 'another run')}, process {told.get('process', '?')}, since {told.get('since', '?')}"
        fix = "wait until it has ended, or name another folder with --build"
        raise JourneybookError("locked", Problem(str(build), "another run works in this folder", by, fix=fix)) from None
    try:
        _clear(Path(str(_told(who).get("temporary", ""))))
        mend(site)
        sweep(build)
        temporary = Path(tempfile.gettempdir()) / f"{PREFIX}{uuid.uuid4().hex[:8]}"
        told = {"command": " ".join(["journeybook", *sys.argv[1:]]), "process": os.getpid()}
        # Before it is there: a run that is killed in between leaves nothing that nobody knows of.
        write(who, json.dumps({**told, "since": time.strftime("%H:%M:%S"), "temporary": str(temporary)}))
        with _temporary(temporary):
            yield
    finally:
        who.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _temporary(folder: Path) -> Iterator[None]:
    """The folder for every temporary file of this run and of what it starts; nobody else may look into it."""
    before = {name: os.environ.get(name) for name in ELSEWHERE}
    folder.mkdir(mode=0o700)
    os.environ.update(dict.fromkeys(ELSEWHERE, str(folder)))
    known, tempfile.tempdir = tempfile.tempdir, None
    try:
        yield
    finally:
        tempfile.tempdir = known
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)  # a kernel may be ending in it


def _clear(folder: Path) -> None:
    """Removes the temporary folder of a run that was killed; nothing else, whatever its note says."""
    ours = folder.name.startswith(PREFIX) and folder.parent == Path(tempfile.gettempdir())
    if ours and folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid():
        shutil.rmtree(folder, ignore_errors=True)


def _told(who: Path) -> dict[str, Any]:
    """What the run that holds the folder, or was killed in it, wrote down of itself."""
    try:
        return dict(json.loads(who.read_bytes()))
    except (OSError, ValueError):
        return {}
