"""Where a company may hear of its customers: what each source covers, and which questions of the study ask about it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analysis.study.codebook import Figure
from analysis.study.settings import Settings, Text

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
