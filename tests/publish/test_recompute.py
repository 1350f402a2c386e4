"""A page computed anew agrees with the site, and whatever was changed in the site is found."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analysis.cli import main
from analysis.publish.plan import Report, plan_report
from analysis.publish.provenance import FILE
from analysis.publish.reading import Reader
from analysis.publish.recompute import compare, page_named, recomputed
from analysis.study.params import Study

PAGE = """
<nav>7 chapters</nav>
<article class="bd-article"><h1>Swayed: 26&#8239;%</h1><p>Of 430, <b>1,112</b> (22 to 30 %).<br>12.5 points</p>
<div class="cell docutils container"><div class="cell_output"><div class="output text_html">
<figure><b class="jb-title">39 % first</b><svg aria-label="FAQ: 39 %" width="7"><path d="M 0 3.5"/></svg>
<style>.a { top: 9px }</style><p class="jb-downloads">Download 3 files</p></figure></div></div></div>
<p>After.</p><div class="jb-made"><p>commit 4c5e67</p></div></article><footer>2012</footer>
"""


def texts(numbers: list[Any]) -> list[str]:
    return [number.text for number in numbers]


def test_the_numbers_of_a_page_are_those_of_its_text_and_of_its_figures() -> None:
    page = Reader(PAGE)
    assert texts(page.prose.numbers) == ["26", "430", "1,112", "22", "30", "12.5"]
    [figure] = page.outputs
    assert (figure.title, figure.figures) == ("39 % first", 1)
    assert texts(figure.numbers) == ["39", "39"] and figure.drawn == ["width 7", "d M 0 3.5"]


def test_a_number_is_told_with_the_text_around_it() -> None:
    first = Reader("<p>Recommendations on social networks sway 26 % of UK adults.</p>").prose.numbers[0]
    assert first.context == "Recommendations on social networks sway 26 % of UK adults."


# ---- a built site


@pytest.fixture(scope="module")
def report(study: Study, root: Path) -> Report:
    return plan_report(study, "uk", root)


@pytest.fixture(scope="module")
def fresh(report: Report, uk_build: Any) -> Any:
    page = next(page for page in report.pages if page.chapter == "influences")
    return page, recomputed(report, page, "params", uk_build.site)


@pytest.fixture
def copied(uk_build: Any, tmp_path: Path) -> Path:
    """The built site, and nothing else of the build, to be tampered with."""
    shutil.copytree(uk_build.site, tmp_path / "site")
    return tmp_path / "site"


def other(number: str) -> str:
    return str(int(number) + 1)


def in_the_lead(site: Path) -> str:
    path = site / "uk" / "influences.html"
    text = path.read_text(encoding="utf-8")
    changed = re.sub(r"(influential for )(\d+)", lambda m: m[1] + other(m[2]), text, count=1)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    return "text, at '"


def in_a_table(site: Path) -> str:
    path = site / "uk" / "influences.html"
    text = path.read_text(encoding="utf-8")
    start = text.index("<table")
    changed = text[:start] + re.sub(r"(<td[^>]*>)(\d+)", lambda m: m[1] + other(m[2]), text[start:], count=1)
    path.write_text(changed, encoding="utf-8")
    return '"Influential or very influential, United Kingdom", at'


def in_the_text_of_a_chart(site: Path) -> str:
    path = site / "uk" / "influences.html"
    text = path.read_text(encoding="utf-8")
    changed = re.sub(r'(aria-label="[^"]*?: )(\d+)', lambda m: m[1] + other(m[2]), text, count=1)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    return "published is"


def in_a_drawing(site: Path) -> str:
    path = site / "uk" / "influences.html"
    text = path.read_text(encoding="utf-8")
    start = text.index('<div class="output text_html"')
    changed = text[:start] + re.sub(r'(<use [^>]*x=")(\d+)', lambda m: m[1] + other(m[2]), text[start:], count=1)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    return "another drawing"


def in_a_download(site: Path) -> str:
    path = sorted((site / "uk" / "downloads").glob("uk-influences-chart-*.csv"))[0]
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    column = rows[0].index("estimate")
    rows[1][column] = f"{float(rows[1][column]) + 0.0001:.6g}"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    return f"{path.name}, line 2, estimate: published is {rows[1][column]}, computed anew is "


def in_a_download_that_is_gone(site: Path) -> str:
    path = sorted((site / "uk" / "downloads").glob("uk-influences-table-*.csv"))[0]
    path.unlink()
    return f"{path.name}: published is no such file"


def in_the_provenance(site: Path) -> str:
    path = site / FILE
    told = json.loads(path.read_bytes())
    values = told["pages"]["uk/influences"]["values"]
    values["market.provenance"] = values["market.provenance"].replace("430", "431")
    path.write_text(json.dumps(told), encoding="utf-8")
    return f"{FILE}, {{{{ market.provenance }}}}: published is "


@pytest.mark.slow
def test_an_untouched_page_is_as_published(fresh: Any, copied: Path) -> None:
    page, computed = fresh
    found = compare(page, copied, computed)
    assert not found.differences
    figures = (copied / "uk" / "influences.html").read_text(encoding="utf-8").count("<figure")
    assert found.figures == figures > 5 and found.sentences > 5
    assert str(found) == (
        f"uk/influences: {found.numbers:,} numbers of {figures} figures and {found.sentences} sentences recomputed, "
        "all as published"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "tamper",
    [
        in_the_lead,
        in_a_table,
        in_the_text_of_a_chart,
        in_a_drawing,
        in_a_download,
        in_a_download_that_is_gone,
        in_the_provenance,
    ],
)
def test_a_number_that_was_changed_in_the_site_is_found(
    fresh: Any, copied: Path, tamper: Callable[[Path], str]
) -> None:
    page, computed = fresh
    where = tamper(copied)
    [problem] = compare(page, copied, computed).differences
    assert str(problem).startswith("uk/influences, ") and where in str(problem)


def verify(copied: Path, page: str) -> Any:
    return CliRunner().invoke(main, ["verify-page", "--build", str(copied.parent), "--", page])


@pytest.mark.slow
def test_the_command_runs_the_page_anew_and_ends_with_five_where_it_differs(
    copied: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    said = verify(copied, "uk/sample")
    assert said.exit_code == 0 and re.search(
        r"^uk/sample: \d+ numbers of 3 figures and .* as published$", said.output, re.M
    )
    path = copied / "uk" / "sample.html"
    path.write_text(path.read_text(encoding="utf-8").replace("430 simulated", "431 simulated"), encoding="utf-8")
    said = verify(copied, "uk/sample")
    assert said.exit_code == 5
    assert "not as published" in said.output and "published is 431, computed anew is 430" in said.output


@pytest.mark.slow
def test_other_raw_data_are_refused_before_anything_runs(
    copied: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    path = copied / FILE
    told = json.loads(path.read_bytes())
    sha256 = told["markets"]["uk"]["raw_sha256"]
    path.write_text(json.dumps(told).replace(sha256, "0" * 64), encoding="utf-8")
    said = verify(copied, "uk/influences")
    assert said.exit_code == 5 and len(said.output.splitlines()) == 1
    assert f"uk, uk.csv: not the raw file that the page was made from: sha256 differs; got '{sha256}'" in said.output


@pytest.mark.slow
def test_another_commit_is_told_of_and_the_numbers_still_compared(
    copied: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    path = copied / FILE
    told = json.loads(path.read_bytes()) | {"commit": "0" * 40, "local_changes": False}
    told["inputs"]["codebook.yaml"] = "another"
    path.write_text(json.dumps(told), encoding="utf-8")
    said = verify(copied, "uk/sample")
    assert said.exit_code == 0 and "all as published" in said.output
    assert "uk/sample: made from commit 000000000000, " in said.output and "; here is " in said.output
    assert "changed since it was made: codebook.yaml" in said.output


@pytest.mark.slow
@pytest.mark.parametrize(("name", "near"), [("uk/influence", "uk/influences"), ("UK/young", "uk/young"), ("", None)])
def test_a_page_that_the_site_does_not_have_is_refused_with_the_nearest(
    copied: Path, root: Path, monkeypatch: pytest.MonkeyPatch, name: str, near: str | None
) -> None:
    monkeypatch.chdir(root)
    said = verify(copied, name)
    assert said.exit_code == 2
    [line] = said.output.splitlines()
    assert line.startswith(f"PAGE: the site has no such page; got '{name}'; fix: ")
    assert f"did you mean {near}?" in line if near else "make verify-page PAGE=index" in line


def test_without_a_site_there_is_nothing_to_verify(tmp_path: Path) -> None:
    said = verify(tmp_path / "site", "uk/influences")
    assert said.exit_code == 3 and "there is no site yet" in said.output


def test_a_page_may_be_named_as_its_file(report: Report) -> None:
    told = {"pages": {page.source.as_posix(): {} for page in report.pages}}
    names = ("uk/sample", "uk/sample.html", "uk/sample.ipynb")
    assert {page_named(name, report, told).chapter for name in names} == {"sample"}
