"""Value at stake: the scenario is estimate times input, its interval the estimate's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from analysis import Market, open_market, open_study, value_at_stake
from analysis.chapters.valuing import Value
from analysis.errors import JourneybookError
from analysis.publish.keys import Inputs
from analysis.publish.plan import plan_report
from analysis.study.scenarios import read_scenarios

QUESTIONS = {
    "satisfaction": {"question": "satisfaction", "mean": True},
    "switched": {"question": "switched", "answer": 1},
    "recommend": {"question": "recommend", "mean": True},
    "spend": {"question": "spend", "mean": True},
}


@pytest.fixture(scope="module")
def value(uk: Market) -> Value:
    return value_at_stake(uk, **QUESTIONS)


def change(project: Path, **lines: dict[str, object]) -> Path:
    """The study folder with keys of some lines of its scenario changed."""
    path = project / "params" / "scenarios.yaml"
    yaml = YAML()
    document = yaml.load(path.read_text("utf-8"))
    for name, keys in lines.items():
        document["lines"][name].update(keys)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    return project / "params"


def test_an_amount_is_customers_times_spend_times_fewer_who_switch(value: Value) -> None:
    line = value.scenarios.lines["airlines"]
    row = value.amounts.query("line == 'airlines' and way == 'stay'").iloc[0]
    switching = value.of("switched").rows
    own = switching[switching["label"] == row["sector"]].iloc[0]
    million = line.customers * line.spend / 1e6
    assert row["estimate"] == pytest.approx(-million * own["estimate"])
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(
        (-million * own["conf_high"], -million * own["conf_low"])
    )


def test_spend_is_customers_times_the_difference(value: Value) -> None:
    row = value.amounts.query("line == 'banks' and way == 'more'").iloc[0]
    own = value.of("spend").rows.set_index("label").loc[row["sector"]]
    assert row["estimate"] == pytest.approx(value.scenarios.lines["banks"].customers / 1e6 * own["estimate"])


def test_a_sector_speaks_only_where_its_base_needs_no_caution(value: Value) -> None:
    bases = value.of("switched").rows.set_index("label")["unweighted_base"]
    for row in value.amounts.query("way == 'stay'").itertuples():
        own = value.scenarios.lines[row.line].sectors
        label = value.of("switched").rows.set_index("domain").loc[str(own[0]), "label"]
        assert row.sector == (label if bases[label] >= 100 else "All sectors")


def test_ten_points_of_a_hundred_are_one_of_ten(uk: Market, value: Value) -> None:
    from analysis import slopes

    one = slopes(uk, {"x": QUESTIONS["spend"]}, QUESTIONS["satisfaction"], of="one").rows.iloc[0]
    assert value.of("spend")["all"].row["estimate"] == pytest.approx(one["estimate"])


def test_the_title_says_whether_it_could_be_chance(value: Value) -> None:
    row = value.of("switched")["all"].row
    clear = row["conf_low"] > 0 or row["conf_high"] < 0
    assert value.finding.endswith("could be chance") != clear


def test_tables_name_inputs_source_and_year(value: Value) -> None:
    html = value.inputs(title="Inputs").html
    assert "Forrester" in html and "2009" in html and "10,000,000" in html and "260" in html
    assert "scenario" in value.table(title="Scenario").html


def test_a_change_of_the_inputs_changes_the_page(project: Path) -> None:
    market = open_market("uk", change(project, banks={"customers": 10_000_000}))
    amounts = value_at_stake(market, **QUESTIONS).amounts.set_index(["line", "way"])["estimate"]
    usual = value_at_stake(open_market("uk", Path(__file__).parents[2] / "params"), **QUESTIONS).amounts
    assert amounts["banks", "more"] == pytest.approx(2 * usual.set_index(["line", "way"])["estimate"]["banks", "more"])


def test_only_the_pages_that_read_the_scenario_are_due_when_it_changes(project: Path) -> None:
    def parts() -> dict[str, dict[str, str]]:
        study = open_study(project / "params")
        return {str(page): Inputs(study).parts(page) for page in plan_report(study, "uk", project).pages}

    before = parts()
    change(project, banks={"customers": 1})
    changed = {page for page, held in parts().items() if held != before[page]}
    assert len(changed) == 1 and "value" in changed.pop()


def test_a_study_may_do_without(project: Path) -> None:
    (project / "params" / "scenarios.yaml").unlink()
    assert read_scenarios(open_study(project / "params")) is None
    with pytest.raises(JourneybookError, match=r"scenarios\.yaml"):
        value_at_stake(open_market("uk", project / "params"), **QUESTIONS)


@pytest.mark.parametrize(
    ("keys", "said"), [({"sectors": [9]}, "no such answer of sector"), ({"customer": 3}, "unknown key")]
)
def test_a_wrong_input_is_refused_with_its_place(project: Path, keys: dict[str, object], said: str) -> None:
    study = open_study(change(project, banks=keys))
    with pytest.raises(JourneybookError) as refusal:
        read_scenarios(study)
    assert said in str(refusal.value) and "lines.banks" in str(refusal.value)
