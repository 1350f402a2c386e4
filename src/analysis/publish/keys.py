"""What a page came from, as content keys: nothing is rendered twice from the same inputs."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
import site
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from analysis import PLACES
from analysis.errors import JourneybookError
from analysis.publish.files import Digests, digest
from analysis.publish.placeholders import expressions
from analysis.publish.plan import Page, Report
from analysis.study.params import Study
from analysis.study.settings import say

PACKAGE = Path(__file__).parents[1]
# What makes a page besides what its notebook imports: how it is run, and what its kernel is forked from.
MAKERS = (
    "warm.py",
    *(f"publish/{name}.py" for name in ("render", "kernels", "forks", "placeholders", "tracked")),
    "report/markdown.py",
)
# Parsing the whole package would take half of the time in which a run says that nothing changed.
IMPORTS = re.compile(r"^[ \t]*((?:from|import) analysis\b(?:[^\n(]*\([^)]*\)|[^\n]*))", re.M)
FOR_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+[^\n]*\n|\n)*", re.M)
# Files that a study may have: only the pages that import what reads one stand on it.
READ_BY = {
    "scenarios.yaml": "analysis/study/scenarios.py",
    "benchmarks.yaml": "analysis/study/benchmarks.py",
    "voices.yaml": "analysis/study/voices.py",
    "editions/*.csv": "analysis/study/editions.py",
}
ASIDE = {"chapters", "limits", "store"}  # keys of study.yaml that change no page


class Inputs:
    """The contents that the pages of one study stand on, each read once.

    `parts` are known before a page has run; what it asks of the markets while it runs is told by it
    afterwards, and `of_market` gives that part's content.
    """

    def __init__(self, study: Study, record: Path | None = None) -> None:
        """`record` is where digests of large files are remembered (see `files.Digests`)."""
        self.study, self._digests = study, Digests(record)
        self._markets: dict[tuple[str, str], str] = {}
        self._notebooks: dict[Path, tuple[str, dict[str, str]]] = {}
        self._common = {
            "study.yaml": of_text(study.settings.model_dump_json(exclude=ASIDE)),
            "codebook.yaml": digest(study.folder / "codebook.yaml"),
            "claims.yaml": digest(study.folder / "claims.yaml"),
            "register.yaml": of_text(study.register.model_dump_json()),
            "first chapter": next(iter(study.settings.chapters.market), ""),  # overviews link to it
            "chapters of the article": of_text(study.settings.linked.model_dump_json()),
            "libraries": libraries(),
            **{f"font {path.name}": digest(path) for path in study.fonts},
        }

    def parts(self, page: Page) -> dict[str, str]:
        """Name to content key of all that the page stands on but the markets: the same parts, the same page."""
        if page.notebook not in self._notebooks:  # the same for all markets
            cells = json.loads(page.notebook.read_bytes())["cells"]
            essences = [essence for essence in map(_essence, cells) if essence]
            self._notebooks[page.notebook] = of_text(json.dumps(essences)), modules(_imports(cells))
        essence, files = self._notebooks[page.notebook]
        names = [name for name, reader in READ_BY.items() if reader in files]
        read = [path for name in names for path in sorted(self.study.folder.glob(name))]
        return {
            "market": page.country,
            "notebook": essence,
            **self._common,
            **{path.relative_to(self.study.folder).as_posix(): digest(path) for path in read},
            **files,
        }

    def of_market(self, code: str, part: str) -> str:
        """The content key of a market's `name`, or of its `data`: its settings and its raw file as it is now."""
        if (code, part) not in self._markets:
            self._markets[code, part] = self._of_market(code, part)
        return self._markets[code, part]

    def read_markets(self) -> None:
        """Reads what every market of the study has to say now, rather than when it is first asked for."""
        for code in self.study.settings.markets:
            self.now([f"{code} name", f"{code} data"])

    def now(self, uses: Iterable[str]) -> dict[str, str]:
        """The content keys, as they are now, of what a page asked of markets, named as "uk data"."""
        named = {use: use.rsplit(" ", 1) for use in uses}
        return {use: self.of_market(code, part) for use, (code, part) in named.items()}

    def _known(self, code: str) -> bool:
        try:
            return self.study.knows(code)
        except JourneybookError:  # a market's file cannot be read: told by the run, if it needs it
            return False

    def _of_market(self, code: str, part: str) -> str:
        if not self._known(code):
            return "gone"
        path = self.study.folder / "markets" / f"{code}.yaml"
        try:
            settings = self.study.settings_of(code)
        except JourneybookError:  # told by the run itself, if it needs this market
            return of_text(f"unreadable {digest(path) if path.is_file() else None}")
        if part == "name":
            return of_text(say(settings.name, self.study.language))
        delivered = (self.study.folder / settings.raw.path).resolve() if settings.raw.path else None
        content = (
            self._digests.of(delivered) if delivered and delivered.is_file() else f"declared {settings.raw.sha256}"
        )
        return of_text(f"{digest(path)} {content}")


