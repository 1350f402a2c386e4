"""Contents of files: their digests, large ones remembered, and files written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import time
from functools import cached_property
from pathlib import Path

CHUNK = 1 << 20
LARGE = 64 << 20  # bytes from which on reading a file to say that nothing changed takes too long
PART = ".part"  # ends the name of a file that is being written
SETTLED = 2.0  # seconds after which a file's time tells that it was written to again


def digest(path: Path) -> str:
    """The content key of a file, which is read in pieces: half of its sha256, in hexadecimal digits."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            found.update(piece)
    return found.hexdigest()[:32]


def write(path: Path, text: str) -> None:
    """Writes the file beside its place and renames it, so that nobody ever reads half of it.

    It is on the disk before it has its name: after a power cut there is the old file or the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}{PART}")
    try:
        with part.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sweep(folder: Path) -> None:
    """Removes what a killed run had half written in this folder of all that is built."""
    for place in ("", "store/*/"):
        for part in folder.glob(f"{place}*{PART}"):
            part.unlink()


class Digests:
    """Digests of files; those of large files are remembered in `record` while size, times and inode stay."""

    def __init__(self, record: Path | None = None) -> None:
        self.record = record

    def of(self, path: Path) -> str:
        """The content key of the file as it is now."""
        found = path.stat()
        if self.record is None or found.st_size < LARGE:
            return digest(path)
        stamp = [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
        known = self._known.get(str(path))
        if known and known[:-1] == stamp:
            return str(known[-1])
        self._known[str(path)] = [*stamp, digest(path)]
        if time.time() - found.st_ctime > SETTLED:
            write(self.record, json.dumps(self._known))
        return str(self._known[str(path)][-1])

    @cached_property
    def _known(self) -> dict[str, list[int | str]]:
        try:
            return dict(json.loads(self.record.read_bytes())) if self.record else {}
        except (OSError, ValueError):
            return {}
