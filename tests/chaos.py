"""Reports that are killed again and again: whoever looks, a whole site must stand.

    python tests/chaos.py --kills 200          (make chaos)

A study is changed to and fro between two versions, whose pages all differ, so that each report has a new site to
put in the place of the other's. The report is killed at a random moment: half of them by the clock, half as soon as a
state is seen (the lock, a result half written, the next site being completed, the two being exchanged); the whole run,
the process that the user started alone, or one of those it started. Between and after the kills the site must
be that of one version, byte for byte as a clean build gives it, or none before the first was published.
Exit code 1 where it was not, 0 otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
from commanding import living

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from analysis.cli import main; main()", "reports"]
VERSIONS = ("A", "B")
ENDS = 10.0  # seconds in which all that a killed run started must be gone
STUCK = 600.0  # seconds after which a run that nobody kills is given up
WHOM = {"all of it": 6, "the parent alone": 3, "one child": 2}  # how often each is killed
Tree = dict[str, str]  # a site's files to their sha256

LANDING = """\
from analysis import open_markets
markets = open_markets(country, study)
markets.key_figure("social").table(title="Swayed by social media")
"""


def small_project(folder: Path, *, whole: bool) -> Path:
    """A copy of the bundled study to change: two markets of one chapter and a short overview, or all of it."""
    for name in ("params", "data", "book", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    if whole:
        return folder
    path = folder / "params" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("markets: [uk, fr, de, it, es, nl, se]", "markets: [uk, fr]")
    text = text[: text.index("chapters:\n")] + "chapters:\n  market: {sample: Who answered}\n  markets: {}\n"
    path.write_text(text, encoding="utf-8")
    landing = folder / "notebooks" / "markets" / "landing.ipynb"
    notebook = nbformat.read(landing, as_version=4)
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# {{ markets.title }}", id="title"),
        nbformat.v4.new_code_cell('country = "all"\nstudy = "params"', id="given", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(LANDING, id="figure"),
    ]
    nbformat.write(notebook, landing)
    return folder


def set_version(project: Path, version: str) -> None:
    """Changes a title that stands on every page."""
    path = project / "params" / "study.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = [f"title: Version {version}" if line.startswith("title:") else line for line in lines]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tree(site: Path) -> Tree:
    """Every file of the site by its place; nothing where there is no site."""
    files = sorted(path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def start(project: Path) -> subprocess.Popen[bytes]:
    (project / "temporary").mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(project / "temporary")}  # so that what is left behind is seen
    with (project / "said.txt").open("wb") as said:
        return subprocess.Popen(COMMAND, cwd=project, stdout=said, stderr=said, start_new_session=True, env=environment)


def sights(build: Path) -> dict[str, Callable[[], bool]]:
    """States in which a kill would hurt, by name: whether it is seen, now that a run has begun."""
    site, fresh = build / "site", build / ".site.new"
    before = {path: _stamp(path) for path in (site, build / "store", build / "_build" / ".doctrees")}
    held, marked = (build / "book.key").exists(), (build / "site.key").exists()

    def other(path: Path) -> bool:
        return _stamp(path) not in (None, before[path])

    return {
        "locked": lambda: (build / ".lock.json").exists(),
        "a result is written": lambda: any(build.glob("store/*/*.part")),
        "results are kept": lambda: other(build / "store"),
        "the old key is gone": lambda: marked and not (build / "site.key").exists(),
        "sources are written": lambda: held and not (build / "book.key").exists(),
        "pages are read": lambda: other(build / "_build" / ".doctrees"),
        "pages are written": lambda: any(build.glob("_build/html/*.html")) and not (build / "book.key").exists(),
        "the next site is copied": fresh.exists,
        "the next site is gone over": lambda: (fresh / "uk" / "_downloads").exists() or (fresh / "_icons").exists(),
        "the next site is signed": lambda: (fresh / "provenance.json").exists() and not other(site),
        "exchanged": lambda: other(site),
        "exchanged, the old one goes": lambda: other(site) and fresh.exists(),
        "the old one is gone": lambda: other(site) and not fresh.exists(),
    }


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, 0) if path.name == "site" else (found.st_ino, found.st_mtime_ns)


def kill(process: subprocess.Popen[bytes], whom: str, draw: random.Random) -> bool:
    """Sends SIGKILL; False where nobody was left to be killed."""
    try:
        parent = psutil.Process(process.pid)
        children = parent.children(recursive=True)
    except psutil.NoSuchProcess:
        return False
    if process.poll() is not None:
        return False
    if whom == "one child" and not children:
        whom = "the parent alone"
    if whom == "one child":
        doomed = [draw.choice(children)]
    else:
        doomed = [parent, *children] if whom == "all of it" else [parent]
    for one in doomed:
        try:
            one.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    return True


@dataclass
class Chaos:
    """One project that is changed, built and killed, and what was found."""

    project: Path
    clean: dict[str, Tree]
    draw: random.Random
    usual: float  # seconds that a run takes which renders every page
    kills: int = 0
    completed: int = 0
    looks: int = 0
    broken: list[str] = field(default_factory=list)
    moments: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)

    @property
    def site(self) -> Path:
        return self.project / "build" / "site"

    def round(self) -> None:
        """One run of the version that does not stand, killed if the moment comes, and what stands after it."""
        stands = self.stands()
        version = self.draw.choice([v for v in VERSIONS if v != stands])
        set_version(self.project, version)
        anew = self.draw.random() < 0.3
        if anew:
            shutil.rmtree(self.project / "build" / "store", ignore_errors=True)  # so that notebooks run
        moment, whom = self._killed_run(self.usual if anew else self.usual / 2)
        what = f"{moment}, {whom}" if whom else moment
        self.check(what, wanted=None if whom else version)
        if whom:
            self.kills += 1
            self.moments[f"{whom}: {moment}"] += 1
        else:
            self.completed += 1

    def _killed_run(self, usual: float) -> tuple[str, str]:
        """Starts a run that usually takes so many seconds and kills it: when and whom, "" where it had ended."""
        by_clock = self.draw.random() < 0.5
        seen = sights(self.project / "build")
        moment = "by the clock" if by_clock else self.draw.choice([*seen])
        whom = self.draw.choices([*WHOM], [*WHOM.values()])[0]
        delay = self.draw.uniform(0, usual) if by_clock else self.draw.choice([0, 0, 0.002, 0.02])
        process, began = start(self.project), time.monotonic()
        while process.poll() is None and not (time.monotonic() - began > delay if by_clock else seen[moment]()):
            self._look()
            time.sleep(0.001)
        if not by_clock:
            time.sleep(delay)
        killed = kill(process, whom, self.draw)
        self._wait(process)
        return moment, whom if killed else ""

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + STUCK
        while process.poll() is None and time.monotonic() < until:
            self._look()
            time.sleep(0.005)
        said = (self.project / "said.txt").read_text(encoding="utf-8", errors="replace")
        if process.returncode not in (0, 5, 6, 8, -signal.SIGKILL) or "Traceback" in said:
            self.broken.append(f"a run ended with {process.returncode}: {said[-2000:]}")
        until = time.monotonic() + ENDS
        while (left := living(self.project)) and time.monotonic() < until:
            time.sleep(0.05)
        self.broken += [f"{' '.join(one.cmdline())[:120]} outlived the run that started it" for one in left]

    def _look(self) -> None:
        """A reader's look while a run works: the page that stood a moment ago must stand."""
        self.looks += 1
        if self.shown and not (self.site / "index.html").is_file():
            self.broken.append("for a moment no site stood")

    def stands(self) -> str:
        """Which version stands; "" for none, "?" for what is neither."""
        found = tree(self.site)
        return next((v for v, files in self.clean.items() if files == found), "?" if found else "")

    def check(self, what: str, wanted: str | None = None) -> None:
        """The site must be that of one version, and of the one `wanted`."""
        stands = self.stands()
        whole = bool(stands or not self.shown) and stands != "?"
        if not whole or (wanted and stands != wanted):
            self.broken.append(f"{what}: the site is {self._differing() if stands == '?' else stands or 'gone'}")
        if stands:
            self.shown[stands] += 1

    def _differing(self) -> str:
        found, told = tree(self.site), []
        for version, files in self.clean.items():
            differing = sorted(f for f in {*files, *found} if files.get(f) != found.get(f))
            told.append(f"{len(differing)} files not {version}'s ({', '.join(differing[:3])})")
        return f"neither: {'; '.join(told)}"

    def finish(self) -> None:
        """A last run that nobody kills gives the bytes of a clean build, and leaves nothing behind."""
        version = next(v for v in VERSIONS if v != self.stands())
        set_version(self.project, version)
        self._wait(start(self.project))
        self.check("the last run, left alone", wanted=version)
        build = self.project / "build"
        left = [*build.glob(".site.*"), *build.rglob("*.part"), *(self.project / "temporary").iterdir()]
        self.broken += [f"{path} was left behind" for path in left]


