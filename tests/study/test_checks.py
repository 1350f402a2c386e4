"""The delivered table against the codebook: every problem in one pass, by file, line and column."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import JourneybookError
from analysis.study.checks import asked, check_table
from analysis.study.codebook import Codebook
from analysis.study.weighting import Weighting


@pytest.fixture
def check(small, raw):
    """Check the small table with cells, columns or parts of the market's file changed."""

    def of(changes=None, drop=(), add=None, book=None, **market):
        settings = small.market("uk").model_copy(update=market)
        return check_table(raw(changes, drop, add), settings, book or small.codebook, small.settings.quality)

    return of


@pytest.fixture
def refusal(check):
    def of(*arguments, **options):
        with pytest.raises(JourneybookError) as error:
            check(*arguments, **options)
        assert error.value.kind == "data"
        return str(error.value)

    return of


def changed(book, missing=None, **questions):
    """The codebook with other missing codes, or questions with other keys."""
    content = book.model_dump()
    content["missing"] = content["missing"] if missing is None else missing
    for name, keys in questions.items():
        content["questions"][name].update(keys)
    return Codebook.model_validate(content)


# ---- what is read


def test_a_table_without_problems_becomes_numbers_by_variable(check, small):
    table = check()
    assert list(table.codes.index) == [2, 3, 4]  # lines of the file
    assert table.codes["drinks.tea"].tolist() == [1, 0, 0]
    assert table.codes["taste.tea"].tolist() == [3, 98, 99]
    assert np.isnan(table.codes.at[4, "sugar"])
    assert set(table.codes) == set(small.codebook.all_columns) - {"respondent", "day"}


def test_identifiers_and_dates_are_kept_apart_as_text(check):
    table = check()
    assert table.keys["respondent"].tolist() == ["r-901", "r-902", "r-903"]
    assert list(table.keys) == ["respondent", "day"]


@pytest.mark.parametrize("cell", ["2", " 2", "2 ", "2.0", "2."])
def test_spaces_and_decimal_points_do_not_matter(check, cell):
    assert check({(2, "sex"): cell}).codes.at[2, "sex"] == 2


def test_a_column_that_the_market_calls_otherwise_is_read(check, raw):
    table = check(drop=["sex"], add={"gender": ["2", "2", "1"]}, columns={"sex": "gender"})
    assert table.codes["sex"].tolist() == [2, 2, 1]


def test_a_column_that_the_codebook_does_not_know_is_left_alone(check):
    assert "vendor" not in check(add={"vendor": ["a", "b", "c"]}).codes


def test_every_market_of_the_bundled_study_names_only_columns_of_the_codebook(study):
    for code in study.settings.markets:
        assert set(study.market(code).columns) <= set(study.codebook.all_columns)


def test_checking_changes_none_of_its_inputs(small, raw):
    table, market, book = raw(), small.market("uk"), small.codebook
    cells, before = table.cells.copy(deep=True), (market.model_dump_json(), book.model_dump_json())
    checked = check_table(table, market, book, small.settings.quality)
    checked.codes.iloc[:, :] = 0
    checked.keys.iloc[:, :] = ""
    pd.testing.assert_frame_equal(table.cells, cells)
    assert (market.model_dump_json(), book.model_dump_json()) == before


# ---- cells


@pytest.mark.parametrize(
    ("column", "cell", "allowed"),
    [
        ("sex", "3", "1, 2 (missing: -1, 98, 99 or empty)"),
        ("sex", "Female", "1, 2"),
        ("sex", "1.5", "1, 2"),
        ("sex", "1 2", "1, 2"),
        ("drinks_tea", "2", "0, 1"),
        ("taste_tea", "5", "1, 2, 3, 4"),
        ("age", "forty", "18 to 97"),
        ("age", "17", "18 to 97"),
        ("age", "1974", "18 to 97"),
        ("age", "4O", "18 to 97"),
        ("age", "nan", "18 to 97"),
        ("seconds", "inf", "0 to 3600"),
    ],
)
def test_a_cell_that_is_no_code_is_refused_with_file_line_column_and_what_is_allowed(refusal, column, cell, allowed):
    message = refusal({(3, column): cell})
    assert message.startswith(f"uk.csv, line 3, column {column}: not a code of this question; got '{cell}'")
    assert f"allowed: {allowed}" in message
    assert "fix: correct the cell" in message


