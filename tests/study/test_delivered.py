"""The design columns of a delivered file: strata, PSUs, sampling rates and replicate weights, read or refused."""

import pandas as pd
import pytest

from analysis.errors import JourneybookError
from analysis.study.checks import check_table
from analysis.study.delivered import DeliveredDesign, single_psu_problems
from analysis.study.respondents import read_respondents
from analysis.study.weighting import ReplicateWeights, SampleDesign, Weighting

REPLICATES = ReplicateWeights(prefix="rw", method="brr")
DESIGN = SampleDesign(strata="region", psu="area", fpc="rate", replicates=REPLICATES)
COLUMNS = {
    "w": ["0.5", "2", "1"],
    "region": ["N", "N", "S"],
    "area": ["1", "2", "1"],
    "rate": ["0.1", "0.1", "0.25"],
    "rw1": ["1", "3", "0"],
    "rw2": ["0", "4", "2"],
}


@pytest.fixture
def check(small, raw):
    """The design of the small table with these columns added, or cells of them changed (line, column)."""

    def of(changes=None, drop=(), design=DESIGN, add=None):
        weighting = Weighting(column="w")
        settings = small.market("uk").model_copy(update={"design": design, "weighting": weighting})
        columns = {name: cells for name, cells in {**COLUMNS, **(add or {})}.items() if name not in drop}
        table = raw(None, (), columns)
        for place, cell in (changes or {}).items():
            table.cells.loc[place] = cell
        return check_table(table, settings, small.codebook, small.settings.quality).design

    return of


@pytest.fixture
def refusal(check):
    """The lines of the message by which a table is refused."""

    def of(*arguments, **options):
        with pytest.raises(JourneybookError) as error:
            check(*arguments, **options)
        assert error.value.kind == "data"
        return str(error.value).splitlines()

    return of


# ---- what is read


def test_a_design_is_read_by_line_of_the_file(check):
    design = check()
    assert design.weights.to_dict() == {2: 0.5, 3: 2, 4: 1}
    assert design.strata.to_dict() == {2: "N", 3: "N", 4: "S"}
    assert design.psus.to_dict() == {2: "1", 3: "2", 4: "1"}
    assert design.fpc.to_dict() == {2: 0.1, 3: 0.1, 4: 0.25}
    assert design.replicates.to_dict("list") == {"rw1": [1, 3, 0], "rw2": [0, 4, 2]}
    assert list(design.replicates.index) == [2, 3, 4]


def test_what_is_not_declared_is_none_though_the_file_holds_it(check):
    design = check(design=SampleDesign())
    assert (design.strata, design.psus, design.fpc, design.replicates) == (None, None, None, None)


def test_spaces_around_a_stratum_make_no_other_stratum(check):
    assert check({(3, "region"): " N "}).strata.tolist() == ["N", "N", "S"]


def test_replicate_weights_stand_in_the_order_of_their_numbers(check):
    more = {f"rw{n}": ["9", "9", "9"] for n in (10, 9, 8, 7, 6, 5, 4, 3)}
    design = check(add={**more, "rw_note": ["a", "b", "c"], "rwx2": ["a", "b", "c"]})
    assert list(design.replicates) == [f"rw{n}" for n in range(1, 11)]


@pytest.mark.parametrize("rate", ["0", "1", "0.5"])
def test_a_rate_runs_from_nobody_to_everybody(check, rate):
    assert check({(4, "rate"): rate}).fpc[4] == float(rate)


def test_the_rate_of_a_file_without_strata_is_one(check, refusal):
    alone = SampleDesign(fpc="rate")
    assert check({(4, "rate"): "0.1"}, design=alone).fpc.tolist() == [0.1, 0.1, 0.1]
    assert "line 4, column rate: the sampling rate differs within a stratum" in refusal(design=alone)[0]


# ---- what is refused


