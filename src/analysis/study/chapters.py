"""What the book shows: its edition, key figures, chapters, and where a reader of the article finds what it claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from pydantic import Field

from analysis.study.codebook import Code, Figure
from analysis.study.register import Claim
from analysis.study.settings import Settings, Text

EVERY = "*"


class Edition(Settings):
    """Which edition of the book this is: `name` is that of its file of figures, `authors` are whom to cite.

    `changes` says why figures moved since the edition before.
    """

    name: str = Field(pattern=r"^\w[\w.-]*$")
    date: dt.date
    authors: Text | None = None
    changes: Text | None = None


class KeyFigure(Figure):
    """A figure for the landing page: `label` names it, `claims` are the ids it is held against.

    The first claim that concerns a market gives its published percent.
    """

    label: Text
    claims: tuple[str, ...] = ()


class Banner(Settings):
    """The columns of a topline: a question, and which of its answers or nets (all by default).

    Without `page` they stand in the tab book alone: a page is not so wide.
    """

    question: str
    answers: tuple[Code, ...] = ()
    page: bool = True


class Article(Settings):
    """Where the overview sends a reader who knows the article of the study.

    `claims` are patterns of claim ids ("S0-*"); `shows` names a chapter of a market and the questions
    that it shows, "*" for every question that no other chapter shows, "question.item" for a chapter of one
    item beside that of its question. Of the chapters of all markets `across` shows the key figures,
    `scorecard` the verdicts in short, `verdicts` in full, and `figures` where each claim is tested; of those
    of one market `checked` shows its verdicts and `sample` who answered. A chapter that the study does not
    have is passed over.
    """

    claims: tuple[str, ...] = ()
    shows: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    across: str | None = None
    verdicts: str | None = None
    scorecard: str | None = "replication"
    figures: str | None = "article"
    checked: str | None = "replication"
    sample: str | None = "sample"

    def within(self, chapters: Chapters) -> Article:
        """The same without the chapters that there are not."""
        shows = {chapter: questions for chapter, questions in self.shows.items() if chapter in chapters.market}
        places = {"market": ("checked", "sample"), "markets": ("across", "verdicts", "scorecard", "figures")}
        named = {key: getattr(chapters, folder) for folder, keys in places.items() for key in keys}
        there = {key: name if (name := getattr(self, key)) in known else None for key, known in named.items()}
        return self.model_copy(update={"shows": shows, **there})

    def chapter_of(self, claim: Claim) -> str | None:
        """The chapter that shows what a claim stands on: one that names its question, or else one of those of its
        groups; else the chapter of every question."""
        for asked in (*claim.stands_on, EVERY):
            for chapter, questions in self.shows.items():
                if asked in questions:
                    return chapter
        return None

    def claims_of(self, chapter: str, claims: Iterable[Claim]) -> list[Claim]:
        """The claims that belong to a chapter: each stands in one, and in those of its item alone."""
        alone = self.shows.get(chapter, ())
        return [c for c in claims if self.chapter_of(c) == chapter or f"{c.figure.question}.{c.figure.item}" in alone]


class Chapters(Settings):
    """Notebook name to the title that stands in the navigation, in reading order."""

    market: dict[str, Text]
    markets: dict[str, Text] = Field(default_factory=dict)
