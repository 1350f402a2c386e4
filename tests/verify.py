"""Our numbers beside those of an R survey that is asked now: the golden samples and the bundled markets.

    python tests/verify.py          (make verify)

From the repository's root. One line a group of quantities, with the values that are farthest apart.
Exit code 1 where a group differs by more than is allowed, 8 where there is no R with the packages survey and metafor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ.get("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from survey.referee import ANSWERS, KEYS, by_key, compared, files, relative

from analysis import Market, Markets, open_study
from analysis.errors import EXIT_CODES
from analysis.study.codebook import Figure
from analysis.study.confidentiality import Confidentiality

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
SHARED = {"header.R", "quantities.R"}  # sourced by the others
LIVE = {"r-survey-sim": "r-survey-sim-local"}  # a file whose script writes what it finds under another name
DOMAIN = {"age_band": "18-34"}
QUESTIONS = {"influence": "top_2_box", "reasons": None, "support_first": None}  # question: net, or all answers
MEAN = {"estimate": "est", "std_error": "se", "design_effect": "deff_wr", "degrees_of_freedom": "degf"}
ENDS = {"conf_low": "lo", "conf_high": "hi"}
SMALL = 1e-3  # a market's figure below this, a small difference of two shares, is compared as if it were as large
NO_R = "make verify needs Rscript with survey and metafor (Debian: apt install r-cran-survey r-cran-metafor)"
Table = pd.DataFrame  # a row a value: ours, r, difference, tolerance


def r_version() -> str:
    """R and survey as they are installed; nothing where they are not."""
    if shutil.which("Rscript") is None:
        return ""
    load = "suppressMessages({library(metafor); library(survey)})"
    tell = 'cat(R.version.string, "with survey", format(packageVersion("survey")))'
    asked = subprocess.run(["Rscript", "-e", f"{load}; {tell}"], capture_output=True, text=True)
    return asked.stdout if asked.returncode == 0 else ""


def run_script(name: str, out: Path, *arguments: str) -> None:
    environment = {**os.environ, "GOLDEN_OUT": str(out), "LC_ALL": "C.UTF-8"}
    command = ["Rscript", f"tests/golden/{name}", *arguments]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"{name} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, comment="#", skipinitialspace=True, dtype={"item": str})


def table_of(ours: pd.Series, theirs: pd.Series, tolerance: float, scale: float = 0.0) -> Table:
    table = pd.DataFrame({"ours": ours.astype(float), "r": theirs.reindex(ours.index)})
    table["difference"] = relative(table["ours"], table["r"], scale)
    return table.assign(tolerance=tolerance)


# ---- the golden samples


def golden_tables(out: Path) -> Iterator[tuple[str, Table]]:
    """Ours against the live answers, a group of a file at a time."""
    for name in files():
        live = by_key(read(out / f"{LIVE.get(name, name)}.csv"))
        for group in ANSWERS:
            table = compared(name, group, live)
            if len(table):
                yield f"{name}: {group}", table


def committed_table(out: Path) -> Table:
    """The numbers of the files as they are committed, against what their scripts write now."""
    parts = []
    for path in sorted(out.glob("*.csv")):
        kept, live = (_numbers(read(one)) for one in (GOLDEN / path.name.replace("-local", ""), path))
        parts.append(table_of(kept, live, 1e-9, 1e-9))
    return pd.concat(parts)


def _numbers(frame: pd.DataFrame) -> pd.Series:
    """All numbers of a file, column by column."""
    ordered = frame.sort_values(KEYS, ignore_index=True) if set(KEYS) <= set(frame) else frame
    columns = [column for _, column in ordered.select_dtypes("number").items()]
    return pd.concat(columns, ignore_index=True).dropna()


# ---- the bundled markets


def figures_of(market: Market) -> dict[str, Figure]:
    """Name to figure: the key figures, and every item or answer of some questions."""
    figures = {f"key_{name}": figure for name, figure in market.study.settings.key_figures.items()}
    for question, net in QUESTIONS.items():
        for figure in market.study.codebook.figures(question, answer=net):
            figures["_".join(str(part) for part in (question, figure.item, figure.choice) if part is not None)] = figure
    return figures


def write_market(market: Market, folder: Path) -> pd.DataFrame:
    """The market's answers for R, as its respondents gave them; returns its targets."""
    design, respondents = market.design, market.respondents
    if design.strata is not None or design.psus is not None or design.replicates is not None:
        raise SystemExit(f"{market.code} has a design of strata, PSUs or replicates, which markets.R does not know")
    targets = market.settings.weighting.targets
    frame = pd.DataFrame({"id": np.arange(len(design.weights)), "base": design.base_weights})
    for margin in targets:
        frame[margin] = respondents.answers[margin].to_numpy()
    frame["domain"] = respondents.mask(DOMAIN).astype(int)
    for name, figure in figures_of(market).items():
        frame[name] = respondents.indicator(figure).to_numpy()
    frame.to_csv(folder / f"{market.code}.csv", index=False)
    rows = [(market.code, margin, level, share) for margin, of in targets.items() for level, share in of.items()]
    return pd.DataFrame(rows, columns=["market", "margin", "level", "share"])


def write_markets(markets: Markets, folder: Path) -> None:
    targets = [write_market(market, folder) for market in markets.markets]
    pd.concat(targets).to_csv(folder / "targets.csv", index=False)
    sizes = [1.0 if one.settings.population is None else one.settings.population.size for one in markets.markets]
    codes = [market.code for market in markets.markets]
    pd.DataFrame({"market": codes, "population": sizes}).to_csv(folder / "markets.csv", index=False)


