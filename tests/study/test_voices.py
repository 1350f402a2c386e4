"""The voices of a study: every name in them stands in the codebook, or the nearest is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analysis.errors import JourneybookError
from analysis.study.params import read_study
from analysis.study.voices import read_voices

PARAMS = Path(__file__).parents[2] / "params"


@pytest.mark.parametrize(
    ("written", "instead", "what", "nearest"),
    [
        ("questions: [contacted,", "questions: [contactd,", "no such question", "contacted"),
        ("stages: [need, choose, share], touchpoints: [social]", "stages: [need, chose]", "no such stage", "choose"),
        ("touchpoints: [social, website]", "touchpoints: [social, web]", "no such touchpoint", "website"),
        ("chapter: giving_up}", "chapter: giving}", "no such chapter", "giving_up"),
        ("press: covered, rivals", "pres: covered, rivals", "no such topic", "press"),
        ("item: in_public}", "item: in_publc}", "no such item", "in_public"),
        ("journey: journey ", "journey: journy ", "no such grid of stages", "journey"),
    ],
)
def test_a_name_that_points_at_nothing_is_told_with_the_nearest(
    tmp_path: Path, written: str, instead: str, what: str, nearest: str
) -> None:
    folder = tmp_path / "params"
    shutil.copytree(PARAMS, folder)
    text = (folder / "voices.yaml").read_text(encoding="utf-8")
    assert written in text
    (folder / "voices.yaml").write_text(text.replace(written, instead), encoding="utf-8")
    with pytest.raises(JourneybookError) as refused:
        read_voices(read_study(folder))
    message = str(refused.value)
    assert what in message
    assert nearest in message
    assert "voices" in message
