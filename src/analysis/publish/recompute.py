"""A published page computed anew: its notebook is run from the raw file on, and every number held against the site."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from markdown_it import MarkdownIt

from analysis.errors import JourneybookError, Problem, nearest
from analysis.publish.attempts import Attempts
from analysis.publish.book import dressed, framed, shown
from analysis.publish.downloads import taken
from analysis.publish.front import fill_marks
from analysis.publish.kernels import Launch
from analysis.publish.keys import Inputs
from analysis.publish.plan import Missing, Page, Report, plan_report
from analysis.publish.provenance import FILE, Origin, origin, read
from analysis.publish.reading import NUMBER, Number, Piece, Reader
from analysis.publish.store import Result
from analysis.study.locating import locate
from analysis.study.params import Study, read_study

SAME = 1e-5  # one in the last of six digits: machines may differ there
NONE = "nothing"
Fresh = tuple[Any, dict[Path, bytes], dict[str, str]]


@dataclass
class Comparison:
    """What was compared on a page, and where the page says something else than what was computed anew."""

    page: str
    numbers: int = 0
    figures: int = 0
    sentences: int = 0
    differences: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        what = f"{self.numbers:,} numbers of {self.figures} figures and {self.sentences} sentences recomputed"
        if not self.differences:
            return f"{self.page}: {what}, all as published"
        return f"{self.page}: {what}, {len(self.differences)} not as published"

    def differs(self, where: str, published: str, computed: str) -> None:
        problem = f"published is {published}, computed anew is {computed}"
        self.differences.append(Problem(f"{self.page}, {where}", problem))


def verify(name: str, study: str | None, site: Path, say: Callable[[str], None]) -> Comparison:
    """The site's page of that name compared with what its notebook computes now; `study` if not the site's own.

    `say` hears what else is not as it was. Raises a file error where there is no site, a config error for a
    page that it does not have, and a report error where raw files are not those that the page was made from.
    """
    told = read(site)
    if told is None:
        what = "there is no site yet, or it does not say where its pages come from"
        raise JourneybookError("file", Problem(str(site / FILE), what, fix="make reports"))
    opened = read_study(study or told["study"])
    missing = [Missing(code, chapter) for code, chapter in told.get("missing", {}).items()]
    report = plan_report(opened, told["report"], Path.cwd()).without(missing)
    page = page_named(name, report, told)
    refuse_other_data(opened, told["pages"][page.source.as_posix()], told)
    for remark in remarks(opened, page, told, origin(Path.cwd(), opened.folder)):
        say(f"{page.source.as_posix()}: {remark}")
    return compare(page, site, recomputed(report, page, os.path.relpath(opened.folder), site))


def page_named(name: str, report: Report, told: Mapping[str, Any]) -> Page:
    """The report's page that the site has under that name (uk/influences); refused with the nearest otherwise."""
    wanted = name.removesuffix(".html").removesuffix(".ipynb")
    pages = {page.source.as_posix(): page for page in report.pages}
    if wanted not in told["pages"] or wanted not in pages:
        hint = nearest(wanted, told["pages"])
        fix = f"did you mean {hint}?" if hint else f"make verify-page PAGE={next(iter(told['pages']))}"
        raise JourneybookError("config", Problem("PAGE", "the site has no such page", name, fix=fix))
    return pages[wanted]


