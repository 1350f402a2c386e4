"""Small bases and cells: what may be shown of whom."""

from __future__ import annotations

import re

import numpy as np
import pytest
from breaking import Broken, Run
from click.testing import CliRunner

from analysis import Market, open_market
from analysis.cli import main
from analysis.report.carried import rows_csv
from analysis.report.rows import Reading
from analysis.study.codebook import Figure

QUESTION = "last_reason"  # of few respondents, with an answer that nobody gave


def internal(broken: Broken) -> Market:
    broken.text("params/study.yaml", "profile: public", "profile: internal")
    return open_market("uk", broken.path("params"))


def test_b055_a_category_that_nobody_chose_keeps_its_place(broken: Broken, public_uk: Market) -> None:
    codes = [str(code) for code in public_uk.book.choices(QUESTION)]
    shown, inside = public_uk.shares(QUESTION).rows, internal(broken).shares(QUESTION).rows
    assert list(shown["answer"])[: len(codes)] == list(inside["answer"])[: len(codes)] == codes
    nobody = inside[inside["estimate"] == 0]
    assert len(nobody)
    assert {str(Reading(row)) for _, row in nobody.iterrows()} == {"0\u202f%"}
    assert set(shown.loc[nobody.index, "flag"]) == {"suppressed"}  # 0 % follows the rule in public


@pytest.mark.slow
def test_b056_a_market_of_a_few_respondents_has_pages_that_say_so(broken: Broken) -> None:
    lines = broken.path("data/raw/uk.csv").read_bytes().splitlines(keepends=True)
    broken.raw(b"".join(lines[:25]))
    study = broken.path("params/study.yaml")
    kept = re.sub(
        r"(?m)^    (?!headlines|sample|key_figures)\w+: .*\n", "", study.read_text("utf-8").split("chapters:\n")[1]
    )
    text = study.read_text("utf-8").split("chapters:\n")[0] + "chapters:\n" + kept
    study.write_text(text, "utf-8")
    answer = CliRunner().invoke(main, ["report", "uk"])
    assert answer.exit_code == 0, answer.output
    used = open_market("uk", broken.path("params")).respondents.sample.used
    told = f"United Kingdom: sample too small to report (n = {used}, under 30)"
    assert f"Warning: {told}" in answer.output
    for page in ("index.html", "uk/headlines.html", "uk/sample.html"):
        assert told in broken.path(f"build/site/{page}").read_text("utf-8")
    assert "[c]" in broken.path("build/site/uk/headlines.html").read_text("utf-8")


@pytest.mark.parametrize("profile", ["public", "internal"])
def test_b057_a_small_base_has_one_rule_in_every_place(broken: Broken, public_uk: Market, profile: str) -> None:
    market = public_uk if profile == "public" else internal(broken)
    found = market.shares(QUESTION, by="sector")
    rows, low = found.rows, market.study.settings.low_base
    small = rows["unweighted_base"] < low.suppress_below
    assert (rows.loc[small, "flag"] == "suppressed").all()
    assert rows.loc[rows["flag"] == "low base", "unweighted_base"].between(30, 99).all()
    csv = rows_csv(rows, found.base, found.source)
    table, chart = found.table(title="T"), found.chart(title="T")
    hidden = rows[rows["flag"] == "suppressed"]
    for _, row in hidden.iterrows():
        share = f"{row['estimate']:.6g}"
        assert len(share) < 7 or share not in csv
    assert table.html.count("[c]") >= len(hidden) and ("[c]" in chart.html) == bool(len(hidden))
    assert "*" in table.html or not (rows["flag"] == "low base").any()
    assert 0 < len(hidden) < len(rows)


def test_b058_one_small_cell_takes_another_with_it(public_uk: Market) -> None:
    """By integer programming in test_withholding.py and report/test_suppression.py; here by looking at two lines."""
    alone = 0
    for item in ("phone", "chat"):
        rows = public_uk.shares("reply_expected", item=item, by="age_band").rows
        hidden = rows["flag"] == "suppressed"
        alone += int((hidden.groupby(rows["domain"]).sum() == 1).sum())
        assert hidden.any()
    assert alone == 0


def test_b059_two_tables_of_one_group_withhold_the_same(public_uk: Market) -> None:
    figure = Figure(question="main_reason", answer=7)
    for answer in public_uk.book.choices("age_band"):
        domain = {"age_band": answer}
        alone = public_uk.rows([figure.model_copy(update={"domain": domain})], {"total": {}}).iloc[0]
        beside = public_uk.rows([figure], {"group": domain}).iloc[0]
        assert alone["flag"] == beside["flag"]
        assert alone["unweighted_base"] == beside["unweighted_base"] or np.isnan(beside["unweighted_base"])


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("suppress_below: 30", "suppress_below: 1", "low_base.suppress_below"),
        ("cell_below: 10", "cell_below: 3", "confidentiality.cell_below"),
    ],
)
def test_b095_a_threshold_under_the_floor_needs_a_signed_policy(
    broken: Broken, run: Run, old: str, new: str, key: str
) -> None:
    path = broken.text("params/study.yaml", old, new)
    line = next(n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if new in text)
    run("report", "uk").refuses("config", f"study.yaml, line {line}, {key}", new.split()[-1], "or more", "policy.yaml")
    policy = broken.path("params/policy.yaml")
    policy.write_text("suppress_below: 1\ncell_below: 1\nsigned_by: ''\ndate: 2026-01-31\nreason: A census\n", "utf-8")
    run("report", "uk").refuses("config", "policy.yaml, line 3, signed_by")
    policy.write_text(policy.read_text("utf-8").replace("''", "The data steward"), "utf-8")
    assert open_market("uk", broken.path("params")).study.policy is not None


def test_b122_no_page_prints_the_least_and_the_most(public_uk: Market) -> None:
    """Nor an open answer: the questions that hold them have no table."""
    open_ended = [name for name, question in public_uk.book.questions.items() if question.kind == "open"]
    assert not set(open_ended) & set(public_uk.questions)
    table = public_uk.means("age", by="sex").table(title="Age").html
    ages = public_uk.respondents.numbers("age")
    for end in (ages.min(), ages.max()):
        assert not re.search(rf"<td[^>]*>\s*{end:g}(\.0)?\s*<", table)


def test_b123_what_is_withheld_is_in_no_artefact(broken: Broken, public_uk: Market) -> None:
    inside = internal(broken).shares(QUESTION, by="age_band").rows
    found = public_uk.shares(QUESTION, by="age_band")
    hidden = (found.rows["flag"] == "suppressed") & (inside["estimate"] > 0)
    assert hidden.sum() > 5
    chart, table = found.chart(title="Reasons"), found.table(title="Reasons")
    texts = [chart.html, table.html, chart.text, table.text]
    texts += [text for one in (*chart.carried, *table.carried) for text in (one.csv, one.svg)]
    for value in inside.loc[hidden, "estimate"]:
        for text in texts:
            assert f"{value:.6g}" not in text
    numbers = found.rows.loc[found.rows["flag"] == "suppressed", ["estimate", "std_error", "conf_low", "conf_high"]]
    assert numbers.isna().all().all()
