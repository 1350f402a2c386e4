"""YAML files into frozen models: every refusal names the file, the line and the key."""

import pytest
from pydantic import ValidationError

from analysis.errors import JourneybookError
from analysis.study.settings import Settings, Text, read_settings, say


class Cup(Settings):
    size: int
    colour: str = "white"
    label: Text = {"en": "Cup"}  # noqa: RUF012 (the model is frozen)


class Shelf(Settings):
    cups: dict[str, Cup]
    spare: tuple[Cup, ...] = ()


@pytest.fixture
def read(tmp_path):
    def from_text(text):
        path = tmp_path / "shelf.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return read_settings(path, Shelf)

    return from_text


@pytest.fixture
def refusal(read):
    def of(text):
        with pytest.raises(JourneybookError) as error:
            read(text)
        assert error.value.kind == "config"
        assert "shelf.yaml" in str(error.value)
        return error.value

    return of


def test_a_file_becomes_a_model(read):
    assert read("cups: {big: {size: 3}}").cups["big"] == Cup(size=3)


def test_a_model_cannot_be_changed(read):
    shelf = read("cups: {big: {size: 3}}")
    with pytest.raises(ValidationError, match="frozen"):
        shelf.cups["big"].size = 4
    assert shelf.cups["big"].size == 3


def test_an_unknown_key_is_refused_with_file_line_and_nearest_name(refusal):
    error = refusal("cups:\n  big:\n    size: 3\n    color: red\n")
    assert "shelf.yaml, line 4, cups.big.color: unknown key; got 'color'" in str(error)
    assert "did you mean colour?" in str(error)
    assert "allowed: colour, label, size" in str(error)


def test_an_unknown_key_with_nothing_near_is_to_be_removed(refusal):
    assert "fix: remove it" in str(refusal("cups: {}\nzzzz: 1\n"))


def test_an_unknown_key_in_a_list_names_its_own_line(refusal):
    assert "line 4, spare.1.sise" in str(refusal("cups: {}\nspare:\n  - {size: 1}\n  - {size: 2, sise: 3}\n"))


def test_a_missing_key_names_the_line_of_what_lacks_it(refusal):
    assert "line 3, cups.small: the key 'size' is missing" in str(refusal("cups:\n  big: {size: 1}\n  small: {}\n"))


def test_a_wrong_value_is_shown(refusal):
    assert "line 2, cups.big.size" in str(refusal("cups:\n  big: {size: huge}\n"))
    assert "got 'huge'" in str(refusal("cups:\n  big: {size: huge}\n"))


def test_every_problem_comes_in_one_pass(refusal):
    error = refusal("cups:\n  a: {size: x}\n  b: {}\n  c: {size: 1, colr: red}\n")
    assert [line.split(":")[0].split(", ")[1] for line in str(error).splitlines()] == ["line 2", "line 3", "line 4"]


def test_twenty_problems_are_shown_and_the_rest_counted(refusal):
    error = refusal("cups:\n" + "".join(f"  cup{n}: {{}}\n" for n in range(23)))
    assert len(error.problems) == 23
    assert str(error).splitlines()[-1] == "... and 3 more problems of this kind"


@pytest.mark.parametrize(
    ("text", "line"),
    [("cups: {}\nspare: []\ncups: {}\n", 3), ("cups:\n  big: {size: 1}\n  big: {size: 2}\n", 3)],
    ids=["top", "nested"],
)
def test_a_key_that_stands_twice_is_refused_with_its_line(refusal, text, line):
    assert f"line {line}: the key stands twice, first on line {line - 1 - (text.count('spare'))}" in str(refusal(text))


@pytest.mark.parametrize("key", ["no", "yes", "on", "off", "n", "y", "NO"])
def test_a_word_that_older_yaml_reads_as_a_boolean_stays_text(read, key):
    # YAML 1.2, section 10.3.2: only true and false are booleans
    assert list(read(f"cups: {{{key}: {{size: 1}}}}").cups) == [key]
    assert read(f"cups: {{a: {{size: 1, colour: {key}}}}}").cups["a"].colour == key


