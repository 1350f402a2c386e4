"""The register of published figures."""

import pytest
from pydantic import ValidationError

from analysis.study.codebook import Codebook, Figure
from analysis.study.register import Claim, Claims, Topline

FIGURE = {"question": "drinks", "item": "tea"}
TOPLINE = {"id": "Q1", "question": "sex", "columns": {"total": {}, "young": {"age_band": "18-34"}}, "source": "Board"}


def claim(**changes):
    return Claim.model_validate({"id": "T-01", "figure": FIGURE, "published": 60, "source": "Board", **changes})


@pytest.mark.parametrize(
    ("changes", "needs"),
    [
        ({"published": None}, "a share needs its published percent"),
        ({"kind": "difference"}, "a difference needs against, against_figure or against_market"),
        (
            {"kind": "difference", "against": {}, "against_market": "fr"},
            "a difference needs against, against_figure or against_market",
        ),
        ({"kind": "mean"}, "a mean needs its published value, and mean: true"),
        ({"kind": "mean", "published": None, "figure": {**FIGURE, "mean": True}}, "a mean needs its published value"),
        ({"kind": "interaction", "against": {"sex": 1}}, "an interaction needs against and beyond"),
        ({"kind": "equivalence", "between": "sex"}, "an equivalence needs between and within"),
        ({"base": 0}, "Input should be greater than 0"),
        ({"kind": "first"}, "'first' needs rivals"),
        ({"kind": "least"}, "Input should be 'share'"),
        ({"figur": FIGURE}, "Extra inputs are not permitted"),
    ],
)
def test_a_claim_that_cannot_be_tested_is_refused(changes, needs):
    with pytest.raises(ValidationError, match=needs):
        claim(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"kind": "difference", "published": None, "against": {}},
        {"kind": "difference", "against_market": "fr"},
        {"kind": "first", "published": None, "rivals": ["coffee"]},
        {"kind": "majority", "published": None},
    ],
)
def test_a_claim_that_can_be_tested_is_read(changes):
    assert claim(**changes).figure == Figure(**FIGURE)


@pytest.mark.parametrize(("markets", "concerned"), [([], True), (["uk"], True), (["fr", "uk"], True), (["fr"], False)])
def test_a_claim_concerns_its_markets_or_all(markets, concerned):
    assert claim(markets=markets).concerns("uk") is concerned


@pytest.mark.parametrize(("market", "concerned"), [("uk", False), ("fr", True)])
def test_a_claim_of_all_markets_leaves_out_those_with_a_figure_of_their_own(market, concerned):
    assert claim(excluding=["uk"]).concerns(market) is concerned


@pytest.mark.parametrize(("market", "printed"), [("uk", 70), ("fr", 60), (None, 60)])
def test_what_was_printed_is_that_of_the_first_claim_that_concerns_the_market(market, printed):
    claims = Claims(claims=(claim(id="T-02", published=70, markets=["uk"]), claim(excluding=["uk"])))
    assert claims.printed(("T-02", "T-01"), market) == printed


def test_nothing_was_printed_of_a_market_that_no_claim_concerns():
    assert Claims(claims=(claim(markets=["uk"]),)).printed(("T-01",), "fr") is None


def test_two_claims_cannot_share_an_id():
    with pytest.raises(ValidationError, match="claim ids used twice: T-01"):
        Claims(claims=(claim(), claim()))


def test_a_claim_and_a_table_cannot_share_an_id():
    table = Topline.model_validate({**TOPLINE, "id": "T-01", "published": {1: [49, 50]}})
    with pytest.raises(ValidationError, match="claim ids used twice: T-01"):
        Claims(claims=(claim(),), toplines=(table,))


def test_a_row_of_a_published_table_needs_a_figure_a_column():
    with pytest.raises(ValidationError, match="topline Q1, row 2: 1 figures, 2 columns"):
        Topline.model_validate({**TOPLINE, "published": {1: [49, 50], 2: [51]}})


def test_a_published_table_stands_for_one_claim_a_cell():
    table = Topline.model_validate({**TOPLINE, "published": {1: [49, 48], 2: [51, 52]}})
    cells = {c.id: (c.figure.answer, c.figure.domain, c.published) for c in Claims(toplines=(table,)).expanded}
    assert cells == {
        "Q1.1.total": (1, {}, 49),
        "Q1.1.young": (1, {"age_band": "18-34"}, 48),
        "Q1.2.total": (2, {}, 51),
        "Q1.2.young": (2, {"age_band": "18-34"}, 52),
    }
    assert {c.topline for c in Claims(toplines=(table,)).expanded} == {"Q1"}


def test_the_rows_of_a_multiple_are_items():
    table = Topline.model_validate({**TOPLINE, "question": "drinks", "published": {"tea": [60, 50]}})
    figure = Claims(toplines=(table,)).expanded[0].figure
    assert (figure.item, figure.answer) == ("tea", None)


