"""Settings and parameters that are refused before anything is run."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable

import nbformat
import pytest
from breaking import Broken, Run
from tea import STUDY, Tea

from analysis.study.document import DEEPEST, LARGEST

MARKETS = "uk, fr, de, it, es, nl, se"
NOTEBOOK = "notebooks/market/sample.ipynb"
Refused = Callable[..., str]


@pytest.fixture
def refused(tea: Tea, run: Run) -> Refused:
    """The refusal of the small study once a text in one of its files is replaced: its lines."""

    def of(name: str, old: str, new: str, *said: str) -> str:
        path = tea.folder / name
        text = path.read_bytes().decode()
        assert old in text
        path.write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogateescape"))
        return run("report", "uk", "--study", "tea").refuses("config", name, *said)

    return of


def tagged(broken: Broken, tags: list[list[str]]) -> None:
    """Gives the first code cells of a notebook other tags; the source of the first stands in all."""
    path = broken.path(NOTEBOOK)
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, given in zip(cells, tags, strict=False):
        cell.metadata["tags"], cell.source = given, cells[0].source
    nbformat.write(notebook, path)


@pytest.mark.parametrize(("tags", "count"), [([[]], 0), ([["parameters"], ["parameters"]], 2)])
def test_b079_a_notebook_without_or_with_two_parameters_cells(
    broken: Broken, run: Run, tags: list[list[str]], count: int
) -> None:
    """That the page is of the country asked for is checked when it has run: `render` refuses another."""
    tagged(broken, tags)
    told = run("report", "uk").refuses("config", "market/sample.ipynb: the notebook needs one cell tagged parameters")
    assert f"got '{count} such cells, which set " in told


@pytest.mark.parametrize(
    "parameters",
    [
        'country = "uk"',
        'countri = "uk"\nstudy = "params"',
        'country = "uk"\nstudy = "params"\nwave = 2012',
        'country == "uk"\nstudy = "params"',
        'country = "uk\nstudy = "params"',
        'country = "uk"\nstudy = "params"\nimport_os = __import__("os").system("touch x")',
    ],
)
def test_b080_a_parameter_whose_name_the_schema_does_not_have(broken: Broken, run: Run, parameters: str) -> None:
    """Names reach papermill from this cell alone, and those of a run are always country and study."""
    notebook = nbformat.read(broken.path(NOTEBOOK), as_version=4)
    next(cell for cell in notebook.cells if cell.cell_type == "code").source = parameters
    nbformat.write(notebook, broken.path(NOTEBOOK))
    run("report", "uk").refuses("config", "sample.ipynb: the notebook needs one cell", "sets country and study")
    assert not broken.path("x").exists()


@pytest.mark.parametrize(
    ("value", "found"),
    [('"30"', "text in quotes"), ("true", "true or false"), ("30.5", "a number with a point"), ("30 %", "text")],
)
def test_b081_a_value_of_the_wrong_type(refused: Refused, value: str, found: str) -> None:
    told = f"study.yaml, line 7, low_base.suppress_below: found {found}, expected a whole number; got "
    bad = f"low_base: {{suppress_below: {value}}}\nchapters:"
    refused("study.yaml", "chapters:", bad, told + repr(value.strip('"')))


def test_b082_a_required_key_is_missing(refused: Refused) -> None:
    refused("study.yaml", 'wave: "2020"\n', "", "study.yaml, line 1, top level: the key 'wave' is missing; fix: add it")


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_b082_an_empty_file_lists_every_key_that_it_needs(refused: Refused, text: str) -> None:
    told = refused("study.yaml", STUDY, text)
    needed = re.findall(r"the key '(\w+)' is missing", told)
    assert needed == ["title", "introduction", "wave", "markets", "quality", "chapters"]


def test_b083_no_country(broken: Broken, run: Run) -> None:
    run("report").refuses("config", "no market was named", f"allowed: {MARKETS}", "make report COUNTRY=uk")
    assert not broken.path("build/store").exists()


def test_b084_another_name_of_a_market_is_not_folded(run: Run) -> None:
    for name in ("gb", "United Kingdom"):
        run("report", name).refuses("config", f"no such market; got '{name}'; allowed: {MARKETS}", "did you mean uk?")


@pytest.mark.parametrize("country", ["UK", " uk ", "uK", "uk\n"])
def test_b085_a_market_in_other_letters(run: Run, country: str) -> None:
    run("report", country).refuses("config", "no such market", f"allowed: {MARKETS}; fix: did you mean uk?")


@pytest.mark.parametrize(
    "country", ["../../x", "/etc", "%2e%2e", "uk\0", "u" * 300, "..", "uk/../fr", "\ud800", "\u202euk", "all"]
)
def test_b086_a_country_that_is_no_code(broken: Broken, run: Run, country: str) -> None:
    """Codes are those of the study, each a lower-case letter and then letters, digits and underscores."""
    before = sorted(broken.folder.rglob("*"))
    run("report", country).refuses("config", "COUNTRY: no such market", f"allowed: {MARKETS}")
    assert sorted(broken.folder.rglob("*")) == before


@pytest.mark.parametrize("code", ["../uk", "UK", "u k", "u" * 33, "all", "markets", "1uk", ""])
def test_b086_a_code_that_could_be_no_folder(refused: Refused, code: str) -> None:
    refused("study.yaml", "markets: [uk]", f"markets: [{json.dumps(code)}]", "line 4, markets.0: market code")


def test_b088_norway(tea: Tea) -> None:
    tea.write("study.yaml", STUDY.replace("[uk]", "[no, uk]"))
    tea.write("markets/no.yaml", (tea.folder / "markets" / "uk.yaml").read_text().replace("United Kingdom", "no"))
    study = tea.market().study
    assert study.settings.markets == ("no", "uk") and study.market_name("no") == "no"


def test_b089_a_key_that_stands_twice(refused: Refused) -> None:
    wanted = "study.yaml, line 4: the key stands twice, first on line 3; got 'wave'; fix: keep one of the two"
    refused("study.yaml", "wave:", 'wave: "2019"\nwave:', wanted)


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!x", "!!str", "!"])
def test_b090_a_tag(broken: Broken, refused: Refused, tag: str) -> None:
    told = refused(
        "study.yaml", "title: Tea", f'title: {tag} ["touch x"]', "study.yaml, line 1: a tag", "fix: remove it"
    )
    assert f"got '{tag}'" in told
    assert not broken.path("x").exists()


def test_b091_an_alias_bomb(refused: Refused) -> None:
    """Aliases as such are allowed, for questions that share their items; what they stand for is counted each time."""
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    refused(
        "study.yaml", "title: Tea", f"{bomb}title: Tea", "study.yaml, line 6: more than 200000 texts and lists", "fix:"
    )


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")])
def test_b091_deep_nesting(refused: Refused, opening: str, closing: str) -> None:
    before = sys.getrecursionlimit()
    deep = f"title:\n  {opening * 20_000}{closing * 20_000}\n"
    refused("study.yaml", "title: Tea\n", deep, f"study.yaml, line 2: nested more than {DEEPEST} deep")
    assert sys.getrecursionlimit() == before


def test_b091_a_file_that_is_too_large(refused: Refused) -> None:
    refused("study.yaml", "title: Tea", f"# {'x' * LARGEST}\ntitle: Tea", "study.yaml, line 1: the file is too large")


@pytest.mark.parametrize("text", ["010", "12:30", "1e3", "1_000", "2024-01-01", "1.10", "0x1F", "0o17", "+1", "true"])
def test_b092_a_code_that_looks_like_something_else_stays_text(tea: Tea, text: str) -> None:
    """As a band's name, in the weighting's targets, in a figure's domain, and as the wave."""
    tea.write(
        "study.yaml", STUDY.replace('"2020"', text).replace("answer: 1,", f"answer: 1, domain: {{age_band: {text}}},")
    )
    book = (tea.folder / "codebook.yaml").read_text()
    tea.write("codebook.yaml", book.replace("18-34:", f"{text}:"))
    market = (tea.folder / "markets" / "uk.yaml").read_text()
    tea.write("markets/uk.yaml", market.replace("18-34:", f"{text}:"))
    opened = tea.market()
    assert opened.study.settings.wave == text
    assert opened.study.settings.key_figures["tea"].domain == {"age_band": text}
    assert list(opened.settings.weighting.targets["age_band"]) == [text, "35-79"]
    assert next(iter(opened.book.questions["age_band"].bands)) == text


