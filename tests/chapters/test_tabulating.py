"""The tab book's rows against the verbs that pages use: the same shares, letters, nets, means and bases."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest

from analysis import Market, tab_book
from analysis.report.rows import Estimates
from analysis.report.tabbook import workbook
from analysis.report.tabulation import Tabulation
from analysis.study.params import Study

pytestmark = pytest.mark.slow

BOTH = ["estimate", "conf_low", "conf_high", "unweighted_base", "weighted_base", "effective_base"]


@pytest.fixture(scope="module")
def market(study: Study) -> Market:
    """The UK, opened for this alone: what is tabulated stays with it."""
    return Market(study, "uk")


@pytest.fixture(scope="module")
def tables(market: Market) -> Tabulation:
    return tab_book(market)


def same(found: pd.DataFrame, expected: Estimates, domains: list[str] | None = None) -> None:
    """The same figures in the same order, and the same letters and marks."""
    rows = expected.rows if domains is None else expected.rows.assign(domain=domains)
    found = found[found["domain"].isin(set(rows["domain"]))].sort_values(["domain", "line"], kind="stable")
    rows = rows.reset_index(names="place").sort_values(["domain", "place"], kind="stable")
    assert len(found) == len(rows) > 0
    for name in BOTH:
        assert found[name].tolist() == pytest.approx(rows[name].tolist(), rel=1e-9, abs=1e-12, nan_ok=True), name
    for name in ("above", "letter", "flag"):
        assert found[name].tolist() == rows[name].tolist(), name


@pytest.mark.parametrize("question", ["device", "reasons", "age_six", "moment_missed", "region", "influence.social"])
def test_rows_are_those_of_the_topline(uk: Market, tables: Tabulation, question: str) -> None:
    name, _, item = question.partition(".")
    label = uk.book.item_label(name, item) if item else ""
    own = tables.rows
    rows = own[(own["question"] == name) & (own["kind"] == "answer") & (own["table"] == label)]
    same(rows, uk.topline(question))


def test_regions_are_compared_as_any_groups_are(uk: Market, tables: Tabulation) -> None:
    expected = uk.shares("device", by="region")
    domains = ["total" if d == "total" else f"region={d}" for d in expected.rows["domain"]]
    rows = tables.rows.query("question == 'device' and kind == 'answer'")
    same(rows, expected, domains)


def test_nets_and_means_are_those_of_the_market(uk: Market, tables: Tabulation) -> None:
    own = tables.rows.query("question == 'influence' and domain == 'age_band=18-34'")
    young = {"age_band": "18-34"}
    net = own[(own["kind"] == "net") & (own["table"] == uk.book.item_label("influence", "social"))]
    expected = uk.shares("influence", item="social", net="top_2_box", domain=young).rows["estimate"].tolist()
    assert net["estimate"].tolist() == pytest.approx(expected)
    means = own.query("kind == 'mean'")["estimate"].tolist()
    assert means == pytest.approx(uk.means("influence", domain=young).rows["estimate"].tolist())
    composites = tables.rows.query("question == 'themes' and table == 'Lines taken together' and domain == 'total'")
    expected = uk.means("themes", item=list(uk.book.questions["themes"].composites)).rows["estimate"].tolist()
    assert composites["estimate"].tolist() == pytest.approx(expected)


def test_a_net_of_one_answer_is_left_out(tables: Tabulation) -> None:
    labels = tables.rows.query("question == 'influence' and kind == 'net'")["label"]
    assert set(labels) == {"Influential or very influential"}  # the other net is the last answer alone


def test_a_topline_made_with_the_tab_book_is_the_one_made_alone(uk: Market, market: Market, tables: Tabulation) -> None:
    for question in ("device", "reasons", "age_band", "last_reason"):
        kept, alone = market.topline(question), uk.topline(question)
        assert kept is market.toplines[question] and alone.tests is not None and kept.tests is not None
        pd.testing.assert_frame_equal(kept.rows, alone.rows, check_dtype=False)
        pd.testing.assert_frame_equal(kept.tests.sort_index(), alone.tests.sort_index(), check_index_type=False)
        assert (kept.measure, kept.base, kept.source) == (alone.measure, alone.base, alone.source)


def test_replicates_make_their_own_toplines(market: Market, tables: Tabulation) -> None:
    assert market.toplines and not market.with_replicates("bootstrap", replicates=5).toplines


def test_a_banner_says_nothing_of_itself(tables: Tabulation) -> None:
    own = tables.rows[tables.rows["question"] == "sex"]
    assert {domain.partition("=")[0] for domain in own["domain"]} == {"total", "age_band", "region"}


def test_columns_have_the_letters_of_the_whole_book(tables: Tabulation) -> None:
    assert "".join(column.letter for column in tables.columns) == "ABCDEFGHI"
    assert next(c.label for c in tables.columns if c.group == "Region") == "London and the South East"


def test_every_question_that_was_asked_is_there(uk: Market, tables: Tabulation) -> None:
    kinds = {name: question.kind for name, question in uk.book.questions.items()}
    closed = [name for name, kind in kinds.items() if kind not in ("identifier", "date", "open")]
    assert [section.question for section in tables.sections] == closed
    assert set(tables.rows["question"]) == set(closed)


def test_a_question_that_was_not_asked_has_no_sheet(uk: Market) -> None:
    market = Market(uk.study, "uk")
    few = {name: uk.book.questions[name] for name in ("sex", "age", "age_band", "region", "device", "given_up")}
    market.book = uk.book.model_copy(update={"questions": few})
    market.settings = uk.settings.model_copy(update={"not_asked": ("device",)})
    assert [section.question for section in tab_book(market).sections] == [name for name in few if name != "device"]


def test_a_share_in_the_file_is_the_market_s(uk: Market, tables: Tabulation) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(tables)), read_only=True)
    place = 1 + [section.question for section in tables.sections].index("reasons")
    sheet, found = book[f"{place} reasons"], uk.shares("reasons")
    shares = {row[0]: row[1] for row in sheet.iter_rows(min_row=9, values_only=True)}
    for _, row in found.rows.iterrows():
        assert shares[row["label"]] == pytest.approx(row["estimate"])
    assert len(book.sheetnames) == 1 + len(tables.sections)
