"""A clock that jumps: nothing that is made, kept or published is decided by it."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from reports import page_of, rendered, report_of

from analysis.publish import limits
from analysis.publish.keys import Inputs
from analysis.publish.limits import Watch
from analysis.publish.store import Store

PACKAGE = Path(limits.__file__).parents[1]
WRONG = pytest.mark.parametrize("seconds", [0, 4_000_000_000], ids=["1970", "2096"])


def test_the_time_of_day_is_read_in_one_place_alone() -> None:
    """Where it tells whether a digest may be remembered: if not, the file is read again."""
    asked = re.compile(r"\btime\.time(_ns)?\(|datetime\.now|date\.today|utcnow")
    found = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if asked.search(path.read_text())}
    assert found == {"publish/files.py"}


@WRONG
def test_a_result_is_found_whatever_its_time(small: Path, tmp_path: Path, seconds: int) -> None:
    report = report_of(small)
    page, inputs, store = page_of(report, "uk/sample"), Inputs(report.study), Store(tmp_path / "store", 1)
    put = store.put(page, {"n": "1"}, inputs, rendered(("uk", "data")))
    for path in (put.notebook, put.notebook.with_suffix(".json"), small / "data" / "raw" / "uk.csv"):
        os.utime(path, (seconds, seconds))
    assert store.find(page, {"n": "1"}, Inputs(report.study)) == put
    raw = small / "data" / "raw" / "uk.csv"
    raw.write_bytes(raw.read_bytes() + b"\n")
    os.utime(raw, (seconds, seconds))
    assert store.find(page, {"n": "1"}, Inputs(report.study)) is None


def test_a_notebook_is_not_stopped_when_the_clock_is_put_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(600, 100_000)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    watch.look()
    assert watch.breach is None
