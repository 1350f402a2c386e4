"""The store of results: rendered notebooks, kept by the content they came from."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.publish.files import write
from analysis.publish.keys import Inputs, of_parts
from analysis.publish.plan import Page

if TYPE_CHECKING:
    from analysis.publish.render import Rendered  # takes notebooks' libraries along, which a look at the store spares


@dataclass(frozen=True)
class Result:
    """A rendered page, and all it came from.

    `parts` and `uses` name the content keys of its inputs (see `keys.Inputs`): `uses` those of
    markets, as "uk data". `values` holds the text of its placeholders; `seconds` and `mebibytes` say
    what its kernel took; `notebook` is the executed notebook's file; `samples` and `refused` are those of `Rendered`.
    """

    page: str
    parts: dict[str, str]
    uses: dict[str, str]
    values: dict[str, str]
    seconds: float
    mebibytes: int
    notebook: Path
    samples: dict[str, dict[str, float]] = field(default_factory=dict)
    refused: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The content key of all that the page came from."""
        return of_parts({**self.parts, **self.uses})


class Store:
    """Results in a folder, at most `mebibytes` of them once `clean` has been called."""

    def __init__(self, folder: Path, mebibytes: int) -> None:
        self.folder, self.mebibytes = folder, mebibytes

    def find(self, page: Page, parts: Mapping[str, str], inputs: Inputs) -> Result | None:
        """The page's result from the very inputs there are now, or None.

        A result says which markets its run asked for; only if those are as they were, it is as good as new.
        """
        for record in sorted(self._place(parts).glob("*.json")):
            result = self.read(record)
            if result and result.page == str(page) and result.uses == inputs.now(result.uses):
                os.utime(record)  # the least recently used are cleaned first
                return result
        return None

    def put(self, page: Page, parts: dict[str, str], inputs: Inputs, rendered: Rendered) -> Result:
        """Keeps a rendered notebook under the content key of its inputs, whole or not at all."""
        uses = {f"{code} {part}": inputs.of_market(code, part) for code, part in rendered.uses}
        place = self._place(parts)
        place.mkdir(parents=True, exist_ok=True)
        stem = place / of_parts(uses)
        result = Result(
            str(page),
            parts,
            uses,
            rendered.values,
            round(rendered.usage.seconds, 2),
            rendered.usage.mebibytes,
            stem.with_suffix(".ipynb"),
            rendered.samples,
            rendered.refused,
        )
        write(result.notebook, rendered.text)
        told = {name: value for name, value in asdict(result).items() if name != "notebook"}
        write(stem.with_suffix(".json"), json.dumps(told))
        return result

    def drop(self, result: Result) -> None:
        """Takes a result out: its inputs changed while it was made."""
        result.notebook.with_suffix(".json").unlink(missing_ok=True)
        result.notebook.unlink(missing_ok=True)

    def clean(self, mebibytes: int | None = None) -> tuple[int, int]:
        """Removes the least recently used results beyond the bound; how many, and how many bytes are left."""
        bound = (self.mebibytes if mebibytes is None else mebibytes) * 2**20
        records = sorted(self.folder.glob("*/*.json"), key=lambda record: record.stat().st_mtime, reverse=True)
        kept = removed = 0
        for record in records:
            notebook = record.with_suffix(".ipynb")
            size = sum(path.stat().st_size for path in (record, notebook) if path.exists())
            if kept + size <= bound:
                kept += size
                continue
            record.unlink()  # first: a notebook without its record is never found
            notebook.unlink(missing_ok=True)
            removed += 1
        self._sweep()
        return removed, kept

    def _sweep(self) -> None:
        """Removes what a killed run left half-written, and empty folders."""
        for folder in self.folder.glob("*"):
            for path in folder.iterdir():
                if path.suffix == ".part" or not path.with_suffix(".json").exists():
                    path.unlink()
            if not any(folder.iterdir()):
                shutil.rmtree(folder)

    def _place(self, parts: Mapping[str, str]) -> Path:
        return self.folder / of_parts(parts)

    @staticmethod
    def read(record: Path) -> Result | None:
        """The result that the file records; None where there is none, or it is of another edition."""
        try:
            result = Result(**json.loads(record.read_bytes()), notebook=record.with_suffix(".ipynb"))
        except (OSError, ValueError, TypeError):
            return None
        return result if result.notebook.is_file() else None