@pytest.mark.parametrize(
    ("column", "cell", "problem", "allowed"),
    [
        ("w", "", "not a weight", "a number of 0 or more"),
        ("w", "-1", "not a weight", "a number of 0 or more"),
        ("region", "", "no stratum", "a name or number"),
        ("region", "  ", "no stratum", "a name or number"),
        ("area", "", "no PSU", "a name or number"),
        ("rate", "1.01", "not a sampling rate", "a share of PSUs, 0 to 1"),
        ("rate", "40", "not a sampling rate", "a share of PSUs, 0 to 1"),
        ("rate", "-0.1", "not a sampling rate", "a share of PSUs, 0 to 1"),
        ("rate", "10 %", "not a sampling rate", "a share of PSUs, 0 to 1"),
        ("rate", "", "not a sampling rate", "a share of PSUs, 0 to 1"),
        ("rate", "nan", "not a sampling rate", "a share of PSUs, 0 to 1"),
        ("rw2", "heavy", "not a replicate weight", "a number of 0 or more"),
        ("rw2", "", "not a replicate weight", "a number of 0 or more"),
        ("rw2", "-1", "not a replicate weight", "a number of 0 or more"),
        ("rw2", "inf", "not a replicate weight", "a number of 0 or more"),
    ],
)
def test_a_cell_is_refused_with_file_line_column_value_what_is_allowed_and_a_fix(
    refusal, column, cell, problem, allowed
):
    lines = refusal({(3, column): cell})
    assert len(lines) == 1
    shown = " ".join(cell.split())
    assert lines[0].startswith(
        f"uk.csv, line 3, column {column}: {problem}; got '{shown}'; allowed: {allowed}; fix: ask"
    )


def test_a_rate_that_differs_within_a_stratum_is_refused_on_its_line(refusal):
    assert refusal({(3, "rate"): "0.2"}) == [
        "uk.csv, line 3, column rate: the sampling rate differs within a stratum; got '0.2'; "
        "allowed: 0.1, as on the stratum's first line; fix: correct the cell"
    ]


@pytest.mark.parametrize(
    ("column", "key"),
    [("w", "weighting.column"), ("region", "design.strata"), ("area", "design.psu"), ("rate", "design.fpc")],
)
def test_a_column_that_is_absent_is_refused_with_the_key_that_names_it(refusal, column, key):
    lines = refusal(drop=[column])
    assert len(lines) == 1
    assert lines[0].startswith(f"uk.csv, line 1: a column is missing; got '{column}'; fix: ")
    assert key in lines[0]


def test_a_column_that_is_absent_is_refused_with_the_nearest_name(refusal):
    assert "did you mean regio?" in refusal(drop=["region"], add={"regio": ["N", "N", "S"]})[0]


def test_a_prefix_that_no_column_has_is_refused(refusal):
    lines = refusal(drop=["rw1", "rw2"], add={"rw_note": ["a", "b", "c"]})
    assert len(lines) == 1
    assert lines[0].startswith("uk.csv, line 1: a column is missing; got 'rw1'; fix: ")
    assert "design.replicates" in lines[0]


def test_every_column_that_is_absent_comes_in_one_pass(refusal):
    lines = refusal(drop=[*COLUMNS])
    assert [line.split("; ")[1] for line in lines] == [
        f"got '{column}'" for column in ("w", "region", "area", "rate", "rw1")
    ]


def test_problems_of_every_sort_come_in_one_pass(refusal):
    wrong = {(2, "w"): "", (4, "region"): "", (2, "area"): "", (3, "rate"): "7", (3, "rw1"): "x", (2, "rw2"): "-1"}
    lines = refusal({**wrong, (3, "sex"): "3"})
    places = [line.split(":")[0] for line in lines]
    assert sorted(places) == sorted(f"uk.csv, line {line}, column {column}" for line, column in [*wrong, (3, "sex")])


def test_a_rate_that_differs_is_told_beside_the_problems_of_other_columns(refusal):
    lines = refusal({(3, "rate"): "0.2", (2, "rw1"): "x"})
    assert sorted(line.split(":")[0] for line in lines) == ["uk.csv, line 2, column rw1", "uk.csv, line 3, column rate"]


@pytest.mark.parametrize(
    "wrong", [{(2, "rate"): "7"}, {(2, "rate"): "x"}, {(2, "region"): "", (4, "region"): ""}], ids=["7", "x", "blank"]
)
def test_a_rate_is_not_held_against_a_cell_that_has_a_problem_of_its_own(refusal, wrong):
    """Lines 2 and 3 are of one stratum; a blank is no stratum that two lines could share."""
    lines = refusal(wrong)
    assert [line.split(":")[0] for line in lines] == [f"uk.csv, line {line}, column {name}" for line, name in wrong]


@pytest.mark.parametrize("column", ["w", "rw1"])
def test_weights_that_are_all_zero_are_refused(refusal, column):
    lines = refusal(add={column: ["0", "0", "0"]})
    assert len(lines) == 1
    assert lines[0].startswith(f"uk.csv, column {column}: every weight is 0; fix: ask the agency")


