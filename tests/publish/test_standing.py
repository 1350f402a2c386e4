"""What a worker keeps between tasks: one warm process for the same inputs, none taken from under a render."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from analysis.errors import JourneybookError, Problem
from analysis.publish import standing
from analysis.publish.standing import Standing


class Fake:
    """Stands in for a warm process: remembers what it was started with, and whether it was ended."""

    started: list[Fake]
    told: dict[str, object]

    def __init__(self, *arguments: str, folder: Path) -> None:
        self.codes, self.alive = arguments[2:], True
        self.started.append(self)

    def ready(self) -> dict[str, object]:
        return self.told

    def close(self) -> None:
        self.alive = False


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> type[Fake]:
    monkeypatch.setattr(Fake, "started", [], raising=False)
    monkeypatch.setattr(Fake, "told", {"refused": {}, "large": [], "cautions": []}, raising=False)
    monkeypatch.setattr(standing, "ForkServer", Fake)
    monkeypatch.setattr(standing, "can_fork", lambda: True)
    return Fake


def lent(given: Standing, key: str, *codes: str) -> object:
    with given.lend(key, Path(), "params", codes) as forks:
        return forks


def test_the_same_inputs_are_read_once(tmp_path: Path) -> None:
    given = Standing(tmp_path)
    assert lent(given, "a", "uk", "fr") is lent(given, "a", "uk")
    assert len(Fake.started) == 1


def test_a_market_more_is_read_with_those_before(tmp_path: Path) -> None:
    given = Standing(tmp_path)
    lent(given, "a", "uk")
    lent(given, "a", "fr")
    assert [one.codes for one in Fake.started] == [("uk",), ("fr", "uk")]
    assert [one.alive for one in Fake.started] == [False, True]


def test_a_process_is_replaced_only_when_the_last_render_from_it_has_ended(tmp_path: Path) -> None:
    given = Standing(tmp_path)
    with ExitStack() as renders:
        first = renders.enter_context(given.lend("a", Path(), "params", ("uk",)))
        assert lent(given, "b", "uk") is not first
        assert first and first.alive
    assert not first.alive and Fake.started[-1].alive


def test_a_process_that_died_is_started_anew(tmp_path: Path) -> None:
    given = Standing(tmp_path)
    lent(given, "a", "uk")
    Fake.started[0].alive = False
    assert lent(given, "a", "uk") is Fake.started[1]


def test_data_that_cannot_be_read_are_told_and_no_process_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = JourneybookError("data", Problem("uk.csv", "broken")).packed()
    monkeypatch.setattr(Fake, "told", {"refused": {"uk": broken}, "large": []})
    with pytest.raises(JourneybookError, match=r"uk\.csv: broken") as refusal:
        lent(Standing(tmp_path), "a", "uk")
    assert refusal.value.kind == "data"
    assert not Fake.started[0].alive


def test_pages_of_other_markets_are_rendered_where_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = JourneybookError("data", Problem("uk.csv", "broken")).packed()
    monkeypatch.setattr(Fake, "told", {"refused": {"uk": broken}, "large": []})
    assert lent(Standing(tmp_path), "a", "uk", "fr") is Fake.started[0]


def test_kernels_start_cold_where_nothing_can_be_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "can_fork", lambda: False)
    assert lent(Standing(tmp_path), "a", "uk") is None
    assert not Fake.started
