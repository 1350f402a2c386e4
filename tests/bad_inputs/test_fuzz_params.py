"""Whatever stands in the files of a study, reading it gives the study or a refusal in lines that name the file."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from tea import CODEBOOK, MARKET, STUDY, TARGETS

from analysis.errors import EXIT_CODES, JourneybookError
from analysis.pipeline import refuse_bad_extras
from analysis.study.params import read_study

ROOT = Path(__file__).parents[2]
FILES = {
    "study.yaml": f"""{STUDY}banner: [{{question: sex, answers: [1]}}]
headlines: [tea]
low_base: {{suppress_below: 30, caution_below: 100}}
edition: {{name: "2026-1", date: 2026-11-22}}
article: {{claims: ["T-*"], shows: {{sample: [tea, "*"]}}}}
""",
    "codebook.yaml": f"""{CODEBOOK}  visits:
    kind: grid
    label: {{en: Visits, fr: Visites}}
    rows: {{home: Home, work: Work}}
    columns: {{tea: Tea, cake: Cake}}
    scale: often
    composites: {{all: {{label: All, items: [home_tea, work_tea], reversed: [work_tea]}}}}
    asked_if: [{{question: tea, answers: [1]}}]
scales:
  often: {{mean: true, answers: {{1: Never, 2: Often}}, nets: {{often: {{label: Often, answers: [2]}}}}}}
""",
    "claims.yaml": """claims:
  - {id: T-01, kind: share, figure: {question: tea, answer: 1}, published: 60, source: Tea Board}
  - {id: T-02, kind: first, figure: {question: tea, answer: 1}, rivals: [2], source: Tea Board}
toplines:
  - {id: T-03, question: tea, columns: {all: {}, men: {sex: 1}}, published: {1: [60, 61], 2: [40, 39]}, source: Board}
""",
    "register.yaml": """sources: {T: Tea Board}
parts: {tea: Tea}
entries:
  - {id: T-01, text: Most drink tea, status: tested, part: tea}
  - {id: T-02, text: It is first, status: tested, part: tea}
  - {id: T-03, text: By sex, status: tested, part: tea}
""",
    "benchmarks.yaml": """topics: {tea: Tea}
benchmarks:
  board: {topic: tea, survey: Board, fieldwork: 2019, sample: Adults, question: Tea?, base: all, values: {uk: 60},
    beside: {question: tea, answer: 1}, differs: Not at all, source: Tea Board}
""",
    "scenarios.yaml": """points: 10
question: tea
currency: euros
inputs: invented
source: Board
year: 2009
unit: euros
covers: all
lines: {tea: {label: Tea, published: 10, sectors: [1], customers: 100, spend: 1.5}}
""",
    "voices.yaml": """journey: visits
topics: {posts: {label: Posts, stages: [home], touchpoints: [tea], questions: [tea], chapter: sample}}
sources: {press: {label: Press, reads: News, hears: {posts: covered}, could_hear: {question: tea, answer: 1}}}
""",
    "markets/uk.yaml": MARKET
    % ("0" * 64, TARGETS.replace("targets", "trim: {upper: 5}, targets"), "strata: s, fpc: f"),
}
SCALARS = [
    "", "~", "null", "true", "no", "0", "-1", "30.5", "1e3", "010", "1_000", "12:30", "2024-02-30", "2024-01-01",
    ".nan", ".inf", "-.inf", "[]", "{}", "[a]", "{a: b}", "'x'", '""', '"30"', "uk", "tea", "age_band", "*x", "&x y",
    "!!int 3", "{{ x }}", "<b>", "\u202e", "\ufeff", "9" * 400, "x" * 5000, "../../x", "?", "- a",
    ": ", "#", "|", ">", "%", "@", "`",
]  # fmt: skip
BYTES = [b"\x00", b"\xff", b"\r\n", b"\t", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x85", b"\xe2\x80\xa8", b"\x1b"]
MORE = int(os.environ.get("FUZZ", "1"))  # times as many examples
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=12) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=6,
)
Read = Callable[[dict[str, bytes]], None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


def outcome(folder: Path, changed: str, content: bytes, files: dict[str, str] = FILES) -> None:
    """Reads the study with one file changed: it is there, or refused in lines that name a file of it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if name == changed else text.encode())
    try:
        study = read_study(folder)
        refuse_bad_extras(study)
        for code in study.settings.markets:
            study.market(code)
    except JourneybookError as error:
        assert error.exit_code == EXIT_CODES["config"], error
        lines = str(error).splitlines()
        assert len(lines) == min(len(error.problems), 20) + (len(error.problems) > 20)
        for line in lines[:20]:
            assert re.search(r"\.yaml\b", line.split(": ")[0]), line
        str(error).encode("utf-8")  # a terminal can print it


