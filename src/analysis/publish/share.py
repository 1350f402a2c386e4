"""The share: a folder that this machine and every worker reach, on any file system that fsspec knows."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from analysis.errors import JourneybookError, Problem

INPUTS = "inputs"


class Share:
    """Named objects below a URL: file:///mnt/x, s3://bucket/x, whatever fsspec opens.

    `url` is whole, so that another machine reaches the same place. What it raises are environment
    errors that name the URL.
    """

    def __init__(self, url: str) -> None:
        import fsspec  # of the extra `cluster`

        try:
            # what other machines write must be seen at once
            self._files, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            fix = "name a URL that fsspec opens, and install what it asks for here and on the workers"
            raise JourneybookError("environment", Problem(f"SHARE {url}", str(error), fix=fix)) from None
        self._root = root.rstrip("/")
        self.url: str = self._files.unstrip_protocol(self._root)

    def put(self, content: bytes | Path) -> str:
        """The sha256 under which the content lies among the inputs, put there unless it is already."""
        if isinstance(content, Path):
            with content.open("rb") as stream:
                sha256, size = hashlib.file_digest(stream, "sha256").hexdigest(), content.stat().st_size
        else:
            sha256, size = hashlib.sha256(content).hexdigest(), len(content)
        name = f"{INPUTS}/{sha256}"
        with self._reached():
            if not self._files.exists(self._at(name)) or self._files.size(self._at(name)) != size:
                self.write(name, content)
        return sha256

    def fetch(self, sha256: str, path: Path) -> None:
        """The input of that sha256 as a new file; an environment error where the share has it damaged."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        where = self._at(f"{INPUTS}/{sha256}")
        with self._reached():
            self._files.get_file(where, str(part))
        with part.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                problem = Problem(self._files.unstrip_protocol(where), "the object is damaged", fix="delete it")
                raise JourneybookError("environment", problem)
        part.replace(path)

    def write(self, name: str, content: bytes | Path) -> None:
        """Writes the object under a name of its own and renames it, so that nobody reads half of it."""
        where = self._at(name)
        part = f"{where}.{uuid.uuid4().hex}.part"
        with self._reached():
            self._files.makedirs(str(PurePosixPath(where).parent), exist_ok=True)
            if isinstance(content, Path):
                self._files.put_file(str(content), part)
            else:
                self._files.pipe_file(part, content)
            self._files.mv(part, where)

    def read(self, name: str) -> bytes:
        with self._reached():
            content: bytes = self._files.cat_file(self._at(name))
            return content

    def names(self, folder: str) -> list[str]:
        """The objects in a folder, by name; none where there is no such folder."""
        with self._reached():
            try:
                return sorted(PurePosixPath(where).name for where in self._files.ls(self._at(folder), detail=False))
            except FileNotFoundError:
                return []

    def remove(self, name: str) -> None:
        """Removes an object or a folder with all in it, if it is there."""
        with self._reached(), contextlib.suppress(FileNotFoundError):
            self._files.rm(self._at(name), recursive=True)

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except JourneybookError:
            raise
        except Exception as error:  # whatever a file system's own library raises
            what = f"it cannot be read or written ({type(error).__name__}: {error})"
            fix = "name a folder that this machine and every worker may write, and check its credentials"
            raise JourneybookError("environment", Problem(f"SHARE {self.url}", what, fix=fix)) from error
