"""Questions, answers, missing codes, bases, routing, nets and labels: what was asked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from analysis.study.consistency import codebook_faults
from analysis.study.settings import Faults, Settings, Text, say

Code = int | str
Missing = Literal["not_asked", "not_applicable", "no_answer", "dont_know", "refused"]
Kind = Literal["single", "multiple", "grid", "number", "bands", "identifier", "date", "open"]


MISSING_LABELS = {
    "dont_know": "Don't know",
    "refused": "Prefer not to say",
    "no_answer": "No answer",
    "not_applicable": "Does not apply",
    "not_asked": "Not asked",
}


class Net(Settings):
    """Answers of a single-choice question or a grid taken together, or items of a multiple."""

    label: Text
    answers: tuple[Code, ...]


class Scale(Settings):
    """An ordered list of answers that several questions share."""

    answers: dict[int, Text]
    nets: dict[str, Net] = Field(default_factory=dict)
    mean: bool = False  # whether the mean of its codes says something


class Composite(Settings):
    """Several items of a grid taken together as their mean; `reversed` are turned round first."""

    label: Text
    items: tuple[str, ...]
    reversed: tuple[str, ...] = ()


class Item(Settings):
    """One line of a grid, or one answer of a multiple-response question: one column."""

    label: Text
    column: str | None = None
    exclusive: bool = False


class Condition(Settings):
    """A routing condition: asked of those who gave one of these answers (codes, nets or items)."""

    question: str
    answers: tuple[Code, ...]


class Question(Settings):
    """One question, as it was put and as its answers are coded.

    `base` says in words who was asked, `asked_if` says it in codes. `missing` overrides the
    codebook's missing codes for this question. A grid may name `rows` and `columns` instead of items:
    each cell is then an item named <row>_<column>. `composites` are means of a grid's items. A date lies
    `within` the market's fieldwork, unless it is of any day.
    """

    kind: Kind
    label: Text
    section: str | None = None
    wording: Text | None = None
    note: Text | None = None
    column: str | None = None
    scale: str | None = None
    answers: dict[int, Text] = Field(default_factory=dict)
    items: dict[str, Item] = Field(default_factory=dict)
    rows: dict[str, Text] = Field(default_factory=dict)
    columns: dict[str, Text] = Field(default_factory=dict)
    composites: dict[str, Composite] = Field(default_factory=dict)
    nets: dict[str, Net] = Field(default_factory=dict)
    of: str | None = None
    bands: dict[str, tuple[float, float]] = Field(default_factory=dict)
    range: tuple[float, float] | None = None
    within: Literal["fieldwork", "any"] = "fieldwork"
    base: Text = Field(default_factory=lambda: {"en": "all respondents"})
    asked_if: tuple[Condition, ...] = ()
    missing: dict[Missing, tuple[int, ...]] | None = None

    @model_validator(mode="before")
    @classmethod
    def _cells(cls, given: Any) -> Any:
        sides = (given.get("rows"), given.get("columns")) if isinstance(given, dict) else ()
        if not sides or not all(isinstance(side, dict) and side for side in sides):
            return given
        cells = {
            f"{row}_{column}": {"label": f"{_english(above)}: {_english(beside).lower()}"}
            for row, above in given["rows"].items()
            for column, beside in given["columns"].items()
        }
        return {**given, "items": cells}

    @model_validator(mode="after")
    def _complete(self) -> Question:
        needs = {"grid": "items", "multiple": "items", "bands": "bands"}
        field = needs.get(self.kind)
        if field and not getattr(self, field):
            raise ValueError(f"a question of kind {self.kind} needs {field}")
        if self.kind in ("single", "grid") and not (self.answers or self.scale):
            raise ValueError(f"a question of kind {self.kind} needs answers or a scale")
        if self.kind == "bands" and not self.of:
            raise ValueError("a question of kind bands needs 'of', the question it bands")
        for name, composite in self.composites.items():
            unknown = sorted({*composite.items, *composite.reversed} - set(self.items))
            if unknown:
                raise ValueError(f"composite {name!r} has {', '.join(unknown)}, not among the items")
        return self


def _english(text: Any) -> str:
    return str(say(text)) if isinstance(text, dict) and text else str(text)


class Figure(Settings):
    """One figure of the study: a question with its item, and an answer, a net or a band of it.

    `mean` takes the mean of the answers' codes instead, of a number, a scale, or a composite named as
    the item. `domain` limits it to respondents with given answers: variable to answer code, net or band.
    """

    question: str
    item: str | None = None
    answer: Code | None = None
    net: str | None = None
    mean: bool = False
    domain: dict[str, Code] = Field(default_factory=dict)

    @property
    def choice(self) -> Code | None:
        """The answer, net or band that is counted; None where the item alone says it."""
        return self.net if self.net is not None else self.answer

    @property
    def questions(self) -> set[str]:
        """The questions that it stands on: its own and those of its domain."""
        return {self.question, *(variable.partition(".")[0] for variable in self.domain)}


class Codebook(Settings):
    """All questions of a study, with the codes that mean no substantive answer.

    `in_base` lists the kinds of missing answer that stay in the base of a share (the don't-knows,
    as in most published toplines); the others leave it.
    """

    missing: dict[Missing, tuple[int, ...]] = Field(default_factory=dict)
    in_base: tuple[Missing, ...] = ("dont_know",)
    sections: dict[str, Text] = Field(default_factory=dict)
    scales: dict[str, Scale] = Field(default_factory=dict)
    questions: dict[str, Question]

    @model_validator(mode="after")
    def _consistent(self) -> Codebook:
        faults = list(codebook_faults(self))
        if faults:
            raise Faults(faults)
        return self

    def answers(self, name: str) -> dict[int, dict[str, str]]:
        """Code to label of a single-choice question or of a grid's lines, in codebook order."""
        question = self.questions[name]
        return self.scales[question.scale].answers if question.scale else question.answers

    def nets(self, name: str) -> dict[str, Net]:
        """The nets of a question, those of its scale first."""
        question = self.questions[name]
        shared = self.scales[question.scale].nets if question.scale else {}
        return {**shared, **question.nets}

    def offering(self, offered: Mapping[str, Iterable[int]]) -> Codebook:
        """The same with no other answers of these questions than those offered; nets keep those of theirs."""
        questions = dict(self.questions)
        for name, codes in offered.items():
            answers = {code: text for code, text in self.answers(name).items() if code in set(codes)}
            nets = {
                key: net.model_copy(update={"answers": tuple(a for a in net.answers if a in answers)})
                for key, net in self.nets(name).items()
            }
            questions[name] = questions[name].model_copy(update={"scale": None, "answers": answers, "nets": nets})
        return self.model_copy(update={"questions": questions}) if offered else self

    def choices(self, name: str) -> list[Code]:
        """What a respondent can choose: answer codes, items of a multiple, or bands."""
        question = self.questions[name]
        if question.kind == "multiple":
            return list(question.items)
        if question.kind == "bands":
            return list(question.bands)
        return list(self.answers(name))

    def has_answer(self, name: str, answer: Code) -> bool:
        """Whether it is an answer, a net with answers or a kind of missing answer of the question."""
        nets = [key for key, net in self.nets(name).items() if net.answers]
        return str(answer) in {*map(str, self.choices(name)), *nets, *MISSING_LABELS}

    def missing_codes(self, name: str) -> dict[int, Missing]:
        """Missing code to its kind, for one question; an answer or a number in range is not missing."""
        question = self.questions[name]
        kinds = self.missing if question.missing is None else question.missing
        answers = self.answers(name) if question.kind in ("single", "grid") else {}
        low, high = question.range or (math.inf, -math.inf)
        return {
            code: kind
            for kind, codes in kinds.items()
            for code in codes
            if code not in answers and not low <= code <= high
        }

    def blank_allowed(self, name: str) -> bool:
        """Whether somebody who was asked may have left the question empty."""
        question = self.questions[name]
        return "no_answer" in (self.missing if question.missing is None else question.missing)

    def columns(self, name: str) -> dict[str, str]:
        """Variable to column name in the delivered file: `question` or `question.item`."""
        question = self.questions[name]
        if question.kind == "bands":
            return {}
        if not question.items:
            return {name: question.column or name}
        stem = question.column or name
        return {f"{name}.{key}": item.column or f"{stem}_{key}" for key, item in question.items.items()}

    @cached_property
    def all_columns(self) -> dict[str, str]:
        """Variable to column name over all questions."""
        return {v: c for name in self.questions for v, c in self.columns(name).items()}

    def scale_range(self, name: str) -> tuple[float, float] | None:
        """The lowest and the highest code of a scale, or the range of a number; None where there is none."""
        question = self.questions[name]
        return question.range if question.kind == "number" else (min(self.answers(name)), max(self.answers(name)))

    def has_mean(self, name: str) -> bool:
        """Whether a table of the question has a mean: of a number, or of a scale that says so."""
        question = self.questions[name]
        return question.kind == "number" or bool(question.scale and self.scales[question.scale].mean)

    def question_label(self, name: str, language: str = "en") -> str:
        return say(self.questions[name].label, language)

    def item_label(self, name: str, item: str, language: str = "en") -> str:
        """The label of an item, of a composite, or of the net of that name (a multiple's nets are items too)."""
        nets, question = self.nets(name), self.questions[name]
        named: Mapping[str, Net | Composite | Item] = {**nets, **question.composites, **question.items}
        return say(named[item].label, language)

    def answer_label(self, name: str, answer: Code, language: str = "en") -> str:
        """The label of an answer code, a net, a band or a kind of missing answer."""
        nets = self.nets(name)
        if answer in MISSING_LABELS:
            return MISSING_LABELS[str(answer)]
        if str(answer) in nets:
            return say(nets[str(answer)].label, language)
        if self.questions[name].kind == "bands":
            return str(answer).replace("-", "\u2013")
        return say(self.answers(name)[int(answer)], language)

    def figures(
        self,
        name: str,
        *,
        item: str | Iterable[str] | None = None,
        answer: Code | Iterable[Code] | None = None,
    ) -> list[Figure]:
        """The figures of a question, all of them or those of the items and answers named.

        Items are the lines of a grid, or the answers and nets of a multiple response; answers are
        codes, nets or bands, by default all of them and the missing kinds that stay in the base.
        """
        question = self.questions[name]
        items: list[str | None] = [None]
        if question.items:
            items = [*([item] if isinstance(item, str) else item or question.items)]
        if question.kind == "multiple":
            return [Figure(question=name, item=one) for one in items]
        if answer is None:
            answers: list[Code] = [*self.choices(name)]
            declared = set(self.missing_codes(name).values())
            answers += [kind for kind in self.in_base if kind in declared]
        else:
            answers = [answer] if isinstance(answer, int | str) else list(answer)
        return [Figure(question=name, item=one, answer=a) for one in items for a in answers]
