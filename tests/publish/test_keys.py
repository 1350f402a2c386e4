"""Content keys: what a page stands on changes its key, and nothing else does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from reports import edit, page_of, report_of

from analysis.publish import keys
from analysis.publish.keys import Inputs


def parts(project: Path) -> dict[str, dict[str, str]]:
    """The parts of every page, as the project's files are now."""
    report = report_of(project)
    inputs = Inputs(report.study)
    return {str(page): inputs.parts(page) for page in report.pages}


def changed(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> dict[str, set[str]]:
    """Page to the names of its parts that differ, for pages with any."""
    found = {
        page: {n for n in {**before[page], **after[page]} if before[page].get(n) != after[page].get(n)}
        for page in after
    }
    return {page: names for page, names in found.items() if names}


def test_the_same_files_give_the_same_keys(small: Path) -> None:
    assert changed(parts(small), parts(small)) == {}


def test_code_changes_the_pages_of_its_notebook_alone(small: Path) -> None:
    before = parts(small)
    edit(small / "notebooks" / "market" / "sample.ipynb", "market.sample.chart(", "market.sample.chart( ")
    assert changed(before, parts(small)) == {f"{code}/sample": {"notebook"} for code in ("uk", "fr", "de")}


def test_prose_changes_no_key_and_a_placeholder_does(small: Path) -> None:
    before, path = parts(small), small / "notebooks" / "market" / "sample.ipynb"
    edit(path, "An online panel reaches", "An on-line panel reaches")
    assert changed(before, parts(small)) == {}
    edit(path, "An on-line panel reaches", "{{ market.name }} reaches")
    assert set(changed(before, parts(small))) == {"uk/sample", "fr/sample", "de/sample"}


def test_a_tag_changes_the_key(small: Path) -> None:
    before = parts(small)
    edit(small / "notebooks" / "market" / "sample.ipynb", '     "parameters"\n', '     "parameters", "kept"\n')
    assert set(changed(before, parts(small))) == {"uk/sample", "fr/sample", "de/sample"}


@pytest.mark.parametrize("name", ["codebook.yaml", "claims.yaml"])
def test_the_codebook_and_the_claims_change_every_page(small: Path, name: str) -> None:
    before = parts(small)
    path = small / "params" / name
    path.write_text(path.read_text(encoding="utf-8") + "# a word more\n", encoding="utf-8")
    assert changed(before, parts(small)) == {page: {name} for page in before}


def test_the_register_changes_every_page_and_its_comments_none(small: Path) -> None:
    before, path = parts(small), small / "params" / "register.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# a word more\n", encoding="utf-8")
    assert changed(before, parts(small)) == {}
    edit(path, "Younger people are influenced more.", "The young are influenced more.")
    assert changed(before, parts(small)) == {page: {"register.yaml"} for page in before}


def test_of_the_study_file_only_what_figures_stand_on_counts(small: Path) -> None:
    before, path = parts(small), small / "params" / "study.yaml"
    edit(path, "limits: {seconds: 600", "# a comment\nlimits: {seconds: 99")
    edit(path, "store: {mebibytes: 2048}", "store: {mebibytes: 7}")
    edit(path, "sample: Who answered", "sample: Who took part")
    assert changed(before, parts(small)) == {}
    edit(path, "delta: 0.05", "delta: 0.04")
    assert changed(before, parts(small)) == {page: {"study.yaml"} for page in before}


def test_a_page_stands_on_the_modules_that_its_notebook_imports(small: Path) -> None:
    found = parts(small)
    market, across = set(found["uk/sample"]), set(found["all/key_figures"])
    assert {"analysis/market.py", "analysis/report/words.py", "analysis/survey/weights.py"} <= market
    assert "analysis/report/report.mplstyle" in market
    own = {"analysis/chapters/comparing.py", "analysis/markets.py", "analysis/report/multiples.py"}
    assert across - market == own
    assert not {name for name in across if "synthetic" in name or "publish/book.py" in name or "cli.py" in name}


def test_how_pages_are_run_is_part_of_what_they_came_from(small: Path) -> None:
    made_by = {"analysis/warm.py", "analysis/publish/render.py", "analysis/publish/forks.py"}
    assert all(made_by <= set(found) for found in parts(small).values())


def test_an_edited_module_changes_the_pages_that_use_it(
    small: Path, anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, digest = parts(small), keys.digest
    monkeypatch.setattr(keys, "digest", lambda path: "edited" if path.name == "markets.py" else digest(path))
    keys.forget()
    headlines = {f"{code}/headlines" for code in ("uk", "fr", "de")}
    assert set(changed(before, parts(small))) == {"all/index", "all/key_figures"} | headlines


def test_what_only_a_type_checker_imports_is_not_used() -> None:
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import analysis.markets\nimport analysis.market\n"
    assert keys._names_imported(code) == ["analysis.market"]


def test_no_import_of_the_package_is_overlooked() -> None:
    """Statements are found by their look; parsing every module finds no more."""
    modules = sorted(keys.PACKAGE.rglob("*.py"))
    assert len(modules) > 50
    for path in modules:
        assert set(keys._names_imported(path.read_text(encoding="utf-8"))) <= set(keys._imported(path)), path.name


def test_a_notebook_with_a_magic_command_stands_on_all_that_is_offered(small: Path) -> None:
    edit(small / "notebooks" / "market" / "sample.ipynb", "market.sample.chart(", "%time market.sample.chart(")
    assert "analysis/markets.py" in parts(small)["uk/sample"]


def test_another_library_changes_every_page(
    small: Path, anew: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = parts(small)
    (tmp_path / "extra" / "fast-1.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "extra")])
    keys.forget()
    assert changed(before, parts(small)) == {page: {"libraries"} for page in before}


def test_a_raw_file_is_its_markets_data_and_not_its_name(small: Path) -> None:
    study = report_of(small).study
    before = Inputs(study)
    names = [f"{code} {part}" for code in ("uk", "fr") for part in ("name", "data")]
    first = before.now(names)
    with (small / "data" / "raw" / "fr.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    second = Inputs(study).now(names)
    assert {name for name in names if first[name] != second[name]} == {"fr data"}
    assert before.now(names) == first  # read once


def test_a_market_that_is_gone_or_unreadable_has_another_key(small: Path) -> None:
    study = report_of(small).study
    good = Inputs(study).of_market("de", "data")
    assert Inputs(study).of_market("it", "data") == "gone"
    edit(small / "params" / "markets" / "de.yaml", "weighting:", "weihgting:")
    broken = Inputs(report_of(small).study).of_market("de", "data")
    assert broken not in (good, "gone")


def test_the_book_stands_on_its_pages_and_its_text(small: Path) -> None:
    report = report_of(small, "uk")
    results = dict.fromkeys(report.pages, "as it was")
    first = keys.of_book(report, results, small / "book")
    assert keys.of_book(report, results, small / "book") == first
    other = {**results, page_of(report, "uk/sample"): "another"}
    assert keys.of_book(report, other, small / "book") != first
    edit(small / "notebooks" / "market" / "sample.ipynb", "An online panel reaches", "An on-line panel reaches")
    assert keys.of_book(report, results, small / "book") != first
