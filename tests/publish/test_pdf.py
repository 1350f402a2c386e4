"""The printed book: one page of the site's pages, and the PDF that Chromium makes of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from pypdf import PdfReader

from analysis import open_study
from analysis.cli import main
from analysis.errors import EXIT_CODES, JourneybookError
from analysis.publish.pdf import find_chromium, write_pdf
from analysis.publish.plan import Report, plan_report
from analysis.publish.single import Chapter, chapters, single_page

PAGE = """<html><head><link rel="stylesheet" href="{up}_static/a.css?v=1">
<link rel="stylesheet" href="{up}_static/{own}.css"></head><body><nav>everywhere</nav>
<article class="bd-article"><section id="top"><h1>{heading}<a class="headerlink" href="#top">#</a></h1>
<nav class="jb-crumbs"><a href="../index.html">Overview</a></nav>{body}</section></article></body></html>"""
BODY = """<p>Read <a id="on" href="#one">on</a>, <a id="next" href="{up}uk/sample.html#two">next</a>,
<a id="how" href="{up}how_to_read.html">how</a>, <a id="all" href="{up}uk/topline.html">all</a>,
<a id="host" href="https://example.org/x.html#two">host</a>.</p><h2 id="one">One</h2><h3 id="two">Two</h3>
<details><summary>More</summary>folded</details><script>x</script><div class="jb-narrow">phone</div>
<figure><figcaption id="cap">Title</figcaption><svg role="img" aria-label="39 %"><clipPath id="c"></clipPath>
<g clip-path="url(#c)" style="fill: red"><use xlink:href="#m"></use></g></svg>
<table aria-labelledby="cap"><tr><th id="r">R</th><td headers="r k">1</td></tr></table></figure>"""


@pytest.fixture
def report(small: Path) -> Report:
    """The UK's report of three markets and two chapters."""
    return plan_report(open_study(small / "params"), "uk", small)


@pytest.fixture
def site(report: Report, tmp_path: Path) -> Path:
    """What the report's site would be, in a few lines a page."""
    site = tmp_path / "site"
    headings = {"how_to_read": "How to read this", "uk/headlines": "26 % & more", "uk/sample": "Who answered"}
    for name in [*headings, "methods", "data", "glossary"]:
        path = site / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * name.count("/")
        page = PAGE.format(heading=headings.get(name, name), body=BODY.format(up=up), up=up, own=path.stem)
        path.write_text(page, encoding="utf-8")
    return site


@pytest.fixture
def made(report: Report, site: Path) -> dict[str, Chapter]:
    return {chapter.anchor: chapter for chapter in chapters(report, site)}


def body(chapter: Chapter) -> BeautifulSoup:
    return BeautifulSoup(chapter.body, "html.parser")


def test_chapters_stand_between_how_to_read_them_and_what_is_behind_them(made: dict[str, Chapter]) -> None:
    assert list(made) == ["how_to_read", "uk-headlines", "uk-sample", "methods", "data", "glossary"]


def test_a_chapters_title_stands_above_its_finding_and_headings_step_down(made: dict[str, Chapter]) -> None:
    chapter = made["uk-headlines"]
    assert (chapter.title, chapter.finding) == ("Headlines", "26 % & more")
    assert [(h.name, h.get_text()) for h in body(chapter).select("h1, h2, h3, h4")] == [
        ("h2", "26 % & more"),
        ("h3", "One"),
        ("h4", "Two"),
    ]


def test_a_heading_that_only_repeats_the_title_is_printed_once(made: dict[str, Chapter]) -> None:
    assert made["uk-sample"].finding == ""
    assert [h.name for h in body(made["uk-sample"]).select("h1, h2, h3, h4")] == ["h2", "h3"]


def test_links_lead_to_their_place_in_the_page_or_nowhere(made: dict[str, Chapter]) -> None:
    found = {str(a["id"]).partition("--")[2]: a["href"] for a in body(made["uk-headlines"]).select("a")}
    assert found == {
        "on": "#uk-headlines--one",
        "next": "#uk-sample--two",
        "how": "#how_to_read",
        "host": "https://example.org/x.html#two",
    }
    assert "all" in body(made["uk-headlines"]).p.get_text()


