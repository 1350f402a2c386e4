"""A kernel that dies by itself is tried once more; a run that was stopped tries nothing again."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import JourneybookError, Problem
from analysis.publish import attempts
from analysis.publish.attempts import Attempts
from analysis.publish.kernels import Launch
from analysis.publish.limits import Usage, Watch
from analysis.publish.plan import Page
from analysis.publish.render import KernelDied, Rendered
from analysis.study.running import Limits

PAGE = Page(Path("market/sample.ipynb"), "uk", "sample", "Sample")
DONE = Rendered("{}", {}, [], Usage(1.0, 1))


def render_with(monkeypatch: pytest.MonkeyPatch, given: Attempts, *ends: Exception | Rendered) -> tuple[object, int]:
    """What came of a page whose renders end like that one after the other, and how often it was said again."""
    waiting, said = list(ends), []

    def render(*_: object) -> Rendered:
        end = waiting.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    monkeypatch.setattr(attempts, "render", render)

    def launch(watch: Watch) -> Launch:
        return Launch(watch, Path())

    try:
        ended: object = given.render(PAGE, "params", launch, failed=Path("f"), again=lambda: said.append(1))
    except JourneybookError as error:
        ended = str(error)
    return ended, len(said)


def died() -> KernelDied:
    return KernelDied(JourneybookError("report", Problem("uk, sample.ipynb", "the kernel died")))


def test_a_kernel_that_died_once_costs_a_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    assert render_with(monkeypatch, Attempts(Limits()), died(), DONE) == (DONE, 1)


def test_a_kernel_that_died_twice_fails_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = render_with(monkeypatch, Attempts(Limits()), died(), died(), DONE)
    assert ended == ("uk, sample.ipynb: the kernel died", 1)


def test_nothing_is_tried_again_once_the_run_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Attempts(Limits())
    given.stop()
    assert render_with(monkeypatch, given, died(), DONE) == ("uk, sample.ipynb: the kernel died", 0)


def test_each_try_is_watched_under_the_limits_of_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Watch] = []
    monkeypatch.setattr(attempts, "render", lambda page, study, launch, *_: seen.append(launch.watch) or DONE)
    given = Attempts(Limits(seconds=7, mebibytes=70))
    for stopped in (False, True):
        given.stopped = stopped
        given.render(PAGE, "params", lambda watch: Launch(watch, Path()), failed=Path("f"), again=lambda: None)
    assert [(watch.seconds, watch.mebibytes, watch.stopped) for watch in seen] == [(7, 70, False), (7, 70, True)]
