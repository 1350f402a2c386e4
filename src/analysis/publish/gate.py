"""The gate: a finished site is looked at as a whole before it takes the place of the old one, or does not.

Every file is read once. What is refused is listed in docs/gate.md.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.errors import JourneybookError, Problem
from analysis.publish.contents import BUNDLED, Content, is_known, read
from analysis.publish.downloads import FOLDER
from analysis.publish.leaks import Secrets
from analysis.publish.pages import Facts, Places, asked, look, needed, styled
from analysis.publish.tokens import words
from analysis.publish.traces import NAME, Traces
from analysis.study.params import ALL_MARKETS, Study
from analysis.study.private import Private, column_names, private_values

PACKAGE = Path(__file__).parents[1]
BY_SPHINX = ("search", "genindex")
SHOWN = 3  # letters of a private value that a problem shows
LONGEST = 80
HEAD = re.compile(r"<th(?: [^>]*)?>\s*([^<]*?)\s*</th>")
LEAST_HEADS = 3  # names of a file's columns in a row, at the head of a table
MARKET = re.compile(r'<p class="jb-provenance">(.*?)</p>', re.DOTALL)
RAW_FILE = re.compile(r"Raw file sha256 ([0-9a-f]{12})")
# Elements that run something, and attributes that do, of a tag whose quoted values are passed over whole.
WITHIN = r"""<[a-z](?:[^<>"'\s]++|"[^"]*+"|'[^']*+'|\s)*?\s"""
IN_OUTPUT = re.compile(
    rf"<(?:script|iframe|object|embed)\b|{WITHIN}(?:on[a-z]+\s*=|(?:href|src|action)\s*=\s*[\"']?\s*(?:java|vb)script:)",
    re.IGNORECASE,
)
DRAWING_NAME = re.compile(r"<title[^>]*>\s*[^<\s]|aria-label=\"[^\"]")


def check(site: Path, book: Path, study: Study, told: Mapping[str, Any], root: Path) -> None:
    """Refuses a site that may not be published, with a report error that has every problem found.

    `site` is finished and signed, `book` holds the sources it was built from, `told` is its provenance; `root` is the
    project's folder. No problem shows a private value whole.
    """
    problems = list(Gate(site, book, study, told, root).problems())
    if problems:
        raise JourneybookError("report", problems)


class Gate:
    """One site, and what must not be in it."""

    def __init__(self, site: Path, book: Path, study: Study, told: Mapping[str, Any], root: Path) -> None:
        self.site, self.book, self.study, self.told = site, book, study, told
        own = [path.read_text(encoding="utf-8") for path in sorted(study.folder.rglob("*.yaml"))]
        codes = sorted({*told["markets"], *_reported(study, told)})
        self._secrets = Secrets((one for code in codes for one in _values(study, code, told)), own)
        self._traces = Traces([root, study.folder], os.environ, "\n".join([*own, *_prose(root)]))
        self._columns = set().union(*(column_names(study, code) for code in codes))
        self._facts: dict[str, Facts] = {}

    def problems(self) -> Iterator[Problem]:
        """Everything that is wrong, file by file, then what only the whole site shows."""
        for path in sorted(self.site.rglob("*")):
            if path.is_file():
                yield from self._file(path, path.relative_to(self.site).as_posix())
        for path in sorted(self.book.rglob("*.ipynb")):
            yield from self._source(path, f"{path.relative_to(self.book).as_posix()}, a page's source")
        yield from self._links()
        yield from self._manifest()

    def _file(self, path: Path, place: str) -> Iterator[Problem]:
        if not is_known(path):
            yield Problem(place, "a kind of file that cannot be looked into", path.suffix, fix="leave it out")
            return
        try:
            content = read(path, place)
        except ValueError as error:
            yield Problem(place, f"cannot be read ({error})", fix="make it again")
            return
        yield from self._private(content)
        bundled = place.startswith(f"{BUNDLED}/")
        if path.suffix == ".html" and not bundled:
            yield from self._page(content)
        elif path.suffix == ".svg" and not bundled and not DRAWING_NAME.search(content.held):
            yield Problem(place, "a figure has no title", fix="draw it with analysis, which writes it")
        if path.suffix in (".css", ".svg"):
            yield from (Problem(place, *_told(one)) for one in styled(content.held))
        if path.suffix == ".js":
            yield from (Problem(place, *_told(one)) for one in asked(content.held))

    def _private(self, content: Content) -> Iterator[Problem]:
        """What the file says of respondents, of the machine and of its secrets."""
        fix = "take it out of the cell that shows it"
        found: dict[tuple[str, str], list[str]] = {}
        said = words(content.said)
        for leak in (*self._secrets.in_text(said), *self._secrets.in_cells(content.cells)):
            found.setdefault((leak.what, leak.of), []).append(leak.begins)
        for (what, of), begun in found.items():
            many = f", {len(set(begun))} of them" if len(set(begun)) > 1 else ""
            yield Problem(content.place, f"{what} ({of}{many})", _masked(begun[0]), fix=fix)
        names = self._heads(content)
        if names:
            yield Problem(content.place, "a table has the columns of a raw file", ", ".join(names), fix=fix)
        traces = self._traces.in_text(content.said, said) if content.said else self._traces.in_picture(content.held)
        for trace in traces:
            if trace.what == NAME and content.place.startswith(f"{BUNDLED}/"):
                continue  # the theme's own words
            fix = "make paths relative and print no settings"
            yield Problem(content.place, f"holds {trace.what}", _masked(trace.begins), fix=fix)

    def _heads(self, content: Content) -> list[str]:
        """Names of raw columns that stand side by side at the head of a table."""
        heads = HEAD.findall(content.said) if "<th" in content.said else []
        heads += content.held.partition("\n")[0].split(",") if content.place.endswith(".csv") else []
        run: list[str] = []
        for name in heads:
            run = [*run, name] if name in self._columns else []
            if len(run) == LEAST_HEADS:
                return run
        return []

    def _page(self, content: Content) -> Iterator[Problem]:
        facts = self._facts[content.place] = look(content.held)
        yield from (Problem(content.place, *_told(one)) for one in dict.fromkeys(facts.problems))
        if "traceback" in content.held or "stderr" in content.held:
            yield Problem(content.place, "shows an error or a warning of its notebook", fix="mend the cell")
        page = self.told["pages"].get(content.place.removesuffix(".html"))
        if page and page["country"] != ALL_MARKETS:
            yield from self._market(content, page)

    def _market(self, content: Content, page: Mapping[str, Any]) -> Iterator[Problem]:
        """Whether the page is of the market whose place it has, by what its own notebook says of its raw file."""
        code = page["country"]
        folder = content.place.rpartition("/")[0]
        if folder and folder != code:
            yield Problem(content.place, "stands in another market's place", code, folder, "build the book anew")
        said = [RAW_FILE.search(text) for text in MARKET.findall(content.held)]
        named = [found[1] for found in said if found]
        own = self.study.settings_of(code).raw.sha256[:12]
        if named and set(named) != {own}:
            others = {self.study.settings_of(c).raw.sha256[:12]: c for c in self.study.settings.markets}
            got = ", ".join(others.get(one, one) for one in named)
            yield Problem(content.place, "the page is of another market than its place", got, code, "render it anew")
        elif not named and folder:
            fix = 'end the notebook with <p class="jb-provenance">{{ market.provenance }}</p>'
            yield Problem(content.place, "the page does not say which market it is of", None, code, fix)

    def _source(self, path: Path, place: str) -> Iterator[Problem]:
        """A notebook as the book has it: what is not shown of it must not be in it either."""
        content = read(path, place)
        yield from self._private(content)
        for number, cell in enumerate(json.loads(content.held)["cells"], 1):
            for output in cell.get("outputs", []):
                shown = "".join(output.get("data", {}).get("text/html", ""))
                if output["output_type"] == "error" or output.get("name") == "stderr":
                    what = output.get("ename") or " ".join("".join(output.get("text", "")).split())
                    yield Problem(
                        f"{place}, cell {number}", "ended in an error or a warning", what[:LONGEST], fix="mend it"
                    )
                elif found := IN_OUTPUT.search(shown):
                    fix = "escape what it shows"
                    yield Problem(f"{place}, cell {number}", "the output holds a script", found[0][:LONGEST], fix=fix)

    def _links(self) -> Iterator[Problem]:
        """Links that lead nowhere, and downloads that nothing leads to."""
        files = {path.relative_to(self.site).as_posix() for path in self.site.rglob("*") if path.is_file()}
        places = Places(files, {place: facts.ids for place, facts in self._facts.items()})
        reached = set()
        for page, facts in self._facts.items():
            for target in dict.fromkeys(facts.targets):
                what = places.wrong(page, target)
                if what:
                    fix = "correct the link, or bring back what it leads to"
                    yield Problem(
                        page, f"a link or a file that it needs leads nowhere ({what})", target[:LONGEST], fix=fix
                    )
                elif FOLDER in target:
                    reached.add(places.path(page, target))
        for name in sorted(files):
            if name.endswith(".css"):
                yield from self._of_style(name, places)
            elif FOLDER in name.split("/")[:-1] and name not in reached:
                yield Problem(
                    name, "a download that no page leads to: left by an earlier run", fix="build the book anew"
                )

    def _of_style(self, name: str, places: Places) -> Iterator[Problem]:
        for target in needed((self.site / name).read_text(encoding="utf-8")):
            if not target.startswith(("data:", "#")) and (what := places.wrong(name, target)):
                yield Problem(name, f"a file that it needs leads nowhere ({what})", target[:LONGEST])

    def _manifest(self) -> Iterator[Problem]:
        """Pages that this run has not made, and those it has that are not there."""
        written = {path.relative_to(self.book).with_suffix("").as_posix() for path in self.book.rglob("*.md")}
        wanted = {f"{name}.html" for name in {*self.told["pages"], *written, *BY_SPHINX}}
        for name in sorted(set(self._facts) - wanted):
            yield Problem(name, "a page that this run has not made: left by an earlier one", fix="build the book anew")
        for name in sorted(wanted - set(self._facts)):
            yield Problem(name, "the page is missing", fix="build the book anew")


def _prose(root: Path) -> Iterator[str]:
    """The project's texts and its code's: a word that stands in them is nobody's name."""
    for path in (*root.glob("notebooks/*/*.ipynb"), *root.glob("book/*.md"), *PACKAGE.rglob("*.py")):
        yield path.read_text(encoding="utf-8")


def _values(study: Study, code: str, told: Mapping[str, Any]) -> Iterator[Private]:
    """What is private of a market; nothing of one whose file no run could read, and which has no page."""
    try:
        yield from private_values(study, code)
    except JourneybookError:
        if code in _reported(study, told):
            raise


def _reported(study: Study, told: Mapping[str, Any]) -> set[str]:
    return {page["country"] for page in told["pages"].values()} & set(study.settings.markets)


def _told(problem: tuple[str, str | None, str]) -> tuple[str, str | None, None, str]:
    what, got, fix = problem
    return what, got and got[:LONGEST], None, fix


def _masked(value: str) -> str:
    """The first letters of a value, never the whole of it."""
    text = " ".join(value.split())
    return f"{text[: min(SHOWN, len(text) // 2)]}..."
