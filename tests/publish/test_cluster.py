"""Renders on a Dask cluster: the same bytes as here, whoever dies meanwhile; what cannot be is refused by name."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from rich.console import Console

from analysis.errors import JourneybookError, Problem
from analysis.publish import cluster, remote
from analysis.publish.cluster import ClusterWorkers, on_cluster
from analysis.publish.due import Due
from analysis.publish.forks import ForkServer
from analysis.publish.keys import Inputs, distributions, modules
from analysis.publish.plan import Page, plan_report
from analysis.publish.progress import Progress
from analysis.publish.remote import Ended, Task, run_here
from analysis.publish.render import Rendered
from analysis.publish.share import Share
from analysis.publish.workers import LocalWorkers
from analysis.study.params import Study
from analysis.study.running import Limits

Outcomes = dict[str, Rendered | JourneybookError]
OPEN = "from analysis import open_market\n\nmarket = open_market(country, study)"


@pytest.fixture
def standing_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(Console(file=(tmp_path / "said.txt").open("w"), soft_wrap=True))


def due(study: Study, *pages: Page) -> list[Due]:
    inputs = Inputs(study)
    return [Due(page, inputs.parts(page), "for a test", 1.0) for page in pages]


def notebook(folder: Path, name: str, *cells: str) -> Page:
    """A page for the UK with these code cells, under a heading."""
    parameters = new_code_cell('country = "uk"\nstudy = "params"', id="set", metadata={"tags": ["parameters"]})
    code = [new_code_cell(text, id=f"c{number}") for number, text in enumerate(cells)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path = folder / "market" / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Page", id="h"), parameters, *code], metadata=kernel), path)
    return Page(path, "uk", name, name)


def eventually(holds: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


# ---- a task, without a cluster


def task(share: Share, **changes: object) -> Task:
    ground = share.put(
        json.dumps({"files": {}, "folder": ".", "study": "params", "libraries": distributions()}).encode()
    )
    given = Task(
        run="r",
        share=share.url,
        country="uk",
        chapter="sample",
        title="Sample",
        ground=ground,
        notebook="0" * 64,
        file="sample.ipynb",
        parts=modules(["analysis.market"]),
        runner=modules(["analysis.publish.remote"]),
        codes=("uk",),
        limits=Limits(),
        named="build/failed/uk/sample.failed.ipynb",
        cold=True,
    )
    return replace(given, **changes)


@pytest.fixture
def share(tmp_path: Path) -> Share:
    return Share(f"file://{tmp_path}/share")


def test_a_page_that_two_workers_died_of_is_given_up_by_name_and_not_run(share: Share, tmp_path: Path) -> None:
    given = task(share)
    for name in ("first", "second"):
        share.write(f"{given.place}/attempts/{name}", b"tcp://gone")
    begun: list[str] = []
    ended = run_here(given, tmp_path, "tcp://here", begun.append)
    assert ended.error and ended.error.kind == "report"
    assert "uk, sample.ipynb: given up: 2 workers died while running it" in str(ended.error)
    assert not begun and not ended.stops


def test_a_task_that_ends_by_itself_leaves_no_marker(share: Share, tmp_path: Path) -> None:
    given = task(share)
    share.write(f"{given.place}/attempts/first", b"tcp://gone")
    with pytest.raises(JourneybookError, match="cannot be read"):  # its notebook is not on the share
        run_here(given, tmp_path, "tcp://here", lambda what: None)
    assert share.names(f"{given.place}/attempts") == ["first"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"parts": {"analysis/report/charts.py": "other", "market": "uk"}}, "analysis/report/charts.py"),
        ({"parts": {"analysis/report/added.py": "new"}}, "analysis/report/added.py"),
        ({"runner": {"analysis/publish/render.py": "other"}}, "analysis/publish/render.py"),
    ],
)
def test_a_worker_of_another_edition_is_refused_by_name(
    share: Share, tmp_path: Path, changes: dict[str, object], named: str
) -> None:
    ended = run_here(task(share, **changes), tmp_path, "tcp://there:1", lambda what: None)
    assert ended.error and ended.stops and ended.error.kind == "environment"
    assert f"worker tcp://there:1: it has other versions than this machine; got '{named}'" in str(ended.error)
    assert str(ended.error).count("\n") == 0


def test_another_library_is_named_with_both_versions(share: Share, tmp_path: Path) -> None:
    libraries = [
        name.replace("pandas-", "pandas-0.") if name.startswith("pandas-") else name for name in distributions()
    ]
    ground = share.put(json.dumps({"files": {}, "folder": ".", "study": "p", "libraries": libraries}).encode())
    ended = run_here(task(share, ground=ground), tmp_path, "tcp://there:1", lambda what: None)
    assert ended.error and "got 'pandas-0." in str(ended.error) and ", pandas-" in str(ended.error)


def test_a_worker_that_still_runs_what_was_installed_before_is_refused(
    share: Share, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(remote.LOADED, "analysis/publish/limits.py", "as it was when the worker started")
    ended = run_here(task(share), tmp_path, "tcp://there:1", lambda what: None)
    assert ended.error and "got 'analysis/publish/limits.py'" in str(ended.error)


def test_what_comes_back_from_a_worker_keeps_kind_and_problems() -> None:
    error = JourneybookError("data", [Problem("a", "b", "c", "d", "e"), Problem("f", "g")])
    back = pickle.loads(pickle.dumps(Ended(error=error, partial=True)))
    assert (back.error.kind, back.error.problems, back.partial) == ("data", error.problems, True)


# ---- what the client makes of it


def workers(share: Share, study: Study, folder: Path) -> ClusterWorkers:
    return ClusterWorkers(SimpleNamespace(), "tcp://there:8786", share, study, folder, folder / "aside", False, "r")


def killed() -> SimpleNamespace:
    from distributed import KilledWorker  # slow to import, and only needed here

    error = KilledWorker("key", SimpleNamespace(address="tcp://there:1"), 3)
    return SimpleNamespace(status="error", exception=lambda: error)


def test_a_page_that_the_scheduler_gives_up_is_blamed_only_for_workers_that_died_running_it(
    share: Share, study: Study, tmp_path: Path
) -> None:
    mine, given = workers(share, study, tmp_path), task(share)
    one = Due(Page(Path("market/sample.ipynb"), "uk", "sample", "Sample"), {}, "", 1.0)
    mine._submitted[given.place] = 1
    share.write(f"{given.place}/attempts/first", b"")
    assert mine._outcome(killed(), one, given) is None, "it is submitted again"
    share.write(f"{given.place}/attempts/second", b"")
    assert "given up: 2 workers died" in str(mine._outcome(killed(), one, given))


def test_a_page_is_not_submitted_for_ever(share: Share, study: Study, tmp_path: Path) -> None:
    mine, given = workers(share, study, tmp_path), task(share)
    one = Due(Page(Path("market/sample.ipynb"), "uk", "sample", "Sample"), {}, "", 1.0)
    mine._submitted[given.place] = cluster.SUBMISSIONS
    assert isinstance(mine._outcome(killed(), one, given), JourneybookError)


def test_a_scheduler_that_goes_away_ends_the_run_by_name(share: Share, study: Study, tmp_path: Path) -> None:
    mine, given = workers(share, study, tmp_path), task(share)
    one = Due(Page(Path("market/sample.ipynb"), "uk", "sample", "Sample"), {}, "", 1.0)
    with pytest.raises(JourneybookError, match="SCHEDULER tcp://there:8786: the scheduler ended") as refusal:
        mine._outcome(SimpleNamespace(status="cancelled"), one, given)
    assert refusal.value.kind == "environment"


def test_without_a_share_a_run_is_refused(study: Study, tmp_path: Path) -> None:
    with (
        pytest.raises(JourneybookError, match="SHARE: ") as refusal,
        on_cluster("tcp://h:1", "", study, tmp_path, tmp_path),
    ):
        pass
    assert refusal.value.kind == "config"


def test_without_dask_a_run_is_refused_with_what_to_install(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda name: None)
    url = f"file://{tmp_path}"
    with pytest.raises(JourneybookError, match=r"journeybook\[cluster\]") as refusal:
        on_cluster("tcp://h:1", url, study, tmp_path, tmp_path).__enter__()
    assert refusal.value.kind == "environment"


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://127.0.0.1:1"])
def test_a_scheduler_that_does_not_answer_is_refused_by_its_address(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 0.2)
    with pytest.raises(JourneybookError, match=f"SCHEDULER {address}: no scheduler answers") as refusal:
        on_cluster(address, f"file://{tmp_path}", study, tmp_path, tmp_path).__enter__()
    assert refusal.value.kind == "environment"
    assert str(refusal.value).count("\n") == 0


# ---- a scheduler and two workers on loopback


class Cluster:
    """A scheduler and its workers as processes of their own, each worker of one thread."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options, self.known = folder, options, set[psutil.Process]()
        self.workers: list[subprocess.Popen[bytes]] = []
        self.told = folder / "scheduler.json"
        self.scheduler = self._start("dask_scheduler", "--host=127.0.0.1", "--port=0", f"--scheduler-file={self.told}")

    def start(self) -> None:
        assert eventually(lambda: self.told.exists() and self.told.read_text().endswith("}"), 30), "no scheduler"
        self.address = json.loads(self.told.read_text())["address"]
        self.workers += [self.add() for _ in range(2)]
        from distributed import Client  # slow to import, and only needed here

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)

    def add(self) -> subprocess.Popen[bytes]:
        here = f"--local-directory={self.folder}"
        return self._start("dask_worker", self.address, "--host=127.0.0.1", "--nthreads=1", here, *self.options)

    def kill(self, worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
        """Kills a worker as the system would, and returns the processes that it had started."""
        started = psutil.Process(worker.pid).children(recursive=True)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        self.known |= set(started)
        return started

    def stop(self) -> None:
        for process in [*self.workers, self.scheduler]:
            if process.poll() is None:
                self.known |= set(psutil.Process(process.pid).children(recursive=True))
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:  # Dask at times forgets to
                    process.kill()
                    process.wait()

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--no-dashboard", *arguments]
        with (self.folder / "log.txt").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Cluster]:
    """A cluster, and the proof that nothing of it is left."""
    made = Cluster(folder, *options)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        left = [process for process in made.known if not eventually(lambda p=process: not p.is_running(), 4)]
        for process in left:
            process.kill()
        assert not left


