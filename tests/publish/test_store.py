"""The store: found by content, whole or not at all, and within its bound."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from reports import page_of, rendered, report_of

from analysis.publish.keys import Inputs
from analysis.publish.plan import Page, Report
from analysis.publish.store import Store

PARTS = {"notebook": "n", "market": "uk"}


@pytest.fixture
def report(small: Path) -> Report:
    return report_of(small)


@pytest.fixture
def inputs(report: Report) -> Inputs:
    return Inputs(report.study)


@pytest.fixture
def page(report: Report) -> Page:
    return page_of(report, "uk/sample")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", 1)


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


def test_what_was_put_is_found_from_the_same_inputs(store: Store, page: Page, inputs: Inputs) -> None:
    put = store.put(page, PARTS, inputs, rendered(("uk", "data"), text='{"cells": []}'))
    found = store.find(page, PARTS, inputs)
    assert found == put
    assert found.notebook.read_text(encoding="utf-8") == '{"cells": []}'
    assert (found.values, found.seconds, found.mebibytes) == ({"a": "b"}, 1.23, 150)
    assert found.uses == {"uk data": inputs.of_market("uk", "data")}


def test_other_parts_and_other_pages_find_nothing(store: Store, page: Page, inputs: Inputs, report: Report) -> None:
    store.put(page, PARTS, inputs, rendered(("uk", "data")))
    assert store.find(page, {**PARTS, "notebook": "m"}, inputs) is None
    assert store.find(page_of(report, "uk/headlines"), PARTS, inputs) is None


def test_only_the_markets_that_were_asked_count(store: Store, page: Page, inputs: Inputs, small: Path) -> None:
    store.put(page, PARTS, inputs, rendered(("uk", "data"), ("fr", "name")))
    append(small / "data" / "raw" / "fr.csv")
    assert store.find(page, PARTS, Inputs(inputs.study))
    append(small / "data" / "raw" / "uk.csv")
    assert store.find(page, PARTS, Inputs(inputs.study)) is None


def test_going_back_to_an_earlier_state_finds_its_result(store: Store, page: Page, inputs: Inputs, small: Path) -> None:
    first = store.put(page, PARTS, inputs, rendered(("uk", "data"), text='{"first": 1}'))
    path = small / "data" / "raw" / "uk.csv"
    content = path.read_bytes()
    append(path)
    later = Inputs(inputs.study)
    second = store.put(page, PARTS, later, rendered(("uk", "data"), text='{"second": 2}'))
    assert store.find(page, PARTS, later) == second != first
    path.write_bytes(content)
    assert store.find(page, PARTS, Inputs(inputs.study)) == first


def test_a_damaged_record_and_a_lost_notebook_are_as_if_not_there(store: Store, page: Page, inputs: Inputs) -> None:
    result = store.put(page, PARTS, inputs, rendered())
    record = result.notebook.with_suffix(".json")
    whole = record.read_text(encoding="utf-8")
    for damaged in (whole[: len(whole) // 2], "[]", '{"page": "uk/sample"}'):
        record.write_text(damaged, encoding="utf-8")
        assert store.find(page, PARTS, inputs) is None
    record.write_text(whole, encoding="utf-8")
    assert store.find(page, PARTS, inputs) == result
    result.notebook.unlink()
    assert store.find(page, PARTS, inputs) is None


def test_what_is_taken_back_is_not_found(store: Store, page: Page, inputs: Inputs) -> None:
    store.drop(store.put(page, PARTS, inputs, rendered()))
    assert store.find(page, PARTS, inputs) is None


def test_cleaning_keeps_the_latest_used_within_the_bound(store: Store, page: Page, inputs: Inputs) -> None:
    text = '"' + "x" * 400_000 + '"'
    kept = [store.put(page, {"n": str(n)}, inputs, rendered(text=text)) for n in range(3)]
    for age, result in zip((100, 200, 300), kept, strict=True):
        os.utime(result.notebook.with_suffix(".json"), (age, age))
    assert store.find(page, {"n": "0"}, inputs)  # the oldest is used now
    removed, left = store.clean()
    assert removed == 1 and 800_000 < left < 2**20
    assert [bool(store.find(page, {"n": str(n)}, inputs)) for n in range(3)] == [True, False, True]
    assert not kept[1].notebook.parent.exists()


def test_cleaning_to_nothing_leaves_nothing(store: Store, page: Page, inputs: Inputs) -> None:
    store.put(page, PARTS, inputs, rendered())
    assert store.clean(0) == (1, 0)
    assert list(store.folder.iterdir()) == []


def test_cleaning_sweeps_what_a_killed_run_left(store: Store, page: Page, inputs: Inputs) -> None:
    result = store.put(page, PARTS, inputs, rendered())
    (result.notebook.parent / "x.ipynb.123.part").write_text("half", encoding="utf-8")
    (result.notebook.parent / "lonely.ipynb").write_text("{}", encoding="utf-8")
    store.clean()
    assert sorted(p.suffix for p in result.notebook.parent.iterdir()) == [".ipynb", ".json"]
    assert store.find(page, PARTS, inputs) == result
