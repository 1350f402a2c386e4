"""How fast shares with linearised errors and raking are, beside R survey and a plain pandas group-by.

    python tests/bench.py [--write]

From the repository's root; R with its package survey is needed. All times of a row are taken in one
run on the same simulated respondents, and only after ours agreed with R. `--write` puts the table
into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import tempfile
from datetime import date
from pathlib import Path

import bench_large
import duckdb
import numpy as np
import pandas as pd
from bench_large import REPEATS, fastest

from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import shares
from analysis.survey.weights import rake_survey

SEED, ITEMS, STRATA = 20120217, 10, 12
SMALL, LARGE = 1_000_000, 10_000_000
LEVELS = {"a": (0.2, 0.5, 0.3), "b": (0.49, 0.51), "c": (0.1, 0.15, 0.2, 0.25, 0.3)}
TASKS = {"shares": f"{ITEMS} items with linearised errors", "rake": "raking to three margins"}
HEAD = "| what | respondents | journeybook | beside | ratio |\n|---|---|---|---|---|"
PAGE = Path("docs", "benchmarks.md")


def respondents(rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weight, stratum and raking margins of simulated respondents; and their 0/1 items."""
    rng = np.random.default_rng([SEED, rows])
    people = pd.DataFrame({"w": rng.lognormal(0, 0.4, rows), "stratum": rng.integers(0, STRATA, rows, np.int32)})
    for name, shares_of in LEVELS.items():
        people[name] = rng.integers(0, len(shares_of), rows, np.int32)
    taste = rng.standard_normal(rows) + 0.05 * people["stratum"].to_numpy()
    items = np.empty((ITEMS, rows))
    for place, cut in enumerate(np.linspace(-1.5, 1.8, ITEMS)):
        items[place] = taste + rng.standard_normal(rows) > cut
    return people, pd.DataFrame(items.T, columns=[f"y{n}" for n in range(1, ITEMS + 1)], copy=False)


def our_design(people: pd.DataFrame) -> SurveyDesign:
    """The design, with its units known, as R's has them."""
    design = SurveyDesign(people["w"].to_numpy(), strata=people["stratum"].to_numpy())
    assert len(design.units) == 3
    return design