@pytest.mark.parametrize(
    ("text", "line"),
    [("cups: [1, 2\n", 2), ("cups: {a: b: c}\n", 1), ("cups: 'a\n", 2), ("cups: @a\n", 1)],
    ids=["open bracket", "two colons", "open quote", "reserved sign"],
)
def test_what_is_not_yaml_is_refused_with_its_line(refusal, text, line):
    assert f"line {line}: not valid YAML" in str(refusal(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cups: {}\n---\ncups: {}\n", "line 2: a second document begins"),
        ("cups: {}\n\n? [a]\n: 1\n", "line 3: a key must be a text, and this is a list"),
        ("cups: &a {big: *a}\n", "line 1: an alias inside of what it stands for; got '*a'"),
        ("cups:\n  big: *a\n", "line 2: no such anchor before this alias; got '*a'"),
        ("cups:\n  a: &cup 1\n  b:\n    <<: *cup\n", "line 4: << takes in keys with values only"),
        ('cups:\n  "a\\0b": 1\n', "line 2: a control character in a text; got 'U+0000'"),
        ('cups:\n  "\\ud800": 1\n', "line 2: a control character in a text; got 'U+D800'"),
        ('cups:\n  "\\UFFFFFFFF": 1\n', "shelf.yaml, line"),
        ("cups:\n  a\x07: 1\n", "line 2: not valid YAML"),
    ],
)
def test_what_no_study_needs_is_refused_with_its_line(refusal, text, said):
    assert said in str(refusal(text))


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("3", 3), ("-3", -3), ("0", 0)],
)
def test_a_whole_number_is_one(read, written, read_as):
    assert read(f"cups: {{a: {{size: {written}}}}}").cups["a"].size == read_as


@pytest.mark.parametrize("text", ["2012", "1.10", "010", "1e3", "1_000", "12:30", "2012-02-06", "true", "0x1F", ".inf"])
def test_what_looks_like_a_number_a_day_or_a_truth_is_the_text_as_written_where_text_is_wanted(read, text):
    shelf = read(f"cups: {{{text}: {{size: 1, colour: {text}, label: {text}, }}}}")
    assert list(shelf.cups) == [text]
    assert (shelf.cups[text].colour, shelf.cups[text].label) == (text, {"en": text})


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_no_text(refusal, text):
    assert "cups.a.colour: found nothing, expected text" in str(refusal(f"cups: {{a: {{size: 1, colour: {text} }}}}"))


@pytest.mark.parametrize("text", [b"cups: \xff\xfe", b"cups: \x07"], ids=["not UTF-8", "control character"])
def test_what_is_not_text_is_refused(refusal, text):
    assert refusal(text).exit_code == 2


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n- b\n", "words\n"], ids=["empty", "comment", "list", "word"])
def test_what_is_no_mapping_of_keys_is_refused(refusal, text):
    assert "line 1" in str(refusal(text))


def test_an_error_in_a_merged_mapping_is_a_refusal_not_a_crash(refusal):
    assert "size" in str(refusal("cups:\n  a: &cup {size: x}\n  b:\n    <<: *cup\n"))


def test_a_merged_mapping_is_read(read):
    assert read("cups:\n  a: &cup {size: 2}\n  b:\n    <<: *cup\n").cups["b"].size == 2


def test_nesting_without_end_is_a_refusal_not_a_crash(refusal):
    assert refusal("cups: " + "[" * 500 + "]" * 500).exit_code == 2


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(JourneybookError, match=r"none\.yaml: there is no such file"):
        read_settings(tmp_path / "none.yaml", Shelf)


def test_a_plain_text_is_english(read):
    assert read("cups: {a: {size: 1, label: Cup}}").cups["a"].label == {"en": "Cup"}


@pytest.mark.parametrize(("language", "said"), [("en", "Cup"), ("fr", "Tasse"), ("de", "Cup")])
def test_a_text_is_said_in_the_language_or_in_english(language, said):
    assert say({"en": "Cup", "fr": "Tasse"}, language) == said


def test_a_text_in_the_language_asked_for_needs_no_english():
    assert say({"fr": "Tasse"}, "fr") == "Tasse"
