"""Which figures of a market are withheld from a public book, and so from every table, chart, sentence and file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.report.suppression import Side, Table, complete, thin
from analysis.study.codebook import Code, Codebook, Figure
from analysis.study.params import StudySettings
from analysis.study.respondents import STATUSES

MEAN, OTHERS, REST = " mean", " others", " rest"  # no answer has such a key
Domain = Mapping[str, Code]
# Figures and domains -> how many respondents of each domain gave each figure, and how many are in its base.
Count = Callable[[Sequence[Figure], Sequence[Domain]], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Line:
    """A question, or one line of it, as the rows of a table: answers that exclude each other, nets of them, a mean.

    A figure that is counted by itself has those who did not give it (`OTHERS`) as its second row, which no table shows.
    """

    figures: Mapping[str, Figure]
    side: Side

    @property
    def keys(self) -> list[str]:
        """What stands in the rows."""
        return [*self.figures, *([OTHERS] if self.by_itself else []), *([MEAN] if self.side.scores is not None else [])]

    @property
    def by_itself(self) -> bool:
        return self.side.parts == 2 and len(self.figures) == 1


@dataclass(frozen=True, eq=False)
class Plan:
    """What of a line is withheld (`hidden`, lines' rows by groups), and the groups whose base is (`thin`)."""

    rows: Sequence[str]
    groups: Sequence[str]
    hidden: np.ndarray
    thin: np.ndarray


@dataclass(frozen=True, eq=False)
class Withholding:
    """The rule put to one market: small cells are withheld, and those by which they could be found.

    A figure is withheld where its base is under the study's `suppress_below`, where fewer than `cell_below` respondents
    gave it or did not give it, and where by it another could be found: from the other answers, a net or a mean, or
    from the other groups of a variable. What is withheld in total is withheld in every group, so that the groups of one
    variable tell nothing about those of another.
    """

    settings: StudySettings
    book: Codebook
    count: Count
    _plans: dict[tuple[object, ...], Plan] = field(default_factory=dict)
    _lines: dict[tuple[object, ...], Line] = field(default_factory=dict)

    def of(self, figure: Figure, domain: Domain) -> tuple[bool, bool]:
        """Whether a figure is withheld among the respondents of this domain, and whether its base is too."""
        inside = {**figure.domain, **domain}
        whole = figure if not figure.domain else figure.model_copy(update={"domain": {}})
        names: list[str | None] = [*inside] or [None]
        found = [self._look(whole, inside, name) for name in names]
        return any(hidden for hidden, _ in found), any(base for _, base in found)

    def _look(self, figure: Figure, inside: Domain, name: str | None) -> tuple[bool, bool]:
        """What the plan of the figure's line by one variable of the domain says, among those in the rest of it."""
        within = {other: answer for other, answer in inside.items() if other != name}
        groups = self._groups(name, inside[name]) if name else ([], [])
        line = self._line(figure)
        told = (line, *sorted(within.items()), name, *map(str, groups[0]))
        if told not in self._plans:
            self._plans[told] = self._by(line, within, name, *groups) if name else self._total(line)
        plan = self._plans[told]
        column, row = plan.groups.index(str(inside[name]) if name else ""), _key(figure)
        # A mean that no table shows beside the answers goes with any of them.
        if row in STATUSES and row not in plan.rows:  # nobody gave it
            return False, False
        hidden = np.asarray(plan.hidden[plan.rows.index(row)] if row in plan.rows else plan.hidden.any(axis=0))
        return bool(hidden[column]), bool(plan.thin[column])

    # ---- plans

    def _total(self, line: Line) -> Plan:
        gave, bases = self._counted(line, [{}])
        table = Table(gave, _left(line, gave, bases), bases[0], line.side, None, _unseen(line, 1), np.zeros(len(gave)))
        hidden = complete(table, self._small(line, gave, bases), self._least)
        return Plan(line.keys, [""], hidden, (bases[0] > 0) & (bases[0] < self._least))

    def _by(self, line: Line, within: Domain, name: str, parts: list[Code], nets: list[Code]) -> Plan:
        """The plan of a line by the answers of a variable and their nets; the last of what is counted is the whole."""
        gave, bases = self._counted(line, [*({**within, name: group} for group in (*parts, *nets)), within])
        here = len(parts)
        rest = [whole[:, -1] - whole[:, :here].sum(axis=1) for whole in (gave, bases)]
        others = bool(rest[1][0] >= self._least)  # who has none of these answers is a group that no table shows
        keys = [*map(str, parts), *([REST] if others else []), *map(str, nets)]
        gave, bases = (
            np.column_stack([whole[:, :here], *([one] if others else []), whole[:, here:-1]])
            for whole, one in zip((gave, bases), rest, strict=True)
        )
        columns = Side(self._members(name, parts, nets, others))
        unseen = _unseen(line, len(keys))
        unseen[:, [key == REST for key in keys]] = True
        total = np.array([self._in_total(line, key, within) for key in line.keys])
        few = self._thin(bases[0], columns, others)
        small = self._small(line, gave, bases) | total[:, None] | few
        table = Table(gave, _left(line, gave, bases), bases[0], line.side, columns, unseen, ~total)
        return Plan(line.keys, keys, complete(table, small, self._least) | few, few)

    def _in_total(self, line: Line, key: str, within: Domain) -> bool:
        """Whether a row of the line is withheld among all those `within`."""
        if key == MEAN:
            figure = next(iter(line.figures.values())).model_copy(update={"answer": None, "net": None, "mean": True})
        else:
            figure = line.figures.get(key) or next(iter(line.figures.values()))
        return self.of(figure, within)[0]

    def _small(self, line: Line, gave: np.ndarray, bases: np.ndarray) -> np.ndarray:
        """The cells that are withheld for themselves."""
        left = _left(line, gave, bases)
        small = (gave < self._least) | (left < self._least)
        small[[key in STATUSES for key in line.keys]] = False  # that somebody did not know tells nothing of them
        small |= bases < self.settings.low_base.suppress_below
        if line.side.scores is not None:  # a mean of those who all said the same tells what each of them said
            small[-1] |= left[: line.side.parts].min(axis=0) < self._least
        return np.asarray(small)

    def _thin(self, bases: np.ndarray, columns: Side, others: bool) -> np.ndarray:
        """The groups whose base is withheld, and the nets by which one of these could be found."""
        shown = columns.parts - others
        few = np.zeros(len(bases), dtype=bool)
        few[:shown] = thin(bases[:shown], self._least, int(bases[shown]) if others else 0)
        for place in range(columns.parts, len(bases)):
            net = columns.members[place, :shown]
            inside, outside = bases[:shown][few[:shown] & net], bases[:shown][few[:shown] & ~net]
            # What a net holds and what it leaves over are as good as shown: not one group, nor a few respondents.
            told = len(inside) == 1 or 0 < inside.sum() < self._least
            told |= not others and (len(outside) == 1 or 0 < outside.sum() < self._least)
            few[place] = told or bases[place] < self._least
        return few

    @property
    def _least(self) -> int:
        return self.settings.confidentiality.cell_below

    def _counted(self, line: Line, domains: Sequence[Domain]) -> tuple[np.ndarray, np.ndarray]:
        """How many gave each row of the line in each domain, and their bases; of a mean its base, twice."""
        gave, bases = self.count(list(line.figures.values()), domains)
        if line.by_itself:
            gave, bases = np.vstack([gave, bases - gave]), np.vstack([bases, bases])
        if line.side.scores is not None:
            scored = gave[: line.side.parts][~np.isnan(line.side.scores)].sum(axis=0)
            gave, bases = np.vstack([gave, scored]), np.vstack([bases, scored])
        return gave, bases

    # ---- what stands in a table

    def _line(self, figure: Figure) -> Line:
        """The line that a figure is part of: its answers, their nets and a mean; or the figure by itself."""
        own = (figure.question, figure.item, _key(figure))
        if own not in self._lines:
            self._lines[own] = self._made_line(figure)
        return self._lines[own]

    def _made_line(self, figure: Figure) -> Line:
        book, name, item = self.book, figure.question, figure.item
        if _in_line(book, figure):
            if (name, item) not in self._lines:
                self._lines[name, item] = self._whole_line(name, item)
            return self._lines[name, item]
        return Line({_key(figure): figure}, Side(np.eye(1 if figure.mean else 2, dtype=bool)))

    def _whole_line(self, name: str, item: str | None) -> Line:
        """The answers of a question, or of one line of it, without a kind of missing answer that nobody gave."""
        book, answers = self.book, self.book.figures(name, item=item)
        gave = self.count(answers, [{}])[0][:, 0]
        answers = [one for one, many in zip(answers, gave, strict=True) if many or one.choice not in STATUSES]
        nets = {key: net for key, net in book.nets(name).items() if book.has_answer(name, key)}
        codes = [str(figure.choice) for figure in answers]
        members = [np.array([code in {*map(str, net.answers)} for code in codes]) for net in nets.values()]
        taken = [Figure(question=name, item=item, net=key) for key in nets]
        scores = None
        if book.has_mean(name):
            scores = np.array([float(f.choice) if isinstance(f.choice, int) else np.nan for f in answers])
        figures = dict(zip([*codes, *nets], [*answers, *taken], strict=True))
        return Line(figures, Side(np.vstack([np.eye(len(codes), dtype=bool), *members]), scores))

    def _groups(self, name: str, answer: Code) -> tuple[list[Code], list[Code]]:
        """The answers of a variable that divide its respondents, and their nets; or the one answer by itself."""
        question = name.partition(".")[0]
        if self.book.questions[question].kind in ("single", "grid", "bands"):
            parts = list(self.book.choices(question))
            nets: list[Code] = [key for key in self.book.nets(question) if self.book.has_answer(question, key)]
            if str(answer) in {*map(str, parts), *map(str, nets)}:
                return parts, nets
        return [answer], []

    def _members(self, name: str, parts: list[Code], nets: list[Code], others: bool) -> np.ndarray:
        """Things of the columns by parts: the answers, those with none of them, and the nets."""
        held = self.book.nets(name.partition(".")[0])
        of = [[str(a) in {*map(str, held[str(net)].answers)} for a in parts] + [False] * others for net in nets]
        own = np.eye(len(parts) + others, dtype=bool)
        return np.vstack([own, np.array(of, dtype=bool).reshape(len(nets), len(own))])


def _in_line(book: Codebook, figure: Figure) -> bool:
    """Whether a figure is an answer, a net or the mean of a line whose answers exclude each other."""
    name = figure.question
    if book.questions[name].kind not in ("single", "grid", "bands"):
        return False
    if figure.mean:
        return (figure.item or "") not in book.questions[name].composites
    known = {str(one.choice) for one in book.figures(name, item=figure.item)}
    return str(figure.choice) in known | {key for key in book.nets(name) if book.has_answer(name, key)}


def _key(figure: Figure) -> str:
    return MEAN if figure.mean else "" if figure.choice is None else str(figure.choice)


def _left(line: Line, gave: np.ndarray, bases: np.ndarray) -> np.ndarray:
    """How many did not give each row; of an amount or a mean, whom it is of."""
    left: np.ndarray = bases - gave
    if line.side.parts == 1:
        return gave
    if line.side.scores is not None:
        left[-1] = gave[-1]
    return left


def _unseen(line: Line, columns: int) -> np.ndarray:
    """The cells that no table shows: of a figure counted by itself those who did not give it."""
    unseen = np.zeros((len(line.keys), columns), dtype=bool)
    if line.by_itself:
        unseen[1] = True
    return unseen
