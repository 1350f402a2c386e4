"""voices.yaml: where a company may hear of its customers, what each source covers, and which questions ask about it.

A study may do without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from analysis.errors import JourneybookError, Problem
from analysis.study.codebook import Codebook, Figure
from analysis.study.references import figure_problems, nowhere
from analysis.study.settings import Settings, Text, read_settings

if TYPE_CHECKING:
    from analysis.study.params import Study

NAME = "voices.yaml"
Coverage = Literal["covered", "partly"]


class Topic(Settings):
    """Something there is to hear, at some stages of the journey and some touchpoints.

    `questions` of this study ask about it (none: the study leaves it blank), `chapter` shows them.
    """

    label: Text
    stages: tuple[str, ...]
    touchpoints: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    chapter: str | None = None


class Voice(Settings):
    """One source: what it reads, and which topics it hears, covered or partly; those not named, not at all.

    `could_hear` is the share of people it could hear of at most.
    """

    label: Text
    reads: Text
    hears: dict[str, Coverage]
    could_hear: Figure | None = None


class Voices(Settings):
    """The sources and the topics; `journey` is the grid whose rows and columns are stages and touchpoints."""

    journey: str
    topics: dict[str, Topic] = Field(min_length=1)
    sources: dict[str, Voice] = Field(min_length=1)

    def stages_of(self, source: str) -> list[str]:
        """The stages at which a source hears something, in the order of the topics."""
        heard = (stage for topic in self.sources[source].hears for stage in self.topics[topic].stages)
        return list(dict.fromkeys(heard))


def read_voices(study: Study) -> Voices | None:
    """The voices of a study; None where its folder has none.

    Raises a config error with every problem: file and key, and names that point at nothing.
    """
    path = study.folder / NAME
    if not path.is_file():
        return None
    found = read_settings(path, Voices)
    problems = list(_voice_problems(str(path), found, {*study.settings.chapters.market}, study.codebook))
    if problems:
        raise JourneybookError("config", problems)
    return found


def _voice_problems(where: str, voices: Voices, chapters: set[str], book: Codebook) -> Iterator[Problem]:
    """Questions, stages, touchpoints, chapters and topics that there are not."""
    grid = book.questions.get(voices.journey)
    if grid is None or not grid.rows:
        grids = [name for name, question in book.questions.items() if question.rows]
        yield Problem(
            where, "no such grid of stages in the codebook", voices.journey, ", ".join(grids), "name one as journey"
        )
        return
    for name, topic in voices.topics.items():
        named: dict[str, tuple[tuple[str, ...], Collection[str]]] = {
            "stage": (topic.stages, grid.rows),
            "touchpoint": (topic.touchpoints, grid.columns),
            "question": (topic.questions, book.questions),
            "chapter": ((topic.chapter,) if topic.chapter else (), chapters),
        }
        for what, (given, known) in named.items():
            yield from (nowhere(f"{where}.topics.{name}", what, one, known) for one in given if one not in known)
    for name, source in voices.sources.items():
        place = f"{where}.sources.{name}"
        unknown = [topic for topic in source.hears if topic not in voices.topics]
        yield from (nowhere(place, "topic", topic, voices.topics) for topic in unknown)
        if source.could_hear:
            yield from figure_problems(place, source.could_hear, book)
