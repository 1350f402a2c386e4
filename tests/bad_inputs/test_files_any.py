"""Raw files that are not there, not what they seem, or not the ones that were declared."""

from __future__ import annotations

import hashlib
import shutil

import pandas as pd
import pytest
from breaking import UK, Accepted, Broken, Refusal, Run

from analysis.study.params import Study

pytestmark = pytest.mark.slow


def test_b001_raw_file_missing(broken: Broken, run: Run) -> None:
    broken.path("data/raw/uk.csv").unlink()
    run("report", "uk").refuses("file", "uk.csv: no raw file; looked for", "data/raw/uk.{csv,sav,xlsx,parquet}", "fix:")


def test_b002_two_raw_files_for_one_market(broken: Broken, refusal: Refusal, accepted: Accepted) -> None:
    shutil.copy(broken.path("data/raw/de.sav"), broken.path("data/raw/uk.sav"))
    told = refusal().refuses("file", "two raw files for one market; got 'uk.csv, uk.sav'", "raw.format: csv")
    assert len(told.splitlines()) == 1
    broken.declare("format: csv")
    assert accepted().sample.delivered == 439


def test_b003_empty_file(broken: Broken, refusal: Refusal) -> None:
    broken.raw(b"")
    refusal().refuses("file", "uk.csv: empty file")


@pytest.mark.parametrize("lines", [b"\n\n", b"\r\n"])
def test_b004_no_respondents(broken: Broken, refusal: Refusal, lines: bytes) -> None:
    """Blank lines below the header are no respondents either."""
    broken.raw(broken.bytes().splitlines()[0] + lines)
    refusal().refuses("file", "uk.csv: 0 respondents")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<!DOCTYPE html><html><body>Please sign in</body></html>", "this is an HTML page, not data"),
        (b"\n <HTML>", "this is an HTML page, not data"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "this is a git-LFS pointer, not data"),
    ],
)
def test_b019_a_page_or_a_pointer(broken: Broken, refusal: Refusal, content: bytes, what: str) -> None:
    broken.raw(content)
    refusal().refuses("file", f"uk.csv: {what}", "fix:")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("uk.sav", "an SPSS file"), ("uk.xlsx", "an Excel workbook"), ("uk.parquet", "a Parquet file")],
)
def test_b020_content_is_not_what_the_name_says(broken: Broken, refusal: Refusal, name: str, expected: str) -> None:
    broken.raw(b"resp_id,sex\n1,2\n", name)
    refusal().refuses(
        "file", f"{name}: cannot be read as {expected}: it looks like text", "correct raw.path or raw.format"
    )


def test_b020_a_workbook_named_csv(broken: Broken, refusal: Refusal) -> None:
    broken.raw(b"PK\x03\x04" + b"x" * 99)
    refusal().refuses("file", "uk.csv: cannot be read as a csv file: it looks like an Excel workbook")


@pytest.mark.parametrize("large", [False, True])
def test_b021_a_huge_cell(broken: Broken, study: Study, refusal: Refusal, large: bool) -> None:
    if large:
        broken.parquet(study, beh_why=["", "", "x" * 10_000_000] + [""] * 436)
    else:
        broken.cell(4, "beh_why", "x" * 10_000_000)
    line = 3 if large else 4
    told = refusal(large).refuses(
        "data", f"line {line}, column beh_why: a cell of 10,000,000 characters; allowed: 32,767"
    )
    assert len(told) < 300


def test_b022_too_many_rows(broken: Broken, study: Study, refusal: Refusal) -> None:
    """Before it is read: what is below the header is no row of the file."""
    limit = study.settings.large.rows_in_memory
    broken.raw(b"resp_id\n" + b"\xff\n" * (limit + 1))
    refusal().refuses("file", f"{limit + 1:,} rows > limit of {limit:,}", "use Parquet")


@pytest.mark.parametrize("where", ["../../secret.csv", "/etc/hostname"])
def test_b038_a_path_out_of_the_folder(broken: Broken, run: Run, where: str) -> None:
    broken.text(UK, "../data/raw/uk.csv", where)
    reached = (broken.path("params") / where).resolve()
    run("report", "uk").refuses("config", "raw.path", f"leads out of the folder of raw files, to {reached}", "data/raw")


