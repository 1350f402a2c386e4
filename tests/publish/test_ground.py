"""The ground of a run: laid out elsewhere, the same names lead to the same files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from analysis import open_study
from analysis.publish.ground import put_ground, read_ground
from analysis.publish.share import Share
from analysis.study.locating import locate


@pytest.fixture
def share(tmp_path: Path) -> Share:
    return Share(f"file://{tmp_path}/share")


def lay_out(key: str, share: Share, folder: Path) -> tuple[Path, str]:
    """Where notebooks work elsewhere, and what they call the study there."""
    share.fetch(key, folder / "ground.json")
    ground = read_ground(folder / "ground.json")
    return ground.lay_out(share, folder / "cache", folder / "tree"), ground.study


def test_raw_files_beside_the_project_and_a_study_below_it_keep_their_positions(
    project: Path, share: Share, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / "work" / "studies").mkdir(parents=True)
    shutil.move(project / "params", home / "work" / "studies" / "one")
    shutil.move(project / "data", home / "data")
    for path in (home / "work" / "studies" / "one" / "markets").glob("*.yaml"):
        path.write_text(path.read_text().replace("../data/raw", "../../../data/raw"))
    settings = home / "work" / "studies" / "one" / "study.yaml"
    settings.write_text(f"data: ../../../data/raw\n{settings.read_text()}")
    monkeypatch.chdir(home / "work")
    study = open_study("studies/one")
    key = put_ground(study, Path.cwd(), ["uk"], share)
    where, name = lay_out(key, share, tmp_path / "elsewhere")
    assert name == os.path.relpath(study.folder) == "studies/one"
    shutil.rmtree(home)
    monkeypatch.chdir(where)
    there = open_study(name)
    for code in there.settings.markets:
        found = locate(there.settings_of(code).raw, there.folder)
        assert found.is_relative_to(tmp_path / "elsewhere") and found.stat().st_size > 0
    assert (there.settings, there.claims) == (study.settings, study.claims)


def test_the_same_inputs_have_the_same_key_wherever_the_project_lies(
    project: Path, share: Share, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = []
    for folder in (root, project):
        monkeypatch.chdir(folder)
        keys.append(put_ground(open_study("params"), folder, ["uk"], share))
    assert keys[0] == keys[1]


def test_an_edited_setting_is_another_ground(project: Path, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    before = put_ground(open_study("params"), project, ["uk"], share)
    settings = project / "params" / "markets" / "uk.yaml"
    settings.write_text(settings.read_text() + "\n# edited\n")
    assert put_ground(open_study("params"), project, ["uk"], share) != before


def test_a_market_that_is_not_asked_for_may_lack_its_file(
    project: Path, share: Share, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    (project / "data" / "raw" / "fr.csv").unlink()
    where, _ = lay_out(put_ground(open_study("params"), project, ["uk"], share), share, tmp_path / "elsewhere")
    assert (where / "data" / "raw" / "uk.csv").is_file()
    assert not (where / "data" / "raw" / "fr.csv").exists()


def test_a_ground_is_fetched_once(project: Path, share: Share, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    key = put_ground(open_study("params"), project, ["uk"], share)
    first = lay_out(key, share, tmp_path / "elsewhere")
    share.remove("inputs")
    share.put(tmp_path / "elsewhere" / "ground.json")
    assert lay_out(key, share, tmp_path / "elsewhere") == first
