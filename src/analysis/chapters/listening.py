"""Who hears what: the sources a company listens to, held against what people say they did in one market."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.asking import Asked
from analysis.errors import JourneybookError, Problem
from analysis.report import matrix
from analysis.report.page import Html
from analysis.report.rows import TOTAL, Estimates
from analysis.study.settings import say
from analysis.study.voices import NAME, Voices, read_voices


@dataclass(frozen=True)
class Hearing:
    """The sources and topics of the study, with the answers of one market."""

    market: Asked
    voices: Voices

    @property
    def reach(self) -> Estimates:
        """A row a source, by its label: the share (0 to 1) of the people that it could hear of at most.

        Sources that the study gives no figure are left out.
        """
        market = self.market
        figures = {key: one.could_hear for key, one in self.voices.sources.items() if one.could_hear}
        rows = market.rows(list(figures.values()), {TOTAL: {}})
        labels = [say(self.voices.sources[key].label, market.language) for key in figures]
        first = next(iter(figures.values()))
        measure = f"{market.labels.measure([first])}: who could be heard of at most"
        base = market.labels.base(first.question)
        return Estimates(rows.assign(label=labels, item=list(figures)), measure, base, market.source, market.language)

    def matrix(self, *, title: str) -> Html:
        """Topic by source, in words: covered, in part, not."""
        return matrix.coverage(self.voices, title=title, language=self.market.language)

    def sources(self, *, title: str) -> Html:
        """A row a source: what it reads and at which stages it hears anything."""
        return matrix.sources(self.voices, self.market.study.codebook, title=title, language=self.market.language)

    def questions(self, *, title: str) -> Html:
        """A row a topic: stages, touchpoints, and the questions on it, each linked to its chapter; or left blank."""
        left_out = set(self.market.settings.not_asked)
        book, language = self.market.study.codebook, self.market.language
        return matrix.questions(self.voices, book, left_out, title=title, language=language)

    @property
    def blank(self) -> list[str]:
        """The labels of the topics that no question of the study asks about."""
        return [say(one.label, self.market.language) for one in self.voices.topics.values() if not one.questions]


def hearing(market: Asked) -> Hearing:
    """The voices of the study, in this market. Raises a config error where it declares none."""
    voices = read_voices(market.study)
    if voices is None:
        where = str(market.study.folder / NAME)
        raise JourneybookError("config", Problem(where, "the study declares no voices", fix="add the file"))
    return Hearing(market, voices)
