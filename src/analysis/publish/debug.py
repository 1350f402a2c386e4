"""A notebook set to one market, to be opened in JupyterLab."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.errors import JourneybookError, Problem, did_you_mean
from analysis.publish.files import write
from analysis.publish.plan import plan_report
from analysis.study.params import Study


def copy_for_market(study: Study, country: str, notebook: str, root: Path, folder: Path) -> tuple[Path, Path]:
    """A copy in `folder` of the named notebook, its parameters set to the market; and the notebook's own file.

    Raises a config error with the notebooks that the market's report has.
    """
    pages = {page.chapter: page for page in plan_report(study, country, root).pages if page.country == country}
    if notebook not in pages:
        hint = did_you_mean(notebook, pages) or f"make debug COUNTRY={country} NOTEBOOK={next(iter(pages))}"
        problem = Problem("NOTEBOOK", "no such notebook in this report", notebook, ", ".join(pages), hint)
        raise JourneybookError("config", problem)
    page = pages[notebook]
    content = json.loads(page.notebook.read_bytes())
    for cell in content["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            cell["source"] = f"country = {country!r}\nstudy = {str(study.folder)!r}"
    copy = folder / page.source.with_suffix(".ipynb")
    write(copy, json.dumps(content, ensure_ascii=False, indent=1))
    return copy, page.notebook.relative_to(root)