def test_what_only_leads_about_on_a_screen_is_gone_and_folds_are_open(made: dict[str, Chapter]) -> None:
    text = body(made["uk-headlines"])
    assert not text.select("nav, script, .jb-narrow, .headerlink")
    assert text.details is not None and text.details.has_attr("open")


def test_ids_are_unique_in_the_whole_page_and_everything_referred_to_is_there(
    report: Report, site: Path, made: dict[str, Chapter], root: Path
) -> None:
    page = BeautifulSoup(
        single_page(report, list(made.values()), root / "book" / "_print", {"uk-sample": 7}), "html.parser"
    )
    ids = [str(tag["id"]) for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    clips = {str(g["clip-path"]) for g in page.select("g")}
    assert clips == {f"url(#{anchor}--c)" for anchor in made}
    assert {u["xlink:href"] for u in page.select("use")} == {f"#{anchor}--m" for anchor in made}
    assert [cell["headers"] for cell in page.select("td")] == [[f"{anchor}--r", f"{anchor}--k"] for anchor in made]
    assert {str(a["href"])[1:] for a in page.select("a[href^='#']")} <= set(ids)


def test_the_page_names_study_market_wave_and_language_and_warns_of_synthetic_respondents(
    report: Report, site: Path, made: dict[str, Chapter], root: Path
) -> None:
    text = single_page(report, list(made.values()), root / "book" / "_print", {"uk-sample": 7})
    page = BeautifulSoup(text, "html.parser")
    assert page.html is not None and page.html["lang"] == "en"
    assert page.title is not None and page.title.text == f"United Kingdom, 2012: {report.study.settings.title['en']}"
    assert "Illustration, not a finding." in page.select_one(".jb-cover .jb-banner").text
    own = [f"_static/{name}.css" for name in ("how_to_read", "headlines", "sample", "methods", "data", "glossary")]
    assert [link["href"] for link in page.select("link")] == ["_static/a.css", *own]
    numbers = {str(a["href"]): a.select_one(".jb-page").text for a in page.select(".jb-contents a")}
    assert list(numbers) == [f"#{anchor}" for anchor in made]
    assert numbers["#uk-sample"] == "7"


def test_a_title_cannot_end_the_style_it_is_quoted_in(
    report: Report, site: Path, made: dict[str, Chapter], root: Path
) -> None:
    hostile = Chapter("x", '"; } </style><script>y</script>', "", "")
    text = single_page(report, [hostile], root / "book" / "_print", {})
    page = BeautifulSoup(text, "html.parser")
    assert not page.select("script")
    assert r"content: \"\\\"; }" not in page.style.text
    assert r'content: "\"; } \3c /style>' in page.style.text


def test_a_page_that_the_site_lacks_is_named(report: Report, site: Path) -> None:
    (site / "uk" / "sample.html").unlink()
    with pytest.raises(JourneybookError, match=r"sample\.html: there is no such page") as refused:
        chapters(report, site)
    assert refused.value.kind == "report"


# ---- refusals


def test_without_chromium_one_line_says_how_to_get_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = CliRunner().invoke(main, ["pdf", "uk"])
    assert ran.exit_code == EXIT_CODES["environment"]
    assert ran.output == "Chromium: it is not installed, and it prints the PDF; fix: apt install chromium\n"
    assert not (project / "build").exists()


@pytest.mark.parametrize(("arguments", "told"), [(["gb"], "did you mean uk?"), ([], "no market was named")])
def test_a_country_is_refused_as_by_report(
    project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(project)
    ran = CliRunner().invoke(main, ["pdf", *arguments])
    assert ran.exit_code == EXIT_CODES["config"]
    assert told in ran.output
    assert not (project / "build").exists()


def test_a_browser_that_prints_nothing_leaves_the_earlier_pdf(
    report: Report, site: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "bin" / "chromium"
    browser.parent.mkdir()
    browser.write_text("#!/bin/sh\necho cannot start >&2\nexit 1\n", encoding="utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", f"{browser.parent}:{os.environ['PATH']}")
    target = tmp_path / "pdf" / "uk.pdf"
    target.parent.mkdir()
    target.write_bytes(b"earlier")
    assert find_chromium() == str(browser)
    with pytest.raises(JourneybookError, match="did not print it; got 'cannot start'"):
        write_pdf(report, site, root / "book" / "_print", target)
    assert [path.read_bytes() for path in target.parent.iterdir()] == [b"earlier"]


# ---- the PDF of the UK


@pytest.fixture(scope="module")
def printed(build_by_command: Callable[..., Any], uk_build: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the command has built the UK's PDF, once, from the pages that its report has rendered."""
    if shutil.which("chromium") is None:
        told = "Chromium is not installed: no PDF can be printed"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    folder = tmp_path_factory.mktemp("printed")
    shutil.copytree(uk_build.folder / "store", folder / "store")
    return Path(build_by_command(folder, "pdf", "uk").folder)


@pytest.fixture(scope="module")
def pdf(printed: Path) -> PdfReader:
    return PdfReader(printed / "pdf" / "uk.pdf")


@pytest.fixture(scope="module")
def texts(pdf: PdfReader) -> list[str]:
    return [page.extract_text() for page in pdf.pages]


def elements(node: Any) -> Iterator[Any]:
    """Every element of the tree of tags, from the top."""
    node = node.get_object()
    if isinstance(node, list):
        for one in node:
            yield from elements(one)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def holds(element: Any, kind: str) -> bool:
    return any(one["/S"] == kind for one in elements(element))


def on_pages(element: Any) -> set[int]:
    """The pages, as numbers of their objects, that an element and all within it stand on."""
    node = element.get_object()
    if isinstance(node, list):
        return set().union(*map(on_pages, node))
    if not isinstance(node, dict):
        return set()
    here = {node.raw_get("/Pg").idnum} if "/Pg" in node else set()
    return here | (on_pages(node["/K"]) if "/K" in node else set())


def top_of_outline(pdf: PdfReader) -> dict[str, int]:
    """The title of each bookmark of the first rank, and the number of the page that it leads to."""
    numbers = {one.title: pdf.get_destination_page_number(one) for one in pdf.outline if not isinstance(one, list)}
    return {title: number + 1 for title, number in numbers.items() if number is not None}


@pytest.mark.slow
def test_the_pdf_is_tagged_and_says_its_language_and_title(pdf: PdfReader, study: Any) -> None:
    assert pdf.root_object["/MarkInfo"]["/Marked"]
    assert pdf.root_object["/Lang"] == "en"
    assert pdf.root_object["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None
    assert pdf.metadata.title == f"United Kingdom, 2012: {study.settings.title['en']}"
    kinds = {one["/S"] for one in elements(pdf.root_object["/StructTreeRoot"])}
    assert {"/Document", "/H1", "/H2", "/H3", "/P", "/Table", "/TR", "/TH", "/TD", "/Figure", "/Link"} <= kinds


@pytest.mark.slow
def test_every_chapter_has_a_bookmark_and_its_page_in_the_contents(
    pdf: PdfReader, texts: list[str], study: Any
) -> None:
    bookmarks = top_of_outline(pdf)
    chapters = {title["en"] for name, title in study.settings.chapters.market.items() if name != "topline"}
    assert chapters | {"Contents", "How to read this", "Methods", "Glossary"} <= set(bookmarks)
    contents = "\n".join(texts[1 : bookmarks["How to read this"] - 1]).splitlines()
    for title, number in bookmarks.items():
        if title != "Contents":
            assert f"{title} {number}" in contents
            assert title in texts[number - 1]


@pytest.mark.slow
def test_every_page_has_its_number_the_market_and_something_to_read(texts: list[str]) -> None:
    wrong = [
        number
        for number, text in enumerate(texts, 1)
        if f"{number} / {len(texts)}" not in text or "United Kingdom, 2012" not in text or len(text) < 200
    ]
    assert len(texts) > 40
    assert not wrong


@pytest.mark.slow
def test_every_page_says_that_the_respondents_are_synthetic(texts: list[str]) -> None:
    assert not [number for number, text in enumerate(texts, 1) if "Synthetic respondents: an illustration" not in text]


@pytest.mark.slow
def test_every_chart_has_its_numbers_as_alternative_text(pdf: PdfReader, printed: Path) -> None:
    page = BeautifulSoup((printed / "pdf/uk/site/single.html").read_text(encoding="utf-8"), "html.parser")
    charts = [str(svg["aria-label"]) for svg in page.select("svg[role=img]")]
    figures = [one.get("/Alt") for one in elements(pdf.root_object["/StructTreeRoot"]) if one["/S"] == "/Figure"]
    assert len(charts) > 30
    assert figures == charts


@pytest.mark.slow
def test_no_chart_and_no_row_of_a_table_breaks_across_pages(pdf: PdfReader) -> None:
    tags = list(elements(pdf.root_object["/StructTreeRoot"]))
    charts = [one for one in tags if one["/S"] == "/Div" and holds(one, "/Figure")]  # with title and foot
    tables = [[row for row in elements(one) if row["/S"] == "/TR"] for one in tags if one["/S"] == "/Table"]
    rows = [row for _, *body in tables for row in body]  # a head is on every page of its table
    assert len(rows) > 300
    assert len(charts) == len([one for one in tags if one["/S"] == "/Figure"])
    assert not [one for one in charts if len(on_pages(one)) != 1]
    assert not [one for one in rows if len(on_pages(one)) > 1]
    assert [one for one in tags if one["/S"] == "/Table" and len(on_pages(one)) > 1]


@pytest.mark.slow
def test_links_within_the_file_reach_a_page(pdf: PdfReader) -> None:
    notes = [note.get_object() for page in pdf.pages for note in page.get("/Annots", [])]
    inside = {str(note["/Dest"]) for note in notes if "/Dest" in note}
    assert len(inside) > 20
    assert inside <= set(pdf.named_destinations)
    assert not [note for note in notes if str(note.get("/A", {}).get("/URI", "")).startswith("file:")]


@pytest.fixture(scope="module")
def tab(browser: Any, printed: Path) -> Iterator[Any]:
    """A tab of Chromium as wide as the printed text, that shows pages as they are printed."""
    width = round((210 - 2 * 16) / 25.4 * 96)  # A4 without the margins of print.css, in CSS pixels
    tab = browser.new_page(viewport={"width": width, "height": 980}, color_scheme="dark")
    tab.emulate_media(media="print")
    yield tab
    tab.close()


@pytest.mark.slow
def test_nothing_is_wider_than_the_paper(tab: Any, printed: Path) -> None:
    tab.goto((printed / "pdf/uk/site/single.html").as_uri())
    wide = tab.evaluate(
        """() => [...document.querySelectorAll("body *:not(svg *)")].filter(e => e.checkVisibility() &&
        e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert not wide


@pytest.mark.slow
def test_one_page_is_printed_from_the_browser_without_what_leads_about_and_in_the_light(
    tab: Any, printed: Path
) -> None:
    tab.goto((printed / "pdf/uk/site/uk/replication.html").as_uri())
    tab.evaluate("document.documentElement.dataset.theme = 'dark'")
    shown = tab.evaluate(
        """() => { const seen = what => [...document.querySelectorAll(what)].filter(
        e => e.checkVisibility() && e.getBoundingClientRect().height > 0); return {
        ink: getComputedStyle(document.querySelector(".jb-title")).color,
        paper: getComputedStyle(document.body).backgroundColor,
        about: seen("nav, .bd-sidebar, .bd-header, .jb-downloads, .headerlink").map(e => e.outerHTML.slice(0, 80)),
        headings: seen("h1").length, folds: seen("details").length, open: seen("details > :not(summary)").length } }"""
    )
    assert shown["ink"] == "rgb(27, 31, 36)"
    assert shown["paper"] == "rgb(255, 255, 255)"
    assert shown["about"] == []
    assert shown["headings"] == 1
    assert shown["open"] >= shown["folds"] > 0


@pytest.mark.slow
def test_the_same_data_print_the_same_bytes_and_the_site_is_left_alone(
    printed: Path, build_by_command: Callable[..., Any]
) -> None:
    path = printed / "pdf" / "uk.pdf"
    before = path.read_bytes()
    assert b"/CreationDate (D:20120217000000" in before  # the last day of fieldwork
    build_by_command(printed, "pdf", "uk")
    assert path.read_bytes() == before
    assert not (printed / "site").exists()
    assert sorted(one.name for one in path.parent.iterdir()) == ["uk", "uk.pdf"]
