"""How fast and in how much memory a market of 1e7 rows x 40 columns is checked, raked and asked for shares.

    python tests/bench_large.py [--rows N]

The file is simulated in chunks, the same bytes every time. Ours are whole calls, with errors, intervals and
labels; beside them stand the bare sums that such shares need, by hand in DuckDB's SQL, and the same shares
of respondents held in memory. All agree before they are timed. `tests/bench.py` calls this.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import Market, open_market
from analysis.study.disclosing import Disclosure
from analysis.survey.design import SurveyDesign, level_codes
from analysis.survey.estimates import shares
from analysis.survey.weights import rake_survey

SEED, ROWS, CHUNK, REPEATS = 20261122, 10_000_000, 250_000, 5
ITEMS, SINGLES = 10, 13
BANDS = {"18-34": (18, 34), "35-54": (35, 54), "55+": (55, 97)}
TARGETS = {
    "sex": {1: 49, 2: 51},
    "age_band": dict(zip(BANDS, (30, 35, 35), strict=True)),
    "region": {1: 12, 2: 18, 3: 20, 4: 24, 5: 26},
}
MEMORY = "1GB"  # what DuckDB may hold; the process holds Python and its libraries besides


def rows(rng: np.random.Generator, start: int, count: int) -> pa.Table:
    """One chunk of the delivered file: some respondents twice, some too fast, some who do not know or refuse."""
    ids = np.arange(start, start + count)
    again = rng.random(count) < 0.001
    columns = {"id": np.where(again, np.maximum(ids - 7, 0), ids), "seconds": rng.integers(40, 2000, count, np.int32)}
    columns["w"] = rng.lognormal(0, 0.4, count)
    columns["stratum"] = rng.integers(1, 13, count, np.int8)
    columns["sex"] = rng.integers(1, 3, count, np.int8)
    columns["age"] = rng.integers(18, 98, count, np.int8)
    columns["region"] = (rng.choice(5, count, p=[0.1, 0.15, 0.2, 0.25, 0.3]) + 1).astype(np.int8)
    taste = rng.standard_normal(count) + 0.05 * columns["stratum"]
    for n in range(1, ITEMS + 1):
        liked = np.clip(np.round(3 + taste + rng.standard_normal(count) - n / 10), 1, 5)
        blank = rng.random(count)
        columns[f"rated_{n}"] = np.where(blank < 0.01, 99, np.where(blank < 0.03, 98, liked)).astype(np.int8)
    for n in range(1, ITEMS + 1):
        columns[f"used_{n}"] = (taste + rng.standard_normal(count) > n / 4 - 1).astype(np.int8)
    for n in range(1, SINGLES + 1):
        columns[f"single_{n}"] = rng.integers(1, 6, count, np.int8)
    return pa.table(columns)


def write_study(folder: Path, count: int) -> Path:
    """A study folder whose one market has so many rows; the file is written a chunk at a time."""
    (folder / "markets").mkdir(parents=True)
    rng, path = np.random.default_rng([SEED, count]), folder / "uk.parquet"
    with pq.ParquetWriter(path, rows(np.random.default_rng(0), 0, 1).schema) as file:
        for start in range(0, count, CHUNK):
            file.write_table(rows(rng, start, min(CHUNK, count - start)))
    with path.open("rb") as written:
        sha256 = hashlib.file_digest(written, "sha256").hexdigest()
    texts = {"study": STUDY, "codebook": codebook(), "claims": "claims: []\n", "markets/uk": market(sha256)}
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


STUDY = f"""\
title: Large
introduction: A simulated file.
wave: "2026"
markets: [uk]
quality: {{respondent: respondent, seconds: duration, minimum_seconds: 60, duplicates: first}}
large: {{rows_above: 1000, memory: {MEMORY}, spill: spill}}
chapters: {{market: {{one: One}}}}
"""


def codebook() -> str:
    """The codebook of the file's 40 columns but for the weight and the stratum."""
    rated, used = (
        "".join(f"      i{n}: {{column: {stem}_{n}, label: Item {n}}}\n" for n in range(1, ITEMS + 1))
        for stem in ("rated", "used")
    )
    bands = ", ".join(f"{name}: [{low}, {high}]" for name, (low, high) in BANDS.items())
    singles = "".join(
        f"  single_{n}: {{kind: single, label: Single {n}, answers: {{1: A, 2: B, 3: C, 4: D, 5: E}}}}\n"
        for n in range(1, SINGLES + 1)
    )
    return f"""\
missing: {{dont_know: [98], refused: [99]}}
scales:
  rating:
    answers: {{1: One, 2: Two, 3: Three, 4: Four, 5: Five}}
    nets: {{top_2_box: {{label: Four or five, answers: [4, 5]}}}}
questions:
  respondent: {{kind: identifier, column: id, label: Respondent}}
  duration: {{kind: number, column: seconds, label: Seconds, range: [0, 3600]}}
  sex: {{kind: single, label: Sex, answers: {{1: Male, 2: Female}}}}
  age: {{kind: number, label: Age, range: [18, 97]}}
  age_band: {{kind: bands, of: age, label: Age, bands: {{{bands}}}}}
  region: {{kind: single, label: Region, answers: {{1: A, 2: B, 3: C, 4: D, 5: E}}}}
  rated:
    kind: grid
    label: Rated
    scale: rating
    items:
{rated}  used:
    kind: multiple
    label: Used
    items:
{used}{singles}"""