def test_b038_a_link_out_of_the_folder(
    broken: Broken, refusal: Refusal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "uk.csv"
    elsewhere.write_bytes(broken.bytes())
    broken.path("data/raw/uk.csv").unlink()
    broken.path("data/raw/uk.csv").symlink_to(elsewhere)
    refusal().refuses("config", f"leads out of the folder of raw files, to {elsewhere}")


def test_b038_a_link_to_itself(broken: Broken, refusal: Refusal) -> None:
    broken.path("data/raw/uk.csv").unlink()
    broken.path("data/raw/uk.csv").symlink_to(broken.path("data/raw/uk.csv"))
    refusal().refuses("config", "raw.path")


def test_b039_a_file_that_changed(broken: Broken, run: Run) -> None:
    """Both hashes; `accept` shows them again, writes the new one, and touches nothing else."""
    path, settings = broken.path("data/raw/uk.csv"), broken.path(UK)
    before, old = settings.read_text(), hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes().replace(b",2012-02-06,", b",2012-02-07,", 1))
    new = hashlib.sha256(path.read_bytes()).hexdigest()
    run("report", "uk").refuses("file", "sha256 differs", new, old, "make accept COUNTRY=")
    renewed = run("accept", "uk")
    assert renewed.exit_code == 0 and f"declared {old}" in renewed.output and f"found    {new}" in renewed.output
    assert settings.read_text() == before.replace(old, new)
    assert "nothing has changed" in run("accept", "uk").output
    run("accept", "gb").refuses("config", "did you mean uk?")


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("column", "cells", "found", "expected"),
    [
        ("infl_soc", [[1, 2]] * 439, "list", "text, number, date"),
        ("infl_soc", [{"a": 1}] * 439, "struct", "text, number, date"),
        ("infl_soc", [b"1"] * 439, "binary", "text, number, date"),
        ("infl_soc", [True] * 439, "bool", "text, number, date"),
        ("infl_soc", pd.to_datetime(["2012-02-06"] * 439), "date", "number or text"),
        ("interview_date", [40945.0] * 439, "number", "date or text"),
    ],
)
def test_b037_parquet_of_wrong_types(
    broken: Broken, study: Study, refusal: Refusal, large: bool, column: str, cells: object, found: str, expected: str
) -> None:
    broken.parquet(study, **{column: cells})
    refusal(large).refuses("file", f"uk.parquet, column {column}", f"got '{found}", f"allowed: {expected}")


def test_b037_an_index_is_a_column(broken: Broken, accepted: Accepted) -> None:
    """pandas keeps an index as a column of the file and, reading it, hides it again; dictionaries are texts."""
    frame = broken.frame().astype({"beh_why": "category"}).set_index("resp_id")
    broken.written("uk.parquet", frame.to_parquet)
    assert accepted().sample.duplicates == 3


@pytest.mark.parametrize("large", [False, True])
def test_b040_columns_that_name_people_are_refused(broken: Broken, study: Study, refusal: Refusal, large: bool) -> None:
    names = ["Name", "e_mail", "phone1", "ip_address", "Postcode", "homeAddress", "note"]
    if large:
        broken.parquet(study, **dict.fromkeys(names, "a@example.org"))
    else:
        broken.columns(**dict.fromkeys(names, "a@example.org"))
    told = refusal(large).refuses("data", *(f"column {name}: a column" for name in names), "under identifiers")
    assert len(told.splitlines()) == len(names)  # the note holds addresses, whatever its name


@pytest.mark.parametrize("large", [False, True])
def test_b040_declared_columns_are_dropped_and_named(
    broken: Broken, study: Study, accepted: Accepted, large: bool
) -> None:
    if large:
        broken.parquet(study, email="a@example.org")
    else:
        broken.columns(email="a@example.org")
    broken.text(UK, "source: synthetic", "source: synthetic\nidentifiers: [email]")
    respondents = accepted(large)
    account = respondents.sample.account
    assert account.dropped == ("email",)
    assert account.warnings("uk") == ["uk: dropped, as they name a person: email"]
    assert any("dropped when the file was read: email." in sentence for sentence in account.sentences(439))
    for frame in (respondents.answers, respondents.status):
        assert "email" not in frame and "example.org" not in frame.to_csv()