def test_an_answer_that_was_not_offered_in_the_market_is_no_code(small, refusal, check):
    book = small.codebook.offering({"sugar": (1, 3), "taste": (2, 3, 4)})
    assert check(book=book).codes["sugar"].tolist()[:2] == [1, 3]
    message = refusal({(2, "sugar"): "2", (2, "taste_tea"): "1"}, book=book)
    assert "uk.csv, line 2, column sugar: not a code of this question; got '2'; allowed: 1, 3 (missing" in message
    assert "line 2, column taste_tea: not a code of this question; got '1'; allowed: 2, 3, 4 (missing" in message


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity"])
def test_no_number_is_infinite(small, refusal, cell):
    book = changed(small.codebook, age={"range": None})
    assert "line 3, column age" in refusal({(3, "age"): cell}, book=book)


@pytest.mark.parametrize("place", [(2, "sugar"), (2, "taste_tea"), (2, "age"), (2, "drinks_tea")])
@pytest.mark.parametrize("cell", ["98", "99"])
def test_a_missing_code_is_allowed_where_something_was_asked(check, place, cell):
    variable = {"taste_tea": "taste.tea", "drinks_tea": "drinks.tea"}.get(place[1], place[1])
    assert check({place: cell}).codes.at[2, variable] == int(cell)


def test_a_code_of_not_asked_is_allowed_where_nothing_was_asked(check):
    assert check({(4, "sugar"): "-1"}).codes.at[4, "sugar"] == -1


def test_an_identifier_may_not_be_empty(refusal):
    # two respondents without a number would pass as one who answered twice
    assert "line 3, column id" in refusal({(3, "id"): " "})


def test_none_of_these_beside_another_answer_is_refused(refusal):
    assert "line 2, column drinks_none" in refusal({(2, "drinks_none"): "1"})


# ---- routing


def test_an_answer_where_nothing_was_asked_is_refused(refusal):
    message = refusal({(4, "sugar"): "2"})
    assert "uk.csv, line 4, column sugar: answered, though the routing did not ask; got '2'" in message
    assert "correct asked_if of sugar in the codebook" in message


def test_a_blank_where_something_was_asked_is_refused(refusal):
    message = refusal({(2, "sugar"): ""})
    assert "uk.csv, line 2, column sugar: empty, though the routing asked" in message
    assert "declare no_answer under missing" in message


def test_a_code_of_not_asked_where_something_was_asked_is_refused(refusal):
    assert "uk.csv, line 2, column sugar: empty, though the routing asked" in refusal({(2, "sugar"): "-1"})


def test_a_blank_of_a_question_that_everybody_is_asked_is_refused(refusal):
    assert "uk.csv, line 3, column sex: empty" in refusal({(3, "sex"): ""})


def test_a_blank_is_allowed_where_the_codebook_declares_no_answer(small, check):
    book = changed(small.codebook, {"not_asked": [-1], "no_answer": [97], "dont_know": [98], "refused": [99]})
    assert np.isnan(check({(2, "sugar"): ""}, book=book).codes.at[2, "sugar"])


def test_a_blank_is_allowed_where_the_question_itself_declares_no_answer(small, check):
    book = changed(small.codebook, sugar={"missing": {"not_asked": [-1], "no_answer": [97]}})
    assert np.isnan(check({(2, "sugar"): ""}, book=book).codes.at[2, "sugar"])


@pytest.mark.parametrize(
    ("conditions", "sent"),
    [
        ([], [2, 3, 4]),
        ([{"question": "drinks", "answers": ["any"]}], [2, 3]),
        ([{"question": "drinks", "answers": ["tea", "none"]}], [2, 4]),
        ([{"question": "sex", "answers": [2]}], [3, 4]),
        ([{"question": "sugar", "answers": ["sweet"]}], [3]),
        ([{"question": "sex", "answers": [2]}, {"question": "drinks", "answers": ["coffee"]}], [3]),
        ([{"question": "age_band", "answers": ["18-34"]}], [2]),
    ],
    ids=["none", "net of items", "any of two items", "answer", "net of answers", "both to hold", "band"],
)
def test_routing_sends_those_who_gave_one_of_the_answers_of_every_condition(small, check, conditions, sent):
    codes = check().codes
    book = changed(small.codebook, day={"asked_if": conditions})
    mask = asked(book.questions["day"].asked_if, codes, book)
    assert list(mask.index[mask]) == sent


# ---- columns