def of_text(text: str) -> str:
    """The content key of a text: half of its sha256, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def of_parts(parts: Mapping[str, str]) -> str:
    """One content key for named ones."""
    return of_text(json.dumps(parts, sort_keys=True))


def libraries() -> str:
    """One content key for Python and every distribution installed, by name and version."""
    return of_text(" ".join(distributions()))


@cache
def distributions() -> tuple[str, ...]:
    """Python's version, and name and version of every distribution installed."""
    places = {Path(place) for place in [*site.getsitepackages(), *sys.path] if place}
    names = {entry.name for place in places if place.is_dir() for entry in place.glob("*.dist-info")}
    return (platform.python_version(), *sorted(names))


def of_book(report: Report, results: Mapping[Page, str], pages: Path) -> str:
    """The content key of the whole book: its pages' results, its text, and what assembles and builds it."""
    texts = [p for p in sorted(pages.rglob("*")) if p.is_file()]
    params = sorted(report.study.folder.rglob("*.yaml"))
    notebooks = sorted({page.notebook for page in results})
    parts = {str(path): digest(path) for path in [*texts, *params, *notebooks]}
    parts |= {str(page): result for page, result in results.items()} | modules(["analysis.publish.book"])
    return of_parts({**parts, "country": report.country, "missing": str(report.missing), "libraries": libraries()})


def modules(names: Iterable[str]) -> dict[str, str]:
    """File to content key of the modules of this package that `names` import, whatever the depth."""
    found: dict[str, Path] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        path = _file(name)
        if path is not None and name not in found:
            found[name] = path
            waiting += _imported(path)
    files = {*found.values(), *(PACKAGE / maker for maker in MAKERS)}
    files |= {style for path in found.values() for style in path.parent.glob("*.mplstyle")}
    return {path.relative_to(PACKAGE.parent).as_posix(): _digest_once(path) for path in sorted(files)}


def package() -> dict[str, str]:
    """File to content key of all modules and styles of this package, read now."""
    files = [path for suffix in ("py", "mplstyle") for path in PACKAGE.rglob(f"*.{suffix}")]
    return {path.relative_to(PACKAGE.parent).as_posix(): digest(path) for path in sorted(files)}


def forget() -> None:
    """Lets the package's own files be read anew: they may have been edited while pages were rendered."""
    for remembered in (_digest_once, _imported, _file, distributions):
        remembered.cache_clear()


@cache
def _digest_once(path: Path) -> str:
    return digest(path)


@cache
def _imported(path: Path) -> list[str]:
    text = FOR_TYPES.sub("", path.read_text(encoding="utf-8"))
    return [name for statement in IMPORTS.findall(text) for name in _names_imported(statement.strip())]


@cache
def _file(name: str) -> Path | None:
    place = PACKAGE.parent.joinpath(*name.split("."))
    return next((p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file()), None)


def _names_imported(code: str) -> list[str]:
    """The modules of this package that the code imports; for what only a type checker imports, none."""
    names: list[str] = []
    waiting: list[ast.AST] = [ast.parse(code)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            exported = PLACES if node.module == "analysis" else {}
            names += [exported[a.name][0] for a in node.names if a.name in exported]
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.partition(".")[0] == "analysis"]


def _imports(cells: Iterable[Any]) -> list[str]:
    """The modules that a notebook's code imports; where a cell is not plain Python, all that are offered."""
    try:
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        return [name for text in code for name in _names_imported(text)]
    except SyntaxError:  # a magic command
        return [module for module, _ in PLACES.values()]


def _essence(cell: Any) -> list[Any]:
    """What of a cell decides the results: code and tags; of a text, the expressions in its placeholders."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "code":
        return [source, sorted(cell["metadata"].get("tags", []))]
    return expressions([source]) if cell["cell_type"] == "markdown" else []
