"""SPSS files: cut, damaged, or silent about what they hold."""

from __future__ import annotations

import functools
import hashlib
import random
import struct
from pathlib import Path

import pyreadstat
import pytest
from breaking import UK, Accepted, Broken, Refusal

from analysis.study.params import Study

pytestmark = pytest.mark.slow

SEX = {1.0: "Male", 2.0: "Female"}


def sav(broken: Broken, name: str = "uk.sav", **options: object) -> Path:
    """The UK's file as SPSS, with value labels or missing ranges."""
    frame = broken.frame()
    return broken.written(name, lambda path: pyreadstat.write_sav(frame, str(path), **options))


def patched(path: Path, broken: Broken, content: bytes) -> None:
    """The same file with other bytes, declared as it is."""
    old = broken.path(UK).read_text().split("sha256: ")[1][:64]
    path.write_bytes(content)
    broken.text(UK, old, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("size", [3, 100, 170, 5000])
def test_b023_cut_in_the_header_or_the_dictionary(broken: Broken, refusal: Refusal, size: int) -> None:
    path = sav(broken)
    patched(path, broken, path.read_bytes()[:size])
    refusal().refuses("file", "uk.sav: ", "not a complete SPSS file; got 'size" if size > 3 else "it looks like text")


@pytest.mark.parametrize("part", [0.5, 0.99])
def test_b024_cut_in_the_rows(broken: Broken, refusal: Refusal, part: float) -> None:
    path = sav(broken)
    content = path.read_bytes()
    patched(path, broken, content[: int(part * len(content))])
    told = refusal().refuses("file", "uk.sav: expected 439 rows, as its header says, and found ")
    assert 0 < int(told.split("found ")[1].split(";")[0]) < 439


def test_b025_a_header_without_the_number_of_rows(broken: Broken, refusal: Refusal, accepted: Accepted) -> None:
    """What is cut would not show; with the number declared, it does."""
    path = sav(broken)
    content = path.read_bytes()
    content = content[:80] + struct.pack("<i", -1) + content[84:]
    patched(path, broken, content)
    refusal().refuses("file", "uk.sav: the header does not say how many respondents follow", "set raw.rows")
    broken.declare("rows: 439")
    respondents = accepted()
    assert respondents.sample.account.sentences(439)[0] == "439 rows came, 439 were expected."
    patched(path, broken, content[: len(content) // 2])
    refusal().refuses("file", "uk.sav: ")


def test_b025_fewer_rows_than_declared(broken: Broken, refusal: Refusal) -> None:
    """The same for a file of any kind."""
    broken.raw(b"".join(broken.bytes().splitlines(keepends=True)[:401]))
    broken.declare("rows: 439")
    refusal().refuses("file", "uk.csv: expected 439 rows, found 400")


def test_b026_random_damage(broken: Broken, refusal: Refusal) -> None:
    """Damaged files can often be read; their sha256 is another."""
    path = sav(broken)
    content = bytearray(path.read_bytes())
    content[random.Random(1).randrange(len(content))] ^= 0x10
    path.write_bytes(content)
    refusal().refuses("file", "uk.sav: the file is not the one declared: sha256 differs")


@pytest.mark.parametrize("part", [0.02, 0.5, 0.999])
def test_b027_a_compressed_file_cut(broken: Broken, refusal: Refusal, part: float) -> None:
    path = sav(broken, "uk.zsav", compress=True)
    content = path.read_bytes()
    assert content[:4] == b"$FL3"
    patched(path, broken, content[: int(part * len(content))])
    refusal().refuses("file", "uk.zsav: ", "SPSS file", "ask for the file again")


def test_b028_two_labels_for_one_code(broken: Broken, refusal: Refusal) -> None:
    path = sav(broken, variable_value_labels={"gender": SEX})
    content = path.read_bytes()
    labels = content.index(b"Female") - 9  # the code, and the length of its label
    assert struct.unpack("<d", content[labels : labels + 8]) == (2.0,)
    patched(path, broken, content[:labels] + struct.pack("<d", 1.0) + content[labels + 8 :])
    refusal().refuses("data", "uk.sav, column ", "two value labels for one code; got '1'")


def test_b028_a_code_without_a_label(broken: Broken, refusal: Refusal, accepted: Accepted) -> None:
    sav(broken, variable_value_labels={"gender": {1.0: "Male"}})
    refusal().refuses(
        "data", "uk.sav, column gender: codes without a value label; got '2'", "list sex under relabelled"
    )
    broken.text(UK, "source: synthetic", "source: synthetic\nrelabelled: [sex]")
    assert accepted().sample.delivered == 439


def test_b029_user_missing_codes(broken: Broken, study: Study, refusal: Refusal, accepted: Accepted) -> None:
    """Don't knows and refusals stay apart, as the codebook has them; an answer is none of the missing."""
    codes = broken.frame()["rebuy"]
    sav(broken, missing_ranges={"rebuy": [{"lo": 98, "hi": 99}]})
    status = accepted(duplicates="first").status["rebuy"]
    kinds = {98: "dont_know", 99: "refused"}
    for code, kind in kinds.items():
        assert (codes == code).any()
        assert set(status[[line for line in status.index if codes[line - 1] == code]]) == {kind}


def test_b029_an_answer_that_the_file_takes_for_missing(broken: Broken, refusal: Refusal) -> None:
    sav(broken, missing_ranges={"gender": [{"lo": 2, "hi": 9}]})
    refusal().refuses("data", "uk.sav, column gender: the file takes 2 to 9 for missing", "got '2'")


def test_b061_a_label_that_is_not_the_codebook_s(broken: Broken, refusal: Refusal, accepted: Accepted) -> None:
    """Refused with the market whose label it is; once looked at and declared, the codebook's is shown."""
    sav(broken, variable_value_labels={"gender": {1.0: "Female", 2.0: "Male"}})
    told = refusal().refuses("data", "column gender, code 1: another value label", "got 'Female'; allowed: Male")
    assert len(told.splitlines()) == 2
    broken.text(UK, "source: synthetic", "source: synthetic\nrelabelled: [sex]")
    assert accepted().codebook.answer_label("sex", 1) == "Male"


def test_b061_labels_of_another_language_are_not_compared(broken: Broken, accepted: Accepted) -> None:
    sav(broken, variable_value_labels={"gender": {1.0: "Mann", 2.0: "Frau"}})
    broken.text(UK, "languages: [en]", "languages: [de]")
    assert accepted().sample.delivered == 439


def test_b043_numbers_beyond_2_to_the_53(broken: Broken, refusal: Refusal) -> None:
    frame = broken.frame()
    frame["resp_id"] = [2.0**53 + 2 * n for n in range(len(frame))]
    write = functools.partial(pyreadstat.write_sav, frame)
    broken.written("uk.sav", lambda path: write(str(path)))
    refusal().refuses("data", "line 1, column resp_id: the respondent's number may have lost digits", "419 more")
