"""The simulated survey, and R's answers about it, as tests/golden holds them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from analysis.survey.design import SurveyDesign

GOLDEN = Path(__file__).parents[1] / "golden"
MEAN = {"estimate": "est", "std_error": "se", "design_effect": "deff_wr", "degrees_of_freedom": "degf"}
INTERVAL = {"conf_low": "lo", "conf_high": "hi"}


@dataclass(frozen=True)
class Answers:
    """What R printed into a golden file, by dataset, quantity and item."""

    table: pd.DataFrame

    def __call__(self, dataset: str, quantity: str) -> pd.Series:
        return self.table.loc[(dataset, quantity), "value"]

    def share(self, dataset: str, item: str) -> pd.Series:
        """svymean and svyciprop(method = "logit") of one item, named as the columns of `shares`."""
        mean, interval = self(dataset, f"svymean:{item}"), self(dataset, f"svyciprop:{item}:logit")
        found = {column: mean[name] for column, name in MEAN.items()}
        return pd.Series(found | {column: interval[name] for column, name in INTERVAL.items()})


def _read(name: str) -> Answers:
    table = pd.read_csv(GOLDEN / name, comment="#", dtype={"item": str})
    return Answers(table.set_index(["dataset", "quantity", "item"]).sort_index())


@pytest.fixture(scope="session")
def sim() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "sim.csv")


@pytest.fixture(scope="session")
def sim_design(sim: pd.DataFrame) -> SurveyDesign:
    return SurveyDesign(sim["w"].to_numpy(), strata=pd.factorize(sim["stratum"])[0])


@pytest.fixture(scope="session")
def clustered() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "clustered.csv")


@pytest.fixture(scope="session")
def in_sim() -> Answers:
    return _read("sim-estimates.csv")


@pytest.fixture(scope="session")
def in_clustered() -> Answers:
    return _read("clustered-estimates.csv")


@pytest.fixture(scope="session")
def raked_by_r() -> pd.Series:
    """R's rake() of market DE: weight by id."""
    return pd.read_csv(GOLDEN / "sim-raked-weights.csv", comment="#").set_index("id")["value"]