@pytest.fixture(scope="module")
def here(root: Path, study: Study, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """A handful of the UK's pages, rendered on this machine."""
    folder = tmp_path_factory.mktemp("here")
    progress = Progress(Console(file=(folder / "said.txt").open("w")))
    before = Path.cwd()
    os.chdir(root)
    forks = ForkServer("analysis.warm", "params", "uk")
    try:
        forks.ready()
        workers = LocalWorkers("params", root, folder, study.settings.limits, 2, forks)
        return {str(one.page): outcome for one, outcome in workers.run(handful(study, root), progress)}
    finally:
        forks.close()
        os.chdir(before)


def handful(study: Study, root: Path) -> list[Due]:
    return due(study, *plan_report(study, "uk", root).pages[:4])


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("machines"), "--no-nanny") as made:
        yield made


@pytest.mark.slow
def test_pages_are_the_same_bytes_as_on_this_machine(
    machines: Cluster, here: Outcomes, study: Study, standing_in: Path, tmp_path: Path, progress: Progress
) -> None:
    share = tmp_path / "share"
    with on_cluster(machines.address, str(share), study, standing_in, tmp_path / "aside") as workers:
        there = {str(one.page): outcome for one, outcome in workers.run(handful(study, standing_in), progress)}
    assert len(here) == 4
    for page, rendered in here.items():
        other = there[page]
        assert isinstance(rendered, Rendered) and isinstance(other, Rendered), other
        assert (other.text, other.values, other.uses) == (rendered.text, rendered.values, rendered.uses)
        assert other.usage.mebibytes > 0
    assert [path.name for path in share.iterdir() if any(path.iterdir())] == ["inputs"], "only inputs are kept"