# ---- rows that are not used


def test_the_design_of_some_rows_is_theirs(check):
    design = check()
    kept = pd.Series([False, True, True], index=[2, 3, 4])
    some = design.of(kept)
    for name in ("weights", "strata", "psus", "fpc", "replicates"):
        assert list(getattr(some, name).index) == [3, 4], name
    assert some.replicates.to_dict("list") == {"rw1": [3, 0], "rw2": [4, 2]}
    assert DeliveredDesign().of(kept) == DeliveredDesign()


def test_rows_dropped_for_quality_leave_the_design_too(folder, delivered):
    """The fourth row repeats a respondent, the fifth is too fast; both carry a design of their own."""
    more = "r-902,2020-01-08,400,1,30,1,0,0,1,1,1\nr-904,2020-01-08,59,1,30,1,0,0,1,1,1\n"
    design = ["w,region,area,rate,rw1,rw2", "1,N,1,0.1,1,0", "2,N,2,0.1,3,4", "3,S,1,0.5,0,2", "4,S,2,0.5,7,7"]
    design.append("5,S,3,0.5,8,8")
    rows = zip((delivered + more).splitlines(), design, strict=True)
    folder.edit(
        "markets/uk.yaml",
        "  targets:\n    sex: {1: 49, 2: 51}\n    age_band: {18-34: 30, 35+: 70}\n",
        "  column: w\n  note: none\n",
    )
    declared = "design: {strata: region, psu: area, fpc: rate, replicates: {prefix: rw, scale: 0.5}}"
    folder.edit("markets/uk.yaml", "mode: online", f"mode: online\n{declared}")
    folder.deliver("".join(f"{row},{cells}\n" for row, cells in rows))
    respondents = read_respondents(folder.read(), "uk")
    kept = respondents.design
    assert (respondents.sample.duplicates, respondents.sample.speeders) == (1, 1)
    assert kept.weights.to_dict() == {2: 1, 3: 2, 4: 3}
    assert kept.strata.to_dict() == {2: "N", 3: "N", 4: "S"}
    assert kept.psus.to_dict() == {2: "1", 3: "2", 4: "1"}
    assert kept.fpc.to_dict() == {2: 0.1, 3: 0.1, 4: 0.5}
    assert kept.replicates.to_dict("index") == {
        2: {"rw1": 1, "rw2": 0},
        3: {"rw1": 3, "rw2": 4},
        4: {"rw1": 0, "rw2": 2},
    }


def test_a_lost_column_of_replicate_weights_is_refused(refusal):
    """rw1 and rw3 without rw2: the scale of every variance would change, and nothing would show it."""
    (line,) = refusal(drop=["rw2"], add={"rw3": ["1", "2", "3"]})
    assert line.startswith("uk.csv, line 1: a column is missing; got 'rw2'; fix: ")
    assert "design.replicates" in line


def design_of(**columns):
    """A delivered design of four respondents, two lines a stratum."""
    index = pd.Index([2, 3, 4, 5])
    return DeliveredDesign(**{name: pd.Series(values, index) for name, values in columns.items()})


def problems_of(small, rule="error", **columns):
    declared = SampleDesign(strata="region", single_psu=rule)
    market = small.market("uk").model_copy(update={"design": declared})
    return [str(problem) for problem in single_psu_problems(design_of(**columns), market, "uk.csv")]


def test_a_stratum_of_one_psu_is_refused_by_its_name(small):
    found = problems_of(small, strata=["N", "N", "S", "S"], psus=["1", "2", "1", "1"])
    fix = "declare design.single_psu: certainty or centre"
    assert found == [f"uk.csv, column region: the stratum holds one PSU; got 'S'; allowed: two or more; fix: {fix}"]


def test_a_respondent_alone_in_a_stratum_is_a_single_psu_too(small):
    assert "got 'S'" in problems_of(small, strata=["N", "N", "N", "S"])[0]


@pytest.mark.parametrize("rule", ["certainty", "centre"])
def test_a_declared_rule_lets_a_single_psu_pass(small, rule):
    assert problems_of(small, rule, strata=["N", "N", "S", "S"], psus=["1", "2", "1", "1"]) == []


def test_a_psu_that_is_all_of_its_stratum_passes(small):
    assert problems_of(small, strata=["N", "N", "S", "S"], psus=["1", "2", "1", "1"], fpc=[0.1, 0.1, 1.0, 1.0]) == []