def market(sha256: str) -> str:
    """The market's file: weights to rake from, strata, three margins."""
    targets = {name: "{" + ", ".join(f"{a}: {p}" for a, p in levels.items()) + "}" for name, levels in TARGETS.items()}
    said = ", ".join(f"{key}: none" for key in Disclosure.model_fields)
    return f"""\
name: United Kingdom
people: UK adults
raw: {{path: uk.parquet, sha256: "{sha256}"}}
source: synthetic
weighting:
  column: w
  targets: {{{", ".join(f"{name}: {levels}" for name, levels in targets.items())}}}
  target_source: none
  target_year: 2026
design: {{strata: stratum}}
fieldwork: {{start: 2026-01-06, end: 2026-01-10}}
mode: online
panel: none
languages: [en]
disclosure: {{{said}}}
"""


# ---- beside ours


def bare(opened: Market, folder: Path, question: str) -> Callable[[], pd.DataFrame]:
    """The sums behind the shares of a question's items, in SQL by hand: one scan, by stratum and margins.

    n, sum w and sum w^2; of each item sum w y and sum w^2 y, and where some refused n, sum w and sum w^2 of
    its base. The lines of second rows are known beforehand, as they are to ours.
    """
    connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder / "spill")})
    large = opened.large
    assert large is not None
    again = pa.table({"line": large.file.duplicates - 1})
    connection.register("again", again)
    band = " ".join(f"WHEN age <= {high} THEN '{name}'" for name, (_, high) in BANDS.items())
    sums = ["count(*) AS n", "sum(w) AS w", "sum(w * w) AS w2"]
    for n in range(1, ITEMS + 1):
        column = f"{question}_{n}"
        given = f"{column} IN (4, 5)" if question == "rated" else f"{column} = 1"
        sums += [f"sum(CASE WHEN {given} THEN {v} ELSE 0 END) AS {name}_{n}" for v, name in PARTS]
        if question == "rated":
            base = f"{column} <> 99"
            sums += [f"count(CASE WHEN {base} THEN 1 END) AS base_n_{n}"]
            sums += [f"sum(CASE WHEN {base} THEN {v} ELSE 0 END) AS base_{name}_{n}" for v, name in PARTS]
    file = f"read_parquet('{folder / 'uk.parquet'}', file_row_number = true)"
    query = f"""SELECT stratum, sex, CASE {band} END AS age_band, region, {", ".join(sums)} FROM {file}
        ANTI JOIN again ON file_row_number = line WHERE seconds >= 60 GROUP BY ALL"""
    return lambda: connection.sql(query).df()


PARTS = (("w", "w"), ("w * w", "w2"))


def check_bare(sums: pd.DataFrame, opened: Market, found: pd.DataFrame, question: str) -> None:
    """Raises unless the bare sums, weighted as ours are, give our shares."""
    large = opened.large
    assert large is not None
    margins = large.respondents.answers[list(TARGETS)]
    factors = pd.DataFrame({"g": large.weighting.factors}).groupby([margins[name].astype(object) for name in TARGETS])
    g = factors["g"].first().reindex(pd.MultiIndex.from_frame(sums[list(TARGETS)])).to_numpy()
    for n, estimate in enumerate(found["estimate"], start=1):
        base = sums[f"base_w_{n}"] if question == "rated" else sums["w"]
        np.testing.assert_allclose((g * sums[f"w_{n}"]).sum() / (g * base).sum(), estimate, rtol=1e-10)


