"""Codes to answers: what stays in a base, what leaves it, and who is not used."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import JourneybookError
from analysis.study.codebook import Figure
from analysis.study.delivered import DeliveredDesign
from analysis.study.respondents import Sample, read_respondents


@pytest.fixture
def read(folder, delivered):
    """The respondents of the small study, with lines of the file or texts of its YAML files changed."""

    def of(replace=(), more="", edits=()):
        text = delivered
        for old, new in replace:
            assert text.count(old) == 1
            text = text.replace(old, new)
        folder.deliver(text + more)
        for name, old, new in edits:
            folder.edit(name, old, new)
        return read_respondents(folder.read(), "uk")

    return of


def values(respondents, **figure):
    """The indicator of a figure, by line, NaN as None."""
    series = respondents.indicator(Figure(**figure))
    return {line: None if np.isnan(value) else int(value) for line, value in series.items()}


# ---- answers and status


def test_answers_are_ordered_categories_in_codebook_order(read):
    answers = read().answers
    assert answers["taste.tea"].cat.ordered
    assert list(answers["taste.tea"].cat.categories) == [1, 2, 3, 4]
    assert list(answers["age_band"].cat.categories) == ["18-34", "35+"]
    assert answers["age"].tolist() == [20, 40, 60]


def test_an_answer_that_nobody_gave_is_still_a_category(read):
    assert 2 in read().answers["sugar"].cat.categories


@pytest.mark.parametrize(
    ("variable", "statuses"),
    [
        ("taste.tea", ["answered", "dont_know", "refused"]),
        ("sugar", ["answered", "answered", "not_asked"]),
        ("age_band", ["answered", "answered", "answered"]),
    ],
)
def test_kinds_of_missing_answer_stay_distinct(read, variable, statuses):
    delivered = read()
    assert delivered.status[variable].tolist() == statuses
    given = delivered.answers[variable].notna()
    assert given.tolist() == [status == "answered" for status in statuses]


NO_ANSWER = ("codebook.yaml", "  refused: [99]\n", "  refused: [99]\n  no_answer: [97]\n")


def test_a_blank_is_no_answer_where_the_codebook_declares_it(read):
    blank = read([("1,99,2,", "1,,2,")], edits=[NO_ANSWER])
    assert blank.status.at[4, "taste.tea"] == "no_answer"


def test_a_blank_of_a_routed_question_is_no_answer_of_those_asked_and_not_asked_of_the_others(read):
    blank = read([("3,4,1\n", "3,4,\n")], edits=[NO_ANSWER])
    assert blank.status["sugar"].tolist() == ["no_answer", "answered", "not_asked"]


def test_somebody_aged_98_is_98_years_old(read):
    # 98 is a don't know of other questions, but here it lies within the range
    old = read(
        [("2,60,0", "2,98,0")],
        edits=[("codebook.yaml", "range: [18, 97]", "range: [18, 99]"), ("codebook.yaml", "[35, 97]", "[35, 99]")],
    )
    assert old.answers.at[4, "age"] == 98
    assert old.answers.at[4, "age_band"] == "35+"


@pytest.mark.parametrize(("age", "band"), [(18, "18-34"), (34, "18-34"), (35, "35+"), (97, "35+")])
def test_a_band_holds_both_its_ends(read, age, band):
    assert read([("1,20,1", f"1,{age},1")]).answers.at[2, "age_band"] == band


@pytest.fixture(scope="module")
def three(small):
    """The three respondents of the small study."""
    return read_respondents(small, "uk")


# ---- bases


def test_dont_knows_stay_in_the_base_and_refusals_leave_it(three):
    assert three.in_base("taste.tea").tolist() == [True, True, False]
    assert values(three, question="taste", item="tea", net="liked") == {2: 1, 3: 0, 4: None}


def test_dont_knows_leave_the_base_where_the_codebook_says_so(read):
    strict = read(edits=[("codebook.yaml", "in_base: [dont_know]", "in_base: []")])
    assert strict.in_base("taste.tea").tolist() == [True, False, False]


def test_those_not_asked_leave_the_base(three):
    assert values(three, question="sugar", answer=1) == {2: 1, 3: 0, 4: None}


# ---- figures


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ({"question": "sex", "answer": 2}, {2: 0, 3: 1, 4: 1}),
        ({"question": "sugar", "net": "sweet"}, {2: 0, 3: 1, 4: None}),
        ({"question": "sugar", "answer": "sweet"}, {2: 0, 3: 1, 4: None}),
        ({"question": "taste", "item": "coffee", "net": "liked"}, {2: 1, 3: 0, 4: 0}),
        ({"question": "taste", "item": "coffee", "answer": 2}, {2: 0, 3: 1, 4: 1}),
        ({"question": "taste", "item": "tea", "answer": "dont_know"}, {2: 0, 3: 1, 4: None}),
        ({"question": "drinks", "item": "tea"}, {2: 1, 3: 0, 4: 0}),
        ({"question": "drinks", "item": "any"}, {2: 1, 3: 1, 4: 0}),
        ({"question": "age_band", "answer": "35+"}, {2: 0, 3: 1, 4: 1}),
    ],
    ids=["single", "net", "net as answer", "grid net", "grid answer", "don't know", "multiple", "multiple net", "band"],
)
def test_a_figure_counts_those_who_gave_its_answer(three, figure, expected):
    assert values(three, **figure) == expected


def test_a_net_of_items_loses_those_who_refused_one_of_them(read):
    refused = read([("2,60,0,0,1,", "2,60,99,0,1,")])
    assert values(refused, question="drinks", item="any") == {2: 1, 3: 1, 4: None}
    assert values(refused, question="drinks", item="coffee") == {2: 1, 3: 1, 4: 0}


def test_a_domain_limits_a_figure(three):
    women = {"question": "drinks", "item": "coffee", "domain": {"sex": 2}}
    assert values(three, **women) == {2: None, 3: 1, 4: 0}


def test_a_multiple_response_needs_an_item(three):
    with pytest.raises(ValueError, match="name an item or a net"):
        three.indicator(Figure(question="drinks"))


@pytest.mark.parametrize(
    ("domain", "inside"),
    [
        ({}, [2, 3, 4]),
        ({"sex": 2}, [3, 4]),
        ({"age_band": "18-34"}, [2]),
        ({"sugar": "sweet"}, [3]),
        ({"sex": 2, "age_band": "35+", "sugar": "sweet"}, [3]),
        ({"taste.coffee": "liked"}, [2]),
        ({"taste.coffee": 2}, [3, 4]),
        ({"taste.tea": "dont_know"}, [3]),
        ({"drinks.tea": 1}, [2]),
        ({"drinks.tea": 0}, [3, 4]),
        ({"sex": 1, "age_band": "35+"}, []),
    ],
)
def test_a_domain_holds_those_who_gave_all_its_answers(three, domain, inside):
    assert list(three.answers.index[three.mask(domain)]) == inside


@pytest.mark.parametrize(
    ("figure", "given"),
    [
        ({"question": "taste", "item": "tea", "answer": "dont_know"}, True),
        ({"question": "taste", "item": "coffee", "answer": "dont_know"}, False),
        ({"question": "sugar", "answer": 2}, True),
    ],
)
def test_a_dont_know_that_nobody_said_is_no_row(three, figure, given):
    assert three.has(Figure(**figure)) is given


# ---- who is used


def test_second_rows_and_speeders_are_dropped_and_counted(read):
    more = "r-902,2020-01-08,400,1,30,1,0,0,1,1,1\nr-904,2020-01-08,59,1,30,1,0,0,1,1,1\n"
    respondents = read(more=more)
    assert respondents.sample == Sample(delivered=5, duplicates=1, speeders=1)
    assert respondents.sample.used == 3
    assert list(respondents.answers.index) == [2, 3, 4]
    assert respondents.answers.at[3, "age"] == 40  # the first row of r-902 is the one used


def test_who_took_the_shortest_time_allowed_is_used(read):
    assert read(more="r-904,2020-01-08,60,1,30,1,0,0,1,1,1\n").sample.speeders == 0


def test_a_second_row_that_is_too_fast_is_counted_once(read):
    sample = read(more="r-902,2020-01-08,10,1,30,1,0,0,1,1,1\n").sample
    assert (sample.duplicates, sample.speeders, sample.used) == (1, 0, 3)


def test_spaces_do_not_make_another_respondent(read):
    assert read(more=" r-902 ,2020-01-08,400,1,30,1,0,0,1,1,1\n").sample.duplicates == 1


def test_respondents_without_a_number_are_refused(read):
    with pytest.raises(JourneybookError, match="line 5, column id"):
        read(more=",2020-01-08,400,1,30,1,0,0,1,1,1\n,2020-01-08,400,1,31,1,0,0,1,1,1\n")


def test_a_file_of_speeders_alone_is_refused(read):
    with pytest.raises(JourneybookError, match="no respondent is left after the quality checks") as error:
        read(edits=[("study.yaml", "minimum_seconds: 60", "minimum_seconds: 3000")])
    assert error.value.kind == "data"


WEIGHT = [
    (
        "markets/uk.yaml",
        "  targets:\n    sex: {1: 49, 2: 51}\n    age_band: {18-34: 30, 35+: 70}\n",
        "  column: seconds\n  note: none\n",
    )
]


def test_a_given_weight_is_that_of_the_respondents_used(read):
    more = "r-902,2020-01-08,700,1,30,1,0,0,1,1,1\n"
    assert read((), more, WEIGHT).design.weights.to_dict() == {2: 300, 3: 400, 4: 500}


def test_without_design_columns_there_is_no_design(three):
    assert three.design == DeliveredDesign()


def test_nothing_of_an_identifier_reaches_the_answers(read):
    respondents = read(edits=[("markets/uk.yaml", "mode: online", "mode: online\nidentifiers: [id]")])
    for frame in (respondents.answers, respondents.status):
        assert not {"id", "respondent", "day"} & set(frame.columns)
        assert "r-90" not in frame.to_csv()
        assert "2020-01" not in frame.to_csv()


def test_no_identifier_of_the_bundled_study_reaches_the_answers(study):
    respondents = read_respondents(study, "uk")
    assert not {"resp_id", "respondent", "interview_date"} & set(respondents.answers.columns)
    assert "UK1" not in respondents.answers.to_csv()  # a respondent number of data/raw/uk.csv


# ---- the bundled study


@pytest.mark.parametrize(("market", "used"), [("uk", 430), ("de", 429)])
def test_the_bundled_files_hold_six_speeders_and_three_second_rows(study, market, used):
    # USED, SPEEDERS and DUPLICATES of src/analysis/study/synthetic/files.py; 3,000 over seven markets
    sample = read_respondents(study, market).sample
    assert sample == Sample(delivered=used + 9, duplicates=3, speeders=6)
    assert sample.used == used


# ---- nothing is changed


def test_asking_changes_nothing(three):
    answers, status = three.answers.copy(deep=True), three.status.copy(deep=True)
    figure = Figure(question="drinks", item="any", domain={"sex": 2})
    given, inside = three.indicator(figure), three.mask(figure.domain)
    given[:], inside[:] = 9, True
    pd.testing.assert_frame_equal(three.answers, answers)
    pd.testing.assert_frame_equal(three.status, status)
    assert figure == Figure(question="drinks", item="any", domain={"sex": 2})


def test_reading_changes_no_file(folder, delivered):
    folder.deliver(delivered)
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    read_respondents(folder.read(), "uk")
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before
