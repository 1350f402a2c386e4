"""Which cells of a table are withheld beside the small ones, so that none can be found by subtraction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

IMPOSSIBLE = 1e9  # the price of a shift of respondents that there are not
NET, MEAN = 2.0, 3.0  # how much dearer than an answer: readers act on nets and means


@dataclass(frozen=True, eq=False)
class Shifts:
    """Ways for respondents to move between parts that exclude each other, one a row.

    `steps` (shifts x parts) says how many leave or join each part, `changed` (shifts x things) which of the things
    that are shown it changes.
    """

    steps: np.ndarray
    changed: np.ndarray

    def of(self, chosen: np.ndarray) -> Shifts:
        """Some of them."""
        return Shifts(self.steps[chosen], self.changed[chosen])


def shifts(members: np.ndarray, scores: np.ndarray | None = None) -> Shifts:
    """The ways to move between two parts; with a mean also, of three parts and of two pairs, those that leave it alone.

    `members` (things shown x parts, boolean) says which parts a thing counts. `scores` are the codes whose mean is
    shown as well, NaN for a part outside of it; the mean is then the last thing that may change.
    """
    count = members.shape[1]
    if count == 1:  # an amount, that moves by itself
        return Shifts(np.ones((1, 1)), np.ones((1, len(members)), dtype=bool))
    moved = [_steps(count, {a: 1.0, b: -1.0}) for a, b in combinations(range(count), 2)]
    known = [] if scores is None else [(n, s) for n, s in enumerate(scores) if not np.isnan(s)]
    for (a, x), (b, y), (c, z) in combinations(known, 3):
        moved.append(_steps(count, {a: y - z, b: z - x, c: x - y}))
    for ((a, x), (b, y)), ((c, z), (d, w)) in combinations(list(combinations(known, 2)), 2):
        if len({a, b, c, d}) == 4 and x - y == z - w:
            moved.append(_steps(count, {a: 1.0, b: -1.0, c: -1.0, d: 1.0}))
    steps = np.array(moved)
    changed = [np.abs(steps @ members.T.astype(float)) > 1e-9]
    if scores is not None:
        joins = (np.abs(steps[:, np.isnan(scores)]) > 1e-9).any(axis=1)
        mean = (np.abs(steps @ np.nan_to_num(scores)) > 1e-9) | joins
        changed.append(mean[:, None])
    return Shifts(steps, np.concatenate(changed, axis=1))


@dataclass(frozen=True, eq=False)
class Side:
    """The rows or the columns of a table.

    Its first `parts` things exclude each other and make up the whole; nets of them follow (`members`: all of them by
    parts), then a mean where there are `scores`. `factor` says how much dearer each is to withhold than an answer.
    """

    members: np.ndarray
    scores: np.ndarray | None = None

    @property
    def parts(self) -> int:
        return int(self.members.shape[1])

    @cached_property
    def shifts(self) -> Shifts:
        """The ways to move along this side (see `shifts`)."""
        return shifts(self.members, self.scores)

    @property
    def factor(self) -> np.ndarray:
        nets = len(self.members) - self.parts
        return np.array([1.0] * self.parts + [NET] * nets + [MEAN] * (self.scores is not None))

    def sums(self, hidden: np.ndarray) -> Iterator[np.ndarray]:
        """The sets of parts whose sum can be had: all, and those inside and outside of each net that is not hidden."""
        yield np.ones(self.parts, dtype=bool)
        for place in range(self.parts, len(self.members)):
            if not hidden[place]:
                yield self.members[place]
                yield ~self.members[place]


@dataclass(frozen=True)
class Table:
    """Things of the rows by things of the columns, whose cells may have to be withheld.

    `gave` says how many respondents gave each (of a mean, its base), `left` how many did not, `bases` how many there
    are in each column; `columns` None is a table of one column. `unseen` cells are shown nowhere. `known` says in
    which rows the sum over all columns is shown.
    """

    gave: np.ndarray
    left: np.ndarray
    bases: np.ndarray
    rows: Side
    columns: Side | None
    unseen: np.ndarray
    known: np.ndarray


def complete(table: Table, small: np.ndarray, least: int) -> np.ndarray:
    """The cells to withhold: the `small` ones, and others until none can be found by subtraction.

    After it every withheld cell is one of a set that can change while all that is shown stays, and the withheld cells
    of a sum that is known hold together at least `least` respondents, and leave as many out. Cells are added at the
    least price, by respondents: the heuristic of the least circuit (Willenborg and de Waal 2001, ch. 7).
    """
    work = _Work(table, small | table.unseen, least)
    work.cover()
    while work.enlarge():
        work.cover()
    return work.hidden


def thin(bases: np.ndarray, least: int, unseen: int) -> np.ndarray:
    """The columns whose base is withheld: those of fewer than `least`, and others so that no base can be found.

    `unseen` is how many respondents are in no column. A base of nobody is no secret.
    """
    hidden = (bases > 0) & (bases < least)
    order = [n for n in np.argsort(bases, kind="stable") if bases[n] >= least]
    while hidden.any() and (hidden.sum() + (unseen >= least) < 2 or bases[hidden].sum() + unseen < least) and order:
        hidden[order.pop(0)] = True
    return hidden


class _Work:
    """A table under way: which cells are withheld, and which of them are known to be safe."""

    def __init__(self, table: Table, hidden: np.ndarray, least: int) -> None:
        self.hidden, self.least = hidden, least
        self.gave, self.left, self.bases, self.known = table.gave, table.left, table.bases, table.known
        self.rows, self.columns = table.rows, table.columns
        self.covered = table.unseen.copy()
        self.down = table.rows.shifts
        # In the only column there is, a shift goes down alone; a column without anybody cannot lend any.
        self.across = Shifts(np.ones((1, 1)), np.ones((1, 1), dtype=bool))
        price = (table.gave + 1.0) * table.rows.factor[:, None]
        if table.columns:
            empty = np.flatnonzero(table.bases[: table.columns.parts] == 0)
            moves = table.columns.shifts
            self.across = moves.of(np.asarray(~moves.changed[:, empty].any(axis=1)))
            price = price * table.columns.factor
        self.price = price

    def cover(self) -> None:
        """Every withheld cell gets a shift down the rows and one across the columns whose cells are all withheld."""
        order = np.argsort(-self.gave, axis=None, kind="stable")
        for place in order[self.hidden.ravel()[order]]:
            row, column = divmod(int(place), self.hidden.shape[1])
            if not self.covered[row, column]:
                self._add(self.down.of(self.down.changed[:, row]), self.across.of(self.across.changed[:, column]))
                self.covered[row, column] = True

    def enlarge(self) -> bool:
        """Adds to the first sum of withheld cells that is too small; False where none is."""
        return any(self._enlarge_down(column) for column in range(self.hidden.shape[1])) or any(
            self._enlarge_across(row) for row in range(self.rows.parts) if self.known[row]
        )

    def _enlarge_down(self, column: int) -> bool:
        count = self.rows.parts
        if self.bases[column] == 0:
            return False
        for inside in self.rows.sums(self.hidden[:, column]):
            held = self.hidden[:count, column] & inside
            if held.any() and self.gave[:count, column][held].sum() < self.least:
                more = self.down.changed[:, :count]
                joins = (more & held).any(axis=1) & (more & inside & ~held).any(axis=1)
                if self._add(self.down.of(joins), self.across.of(self.across.changed[:, column])):
                    return True
        return False

    def _enlarge_across(self, row: int) -> bool:
        if self.columns is None:
            return False
        count = self.columns.parts
        for inside in self.columns.sums(self.hidden[row]):
            held = self.hidden[row, :count] & inside & (self.bases[:count] > 0)
            smaller = min(whole[row, :count][held].sum() for whole in (self.gave, self.left))
            if held.any() and smaller < self.least:
                more = self.across.changed[:, :count]
                joins = (more & held).any(axis=1) & (more & inside & ~held).any(axis=1)
                if self._add(self.down.of(self.down.changed[:, row]), self.across.of(joins)):
                    return True
        return False

    def _add(self, down: Shifts, across: Shifts) -> bool:
        """Withholds the cheapest of these shifts for which there are respondents; whether a cell was added."""
        if not len(down.steps) or not len(across.steps):
            return False
        due = np.where(self.hidden, 0.0, self.price)
        costs = down.changed @ due @ across.changed.T + IMPOSSIBLE * self._short(down.steps, across.steps)
        first, second = divmod(int(costs.argmin()), len(across.steps))
        cells = np.outer(down.changed[first], across.changed[second])
        added = bool((cells & ~self.hidden).any())
        self.hidden |= cells
        if costs[first, second] < IMPOSSIBLE:
            self.covered |= cells
        return added

    def _short(self, down: np.ndarray, across: np.ndarray) -> np.ndarray:
        """Whether a shift down and across would take more respondents from a cell than it has, either way round."""
        held = self.gave[: down.shape[1], : across.shape[1]][None]
        leave, join = (
            ((sign * down[:, :, None] < 0) & (held < np.abs(down)[:, :, None])).sum(axis=1) for sign in (1, -1)
        )
        up, back = (across > 0).T.astype(int), (across < 0).T.astype(int)
        return np.asarray(np.minimum(leave @ up + join @ back, join @ up + leave @ back) > 0)


def _steps(count: int, steps: dict[int, float]) -> np.ndarray:
    moved = np.zeros(count)
    moved[list(steps)] = list(steps.values())
    return moved