def in_memory(folder: Path, lines: np.ndarray, question: str) -> Callable[[], pd.DataFrame]:
    """The same shares of respondents held as pandas frames, from reading their columns to the intervals."""
    items = [f"{question}_{n}" for n in range(1, ITEMS + 1)]

    def calculate() -> pd.DataFrame:
        frame = pd.read_parquet(
            folder / "uk.parquet", columns=["seconds", "w", "stratum", "sex", "age", "region", *items]
        )
        frame = frame.drop(index=lines - 1).query("seconds >= 60")
        cuts = [17, *(high for _, high in BANDS.values())]
        frame["age_band"] = pd.cut(frame["age"], cuts, labels=list(BANDS))
        answers = frame[items]
        given = (
            answers.isin([4, 5]).astype(float).where(answers != 99) if question == "rated" else answers.astype(float)
        )
        margins, base = frame[list(TARGETS)], frame["w"].to_numpy()
        weights = rake_survey(margins, TARGETS, base_weights=base).weights
        strata = frame["stratum"].to_numpy()
        design = SurveyDesign(weights, strata=strata, margins=level_codes(margins), base_weights=base)
        return shares(design, given)

    return calculate


def anew(opened: Market, question: str) -> Callable[[], pd.DataFrame]:
    """Our shares of the question, from the file each time."""
    large = opened.large
    assert large is not None

    def calculate() -> pd.DataFrame:
        large.file.forget()
        return opened.shares(question, net="top_2_box" if question == "rated" else None).rows

    return calculate


# ---- the table's lines


def fastest(calculations: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of the fastest run of each calculation; they take turns, so that none has the quieter machine."""
    times: dict[str, list[float]] = {name: [] for name in calculations}
    for _ in range(REPEATS):
        for name, calculation in calculations.items():
            start = time.perf_counter()
            calculation()
            times[name].append(time.perf_counter() - start)
    return {name: min(taken) for name, taken in times.items()}


OPENING = """
import resource, sys, time
from pathlib import Path
from analysis import open_market

start = time.perf_counter()
market = open_market("uk", sys.argv[1])
took = time.perf_counter() - start
market.shares("used", by="age_band")
market.shares("rated", net="top_2_box", by="sex")
status = Path("/proc/self/status")  # what the system tells of usage counts the process that started this one too
told = [line.split()[1] for line in status.read_text().splitlines() if "VmHWM" in line] if status.exists() else []
print(took, int(told[0] if told else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024)
"""


def peak(folder: Path) -> tuple[float, float]:
    """Seconds that opening takes (sha256, checks, raking), and the whole process's peak memory in MB.

    In a process of its own, which opens the market and asks it for the shares of both questions.
    """
    run = subprocess.run([sys.executable, "-c", OPENING, str(folder)], check=True, capture_output=True, text=True)
    took, megabytes = map(float, run.stdout.split())
    return took, megabytes


def lines(count: int, folder: Path) -> list[str]:
    """The table's lines for a file of so many rows: time beside the bare sums and beside memory, and the peak."""
    write_study(folder, count)
    took, megabytes = peak(folder)
    found, opened = [], open_market("uk", folder)
    assert opened.large is not None
    for question, what in QUESTIONS.items():
        ours, sums = anew(opened, question), bare(opened, folder, question)
        memory = in_memory(folder, opened.large.file.duplicates, question)
        first, second = ours(), memory()
        check_bare(sums(), opened, first, question)
        for column in second:
            np.testing.assert_allclose(first[column].astype(float), second[column].astype(float), rtol=1e-10)
        taken = fastest({"ours": ours, "bare": sums})
        start = time.perf_counter()
        memory()
        held = time.perf_counter() - start
        task, mine = f"{what} from Parquet", f"{taken['ours']:.2f} s"
        beside = {f"DuckDB sums {taken['bare']:.2f} s": taken["bare"], f"pandas frames {held:.1f} s": held}
        found += [
            f"| {task} | {count:,} | {mine} | {other} | {taken['ours'] / seconds:.2f} of its time |"
            for other, seconds in beside.items()
        ]
    size = (folder / "uk.parquet").stat().st_size / 2**20
    read = f"a file of {size:.0f} MB"
    found.append(
        f"| checks and raking of 40 columns | {count:,} | {took:.1f} s, {megabytes:.0f} MB at most | {read} | |"
    )
    return found


QUESTIONS = {"used": f"{ITEMS} items of a multiple response", "rated": f"a net of {ITEMS} lines of a grid"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help="how many rows the file has")
    with tempfile.TemporaryDirectory() as name:
        print("\n".join(lines(parser.parse_args().rows, Path(name) / "study")))


if __name__ == "__main__":
    main()
