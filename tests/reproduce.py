"""The report built twice from nothing, under all that may differ between two machines, and compared byte by byte.

    python tests/reproduce.py [COUNTRY]          (make reproduce, COUNTRY=uk for one market)

Two fresh folders get a copy each of the project's tracked files; docs/reproduce.md says what differs between them.
Prints "identical" with the number of files, or the first that differ and where; exit code 5 where any does, 8 where
there is no git checkout to copy.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from analysis.errors import EXIT_CODES

ROOT = Path(__file__).parents[1]
SHOWN = 10  # files that differ, before the rest is counted
AROUND = 60  # bytes shown on each side of the first that differs
YEAR_1970, YEAR_2100 = 86_400, 4_102_444_800 + 86_400  # seconds since the epoch, a day into the year
OLD_CORE = {  # processors of 2008: what OpenBLAS, numpy and glibc then do
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-AVX512F",
}
REPORT = "import sys; from analysis.cli import main; main()"


@dataclass(frozen=True)
class Place:
    """A machine, as far as one can be made up here: what a build there must not show.

    `folder` is where its copy of the project lies, `environment` what its variables are, `clock` and `mtime` what time
    it is there and when its files were written (seconds since the epoch), None for now.
    """

    folder: str
    locale: str
    environment: Mapping[str, str] = field(default_factory=dict)
    umask: int = 0o022
    mtime: float | None = None
    clock: float | None = None


HERE = Place(
    "first",
    "C",
    {"TZ": "UTC", "PYTHONHASHSEED": "0", "JOBS": "3"},
    mtime=YEAR_1970,
    clock=YEAR_1970,
)
THERE = Place(
    "the other/längst/nicht hier",
    "tr_TR.UTF-8",
    {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "random", "JOBS": "2", "COLD": "1", "SOURCE_DATE_EPOCH": "1", **OLD_CORE},
    umask=0o077,
    mtime=YEAR_2100,
    clock=YEAR_2100,
)
PLACES = (HERE, THERE)


# ---- two builds


def copy_project(root: Path, target: Path, mtime: float | None = None) -> None:
    """A clone of the checkout in `root` as its tracked files are now, each as old as `mtime` says."""
    command = ["git", "clone", "--quiet", "--no-hardlinks", str(root), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True).stdout
    for name in filter(None, os.fsdecode(listed).split("\0")):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, target / name)
        else:
            (target / name).unlink(missing_ok=True)
    age(target, mtime)


def age(folder: Path, mtime: float | None) -> None:
    """Says of every file of the project in this folder that it was written then."""
    for path in folder.rglob("*") if mtime is not None else ():
        if ".git" not in path.parts:
            os.utime(path, (mtime, mtime))


def build(project: Path, place: Place, work: Path, *arguments: str) -> Path:
    """The site that the command builds in that place; its words end the run where it fails."""
    home = work / f"home of {place.folder.partition('/')[0]}"
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(project / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **localised(place.locale, work),
        **clocked(place.clock, work),
        **place.environment,
    }
    subprocess.run([sys.executable, "-m", "compileall", "-q", "src"], cwd=project, check=True)
    ran = subprocess.run(
        [sys.executable, "-c", REPORT, *arguments],
        cwd=project,
        env=environment,
        umask=place.umask,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    if ran.returncode:
        told = (ran.stdout + ran.stderr).decode(errors="replace")
        raise SystemExit(f"the build in {place.folder} ended with {ran.returncode}:\n{told}")
    return project / "build" / "site"


def localised(name: str, work: Path) -> dict[str, str]:
    """The variables of that locale, which is made in `work` where the system lacks it; glibc's C where it cannot be."""
    language, _, charset = name.partition(".")
    made = work / "locales" / name
    if charset and shutil.which("localedef") and not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["localedef", "-i", language, "-f", charset, str(made)], capture_output=True)
    found = {"LOCPATH": str(made.parent)} if made.exists() else {}
    return {"LANG": name, "LC_ALL": name, **found}


