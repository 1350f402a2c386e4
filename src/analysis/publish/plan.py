"""Which pages a report has: one notebook by one market each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.errors import JourneybookError, Problem, did_you_mean
from analysis.publish.tracked import refuse_unsound
from analysis.study.params import ALL_MARKETS, Study
from analysis.study.settings import say

LANDING = "index"
NOTEBOOKS = Path("notebooks")
ACROSS = (Path(), Path("markets"))  # where pages stand that are about no single market


@dataclass(frozen=True)
class Page:
    """One page of the book: the notebook it comes from, and the market it is run for."""

    notebook: Path
    country: str
    chapter: str
    title: str

    @property
    def source(self) -> Path:
        """Where the page stands in the book, without a suffix: uk/sample, or index."""
        folder = "" if self.notebook.stem == "landing" else self.notebook.parent.name
        if folder == "market":
            return Path(self.country) / self.chapter
        return Path(self.chapter) if self.chapter == LANDING else Path("markets") / self.chapter

    def __str__(self) -> str:
        return f"{self.country}/{self.chapter}"


@dataclass(frozen=True)
class Missing:
    """A market that a report goes without: `chapter` names the page that failed, None where its data are refused."""

    code: str
    chapter: str | None = None


@dataclass(frozen=True)
class Report:
    """The pages of a report: `country` is a market's code, or "all"; `missing` are markets that it goes without."""

    study: Study
    country: str
    pages: tuple[Page, ...]
    missing: tuple[Missing, ...] = ()

    @property
    def markets(self) -> tuple[str, ...]:
        """The markets that have pages in it."""
        codes = self.study.settings.markets if self.country == ALL_MARKETS else (self.country,)
        gone = {one.code for one in self.missing}
        return tuple(code for code in codes if code not in gone)

    @property
    def compared(self) -> bool:
        """Whether the data of two markets are left to compare."""
        refused = [one for one in self.missing if one.chapter is None]
        return not refused or len(self.study.settings.markets) - len(refused) > 1

    def without(self, missing: Iterable[Missing]) -> Report:
        """The same without these markets; without the pages across markets too where nothing is left to compare."""
        left = replace(self, missing=tuple(missing))
        about = {ALL_MARKETS, *left.markets}
        pages = [p for p in self.pages if p.country in about and (left.compared or p.source.parent != ACROSS[1])]
        return replace(left, pages=tuple(pages))


def plan_report(study: Study, country: str, root: Path) -> Report:
    """The pages to make for a market, or for "all" markets and their comparison.

    `root` is the folder that holds `notebooks/`. Raises a config error for an unknown market, a chapter without a
    notebook, or a notebook that cannot be read or would not hear which market it is run for.
    """
    if country != ALL_MARKETS:
        study.market(country)
    chapters = study.settings.chapters
    pages = [Page(_notebook(root, "markets", "landing"), country, LANDING, "Overview")]
    if country == ALL_MARKETS:
        pages += [
            Page(_notebook(root, "markets", name), country, name, say(title, study.language))
            for name, title in chapters.markets.items()
        ]
    codes = study.settings.markets if country == ALL_MARKETS else (country,)
    for code in codes:
        pages += [
            Page(_notebook(root, "market", name), code, name, say(title, study.language))
            for name, title in chapters.market.items()
        ]
    refuse_unsound(page.notebook for page in pages)
    return Report(study, country, tuple(pages))


def _notebook(root: Path, folder: str, name: str) -> Path:
    path = root / NOTEBOOKS / folder / f"{name}.ipynb"
    if not path.is_file():
        known = sorted(p.stem for p in path.parent.glob("*.ipynb"))
        where = f"study.yaml, chapters.{folder}"
        problem = Problem(where, "no such notebook", name, ", ".join(known), did_you_mean(name, known))
        raise JourneybookError("config", problem)
    return path