def test_the_study_that_is_changed_is_one(folder: Path) -> None:
    for name, text in FILES.items():
        outcome(folder, name, text.encode())
    assert read_study(folder).settings.markets == ("uk",)
    refuse_bad_extras(read_study(folder))
    read_study(folder).market("uk")


def quickly(count: int) -> Any:
    return settings(
        max_examples=count * MORE,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


def lines_changed(text: str, draw: random.Random) -> str:
    """The text with one to three lines lost, doubled, moved, indented or cut, or a word of them changed."""
    lines = text.splitlines(keepends=True)
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(lines)) if lines else 0
        line = lines[at] if lines else ""
        words = re.findall(r"[^\s\[\]{},:]+", line) or [line]
        changed = {
            "lose": [],
            "double": [line, line],
            "indent": [f"{' ' * draw.randint(1, 4)}{line}"],
            "cut": [line[: draw.randint(0, len(line))]],
            "word": [line.replace(draw.choice(words), draw.choice(SCALARS), 1)],
            "sign": [line.replace(draw.choice("[]{},:-'\"") or " ", draw.choice("[]{},:-'\"&*!|>%@# "), 1)],
        }
        lines[at : at + 1] = changed[draw.choice(list(changed))]
        if lines and draw.random() < 0.1:
            draw.shuffle(lines)
    return "".join(lines)


@quickly(25)
@given(name=st.sampled_from(list(FILES)), draw=st.randoms(use_true_random=False))
def test_changed_lines(folder: Path, name: str, draw: random.Random) -> None:
    outcome(folder, name, lines_changed(FILES[name], draw).encode("utf-8", "surrogatepass"))


BUNDLED = {
    str(path.relative_to(ROOT / "params")): path.read_text(encoding="utf-8")
    for path in (ROOT / "params").rglob("*.yaml")
}


@pytest.mark.slow
@quickly(60)
@given(name=st.sampled_from(sorted(BUNDLED)), draw=st.randoms(use_true_random=False))
def test_changed_lines_of_the_bundled_study(folder: Path, name: str, draw: random.Random) -> None:
    outcome(folder / "bundled", name, lines_changed(BUNDLED[name], draw).encode("utf-8", "surrogatepass"), BUNDLED)


@quickly(15)
@given(name=st.sampled_from(list(FILES)), odd=st.sampled_from(BYTES) | st.binary(max_size=4), at=st.floats(0, 1))
def test_odd_bytes(folder: Path, name: str, odd: bytes, at: float) -> None:
    content = FILES[name].encode()
    place = int(at * len(content))
    outcome(folder, name, content[:place] + odd + content[place:])


@quickly(10)
@given(name=st.sampled_from(list(FILES)), content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_anything_at_all(folder: Path, name: str, content: bytes) -> None:
    outcome(folder, name, content)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a parsed document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, one in inner for place in places(one, (*at, key)))]


def put(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    """The document with another value in a place."""
    if not at:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[at[0]] = put(value[at[0]], at[1:], new)
    return changed


PARSED = {name: YAML(typ="safe", pure=True).load(text) for name, text in FILES.items()}
PLACES = [(name, at) for name, document in PARSED.items() for at in places(document)]


def as_yaml(value: Any) -> str:
    """A value in YAML's flow style, its texts in quotes as JSON has them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_yaml(key)}: {as_yaml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, str):
        return (
            '"'
            + "".join(f"\\U{ord(sign):08X}" if sign in '"\\' or not sign.isprintable() else sign for sign in value)
            + '"'
        )
    return "~" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@quickly(25)
@given(place=st.sampled_from(PLACES), value=VALUES)
@example(place=("codebook.yaml", ("questions", "visits", "rows")), value=["home"])
@example(place=("codebook.yaml", ("questions", "visits", "columns")), value={"tea": 3})
@example(place=("codebook.yaml", ("questions", "visits", "label")), value={"fr": "Visites"})
def test_another_value_in_a_place(folder: Path, place: tuple[str, tuple[Any, ...]], value: Any) -> None:
    name, at = place
    outcome(folder, name, as_yaml(put(PARSED[name], at, value)).encode("utf-8", "surrogatepass"))


@quickly(15)
@given(place=st.sampled_from(PLACES), other=st.sampled_from(PLACES))
def test_a_value_of_another_place(folder: Path, place: tuple[str, Any], other: tuple[str, Any]) -> None:
    name, at = place
    value = PARSED[other[0]]
    for key in other[1]:
        value = value[key]
    outcome(folder, name, as_yaml(put(PARSED[name], at, value)).encode())
