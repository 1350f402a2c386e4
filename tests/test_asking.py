"""A market asked for means, composites and differences, each held against the same by hand; and questions not asked."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from analysis import Market, drivers, headlines, open_market
from analysis.errors import JourneybookError
from analysis.report.disclosure import NOT_ASKED
from analysis.study.codebook import Figure


@pytest.fixture(scope="module")
def weights(uk: Market) -> np.ndarray:
    return uk.design.weights


def weighted(values: pd.Series, weights: np.ndarray) -> float:
    given = values.notna().to_numpy()
    return float(np.average(values[given], weights=weights[given]))


def test_a_mean_is_of_the_codes_of_those_who_answered(uk: Market, weights: np.ndarray) -> None:
    row = uk.means("satisfaction").rows.iloc[0]
    codes = uk.respondents.answers["satisfaction"].astype(float)
    assert row["estimate"] == pytest.approx(weighted(codes, weights))
    assert row["unweighted_base"] == codes.notna().sum() < len(codes)
    assert row["unit"] == "mean"


def test_a_composite_turns_its_reversed_items_round(uk: Market, weights: np.ndarray) -> None:
    answers = uk.respondents.answers[["themes.cho1", "themes.cho2", "themes.cho3"]].astype(float)
    answers["themes.cho3"] = 8 - answers["themes.cho3"]  # a scale of 1 to 7
    enough = answers.notna().sum(axis=1) >= 2
    row = uk.means("themes", item="choice")["choice"].row
    assert row["estimate"] == pytest.approx(weighted(answers.mean(axis=1).where(enough), weights))


def test_means_by_groups_are_compared(uk: Market) -> None:
    found = uk.means("satisfaction", by="age_band")
    old = found.rows.set_index("domain").loc["55+"]
    alone = uk.means("satisfaction", domain={"age_band": "55+"}).rows.iloc[0]
    assert old["estimate"] == pytest.approx(alone["estimate"])
    assert found.tests is not None and len(found.tests) == 3


def test_an_axis_of_means_runs_over_the_scale(uk: Market) -> None:
    assert uk.means("moment_performance").limits == (1, 5)
    assert uk.means("spend").limits is None


def test_a_mean_is_printed_in_its_own_unit(uk: Market) -> None:
    found = uk.means("satisfaction")
    row = found.rows.iloc[0]
    assert str(found["total"]) == f"{row['estimate']:.1f}"
    assert f"{row['conf_low']:.1f} to {row['conf_high']:.1f}" in found.table(title="Satisfaction").html
    assert f"{row['estimate']:.1f}" in found.chart(title="Satisfaction").text


def test_a_difference_is_that_of_the_two_figures_and_keeps_the_smaller_base(uk: Market) -> None:
    forms = [{"question": "main_reason", "answer": 1, "domain": {"form": form}} for form in (1, 2)]
    found = uk.differences({"reviews": (forms[0], forms[1])}, measure="A less B", base="all").rows.iloc[0]
    first, second = (uk.shares("main_reason", answer=1, domain=form["domain"]).rows.iloc[0] for form in forms)
    assert found["estimate"] == pytest.approx(first["estimate"] - second["estimate"])
    assert found["unweighted_base"] == min(first["unweighted_base"], second["unweighted_base"])
    assert found["unit"] == "points"


def test_p_values_of_differences_are_adjusted_over_all_rows(uk: Market) -> None:
    pairs = {
        f"reason {n}": tuple({"question": "main_reason", "answer": n, "domain": {"form": form}} for form in (1, 2))
        for n in (1, 4, 6)
    }
    together = uk.differences(pairs, measure="", base="").rows["p_adjusted"]  # type: ignore[arg-type]
    alone = [uk.differences({k: pair}, measure="", base="").rows["p_adjusted"].iloc[0] for k, pair in pairs.items()]  # type: ignore[dict-item]
    assert together.min() == pytest.approx(min(1, 3 * min(alone)))  # Holm 1979: the smallest of three times three


def test_drivers_share_out_the_variance(uk: Market) -> None:
    themes = {name: {"question": "themes", "item": name, "mean": True} for name in ("trust", "convenience", "choice")}
    found = drivers(uk, {"question": "satisfaction", "mean": True}, themes, replicates=50).rows
    assert found["estimate"].sum() == pytest.approx(1)
    assert ((found["conf_low"] <= found["estimate"]) & (found["estimate"] <= found["conf_high"])).all()


def test_a_grid_is_one_table_of_items_by_answers(uk: Market) -> None:
    rows = uk.topline("moment_importance").rows
    line = rows[rows["item"] == "fix"]
    one = uk.topline("moment_importance.fix").rows.query("domain == 'total'")
    assert line["estimate"].tolist() == pytest.approx(one["estimate"].tolist())
    assert line["estimate"].sum() == pytest.approx(1)


# ---- answers that differ by market


def test_a_table_by_regions_has_those_of_the_market(uk: Market) -> None:
    rows = uk.shares("given_up", answer=1, by="region").rows
    assert list(rows["domain"]) == ["total", "11", "12", "13", "14"]  # params/markets/uk.yaml
    assert list(rows["letter"]) == ["", "F", "G", "H", ""]  # after sex and age; the last has too low a base
    sizes = uk.topline("region").rows.query("domain == 'total'")
    assert list(sizes["answer"]) == ["11", "12", "13", "14"]
    assert sizes["estimate"].sum() == pytest.approx(1)


def test_the_topline_of_a_page_leaves_out_what_is_for_the_tab_book(uk: Market) -> None:
    assert {domain.partition("=")[0] for domain in uk.topline("device").rows["domain"]} == {"total", "sex", "age_band"}


def test_an_answer_that_was_not_offered_here_was_not_asked(uk: Market) -> None:
    figures = [Figure(question="region", answer=answer) for answer in (11, 21)]
    rows = uk.rows(figures, {"total": {}, "Paris": {"region": 21}})
    assert list(rows["flag"]) == ["", "not asked", "not asked", "not asked"]
    assert list(rows["label"]) == ["London and the South East", "Paris region"] * 2


# ---- a market that did not ask a question


@pytest.fixture(scope="module")
def without(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A copy of the study whose French file lacks the columns of some questions, declared or not."""

    def make(*questions: str, declared: bool = True) -> Path:
        folder = tmp_path_factory.mktemp("study")
        shutil.copytree(root / "params", folder / "params")
        book = open_market("uk", root / "params").study.codebook
        cells = pd.read_csv(root / "data" / "raw" / "fr.csv", dtype=str, keep_default_na=False)
        gone = [column for name in questions for column in book.columns(name).values()]
        path = folder / "params" / "fr.csv"
        cells.drop(columns=gone).to_csv(path, index=False)
        yaml, file = YAML(), folder / "params" / "markets" / "fr.yaml"
        settings = yaml.load(file)
        settings["raw"] = {"path": "fr.csv", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        if declared:
            settings["not_asked"] = list(questions)
        yaml.dump(settings, file)
        shutil.copytree(root / "data", folder / "data")
        return folder / "params"

    return make


def test_a_question_that_was_not_asked_says_so(without: Callable[..., Path]) -> None:
    market = open_market("fr", without("influence"))
    found = market.shares("influence", net="top_2_box")
    assert set(found.rows["flag"]) == {"not asked"}
    assert found["social"].full == "not asked in this market"
    assert "Not asked in this market" in found.chart(title="Influence").html
    assert "Not asked in this market" in found.table(title="Influence").html
    assert market.shares("reasons").rows["flag"].ne("not asked").all()


def test_an_average_leaves_out_who_did_not_ask(without: Callable[..., Path]) -> None:
    folder = without("influence")
    told = headlines(open_market("uk", folder))
    asked = told.rows[(told.rows["item"] == "social") & (told.rows["flag"] != NOT_ASKED)].set_index("market")[
        "estimate"
    ]
    assert told.held.startswith(", each beside the average of the markets that asked")
    assert len(asked) == 7 and asked["average"] == pytest.approx(asked.drop("average").mean())
    assert headlines(open_market("fr", folder)).title == "Swayed by social media: not asked in this market"


def test_a_group_that_was_not_asked_about_says_so(without: Callable[..., Path]) -> None:
    rows = open_market("fr", without("device")).shares("given_up", by="device").rows
    assert set(rows[rows["domain"] != "total"]["flag"]) == {"not asked"}
    assert set(rows[rows["domain"] == "total"]["flag"]) == {""}


def test_a_column_that_is_missing_and_not_declared_is_refused(without: Callable[..., Path]) -> None:
    with pytest.raises(JourneybookError, match=r"infl_mail.*if influence was not asked there, list it under not_asked"):
        open_market("fr", without("influence", declared=False))


def test_what_depends_on_a_question_that_was_not_asked_is_named(without: Callable[..., Path]) -> None:
    with pytest.raises(JourneybookError, match="support_last depends on a question listed here"):
        open_market("fr", without("needed_support"))


@pytest.mark.parametrize(("name", "problem"), [("influense", "no such question"), ("sex", "cannot do without")])
def test_a_question_that_cannot_be_left_out_is_refused(name: str, problem: str, root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "params", tmp_path / "params")
    with (tmp_path / "params" / "markets" / "fr.yaml").open("a", encoding="utf-8") as file:
        file.write(f"not_asked: [{name}]\n")
    with pytest.raises(JourneybookError, match=problem):
        open_market("fr", tmp_path / "params")
