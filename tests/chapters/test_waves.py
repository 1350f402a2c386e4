"""Two waves of one market: what moved, told by the test for separate samples."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML
from scipy.stats import t

from analysis import Market, change, open_market
from analysis.errors import JourneybookError

SWAYED = 0.4  # the part of the second wave whom social media now sway


@pytest.fixture(scope="module")
def two_waves(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study with a second wave of the UK: its respondents drawn anew, more of them swayed by social media."""
    folder = tmp_path_factory.mktemp("waves")
    shutil.copytree(root / "params", folder / "params")
    rng = np.random.default_rng(7)
    delivered = pd.read_csv(root / "data" / "raw" / "uk.csv", dtype=str, keep_default_na=False)
    people = delivered.drop_duplicates("resp_id")
    drawn = people.iloc[rng.integers(0, len(people), len(people))].reset_index(drop=True)
    drawn["resp_id"] = [f"W{n}" for n in range(len(drawn))]
    drawn.loc[rng.random(len(drawn)) < SWAYED, "infl_soc"] = "5"
    path = folder / "params" / "uk_2013.csv"
    drawn.to_csv(path, index=False)
    yaml, markets = YAML(), folder / "params" / "markets"
    settings = yaml.load(markets / "uk.yaml")
    shutil.copytree(root / "data", folder / "data")
    yaml.dump(settings, markets / "uk_2012.yaml")
    settings["raw"] = {"path": "uk_2013.csv", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    yaml.dump({**settings, "wave": "2013", "earlier": "uk_2012"}, markets / "uk.yaml")
    return folder / "params"


@pytest.fixture(scope="module")
def later(two_waves: Path) -> Market:
    return open_market("uk", two_waves)


def test_a_wave_has_its_name_in_its_source(later: Market) -> None:
    assert later.wave == "2013"
    assert "wave 2013" in later.source


def test_the_change_is_that_of_separate_samples(later: Market, uk: Market) -> None:
    found = change(later)
    assert found.moved is not None
    row = found.moved.rows.set_index("item").loc["social"]
    now, then = (m.key_figures("social").rows.iloc[0] for m in (later, uk))
    assert row["estimate"] == pytest.approx(now["estimate"] - then["estimate"])
    error = np.hypot(now["std_error"], then["std_error"])
    df = now["degrees_of_freedom"] + then["degrees_of_freedom"]
    assert row["conf_low"] == pytest.approx(row["estimate"] - t.ppf(0.975, df) * error)
    figures = len(later.study.settings.headline_figures)
    p = 2 * t.sf(abs(row["estimate"] / error), df)
    assert p <= row["p_adjusted"] <= figures * p * (1 + 1e-9)  # Holm 1979


def test_what_moved_is_told_and_what_did_not_is_not(later: Market) -> None:
    told = change(later).told
    assert told.startswith("Between 2012 and 2013 these moved")
    assert "swayed by social media by +" in told
    assert "stopped by negative reviews" not in told


def test_both_waves_are_drawn(later: Market) -> None:
    text = change(later).chart().text
    assert "Swayed by social media, 2012: " in text and "Swayed by social media, 2013: " in text
    assert "Difference" in change(later).table(title="Change").html


def test_one_wave_shows_no_change(uk: Market) -> None:
    found = change(uk)
    assert (found.told, found.chart().html, found.table(title="Change").html) == ("", "", "")


def test_the_earlier_wave_is_no_market(two_waves: Path, later: Market) -> None:
    assert later.study.knows("uk_2012")
    assert "uk_2012" not in later.study.settings.markets


def test_an_earlier_wave_without_a_file_is_refused(two_waves: Path, tmp_path: Path) -> None:
    shutil.copytree(two_waves, tmp_path / "params")
    file = tmp_path / "params" / "markets" / "uk.yaml"
    file.write_text(file.read_text("utf-8").replace("earlier: uk_2012", "earlier: uk_2021"), "utf-8")
    with pytest.raises(JourneybookError, match="no such market file; got 'uk_2021'"):
        open_market("uk", tmp_path / "params")
