"""The register of the documents: every statement accounted for."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from pydantic import ValidationError

from analysis.errors import JourneybookError
from analysis.study.accounts import Register
from analysis.study.params import Study

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "reference" / "claims.csv"
HEAD = "sources: {T: Tea}\nparts: {taste: Taste}\nentries:\n"
TESTED = "  - {id: T-01, text: Tea is liked, status: tested, part: taste}\n"
CONTEXT = "  - {id: T-02, text: Tea is old, status: contextual, chapter: headlines, reason: No figure.}\n"


def register(*entries, **changes):
    entries = [{"text": "Tea", "status": "not testable", "reason": "No tea.", **entry} for entry in entries]
    return Register.model_validate({"sources": {"T": "Tea"}, "parts": {"a": "A"}, "entries": entries, **changes})


# ---- the bundled one


def test_every_statement_has_a_status(study: Study) -> None:
    entries = study.register.entries
    assert len(entries) == 137
    assert Counter(entry.status for entry in entries) == {"tested": 73, "contextual": 29, "not testable": 35}


def test_every_tested_statement_has_claims_and_every_claim_one_statement(study: Study) -> None:
    claims = [claim.id for claim in study.claims.claims]
    held = {entry.id: study.register.claims_of(entry, claims) for entry in study.register.entries}
    assert {entry.id for entry in study.register.entries if entry.status == "tested"} == {
        e for e, c in held.items() if c
    }
    assert sorted(claim for own in held.values() for claim in own) == sorted(claims)


def test_another_reading_belongs_to_the_statement_of_the_figure_that_it_reads(study: Study) -> None:
    for claim in study.claims.claims:
        if claim.reading_of:
            assert study.register.entry_of(claim.id) is study.register.entry_of(claim.reading_of), claim.id


def test_the_statements_are_those_of_the_reference(study: Study) -> None:
    if not REFERENCE.is_file():
        pytest.skip("the reference is not here (../shared/reference/claims.csv): its ids cannot be compared")
    with REFERENCE.open(encoding="utf-8", newline="") as stream:
        ids = [row["id"] for row in csv.DictReader(stream)]
    assert sorted(entry.id for entry in study.register.entries) == sorted(ids)


def test_context_stands_in_a_chapter_of_the_book(study: Study) -> None:
    chapters = {entry.chapter for entry in study.register.entries if entry.status == "contextual"}
    assert chapters <= set(study.settings.chapters.market)
    for chapter in chapters:
        assert nbformat.read(ROOT / "notebooks" / "market" / f"{chapter}.ipynb", as_version=4).cells


def test_what_was_mistranslated_is_said(study: Study) -> None:
    told = {entry.id for entry in study.register.entries if entry.translation}
    known = {"S0-01", "S0-03", "S0-06", "S0-07", "S0-07b", "S0-08", "S0-26", "S1-01", "S3-03", "S3-04"}
    assert known | {"S4-15", "S4-16", "X-05", "X-11"} <= told


# ---- any


def test_a_claim_belongs_to_the_longest_id_that_its_own_begins_with() -> None:
    found = register({"id": "T-01"}, {"id": "T-01b"})
    assert [found.entry_of(name).id for name in ("T-01", "T-01m", "T-01b", "T-01bm")] == [
        "T-01",
        "T-01",
        "T-01b",
        "T-01b",
    ]
    assert found.entry_of("T-02") is None
    assert found.part_of("T-02") == ""


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([{"id": "T-01"}, {"id": "T-01"}], "T-01 stands 2 times in the register"),
        ([{"id": "S-01"}], "S-01 is of a document 'S' that is not among the sources"),
        ([{"id": "T-01", "status": "tested", "part": "b"}], "T-01 is in a part 'b' that is not among the parts"),
        ([{"id": "T-01", "status": "tested"}], "T-01 is tested and needs a part"),
        ([{"id": "T-01", "status": "contextual"}], "T-01 is contextual and needs a chapter"),
        ([{"id": "T-01", "reason": None}], "T-01 is not testable and needs a reason"),
        ([{"id": "T-01", "status": "true"}], "Input should be 'tested', 'contextual' or 'not testable'"),
    ],
)
def test_a_register_that_does_not_hang_together_is_refused(entries, problem) -> None:
    with pytest.raises(ValidationError, match=problem):
        register(*entries)


def test_a_study_may_be_without_a_register(folder) -> None:
    assert folder.read().register.entries == ()


def test_a_study_reads_its_register(folder) -> None:
    folder.write("register.yaml", HEAD + TESTED + CONTEXT)
    read = folder.read()
    assert [entry.id for entry in read.register.entries] == ["T-01", "T-02"]
    assert read.register.part_of("T-01") == "Taste"


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        (CONTEXT, "T-01: no entry of register.yaml has this claim"),
        (TESTED + TESTED.replace("T-01", "T-03"), "T-03: is tested, and no claim has an id that begins so"),
        (CONTEXT.replace("T-02", "T-01"), "T-01: is contextual, and yet T-01 would test it"),
        (TESTED.replace("tested", "testd"), "Input should be 'tested'"),
    ],
)
def test_a_register_that_does_not_account_for_the_claims_is_refused_in_one_line(folder, entries, problem) -> None:
    folder.write("register.yaml", HEAD + entries)
    with pytest.raises(JourneybookError, match=problem) as refused:
        folder.read()
    assert "register.yaml" in str(refused.value)