def refuse_other_data(study: Study, page: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """Raises a report error for each raw file that is not the one that the page was made from."""
    problems = []
    for code in page["markets"]:
        raw, sha256 = study.settings_of(code).raw, told["markets"][code]["raw_sha256"]
        with locate(raw, study.folder).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if {found, raw.sha256} != {sha256}:
            other = found if found != sha256 else raw.sha256
            what = "not the raw file that the page was made from: sha256 differs"
            fix = "restore the file and its declaration, or make the report anew"
            problems.append(Problem(f"{code}, {told['markets'][code]['raw_file']}", what, other, sha256, fix))
    if problems:
        raise JourneybookError("report", problems)


def remarks(study: Study, page: Page, told: Mapping[str, Any], project: Origin) -> list[str]:
    """What else is not as it was when the page was made; its numbers may be the same for all that."""
    made = Origin(told["commit"], told["local_changes"], told["lock_sha256"])
    said = []
    if made != project or made.changed:
        said.append(f"made from {made.words}; here is {project.words}")
    own = told["pages"][page.source.as_posix()]
    inputs = Inputs(study)
    before = {name: told["inputs"][name] for name in own["inputs"]} | {"its notebook": own["notebook_key"]}
    now = inputs.parts(page)
    now = {name: key for name, key in now.items() if name != "market"} | {"its notebook": now["notebook"]}
    now |= inputs.now(own["market_keys"])
    before |= own["market_keys"]
    names = sorted(name for name, key in before.items() if now.get(name) != key)
    if names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        said.append(f"changed since it was made: {', '.join(names[:5])}{more}")
    return said


def recomputed(report: Report, page: Page, study: str, site: Path) -> Fresh:
    """The page's notebook as the book gets it, its downloads, and its values: run now, in a cold kernel.

    What `site` tells of other pages stands where this one names their findings.
    """
    told = read(site) or {"pages": {}}
    with TemporaryDirectory() as folder:
        rendered = Attempts(report.study.settings.limits).render(
            page,
            study,
            lambda watch: Launch(watch, Path.cwd()),
            failed=Path(folder, "failed.ipynb"),
            again=lambda: None,
        )
        path = Path(folder, "page.ipynb")
        path.write_text(rendered.text, encoding="utf-8")
        result = Result(str(page), {}, {}, rendered.values, 0, 0, path)
        notebook = dressed(page, result)
        files = taken(shown(notebook), page)
    others = {other: _published(other, told) for other in report.pages}  # for the findings of theirs that it names
    there = [path.relative_to(site) for path in site.rglob("*.*")]
    fill_marks(notebook, page, report, {**others, page: result}, there)
    return json.loads(framed(notebook, page, report)), files, rendered.values


def _published(page: Page, told: Mapping[str, Any]) -> Result:
    """A page as far as the site tells of it: the values of its placeholders."""
    values = told["pages"].get(page.source.as_posix(), {}).get("values", {})
    return Result(str(page), {}, {}, values, 0, 0, page.notebook)


def compare(page: Page, site: Path, fresh: Fresh) -> Comparison:
    """What was computed anew against what the site's own files hold of the page."""
    notebook, files, values = fresh
    name = page.source.as_posix()
    found = Comparison(name)
    told = json.loads((site / FILE).read_bytes())["pages"][name]["values"]
    found.sentences = sum(bool(NUMBER.search(unescape(value))) for value in values.values())
    for expression in sorted({*told, *values}):
        if told.get(expression) != values.get(expression):
            found.differs(f"{FILE}, {{{{ {expression} }}}}", told.get(expression, NONE), values.get(expression, NONE))
    _compare_page(found, site / f"{name}.html", notebook)
    for place, content in sorted(files.items()):
        if place.suffix == ".csv":
            _compare_csv(found, site / place, content.decode(), place.name)
    return found


def _compare_page(found: Comparison, path: Path, notebook: Any) -> None:
    if not path.is_file():
        found.differs(path.name, "no such file", "one")
        return
    published = Reader(path.read_text(encoding="utf-8"))
    prose = Piece()
    outputs = []
    markdown = MarkdownIt("commonmark").enable("table")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            prose.numbers += Reader(markdown.render("".join(cell["source"]))).prose.numbers
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                outputs.append(Reader("".join(output["data"]["text/html"])).prose)
    _compare_numbers(found, "text", published.prose.numbers, prose.numbers)
    found.figures += sum(piece.figures for piece in outputs)
    if len(outputs) != len(published.outputs):
        found.differs("figures", str(len(published.outputs)), str(len(outputs)))
        return
    for number, (there, here) in enumerate(zip(published.outputs, outputs, strict=True), 1):
        where = f'"{here.title}"' if here.title else f"output {number}"
        _compare_numbers(found, where, there.numbers, here.numbers)
        if there.drawn != here.drawn:
            found.differs(where, "another drawing", "this one")


def _compare_numbers(found: Comparison, where: str, published: list[Number], computed: list[Number]) -> None:
    found.numbers += len(computed)
    theirs, ours = [n.text for n in published], [n.text for n in computed]
    if theirs == ours:
        return
    for kind, a, b, c, d in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if kind != "equal":
            near = (computed[c:d] or published[a:b])[0].context
            found.differs(f"{where}, at '{near}'", ", ".join(theirs[a:b]) or NONE, ", ".join(ours[c:d]) or NONE)


def _compare_csv(found: Comparison, path: Path, computed: str, name: str) -> None:
    if not path.is_file():
        found.differs(name, "no such file", "one")
        return
    theirs, ours = (list(csv.reader(io.StringIO(text))) for text in (path.read_text(encoding="utf-8"), computed))
    found.numbers += sum(_is_number(cell) for row in ours for cell in row)
    if [len(row) for row in theirs] != [len(row) for row in ours]:
        found.differs(name, f"{len(theirs)} lines", f"{len(ours)}, or lines of other lengths")
        return
    for line, column, there, here in _unequal(theirs, ours):
        found.differs(f"{name}, line {line}, {ours[0][column] or 'first column'}", there or NONE, here or NONE)


def _unequal(theirs: list[list[str]], ours: list[list[str]]) -> Iterator[tuple[int, int, str, str]]:
    """Line, column and both texts of the cells that differ by more than a machine's last digit."""
    for line, (there, here) in enumerate(zip(theirs, ours, strict=True), 1):
        for column, (a, b) in enumerate(zip(there, here, strict=True)):
            near = _is_number(a) and _is_number(b) and math.isclose(float(a), float(b), rel_tol=SAME, abs_tol=1e-9)
            if a != b and not near:
                yield line, column, a, b


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
