"""The ground of a run: the study's files and raw data, which pages stand on, taken to another machine."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis.errors import JourneybookError
from analysis.publish.keys import distributions
from analysis.publish.share import Share
from analysis.study.locating import locate
from analysis.study.params import Study


@dataclass(frozen=True)
class Ground:
    """Position -> sha256 of `files`, laid out elsewhere as they lie here in relation to each other.

    `folder` is the position in which notebooks work, `study` the study folder as they name it from
    there, `libraries` what is installed here (see `keys.distributions`).
    """

    files: dict[str, str]
    folder: str
    study: str
    libraries: tuple[str, ...]

    def lay_out(self, share: Share, cache: Path, tree: Path) -> Path:
        """The folder in which notebooks work, below `tree`; objects already in `cache` are not fetched again."""
        if not tree.is_dir():
            part = tree.with_name(f"{tree.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            (part / self.folder).mkdir(parents=True)
            for position, sha256 in self.files.items():
                if not (cache / sha256).is_file():
                    share.fetch(sha256, cache / sha256)
                (part / position).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(cache / sha256, part / position)
            part.rename(tree)
        return tree / self.folder


def put_ground(study: Study, folder: Path, codes: Iterable[str], share: Share) -> str:
    """The sha256 under which the share has the ground of pages that work in `folder`.

    `codes` are the markets whose data are needed for certain. Those of others go along where they lie
    here, since a page may stand one market beside another.
    """
    files = {_normal(study.folder / name): study.folder / name for name in _settings(study.folder)}
    files |= {_normal(path): path for path in study.fonts}
    for code in study.settings.markets:
        files |= _delivered(study, code, certain=code in codes)
    common = os.path.commonpath([folder, *files])
    ground = Ground(
        {os.path.relpath(position, common): share.put(path) for position, path in sorted(files.items())},
        os.path.relpath(folder, common),
        os.path.relpath(study.folder, folder),
        distributions(),
    )
    return share.put(json.dumps(asdict(ground)).encode())


def read_ground(path: Path) -> Ground:
    """The ground that the file describes, fetched from a share."""
    told = json.loads(path.read_bytes())
    return Ground(**told | {"libraries": tuple(told["libraries"])})


def _settings(folder: Path) -> list[Path]:
    found = [path for kind in ("*.yaml", "markets/*.yaml", "editions/*.csv") for path in folder.glob(kind)]
    return [path.relative_to(folder) for path in found]


def _delivered(study: Study, code: str, *, certain: bool) -> dict[Path, Path]:
    """The market's raw file by its position; none that is only a URL, or stands at one absolute path everywhere."""
    try:
        raw = study.settings_of(code).raw
        if raw.path is None or Path(raw.path).is_absolute():
            return {}
        path = study.folder / raw.path
        if not (certain or path.is_file()):
            return {}
        return {_normal(path): locate(raw, study.folder)}
    except JourneybookError:  # told by the run itself, if it needs this market
        return {}


def _normal(path: Path) -> Path:
    """The position as names say it: where a notebook on another machine, without the links of this one, looks."""
    return Path(os.path.normpath(path))
