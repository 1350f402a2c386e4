"""Draws of answers with the true shares of truths.py, tied to what lies behind them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from analysis.study.codebook import Code, Codebook
from analysis.study.synthetic.truths import DONT_KNOW, GRIDS, ITEMS, OFFSETS, REFUSED, SINGLE, TRUTH, YES

Columns = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Latent:
    """What no question asks: a standard normal value a respondent each.

    `quality` of what companies gave them, orientation to social media, how readily they tick, how
    high-end they buy, how readily they speak out, and their age.
    """

    quality: np.ndarray
    social: np.ndarray
    ticking: np.ndarray
    upscale: np.ndarray
    voice: np.ndarray
    age: np.ndarray


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws for `size` respondents of one market."""

    book: Codebook
    market: str
    size: int
    rng: np.random.Generator

    def normal(self) -> np.ndarray:
        return self.rng.standard_normal(self.size)

    def offset(self, key: str) -> int:
        """The points by which the market lies off the mean in this question; they sum to 0 over the markets."""
        place = list(TRUTH["social"]).index(self.market)
        return OFFSETS[(place + zlib.crc32(key.encode())) % len(OFFSETS)]

    def near(self, key: str, percent: float) -> float:
        """The share 0-1 in this market of what `percent` of people in all markets do."""
        return (percent + self.offset(key) * min(1.0, percent / 30)) / 100

    def percents(self, key: str, codes: Sequence[int]) -> dict[int, float]:
        """Answer to percent in this market: its offset moves points from the commonest answer to the second."""
        name, _, item = key.partition(".")
        given = GRIDS[name][item] if name in GRIDS else SINGLE[key]
        percents = dict(given) if isinstance(given, dict) else dict(zip(codes, given, strict=True))
        second, first = sorted(percents, key=lambda code: percents[code])[-2:]
        move = self.offset(key) * (percents[second] > 2 * max(OFFSETS))
        return {**percents, first: percents[first] - move, second: percents[second] + move}

    def codes(
        self,
        key: str,
        factor: np.ndarray | float = 0.0,
        rho: np.ndarray | float = 0.0,
        shift: np.ndarray | float = 0.0,
        answers: str = "",
    ) -> np.ndarray:
        """An answer each, the later in the list the higher the factor (correlation rho) and the shift.

        Without a shift the shares are the true ones. `answers` is the question whose codes they are,
        where the key of the truths is another.
        """
        percents = self.percents(key, list(self.book.answers(answers or key.partition(".")[0])))
        shares = np.array(list(percents.values())) / sum(percents.values())
        latent = rho * factor + np.sqrt(1 - np.square(rho)) * self.normal() + shift
        place = np.searchsorted(norm.ppf(shares.cumsum()[:-1]), latent)
        return np.asarray(np.array(list(percents))[place])

    def chosen(self, share: float | np.ndarray, factor: np.ndarray | float = 0.0, rho: float = 0.0) -> np.ndarray:
        """True with the given chance (0-1), correlated with a factor (a one-factor probit)."""
        latent = rho * factor + np.sqrt(1 - rho**2) * self.normal()
        return np.asarray(latent > norm.ppf(1 - np.clip(share, 0, 1)))

    def yes_no(
        self, name: str, factor: np.ndarray | float = 0.0, rho: float = 0.0, missing: bool = False
    ) -> np.ndarray:
        """1 yes, 2 no; don't-knows stay in the base, so that the answered must say yes the more often."""
        share = self.near(name, YES[name]) / (1 - DONT_KNOW if missing else 1)
        codes = np.where(self.chosen(share, factor, rho), 1, 2)
        return self.with_missing(codes) if missing else codes

    def items(
        self,
        name: str,
        factor: np.ndarray | float = 0.0,
        rho: float = 0.0,
        tied: Mapping[str, tuple[np.ndarray, float]] | None = None,
    ) -> Columns:
        """The items of a multiple response; those `tied` hang on a factor of their own."""
        found = {}
        for item, percent in ITEMS[name].items():
            share = self.near(f"{name}.{item}", percent)
            found[f"{name}.{item}"] = self.chosen(share, *(tied or {}).get(item, (factor, rho)))
        return self.complete(name, found)

    def complete(self, name: str, items: Columns, otherwise: str = "") -> Columns:
        """Items as 0 and 1; who chose nothing chose the exclusive item, or `otherwise`."""
        nothing = ~np.logical_or.reduce(list(items.values()))
        found = {variable: chosen.astype(float) for variable, chosen in items.items()}
        for key, item in self.book.questions[name].items.items():
            if item.exclusive:
                found[f"{name}.{key}"] = nothing.astype(float)
            elif key == otherwise:
                found[f"{name}.{key}"] = np.maximum(found[f"{name}.{key}"], nothing)
        return found

    def ranked(self, weights: np.ndarray) -> np.ndarray:
        """For each row of weights its places, drawn one after another without replacement, first drawn first.

        Gumbel noise on the log weights: the first is drawn in proportion to the weights.
        """
        with np.errstate(divide="ignore"):
            return np.argsort(-(np.log(weights) + self.rng.gumbel(size=weights.shape)), axis=1)

    def up_to_three(self, name: str, weights: Mapping[str, float]) -> Columns:
        """One to three items of a multiple response."""
        order = self.ranked(np.tile(list(weights.values()), (self.size, 1)))
        most = self.rng.choice([1, 2, 3], self.size, p=[0.15, 0.30, 0.55])[:, None]
        place = np.argsort(order, axis=1)
        return {f"{name}.{item}": (place[:, n] < most[:, 0]).astype(float) for n, item in enumerate(weights)}

    def with_missing(self, codes: np.ndarray, dont_know: float = DONT_KNOW, refused: float = REFUSED) -> np.ndarray:
        """Some of the codes replaced by 98 don't know or 99 refused."""
        draw = self.rng.random(len(codes))
        return np.where(draw > 1 - refused, 99, np.where(draw < dont_know * (1 - refused), 98, codes))


def standard(values: np.ndarray) -> np.ndarray:
    """Values with mean 0 and standard deviation 1."""
    return np.asarray((values - values.mean()) / values.std())


def label_codes(book: Codebook, name: str) -> dict[str, int]:
    """Item to the number that its column ends in, which is the answer's code in the question's single form."""
    return {
        variable.partition(".")[2]: int(column.rpartition("_")[2]) for variable, column in book.columns(name).items()
    }


def by_code(values: Sequence[float], codes: np.ndarray) -> np.ndarray:
    """The value that belongs to each code 1, 2, 3 ...; 0 for a missing code."""
    table = np.concatenate([[0.0], np.asarray(values, float), np.zeros(100 - len(values))])
    return np.asarray(table[np.nan_to_num(codes).astype(int)])


Targets = Mapping[Code, float]
