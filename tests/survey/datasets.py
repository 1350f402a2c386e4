"""What the golden files call a dataset: a design as declared here, its respondents and a domain of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.survey.design import SurveyDesign, level_codes
from analysis.survey.replicates import Replicates, jackknife
from analysis.survey.weights import Weighting, joint_margin, post_stratify, rake_survey, trim_weights

GOLDEN = Path(__file__).parents[1] / "golden"
Targets = dict[str, dict[str, float]]
DOMAINS = {"_age1834": ("age", "18-34"), "_web": ("channel", "web")}
AGES = {"18-34": 27, "35-54": 33, "55+": 40}
SEXES = {"f": 51, "m": 49}
BY_REGION: Targets = {"age": AGES, "sex": SEXES, "region": {"E": 20, "N": 30, "S": 30, "W": 20}}  # r-survey-sim.R
BY_EDUCATION: Targets = {"age": AGES, "sex": SEXES, "edu": {"0": 30, "1": 45, "2": 25}}  # sim-estimates.R
GERMAN_CELLS = {  # r-survey-sim.R, `cells`
    **{("18-34", "f"): 13, ("18-34", "m"): 14, ("35-54", "f"): 17},
    **{("35-54", "m"): 16, ("55+", "f"): 21, ("55+", "m"): 19},
}
CLUSTERED_TARGETS: Targets = {"age": {"18-34": 38, "35+": 62}, "sex": {"f": 52, "m": 48}}  # clustered.R, `margins`
UNITS_TARGETS: Targets = {"age": {"18-34": 30, "35-54": 34, "55+": 36}, "sex": SEXES}  # designs-weights.R
UNITS_CELLS = {  # designs-weights.R, `cells`, of 5000
    **{("18-34", "f"): 12, ("18-34", "m"): 18, ("35-54", "f"): 22},
    **{("35-54", "m"): 12, ("55+", "f"): 20, ("55+", "m"): 16},
}
UNITS_TOTAL = 5000


@dataclass(frozen=True, eq=False)
class Dataset:
    """A design, its respondents and the domain (a mask) that is estimated.

    `counts_missing`: R took the degrees of freedom before it left out those without an answer.
    """

    design: SurveyDesign
    frame: pd.DataFrame
    domain: np.ndarray
    level: float = 0.95
    counts_missing: bool = False

    def within(self, column: str, value: object) -> Dataset:
        """The respondents of this domain with that answer."""
        return replace(self, domain=self.domain & (self.frame[column] == value).to_numpy())


def everybody(design: SurveyDesign, frame: pd.DataFrame) -> Dataset:
    return Dataset(design, frame, np.ones(len(frame), dtype=bool))


@cache
def dataset(golden: str, name: str) -> Dataset:
    """The dataset of that name in that golden file."""
    declared, column, value = name, "", ""
    for suffix, (variable, answer) in DOMAINS.items():
        if name.endswith(suffix):
            declared, column, value = name.removesuffix(suffix), variable, answer
    whole = SOURCES[golden](declared)
    return whole.within(column, value) if column else whole


def read(name: str) -> pd.DataFrame:
    """A golden file, or the input of one, without its comments."""
    return pd.read_csv(GOLDEN / name, comment="#", skipinitialspace=True, dtype={"item": str, "edu": str})


# ---- sim.csv


@cache
def sim() -> pd.DataFrame:
    return read("sim.csv")


@cache
def germany() -> pd.DataFrame:
    frame = sim()
    return frame[frame["market"] == "DE"].reset_index(drop=True)


def of_strata(frame: pd.DataFrame) -> SurveyDesign:
    return SurveyDesign(frame["w"].to_numpy(), strata=pd.factorize(frame["stratum"])[0])


def in_reference(name: str) -> Dataset:
    """Datasets of r-survey-sim.csv."""
    if name == "sim_DE_ps":
        return poststratified_germany()
    if name.startswith("sim_DE_rake"):
        return replace(raked_germany(BY_REGION, name, 60_000, "rake"), counts_missing=True)
    return replace(in_sim(name), counts_missing=True)


def in_sim(name: str) -> Dataset:
    """Datasets of sim-estimates.csv, and those of drivers.csv."""
    if name.startswith("sim_DE_rake"):
        return raked_germany(BY_EDUCATION, name, 1000, "calibrate")
    frame = sim()
    if name == "sim_nostrat":
        return everybody(SurveyDesign(frame["w"].to_numpy()), frame)
    whole = everybody(of_strata(frame), frame)
    if name == "sim_level90":
        return replace(whole, level=0.90)
    code = name.removeprefix("sim").removeprefix("_")
    return whole.within("market", code) if code else whole


def raked_germany(targets: Targets, name: str, total: float, calibration: str) -> Dataset:
    """Market DE from a file of its own, raked from weights `w` to that total."""
    frame, margins = germany(), germany()[list(targets)]
    weights = rake_survey(margins, targets, base_weights=frame["w"].to_numpy()).weights
    strata = pd.factorize(frame["stratum"])[0] if "strat" in name else None
    start = frame["w"].to_numpy()
    codes = level_codes(margins)
    scaled = weights * total / len(frame)
    design = SurveyDesign(scaled, strata=strata, margins=codes, base_weights=start, calibration=calibration)
    return everybody(design, frame)


def poststratified_germany() -> Dataset:
    frame = germany()
    margins, start = frame[["age", "sex"]], frame["w"].to_numpy()
    weights = post_stratify(margins, GERMAN_CELLS, base_weights=start).weights
    codes = level_codes(joint_margin(margins).to_frame("cell"))
    return everybody(SurveyDesign(weights, margins=codes, base_weights=start), frame)


def jackknifed_germany() -> Dataset:
    """JK1 of the design before raking, then every replicate raked by itself."""
    frame = germany()
    raked = dataset("r-survey-sim", "sim_DE_rake").design.weights
    design = SurveyDesign(frame["w"].to_numpy())
    replicates = rake_replicates(jackknife(design), frame[list(BY_REGION)], BY_REGION)
    return everybody(SurveyDesign(raked, replicates=replicates), frame)


def rake_replicates(replicates: Replicates, margins: pd.DataFrame, targets: Targets) -> Replicates:
    return replicates.calibrated(lambda weights: rake_survey(margins, targets, base_weights=weights).weights)


# ---- clustered.csv


def in_clustered(name: str) -> Dataset:
    """Datasets of clustered-estimates.csv; stratum E, of one PSU, is in those that say how to treat it."""
    frame = read("clustered.csv")
    if not name.startswith("single"):
        frame = frame[frame["stratum"] != "E"].reset_index(drop=True)
    rule = "certainty" if "certainty" in name else "centre" if "adjust" in name else "error"
    if name == "clustered_raked":
        margins = frame[list(CLUSTERED_TARGETS)]
        weights = rake_survey(margins, CLUSTERED_TARGETS, base_weights=frame["w"].to_numpy()).weights
        plain = declare(frame, "clustered_fpc")
        return everybody(replace(plain, weights=weights, margins=level_codes(margins), base_weights=frame["w"]), frame)
    return everybody(declare(frame, name, single_psu=rule), frame)


def declare(frame: pd.DataFrame, name: str, *, single_psu: str = "error") -> SurveyDesign:
    """The design that the name tells: PSUs and strata unless it denies them, `fpc` if it says so."""
    strata = pd.factorize(frame["stratum"])[0]
    through = pd.factorize(frame["stratum"] + " " + frame["psu"].astype(str))[0]  # PSUs numbered through
    return SurveyDesign(
        frame["w"].to_numpy(),
        strata=None if "nostrat" in name else strata,
        psus=None if name == "unclustered" else through if "nostrat" in name else frame["psu"].to_numpy(),
        fpc=frame["rate"].to_numpy() if "fpc" in name else None,
        single_psu=single_psu,
    )


# ---- designs-input.csv


@cache
def units() -> pd.DataFrame:
    frame = read("designs-input.csv")
    return frame.assign(named=frame[["likes", "owns", "bought"]].sum(axis=1, skipna=False))


def in_units(name: str) -> Dataset:
    """Datasets of designs.csv and designs-models.csv."""
    return everybody(declare(units(), name), units())


def rake_units(start: np.ndarray) -> Weighting:
    return rake_survey(units()[list(UNITS_TARGETS)], UNITS_TARGETS, base_weights=start)


def in_weighted_units(name: str) -> Dataset:
    """Datasets of designs-weights.csv: raked in three forms, post-stratified, or trimmed between bounds."""
    frame, plain = units(), declare(units(), "clustered_fpc")
    margins = frame[list(UNITS_TARGETS)]
    form = {"raked_calibrated": "calibrate", "raked_rake": "rake"}.get(name, "as_given")
    if name == "poststratified":
        weights = post_stratify(margins, UNITS_CELLS, base_weights=plain.weights).weights
        margins, form = joint_margin(margins).to_frame("cell"), "calibrate"
    else:
        weights = rake_units(plain.weights).weights
    if name.startswith("trimmed"):
        lower, upper = (float(bound) for bound in name.split()[1:3])
        weights = trim_weights(weights, lower=lower, upper=upper).weights
        weights = rake_units(weights).weights if name.endswith("raked again") else weights
    codes, scaled = level_codes(margins), weights * UNITS_TOTAL / len(frame)
    design = replace(plain, weights=scaled, margins=codes, base_weights=plain.weights, calibration=form)
    return everybody(design, frame)


def in_replicates(name: str) -> Dataset:
    """Datasets of replicates.csv: jackknives made here, and bootstrap weights read from a file."""
    kind, mse = name.removesuffix("_mse"), name.endswith("_mse")
    if kind == "bootstrap":
        weights = read("bootstrap-weights.csv").iloc[:, 1:].to_numpy(float)
        replicates = Replicates(weights, 1 / (weights.shape[1] - 1), np.ones(weights.shape[1]), mse)
        return everybody(replace(declare(units(), "clustered"), replicates=replicates), units())
    named = {"JK1": "clustered_nostrat", "JKn": "clustered"}
    design = declare(units(), named.get(kind, "clustered_fpc"))
    replicates = jackknife(design, mse=mse)
    if kind.endswith("raked"):
        replicates = rake_replicates(replicates, units()[list(UNITS_TARGETS)], UNITS_TARGETS)
        design = replace(design, weights=rake_units(design.weights).weights)
    return everybody(replace(design, replicates=replicates), units())


SOURCES = {
    "r-survey-sim": in_reference,
    "sim-estimates": in_sim,
    "drivers": in_sim,
    "clustered-estimates": in_clustered,
    "designs": in_units,
    "designs-models": in_units,
    "designs-weights": in_weighted_units,
    "replicates": in_replicates,
}
