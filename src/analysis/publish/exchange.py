"""A published folder replaced in one step: whoever looks, and whenever the run is killed, a whole one stands there."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h


def beside(site: Path) -> tuple[Path, Path]:
    """Where the next site is completed, and where the one before may lie for a moment."""
    return site.with_name(f".{site.name}.new"), site.with_name(f".{site.name}.old")


def put_in_place(site: Path) -> None:
    """The completed next site stands in the place of the site, which is gone after it.

    The system exchanges the two names in one step where it can (Linux since 3.15, on a local disk). Elsewhere
    there is a moment between two renames in which no site stands; `mend` puts the old one back if the run is
    killed in it.
    """
    fresh, old = beside(site)
    flush(fresh)
    if not os.path.lexists(site):
        fresh.rename(site)
    elif not exchange(fresh, site):
        site.rename(old)
        fresh.rename(site)
    flush(site.parent, deep=False)
    mend(site)


def mend(site: Path) -> None:
    """Removes what a killed run left beside the site; where that was the site itself, it is put back."""
    fresh, old = beside(site)
    if not os.path.lexists(site) and os.path.lexists(old):
        old.rename(site)
    for leftover in (fresh, old):
        if leftover.is_symlink():
            leftover.unlink()
        elif leftover.exists():
            shutil.rmtree(leftover)


def exchange(one: Path, other: Path) -> bool:
    """Exchanges two names in one step; False where the system or the disk cannot."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:  # a C library without it
        return False
    return bool(rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0)


def flush(folder: Path, *, deep: bool = True) -> None:
    """Has the disk hold what the folder holds: after a power cut a renamed folder could else have empty files."""
    paths = [folder, *(folder.rglob("*") if deep else ())]
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