def plain_sums(people: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """What the same shares and errors need, by stratum: n, sum w, sum w^2, and sum w y, sum w^2 y of each item."""
    w = people["w"]
    squared = w * w
    columns = {"n": np.ones(len(w)), "w": w, "w2": squared}
    for name in items:
        columns |= {f"w {name}": w * items[name], f"w2 {name}": squared * items[name]}
    return pd.DataFrame(columns).groupby(people["stratum"]).sum()


def our_weights(people: pd.DataFrame) -> np.ndarray:
    """The weights raked to the three margins, with mean 1."""
    targets = {name: dict(enumerate(wanted)) for name, wanted in LEVELS.items()}
    return rake_survey(people[list(LEVELS)], targets, base_weights=people["w"].to_numpy()).weights


def run_r(people: pd.DataFrame, items: pd.DataFrame) -> tuple[dict[str, str], np.ndarray, np.ndarray]:
    """R's report (seconds of each step, and versions), its shares with their errors, and its raked weights."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for column, values in pd.concat([people, items], axis=1).items():
            values.to_numpy().tofile(folder / str(column))
        (len(people) * np.concatenate(list(LEVELS.values()))).tofile(folder / "targets")
        call = ["Rscript", str(Path("tests", "bench.R")), name, str(len(people)), str(ITEMS)]
        subprocess.run(call, check=True)
        lines = (folder / "r-report").read_text(encoding="utf-8").splitlines()
        report = dict(line.split(" ", 1) for line in lines)
        return report, np.fromfile(folder / "r-shares"), np.fromfile(folder / "r-weights")


def check(people: pd.DataFrame, items: pd.DataFrame, r_shares: np.ndarray, r_weights: np.ndarray) -> None:
    """Raises unless ours agree with R, and the group-by's sums give the same errors."""
    ours = shares(our_design(people), items)[["estimate", "std_error"]]
    np.testing.assert_allclose(ours.to_numpy().T.ravel(), r_shares, rtol=1e-9)
    sums = plain_sums(people, items)
    total = sums["w"].sum()
    for name in items:
        p, n = ours.loc[name, "estimate"], sums["n"]
        squares = sums[f"w2 {name}"] * (1 - 2 * p) + p**2 * sums["w2"]
        spread = squares - (sums[f"w {name}"] - p * sums["w"]) ** 2 / n
        np.testing.assert_allclose(
            np.sqrt((n / (n - 1) * spread).sum()) / total, ours.loc[name, "std_error"], rtol=1e-9
        )
    weights = our_weights(people)
    np.testing.assert_allclose(weights, r_weights / r_weights.mean(), rtol=1e-8)
    for raked in (weights, r_weights):
        for name, wanted in LEVELS.items():
            reached = np.bincount(people[name], raked) / raked.sum()
            np.testing.assert_allclose(reached, wanted, rtol=0, atol=1e-10)


def beside_r() -> tuple[list[str], dict[str, str]]:
    """The table's lines of shares and raking beside R, and R's versions."""
    people, items = respondents(SMALL)
    report, r_shares, r_weights = run_r(people, items)
    check(people, items, r_shares, r_weights)
    design = our_design(people)
    calculations = {
        "shares_design": lambda: our_design(people),
        "shares": lambda: shares(design, items),
        "rake": lambda: our_weights(people),
    }
    ours = fastest(calculations)
    theirs = {name: float(report[name]) for name in ("shares_design", "shares", "rake_design", "rake")}
    lines = [
        line(
            TASKS["shares"],
            SMALL,
            f"{ours['shares']:.3f} s (design {ours['shares_design']:.3f} s)",
            f"R `svymean` {theirs['shares']:.2f} s (design {theirs['shares_design']:.1f} s)",
            f"{theirs['shares'] / ours['shares']:.1f} times as fast",
        ),
        line(
            TASKS["rake"],
            SMALL,
            f"{ours['rake']:.3f} s",
            f"R `rake` {theirs['rake']:.2f} s (design {theirs['rake_design']:.1f} s)",
            f"{theirs['rake'] / ours['rake']:.0f} times as fast",
        ),
    ]
    return lines, {name: report[name] for name in ("R", "survey")}


def beside_pandas(rows: int) -> str:
    """The table's line of shares beside the group-by."""
    people, items = respondents(rows)
    found = fastest({"plain": lambda: plain_sums(people, items), "ours": lambda: shares(our_design(people), items)})
    other, ratio = f"pandas group-by {found['plain']:.3f} s", found["ours"] / found["plain"]
    return line(TASKS["shares"], rows, f"{found['ours']:.3f} s with design", other, f"{ratio:.2f} of its time")


def line(task: str, rows: int, ours: str, other: str, ratio: str) -> str:
    return f"| {task} | {rows:,} | {ours} | {other} | {ratio} |"


def machine(versions: dict[str, str]) -> str:
    """Cores, memory and versions, in a sentence."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    used = {"Python": platform.python_version(), "numpy": np.__version__, "pandas": pd.__version__}
    used |= {"DuckDB": duckdb.__version__, **versions}
    named = ", ".join(f"{name} {version}" for name, version in used.items())
    memory = f"{pages * size / 2**30:.0f} GiB of memory"
    return f"{os.cpu_count()} cores, {memory}, {platform.system()}; {named}; {date.today().isoformat()}."


PAGE_TEXT = """# Benchmarks

## Statistics

{table}

{machine}

`make bench` measures and prints all of this anew, `.venv/bin/python tests/bench.py --write` writes this part here.
Times are elapsed seconds, those of a row from one run on the same simulated respondents: lognormal weights,
{strata} strata, no PSUs, {items} items of 0 and 1. Each time is the best of {repeats} runs, ours and pandas in turns;
R's `rake` the better of 2.

Beside R, the design is built before and timed apart; our raking needs none. Ours include bases, design effects and
intervals, which R's `svymean` does not make. Beside pandas, ours include the design. The group-by makes the sums that
the same shares and errors need, by stratum: n, sum w, sum w^2 and, of each item, sum w y and sum w^2 y; making the
products is part of it. Raking is to margins of 3, 2 and 5 levels, from unequal weights, until every margin is within
1e-10. Before ours are timed, shares and errors agree with R's to 1e-9, raked weights to 1e-8, and the errors with
those from the group-by's sums to 1e-9.

From Parquet, a market is opened as an analyst opens it and asked for shares (`tests/bench_large.py`,
[large-files.md](large-files.md)): 40 columns, unequal weights, 12 strata, raked to sex, age and region. Ours are whole
calls, with calibrated errors, intervals and labels. DuckDB's sums are written by hand, one scan by stratum and margins:
n, sum w and sum w^2, of each item sum w y and sum w^2 y, and of the grid, where some refused, the same of each line's
base. The pandas frames read the same columns into memory and go through the same functions, once; all columns of the
estimates agree with theirs to 1e-10. Memory is the peak of a process of its own that opens the market and asks both
questions by groups; DuckDB may take {memory} of it.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    write = parser.parse_args().write
    if shutil.which("Rscript") is None:
        parser.error("Rscript is not found: install R and its package survey")
    lines, versions = beside_r()
    lines += [beside_pandas(rows) for rows in (SMALL, LARGE)]
    with tempfile.TemporaryDirectory() as folder:
        lines += bench_large.lines(LARGE, Path(folder) / "study")
    table = "\n".join([HEAD, *lines])
    about = machine(versions)
    print(f"{table}\n\n{about}")
    if write:
        text = PAGE_TEXT.format(
            table=table, machine=about, strata=STRATA, items=ITEMS, repeats=REPEATS, memory=bench_large.MEMORY
        )
        _, heading, reports = PAGE.read_text(encoding="utf-8").partition("\n## Reports\n")  # tests/bench_reports.py's
        PAGE.write_text(text + heading + reports, encoding="utf-8")


if __name__ == "__main__":
    main()
