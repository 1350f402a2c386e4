"""Complementary suppression: an attacker with integer programming finds none of the withheld cells."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from recovering import Attack

from analysis.report.suppression import Side, Table, complete

LEAST = 10


def attack_on(gave: np.ndarray, hidden: np.ndarray, rows: Side, columns: Side) -> Attack:
    """What a reader of the table knows, who has all totals, bases and sums of nets."""
    attack, parts, groups = Attack(), rows.parts, columns.parts
    bases = gave[:parts].sum(axis=0)
    scored = rows.scores is not None
    for column in range(gave.shape[1]):
        attack.cell(("base", column), int(bases[column]), shown=True)
        for row in range(len(rows.members)):
            attack.cell((row, column), int(gave[row, column]), shown=not hidden[row, column])
        attack.adds_up([(row, column) for row in range(parts)], ("base", column))
        for net in range(parts, len(rows.members)):
            attack.adds_up([(row, column) for row in np.flatnonzero(rows.members[net])], (net, column))
        if scored and not hidden[-1, column]:
            attack.scores({(row, column): score for row, score in enumerate(rows.scores) if not np.isnan(score)})
    for row in range(len(rows.members)):
        attack.cell((row, "total"), int(gave[row, :groups].sum()), shown=True)
        attack.adds_up([(row, column) for column in range(groups)], (row, "total"))
        for net in range(groups, gave.shape[1]):
            attack.adds_up([(row, column) for column in np.flatnonzero(columns.members[net])], (row, net))
    return attack


def side(parts: int, nets: list[list[int]], scores: np.ndarray | None = None) -> Side:
    members = [np.isin(np.arange(parts), net) for net in nets]
    return Side(np.vstack([np.eye(parts, dtype=bool), *members]), scores)


def filled(inner: np.ndarray, rows: Side, columns: Side) -> np.ndarray:
    """Counts of the parts with those of their nets below and beside, and of a mean its base."""
    below = rows.members[rows.parts :].astype(int) @ inner
    whole = np.vstack([inner, below])
    if rows.scores is not None:
        whole = np.vstack([whole, inner.sum(axis=0)])
    return np.hstack([whole, whole @ columns.members[columns.parts :].T.astype(int)])


def withheld(gave: np.ndarray, rows: Side, columns: Side) -> tuple[np.ndarray, np.ndarray]:
    """Which cells are small, and which are withheld, where the total of every row is shown."""
    bases = gave[: rows.parts].sum(axis=0)
    left = bases - gave
    if rows.scores is not None:
        left[-1] = gave[-1]
    small = (gave < LEAST) | (left < LEAST)
    table = Table(gave, left, bases, rows, columns, np.zeros_like(small), np.ones(len(gave), dtype=bool))
    return small, complete(table, small, LEAST)


COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 80))


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, Side, Side]:
    parts, groups = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    inner = np.array(draw(st.lists(st.lists(COUNTS, min_size=groups, max_size=groups), min_size=parts, max_size=parts)))
    nets = [[parts - 2, parts - 1]] if parts > 2 and draw(st.booleans()) else []
    scores = np.arange(1.0, parts + 1) if parts > 2 and draw(st.booleans()) else None
    beside = [[0, 1]] if groups > 2 and draw(st.booleans()) else []
    rows, columns = side(parts, nets, scores), side(groups, beside)
    return filled(inner, rows, columns), rows, columns


@given(tables())
@settings(max_examples=20, deadline=None, derandomize=True)
def test_no_withheld_cell_of_a_table_can_be_found(table: tuple[np.ndarray, Side, Side]) -> None:
    gave, rows, columns = table
    # What fewer than ten gave in all is withheld in total too, which is another table's matter.
    if (gave[:, : columns.parts].sum(axis=1) < 3 * LEAST).any() or (gave[: rows.parts].sum(axis=0) < LEAST).any():
        return
    small, hidden = withheld(gave, rows, columns)
    assert (hidden | ~small).all()
    assert attack_on(gave, hidden, rows, columns).recovered() == []


def test_the_attacker_finds_what_is_withheld_alone() -> None:
    """One cell of a row whose total is known; two that add up to nought; two of which a mean is known too."""
    rows, columns = side(2, []), side(3, [])
    gave = filled(np.array([[5, 40, 60], [20, 30, 50]]), rows, columns)
    small, hidden = withheld(gave, rows, columns)
    assert attack_on(gave, small, rows, columns).recovered() == [(0, 0), (1, 0)]  # 5 of 25, and 20 of 25
    assert attack_on(gave, hidden, rows, columns).recovered() == []

    attack = Attack()
    for name, count in {"a": 0, "b": 0, "sum": 0, "c": 4, "d": 8, "e": 9, "base": 21}.items():
        attack.cell(name, count, shown=name in ("sum", "e", "base"))
    attack.adds_up(["a", "b"], "sum")
    attack.adds_up(["c", "d", "e"], "base")
    assert attack.recovered() == ["a", "b"]
    attack.scores({"c": 1.0, "d": 2.0, "e": 3.0})
    assert attack.recovered() == ["a", "b", "c", "d"]


def test_the_attacker_seeks_what_is_secret() -> None:
    attack = Attack()
    attack.cell("rest", 3, shown=False, secret=False)
    attack.cell("base", 3, shown=True)
    attack.adds_up(["rest"], "base")
    assert attack.recovered() == []
