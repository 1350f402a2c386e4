"""What must not be in a finished site: each is put into a copy of a good one, and the gate refuses it."""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
from breaking import Broken, Run
from small_site import SmallSite, make_site, workbook

from analysis.publish import gate
from analysis.publish.leaks import Secrets
from analysis.report.carried import frame_csv
from analysis.report.markdown import literal
from analysis.report.tables import plain_table
from analysis.report.workbook import Book
from analysis.study.params import Study
from analysis.study.private import private_values
from analysis.study.raw import read_raw


@pytest.fixture(scope="module")
def cells(study: Study) -> pd.DataFrame:
    """The UK's file as delivered."""
    return read_raw(study.market("uk").raw, study.folder).cells


@pytest.fixture(scope="module")
def secrets(study: Study) -> Secrets:
    own = [path.read_text(encoding="utf-8") for path in study.folder.rglob("*.yaml")]
    return Secrets(private_values(study, "uk"), own)


@pytest.fixture
def site(tmp_path: Path, study: Study, secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> SmallSite:
    monkeypatch.setattr(gate, "Secrets", lambda *_: secrets)  # made once for all tests
    return make_site(tmp_path, study)


@pytest.fixture
def respondent(cells: pd.DataFrame) -> str:
    return str(cells["resp_id"].iloc[7])


@pytest.fixture
def story(cells: pd.DataFrame) -> str:
    return str(next(text for text in cells["beh_story"] if len(text.split()) > 8))


def test_a_good_site_passes(site: SmallSite) -> None:
    site.check()


# ---- B120: respondents


PLACES: dict[str, Callable[[str], str]] = {
    "site/uk/influences.html": lambda text: f"<p>{html.escape(text)}</p>",
    "site/uk/downloads/uk-influences-chart-1.csv": lambda text: f'"{text}",1,2\n',
    "site/searchindex.js": lambda text: json.dumps({"terms": {text.lower(): 0}}),
    "site/provenance.json": lambda text: json.dumps({"values": [text]}),
    "site/uk/_sources/influences.ipynb": lambda text: json.dumps({"cells": [], "text": text}),
    "site/_static/look.svg": lambda text: f"<text>{html.escape(text)}</text>",
    "site/index.html": lambda text: f'<img alt="{html.escape(text)}" src="_static/look.svg">',
}


@pytest.mark.parametrize("place", PLACES)
def test_b120_a_respondents_number_is_found_wherever_it_stands(site: SmallSite, respondent: str, place: str) -> None:
    site.put(PLACES[place](respondent), place)
    told = site.refuses("shows who answered", "uk.csv, column resp_id", page=place.removeprefix("site/"))
    assert respondent not in told and respondent.lower() not in told


@pytest.mark.parametrize("place", PLACES)
def test_b120_a_respondents_own_words_are_found_wherever_they_stand(site: SmallSite, story: str, place: str) -> None:
    site.put(PLACES[place](story), place)
    told = site.refuses("shows a respondent's own words", "column beh_story", page=place.removeprefix("site/"))
    assert story not in told


def test_b120_a_part_of_a_long_answer_is_found_too(site: SmallSite, story: str) -> None:
    site.put(f"<blockquote>{' '.join(story.split()[:8])}</blockquote>")
    site.refuses("shows a respondent's own words")


def test_b120_the_texts_of_a_workbook_are_looked_into(site: SmallSite, respondent: str) -> None:
    name = "uk/downloads/uk-tables.xlsx"
    site.path(f"site/{name}").write_bytes(workbook("Who answered", f"number {respondent}"))
    site.refuses("shows who answered", page=name)


def head(cells: pd.DataFrame, kind: str) -> dict[str, str]:
    """What `cells.head()` gives in a notebook: as HTML, or as plain text."""
    shown = cells.head()
    with pd.option_context("display.max_columns", 20, "display.width", 200):
        return {"text/html": shown.to_html(max_cols=20)} if kind == "html" else {"text/plain": str(shown)}


@pytest.mark.parametrize("kind", ["html", "text"])
@pytest.mark.parametrize("tag", ["remove-input", "remove-cell"])
def test_b120_the_first_rows_of_a_file_are_refused_also_in_a_cell_that_is_not_shown(
    site: SmallSite, cells: pd.DataFrame, kind: str, tag: str
) -> None:
    site.output({"output_type": "execute_result", "metadata": {}, "data": head(cells, kind)}, tags=(tag,))
    page = "uk/influences.ipynb, a page's source"
    told = site.refuses("shows who answered", "5 of them", page=page)
    assert not {number for number in cells["resp_id"].head() if number in told}


@pytest.mark.slow
def test_b120_a_run_that_would_publish_rows_fails_and_leaves_the_old_site(broken: Broken, run: Run) -> None:
    """From the command on: the cell is not shown on the page, and its rows would not leave the machine either."""
    text = broken.path("params/study.yaml").read_text(encoding="utf-8")
    text = text.replace("markets: [uk, fr, de, it, es, nl, se]", "markets: [uk, fr, de]")
    before, after = text.split("chapters:\n")
    kept = [line for line in after.splitlines() if re.match(r"  \w+:|    (headlines|sample|key_figures): ", line)]
    broken.path("params/study.yaml").write_text(f"{before}chapters:\n{chr(10).join(kept)}\n", encoding="utf-8")
    path = broken.path("notebooks/market/sample.ipynb")
    notebook = nbformat.read(path, as_version=4)
    source = 'import pandas as pd\n\npd.read_csv("data/raw/uk.csv").head()'
    notebook.cells.insert(-1, nbformat.v4.new_code_cell(source, id="rows", metadata={"tags": ["remove-cell"]}))
    nbformat.write(notebook, path)
    told = run("report", "uk").refuses("report", "uk/sample.ipynb", "shows who answered", "uk.csv, column resp_id")
    assert "UK10284" not in told
    assert not list(broken.path("build").glob(".site*"))


@pytest.mark.parametrize("kind", ["html", "text"])
def test_b120_rows_without_a_number_are_known_by_their_values(site: SmallSite, cells: pd.DataFrame, kind: str) -> None:
    """Numbers of respondents may be 1, 2, 3: then a row is known by eight of its values in a row."""
    anonymous = cells.drop(columns="resp_id").rename(columns=lambda name: f"column {name}")
    site.output({"output_type": "execute_result", "metadata": {}, "data": head(anonymous, kind)})
    site.refuses("shows a respondent's row", "uk.csv", page="uk/influences.ipynb, a page's source")


def test_b120_a_row_in_a_download_is_known_by_its_values(site: SmallSite, cells: pd.DataFrame) -> None:
    rows = cells.drop(columns="resp_id").head(3).to_csv(index=False, header=False)
    site.put(rows, "site/uk/downloads/uk-influences-chart-1.csv")
    site.refuses("shows a respondent's row", page="uk/downloads/uk-influences-chart-1.csv")


def test_b120_a_table_with_the_columns_of_a_raw_file_is_refused(site: SmallSite) -> None:
    site.put("<table><tr><th></th><th>gender</th><th>age</th><th>region</th></tr></table>")
    site.refuses("a table has the columns of a raw file", "gender, age, region")


def test_b120_numbers_of_a_table_and_of_a_scale_are_no_row(site: SmallSite, cells: pd.DataFrame) -> None:
    site.put("<p>0 1 2 3 4 5 6 7 8 9 10</p><table><tr><td>430</td><td>5</td><td>1</td><td>4</td></tr></table>")
    site.check()


def test_b120_sources_are_not_published(root: Path) -> None:
    assert "html_copy_source: false" in (root / "book" / "_config.yml").read_text(encoding="utf-8")


def test_b120_a_file_that_cannot_be_looked_into_is_refused(site: SmallSite) -> None:
    site.put("PAR1", "site/uk/downloads/respondents.parquet")
    site.refuses("a kind of file that cannot be looked into", page="uk/downloads/respondents.parquet")


# ---- B121: the machine and its secrets

MACHINE = {
    "a home": "/ho" + "me/anna/project/uk.csv",
    "a user on a Mac": "/Us" + "ers/anna/uk.csv",
    "a user on Windows": "C:" + "\\Users\\anna\\uk.csv",
    "a temporary folder": "/tm" + "p/ipykernel_12/1.py:3",
    "a file's address": "file:///srv/uk.csv",
    "a library": "lib/python3.11/site-packages/pandas/core/frame.py",
}
SECRETS = {
    "GitHub": "ghp_" + "a1B2" * 9,
    "GitLab": "glpat-" + "a1B2c" * 4,
    "AWS": "AKIA" + "ABCDEFGH12345678",
    "Google": "AIza" + "a1B2c" * 7,
    "a web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "a private key": "-----BEGIN RSA PRIVATE " + "KEY-----",
    "a bearer": "Authorization: Bearer " + "a1b2c3d4e5" * 3,
    "a password": "db_password = 'correct-horse'",
    "an address with a password": "postgres://anna:correct-horse@host/db",
    "the environment": "environ({'SHELL': 'x'})",
}


@pytest.mark.parametrize("kind", MACHINE)
def test_b121_a_path_of_the_machine_is_refused(site: SmallSite, kind: str) -> None:
    site.put(f"<p>read {MACHINE[kind]} today</p>")
    assert MACHINE[kind] not in site.refuses("holds a path of the machine")


@pytest.mark.parametrize("kind", SECRETS)
def test_b121_what_looks_like_a_secret_is_refused_and_not_told(site: SmallSite, kind: str) -> None:
    site.put(json.dumps({"note": SECRETS[kind]}), "site/provenance.json")
    assert SECRETS[kind] not in site.refuses("holds what looks like a secret", page="provenance.json")


def test_b121_the_projects_own_folder_is_refused(site: SmallSite) -> None:
    site.put(f"<p>read {site.folder}/uk.csv</p>")
    site.refuses("holds a path of the machine")


def test_b121_a_secret_of_the_environment_is_refused(site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENCY_API_TOKEN", "quite plain words")
    site.put("<!-- quite plain words -->")
    assert "quite plain words" not in site.refuses("holds what looks like a secret")


def test_b121_the_name_of_who_made_it_is_refused(site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "annasmith")
    site.put("<p>run by annasmith</p>")
    assert "annasmith" not in site.refuses("holds a name of the machine or of who made it")


def test_b121_a_name_that_is_a_word_of_the_pages_is_no_trace(site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "weighted")
    site.put("<p>weighted to sex and age</p>")
    site.check()


def test_b121_metadata_of_a_notebook_are_looked_into(site: SmallSite) -> None:
    site.output({"output_type": "display_data", "metadata": {"from": MACHINE["a home"]}, "data": {}})
    site.refuses("holds a path of the machine", page="uk/influences.ipynb, a page's source")


def test_b121_links_and_words_like_them_are_no_traces(site: SmallSite) -> None:
    site.put(
        f'<a href="https://example.org/{"home"}/page">home</a> <a href="../uk/influences.html">the token</a> key: none'
    )
    site.check()


# ---- B116 to B119: what a label may not do; tests/browser/test_injection.py has a browser read a hostile study


def test_b116_markup_of_a_label_is_text_in_markdown_tables_and_charts() -> None:
    label = "<script>alert(1)</script> **x**"
    table = plain_table(pd.DataFrame({"label": [label], label: ["1"]}), title=label, measure=label, foot=label)
    assert "<script" not in literal(label) and "*" not in literal(label) and "<script" not in table.html
    assert label in table.carried[0].csv and html.escape(label) in table.html


def test_b118_no_cell_that_is_exported_is_a_formula() -> None:
    starts = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
    csv = frame_csv(pd.DataFrame({"label": starts}))
    assert [line.lstrip('"')[0] for line in csv.splitlines()[1:]] == ["'"] * len(starts)
    book = Book("=1", "=1", dt.date(2012, 2, 17))
    sheet = book.sheet("A", header="=1", footer="=1")
    for row, text in enumerate(starts):
        sheet.text(row, 0, text)
    cells = [cell for (cell,) in openpyxl.load_workbook(io.BytesIO(book.content()))["A"].iter_rows()]
    assert {cell.data_type for cell in cells} == {"s"} and len(cells) == len(starts)


def test_b119_latex_is_shown_as_it_is(root: Path) -> None:
    """No LaTeX is written: neither the book's extensions nor matplotlib's texts know it."""
    assert literal("\\input{/etc/passwd} $x$") == "&#92;input&#123;/etc/passwd&#125; &#36;x&#36;"
    settings = (root / "book" / "_config.yml").read_text(encoding="utf-8")
    assert "dollarmath" not in settings and "amsmath" not in settings and "latex" not in settings
    style = (root / "src" / "analysis" / "report" / "report.mplstyle").read_text(encoding="utf-8")
    assert "text.parse_math: False" in style and "usetex" not in style


@pytest.mark.parametrize(
    "inside", ["<script>1</script>", "<img src=x onerror=alert(1)>", '<a href="javascript:1">x</a>']
)
def test_b116_a_script_in_an_output_is_refused(site: SmallSite, inside: str) -> None:
    site.output({"output_type": "execute_result", "metadata": {}, "data": {"text/html": f"<p>{inside}</p>"}})
    site.refuses("the output holds a script", page="uk/influences.ipynb, a page's source, cell 2")


@pytest.mark.parametrize("target", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x"])
def test_b117_a_link_to_a_script_is_refused(site: SmallSite, target: str) -> None:
    site.put(f'<a href="{target}">x</a>')
    site.refuses("leads to a script", target)


# ---- B124: figures

UNNAMED = {
    "no alt": ('<img src="../_static/look.svg">', "a figure has no alt text"),
    "an empty alt": ('<img src="../_static/look.svg" alt=" ">', "a figure has no alt text"),
    "a file's name": ('<img src="../_static/look.svg" alt="../_images/6b1f.png">', "is a file's name"),
    "a drawing": ('<svg viewBox="0 0 1 1"><path d="M 0 0"/></svg>', "no accessible name (svg)"),
    "an empty label": ('<svg role="img" aria-label=""></svg>', "no accessible name (svg)"),
    "a chart": ('<figure class="jb-figure jb-chart"><p>39 %</p></figure>', "a chart has no alt text"),
    "a frame": ('<iframe src="../index.html"></iframe>', "no accessible name (iframe)"),
}


@pytest.mark.parametrize("kind", UNNAMED)
def test_b124_a_figure_without_a_name_is_refused(site: SmallSite, kind: str) -> None:
    inside, said = UNNAMED[kind]
    site.put(inside)
    site.refuses(said)


def test_b124_a_picture_without_a_title_is_refused(site: SmallSite) -> None:
    name = "uk/downloads/uk-influences-chart-1.svg"
    site.put("<svg><path/></svg>", f"site/{name}")
    site.put(f'<a href="downloads/{Path(name).name}">SVG</a>')
    site.refuses("a figure has no title", page=name)


def test_b124_what_only_decorates_needs_no_name(site: SmallSite) -> None:
    site.put('<svg aria-hidden="true"><path/></svg><img src="../_static/look.svg" alt="" role="presentation">')
    site.check()


# ---- B125: other hosts

ASKING = {
    "a script": '<script src="https://cdn.example.org/mathjax.js"></script>',
    "a style sheet": '<link rel="stylesheet" href="//fonts.example.org/css">',
    "a hint": '<link rel="preconnect" href="https://fonts.example.org">',
    "an image": '<img alt="x" src="http://example.org/x.png">',
    "a larger image": '<img alt="x" src="../_static/look.svg" srcset="https://example.org/x.png 2x">',
    "a frame": '<iframe title="x" src="https://example.org"></iframe>',
    "a form": '<form action="https://example.org"></form>',
    "a style": '<p style="background: url(https://example.org/x.png)">x</p>',
    "a base": '<base href="https://example.org/">',
}
BY_SCRIPT = [
    'fetch("https://example.org/x")',
    'x.open("GET", "https://example.org")',
    'script.src = "//example.org/x.js"',
]


@pytest.mark.parametrize("kind", ASKING)
def test_b125_what_is_loaded_from_another_host_is_refused(site: SmallSite, kind: str) -> None:
    site.put(ASKING[kind])
    site.refuses("asks another host", "example.org")


@pytest.mark.parametrize("script", BY_SCRIPT)
def test_b125_a_script_that_asks_another_host_is_refused(site: SmallSite, script: str) -> None:
    site.put(f";\n{script}", "site/_static/look.js")
    site.refuses("a script asks another host", page="_static/look.js")


@pytest.mark.parametrize(
    "style", ["p { background: url('https://example.org/x.png') }", '@import "https://example.org/x.css";']
)
def test_b125_a_style_sheet_that_asks_another_host_is_refused(site: SmallSite, style: str) -> None:
    site.put(style, "site/_static/look.css")
    site.refuses("a style asks another host", page="_static/look.css")


# ---- B126: links

DEAD = {
    "a page": ('<a href="nowhere.html">x</a>', "there is no such file"),
    "an image": ('<img alt="x" src="../_images/gone.png">', "there is no such file"),
    "a place on another page": ('<a href="../index.html#gone">x</a>', "no such place on that page"),
    "a place on this page": ('<a href="#gone">x</a>', "no such place here"),
    "a name that is not there": ('<p aria-labelledby="gone">x</p>', "no such place here"),
    "a capital letter": ('<a href="../UK/influences.html">x</a>', "differs in capital letters from uk/influences.html"),
    "the root of the host": ('<a href="/index.html">x</a>', "counts from the root of its host"),
    "out of the site": ('<a href="../../index.html">x</a>', "there is no such file"),
}


@pytest.mark.parametrize("kind", DEAD)
def test_b126_a_link_that_leads_nowhere_is_refused(site: SmallSite, kind: str) -> None:
    inside, said = DEAD[kind]
    site.put(inside)
    site.refuses("leads nowhere", said)


def test_b126_a_file_that_a_style_needs_is_missed(site: SmallSite) -> None:
    site.path("site/_static/look.svg").unlink()
    site.refuses("leads nowhere", "look.svg", page="_static/look.css")


# ---- B102, B079: pages of another run, or of another market


def test_b102_a_page_of_an_earlier_run_is_refused(site: SmallSite) -> None:
    site.put("<html><body>yesterday</body></html>", "site/fr/influences.html")
    site.refuses("left by an earlier one", page="fr/influences.html")


def test_b102_a_download_of_an_earlier_run_is_refused(site: SmallSite) -> None:
    site.put("a,b\n", "site/uk/downloads/uk-influences-chart-9.csv")
    site.refuses("left by an earlier run", page="uk/downloads/uk-influences-chart-9.csv")


def test_b102_a_page_that_is_missing_is_told(site: SmallSite) -> None:
    site.path("site/methods.html").unlink()
    site.refuses("the page is missing", page="methods.html")


def test_b079_a_page_is_of_the_market_whose_place_it_has(site: SmallSite, study: Study) -> None:
    uk, fr = (study.settings_of(code).raw.sha256[:12] for code in ("uk", "fr"))
    site.edit(uk, fr)
    site.refuses("the page is of another market than its place", "got 'fr'", "allowed: uk")


def test_b079_a_page_that_does_not_say_its_market_is_refused(site: SmallSite, study: Study) -> None:
    site.edit(f"Raw file sha256 {study.settings_of('uk').raw.sha256[:12]}.", "")
    site.refuses("does not say which market it is of")


def test_errors_of_a_notebook_are_refused(site: SmallSite) -> None:
    site.output({"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": []})
    site.put('<div class="output traceback"><pre>KeyError</pre></div>')
    told = site.refuses("shows an error")
    assert "uk/influences.ipynb, a page's source, cell 2: ended in an error or a warning; got 'KeyError'" in told


def test_all_problems_come_in_one_pass(site: SmallSite, respondent: str) -> None:
    site.put(f'<p>{respondent}</p><img src="gone.png"><a href="javascript:1">x</a>')
    told = site.refuses("shows who answered")
    assert len(told.splitlines()) == 4  # the image has no alt text either
