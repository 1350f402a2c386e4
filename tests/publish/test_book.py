"""The book's sources: framed pages, nothing stale, nothing rewritten; an old site survives a failure."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from ruamel.yaml import YAML

from analysis.errors import JourneybookError
from analysis.publish.book import assemble, build
from analysis.publish.keys import of_parts
from analysis.publish.plan import Page, Report, plan_report
from analysis.publish.store import Result
from analysis.study.params import ALL_MARKETS, Study

BANNER = "Illustration, not a finding."


@pytest.fixture
def executed(tmp_path: Path, root: Path) -> Callable[[Report], dict[Page, Result]]:
    """A result for every page, made by hand: no kernel is needed to look at its frame."""

    def make(report: Report) -> dict[Page, Result]:
        results = {}
        for page in report.pages:
            cells = [
                new_markdown_cell("# The finding of {{ place }}\n\nThe lead.", id="finding"),
                new_code_cell('country = "uk"', id="given", metadata={"tags": ["parameters"]}, execution_count=1),
                new_code_cell("country", id="put", metadata={"tags": ["injected-parameters"]}, execution_count=2),
                new_code_cell("1 + 1", id="sum", metadata={"tags": ["kept"]}, execution_count=3),
            ]
            path = tmp_path / "results" / page.source.with_suffix(".ipynb")
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(new_notebook(cells=cells), path)
            results[page] = Result(str(page), {}, {}, {"place": str(page)}, 1.2, 150, path)
        return results

    return make


@pytest.fixture
def tracked(tmp_path: Path, root: Path) -> Path:
    """A folder of notebooks as the results above were filled for, before they were run."""
    cells = [
        new_markdown_cell("# The finding of {{ place }}\n\nThe lead.", id="finding"),
        new_code_cell('country = "uk"', id="given", metadata={"tags": ["parameters"]}),
        new_code_cell("1 + 1", id="sum", metadata={"tags": ["kept"]}),
    ]
    folder = tmp_path / "tracked"
    for path in [*(root / "notebooks").rglob("*.ipynb")]:
        stand_in = folder / path.parent.name / path.name
        stand_in.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=cells), stand_in)
    return folder


@pytest.fixture
def written(tmp_path: Path, root: Path, executed: Callable[[Report], dict[Page, Result]]) -> Callable[[Report], Path]:
    """Assembles a report's book and gives its folder."""

    def make(report: Report) -> Path:
        assemble(report, executed(report), root / "book", tmp_path / "book")
        return tmp_path / "book"

    return make


@pytest.fixture(scope="module")
def small(study: Study) -> Study:
    """The bundled study with three markets of two chapters: quick to frame."""
    market = {name: study.settings.chapters.market[name] for name in ("headlines", "sample")}
    across = {"key_figures": study.settings.chapters.markets["key_figures"]}
    chapters = study.settings.chapters.model_copy(update={"market": market, "markets": across})
    settings = study.settings.model_copy(update={"markets": ("uk", "fr", "de"), "chapters": chapters})
    return replace(study, settings=settings)


@pytest.fixture
def uk_report(small: Study, root: Path, tracked: Path) -> Report:
    return standing_in(plan_report(small, "uk", root), tracked)


@pytest.fixture
def whole_report(small: Study, root: Path, tracked: Path) -> Report:
    return standing_in(plan_report(small, ALL_MARKETS, root), tracked)


@pytest.fixture
def fielded(uk_report: Report, monkeypatch: pytest.MonkeyPatch) -> Report:
    """The UK's report, as if its respondents had been interviewed."""
    original = Study.market
    monkeypatch.setattr(
        Study, "market", lambda self, code: original(self, code).model_copy(update={"source": "fielded"})
    )
    return uk_report


def standing_in(report: Report, folder: Path) -> Report:
    """The report, its notebooks replaced by those of the same names in the folder."""
    pages = [replace(p, notebook=folder / p.notebook.parent.name / p.notebook.name) for p in report.pages]
    return replace(report, pages=tuple(pages))


def opening(book: Path, source: str) -> str:
    return str(nbformat.read(book / f"{source}.ipynb", as_version=4).cells[0].source)


