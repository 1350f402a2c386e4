"""A market that is summed by an engine against the same market read into memory: the same to 1e-10."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bench_large
import numpy as np
import pandas as pd
import pytest

from analysis import Market, open_market, tab_book
from analysis.errors import JourneybookError
from analysis.report.tabulation import Tabulation
from analysis.study.codebook import Figure

pytestmark = pytest.mark.slow

ROWS, ENGINES = 2500, ["duckdb", "polars", "pandas"]

STUDY = """\
title: Tea and coffee
introduction: What people drink.
wave: "2020"
markets: [uk]
quality: {{respondent: respondent, seconds: duration, minimum_seconds: 60, duplicates: first}}
banner: [{{question: sex}}, {{question: age_band}}]
low_base: {{suppress_below: 30, caution_below: 60}}
large: {large}
key_figures:
  coffee: {{question: drinks, item: coffee, label: drink coffee, claims: [T-01]}}
  sweet: {{question: sugar, net: sweet, domain: {{age_band: 18-34}}, label: take sugar}}
chapters: {{market: {{headlines: Headlines}}}}
"""

CODEBOOK = """\
missing: {not_asked: [-1], dont_know: [98], refused: [99]}
in_base: [dont_know]
scales:
  liking:
    answers: {1: Awful, 2: Bad, 3: Good, 4: Lovely}
    nets: {liked: {label: Good or lovely, answers: [3, 4]}}
questions:
  respondent: {kind: identifier, column: id, label: Respondent}
  duration: {kind: number, column: seconds, label: Seconds, range: [0, 3600]}
  sex: {kind: single, label: Sex, answers: {1: Male, 2: Female}}
  age: {kind: number, label: Age, range: [18, 97]}
  age_band: {kind: bands, of: age, label: Age, bands: {18-34: [18, 34], 35-54: [35, 54], 55+: [55, 97]}}
  region: {kind: single, label: Region, answers: {1: North, 2: East, 3: South}}
  drinks:
    kind: multiple
    label: Drinks
    items: {tea: {label: Tea}, coffee: {label: Coffee}, none: {label: Neither, exclusive: true}}
    nets: {any: {label: Either, answers: [tea, coffee]}}
  taste:
    kind: grid
    label: Taste
    scale: liking
    items: {tea: {label: Tea}, coffee: {label: Coffee}, milk: {label: Milk}}
    composites: {hot: {label: Hot drinks, items: [tea, coffee], reversed: [coffee]}}
  sugar:
    kind: single
    label: Takes sugar
    answers: {1: Never, 2: Sometimes, 3: Always}
    nets: {sweet: {label: Sometimes or always, answers: [2, 3]}}
    asked_if: [{question: drinks, answers: [any]}]
  spoons:
    kind: single
    label: Spoons
    answers: {1: One, 2: Two}
    missing: {no_answer: [-9], not_asked: [-1]}
    asked_if: [{question: sugar, answers: [sweet]}, {question: age_band, answers: [35-54, 55+]}]
"""

CLAIMS = """\
claims:
  - {id: T-01, figure: {question: drinks, item: coffee}, published: 60, source: Tea Board}
"""

MARKET = """\
name: United Kingdom
people: UK adults
raw: {{path: uk.parquet, sha256: "{sha256}"}}
source: fielded
weighting: {{{weighting}}}
design: {{{design}}}
fieldwork: {{start: 2020-01-06, end: 2020-01-10}}
mode: online
panel: none
languages: [en]
disclosure:
  {{strategy: a, sponsor: a, conducted_by: a, questionnaire: a, population: a, sampling: a, recruitment: a,
    incentives: a, quality_control: a, limitations: a, contact: a}}