def clocked(clock: float | None, work: Path) -> dict[str, str]:
    """The variables under which it is that time; none where there is no C compiler to make the clock with."""
    library = work / "clock.so"
    if clock is None:
        return {}
    if not library.exists():
        compiler = shutil.which("cc")
        if compiler is None or platform.system() != "Linux":
            return {}
        source = Path(__file__).with_name("clock.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(round(clock - time.time()))}


def missing(place: Place, work: Path) -> list[str]:
    """What of the place could not be made here."""
    found = []
    if "." in place.locale and "LOCPATH" not in localised(place.locale, work):
        found.append(f"locale {place.locale} (no localedef, or no sources of locales)")
    if place.clock is not None and not clocked(place.clock, work):
        found.append("the clock (no C compiler)")
    if "OPENBLAS_CORETYPE" in place.environment and platform.machine() != "x86_64":
        found.append(f"the processor (this one is {platform.machine()})")
    return found


# ---- the comparison


def differences(first: Path, second: Path) -> list[str]:
    """A line a file that is not the same in both folders: what it is, and the place of its first difference.

    Of permissions only that to execute counts: the others are the umask's. Times are not compared.
    """
    there, here = contents(first), contents(second)
    return [line for name in sorted({*there, *here}) if (line := difference(name, there.get(name), here.get(name)))]


def contents(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Kind and bytes of all that is in a folder, by name."""
    found = {}
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        kind = stat.filemode(mode)[0] + ("x" if stat.S_ISREG(mode) and mode & 0o111 else "")
        found[path.relative_to(folder).as_posix()] = (kind, path.read_bytes() if stat.S_ISREG(mode) else b"")
    return found


def difference(name: str, first: tuple[str, bytes] | None, second: tuple[str, bytes] | None) -> str:
    """The first difference of a file in words; "" where there is none."""
    if first is None or second is None:
        return f"{name}: only in the {'second' if first is None else 'first'} site"
    if first == second:
        return ""
    if first[0] != second[0]:
        return f"{name}: {first[0]} and {second[0]}"
    if zipfile.is_zipfile(BytesIO(first[1])) and zipfile.is_zipfile(BytesIO(second[1])):
        inside = next(filter(None, members(first[1], second[1])), "")
        return f"{name}, {inside}" if inside else f"{name}: packed otherwise"
    return f"{name}, {where(first[1], second[1])}"


def members(first: bytes, second: bytes) -> Iterator[str]:
    """The differences of two archives, member by member."""
    there, here = (zipfile.ZipFile(BytesIO(content)) for content in (first, second))
    names = [set(archive.namelist()) for archive in (there, here)]
    for name in sorted(names[0] | names[1]):
        kept = [("-", a.read(name)) if name in own else None for a, own in zip((there, here), names, strict=True)]
        yield difference(name, *kept)


def where(first: bytes, second: bytes) -> str:
    """Line, byte and surroundings of the first byte that differs."""
    at = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    line = first.count(b"\n", 0, at) + 1
    shown = [content[max(0, at - AROUND) : at + AROUND].decode(errors="replace") for content in (first, second)]
    return f"line {line}, byte {at}:\n  {shown[0]!r}\n  {shown[1]!r}"


# ---- the command


def reproduce(work: Path, *arguments: str) -> list[str]:
    """Builds in both places with these arguments of the command, says what came of it, and gives the differences."""
    for place in PLACES:  # both before a build: the checkout may be worked in meanwhile
        copy_project(ROOT, work / place.folder, place.mtime)
    sites = []
    for place in PLACES:
        began = time.monotonic()
        for what in missing(place, work):
            print(f"{place.folder}: as it is here, for it could not be made otherwise: {what}")
        sites.append(build(work / place.folder, place, work, *arguments))
        print(f"{place.folder}: {' '.join(arguments)} built in {time.monotonic() - began:.0f} s", flush=True)
    return told(*sites)


def told(first: Path, second: Path) -> list[str]:
    """The differences of two sites, the first of them printed."""
    found = differences(first, second)
    for line in found[:SHOWN]:
        print(line)
    files = [content for kind, content in contents(first).values() if kind.startswith("-")]
    size = sum(map(len, files)) / 1e6
    print(f"{len(found)} of {len(files)} files differ" if found else f"identical: {len(files)} files, {size:.1f} MB")
    return found


def main(country: str = "") -> int:
    if not (ROOT / ".git").exists():
        print(f"{ROOT}: make reproduce copies what git tracks, and this is no git checkout", file=sys.stderr)
        return EXIT_CODES["environment"]
    country = country or os.environ.get("COUNTRY", "")
    work = Path(tempfile.mkdtemp(prefix="reproduce-"))
    found = reproduce(work, *(["report", "--", country] if country else ["reports"]))
    if found:
        print(f"both are kept in {work}")
        return EXIT_CODES["report"]
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
