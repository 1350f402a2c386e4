"""What this machine lacks to make a report: Python, the locked packages, the kernel, fonts, Chromium.

    python -m analysis.doctor

It asks the standard library alone, so that it can tell what is missing; `packaging`, where it is there, reads the
markers of the lock.
"""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from analysis.errors import JourneybookError, Problem

LOCK, PROJECT = "requirements.lock", "pyproject.toml"
OLDEST = (3, 11)
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?: ; ([^\\\n]+?))?\s*\\?$", re.M)
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
INSTALL = f"python -m pip install --no-deps --require-hashes -r {LOCK}"
RENEW = "pip install --no-deps --no-build-isolation --editable ."


def examine(root: Path) -> tuple[list[str], list[Problem]]:
    """What was found in order, a line each, and what is wrong; `root` is the project's folder."""
    lock = (root / LOCK).read_text(encoding="utf-8") if (root / LOCK).is_file() else ""
    pins = dict(_pins(lock))
    problems = [*_python(), *_packages(pins), *_project(root, pins), *_kernel(), *_fonts()]
    if not pins:
        problems.append(Problem(LOCK, "there is no such file, or nothing in it", fix="stand in the project's folder"))
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    found = [
        f"Python {platform.python_version()}: {sys.executable}",
        f"{len(pins)} locked packages looked for",
        "kernels are this Python; the machine's own kernel specifications are not asked",
        f"Chromium: {browser or 'not there (make pdf needs it, nothing else does; apt install chromium)'}",
    ]
    return found, problems


def _python() -> Iterator[Problem]:
    if sys.version_info < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        fix = f"make PYTHON=python{oldest} report, or conda env create --file environment.yml"
        yield Problem("Python", "too old", platform.python_version(), f"{oldest} or newer", fix)


def _pins(lock: str) -> Iterator[tuple[str, str]]:
    """Name and version of what the lock wants here."""
    try:
        from packaging.markers import Marker
    except ImportError:
        Marker = None  # type: ignore[assignment,misc]
    for name, version, marker in PIN.findall(lock):
        if not marker or (Marker is not None and Marker(marker).evaluate()):
            yield _plain(name), version


def _packages(pins: dict[str, str]) -> Iterator[Problem]:
    """Packages that are not installed, or in another version."""
    installed = {_plain(str(one.metadata["Name"])): one.version for one in metadata.distributions()}
    for name, version in pins.items():
        if name not in installed:
            yield Problem(name, "the package is not installed", "nothing", version, INSTALL)
        elif installed[name] != version:
            yield Problem(name, "the package is not the locked one", installed[name], version, INSTALL)


def _project(root: Path, pins: dict[str, str]) -> Iterator[Problem]:
    """What pyproject.toml wants and the lock does not hold."""
    if not (root / PROJECT).is_file() or importlib.util.find_spec("packaging") is None:
        return
    import tomllib

    from packaging.requirements import Requirement

    project = tomllib.loads((root / PROJECT).read_text(encoding="utf-8")).get("project", {})
    extras = project.get("optional-dependencies", {}).values()
    for wanted in map(Requirement, [*project.get("dependencies", []), *(one for extra in extras for one in extra)]):
        pinned = pins.get(_plain(wanted.name))
        if wanted.marker is None and (pinned is None or pinned not in wanted.specifier):
            yield Problem(LOCK, f"out of date: {PROJECT} wants {wanted}", pinned or "nothing", fix="make lock")


def _kernel() -> Iterator[Problem]:
    """Whether kernels can be started as a run starts them."""
    if not metadata.entry_points(group="jupyter_client.kernel_provisioners", name="journeybook"):
        what = "the package is not installed, so that no kernel of a notebook can start"
        yield Problem("journeybook", what, fix=RENEW)


def _fonts() -> Iterator[Problem]:
    """The fonts that charts are measured and pictures set in, which come with matplotlib."""
    found = importlib.util.find_spec("matplotlib")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" if found and found.origin else Path()
    for name in FONTS:
        if found and not (folder / name).is_file():
            yield Problem(name, "the font is not there", fix="pip install --force-reinstall matplotlib, as locked")


def _plain(name: str) -> str:
    """A distribution's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def report(root: Path) -> None:
    """Prints what was found. Raises an environment error with everything that is wrong."""
    found, problems = examine(root)
    print("\n".join(found))
    if problems:
        raise JourneybookError("environment", problems)
    print("nothing is wrong")


def main() -> None:
    try:
        report(Path.cwd())
    except JourneybookError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
