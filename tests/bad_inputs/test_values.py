"""Cells that are no answer: of respondents, codes, numbers and dates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from breaking import Accepted, Broken, Cells, Refusal, Run

from analysis.study.params import Study

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("large", [False, True])
def test_b041_a_respondent_twice(
    broken: Broken, study: Study, refusal: Refusal, accepted: Accepted, large: bool
) -> None:
    """The bundled study declares that the first row counts (its files hold three second rows on purpose)."""
    frame = broken.frame()
    again = frame.index[frame["resp_id"].duplicated()]
    first = frame.index[frame["resp_id"] == frame["resp_id"][again[0]]][0]
    if large:
        broken.parquet(study)
    lines = [int(line) + (1 if large else 2) for line in (first, again[0])]
    what = f"3 rows repeat the number of an earlier respondent, the first on lines {lines[0]} and {lines[1]}"
    refusal(large, duplicates="refuse").refuses("data", f"column resp_id: {what}", "quality.duplicates: first")
    assert accepted(large).sample.duplicates == 3


@pytest.mark.usefixtures("narrow")
def test_b042_empty_or_missing_id(broken: Broken, refusal: Refusal) -> None:
    for line in (4, 9):
        broken.cell(line, "resp_id", " ")
    told = refusal().refuses("data", "uk.csv, line 4, column resp_id: the respondent has no number", "line 9, column")
    assert len(told.splitlines()) == 2


@pytest.mark.usefixtures("narrow")
def test_b043_ids_are_text(broken: Broken, cells: Cells, accepted: Accepted) -> None:
    """Leading zeros and any number of digits come through as they were typed."""
    ids = ["007", "7", "9007199254740993", "9007199254740992", "NA", "1e5"]
    for line, one in enumerate(ids, start=2):
        broken.cell(line, "resp_id", one)
    assert cells()["resp_id"].tolist()[: len(ids)] == ids
    assert accepted().sample.duplicates == 3


@pytest.mark.parametrize(
    "ids", [pd.array([9007199254740993, None], dtype="Int64"), np.array(["0001", "9007199254740993"])]
)
def test_b043_ids_of_parquet_are_text(broken: Broken, cells: Cells, ids: Any) -> None:
    broken.written("uk.parquet", pd.DataFrame({"resp_id": ids}).to_parquet)
    assert cells()["resp_id"].tolist() == (
        ["0001", "9007199254740993"] if isinstance(ids, np.ndarray) else ["9007199254740993", ""]
    )


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("shortened", [False, True])
def test_b043_ids_that_lost_digits(
    broken: Broken, study: Study, refusal: Refusal, large: bool, shortened: bool
) -> None:
    if shortened and not large:
        broken.cell(2, "resp_id", "1.23E+15")
    else:
        ids = ["1.23E+15", *broken.frame()["resp_id"][1:]] if shortened else 2.0**53 + 2 * np.arange(439)
        broken.parquet(study, resp_id=ids)
    told = refusal(large).refuses("data", "column resp_id: the respondent's number may have lost digits")
    assert len(told.splitlines()) == (1 if shortened else 21)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("large", [False, True])
def test_b044_codes_out_of_range(broken: Broken, study: Study, refusal: Refusal, large: bool) -> None:
    if large:
        broken.parquet(study, infl_soc=[7] * 400 + [8] * 39)
    else:
        broken.cell(5, "infl_soc", "7")
        broken.cell(6, "infl_soc", "x")
        broken.cell(7, "infl_soc", "")
    allowed = "allowed: 1, 2, 3, 4, 5 (missing: -1, 97, 98, 99 or empty)"
    if large:
        refusal(large).refuses(
            "data", f"line 1, column infl_soc: not a code of this question; got '7'; {allowed}", "... and 419"
        )
    else:
        told = refusal().refuses(
            "data", f"uk.csv, line 5, column infl_soc: not a code of this question; got '7'; {allowed}"
        )
        assert "line 6, column infl_soc: not a code of this question; got 'x'" in told
        assert "line 7, column infl_soc: empty, though the routing asked" in told


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("cell", ["2.0", " 2", "2 ", "02", "\u00a02"])
def test_b045_a_code_written_otherwise(broken: Broken, accepted: Accepted, cell: str) -> None:
    """By rule: blanks around a code, zeros before it and a decimal point after it say nothing."""
    broken.cell(2, "infl_soc", cell)
    assert accepted().answers.at[2, "influence.social"] == 2


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("cell", ["\uff12", "\u0662", "2_", "2,0", "0x2", "II", "\u00b2"])
def test_b045_digits_that_are_none(broken: Broken, refusal: Refusal, cell: str) -> None:
    broken.cell(2, "infl_soc", f'"{cell}"')
    refusal().refuses("data", "uk.csv, line 2, column infl_soc: not a code of this question", f"got '{cell}'")


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("word", ["NA", "None", "n/a", "null", "nan", "NaN", ""])
def test_b046_words_that_are_no_empty_cells(broken: Broken, cells: Cells, refusal: Refusal, word: str) -> None:
    broken.cell(3, "region", word)
    assert cells().at[3, "region"] == word
    what = f"not a code of this question; got '{word}'" if word else "empty, though the routing asked"
    refusal().refuses("data", f"uk.csv, line 3, column region: {what}")


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(("age", "large"), [(999, False), (0, False), (-2, False), (1974, False), (999, True)])
def test_b047_ages_that_are_none(broken: Broken, study: Study, refusal: Refusal, large: bool, age: int) -> None:
    """-1 is a declared missing code here, and refused with it where everybody was asked."""
    if large:
        broken.parquet(study, age=[age, *broken.frame()["age"][1:]])
    else:
        broken.cell(2, "age", str(age))
    low, high = study.codebook.questions["age"].range or (0, 0)
    where = (
        f"line {1 if large else 2}, column age: not a code of this question; got '{age}'; allowed: {low:g} to {high:g}"
    )
    assert len(refusal(large).refuses("data", where).splitlines()) == 1


@pytest.mark.usefixtures("narrow")
def test_b047_a_missing_code_where_all_were_asked(broken: Broken, refusal: Refusal) -> None:
    broken.cell(2, "age", "-1")
    refusal().refuses("data", "uk.csv, line 2, column age: empty, though the routing asked")


DATES = {
    "2012-02-05": "before the fieldwork",
    "2012-02-18": "after the fieldwork",
    "2031-01-01": "after the fieldwork",
    "2012-06-02": "after the fieldwork",
    "06/02/2012": "not a date",
    "2012-02-30": "not a date",
    "20120206": "not a date",
    "40945": "an Excel serial number, not a date",
}


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(
    ("day", "large"),
    [*((day, False) for day in DATES), *((day, True) for day in ("2012-02-18", "2012-06-02", "40945"))],
)
def test_b048_days_that_are_none(broken: Broken, study: Study, refusal: Refusal, large: bool, day: str) -> None:
    if large:
        broken.parquet(study, interview_date=[day, *broken.frame()["interview_date"][1:]])
    else:
        broken.cell(2, "interview_date", day)
    told = refusal(large).refuses(
        "data",
        f"line {1 if large else 2}, column interview_date: {DATES[day]}; got '{day}'",
        "of the fieldwork 2012-02-06 to 2012-02-17",
    )
    assert len(told.splitlines()) == 1
    assert ("swapped? 2012-02-06" in told) == (day == "2012-06-02")
    assert ("store it as text: 2012-02-06" in told) == (day == "40945")


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("text", [False, True])
def test_b048_a_time_of_day_does_not_matter(
    broken: Broken, study: Study, accepted: Accepted, large: bool, text: bool
) -> None:
    days = pd.to_datetime(broken.frame()["interview_date"]) + pd.Timedelta(hours=17, seconds=5)
    broken.parquet(study, interview_date=days.dt.strftime("%Y-%m-%dT%H:%M:%SZ") if text else days)
    assert accepted(large).sample.delivered == 439


def test_b049_a_question_that_is_not_there(broken: Broken, run: Run) -> None:
    broken.raw(broken.bytes().replace(b"infl_soc", b"infl_sok", 1))
    run("report", "uk").refuses(
        "data", "line 1: a column of the", "is missing; got 'infl_soc'", "did you mean infl_sok?"
    )


def test_b051_a_set_that_is_not_whole(broken: Broken, refusal: Refusal) -> None:
    columns = broken.frame().drop(columns=["aband_why_4", "aband_why_9"])
    broken.raw(columns.to_csv(index=False).encode())
    told = refusal().refuses("data", "a column of the 16 of reasons is missing; got 'aband_why_4'", "got 'aband_why_9'")
    assert len(told.splitlines()) == 2


def test_b052_answers_that_nobody_asked_for(broken: Broken, refusal: Refusal, accepted: Accepted) -> None:
    """Up to the declared share they are left out and counted; above it they are refused, as all are by default."""
    answered = broken.frame()["as_would_1"]
    lines = [int(place) + 2 for place in answered.index[answered.isna()][:4]]
    for line in lines:
        broken.cell(line, "as_would_1", "1")
    what = f"uk.csv, line {lines[0]}, column as_would_1: answered, though the routing did not ask; got '1'"
    told = refusal().refuses("data", what)
    assert len(told.splitlines()) == 4
    refusal(misrouted=3 / 439).refuses("data", what)
    respondents = accepted(misrouted=4 / 439)
    account = respondents.sample.account
    assert account.misrouted == {"support_would": 4}
    assert account.warnings("uk") == ["uk: answers left out that the routing did not ask for: support_would 4"]
    variable = next(v for v, c in respondents.codebook.all_columns.items() if c == "as_would_1")
    used = [line for line in lines if line in respondents.status.index]
    assert used and set(respondents.status.loc[used, variable]) == {"not_asked"}


def test_b052_a_large_file_is_not_mended(broken: Broken, study: Study, refusal: Refusal) -> None:
    broken.parquet(study)
    refusal(large=True, misrouted=0.01).refuses(
        "config", "quality.misrouted: a large file's answers cannot be left out"
    )


def test_b050_a_column_that_nobody_knows(broken: Broken, accepted: Accepted) -> None:
    broken.columns(vendor="x", batch="7")
    respondents = accepted()
    assert respondents.sample.account.warnings("uk") == ["uk: of no question, and not used: vendor, batch"]
    assert "Columns of no question were not used: vendor, batch." in respondents.sample.account.sentences(439)
    assert not {"vendor", "batch"} & {*respondents.answers}
