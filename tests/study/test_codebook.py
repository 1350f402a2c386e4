"""Questions, answers, missing codes, routing, nets and labels."""

import pytest
from pydantic import ValidationError

from analysis.errors import JourneybookError
from analysis.study.codebook import Codebook, Figure

SEX = {"kind": "single", "label": "Sex", "answers": {1: "Male", 2: "Female"}}
AGE = {"kind": "number", "label": "Age", "range": [18, 99]}


def codebook(missing=None, **questions):
    return Codebook.model_validate({"missing": missing or {}, "questions": questions})


@pytest.mark.parametrize(
    ("question", "lacks"),
    [
        ({"kind": "grid", "label": "Taste", "answers": {1: "Bad"}}, "items"),
        ({"kind": "multiple", "label": "Drinks"}, "items"),
        ({"kind": "bands", "label": "Age", "of": "age"}, "bands"),
        ({"kind": "bands", "label": "Age", "bands": {"18+": [18, 99]}}, "'of'"),
        ({"kind": "single", "label": "Sex"}, "answers or a scale"),
    ],
)
def test_a_question_that_is_not_complete_is_refused(question, lacks):
    with pytest.raises(ValidationError, match=f"of kind {question['kind']} needs {lacks}"):
        codebook(q=question, age=AGE)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("scale: liking", "scale: likking", "uses the scale 'likking', which is not defined"),
        ("of: age", "of: aeg", "bands 'aeg', which is not a question"),
        ("question: drinks", "question: drink", "routed by 'drink', which is not a question"),
        ("answers: [any]}", "answers: [milk]}", "routed by answer 'milk', not in drinks"),
        ("answers: [tea, coffee]", "answers: [tea, milk]", r"net drinks.any has the answer 'milk', not in drinks"),
        ("answers: [3, 4]", "answers: [4, 5]", r"net taste.liked has the answer 5, not in taste"),
        ("kind: multiple", "kind: multipel", "Input should be 'single', 'multiple'"),
        ("items: {tea: {label: Tea},", "items: {tea: {lable: Tea},", "unknown key; got 'lable'.*did you mean label"),
    ],
)
def test_a_name_that_the_codebook_does_not_hold_is_refused(folder, old, new, problem):
    folder.edit("codebook.yaml", old, new)
    with pytest.raises(JourneybookError, match=problem) as error:
        folder.read()
    assert "codebook.yaml, line" in str(error.value)


def test_a_wrong_question_is_named_with_its_line(folder):
    folder.edit("codebook.yaml", "{tea: {label: Tea}, coffee", "{tea: {lable: Tea}, coffee")
    line = folder.line("codebook.yaml", "lable")
    with pytest.raises(JourneybookError, match=f"codebook.yaml, line {line}, questions.taste.items.tea"):
        folder.read()


def test_routing_by_a_line_of_a_grid_is_refused(folder):
    # a condition names a question and its answers; which line of the grid it cannot say
    folder.edit("codebook.yaml", "{question: drinks, answers: [any]}", "{question: taste, answers: [liked]}")
    with pytest.raises(JourneybookError, match="sugar"):
        folder.read()


def test_several_faults_come_in_one_pass(folder):
    folder.edit("codebook.yaml", "answers: [any]}", "answers: [milk]}")
    folder.edit("codebook.yaml", "answers: [3, 4]", "answers: [4, 5]")
    with pytest.raises(JourneybookError, match=r"taste\.liked has the answer 5(?s:.*)\n.*milk"):
        folder.read()


def test_a_question_without_a_column_stands_under_its_own_name(small):
    assert small.codebook.columns("sex") == {"sex": "sex"}
    assert small.codebook.columns("duration") == {"duration": "seconds"}


def test_an_item_stands_under_its_question_and_name_unless_it_names_a_column(small, study):
    assert small.codebook.columns("taste") == {"taste.tea": "taste_tea", "taste.coffee": "taste_coffee"}
    assert study.codebook.columns("influence")["influence.social"] == "infl_soc"  # params/codebook.yaml


def test_bands_have_no_column(small):
    assert small.codebook.columns("age_band") == {}
    assert "age_band" not in small.codebook.all_columns


def test_all_columns_are_those_of_every_question(small):
    expected = "respondent day duration sex age drinks.tea drinks.coffee drinks.none taste.tea taste.coffee sugar"
    assert list(small.codebook.all_columns) == expected.split()


def test_answers_and_nets_of_a_scale_are_those_of_the_questions_that_use_it(small):
    assert list(small.codebook.answers("taste")) == [1, 2, 3, 4]
    assert small.codebook.nets("taste")["liked"].answers == (3, 4)


