"""An attacker with integer programming: what can be found of the cells that a table withholds."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

TRIES = 6  # solutions in random directions, before the cells that never moved are looked at one by one


@dataclass
class Attack:
    """Counts of respondents that are known or not, and every sum between them that is known.

    `true` has the count of each cell; the attacker sees those in `shown`, and the equations. What is neither shown
    nor in `secret` may be found: the rest of a sum, which stands nowhere, and groups of nobody.
    """

    true: dict[Hashable, int] = field(default_factory=dict)
    shown: set[Hashable] = field(default_factory=set)
    secret: set[Hashable] = field(default_factory=set)
    sums: list[Mapping[Hashable, float]] = field(default_factory=list)

    def cell(self, name: Hashable, count: int, *, shown: bool, secret: bool = True) -> None:
        """A count, whether it can be read, and whether it must else be kept; what is shown once is known in all."""
        assert self.true.setdefault(name, count) == count
        if shown:
            self.shown.add(name)
        elif secret:
            self.secret.add(name)

    def adds_up(self, parts: Iterable[Hashable], whole: Hashable) -> None:
        """The parts make up the whole."""
        self.sums.append({**dict.fromkeys(parts, 1.0), whole: -1.0})

    def scores(self, parts: Mapping[Hashable, float]) -> None:
        """The weighted sum of these is known: a mean is printed, and its base."""
        self.sums.append(parts)

    def recovered(self, seed: int = 1) -> list[Hashable]:
        """The secret cells that can have but one value: in integers, from 0 up."""
        names = [name for name in self.true if name not in self.shown]
        solve = self._solver(names)
        true = np.array([self.true[name] for name in names])
        still, random = np.array([name in self.secret for name in names]), np.random.default_rng(seed)
        for _ in range(TRIES):
            if not still.any():
                return []
            still &= solve(np.where(still, random.normal(size=len(names)), 0.0)) == true
        fixed = []
        for n in np.flatnonzero(still):
            direction = np.zeros(len(names))
            direction[n] = 1.0
            if solve(direction)[n] == true[n] == solve(-direction)[n]:
                fixed.append(names[n])
        return fixed

    def _solver(self, names: list[Hashable]):  # type: ignore[no-untyped-def]
        place = {name: n for n, name in enumerate(names)}
        rows, columns, values, totals = [], [], [], list[float]()
        for one in self.sums:  # what is known of a sum is taken from it
            unknown = {name: factor for name, factor in one.items() if name in place}
            if unknown:
                rows += [len(totals)] * len(unknown)
                columns += [place[name] for name in unknown]
                values += [*unknown.values()]
                totals.append(sum(factor * self.true[name] for name, factor in unknown.items()))
        matrix = csr_array((values, (rows, columns)), shape=(len(totals), len(names)))
        most = max(1, *self.true.values())
        limits = [LinearConstraint(matrix, totals, totals)] if totals else []

        def solve(direction: np.ndarray) -> np.ndarray:
            answer = milp(direction, constraints=limits, bounds=Bounds(0, most), integrality=np.ones(len(names)))
            assert answer.success, answer.message  # the true counts are a solution
            return np.round(answer.x).astype(int)

        return solve