def in_form(market: Market, form: str) -> Market:
    """The same market with the errors of raked weights in another form."""
    other = copy(market)
    other.design = replace(market.design, calibration=form)
    return other


def market_answers(market: Market, dataset: str) -> dict[tuple[str, str, str], float]:
    """What the pages print: shares in total and in the domain, and the domain against everybody."""
    figures, found = figures_of(market), {}
    rows = market.rows(list(figures.values()), {"total": {}, "domain": DOMAIN})
    for (_, row), name in zip(rows.iterrows(), list(figures) * 2, strict=True):
        key = dataset if row["domain"] == "total" else f"{dataset}_domain"
        found |= {(key, f"svymean:{name}", item): row[column] for column, item in MEAN.items()}
        if 0 < row["estimate"] < 1:
            found |= {(key, f"svyciprop:{name}:xlogit", item): row[column] for column, item in ENDS.items()}
    for name, figure in figures.items():
        if figure.domain == DOMAIN:
            continue  # it has no others to be compared with
        gap = market.difference(figure.model_copy(update={"domain": {**figure.domain, **DOMAIN}}), figure)
        found[dataset, f"overlap:{name}", "est"] = gap.estimate
        found[dataset, f"overlap:{name}", "se"] = gap.std_error
    return found


def weight_answers(market: Market) -> dict[tuple[str, str, str], float]:
    weights = {(market.code, "weights", str(n)): weight for n, weight in enumerate(market.weighting.weights)}
    costs = {"deff": market.weighting.design_effect, "n_eff": market.weighting.effective_base}
    return weights | {(market.code, "weighting", item): value for item, value in costs.items()}


def average_answers(markets: Markets) -> dict[tuple[str, str, str], float]:
    """The average of the markets, each alike and, where they say whom they stand for, by population."""
    counted = all(market.settings.population for market in markets.markets)
    found = {}
    for name, figure in figures_of(markets.markets[0]).items():
        rows = pd.concat([one.rows([figure], {"total": {}}) for one in markets.markets], ignore_index=True)
        for how in ("alike", "population") if counted else ("alike",):
            row = markets.average(rows, how)
            found |= {("average", f"{how}:{name}", item): row[column] for column, item in list(MEAN.items())[:2]}
    return found


def market_tables(markets: Markets, live: pd.Series) -> Iterator[tuple[str, Table]]:
    """The pages' numbers against R's, a kind of quantity at a time."""
    weights, found, raked = {}, {}, {}
    for market in markets.markets:
        weights |= weight_answers(market)
        found |= market_answers(in_form(market, "calibrate"), market.code)
        raked |= market_answers(in_form(market, "rake"), f"{market.code}_rake")
    kinds = {
        "weights": weights,
        "shares": {key: value for key, value in found.items() if key[1].startswith("svymean")},
        "intervals": {key: value for key, value in found.items() if key[1].startswith("svyciprop")},
        "18-34 against all": {key: value for key, value in found.items() if key[1].startswith("overlap")},
        "errors as for rake()": raked,
        "average of the markets": average_answers(markets),
    }
    for kind, values in kinds.items():
        series = pd.Series(values, pd.MultiIndex.from_tuples(values, names=KEYS))
        yield f"markets: {kind}", table_of(series, live, 1e-8, SMALL)


# ---- the report


def line(group: str, table: Table) -> tuple[str, bool]:
    """One line of the report, and whether the group is as near as is allowed."""
    farthest = table.loc[table["difference"] == table["difference"].max()].iloc[0]
    near = bool((table["difference"] <= table["tolerance"]).all())
    figures = f"{len(table):6} | {farthest['ours']:>20.13g} | {farthest['r']:>20.13g} | {farthest['difference']:8.1e}"
    return f"{group:52} | {figures} | {farthest['tolerance']:.0e} | {'ok' if near else 'DIFFERS'}", near


def verify(work: Path) -> bool:
    """Runs every script, prints the report, and tells whether every group is near enough."""
    out, inputs = work / "out", work / "markets"
    out.mkdir()
    inputs.mkdir()
    public = open_study(ROOT / "params")
    inside = public.settings.model_copy(update={"confidentiality": Confidentiality(profile="internal")})
    markets = Markets(replace(public, settings=inside), inside.markets)  # every figure, the small ones too
    write_markets(markets, inputs)
    scripts = sorted(path.name for path in GOLDEN.glob("*.R") if path.name not in SHARED | {"markets.R"})
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(run_script, "markets.R", work, str(inputs))
        list(pool.map(lambda name: run_script(name, out), scripts))
        asked.result()
    head = f"{'quantity group':52} | values | {'ours, farthest apart':>20} | {'R':>20} | relative | allowed"
    print(head, "-" * len(head), sep="\n")
    tables = [*golden_tables(out), ("files as committed, both of R", committed_table(out))]
    tables += market_tables(markets, by_key(read(work / "markets.csv")))
    nears = []
    for group, table in tables:
        text, near = line(group, table)
        print(text)
        nears.append(near)
    values = sum(len(table) for _, table in tables)
    print(f"\n{values:,} values in {len(nears)} groups, {nears.count(False)} of which differ")
    return all(nears)


def main() -> int:
    version, started = r_version(), time.monotonic()
    if not version:
        print(NO_R, file=sys.stderr)
        return EXIT_CODES["environment"]
    with tempfile.TemporaryDirectory() as folder:
        near = verify(Path(folder))
    print(f"{version}; {time.monotonic() - started:.0f} s")
    return 0 if near else 1


if __name__ == "__main__":
    sys.exit(main())
