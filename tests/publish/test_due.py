"""The agenda: what is due and why, in words that name the change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from reports import edit, rendered, report_of

from analysis.publish.due import Agenda, make_agenda, note
from analysis.publish.keys import Inputs
from analysis.publish.limits import Usage
from analysis.publish.plan import Report
from analysis.publish.store import Store


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "results.json"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", 100)


def agenda_of(project: Path, store: Store, record: Path, country: str = "all") -> Agenda:
    report = report_of(project, country)
    return make_agenda(report, Inputs(report.study), store, record)


def used(report: Report, name: str) -> list[tuple[str, str]]:
    """What a page asks of markets: its own; of all, where it compares."""
    code = name.partition("/")[0]
    compares = code == "all" or name.endswith("headlines")
    return [(c, "data") for c in report.markets] if compares else [(code, "data")]


@pytest.fixture
def done(small: Path, store: Store, record: Path) -> Path:
    """The project, with a result for every page of all markets."""
    agenda = agenda_of(small, store, record)
    inputs = Inputs(agenda.report.study)
    results = {
        due.page: store.put(due.page, due.parts, inputs, rendered(*used(agenda.report, str(due.page))))
        for due in agenda.due
    }
    note(results, record)
    return small


def why(agenda: Agenda) -> dict[str, str]:
    return {str(due.page): due.why for due in agenda.due}


def test_at_first_every_page_is_due(small: Path, store: Store, record: Path) -> None:
    agenda = agenda_of(small, store, record)
    assert set(why(agenda).values()) == {"not rendered yet"}
    assert len(agenda.due) == len(agenda.report.pages) == 8
    assert not store.folder.exists() and not record.exists()


def test_nothing_changed_and_nothing_is_due(done: Path, store: Store, record: Path) -> None:
    agenda = agenda_of(done, store, record)
    assert not agenda.due and len(agenda.kept) == 8


def test_one_edited_notebook_is_due_alone(done: Path, store: Store, record: Path) -> None:
    edit(done / "notebooks" / "markets" / "key_figures.ipynb", "buying.chart(", "buying.chart( ")
    assert why(agenda_of(done, store, record)) == {"all/key_figures": "changed: its notebook"}


def test_one_markets_data_are_that_market_and_whatever_compares_with_it(done: Path, store: Store, record: Path) -> None:
    path = done / "data" / "raw" / "fr.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    found = why(agenda_of(done, store, record))
    compared = {"all/index", "all/key_figures", "uk/headlines", "de/headlines"}
    assert set(found) == {"fr/headlines", "fr/sample"} | compared
    assert set(found.values()) == {"changed: fr data"}


def test_a_market_alone_shares_its_pages_with_all(done: Path, store: Store, record: Path) -> None:
    agenda = agenda_of(done, store, record, "uk")
    assert why(agenda) == {"uk/index": "not rendered yet"}
    assert {str(page) for page in agenda.kept} == {"uk/headlines", "uk/sample"}


def test_many_changes_are_named_three_at_most(done: Path, store: Store, record: Path) -> None:
    for name in ("codebook.yaml", "claims.yaml", "study.yaml"):
        edit(done / "params" / name, "\n", "\n# a word more\n")
    edit(done / "params" / "study.yaml", "delta: 0.05", "delta: 0.04")
    edit(done / "notebooks" / "market" / "sample.ipynb", "market.sample.chart(", "market.sample.chart( ")
    found = why(agenda_of(done, store, record))
    assert found["uk/sample"] == "changed: its notebook, study.yaml, codebook.yaml and 1 more"
    assert found["uk/headlines"] == "changed: study.yaml, codebook.yaml, claims.yaml"


def test_what_was_cleaned_away_is_due_again(done: Path, store: Store, record: Path) -> None:
    for result in agenda_of(done, store, record).kept.values():
        result.notebook.unlink()
    assert set(why(agenda_of(done, store, record)).values()) == {"not rendered yet"}


def test_the_longest_come_first(done: Path, store: Store, record: Path) -> None:
    report = report_of(done)
    inputs = Inputs(report.study)
    slow = next(page for page in report.pages if str(page) == "de/sample")
    long = replace(rendered(("de", "data")), usage=Usage(99.0, 150))
    note({slow: store.put(slow, inputs.parts(slow), inputs, long)}, record)
    edit(done / "params" / "codebook.yaml", "\n", "\n# a word more\n")
    due = agenda_of(done, store, record).due
    assert str(due[0].page) == "de/sample" and due[0].expected == 99.0
    assert [one.expected for one in due] == sorted((one.expected for one in due), reverse=True)


def test_a_spoilt_record_is_no_record(done: Path, store: Store, record: Path) -> None:
    record.write_text("half of", encoding="utf-8")
    edit(done / "params" / "codebook.yaml", "\n", "\n# a word more\n")
    assert set(why(agenda_of(done, store, record)).values()) == {"not rendered yet"}