@pytest.mark.slow
def test_a_deadline_really_stops_a_notebook(
    machines: Cluster, study: Study, standing_in: Path, tmp_path: Path, progress: Progress
) -> None:
    pid = tmp_path / "pid"
    write = f'import os, pathlib, time\n\npathlib.Path("{pid}").write_text(str(os.getpid()))'
    given = due(study, notebook(tmp_path, "sleeper", write, "time.sleep(600)"))
    short = replace(study, settings=study.settings.model_copy(update={"limits": Limits(seconds=5)}))
    with on_cluster(machines.address, str(tmp_path / "share"), short, standing_in, tmp_path / "aside") as workers:
        [(_, outcome)] = workers.run(given, progress)
        assert not psutil.pid_exists(int(pid.read_text()))
    assert isinstance(outcome, JourneybookError)
    kept = tmp_path / "aside" / "uk" / "sleeper.failed.ipynb"
    assert "uk, sleeper.ipynb, under" in str(outcome) and "it took more than 5 seconds" in str(outcome)
    assert f"the notebook as far as it ran is {os.path.relpath(kept)}" in str(outcome)
    assert "time.sleep" in kept.read_text()


@pytest.mark.slow
def test_an_interrupted_run_leaves_nothing_running_on_the_workers(
    machines: Cluster, study: Study, standing_in: Path, tmp_path: Path, progress: Progress
) -> None:
    pid = tmp_path / "pid"
    sleep = f'import os, pathlib, time\n\npathlib.Path("{pid}").write_text(str(os.getpid()))\ntime.sleep(600)'
    given = due(study, notebook(tmp_path, "sleeper", sleep), notebook(tmp_path, "quick", OPEN))
    open_cluster = on_cluster(machines.address, str(tmp_path / "share"), study, standing_in, tmp_path / "aside")
    with pytest.raises(KeyboardInterrupt), open_cluster as workers:
        for _ in workers.run(given, progress):
            assert eventually(pid.exists, 30)
            raise KeyboardInterrupt
    assert eventually(lambda: not psutil.pid_exists(int(pid.read_text())), 2)


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_time_and_no_result(
    machines: Cluster, here: Outcomes, study: Study, standing_in: Path, tmp_path: Path, progress: Progress
) -> None:
    there, left = {}, None
    with on_cluster(machines.address, str(tmp_path / "share"), study, standing_in, tmp_path / "aside") as workers:
        for one, outcome in workers.run(handful(study, standing_in), progress):
            there[str(one.page)] = outcome
            if left is None:
                time.sleep(0.2)  # so that the worker has begun its next page, should this one be its own
                left = machines.kill(machines.workers[0])
        died = [page for page in here if workers.share.names(f"runs/{workers.name}/{page}/attempts")]
    assert len(died) == 1, "it was killed while it ran a page"
    assert left, "the worker had a warm process"
    assert {page: there[page].text for page in here} == {page: rendered.text for page, rendered in here.items()}
    assert all(eventually(lambda p=process: not p.is_running(), 4) for process in left)


@pytest.mark.slow
def test_a_notebook_that_kills_workers_is_given_up_after_two_by_name(
    here: Outcomes, study: Study, standing_in: Path, tmp_path: Path, progress: Progress
) -> None:
    count = f'import pathlib, uuid\n\npathlib.Path("{tmp_path}", f"died-{{uuid.uuid4()}}").touch()'
    kill = (
        "import psutil, time\n\npsutil.Process().parent().kill()\ntime.sleep(60)"  # started cold, by the worker itself
    )
    killer = due(study, notebook(tmp_path, "killer", count, kill))
    with (
        running(tmp_path, "--nanny") as machines,
        on_cluster(machines.address, str(tmp_path / "share"), study, standing_in, tmp_path / "aside", True) as workers,
    ):
        given = killer + handful(study, standing_in)[:2]
        there = {str(one.page): outcome for one, outcome in workers.run(given, progress)}
    assert "uk, killer.ipynb: given up: 2 workers died while running it" in str(there.pop("uk/killer"))
    assert len(list(tmp_path.glob("died-*"))) == 2
    assert len(there) == 2
    assert all(rendered.text == here[page].text for page, rendered in there.items())