def clean_builds(folder: Path, *, whole: bool) -> tuple[dict[str, Tree], float]:
    """Each version's site as a clean build gives it, and the seconds that the second one took."""
    made, took = {}, 0.0
    for version in VERSIONS:
        project = small_project(folder / version, whole=whole)
        set_version(project, version)
        began = time.monotonic()
        ran = start(project)
        if ran.wait():
            raise SystemExit((project / "said.txt").read_text(encoding="utf-8"))
        took = time.monotonic() - began
        made[version] = tree(project / "build" / "site")
    return made, took


def disturbed(place: Path, given: argparse.Namespace) -> Chaos:
    """What was found once as many runs were killed as asked for, or one had left something broken."""
    clean, usual = clean_builds(place, whole=given.whole)
    print(f"clean builds: {', '.join(f'{len(f)} files' for f in clean.values())}, {usual:.0f} s", flush=True)
    chaos = Chaos(small_project(place / "p", whole=given.whole), clean, random.Random(given.seed), usual)
    began = time.monotonic()
    while chaos.kills < given.kills and not chaos.broken:
        chaos.round()
        took = time.monotonic() - began
        print(f"{chaos.kills} kills, {chaos.completed} runs that ended, {took:.0f} s", flush=True)
    chaos.finish()
    return chaos


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=int(os.environ.get("KILLS") or 200))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.randrange(10**6)))
    parser.add_argument("--whole", action="store_true", help="all markets and chapters of the bundled study: hours")
    given = parser.parse_args(arguments)
    what = "the bundled study" if given.whole else "two markets of the bundled study, one chapter each"
    print(f"chaos on {what}: {given.kills} kills, seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as place:
        chaos = disturbed(Path(place), given)
    print(json.dumps(dict(sorted(chaos.moments.items())), indent=1))
    for line in chaos.broken[:20]:
        print(line)
    told = f"{chaos.kills} kills, {chaos.completed} runs that were not hit, {chaos.looks:,} looks meanwhile"
    print(f"{told}: {'BROKEN' if chaos.broken else 'a whole site each time'} (seed {given.seed})")
    return 1 if chaos.broken else 0


if __name__ == "__main__":
    sys.exit(main())
