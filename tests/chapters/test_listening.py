"""Who hears what: shares by hand from the respondents' answers, tables from the declared voices."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis import Market, hearing
from analysis.errors import JourneybookError

ACTS = {
    "social_listening": ["posted", "reviewed"],
    "voice_of_customer": ["posted", "reviewed", "complained", "refund"],
    "experience_management": ["posted", "reviewed", "complained", "refund", "stopped", "competitor"],
}


@pytest.mark.parametrize("source", ACTS)
def test_a_source_could_hear_of_those_who_did_something_it_reads(uk: Market, source: str) -> None:
    """By hand: sum w y / sum w over those asked, y = 1 for any of the acts."""
    answers, inside = uk.respondents.answers, uk.respondents.in_base("poor_actions.posted")
    any_of = (answers[[f"poor_actions.{act}" for act in ACTS[source]]] == 1).any(axis=1)
    row = hearing(uk).reach[source].row
    assert row["estimate"] == pytest.approx(np.average(any_of[inside], weights=uk.design.weights[inside]), abs=1e-12)
    assert row["unweighted_base"] == inside.sum()


def test_the_matrix_says_in_words_what_the_study_file_says(uk: Market) -> None:
    html = hearing(uk).matrix(title="Matrix").html
    voices = hearing(uk).voices
    declared = [one.hears.get(topic, "no") for topic in voices.topics for one in voices.sources.values()]
    cells = [re.sub(r"<[^>]+>", "", cell)[2:] for cell in re.findall(r"<td [^>]*>(.*?)</td>", html)]
    assert cells == [{"covered": "yes", "partly": "in part", "no": "no"}[one] for one in declared]


def test_a_topic_names_its_questions_and_links_their_chapter_or_is_left_blank(uk: Market) -> None:
    listening = hearing(uk)
    html = listening.questions(title="Questions").html
    for topic in listening.voices.topics.values():
        assert not topic.chapter or f'href="{topic.chapter}.html"' in html
        assert all(uk.study.codebook.question_label(name) in html for name in topic.questions)
    blank = [topic for topic in listening.voices.topics.values() if not topic.questions]
    assert html.count("left blank by this study") == len(blank) == len(listening.blank) > 0


def test_a_source_reaches_the_stages_of_what_it_hears(uk: Market) -> None:
    voices = hearing(uk).voices
    html = hearing(uk).sources(title="Sources").html
    assert voices.stages_of("voice_of_customer") == ["need", "choose", "share", "after", "use"]
    assert "all six stages" in html


def test_a_study_without_voices_says_so(uk: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.chapters.listening.read_voices", lambda study: None)
    with pytest.raises(JourneybookError, match="declares no voices"):
        hearing(uk)
