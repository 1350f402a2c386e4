"""Notebooks read as a chapter: short cells, one finding, no machinery; and each runs on real markets."""

from __future__ import annotations

import ast
import functools
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
CELL_LINES = 12
PARAMETERS = {"country", "study"}

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}/{p.stem}")


@functools.cache
def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def cells(path: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == kind]


def code(path: Path) -> ast.Module:
    return ast.parse("\n".join(cell.source for cell in cells(path, "code")))


def test_there_are_notebooks_for_a_market_and_for_all() -> None:
    assert {path.parent.name for path in NOTEBOOKS} == {"market", "markets"}


@each
def test_it_imports_analysis_and_nothing_below_it(path: Path) -> None:
    imported = [node for node in ast.walk(code(path)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imported
    assert {node.module if isinstance(node, ast.ImportFrom) else "import" for node in imported} == {"analysis"}


@each
def test_it_defines_nothing(path: Path) -> None:
    made = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert not [ast.unparse(node) for node in ast.walk(code(path)) if isinstance(node, made)]


@each
def test_it_touches_neither_paths_nor_warnings(path: Path) -> None:
    text = "\n".join(cell.source for cell in cells(path, "code"))
    assert not re.search(r"sys\.path|filterwarnings|simplefilter|catch_warnings|^\s*[%!]", text, flags=re.M)


@each
def test_its_cells_are_short(path: Path) -> None:
    assert max(len(cell.source.splitlines()) for cell in cells(path, "code")) <= CELL_LINES


@each
def test_it_opens_with_its_one_heading(path: Path) -> None:
    texts = [cell.source for cell in cells(path, "markdown")]
    first = read(path).cells[0]
    assert first.cell_type == "markdown" and first.source.startswith("# ")
    assert len(re.findall(r"^# ", "\n".join(texts), flags=re.M)) == 1


@each
def test_it_makes_no_heading_with_code(path: Path) -> None:
    assert not re.search(r"\b(Markdown|HTML)\(", "\n".join(cell.source for cell in cells(path, "code")))


@each
def test_it_closes_with_where_its_numbers_come_from(path: Path) -> None:
    last = read(path).cells[-1]
    assert last.cell_type == "markdown"
    assert re.search(r"\.provenance|\.source|\.links\(\)", last.source)


@each
def test_its_outputs_are_stripped(path: Path) -> None:
    run = [c.get("id") for c in cells(path, "code") if c.outputs or c.execution_count is not None]
    assert not run
    assert not read(path).metadata.get("widgets")


@each
def test_its_cells_are_named_once(path: Path) -> None:
    names = [cell["id"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert len(names) == len(set(names))


@each
def test_one_cell_holds_its_parameters_and_they_are_two(path: Path) -> None:
    tagged = [cell for cell in cells(path, "code") if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    set_there = {t.id for n in ast.parse(tagged[0].source).body if isinstance(n, ast.Assign) for t in n.targets}
    assert set_there == PARAMETERS


@each
def test_no_number_in_its_text_is_a_typed_result(path: Path) -> None:
    """Percents come from placeholders; only the levels and limits of the method are typed."""
    text = re.sub(r"\{\{.*?\}\}", "", "\n".join(cell.source for cell in cells(path, "markdown")))
    assert set(re.findall(r"(\d+)\s?%", text)) <= {"90", "95", "100"}


# ---- each runs


@pytest.mark.slow
@each
def test_it_is_a_page_of_every_market_it_is_meant_for(path: Path, all_build: Any, markets: Any) -> None:
    codes = [market.code for market in markets.markets]
    stems = [f"{c}/{path.stem}" for c in codes] if path.parent.name == "market" else [f"markets/{path.stem}"]
    expected = ["index"] if path.stem == "landing" else stems
    missing = [stem for stem in expected if not (all_build.site / f"{stem}.html").is_file()]
    assert not missing


@pytest.mark.slow
@each
def test_it_ran_whole_and_no_placeholder_is_left(path: Path, all_build: Any) -> None:
    stem = "index" if path.stem == "landing" else path.stem
    pages = sorted((all_build.folder / "book").rglob(f"{stem}.ipynb"))
    assert pages
    for page in pages:
        notebook = nbformat.read(page, as_version=4)
        ran = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
        assert all(cell.execution_count for cell in ran), page
        assert not [o for c in ran for o in c.outputs if o.output_type in ("error", "stream")], page
        assert "{{" not in "".join(c.source for c in notebook.cells if c.cell_type == "markdown"), page


@pytest.mark.slow
@pytest.mark.parametrize("path", [p for p in NOTEBOOKS if p.parent.name == "market"], ids=lambda p: p.stem)
def test_the_report_of_one_market_has_it(path: Path, uk_build: Any) -> None:
    assert (uk_build.site / "uk" / f"{path.stem}.html").is_file()


@pytest.mark.slow
def test_the_report_of_one_market_links_no_other(uk_build: Any) -> None:
    linked = {link for page in uk_build.pages for link in re.findall(r'href="([^"]+)"', page.read_text("utf-8"))}
    assert not [link for link in linked if re.search(r"\b(fr|de|it|es|nl|se)/\w+\.html", link)]


@pytest.mark.slow
def test_a_market_has_the_same_page_alone_and_among_all(uk_build: Any, all_build: Any) -> None:
    name = Path("book") / "uk" / "influences.ipynb"
    alone, among = (nbformat.read(build.folder / name, as_version=4) for build in (uk_build, all_build))
    assert [c.source for c in alone.cells[1:]] == [c.source for c in among.cells[1:]]
    assert alone.cells[0].source.partition("<nav")[0] == among.cells[0].source.partition("<nav")[0]
    assert [c.get("outputs") for c in alone.cells] == [c.get("outputs") for c in among.cells]


@pytest.mark.slow
def test_it_runs_from_top_to_bottom_as_in_jupyterlab() -> None:
    from nbclient import NotebookClient  # slow to import, and only needed here

    path = ROOT / "notebooks" / "market" / "influences.ipynb"
    notebook = nbformat.read(path, as_version=4)
    done = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert all(cell.execution_count for cell in done.cells if cell.cell_type == "code")
    assert {output.output_type for output in outputs} == {"execute_result"}
    assert all("text/html" in output.data for output in outputs)
