"""What a user reads when something is wrong, and the exit code of each kind."""

import pytest

from analysis.errors import EXIT_CODES, JourneybookError, Problem, did_you_mean, nearest


def test_a_problem_says_where_what_got_allowed_and_fix_in_one_line():
    problem = Problem("uk.csv, line 7, column sex", "not a code", "3", "1, 2", "correct the cell")
    assert str(problem) == "uk.csv, line 7, column sex: not a code; got '3'; allowed: 1, 2; fix: correct the cell"


def test_a_problem_leaves_out_what_is_not_known():
    assert str(Problem("uk.csv", "the file is empty")) == "uk.csv: the file is empty"


def test_an_empty_cell_is_shown_as_such():
    assert "got ''" in str(Problem("uk.csv, line 7", "empty, though asked", ""))


def test_line_breaks_in_a_value_stay_on_one_line():
    assert "\n" not in str(Problem("uk.csv", "not a code", "first\nsecond", "a\nb", "c\r\nd"))


def test_every_kind_has_an_exit_code_of_its_own():
    codes = list(EXIT_CODES.values())
    assert len(set(codes)) == len(codes)
    assert not {0, 1} & set(codes)  # 0 is success, 1 what Python gives to a crash


@pytest.mark.parametrize("kind", EXIT_CODES)
def test_an_error_has_the_exit_code_of_its_kind(kind):
    assert JourneybookError(kind, Problem("here", "wrong")).exit_code == EXIT_CODES[kind]


@pytest.mark.parametrize(("count", "rest"), [(1, None), (20, None), (21, 1), (50, 30)])
def test_twenty_problems_are_shown_and_the_rest_counted(count, rest):
    error = JourneybookError("data", [Problem(f"line {n}", "wrong") for n in range(count)])
    lines = str(error).splitlines()
    assert len(error.problems) == count
    assert lines[: min(count, 20)] == [f"line {n}: wrong" for n in range(min(count, 20))]
    assert lines[20:] == ([f"... and {rest} more problems of this kind"] if rest else [])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("influense", "influence"), ("Influence", "influence"), ("reason", "reasons"), ("xyz", None), ("", None)],
)
def test_the_nearest_name_is_found_or_none(typed, meant):
    assert nearest(typed, ["influence", "reasons", "age_band"]) == meant


@pytest.mark.parametrize(("typed", "meant"), [("DYN114", "DYN113"), ("dyn113", "DYN113"), ("WeightVar", "Weightvar")])
def test_the_nearest_name_is_found_whatever_its_case(typed, meant):
    # columns of the Ipsos file of January 2017
    assert nearest(typed, ["resp_age", "DYN113", "Weightvar"]) == meant


def test_the_hint_is_a_question_or_nothing():
    assert did_you_mean("sexx", ["sex", "age"]) == "did you mean sex?"
    assert did_you_mean("qqq", ["sex", "age"]) is None
