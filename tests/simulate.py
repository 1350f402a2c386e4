"""How often the printed intervals, letters and ranks are right, on samples of the synthetic population.

    python tests/simulate.py [--samples 5000] [--processes 2] [--write]

From the repository's root. Every sample is drawn with the synthetic population's unequal response by
age, raked to the market's targets and put to the functions that the pages use. `--write` puts the
tables into docs/simulation.md. One seed gives the same tables, however many processes share the work.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError
from analysis.study.codebook import Code
from analysis.study.params import read_study
from analysis.study.synthetic import simulate
from analysis.survey.compare import adjusted, pairwise, separate_difference
from analysis.survey.design import SurveyDesign, level_codes
from analysis.survey.estimates import shares
from analysis.survey.intervals import share_interval
from analysis.survey.letters import Pairs, letter_tests
from analysis.survey.ranks import rank_intervals
from analysis.survey.weights import rake_survey

SEED, SAMPLES, CHUNK = 20120217, 5_000, 125
MARKET, POPULATION = "uk", 500_000
PART = 25_000  # respondents drawn at a time: the whole questionnaire of all would fill the memory
LEVEL = 0.95
PAGE = Path("docs", "simulation.md")
COVERAGE, FALSE_LETTERS = (0.93, 0.97), 0.055  # what is asked of the printed intervals and of the letters
BASES = (30, 50, 100, 200, 430, 1000)
DOMAIN_BASES = (170, 430, 1000)  # of the sample, of which about 29 % are 18-34
BANDS, REFUSED = ("18-34", "35-54", "55+"), 99
# Item -> variable of the codebook and the codes that are counted.
ITEMS = {
    "would pay more for service": ("service_value", [3]),
    "would ask a shop first": ("support_first", [8]),
    "would ask a social network first": ("support_first", [7]),
    "swayed by social media": ("influence.social", [4, 5]),
    "stopped by negative reviews": ("reasons.reviews", [1]),
    "would use self_service": ("support_would.self_service", [1]),
}
CHANNELS = ("phone", "email", "self_service", "chat", "social", "shop", "letter")
CHANNEL_ITEMS = {f"would use {channel}": (f"support_would.{channel}", [1]) for channel in CHANNELS}
# In the population these items are as frequent in every age band, so that each letter is a false one.
QUESTIONS = {
    "one item, 49 %": ["would use self_service"],
    "one item, 7 %": ["would use letter"],
    "one item, 2 %": ["would pay more for service"],
    "six items, 17-49 %": [f"would use {channel}" for channel in CHANNELS[:-1]],
}
FIGURES = ITEMS | CHANNEL_ITEMS
LETTER_ITEMS = list(dict.fromkeys(item for items in QUESTIONS.values() for item in items))
BANNER_BASES, MARKETS, MARKET_BASES, RANK_BASES = (150, 430, 1000), 7, (50, 100, 430), (100, 430, 1000)


@dataclass(frozen=True, eq=False)
class Population:
    """Respondents to draw from: raking margins, indicators of the items, who is 18-34, and the true shares."""

    targets: Mapping[str, Mapping[Code, float]]
    margins: pd.DataFrame
    indicators: pd.DataFrame
    young: np.ndarray
    truth: pd.DataFrame  # item x ("all", "18-34"), shares 0-1, from all respondents raked to the targets

    def draw(self, size: int, rng: np.random.Generator) -> tuple[SurveyDesign, np.ndarray]:
        """The raked design of a random sample, and its rows; a sample that lacks a level is drawn anew."""
        while True:
            rows = rng.integers(0, len(self.margins), size)
            try:
                return raked(self.margins.iloc[rows], self.targets), rows
            except JourneybookError:
                continue

    def values(self, rows: np.ndarray, items: list[str]) -> pd.DataFrame:
        """The indicators of these rows."""
        return self.indicators.iloc[rows][items].reset_index(drop=True)


@cache
def make_population() -> Population:
    """The market's synthetic respondents, as unequally by age as its generator lets them answer."""
    study = read_study("params")
    targets = study.market(MARKET).weighting.targets
    rng = np.random.default_rng([SEED, 0])
    wanted = ["sex", "age", "form", *dict.fromkeys(column for column, _ in FIGURES.values())]
    parts = [simulate(study, MARKET, PART, rng)[wanted] for _ in range(POPULATION // PART)]
    asked = pd.concat(parts).query("form == 1")  # form A alone was asked for several answers
    codes = asked.reset_index(drop=True)
    bands = pd.cut(codes["age"], [17, 34, 54, 99], labels=BANDS).astype(object)
    margins = pd.DataFrame({"sex": codes["sex"].astype(object), "age_band": bands})
    indicators = pd.DataFrame({name: indicator(codes[column], given) for name, (column, given) in FIGURES.items()})
    design, young = raked(margins, targets), (bands == BANDS[0]).to_numpy()
    masks = {"all": None, BANDS[0]: young}
    truth = pd.DataFrame({key: shares(design, indicators, domain=mask)["estimate"] for key, mask in masks.items()})
    return Population(targets, margins, indicators, young, truth)


def indicator(codes: pd.Series, given: list[int]) -> pd.Series:
    """1, 0, and NaN for those who refused or were not asked; the don't-knows stay in the base."""
    return codes.isin(given).astype(float).where(codes.notna() & (codes != REFUSED))


def raked(margins: pd.DataFrame, targets: Mapping[str, Mapping[Code, float]]) -> SurveyDesign:
    """The design as the pages have it: raked from equal weights, errors in the calibrate form."""
    weights = rake_survey(margins, targets).weights
    return SurveyDesign(weights, margins=level_codes(margins), base_weights=np.ones(len(margins)))


# ---- one sample


def interval_rows(population: Population, rng: np.random.Generator, size: int) -> pd.DataFrame:
    """The rows of `shares` of one sample, with the true shares."""
    design, drawn = population.draw(size, rng)
    rows = shares(design, population.values(drawn, list(ITEMS)), confidence_level=LEVEL)
    return rows.assign(truth=population.truth["all"])


def domain_rows(population: Population, rng: np.random.Generator, size: int) -> pd.DataFrame:
    """The same for the sample's respondents of 18-34."""
    design, drawn = population.draw(size, rng)
    values, young = population.values(drawn, list(ITEMS)), population.young[drawn]
    rows = shares(design, values, domain=young, confidence_level=LEVEL)
    return rows.assign(truth=population.truth[BANDS[0]])


def band_letters(population: Population, rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Whether any letter stands under a banner of the age bands: question x adjustment."""
    design, drawn = population.draw(size, rng)
    bands = population.margins["age_band"].iloc[drawn].to_numpy()
    values = population.values(drawn, LETTER_ITEMS)
    groups = {item: pd.DataFrame({band: values[item].where(bands == band) for band in BANDS}) for item in values}
    return any_letter({item: pairwise(design, group) for item, group in groups.items()})


def market_letters(population: Population, rng: np.random.Generator, size: int) -> pd.DataFrame:
    """The same under a banner of seven separate samples of the one population."""
    samples = []
    for _ in range(MARKETS):
        design, drawn = population.draw(size, rng)
        samples.append(shares(design, population.values(drawn, LETTER_ITEMS)))
    pairs = list(combinations(range(MARKETS), 2))
    rows = {item: [sample.loc[item] for sample in samples] for item in LETTER_ITEMS}
    tests = {
        item: {(str(a), str(b)): separate_difference(found[a], found[b]) for a, b in pairs}
        for item, found in rows.items()
    }
    return any_letter(tests)


def any_letter(pairs: Mapping[str, Pairs]) -> pd.DataFrame:
    """Whether any test of each question is significant, by Holm's steps (the letters) and by Benjamini-Hochberg's."""
    found = {}
    for question, items in QUESTIONS.items():
        tests = letter_tests({item: pairs[item] for item in items}, confidence_level=LEVEL)
        discovered = adjusted(tests["p_value"].to_numpy(), "benjamini_hochberg") < 1 - LEVEL
        found[question] = {"Holm": tests["significant"].any(), "Benjamini-Hochberg": discovered.any()}
    return pd.DataFrame(found).T


def rank_rows(population: Population, rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Whether the ranks of all channels lie within their intervals at once, and how many ranks these hold.

    "all alike": the answers are shuffled within each respondent, so that every item may have any rank.
    """
    design, drawn = population.draw(size, rng)
    values = population.values(drawn, list(CHANNEL_ITEMS))
    alike = pd.DataFrame(rng.permuted(values.to_numpy(), axis=1), columns=values.columns)
    rank = population.truth.loc[values.columns, "all"].rank(ascending=False)
    found = {
        "7 to 49 %": rank_intervals(design, values, confidence_level=LEVEL),
        "all alike": rank_intervals(design, alike, confidence_level=LEVEL),
    }
    told = {
        "7 to 49 %": found["7 to 49 %"]["rank_low"].gt(rank) | found["7 to 49 %"]["rank_high"].lt(rank),
        "all alike": found["all alike"]["rank_low"].gt(1) | found["all alike"]["rank_high"].lt(len(rank)),
    }
    width = {kind: (rows["rank_high"] - rows["rank_low"] + 1).mean() for kind, rows in found.items()}
    return pd.DataFrame(
        {"covered": {kind: not wrong.any() for kind, wrong in told.items()}, "ranks in an interval": width}
    )


# ---- many samples

Study = Callable[[Population, np.random.Generator, int], pd.DataFrame]
CELLS: list[tuple[Study, int]] = [
    *((interval_rows, base) for base in BASES),
    *((domain_rows, base) for base in DOMAIN_BASES),
    *((band_letters, base) for base in BANNER_BASES),
    *((market_letters, base) for base in MARKET_BASES),
    *((rank_rows, base) for base in RANK_BASES),
]


def run_chunk(task: tuple[int, int, int]) -> pd.DataFrame:
    """The samples of one chunk of a cell, drawn from a seed of their own."""
    cell, chunk, count = task
    study, base = CELLS[cell]
    rng = np.random.default_rng([SEED, 1 + cell, chunk])
    frames = [study(make_population(), rng, base) for _ in range(count)]
    return pd.concat(frames, keys=range(len(frames)), names=["sample", "row"])


def run_cells(samples: int, processes: int, cells: Sequence[int] = range(len(CELLS))) -> dict[int, pd.DataFrame]:
    """Cell to the rows of all its samples."""
    sizes = [min(CHUNK, samples - start) for start in range(0, samples, CHUNK)]
    tasks = [(cell, chunk, size) for cell in cells for chunk, size in enumerate(sizes)]
    parts: dict[int, list[pd.DataFrame]] = {cell: [] for cell in cells}
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # the processes share the cores, so each takes one
    with get_context("spawn").Pool(processes) as pool:
        for (cell, chunk, _), frame in zip(tasks, pool.imap(run_chunk, tasks), strict=True):
            parts[cell].append(frame)
            if chunk == len(sizes) - 1:
                print(f"{CELLS[cell][0].__name__} {CELLS[cell][1]}: {samples:,} samples", file=sys.stderr, flush=True)
    return {cell: pd.concat(frames) for cell, frames in parts.items()}


# ---- tables


def summary(found: Mapping[int, pd.DataFrame], judged: str) -> pd.DataFrame:
    """A row a sample and item: the means over all samples, the Monte Carlo error beside the column `judged`."""
    parts = []
    for cell, rows in found.items():
        count = rows.groupby("row").size().iloc[0]
        table = rows.astype(float).groupby("row", sort=False).mean()
        error = np.sqrt(table[judged] * (1 - table[judged]) / count)
        table.insert(list(table).index(judged) + 1, "Monte Carlo error", error)
        table.insert(0, "sample", sample_name(*CELLS[cell]))
        parts.append(table.rename_axis("of").reset_index().set_index("sample").reset_index())
    return pd.concat(parts, ignore_index=True)


def sample_name(study: Study, base: int) -> str:
    names = {domain_rows: "18-34 of {:,}", band_letters: "{:,} in 3 age bands", market_letters: "7 samples of {:,}"}
    return names.get(study, "{:,}").format(base)


def with_coverage(rows: pd.DataFrame) -> pd.DataFrame:
    """Whether the printed interval holds the true share, its width, and whether two others would."""
    ends = {"printed": (rows["conf_low"], rows["conf_high"])}
    for name, method in {"Korn-Graubard": "korn_graubard", "Wilson": "wilson"}.items():
        ends[name] = share_interval(rows, LEVEL, method)
    held = {name: (low <= rows["truth"]) & (rows["truth"] <= high) for name, (low, high) in ends.items()}
    known = {"unweighted base": rows["unweighted_base"], "true share": rows["truth"]}
    return pd.DataFrame(known | held | {"mean width": rows["conf_high"] - rows["conf_low"]})


def tables(found: Mapping[int, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Study to its table; shares of samples, and widths, 0-1."""

    def cells(*studies: Study) -> dict[int, pd.DataFrame]:
        return {cell: rows for cell, rows in found.items() if CELLS[cell][0] in studies}

    covered = {cell: with_coverage(rows) for cell, rows in cells(interval_rows, domain_rows).items()}
    return {
        "intervals": summary(covered, "printed"),
        "letters": summary(cells(band_letters, market_letters), "Holm"),
        "ranks": summary(cells(rank_rows), "covered"),
    }


def markdown(table: pd.DataFrame) -> str:
    """The table in Markdown: shares and widths in percent."""
    counts = ("unweighted base", "ranks in an interval")
    text = table.copy().astype(object)
    for name in table.select_dtypes("number"):
        digits = 2 if name == "Monte Carlo error" else 1
        text[name] = [f"{v:,.1f}" if name in counts else f"{100 * v:.{digits}f}" for v in table[name]]
    lines = [text.columns, ["---"] * len(text.columns), *text.itertuples(index=False)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def outside(found: Mapping[str, pd.DataFrame]) -> str:
    """The rows that miss what is asked of them, in a sentence."""
    rows, letters = found["intervals"], found["letters"]
    asked = rows[rows["unweighted base"].round() >= 50]
    missed = asked[~asked["printed"].between(*COVERAGE)]
    named = [f"{r['sample']}, {r['of']} ({100 * r['printed']:.1f})" for _, r in missed.iterrows()]
    false = letters[letters["Holm"] > FALSE_LETTERS]
    named += [f"letters of {r['sample']}, {r['of']} ({100 * r['Holm']:.1f})" for _, r in false.iterrows()]
    return "Outside what is asked: " + ("; ".join(named) if named else "none") + "."


PAGE_TEXT = """# Simulation

How often the pages' 95 % intervals hold the true share, how often a letter is false, and how often all ranks lie
within their intervals. {samples:,} samples a row, seed {seed}; `make simulate` draws them anew and prints these tables,
`.venv/bin/python tests/simulate.py --write` writes them here.

The population is those of {population:,} respondents of the synthetic study ({market}) who were asked for several
answers (form A, a random half); its true shares are its own, weighted. As in the study, adults under 55 answer more
often than older ones. Each sample is drawn from it at random, raked to the market's targets of sex and age, and put to
the functions that the pages use, with errors in the calibrate form. A sample without any respondent of a level is drawn
anew. All figures but bases and ranks are percent; the Monte Carlo
error is the standard error that {samples:,} samples leave.

Asked is a coverage of 93 to 97 for bases of 50 and more, and a false letter in at most 5.5 of 100 samples.
{outside}

## Intervals

`printed` is the default: logit, and Clopper-Pearson on the effective base where nobody or everybody says yes. The
other two are offered.

{intervals}

## Letters

Samples with any false letter: all groups come from one population, and the items are as frequent in every age band.
Letters follow Holm; Benjamini-Hochberg holds another rate, and stands beside it.

The pages letter no group on fewer than 100 respondents: the rows of 50, and of 150 in three bands, show why. On small
samples the errors of raked weights come out a little small, and a family of many tests looks far into their tails. A
test has the degrees of freedom of its smaller group.

{letters}

## Ranks

Samples in which the rank intervals of all seven channels hold the true ranks at once. Where all are alike, every item
may have any rank, so that each pair told apart is an error.

{ranks}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=SAMPLES, help="samples a row (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="processes that share the work (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="write docs/simulation.md")
    given = parser.parse_args()
    found = tables(run_cells(given.samples, given.processes))
    texts = {name: markdown(table) for name, table in found.items()}
    print("\n\n".join([*texts.values(), outside(found)]))
    if given.write:
        facts = {"samples": given.samples, "seed": SEED, "population": POPULATION, "market": MARKET.upper()}
        PAGE.write_text(PAGE_TEXT.format(**facts, **texts, outside=outside(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
