"""Dependence of one question on another in a sentence; the oracle is the test itself on the respondents' answers."""

from __future__ import annotations

import pytest

from analysis import Market, dependence
from analysis.survey.association import rao_scott


def test_it_says_what_the_test_on_the_answers_says(uk: Market) -> None:
    answers = uk.respondents.answers[["support_first", "form"]].astype(float)
    test = rao_scott(uk.design, answers["support_first"], answers["form"])
    text = dependence(uk, "support_first", "form", what="the first channel")
    assert f"{test.p_value:.3f}" in text
    assert ("more than chance" in text) == (test.p_value < 0.05)
    assert text.startswith("The first channel")


def test_what_depends_is_said_to_depend(uk: Market) -> None:
    text = dependence(uk, "sex", "sex", what="sex")
    assert "more than chance" in text and "p < 0.001" in text


def test_it_is_not_made_on_a_low_base(uk: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    low = uk.study.settings.low_base.model_copy(update={"suppress_below": 10_000})
    settings = uk.study.settings.model_copy(update={"low_base": low})
    monkeypatch.setitem(uk.study.__dict__, "settings", settings)
    assert "cannot be tested" in dependence(uk, "support_first", "income", what="the first channel")
