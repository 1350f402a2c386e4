"""Runs that are killed, stopped, doubled or find no room: the published folder is whole, the next run goes on."""

from __future__ import annotations

import ctypes
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from breaking import Broken
from chaos import main as chaos
from chaos import small_project
from commanding import COMMAND, edit, edit_code, living, pages, run, site, start, wait_for

CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24  # linux/capability.h, linux/prctl.h


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A study of two markets with one chapter each."""
    return small_project(tmp_path / "project", whole=False)


def in_fr(project: Path, code: str) -> Path:
    """Has France's page do this before it opens its market."""
    notebook = project / "notebooks" / "market" / "sample.ipynb"
    edit_code(notebook, "market =", f'if country == "fr":\n    {code}\nmarket =')
    return notebook


def without_france(project: Path) -> str:
    """The overview of a site that has every page but those of France, and says so."""
    made = site(project)
    assert "uk/sample.html" in made and not [name for name in made if name.startswith("fr/")]
    overview = made["index.html"].decode()
    assert "<b>France is missing from this edition.</b>" in overview
    return overview


@pytest.mark.skipif(sys.platform != "linux", reason="takes the right of root to write anywhere, as Linux has it")
def test_b096_output_directory_read_only(broken: Broken) -> None:
    build = broken.path("build")
    build.chmod(0o555)
    ran = subprocess.run(
        [*COMMAND, "report", "uk"],
        cwd=broken.folder,
        capture_output=True,
        text=True,
        preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE),
    )
    build.chmod(0o755)
    assert (ran.returncode, ran.stdout) == (6, "")
    (line,) = ran.stderr.splitlines()
    assert "build/.lock: Permission denied; fix: make room, or name a folder that may be written with --build" in line
    assert [path.name for path in (build / "site").iterdir()] == ["index.html"]


ON_A_SMALL_DISK = """
mount -t tmpfs -o "size=$1" none build || exit 99
cp -r before/. build && shift && "$@"
code=$?
cp -r build/site after
exit $code
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("unshare"), reason="not reproducible here: a small disk needs unshare")
def test_b097_disk_full(small: Path) -> None:
    """A disk with 2 MiB left; every single call that may find it full is tried in tests/publish/test_exchange.py."""
    run(small, "report", "uk")
    before = site(small)
    (small / "build").rename(small / "before")
    (small / "build").mkdir()
    size = sum(path.stat().st_blocks * 512 for path in (small / "before").rglob("*")) + 2 * 2**20
    disk = ["unshare", "--mount", "--map-root-user", "sh", "-c", ON_A_SMALL_DISK, "sh", str(size)]
    ran = subprocess.run([*disk, *COMMAND, "report", "fr"], cwd=small, capture_output=True, text=True)
    if ran.returncode in (1, 99):
        pytest.skip(f"not reproducible here: {ran.stderr.strip()}")
    assert ran.returncode == 6, ran.stdout + ran.stderr
    assert "No space left on device; fix: make room" in ran.stderr and "Traceback" not in ran.stderr
    (small / "build").rmdir()
    (small / "build").mkdir()
    (small / "after").rename(small / "build" / "site")
    assert site(small) == before


@pytest.mark.slow
def test_b098_sigkill_midway(capsys: pytest.CaptureFixture[str]) -> None:
    """The short form of make chaos, which goes on until 200 runs were killed."""
    assert chaos(["--kills", "8", "--seed", "98"]) == 0
    assert "8 kills, " in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_b099_sigint_and_sigterm(small: Path, number: int) -> None:
    notebook = in_fr(small, "import time; time.sleep(600)")
    running = start(small, "reports", "--jobs", "4")
    done = pages(wait_for(running, "[  2/3]"))
    running.send_signal(number)
    asked = time.monotonic()
    rest = running.communicate(timeout=30)[0]
    assert time.monotonic() - asked < 2
    assert running.returncode == 128 + number and "Stopped. What is done is kept" in rest
    time.sleep(0.2)  # the system buries what was killed
    assert not living(small)
    assert not list(small.glob("build/site"))

    edit(notebook, "time.sleep(600)", "time.sleep(0)")
    assert not pages(run(small, "reports")) & done - {"uk/sample"}  # whose notebook was edited too


@pytest.mark.slow
def test_b100_two_runs_at_once(small: Path) -> None:
    in_fr(small, "import time; time.sleep(600)")
    running = start(small, "report", "fr")
    try:
        wait_for(running, "[  1/2]")
        said = run(small, "report", "fr", code=7)
        assert "build: another run works in this folder" in said
        assert f"journeybook report fr, process {running.pid}, since " in said
        assert run(small, "report", "uk", code=7) == said  # another market's site would take this one's place
    finally:
        running.kill()
        running.communicate(timeout=30)
    assert "The site is" in run(small, "report", "uk")


@pytest.mark.slow
def test_b101_two_markets_at_once(small: Path) -> None:
    """Into a folder each, with temporary files of their own (tests/publish/test_alone.py); into one, see B100."""
    runs = {code: start(small, "report", code, "--build", f"build-{code}") for code in ("uk", "fr")}
    for code, running in runs.items():
        assert running.wait() == 0
        made = {path.parent.name for path in (small / f"build-{code}" / "site").rglob("sample.html")}
        assert made == {code}


@pytest.mark.slow
def test_b103_kernel_killed(small: Path) -> None:
    in_fr(small, "import os; os.kill(os.getpid(), 9)")
    said = run(small, "reports", code=5)
    (line,) = [line for line in said.splitlines() if line.startswith("fr, sample.ipynb")]
    assert 'under "' in line and "cell 2: the kernel died" in line
    assert "MiB; fix: if memory ran out, run fewer notebooks at a time (JOBS=1)" in line
    assert said.count("once more") == 1 and pages(said) == {"all/index", "uk/sample"}
    assert "Its page “Who answered” could not be made; its data are sound" in without_france(small)


@pytest.mark.slow
def test_b104_cell_exception(small: Path) -> None:
    notebook = in_fr(small, 'raise ValueError("<b>too odd</b>")')
    said = run(small, "reports", code=5)
    (line,) = [line for line in said.splitlines() if line.startswith("fr, sample.ipynb")]
    assert 'under "' in line and "cell 2: ValueError: <b>too odd</b>; fix: the notebook as far as it ran is " in line
    kept = small / line.rpartition(" ")[2]
    assert "too odd" in kept.read_text(encoding="utf-8")
    assert "too odd" not in without_france(small)
    assert "The site is build/site/index.html, without France" in said

    edit(notebook, "raise ValueError", "str")
    assert pages(run(small, "reports")) == {"uk/sample", "fr/sample"}
    assert not kept.exists() and "fr/sample.html" in site(small)
    assert "is missing from this edition" not in site(small)["index.html"].decode()


@pytest.mark.slow
def test_b105_cell_hangs(small: Path) -> None:
    in_fr(small, "import time; time.sleep(600)")
    edit(small / "params" / "study.yaml", "limits: {seconds: 600", "limits: {seconds: 20")
    said = run(small, "reports", code=5)
    (line,) = [line for line in said.splitlines() if line.startswith("fr, sample.ipynb")]
    assert 'under "' in line
    assert (
        "cell 2: it took more than 20 seconds; fix: raise limits in study.yaml; the notebook as far as it ran" in line
    )
    without_france(small)