def test_a_missing_column_is_refused_with_the_nearest_name(refusal):
    message = refusal(drop=["sex"], add={"sexe": ["1", "2", "2"]})
    assert "uk.csv, line 1: a column is missing; got 'sex'" in message
    assert "did you mean sexe? or map sex under columns in the market's file" in message


def test_a_missing_column_is_found_whatever_its_case(refusal):
    assert "did you mean SEX?" in refusal(drop=["sex"], add={"SEX": ["1", "2", "2"], "other": ["1", "2", "2"]})


def test_a_missing_column_of_a_market_s_own_is_refused(refusal):
    assert "a column is missing; got 'gender'" in refusal(columns={"sex": "gender"})


def test_two_variables_that_read_one_column_are_refused(refusal):
    assert "uk.csv, line 1: two variables read one column; got 'taste_tea'" in refusal(
        columns={"taste.coffee": "taste_tea"}
    )


def test_an_identifier_column_that_is_absent_is_refused(refusal):
    assert "a column is missing; got 'postcode'" in refusal(identifiers=("postcode",))


def test_an_identifier_that_is_read_as_an_answer_is_refused(refusal):
    message = refusal(identifiers=("sex",))
    assert "an identifier is read as an answer; got 'sex'" in message
    assert "take it out of identifiers or out of the codebook" in message


def test_an_identifier_may_be_the_respondent_number(check):
    assert check(identifiers=("id",)).keys["respondent"].tolist() == ["r-901", "r-902", "r-903"]


def test_an_identifier_named_as_a_variable_hides_no_missing_column(refusal):
    # `respondent` stands in the column id; the file has a column of that name as well, but no id
    message = refusal(drop=["id"], add={"respondent": ["a", "b", "c"]}, identifiers=("respondent",))
    assert "a column is missing; got 'id'" in message


def test_a_weight_column_that_is_absent_is_refused(refusal):
    assert "a column is missing; got 'weigth'" in refusal(weighting=Weighting(column="weigth"))


def test_every_missing_column_comes_in_one_pass(refusal):
    assert len(refusal(drop=["sex", "age", "drinks_tea"]).splitlines()) == 3


# ---- weights


def test_a_given_weight_is_read(check):
    weighting = Weighting(column="w", allow_zero=True)
    weights = check(add={"w": ["0.5", "0", " 2 "]}, weighting=weighting).design.weights
    assert weights.to_dict() == {2: 0.5, 3: 0, 4: 2}


def test_without_a_given_weight_there_is_none(check):
    assert check().design.weights is None


@pytest.mark.parametrize("cell", ["", "-0.1", "inf", "-inf", "nan", "1,5", "heavy"])
def test_a_weight_that_is_no_number_of_0_or_more_is_refused(refusal, cell):
    message = refusal(add={"w": ["1", cell, "1"]}, weighting=Weighting(column="w"))
    assert message.startswith("uk.csv, line 3, column w: not a weight; got")
    assert "allowed: a number of 0 or more" in message


def test_weights_that_are_all_zero_are_refused(refusal):
    assert "column w" in refusal(add={"w": ["0", "0", "0"]}, weighting=Weighting(column="w"))


# ---- many


def test_problems_of_every_sort_come_in_one_pass(refusal):
    message = refusal(
        {(2, "sex"): "3", (3, "age"): "old", (4, "drinks_tea"): "9", (2, "sugar"): ""},
        add={"w": ["1", "-1", "1"]},
        weighting=Weighting(column="w"),
    )
    places = [line.split(":")[0] for line in message.splitlines()]
    assert set(places) >= {
        "uk.csv, line 2, column sex",
        "uk.csv, line 3, column age",
        "uk.csv, line 4, column drinks_tea",
        "uk.csv, line 2, column sugar",
        "uk.csv, line 3, column w",
    }


def test_a_cell_that_is_no_code_is_one_problem_only(refusal):
    assert len(refusal({(3, "sex"): "Female"}).splitlines()) == 1


def test_twenty_problems_are_shown_and_the_rest_counted(small, raw):
    table = raw()
    table.cells["sex"] = "7"
    many = pd.concat([table.cells] * 10, ignore_index=True)
    wrong = type(table)(table.path, table.sha256, many)
    with pytest.raises(JourneybookError) as error:
        check_table(wrong, small.market("uk"), small.codebook, small.settings.quality)
    assert len(error.value.problems) == 30
    assert str(error.value).splitlines()[-1] == "... and 10 more problems of this kind"
