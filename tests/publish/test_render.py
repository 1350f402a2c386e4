"""One notebook by one market: run whole, filled, the same bytes every time, or refused by name."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from analysis.errors import JourneybookError
from analysis.publish.forks import ForkServer
from analysis.publish.kernels import Launch
from analysis.publish.limits import Watch
from analysis.publish.plan import Page
from analysis.publish.render import KernelDied, Rendered, render

Run = Callable[..., Rendered]
FAILED = "chapter.failed.ipynb"

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


@pytest.fixture(scope="module")
def forks(root: Path) -> Iterator[ForkServer]:
    """A warm process, as a report has one."""
    server = ForkServer("analysis.warm", str(root / "params"), "uk", "fr")
    assert server.ready() == {"refused": {}, "large": [], "cautions": []}
    yield server
    server.close()


@pytest.fixture(params=["warm", "cold"])
def run(request: pytest.FixtureRequest, tmp_path: Path, standing_in: Path) -> Run:
    """Renders a page in a forked kernel, and in a cold one."""
    forks = request.getfixturevalue("forks") if request.param == "warm" else None

    def render_it(given: Page, seconds: float = 60, mebibytes: int = 2000) -> Rendered:
        return render(given, "params", Launch(Watch(seconds, mebibytes), standing_in, forks), tmp_path / FAILED)

    return render_it


def read(done: Rendered) -> nbformat.NotebookNode:
    return nbformat.reads(done.text, as_version=4)


@pytest.mark.slow
def test_a_page_is_run_for_its_market_and_its_placeholders_are_told(tmp_path: Path, run: Run) -> None:
    done = run(page(tmp_path, "# {{ market.name }} has {{ '%d' % (40 + 2) }}", OPEN, "market.code"))
    assert done.values == {"market.name": "France", "'%d' % (40 + 2)": "42"}
    assert read(done).cells[-1].outputs[0]["data"]["text/plain"] == "'fr'"
    assert done.uses == [("fr", "data")]
    assert done.usage.seconds > 0.1 and done.usage.mebibytes > 20
    assert [path.name for path in tmp_path.iterdir()] == ["chapter.ipynb"]


@pytest.mark.slow
def test_what_a_page_asks_of_other_markets_is_known(tmp_path: Path, run: Run) -> None:
    done = run(page(tmp_path, OPEN, 'other = market.sibling("uk").code', "market.study.market_name('de')"))
    assert done.uses == [("de", "name"), ("fr", "data"), ("uk", "data")]


@pytest.mark.slow
def test_the_notebook_itself_is_left_as_it_was(tmp_path: Path, run: Run) -> None:
    given = page(tmp_path, "# {{ market.name }}", OPEN)
    before = given.notebook.read_bytes()
    run(given)
    assert given.notebook.read_bytes() == before


@pytest.mark.slow
def test_two_runs_give_the_same_bytes_without_a_trace_of_time_or_place(tmp_path: Path, run: Run, root: Path) -> None:
    given = page(tmp_path, "# {{ market.name }}", OPEN, 'market.shares("device").table(title="Device")')
    first, second = run(given), run(given)
    assert first.text == second.text
    assert "papermill" not in first.text and "iopub" not in first.text
    assert str(tmp_path) not in first.text and str(root) not in first.text
    assert set(json.loads(first.text)["metadata"]) <= {"kernelspec", "language_info"}


@pytest.mark.slow
def test_random_numbers_of_two_kernels_differ(tmp_path: Path, run: Run) -> None:
    given = page(tmp_path, OPEN, "import random\nimport numpy\n\n[random.random(), numpy.random.random()]")
    drawn = [read(run(given)).cells[-1].outputs[0]["data"]["text/plain"] for _ in range(2)]
    first, second = (ast.literal_eval(text.replace("np.float64", "")) for text in drawn)
    assert first[0] != second[0] and first[1] != second[1]


@pytest.mark.slow
def test_a_chart_of_pyplot_is_shown(tmp_path: Path, run: Run) -> None:
    done = run(page(tmp_path, OPEN, "import matplotlib.pyplot as plt\n\nplt.plot([1, 2]);"))
    assert "image/png" in read(done).cells[-1].outputs[0]["data"]


@pytest.mark.slow
def test_a_failing_cell_is_told_with_market_notebook_heading_cell_and_error(tmp_path: Path, run: Run) -> None:
    given = page(tmp_path, OPEN, "# Reasons\n\n## By age", 'raise ValueError("the rule that broke")', "1 + 1")
    with pytest.raises(JourneybookError) as refusal:
        run(given)
    told = str(refusal.value)
    assert refusal.value.exit_code == 5
    assert told.startswith('fr, chapter.ipynb, under "By age", cell 3: ValueError: the rule that broke; fix: ')
    kept = tmp_path / FAILED
    assert kept.name in told and "\n" not in told
    outputs = [o for c in nbformat.read(kept, as_version=4).cells for o in c.get("outputs", [])]
    assert [o.ename for o in outputs if o.output_type == "error"] == ["ValueError"]


@pytest.mark.slow
def test_a_placeholder_with_an_error_names_the_notebook(tmp_path: Path, run: Run) -> None:
    with pytest.raises(JourneybookError, match=r"fr, chapter\.ipynb, a placeholder.*nmae") as refusal:
        run(page(tmp_path, "# {{ market.nmae }}", OPEN))
    assert refusal.value.kind == "report"


@pytest.mark.slow
@pytest.mark.parametrize("opening", [OPEN.replace("country, study", '"uk", study'), "market = None"])
def test_a_page_of_another_market_or_of_none_is_refused(tmp_path: Path, run: Run, opening: str) -> None:
    with pytest.raises(JourneybookError, match=r"fr, chapter\.ipynb: the page opened another market"):
        run(page(tmp_path, opening))


@pytest.mark.slow
def test_a_kernel_that_dies_is_told_with_its_cell_and_may_be_tried_again(tmp_path: Path, run: Run) -> None:
    with pytest.raises(KernelDied) as died:
        run(page(tmp_path, OPEN, "# Last words", "import os\n\nos._exit(1)"))
    assert 'fr, chapter.ipynb, under "Last words", cell 3: the kernel died' in str(died.value.error)
    assert (tmp_path / FAILED).is_file()


@pytest.mark.slow
def test_a_notebook_beyond_its_seconds_is_stopped_with_all_it_started(tmp_path: Path, run: Run) -> None:
    sleeper = "import subprocess\n\nchild = subprocess.Popen(['sleep', '4711'])\nchild.wait()"
    with pytest.raises(
        JourneybookError, match=r"cell 3: it took more than 12 seconds; fix: raise limits in study.yaml"
    ):
        run(page(tmp_path, OPEN, sleeper), seconds=12)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "4711" in (p.info["cmdline"] or [])]


@pytest.mark.slow
def test_the_memory_of_a_notebooks_subprocesses_counts(tmp_path: Path, run: Run) -> None:
    eats = "import time; kept = b'x' * 10**9; time.sleep(60)"
    hog = f'import subprocess, sys\n\nsubprocess.run([sys.executable, "-c", "{eats}"])'
    with pytest.raises(JourneybookError, match="it took more than 700 MiB of memory"):
        run(page(tmp_path, OPEN, hog), mebibytes=700)


@pytest.mark.slow
def test_what_a_reader_may_not_see_stays_in_the_kernel(tmp_path: Path, run: Run) -> None:
    done = read(run(page(tmp_path, "# {{ market.name }}", OPEN, "print('loud')")))
    assert not any("_opened" in cell.source for cell in done.cells)
    assert len([c for c in done.cells if "injected-parameters" in c.metadata.get("tags", [])]) == 1
