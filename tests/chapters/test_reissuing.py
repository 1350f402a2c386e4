"""What changed since the edition before: figures at their printed percent, verdicts by their word."""

from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
import pytest

from analysis import Markets, Scorecard, citation, compare, since_last
from analysis.chapters.comparing import Compared
from analysis.chapters.reissuing import FIRST, Since, edition_rows
from analysis.report.words import THIN
from analysis.study.editions import COLUMNS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def figures(markets: Markets) -> Compared:
    return compare(markets)


@pytest.fixture(scope="module")
def card(markets: Markets) -> Scorecard:
    return Scorecard(markets)


@pytest.fixture
def before(figures: Compared, card: Scorecard) -> pd.DataFrame:
    """An edition before that gave the very figures of now, to be changed."""
    return edition_rows(figures, card).assign(edition="2025-1")


def at(rows: pd.DataFrame, market: str, figure: str) -> pd.Index:
    return rows.index[(rows["market"] == market) & (rows["figure"] == figure)]


def test_an_edition_holds_every_key_figure_and_verdict_once(figures: Compared, card: Scorecard) -> None:
    rows = edition_rows(figures, card)
    assert not rows.duplicated(["market", "figure"]).any()
    keys = rows[rows["verdict"] == ""]
    assert len(keys) == 8 * len(figures.names)  # seven markets and their average
    asked = card.rows[card.rows["verdict"] != "not asked"]
    assert len(rows) - len(keys) == len(asked[asked["flag"] != "suppressed"])
    social = rows.loc[at(rows, "uk", "social")].iloc[0]
    given = figures.rows[(figures.rows["market"] == "uk") & (figures.rows["item"] == "social")].iloc[0]
    assert social["estimate"] == given["estimate"] and social["unweighted_base"] == given["unweighted_base"]


def test_what_is_suppressed_is_in_no_edition(figures: Compared, card: Scorecard) -> None:
    hidden = figures.rows.assign(flag=figures.rows["flag"].where(figures.rows["market"] != "fr", "suppressed"))
    rows = edition_rows(replace(figures, rows=hidden), card)
    assert set(figures.names) & set(rows.loc[rows["market"] == "uk", "figure"])
    assert not set(figures.names) & set(rows.loc[rows["market"] == "fr", "figure"])


def test_the_same_figures_have_not_moved(figures: Compared, card: Scorecard, before: pd.DataFrame) -> None:
    since = Since(figures, card, before)
    assert "none prints another percent" in since.told and "verdicts changed" in since.told
    assert since.table().html == ""


def test_a_move_below_the_printed_percent_is_none(figures: Compared, card: Scorecard, before: pd.DataFrame) -> None:
    place = at(before, "uk", "social")
    before.loc[place, "estimate"] = round(before.loc[place[0], "estimate"], 2) + 0.0049
    assert "none prints another percent" in Since(figures, card, before).told


def test_figures_and_verdicts_that_moved_are_told(figures: Compared, card: Scorecard, before: pd.DataFrame) -> None:
    one, other = at(before, "se", "social"), at(before, "uk", "email")
    now = round(100 * before.loc[one[0], "estimate"])
    before.loc[one, "estimate"] += 0.10
    before.loc[other, "estimate"] -= 0.02
    changed = at(before, "average", "S0-03")
    assert before.loc[changed, "verdict"].tolist() == ["reproduced"]
    before.loc[changed, "verdict"] = "differs"
    since = Since(figures, card, before)
    assert f"Of {8 * len(figures.names)} figures that edition 2025-1 also gave" in since.told
    assert "two print another percent; the furthest moved is \u201cswayed by social media\u201d in Sweden" in since.told
    assert f"from {now + 10}{THIN}% to {now}{THIN}%" in since.told
    shown = card.counted[card.counted["flag"] != "suppressed"]
    assert f"Of {len(shown)} verdicts 1 changed: 1 from differs to reproduced (\u201c" in since.told
    table = since.table()
    assert table.html.count('scope="row"') == 2  # of the key figures the headlines alone, and the verdict
    assert f"{now + 10}{THIN}%<br>" in table.html and "Edition 2025-1" in table.html


def test_a_market_alone_has_its_own_changes(figures: Compared, card: Scorecard, before: pd.DataFrame) -> None:
    one = Markets(figures.markets.study, ("uk",))
    since = Since(compare(one), Scorecard(one), before)
    assert set(since.both["market"]) == {"uk"}
    assert f"Of {len(figures.names)} figures that edition 2025-1 also gave" in since.told


def test_a_study_without_an_earlier_file_is_a_first_edition(figures: Compared, card: Scorecard) -> None:
    since = Since(figures, card, None)
    assert since.told == FIRST and since.table().html == ""


def test_the_bundled_study_says_why_its_figures_moved(figures: Compared, card: Scorecard) -> None:
    since = since_last(figures, card)
    edition = figures.markets.study.settings.edition
    assert edition is not None and edition.changes is not None
    assert "2026-1" in since.told and since.told.endswith(edition.changes["en"])


def test_the_file_to_take_along_is_the_edition(figures: Compared, card: Scorecard) -> None:
    (carried,) = Since(figures, card, None).file().carried
    held = pd.read_csv(io.StringIO(carried.csv), keep_default_na=False)
    rows = edition_rows(figures, card)
    assert list(held.columns) == COLUMNS and len(held) == len(rows)
    assert held["estimate"].to_numpy() == pytest.approx(rows["estimate"].to_numpy(dtype=float), rel=1e-5)


def test_a_citation_names_edition_day_and_whose_answers(markets: Markets) -> None:
    text = citation(markets)
    edition = markets.study.settings.edition
    assert edition is not None and f"Edition {edition.name}, {edition.date.day} " in text
    assert text.startswith(f"The journeybook authors ({edition.date.year}). *{markets.title}*.")
    assert "3,000 simulated respondents" in text and "Sweden, wave 2012." in text
    unnamed = Markets(markets.study, ("uk",))
    bare = unnamed.study.settings.model_copy(update={"edition": None})
    unnamed.study = replace(unnamed.study, settings=bare)
    assert "Edition" not in citation(unnamed) and citation(unnamed).startswith(f"*{markets.title}*. 430 simulated")
