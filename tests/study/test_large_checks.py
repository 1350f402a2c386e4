"""A Parquet file that is summed by an engine meets the checks, and the words, of one read into memory."""

import hashlib
import io

import numpy as np
import pandas as pd
import pytest

from analysis.errors import SHOWN, JourneybookError
from analysis.study.large import read_large
from analysis.study.params import read_study
from analysis.study.raw import is_large
from analysis.study.respondents import read_respondents
from analysis.study.running import Large

pytestmark = pytest.mark.slow

ENGINES = ["duckdb", "polars", "pandas"]
TIMES = 40  # three respondents, so many times: more problems than are shown
DESIGN = "weighting: {column: w, note: none}\ndesign: {strata: stratum, psu: psu, fpc: rate}\nunused:"
DECLARED = "{engine: %s, rows_above: 100, memory: 200MB}"


@pytest.fixture
def deliver(folder, delivered):
    """Deliver the three respondents of the small study 40 times, with cells changed, as Parquet.

    Gives the study, whose file the engine sums; without one it is read into memory.
    """

    def make(changes=None, engine=None, weighted=True):
        frame = pd.concat([pd.read_csv(io.StringIO(delivered))] * TIMES, ignore_index=True)
        frame["id"] = [f"r-{n}" for n in range(len(frame))]
        frame["w"], frame["stratum"], frame["rate"] = 1.5, np.arange(len(frame)) % 2, 0.1
        frame["psu"] = np.arange(len(frame)) % 10
        for (row, column), cell in (changes or {}).items():
            if isinstance(cell, str):
                frame[column] = frame[column].astype(str)
            elif cell is None:
                frame[column] = frame[column].astype(object)
            frame.loc[row, column] = cell
        frame.to_parquet(folder.path / "uk.parquet", row_group_size=50)
        sha256 = hashlib.sha256((folder.path / "uk.parquet").read_bytes()).hexdigest()
        text = (folder.path / "markets" / "fr.yaml").read_text(encoding="utf-8")
        text = text.replace("fr.csv", "uk.parquet").replace("0" * 64, sha256)
        if weighted:
            start, end = text.index("weighting:"), text.index("fieldwork:")
            text = f"{text[:start]}{DESIGN.removesuffix('unused:')}{text[end:]}"
        folder.write("markets/uk.yaml", text)
        if engine:
            study = (folder.path / "study.yaml").read_text(encoding="utf-8")
            lines = [line for line in study.splitlines() if not line.startswith("large:")]
            folder.write("study.yaml", "\n".join([*lines, f"large: {DECLARED % engine}", ""]))
        return read_study(folder.path)

    return make


def rows(every, column, cell):
    """The same change in every so many rows."""
    return {(row, column): cell for row in range(0, 3 * TIMES, every)}


BROKEN = {
    "no code, in many rows": {**rows(2, "sex", 7), (1, "sex"): 9, (0, "taste_tea"): 5},
    "out of range": {(5, "age"): 12, (7, "age"): 130, (4, "seconds"): -3},
    "blank though asked": {**rows(9, "sex", np.nan), (3, "sugar"): np.nan},
    "answered though not asked": {(2, "sugar"): 1, (5, "sugar"): 98, (8, "sugar"): -1},
    "blank and answered": {**rows(3, "sugar", np.nan), (119, "sugar"): 1},
    "exclusive": {(0, "drinks_none"): 1, (4, "drinks_none"): 1},
    "no respondent": {(3, "id"): None, (4, "id"): " "},
    "weights of 0": {**rows(20, "w", 0.0), (1, "w"): -2.0, (4, "w"): 0.0},
    "weights": {(1, "w"): -1.0, (2, "w"): np.nan, (3, "w"): np.inf},
    "a stratum and a PSU": {(3, "stratum"): None, (8, "psu"): None},
    "rates": {(30, "rate"): 0.9, (31, "rate"): 2.0, (33, "rate"): 0.2},
    "every weight 0": rows(1, "w", 0.0),
    "texts": {(3, "sex"): "two", (4, "taste_tea"): " 3 ", (5, "taste_tea"): "x"},
    "a stratum of one PSU": {**rows(1, "stratum", 1), (0, "stratum"): 2},
}


TOGETHER = ["out of range", "answered though not asked", "exclusive", "no respondent", "weights", "a stratum and a PSU"]


def told(reading, study):
    """The refusal of a study's file."""
    with pytest.raises(JourneybookError) as error:
        reading(study, "uk")
    return error.value


@pytest.mark.parametrize("broken", BROKEN)
def test_the_problems_are_those_of_a_file_in_memory(deliver, broken):
    expected = told(read_respondents, deliver(BROKEN[broken]))
    found = told(read_large, deliver(BROKEN[broken], "duckdb"))
    assert (str(found), found.kind) == (str(expected), expected.kind)
    assert len(found.problems) == min(len(expected.problems), SHOWN)  # no more were read
    assert found.unlisted == len(expected.problems) - len(found.problems)
    assert (found.unlisted > 0) == (broken in ("no code, in many rows", "blank and answered"))


