"""The questionnaire that readers see, from the codebook and the claims."""

from __future__ import annotations

from pathlib import Path

from analysis.publish.book import questionnaire_page
from analysis.study.params import Study
from analysis.study.questionnaire import Entry, questionnaire


def entry(study: Study, name: str) -> Entry:
    return next(one for own in questionnaire(study).values() for one in own if one.name == name)


def test_every_question_stands_in_one_section(study: Study) -> None:
    names = [one.name for own in questionnaire(study).values() for one in own]
    assert sorted(names) == sorted(study.codebook.questions)
    assert list(questionnaire(study)) == [text["en"] for text in study.codebook.sections.values()]


def test_a_question_without_a_section_stands_among_the_others(small: Study) -> None:
    assert list(questionnaire(small)) == ["Other questions"]


def test_an_entry_says_what_was_asked_of_whom(study: Study) -> None:
    missed = entry(study, "moment_missed")
    assert missed.wording == "At the moment that mattered most, did the company get it right?"
    assert missed.base == "buyers of the last 12 months"
    assert missed.answers == ("1 Yes, fully", "2 Partly", "3 No")
    assert "S0-12" in missed.claims


def test_answers_that_differ_by_market_stand_by_market(study: Study) -> None:
    region = entry(study, "region")
    assert list(region.offered) == list(study.settings.markets) and region.answers == ()
    assert region.offered["nl"] == "61 North and East; 62 West; 63 South"  # params/markets/nl.yaml
    assert entry(study, "sex").offered == {}


def test_a_domain_serves_its_claim_too(study: Study) -> None:
    assert "S0-12" in entry(study, "complexity").claims


def test_the_tracked_page_is_the_one_that_the_codebook_gives(study: Study, root: Path) -> None:
    written = (root / "docs" / "questionnaire.md").read_text(encoding="utf-8")
    assert written == questionnaire_page(study, root / "book"), "make questionnaire writes it anew"