"""

RAKED = (
    "targets: {sex: {1: 49, 2: 51}, age_band: {18-34: 30, 35-54: 35, 55+: 35}, region: {1: 30, 2: 30, 3: 40}}, "
    "target_source: Census, target_year: 2020"
)
CELLS = (
    "cells: {questions: [sex, age_band], targets: "
    "{1: {18-34: 16, 35-54: 17, 55+: 15}, 2: {18-34: 13, 35-54: 18, 55+: 21}}}, "
    "target_source: Census, target_year: 2020"
)
STRATA = "strata: stratum, fpc: rate"
DESIGNS = {  # weighting and design, as a market's file declares them
    "raked, weights, strata": (f"column: w, allow_zero: true, {RAKED}", STRATA),
    "rake form": (f"column: w, allow_zero: true, variance: rake, {RAKED}", STRATA),
    "as given": (f"column: w, allow_zero: true, variance: as_given, {RAKED}", STRATA),
    "cells, psus": (f"column: w, allow_zero: true, {CELLS}", "strata: stratum, psu: area"),
    "targets alone": (RAKED, ""),
    "weights alone": ("column: w, allow_zero: true, note: none", ""),
}


def people() -> pd.DataFrame:
    """A delivered file: unequal weights, some 0; missing codes; routing; second rows; the too fast."""
    rng = np.random.default_rng(20261122)
    frame = pd.DataFrame({"id": [f"r-{n}" for n in range(ROWS)], "seconds": rng.integers(70, 900, ROWS)})
    frame["sex"], frame["age"] = rng.integers(1, 3, ROWS), rng.integers(18, 98, ROWS)
    frame["region"] = rng.choice([1, 2, 3], ROWS, p=[0.2, 0.3, 0.5])
    frame["stratum"] = pd.Series(["N ", "E", "S"])[rng.integers(0, 3, ROWS)].to_numpy()
    frame["rate"] = frame["stratum"].map({"N ": 0.1, "E": 0.2, "S": 0.05})
    frame["area"] = rng.integers(1, 12, ROWS)
    frame["w"] = np.exp(rng.normal(0, 0.5, ROWS)) * (rng.random(ROWS) > 0.01)
    taste = rng.normal(0, 1, ROWS) + 0.1 * frame["area"]
    frame["drinks_tea"] = (taste + rng.normal(0, 1, ROWS) > 0).astype(int)
    frame["drinks_coffee"] = (taste + rng.normal(0, 1, ROWS) > 0.5).astype(int)
    either = (frame["drinks_tea"] == 1) | (frame["drinks_coffee"] == 1)
    frame["drinks_none"] = (~either).astype(int)
    for item in ("tea", "coffee", "milk"):
        liked = np.clip(np.round(2.5 + taste + rng.normal(0, 1, ROWS)), 1, 4)
        frame[f"taste_{item}"] = np.where(rng.random(ROWS) < 0.1, rng.choice([98, 99], ROWS), liked).astype(int)
    frame["sugar"] = pd.Series(rng.integers(1, 4, ROWS)).where(either).astype("Int64")
    frame.loc[either & (rng.random(ROWS) < 0.03), "sugar"] = 98
    spoons = frame["sugar"].isin([2, 3]) & (frame["age"] >= 35)
    frame["spoons"] = pd.Series(rng.integers(1, 3, ROWS)).where(spoons & (rng.random(ROWS) > 0.1)).astype("Int64")
    frame.loc[[5, 900, 901], "id"] = frame.loc[[3, 3, 17], "id"].to_numpy()
    frame.loc[[5, 40, 41, 1200], "seconds"] = 59
    return frame


@pytest.fixture(scope="module")
def delivered() -> pd.DataFrame:
    return people()


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Market]:
    """Open the market of these rows, declared in this way, and summed by this engine (in memory without)."""

    def of(
        frame: pd.DataFrame,
        weighting: str = "column: w, allow_zero: true, note: none",
        design: str = "",
        engine: str | None = None,
        book: str = CODEBOOK,
    ) -> Market:
        folder = tmp_path / f"study-{engine}"
        (folder / "markets").mkdir(parents=True, exist_ok=True)
        frame.to_parquet(folder / "uk.parquet", row_group_size=700)
        sha256 = hashlib.sha256((folder / "uk.parquet").read_bytes()).hexdigest()
        large = f"{{rows_above: 0, engine: {engine}, memory: 500MB}}" if engine else "{}"
        (folder / "study.yaml").write_text(STUDY.format(large=large), encoding="utf-8")
        (folder / "codebook.yaml").write_text(book, encoding="utf-8")
        (folder / "claims.yaml").write_text(CLAIMS, encoding="utf-8")
        market = MARKET.format(sha256=sha256, weighting=weighting, design=design)
        (folder / "markets" / "uk.yaml").write_text(market, encoding="utf-8")
        return open_market("uk", folder)

    return of


def same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(first, second, rtol=1e-10, atol=1e-12)


QUESTIONS: list[dict[str, Any]] = [
    {"question": "drinks"},
    {"question": "drinks", "item": ["any", "tea"], "by": "age_band"},
    {"question": "taste", "net": "liked", "by": "sex"},
    {"question": "taste", "item": "tea", "domain": {"sex": 1, "age_band": "55+"}},
    {"question": "sugar", "by": "region", "domain": {"drinks.tea": 1}},
    {"question": "spoons"},
    {"question": "age_band", "domain": {"taste.milk": "liked"}},
]


MEANS: list[dict[str, Any]] = [
    {"question": "age"},
    {"question": "taste", "by": "sex"},
    {"question": "taste", "item": "hot", "domain": {"drinks.tea": 1}},
]
SOME = [QUESTIONS[1], QUESTIONS[2], QUESTIONS[4]]  # a net, groups with letters, a domain


def agree(small: Market, large: Market, questions: list[dict[str, Any]]) -> None:
    """Every word and number of both markets' answers to the questions is the same."""
    for question in questions:
        first, second = small.shares(**question), large.shares(**question)
        same(first.rows, second.rows)
        assert (first.measure, first.base, first.source) == (second.measure, second.base, second.source)
        assert (first.tests is None) == (second.tests is None)
        if first.tests is not None and second.tests is not None:
            same(first.tests, second.tests)


