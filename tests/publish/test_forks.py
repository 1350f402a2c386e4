"""The process that kernels are forked from: warm, of one thread, and gone when it is no longer needed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from analysis.errors import JourneybookError
from analysis.publish.forks import ForkServer, can_fork


@pytest.fixture
def forks(project: Path) -> Iterator[ForkServer]:
    server = ForkServer("analysis.warm", "params", "uk", folder=project)
    yield server
    server.close()


def servers(project: Path) -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if p.is_running() and p.cwd() == str(project)]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_nothing_but_one_thread_is_there_to_be_forked(forks: ForkServer, project: Path) -> None:
    assert forks.ready() == {"refused": {}, "large": [], "cautions": []}
    (server,) = servers(project)
    assert len(list(Path(f"/proc/{server.pid}/task").iterdir())) == 1


@pytest.mark.slow
def test_it_tells_what_is_wrong_with_a_markets_data(project: Path, forks: ForkServer) -> None:
    with (project / "data" / "raw" / "uk.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    refused = forks.ready()["refused"]["uk"]
    assert refused["kind"] == "file"
    assert [p["problem"] for p in refused["problems"]] == ["the file is not the one declared: sha256 differs"]


@pytest.mark.slow
def test_it_can_be_ended_while_it_warms_up(project: Path) -> None:
    server = ForkServer("analysis.warm", "params", "uk", folder=project)
    time.sleep(0.2)
    server.close()
    assert not server.alive and not servers(project)


@pytest.mark.slow
def test_it_ends_when_nobody_holds_its_channel(project: Path) -> None:
    """As when the run that started it is killed."""
    server = ForkServer("analysis.warm", "params", folder=project)
    server.ready()
    server._lines.close()
    server._channel.close()
    until = time.monotonic() + 5
    while server.alive and time.monotonic() < until:
        time.sleep(0.05)
    assert not server.alive


@pytest.mark.slow
def test_a_process_that_has_ended_is_told_of_with_what_to_do() -> None:
    server = ForkServer("analysis.no_such_module")
    with pytest.raises(JourneybookError, match="the process that forks them ended; fix: start kernels cold: COLD=1"):
        server.ready()
    server.close()


GONE = {
    "the run that started it": ["-m", "analysis.warm", "0", "1", "params"],
    "the process that forked it": ["-c", "from analysis.publish import forks; forks._become_kernel(1, 'told', '.')"],
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
@pytest.mark.parametrize("begun", GONE.values(), ids=GONE)
def test_what_begins_when_its_parent_is_gone_ends_at_once(tmp_path: Path, begun: list[str]) -> None:
    """As when a run is killed between a fork and the child's first step: its parent is another process then."""
    ran = subprocess.run([sys.executable, *begun], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", "")
    assert not list(tmp_path.iterdir())


def test_where_a_fork_is_not_to_be_had_kernels_start_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not can_fork()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delattr(os, "fork", raising=False)
    assert not can_fork()