def test_an_answer_that_was_not_offered_is_refused_in_the_same_words(deliver, folder):
    refusals = []
    for reading, engine in ((read_respondents, None), (read_large, "duckdb")):
        deliver({(5, "taste_coffee"): 1}, engine)
        folder.edit("markets/uk.yaml", "mode: online", "mode: online\noffered: {taste: [2, 3, 4]}")
        refusals.append(str(told(reading, read_study(folder.path))))
    assert refusals[0] == refusals[1]
    assert "column taste_coffee: not a code of this question; got '1'; allowed: 2, 3, 4" in refusals[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_tells_all_problems_at_once(deliver, engine):
    changes = {place: cell for name in TOGETHER for place, cell in BROKEN[name].items()}
    expected = told(read_respondents, deliver(changes))
    assert len({problem.problem for problem in expected.problems}) == 7
    assert str(told(read_large, deliver(changes, engine))) == str(expected)


@pytest.mark.parametrize("column", ["sex", "w"])
def test_a_column_that_is_not_there_is_told_in_the_same_words(deliver, folder, column):
    messages = []
    for engine in (None, "duckdb"):
        study = deliver(engine=engine)
        frame = pd.read_parquet(folder.path / "uk.parquet").drop(columns=column)
        frame.to_parquet(folder.path / "uk.parquet")
        sha256 = hashlib.sha256((folder.path / "uk.parquet").read_bytes()).hexdigest()
        declared = study.market("uk").raw.sha256
        text = (folder.path / "markets" / "uk.yaml").read_text(encoding="utf-8").replace(declared, sha256)
        folder.write("markets/uk.yaml", text)
        messages.append(str(told(read_large if engine else read_respondents, read_study(folder.path))))
    assert messages[0] == messages[1] and f"got '{column}'" in messages[0]


@pytest.mark.parametrize("column", ["seconds", "w", "rate"])
def test_numbers_that_rows_are_chosen_or_weighted_by_must_be_stored_as_numbers(deliver, column):
    study = deliver({(row, column): "0.1" for row in range(3 * TIMES)}, "duckdb")
    with pytest.raises(JourneybookError, match=f"column {column}: the column holds no numbers.*store it as numbers"):
        read_large(study, "uk")


def test_a_file_that_is_not_the_one_declared_is_refused(deliver, folder):
    study = deliver(engine="duckdb")
    with (folder.path / "uk.parquet").open("ab") as file:
        file.write(b"more")
    with pytest.raises(JourneybookError, match="sha256 differs"):
        read_large(study, "uk")


@pytest.mark.parametrize("engine", ENGINES)
def test_second_rows_and_the_too_fast_are_counted_as_in_memory(deliver, engine):
    # Row 5 repeats row 3 and is fast besides; row 9 repeats it too; row 7 is fast; row 8 has no time.
    changes = {(5, "id"): " r-3", (9, "id"): "r-3", (5, "seconds"): 10, (7, "seconds"): 59}
    sample = read_respondents(deliver(changes), "uk").sample
    assert (sample.delivered, sample.duplicates, sample.speeders) == (3 * TIMES, 2, 1)
    assert read_large(deliver(changes, engine), "uk").sample == sample


def test_nobody_left_is_told(deliver):
    with pytest.raises(JourneybookError, match="no respondent is left after the quality checks"):
        read_large(deliver(rows(1, "seconds", 10), "duckdb"), "uk")


@pytest.mark.parametrize("engine", ENGINES)
def test_cells_hold_what_their_respondents_hold(deliver, engine):
    # Of 40 times three respondents one is young, and the other two like coffee alike; each weighs 1.5.
    cells = read_large(deliver({}, engine), "uk").cells(["taste", "age_band"])
    design = cells.respondents.design
    held = cells.sums.groupby([cells.respondents.answers["age_band"], cells.respondents.answers["taste.coffee"]])
    assert held.sum().loc[[("18-34", 4), ("35+", 2)]].to_numpy().tolist() == [[40, 60, 90], [80, 120, 180]]
    assert sorted(design.strata.unique()) == ["0", "1"] and design.fpc.unique().tolist() == [0.1]
    known = set(cells.respondents.status["taste.tea"])
    assert known == {"answered", "dont_know", "refused"}


def test_who_weighs_nothing_has_cells_of_their_own(deliver, folder):
    deliver({(0, "w"): 0.0, (3, "w"): 0.0}, "duckdb")
    folder.edit("markets/uk.yaml", "note: none", "note: none, allow_zero: true")
    cells = read_large(read_study(folder.path), "uk").cells(["sex"])
    nothing = cells.sums["base"] == 0
    assert cells.sums.loc[nothing, "counts"].sum() == 2 and cells.sums["counts"].sum() == 3 * TIMES


def test_too_many_groups_are_refused_by_the_names_of_their_columns(deliver, monkeypatch):
    file = read_large(deliver({}, "duckdb"), "uk")
    monkeypatch.setattr("analysis.study.scan.MOST_GROUPS", 5)
    with pytest.raises(JourneybookError, match=r"columns .*taste_tea.* make more than 5 groups; fix: ask for fewer"):
        file.cells(["taste.tea", "age_band"])


@pytest.mark.parametrize(("above", "large"), [(119, True), (120, False)])
def test_a_file_is_large_above_the_rows_that_the_study_names(deliver, above, large):
    study = deliver()
    assert is_large(study.market("uk").raw, study.folder, Large(rows_above=above)) is large


def test_a_csv_is_read_as_ever(study):
    assert not is_large(study.market("uk").raw, study.folder, Large(rows_above=0))


def test_the_settings_refuse_what_duckdb_would(folder):
    folder.edit("study.yaml", "chapters:", "large: {memory: much, engine: spark}\nchapters:")
    with pytest.raises(JourneybookError) as error:
        folder.read()
    assert {problem.got for problem in error.value.problems} == {"much", "spark"}