@pytest.mark.parametrize("code", ["010", "1e3", "1_000", "1.10", "2024-01-01", '"1"', "true"])
def test_b092_an_answer_code_is_a_whole_number_written_as_one(refused: Refused, code: str) -> None:
    refused("codebook.yaml", "{1: Male,", f"{{{code}: Male,", "codebook.yaml, line 4, questions.sex", "a whole number")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wave:", "\twave:", "line 3: a tab in the indentation; fix: indent with spaces"),
        ("title:", "\ufefftitle:", "line 1: the file begins with a byte order mark; fix: save it as UTF-8"),
        ("Tea\nintro", "Tea\r\nintro", "line 1: the line does not end in a line feed alone; fix: save it with Unix"),
        ("What", "\udce9t\udce9", "line 2: not UTF-8 text; got 'byte 0xe9'; fix: save it as UTF-8"),
        ("wave", "wa\x00ve", "line 3: not valid YAML"),
        ("wave:", "<<<<<<< HEAD\nwave:", "line 3: merge conflict; fix: take one side"),
    ],
    ids=["tab", "BOM", "CRLF", "Latin-1", "NUL", "merge conflict"],
)
def test_b093_a_file_that_is_saved_wrongly(refused: Refused, old: str, new: str, said: str) -> None:
    refused("study.yaml", old, new, f"study.yaml, {said}")


def test_b094_a_codebook_that_names_a_column_twice(refused: Refused) -> None:
    wanted = "codebook.yaml, line 7, questions.tea: two questions read the column 'sex', beside line 4; fix: name"
    refused("codebook.yaml", "kind: single, label: Tea", "kind: single, column: sex, label: Tea", wanted)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "dont_know: [98]",
            "refused: [98],\n  dont_know: [98]",
            2,
            "the code has two meanings, beside line 1; got '98'",
        ),
        ("2: Female", "98: Female", 4, "an answer has the code of a missing one (dont_know), beside line 1"),
        ("35-79: [35,", "35-79: [34,", 6, "two bands overlap, 18-34 and 35-79, beside line 6"),
        ("[35, 79]", "[79, 35]", 6, "the band ends before it begins; got '[79, 35]'"),
        ("[18, 97]}", "[97, 18]}", 5, "the range ends before it begins"),
    ],
    ids=["two missing", "answer and missing", "two bands", "band", "range"],
)
def test_b094_codes_that_overlap(refused: Refused, old: str, new: str, line: int, said: str) -> None:
    """A missing code within the range of a number is that number: a range such as 0 to 3600 would hold them all."""
    refused("codebook.yaml", old, new, f"codebook.yaml, line {line}, ", said)