def names(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_every_page_and_every_hand_written_page_is_there(
    written: Callable[[Report], Path], uk_report: Report, root: Path
) -> None:
    book = written(uk_report)
    own = {p.name for p in (root / "book").iterdir() if p.is_file()}
    pages = {f"{page.source.as_posix()}.ipynb" for page in uk_report.pages}
    assets = {p.relative_to(root / "book").as_posix() for p in (root / "book" / "_static").rglob("*") if p.is_file()}
    assert names(book) == own | pages | assets | {"_toc.yml"}


def test_the_contents_name_every_page_once(written: Callable[[Report], Path], whole_report: Report) -> None:
    book = written(whole_report)
    contents = YAML(typ="safe").load((book / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter for part in contents["parts"] for chapter in part["chapters"]]
    files = [page["file"] for chapter in chapters for page in [chapter, *chapter.get("sections", [])]]
    expected = {page.source.as_posix() for page in whole_report.pages} - {"index"}
    assert contents["root"] == "index"
    assert sorted(files) == sorted(expected | {"how_to_read", "methods", "data", "questionnaire", "glossary", "build"})
    assert all((book / f"{f}.md").is_file() or (book / f"{f}.ipynb").is_file() for f in files)


def test_no_placeholder_is_left_in_a_hand_written_page(written: Callable[[Report], Path], uk_report: Report) -> None:
    texts = [path.read_text(encoding="utf-8") for path in written(uk_report).glob("*.*")]
    assert texts and not any("{{" in text or "{%" in text for text in texts)


def test_a_setting_the_pages_do_not_know_stops_the_book(
    tmp_path: Path, uk_report: Report, executed: Callable[[Report], dict[Page, Result]]
) -> None:
    pages = tmp_path / "pages"
    (pages / "_static").mkdir(parents=True)
    (pages / "data.md").write_text("# {{ study.no_such_setting }}", encoding="utf-8")
    with pytest.raises(Exception, match="no_such_setting"):
        assemble(uk_report, executed(uk_report), pages, tmp_path / "book")
    assert not (tmp_path / "book").exists()


def test_files_of_an_earlier_report_are_removed(
    written: Callable[[Report], Path], uk_report: Report, whole_report: Report
) -> None:
    assert (written(whole_report) / "fr" / "sample.ipynb").is_file()
    book = written(uk_report)
    assert not any(name.startswith(("fr/", "markets/")) for name in names(book))


def test_code_is_hidden_and_its_tags_kept(written: Callable[[Report], Path], uk_report: Report) -> None:
    cells = nbformat.read(written(uk_report) / "uk" / "sample.ipynb", as_version=4).cells
    assert [c.metadata["tags"] for c in cells if c.cell_type == "code"] == [
        ["parameters", "remove-input"],
        ["injected-parameters", "remove-input"],
        ["kept", "remove-input"],
    ]


def test_a_page_opens_with_its_finding_then_its_way_back_its_lead_and_its_banner(
    written: Callable[[Report], Path], uk_report: Report
) -> None:
    text = opening(written(uk_report), "uk/sample")
    places = [text.index(part) for part in ("# The finding", "jb-crumbs", "The lead.", BANNER)]
    assert places == sorted(places)
    assert 'href="../index.html"' in text


def test_crumbs_link_the_same_chapter_of_every_other_market(
    written: Callable[[Report], Path], whole_report: Report
) -> None:
    links = re.findall(r'href="([^"]+)"', opening(written(whole_report), "fr/sample"))
    others = [f"../{code}/sample.html" for code in whole_report.markets if code != "fr"]
    beside = ["../uk/sample.html", "../de/sample.html"]
    assert links == ["../index.html", "headlines.html", *beside, *others]


def test_chapters_of_many_markets_unfold_below_their_market(
    written: Callable[[Report], Path], whole_report: Report
) -> None:
    contents = YAML(typ="safe").load((written(whole_report) / "_toc.yml").read_text(encoding="utf-8"))
    markets = next(part["chapters"] for part in contents["parts"] if part["caption"] == "Market by market")
    names = [whole_report.study.market_name(code) for code in whole_report.markets]
    assert [chapter["title"] for chapter in markets] == names
    assert [page["file"] for page in markets[1]["sections"]] == ["fr/sample"]


def test_a_market_alone_has_no_siblings_to_link(written: Callable[[Report], Path], uk_report: Report) -> None:
    assert "the same in" not in opening(written(uk_report), "uk/sample")


@pytest.mark.parametrize("source", ["index", "markets/key_figures"])
def test_pages_across_markets_have_no_crumbs(
    written: Callable[[Report], Path], whole_report: Report, source: str
) -> None:
    assert "jb-crumbs" not in opening(written(whole_report), source)


def test_every_page_of_a_synthetic_market_has_the_banner(
    written: Callable[[Report], Path], whole_report: Report
) -> None:
    book = written(whole_report)
    assert all(BANNER in opening(book, page.source.as_posix()) for page in whole_report.pages)
    assert BANNER in (book / "data.md").read_text(encoding="utf-8")


def test_no_page_of_a_fielded_market_has_the_banner(written: Callable[[Report], Path], fielded: Report) -> None:
    book = written(fielded)
    assert not any(BANNER in opening(book, page.source.as_posix()) for page in fielded.pages)
    assert BANNER not in (book / "data.md").read_text(encoding="utf-8")


def test_only_the_synthetic_markets_of_a_mixed_study_have_the_banner(
    written: Callable[[Report], Path], whole_report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Study.market

    def mixed(self: Study, code: str) -> object:
        market = original(self, code)
        return market.model_copy(update={"source": "fielded"}) if code == "fr" else market

    monkeypatch.setattr(Study, "market", mixed)
    book = written(whole_report)
    assert BANNER in opening(book, "uk/sample") and BANNER in opening(book, "index")
    assert BANNER not in opening(book, "fr/sample")


def test_a_name_is_text_and_never_markup(
    written: Callable[[Report], Path], whole_report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Study, "market_name", lambda self, code: f"<b>{code}</b> & more")
    assert "<b>uk</b>" not in opening(written(whole_report), "fr/sample")


def test_prose_is_as_it_is_now_and_outputs_as_they_were_run(
    written: Callable[[Report], Path], uk_report: Report, tracked: Path
) -> None:
    path = tracked / "market" / "sample.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("The lead.", "A better lead."), encoding="utf-8")
    page = nbformat.read(written(uk_report) / "uk" / "sample.ipynb", as_version=4)
    assert "A better lead." in page.cells[0].source and "# The finding of uk/sample" in page.cells[0].source
    assert [c.execution_count for c in page.cells if c.cell_type == "code"] == [1, 2, 3]


def test_the_book_says_what_each_page_came_from_and_nothing_that_differs_between_runs(
    written: Callable[[Report], Path], whole_report: Report
) -> None:
    text = (written(whole_report) / "build.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    assert len(rows) == len(whole_report.pages)
    assert all(f"`{of_parts({})[:12]}`" in row for row in rows)  # the results above have no parts
    assert re.findall(r"^## (.+)$", text, flags=re.M)[2:] == ["All markets", "Germany", "France", "United Kingdom"]
    assert "1.2" not in text and "150" not in text  # seconds and MiB of the results above


def test_the_methods_list_every_markets_targets_with_their_source(
    written: Callable[[Report], Path], whole_report: Report
) -> None:
    text = (written(whole_report) / "methods.md").read_text(encoding="utf-8")
    assert "#what-verdicts-mean" in text and BANNER in text
    for code in whole_report.markets:
        market = whole_report.study.market(code)
        [row] = [line for line in text.splitlines() if line.startswith(f"| {market.name['en']} |")]
        assert all(f"{share:g}" in row for levels in market.weighting.targets.values() for share in levels.values())
        assert f"| {market.weighting.target_source}, {market.weighting.target_year} |" in row


# ---- the build


@pytest.fixture
def old_site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("an earlier report", encoding="utf-8")
    return site


def survives(site: Path) -> bool:
    left = [path.name for path in site.parent.iterdir() if path.name.startswith(".site")]
    return [p.read_text(encoding="utf-8") for p in site.iterdir()] == ["an earlier report"] and not left


def test_an_old_site_survives_a_build_that_fails(
    tmp_path: Path, old_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr="data.md:3: WARNING: no such link\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(JourneybookError, match="WARNING: no such link") as refusal:
        build(tmp_path / "book", tmp_path, old_site)
    assert refusal.value.exit_code == 5
    assert "jupyter-book.log" in str(refusal.value)
    assert survives(old_site)


def test_a_build_that_says_it_worked_and_made_no_page_is_a_failure(
    tmp_path: Path, old_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.CompletedProcess([], 0, stdout="build succeeded", stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(JourneybookError, match="the build failed"):
        build(tmp_path / "book", tmp_path, old_site)
    assert survives(old_site)


@pytest.mark.slow
def test_a_dead_link_stops_the_book_and_the_old_site_survives(
    tmp_path: Path, root: Path, executed: Callable[[Report], dict[Page, Result]], uk_report: Report, old_site: Path
) -> None:
    assemble(uk_report, executed(uk_report), root / "book", tmp_path / "book")
    page = tmp_path / "book" / "glossary.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n[gone](no_such_page.md)\n", encoding="utf-8")
    with pytest.raises(JourneybookError, match="no_such_page"):
        build(tmp_path / "book", tmp_path, old_site)
    assert survives(old_site)


@pytest.mark.slow
def test_a_new_site_takes_the_old_ones_place_whole(
    tmp_path: Path, root: Path, executed: Callable[[Report], dict[Page, Result]], uk_report: Report, old_site: Path
) -> None:
    (old_site / "stale.html").write_text("an earlier page", encoding="utf-8")
    assemble(uk_report, executed(uk_report), root / "book", tmp_path / "book")
    build(tmp_path / "book", tmp_path, old_site)
    assert "The finding of uk/index" in (old_site / "index.html").read_text(encoding="utf-8")
    assert not (old_site / "stale.html").exists()
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".site")]
