"""The register of published figures."""

import pytest
from pydantic import ValidationError

from analysis.study.codebook import Figure
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
