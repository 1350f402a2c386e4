"""The samples that tests/golden holds, as several tests use them."""

from __future__ import annotations

import pandas as pd
import pytest
from survey import datasets

from analysis.survey.design import SurveyDesign


@pytest.fixture(scope="session")
def sim() -> pd.DataFrame:
    return datasets.sim()


@pytest.fixture(scope="session")
def sim_design() -> SurveyDesign:
    return datasets.of_strata(datasets.sim())


@pytest.fixture(scope="session")
def germany() -> pd.DataFrame:
    return datasets.germany()


@pytest.fixture(scope="session")
def clustered() -> pd.DataFrame:
    """The small clustered sample with its stratum of one PSU, E."""
    return datasets.read("clustered.csv")


@pytest.fixture(scope="session")
def units() -> pd.DataFrame:
    """The clustered market with missing answers."""
    return datasets.units()
