"""One notebook by one market: run whole, filled, the same bytes every time, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from analysis.errors import JourneybookError
from analysis.publish.plan import Page
from analysis.publish.render import render

PARAMETERS = 'country = "uk"\nstudy = "params"'
OPEN = "from analysis import open_market\n\nmarket = open_market(country, study)"


@pytest.fixture
def standing_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(root)
    return root


def page(folder: Path, *cells: str, parameters: str | None = PARAMETERS, country: str = "fr") -> Page:
    """A page of a notebook with these cells; one that starts with # is Markdown."""
    tagged = [] if parameters is None else [new_code_cell(parameters, id="set", metadata={"tags": ["parameters"]})]
    rest = [
        new_markdown_cell(text, id=f"c{n}") if text.startswith("#") else new_code_cell(text, id=f"c{n}")
        for n, text in enumerate(cells)
    ]
    path = folder / "chapter.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=[*tagged, *rest], metadata=kernel), path)
    return Page(path, country, "chapter", "Chapter")


def run(given: Page, root: Path, output: Path) -> nbformat.NotebookNode:
    return nbformat.read(render(given, output, root / "params"), as_version=4)


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        'country = "uk"',
        'countri = "uk"\nstudy = "params"',
        'country = "uk"\nstudy = "params"\nwave = 2012',
        'country == "uk"\nstudy = "params"',
    ],
)
def test_a_notebook_that_would_not_hear_its_market_is_refused_before_it_runs(
    tmp_path: Path, standing_in: Path, parameters: str | None
) -> None:
    output = tmp_path / "out" / "chapter.ipynb"
    with pytest.raises(JourneybookError, match=r"chapter\.ipynb: .*country and study") as refusal:
        render(page(tmp_path, OPEN, parameters=parameters), output, standing_in / "params")
    assert refusal.value.kind == "report"
    assert not output.parent.exists()


def test_a_notebook_with_two_parameter_cells_is_refused(tmp_path: Path, standing_in: Path) -> None:
    given = page(tmp_path, OPEN)
    notebook = nbformat.read(given.notebook, as_version=4)
    notebook.cells.append(new_code_cell(PARAMETERS, id="again", metadata={"tags": ["parameters"]}))
    nbformat.write(notebook, given.notebook)
    with pytest.raises(JourneybookError) as refusal:
        render(given, tmp_path / "out.ipynb", standing_in / "params")
    assert "one cell tagged parameters" in str(refusal.value)


@pytest.mark.slow
def test_a_page_is_run_for_its_market_and_its_placeholders_filled(tmp_path: Path, standing_in: Path) -> None:
    given = page(tmp_path, "# {{ market.name }} has {{ '%d' % (40 + 2) }}", OPEN, "market.code")
    done = run(given, standing_in, tmp_path / "out.ipynb")
    assert next(c.source for c in done.cells if c.cell_type == "markdown") == "# France has 42"
    assert done.cells[-1].outputs[0]["data"]["text/plain"] == "'fr'"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chapter.ipynb", "out.ipynb"]


@pytest.mark.slow
def test_the_notebook_itself_is_left_as_it_was(tmp_path: Path, standing_in: Path) -> None:
    given = page(tmp_path, "# {{ market.name }}", OPEN)
    before = given.notebook.read_bytes()
    run(given, standing_in, tmp_path / "out.ipynb")
    assert given.notebook.read_bytes() == before


@pytest.mark.slow
def test_two_runs_give_the_same_bytes_without_a_trace_of_time_or_place(tmp_path: Path, standing_in: Path) -> None:
    given = page(tmp_path, "# {{ market.name }}", OPEN, 'market.shares("device").table(title="Device")')
    first, second = (render(given, tmp_path / name, standing_in / "params") for name in ("a.ipynb", "b.ipynb"))
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert "papermill" not in text and "iopub" not in text
    assert str(tmp_path) not in text and str(standing_in) not in text
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}


@pytest.mark.slow
def test_a_failing_cell_is_told_with_market_notebook_cell_and_error(tmp_path: Path, standing_in: Path) -> None:
    output = tmp_path / "out.ipynb"
    with pytest.raises(JourneybookError, match="ValueError: the rule that broke") as refusal:
        render(page(tmp_path, OPEN, 'raise ValueError("the rule that broke")', "1 + 1"), output, standing_in / "params")
    told = str(refusal.value)
    assert refusal.value.exit_code == 5
    assert "fr, chapter.ipynb, cell 4" in told or "fr, chapter.ipynb, cell 3" in told
    assert not output.exists()
    kept = tmp_path / "out.failed.ipynb"
    assert kept.name in told
    assert any(o.output_type == "error" for c in nbformat.read(kept, as_version=4).cells for o in c.get("outputs", []))


@pytest.mark.slow
def test_a_failing_cell_leaves_the_earlier_page_alone(tmp_path: Path, standing_in: Path) -> None:
    output = tmp_path / "out.ipynb"
    output.write_text("an earlier page", encoding="utf-8")
    with pytest.raises(JourneybookError):
        render(page(tmp_path, OPEN, "1 / 0"), output, standing_in / "params")
    assert output.read_text(encoding="utf-8") == "an earlier page"


@pytest.mark.slow
def test_a_placeholder_with_an_error_names_the_notebook(tmp_path: Path, standing_in: Path) -> None:
    given = page(tmp_path, "# {{ market.nmae }}", OPEN)
    with pytest.raises(JourneybookError, match=r"fr, chapter\.ipynb, a placeholder.*nmae") as refusal:
        render(given, tmp_path / "out.ipynb", standing_in / "params")
    assert refusal.value.kind == "report"
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.slow
@pytest.mark.parametrize("opening", [OPEN.replace("country, study", '"uk", study'), "market = None"])
def test_a_page_of_another_market_or_of_none_is_refused(tmp_path: Path, standing_in: Path, opening: str) -> None:
    with pytest.raises(JourneybookError, match=r"fr, chapter\.ipynb: the page opened another market"):
        render(page(tmp_path, opening), tmp_path / "out.ipynb", standing_in / "params")
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.slow
def test_a_kernel_that_dies_is_told_and_no_page_is_left(tmp_path: Path, standing_in: Path) -> None:
    given = page(tmp_path, OPEN, "import os\n\nos._exit(1)")
    with pytest.raises(JourneybookError, match=r"fr, chapter\.ipynb"):
        render(given, tmp_path / "out.ipynb", standing_in / "params")
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.slow
def test_what_a_reader_may_not_see_stays_in_the_kernel(tmp_path: Path, standing_in: Path) -> None:
    given = page(tmp_path, "# {{ market.name }}", OPEN, "print('loud')")
    done = run(given, standing_in, tmp_path / "out.ipynb")
    assert not any("_opened" in cell.source for cell in done.cells)
    assert len([c for c in done.cells if "injected-parameters" in c.metadata.get("tags", [])]) == 1
