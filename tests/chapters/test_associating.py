"""Two questions of a market: the test and its size are those of the survey functions on the raw answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from analysis import Market, association, association_table
from analysis.chapters.associating import RARE, _joined
from analysis.survey.association import rao_scott


def test_the_test_is_that_of_the_answers_as_delivered(uk: Market) -> None:
    answers = uk.respondents.answers
    found = association(uk, "complexity", "sex")
    expected = rao_scott(uk.design, answers["complexity"].astype(float), answers["sex"].astype(float))
    assert found.test.p_value == pytest.approx(expected.p_value, rel=1e-9)
    assert found.size.unweighted_base == int((answers["complexity"].notna() & answers["sex"].notna()).sum())


def test_it_is_near_pearsons_test_where_weights_hardly_differ(uk: Market) -> None:
    answers = uk.respondents.answers
    plain = chi2_contingency(pd.crosstab(answers["complexity"], answers["form"]))
    found = association(uk, "complexity", "form")
    assert uk.weighting.design_effect < 1.1
    assert found.test.chi_square == pytest.approx(plain.statistic, abs=3)


def test_rare_answers_count_as_one() -> None:
    rows = pd.Series([1.0] * 20 + [2.0] * 20 + [3.0] * 6 + [4.0] * 5)
    columns = pd.Series([0.0, 1.0] * 20 + [0.0, 1.0] * 3 + [0.0] * 5)
    assert sorted(_joined(rows, columns).unique()) == [-1.0, 1.0, 2.0]
    assert (_joined(rows, columns) == -1).sum() == 11
    assert RARE == 5


def test_the_sentence_is_what_the_test_allows(uk: Market) -> None:
    words = {"yes": "It goes together", "no": "It does not show", "unknown": "Not tested"}
    assert association(uk, "trust_after", "moment_missed").clear  # the population has it so
    for columns in ("sex", "form"):
        found = association(uk, "complexity", columns)
        said = "It goes together (" if found.test.p_value < 0.05 else "It does not show ("
        assert found.says(**words).startswith(said)


def test_a_table_has_a_line_a_figure_with_p_by_holm(uk: Market) -> None:
    figures = {name: {"question": "channels_used", "item": name} for name in ("phone", "email")}
    table = association_table(uk, figures, "age_band", title="By age")
    answers = uk.respondents.answers
    band = answers["age_band"].cat.codes.astype(float)
    p = [rao_scott(uk.design, answers[f"channels_used.{name}"].astype(float), band).p_value for name in figures]
    smaller = min(2 * min(p), 1)
    assert f"{smaller:.3f}" in table.text or f"{smaller:.2f}" in table.text or smaller < 0.001
    assert "phone" in table.text and "email" in table.text
    assert not np.isnan(p).any()