@pytest.mark.parametrize("engine", ENGINES)
def test_means_are_those_of_the_market_in_memory(
    opened: Callable[..., Market], delivered: pd.DataFrame, engine: str
) -> None:
    small, large = (opened(delivered, *DESIGNS["raked, weights, strata"], engine=how) for how in (None, engine))
    for question in MEANS:
        first, second = small.means(**question), large.means(**question)
        same(first.rows, second.rows)
        assert first.limits == second.limits


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_what_the_market_in_memory_gives(
    opened: Callable[..., Market], delivered: pd.DataFrame, engine: str
) -> None:
    design = DESIGNS["raked, weights, strata"]
    agree(opened(delivered, *design), opened(delivered, *design, engine=engine), SOME)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_gives_what_it_gives_in_memory(
    opened: Callable[..., Market], delivered: pd.DataFrame, design: str, engine: str
) -> None:
    declared = DESIGNS[design]
    agree(opened(delivered, *declared), opened(delivered, *declared, engine=engine), QUESTIONS)


@pytest.fixture
def pair(opened: Callable[..., Market], delivered: pd.DataFrame) -> tuple[Market, Market]:
    """The market in memory, and summed."""
    declared = DESIGNS["raked, weights, strata"]
    return opened(delivered, *declared), opened(delivered, *declared, engine="duckdb")


def test_the_other_verbs_of_a_market_agree_too(pair: tuple[Market, Market]) -> None:
    small, large = pair
    assert small.large is None and large.large is not None
    same(small.topline("sugar").rows, large.topline("sugar").rows)
    same(small.key_figures().rows, large.key_figures().rows)
    same(small.claims.rows, large.claims.rows)
    same(small.sample.composition, large.sample.composition)
    for text in ("cost", "rejected", "sight", "headline", "finding"):
        assert getattr(small.sample, text) == getattr(large.sample, text)
    assert small.provenance == large.provenance
    ranked = [market.shares("taste", net="liked").ranked() for market in pair]
    assert small.lead(ranked[0]) == large.lead(ranked[1])
    same(small.ranks(ranked[0]).rows, large.ranks(ranked[1]).rows)
    men = {"men": {"sex": 1}, "women": {"sex": 2}}
    assert small.contrast("sugar", men, net="sweet") == large.contrast("sugar", men, net="sweet")