def test_a_market_may_offer_some_answers_of_a_question_only(small):
    book = small.codebook.offering({"sugar": (3, 1), "taste": (4,)})
    assert (book.choices("sugar"), book.choices("taste")) == ([1, 3], [4])
    assert (book.nets("sugar")["sweet"].answers, book.nets("taste")["liked"].answers) == ((3,), (4,))
    assert [figure.answer for figure in book.figures("sugar")] == [1, 3, "dont_know"]
    assert small.codebook.choices("sugar") == [1, 2, 3]
    assert small.codebook.offering({}) is small.codebook


def test_a_mean_is_of_numbers_and_of_scales_that_say_so(study):
    assert [study.codebook.has_mean(name) for name in ("age", "influence", "recommend")] == [True, True, True]
    assert not any(study.codebook.has_mean(name) for name in ("age_band", "sector", "sex", "reasons"))


def test_a_net_of_which_no_answer_was_offered_is_none(small):
    book = small.codebook.offering({"sugar": (1,)})
    found = {answer: book.has_answer("sugar", answer) for answer in (1, 2, "sweet", "dont_know")}
    assert found == {1: True, 2: False, "sweet": False, "dont_know": True}
    assert small.codebook.has_answer("sugar", "sweet")


@pytest.mark.parametrize(
    ("question", "choices"),
    [("sex", [1, 2]), ("drinks", ["tea", "coffee", "none"]), ("age_band", ["18-34", "35+"]), ("taste", [1, 2, 3, 4])],
)
def test_what_a_respondent_can_choose_stands_in_codebook_order(small, question, choices):
    assert small.codebook.choices(question) == choices


def test_missing_codes_are_those_of_the_codebook(small):
    assert small.codebook.missing_codes("sugar") == {-1: "not_asked", 98: "dont_know", 99: "refused"}


def test_a_question_may_have_missing_codes_of_its_own():
    book = codebook({"refused": [99]}, sex={**SEX, "missing": {"dont_know": [9]}}, other=SEX)
    assert book.missing_codes("sex") == {9: "dont_know"}
    assert book.missing_codes("other") == {99: "refused"}


def test_a_number_within_its_range_is_not_missing(study):
    # age runs from 18 to 99 and 98 is a don't know elsewhere: somebody may be 98 (params/codebook.yaml)
    assert study.codebook.missing_codes("age") == {-1: "not_asked"}


def test_a_number_beyond_its_range_may_be_missing(small):
    assert small.codebook.missing_codes("age")[98] == "dont_know"  # 18 to 97


@pytest.mark.parametrize(
    ("question", "answer", "label"),
    [
        ("sex", 2, "Female"),
        ("sugar", "sweet", "Sometimes or always"),
        ("taste", "liked", "Good or lovely"),
        ("age_band", "35+", "35+"),
        ("sugar", "dont_know", "Don't know"),
    ],
)
def test_every_answer_has_a_label(small, question, answer, label):
    assert small.codebook.answer_label(question, answer) == label


def test_an_item_and_a_net_of_items_have_labels(small):
    assert small.codebook.item_label("drinks", "tea") == "Tea"
    assert small.codebook.item_label("drinks", "any") == "Either"


def test_labels_come_in_the_language_asked_for():
    book = codebook(sex={**SEX, "label": {"en": "Sex", "fr": "Sexe"}, "answers": {1: {"en": "Male", "fr": "Homme"}}})
    assert book.question_label("sex", "fr") == "Sexe"
    assert book.answer_label("sex", 1, "fr") == "Homme"
    assert book.answer_label("sex", 1, "de") == "Male"


def test_the_figures_of_a_single_choice_are_its_answers_and_the_dont_knows(small):
    assert [figure.answer for figure in small.codebook.figures("sugar")] == [1, 2, 3, "dont_know"]


def test_the_figures_of_a_multiple_are_its_items(small):
    assert [figure.item for figure in small.codebook.figures("drinks")] == ["tea", "coffee", "none"]
    assert small.codebook.figures("drinks", item="any") == [Figure(question="drinks", item="any")]


def test_the_figures_of_a_grid_are_the_answers_of_each_line(small):
    figures = small.codebook.figures("taste", answer="liked")
    assert [(figure.item, figure.answer) for figure in figures] == [("tea", "liked"), ("coffee", "liked")]
    assert len(small.codebook.figures("taste", item="tea")) == 5  # four answers and don't know


@pytest.mark.parametrize(("figure", "choice"), [({"answer": 2}, 2), ({"net": "sweet"}, "sweet"), ({}, None)])
def test_a_figure_counts_its_net_or_answer(figure, choice):
    assert Figure(question="sugar", **figure).choice == choice


def test_a_codebook_cannot_be_changed(small):
    with pytest.raises(ValidationError, match="frozen"):
        small.codebook.in_base = ()
    assert small.codebook.in_base == ("dont_know",)
