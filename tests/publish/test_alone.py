"""One run at a time in a folder: locked while it lives, cleared of what the one before left, nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from analysis.errors import JourneybookError
from analysis.publish.alone import alone
from analysis.publish.leash import end_with

HOLD = """
import sys, time
from pathlib import Path
from analysis.publish.alone import alone
with alone(Path(sys.argv[1]), Path(sys.argv[1], "site")):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, at work in the build folder."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "build")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_lock_ends_with_the_process_and_the_next_run_clears_what_it_left(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    build = tmp_path / "build"
    with pytest.raises(JourneybookError, match=f"another run works in this folder.*process {holder.pid}"):
        alone(build, build / "site").__enter__()
    (temporary,) = tmp_path.glob("journeybook-*")
    (temporary / "kernel-1.json").write_text("{}", encoding="utf-8")
    holder.kill()
    holder.wait()
    for left in (build / ".site.new", build / ".site.old"):
        left.mkdir()
        (left / "index.html").write_text(left.name, encoding="utf-8")
    (build / "results.json.7.part").write_text("", encoding="utf-8")
    with alone(build, build / "site"):
        assert not temporary.exists()
        assert sorted(path.name for path in build.iterdir()) == [".lock", ".lock.json", "site"]
        assert (build / "site" / "index.html").read_text(encoding="utf-8") == ".site.old"
    assert not (build / ".lock.json").exists()


def test_two_runs_share_no_temporary_name(tmp_path: Path) -> None:
    with alone(tmp_path / "a", tmp_path / "a" / "site"):
        one = tempfile.gettempdir()
        assert os.environ["JUPYTER_RUNTIME_DIR"] == os.environ["TMPDIR"] == one
        with alone(tmp_path / "b", tmp_path / "b" / "site"):
            assert tempfile.gettempdir() != one
        assert tempfile.gettempdir() == one
    assert tempfile.gettempdir() != one and not Path(one).exists()


@pytest.mark.parametrize("name", ["elsewhere", "journeybook-link", "project/journeybook-1"])
def test_nothing_but_a_temporary_folder_of_ours_is_removed(tmp_path: Path, name: str) -> None:
    """Whatever stands in the note of the run before."""
    kept = tmp_path / "kept"
    kept.mkdir()
    named = tmp_path / name
    if name.endswith("link"):
        named.symlink_to(kept)
    else:
        named.mkdir(parents=True)
    build = tmp_path / "build"
    build.mkdir()
    (build / ".lock.json").write_text(json.dumps({"temporary": str(named)}), encoding="utf-8")
    with alone(build, build / "site"):
        pass
    assert kept.is_dir() and named.exists()


LEASHED = """
import os, time
from analysis.publish.leash import end_with
end_with(int(os.environ["STARTED_BY"]))
print(os.getpid(), flush=True)
time.sleep(600)
"""
STARTING = """
import os, subprocess, sys, time
os.environ["STARTED_BY"] = str(os.getpid())
subprocess.Popen([sys.executable, "-c", sys.argv[1]])
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_what_a_killed_process_started_ends_with_it() -> None:
    parent = subprocess.Popen([sys.executable, "-c", STARTING, LEASHED], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    try:
        child.wait(timeout=10)
    except psutil.NoSuchProcess:
        return
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_process_whose_parent_was_gone_before_ends_itself() -> None:
    ran = subprocess.run([sys.executable, "-c", "from analysis.publish.leash import end_with; end_with(1)"])
    assert ran.returncode == 1


def test_where_the_system_cannot_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    end_with(1)
