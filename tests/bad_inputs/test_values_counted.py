"""What is odd and yet allowed: it is counted, shown as it is, and changes nothing by itself."""

from __future__ import annotations

import pytest
from breaking import Accepted, Broken

from analysis import Market
from analysis.study.params import Study, read_study

pytestmark = pytest.mark.slow


def opened(broken: Broken, **columns: object) -> Market:
    """The UK with other answers in some columns, opened as a notebook does."""
    frame = broken.frame()
    changed = {name: frame[name].where(frame[name].isna(), code) for name, code in columns.items()}
    broken.raw(frame.assign(**changed).convert_dtypes().to_csv(index=False).encode())
    return Market(read_study(broken.path("params")), "uk")


def test_b053_everybody_gives_one_answer(broken: Broken) -> None:
    """Clopper-Pearson on the effective base, at 0 and 1 a little wider than the Wilson interval that is asked for.

    Of n answers that are all alike, its other end lies at (alpha / 2)^(1 / n) from the far side.
    """
    market = opened(broken, rebuy=5, infl_soc=5)
    for estimates in (market.shares("rebuy"), market.shares("influence", item="social")):
        rows = estimates.rows.set_index("answer")
        for answer, row in rows[rows["flag"] == ""].iterrows():
            reach = 0.025 ** (1 / row["effective_base"])
            whole = str(answer) == "5"
            assert row["estimate"] == whole
            ends = (reach, 1) if whole else (0, 1 - reach)
            assert (row["conf_low"], row["conf_high"]) == pytest.approx(ends, abs=1e-9)
        for piece in (estimates.chart(title="t"), estimates.bars(title="t"), estimates.table(title="t")):
            assert "nan" not in piece._repr_html_().lower()


def test_b054_a_question_without_a_valid_answer(broken: Broken) -> None:
    """Everybody refused: a line in the place of chart and table, and of every sentence about it."""
    names = [name for name in broken.frame() if name.startswith("infl_")]
    market = opened(broken, **dict.fromkeys(names, 99))
    social = market.shares("influence", item="social", net="top_2_box", by="age_band")
    several = market.shares("influence", net="top_2_box").ranked()
    assert social["total"].full == str(several.first()) == "no valid answers (n = 0)"
    for estimates in (social, several):
        assert estimates.unanswered
        for piece in (estimates.chart(title="t"), estimates.table(title="t"), estimates.slopes(title="t")):
            html = piece._repr_html_()
            assert "No valid answers (n = 0)." in html
            assert "<svg" not in html and "<table" not in html
    claims = market.claims.rows
    assert set(claims.loc[claims["unweighted_base"] == 0, "verdict"]) == {"cannot tell"}


def test_b060_straight_lines_and_answers_alike(broken: Broken, study: Study, accepted: Accepted) -> None:
    frame = broken.frame()
    lines = [name for name in frame if name.startswith("infl_")]
    before = accepted().sample
    frame.loc[20:22, lines] = 3
    own = frame["resp_id"][30]
    frame.loc[30] = frame.loc[31]
    frame.loc[30, "resp_id"] = own
    broken.raw(frame.convert_dtypes().to_csv(index=False).encode())
    sample = accepted().sample
    assert (sample.used, sample.speeders, sample.duplicates) == (before.used, before.speeders, before.duplicates)
    account = sample.account
    assert account.straight["influence"] == 3 + before.account.straight.get("influence", 0)
    assert account.alike == 1 + (before.account.alike or 0)
    told = account.sentences(sample.delivered)[0]
    assert f"{account.straight_in_any} gave one answer to every line of a grid" in told
    assert "1 row holds the very answers of an earlier one" in told


def test_b060_straight_lines_of_a_large_file(broken: Broken, study: Study, accepted: Accepted) -> None:
    lines = {name: 3 for name in broken.frame() if name.startswith("infl_")}
    broken.parquet(study, **lines)
    account = accepted(large=True).sample.account
    used = accepted(large=True).sample.used
    assert account.straight == {"influence": used} and account.straight_in_any == used
    assert account.alike is None


def test_b060_the_page_has_the_account(uk: Market) -> None:
    html = uk.sample.facts(title="How it was made")._repr_html_()
    for sentence in uk.respondents.sample.account.sentences(uk.respondents.sample.delivered):
        assert sentence in html