def test_a_chart_and_a_table_come_from_a_large_market(pair: tuple[Market, Market]) -> None:
    first, second = (market.shares("taste", net="liked", by="sex") for market in pair)
    assert str(first.table(title="Liked")) == str(second.table(title="Liked"))
    assert str(first.by_domain().chart(title="Liked")) == str(second.by_domain().chart(title="Liked"))
    assert "% good or lovely" in str(second.chart(title="Liked"))


def test_an_answer_that_nobody_used_gave_has_no_row(opened: Callable[..., Market], delivered: pd.DataFrame) -> None:
    frame = delivered.assign(sugar=delivered["sugar"].replace(98, 1))
    frame.loc[41, ["drinks_tea", "drinks_none", "sugar"]] = 1, 0, 98  # answered too fast
    frame.loc[41, "spoons"] = pd.NA
    rows = [opened(frame, engine=engine).shares("sugar").rows for engine in (None, "duckdb")]
    assert "dont_know" not in rows[1]["answer"].to_list()
    same(*rows)


def test_what_routes_to_another_figure_keeps_its_codes(opened: Callable[..., Market], delivered: pd.DataFrame) -> None:
    # Whether a blank is no answer depends on sugar's codes, which the first figure alone does not tell apart.
    book = CODEBOOK.replace("in_base: [dont_know]", "in_base: [dont_know, no_answer]")
    figures = [Figure(question="sugar", answer=3), Figure(question="spoons", answer="no_answer")]
    rows = [opened(delivered, engine=e, book=book).rows(figures, {"total": {}}) for e in (None, "duckdb")]
    assert rows[0]["estimate"].between(0.01, 0.5).all()
    same(*rows)


def test_codes_stored_as_text_are_the_same_codes(opened: Callable[..., Market], delivered: pd.DataFrame) -> None:
    text = delivered.assign(
        taste_tea=" " + delivered["taste_tea"].astype(str),
        age=delivered["age"].astype(str),
        drinks_tea=delivered["drinks_tea"].astype(str),
    )
    declared = DESIGNS["targets alone"]
    agree(opened(text, *declared), opened(text, *declared, engine="duckdb"), SOME)


REFUSED = {
    "trimming": ("column: w, trim: {upper: 3}, " + RAKED, "", "weights cannot be trimmed"),
    "replicates": (
        "column: w, allow_zero: true, note: none",
        "replicates: {prefix: rep_, method: bootstrap}",
        "replicate weights cannot be used",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_sums_cannot_give_is_refused_in_a_line(
    opened: Callable[..., Market], delivered: pd.DataFrame, what: str
) -> None:
    *declared, message = REFUSED[what]
    with pytest.raises(JourneybookError, match=message) as refused:
        opened(delivered, *declared, engine="duckdb")
    assert refused.value.kind == "config" and len(refused.value.problems) == 1
    assert "large.rows_above" in str(refused.value)


def test_a_large_market_has_no_tab_book_and_says_so(pair: tuple[Market, Market]) -> None:
    small, large = (tab_book(market) for market in pair)
    assert "no Excel workbook" in repr(large)
    assert isinstance(small, Tabulation) and len(small.rows)


def test_replicates_of_a_large_market_are_refused(pair: tuple[Market, Market]) -> None:
    with pytest.raises(JourneybookError, match="no replicates of a file that is only summed"):
        pair[1].with_replicates("jackknife")


def test_a_million_rows_of_forty_columns_stay_out_of_memory(tmp_path: Path) -> None:
    # As text, as a file in memory is held, 4e7 cells are more than 2 GB; docs/large-files.md states the ceiling:
    # `memory`, here 1 GB, and half a gigabyte. The libraries alone take a third of one.
    _, megabytes = bench_large.peak(bench_large.write_study(tmp_path / "study", 1_000_000))
    assert 200 < megabytes < 900