def test_the_rows_of_one_line_of_a_grid_are_answers():
    table = Topline.model_validate({**TOPLINE, "question": "taste", "item": "tea", "published": {"liked": [60, 50]}})
    figure = Claims(toplines=(table,)).expanded[0].figure
    assert (figure.item, figure.answer) == ("tea", "liked")


@pytest.mark.parametrize(
    ("question", "row"), [("age_band", "18-34: [30]"), ("sugar", "sweet: [70]")], ids=["band", "net"]
)
def test_the_rows_of_a_single_choice_may_be_bands_or_nets(folder, question, row):
    table = f"  - {{id: Q1, question: {question}, columns: {{total: {{}}}}, published: {{{row}}}, source: Board}}\n"
    folder.write("claims.yaml", "toplines:\n" + table)
    assert folder.read().claims.expanded[0].published in (30, 70)


def test_claims_come_before_the_cells_of_tables():
    table = Topline.model_validate({**TOPLINE, "published": {1: [49, 50]}})
    ids = [c.id for c in Claims(claims=(claim(),), toplines=(table,)).expanded]
    assert ids == ["T-01", "Q1.1.total", "Q1.1.young"]


def test_a_claim_cannot_be_changed():
    one = claim()
    with pytest.raises(ValidationError, match="frozen"):
        one.published = 61
    assert one.published == 60


# ---- what each kind says to be above 0

BOOK = Codebook.model_validate(
    {
        "questions": {
            "drinks": {
                "kind": "multiple",
                "label": "Drinks",
                "items": {"tea": {"label": "T"}, "coffee": {"label": "C"}},
            },
            "sex": {"kind": "single", "label": "Sex", "answers": {1: "M", 2: "F", 3: "X"}},
            "sugar": {"kind": "single", "label": "Sugar", "answers": {1: "Yes", 2: "No"}},
        }
    }
)
TEA, COFFEE = Figure(**FIGURE), Figure(question="drinks", item="coffee")


def tea(**domain):
    return TEA.model_copy(update={"domain": domain})


def test_shares_means_majorities_and_differences_between_markets_have_no_gaps():
    for changes in ({}, {"kind": "majority", "published": None}, {"kind": "difference", "against_market": "fr"}):
        assert claim(**changes).gaps(BOOK) == []


def test_a_difference_is_between_domains_or_figures():
    domains = claim(kind="difference", figure={**FIGURE, "domain": {"sex": 1}}, against={"sex": 2})
    assert domains.gaps(BOOK) == [((1, tea(sex=1)), (-1, tea(sex=2)))]
    figures = claim(kind="difference", against_figure={"question": "drinks", "item": "coffee"})
    assert figures.gaps(BOOK) == [((1, TEA), (-1, COFFEE))]


def test_an_interaction_is_a_difference_less_the_same_beyond():
    one = claim(
        kind="interaction",
        figure={**FIGURE, "domain": {"sugar": 1, "sex": 1}},
        against={"sugar": 2, "sex": 1},
        beyond={"sex": 2},
    )
    expected = (
        (1, tea(sugar=1, sex=1)),
        (-1, tea(sugar=2, sex=1)),
        (-1, tea(sugar=1, sex=2)),
        (1, tea(sugar=2, sex=2)),
    )
    assert one.gaps(BOOK) == [expected]


def test_the_first_is_ahead_of_other_items_or_of_other_answers():
    assert claim(kind="first", published=None, rivals=["coffee"]).gaps(BOOK) == [((1, TEA), (-1, COFFEE))]
    answers = claim(kind="first", published=None, figure={"question": "sex", "answer": 1}, rivals=[2, 3])
    assert [gap[1][1].answer for gap in answers.gaps(BOOK)] == [2, 3]
    line = {"question": "taste", "item": "tea", "answer": 4}
    of_a_line = claim(kind="first", published=None, figure=line, rivals=[3]).gaps(BOOK)[0][1][1]
    assert (of_a_line.item, of_a_line.answer) == ("tea", 3)


def test_likeness_is_of_every_item_between_every_two_answers():
    one = claim(kind="equivalence", published=None, rivals=["coffee"], between="sex", within=10)
    pairs = [(gap[0][1].item, gap[0][1].domain["sex"], gap[1][1].domain["sex"]) for gap in one.gaps(BOOK)]
    assert pairs == [(item, a, b) for item in ("tea", "coffee") for a, b in ((1, 2), (1, 3), (2, 3))]


def test_a_reading_and_a_figure_of_other_people_do_not_count():
    assert claim().counts
    assert not claim(reading_of="T-02").counts
    assert not claim(population="US adults").counts
