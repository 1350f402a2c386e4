"""The names of figures, domains, measures and bases, as a reader meets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.report import words
from analysis.study.codebook import Code, Codebook, Figure
from analysis.study.settings import say


@dataclass(frozen=True)
class Labels:
    """Names from one codebook, for the people of one market ("UK adults")."""

    codebook: Codebook
    people: str
    confidence_level: float
    language: str = "en"

    @property
    def intervals(self) -> str:
        """The intervals' confidence, to end a measure with: "95 % intervals"."""
        return words.intervals(self.confidence_level, self.language)

    def domain(self, domain: Mapping[str, Code]) -> str:
        """A domain in words; no domain is everybody."""
        return ", ".join(self._condition(*pair) for pair in domain.items()) or "All"

    def figure(self, figure: Figure) -> str:
        """The line of a figure: its item, or its answer where it has none."""
        name, answer = figure.question, figure.choice
        if figure.mean:
            of = self.codebook.item_label(name, figure.item, self.language) if figure.item else None
            return of or self.codebook.question_label(name, self.language)
        if figure.item and (self.codebook.questions[name].kind == "multiple" or answer is not None):
            return self.codebook.item_label(name, figure.item, self.language)
        return self.codebook.answer_label(name, answer if answer is not None else "", self.language)

    def table(self, figure: Figure) -> str:
        """The title of the published table that a figure is a cell of."""
        book, name = self.codebook, figure.question
        label = book.question_label(name, self.language)
        if book.questions[name].kind != "grid" or not figure.item:
            return label
        return f"{label}: {words.lower_first(book.item_label(name, figure.item, self.language))}"

    def cell(self, figure: Figure) -> str:
        """A cell of a published table: its answer and its domain."""
        answer = figure.choice
        if answer is None:
            label = self.figure(figure)
        else:
            label = self.codebook.answer_label(figure.question, answer, self.language)
        return f"{label}, {self.domain(figure.domain)}" if figure.domain else label

    def measure(self, figures: list[Figure]) -> str:
        """What is counted and in which unit, to stand under a title."""
        name = figures[0].question
        label = self.codebook.question_label(name, self.language)
        if figures[0].mean:
            return f"{label}, {self._mean_of(name)}, weighted, {self.intervals}"
        chosen = {figure.choice for figure in figures}
        if self.codebook.questions[name].kind == "multiple":
            return f"{label}, % of those asked, several answers possible, weighted, {self.intervals}"
        if len(chosen) == 1 and (only := chosen.pop()) is not None:
            answer = self.codebook.answer_label(name, only, self.language)
            return f"{label}, % {words.lower_first(answer)}, weighted, {self.intervals}"
        return f"{label}, % of those asked, weighted, {self.intervals}"

    def _mean_of(self, name: str) -> str:
        """The mean and its scale in words: "mean of 1 (very poor) to 5 (excellent)"."""
        if self.codebook.questions[name].kind == "number":
            return "mean"
        first, *_, last = self.codebook.answers(name).items()
        ends = [(code, words.lower_first(say(text, self.language))) for code, text in (first, last)]
        low, high = (f"{code} ({text})" if text != str(code) else str(code) for code, text in ends)
        return f"mean of {low} to {high}"

    def wording(self, question: str) -> str | None:
        """The question as it was put, with the unit of its table; None where it was not put."""
        wording = self.codebook.questions[question].wording
        if wording is None:
            return None
        several = ", several answers possible" if self.codebook.questions[question].kind == "multiple" else ""
        return f"\u201c{say(wording, self.language)}\u201d % of those asked{several}, weighted, {self.intervals}"

    def base(self, question: str, domain: Mapping[str, Code] | None = None) -> str:
        """Whom the figures are of: the people, who was asked, and the domain."""
        asked = say(self.codebook.questions[question].base, self.language)
        limit = f", {self.domain(domain)}" if domain else ""
        return f"{self.people}, {asked}{limit}"

    def _condition(self, variable: str, answer: Code) -> str:
        name, _, item = variable.partition(".")
        if self.codebook.questions[name].kind == "multiple":
            return self.codebook.item_label(name, item, self.language)
        return self.codebook.answer_label(name, answer, self.language)
