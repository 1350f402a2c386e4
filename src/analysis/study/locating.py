"""Where the raw file of a market lies: on disk, or fetched once from its URL."""

from __future__ import annotations

from pathlib import Path

from analysis.errors import JourneybookError, Problem
from analysis.study.params import RawFile

FORMATS = {".csv": "csv", ".sav": "sav", ".zsav": "sav", ".xlsx": "xlsx", ".parquet": "parquet"}
LOOKED_FOR = "{csv,sav,xlsx,parquet}"


def locate(raw: RawFile, folder: Path) -> Path:
    """Where the file lies; one that is only a URL is fetched once into the user's cache.

    Raises a file error where it is not there, or others of its name stand beside it and nothing says which counts.
    """
    path = (folder / raw.path).resolve() if raw.path else None
    if path and path.is_file():
        _refuse_second(path, raw)
        return path
    if raw.url:
        return _fetch(raw)
    assert path is not None
    others = [other.name for other in _of_the_name(path)]
    told = f"no raw file; looked for {path.parent / path.stem}.{LOOKED_FOR}"
    fix = f"set raw.path to {others[0]}" if others else "put it there or correct raw.path"
    raise JourneybookError("file", Problem(str(path), told, fix=fix))


def format_of(raw: RawFile, path: Path) -> str | None:
    """csv, sav, xlsx or parquet: as declared, else by the file's name; None where neither says."""
    return raw.format or FORMATS.get(path.suffix.lower())


def _of_the_name(path: Path) -> list[Path]:
    """The files of this name in any format that is read."""
    if not path.parent.is_dir():
        return []
    stem = path.stem.lower()
    return sorted(p for p in path.parent.iterdir() if p.stem.lower() == stem and p.suffix.lower() in FORMATS)


def _refuse_second(path: Path, raw: RawFile) -> None:
    names = [other.name for other in _of_the_name(path)]
    if len(names) > 1 and raw.format is None:
        fix = f"take the other away, or say that {path.name} counts with raw.format: {FORMATS[path.suffix.lower()]}"
        raise JourneybookError(
            "file", Problem(str(path.parent), "two raw files for one market", ", ".join(names), "one", fix)
        )


def _fetch(raw: RawFile) -> Path:
    import pooch  # slow to import, and only needed for a URL

    assert raw.url is not None
    try:
        cache = pooch.os_cache("journeybook")
        return Path(pooch.retrieve(raw.url, known_hash=f"sha256:{raw.sha256}", path=cache))
    except ValueError as error:
        fix = "check the sha256 in the market's file against the publisher's"
        problem = Problem(raw.url, "the download is not the file declared: sha256 differs", fix=fix)
        raise JourneybookError("file", problem) from error
    except Exception as error:
        fix = "check the connection, or download it and name it as raw.path"
        problem = Problem(raw.url, f"cannot be fetched ({type(error).__name__})", fix=fix)
        raise JourneybookError("file", problem) from error
