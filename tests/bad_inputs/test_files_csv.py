"""csv files: encodings, delimiters, quotes, and rows that are too short or too long."""

from __future__ import annotations

import pandas as pd
import pytest
from breaking import UK, Accepted, Broken, Cells, Refusal

pytestmark = pytest.mark.slow


def read_the_same(cells: Cells, broken: Broken, content: bytes) -> None:
    """The file of this content has the cells of the file as it was."""
    before = cells()
    broken.raw(content)
    pd.testing.assert_frame_equal(before, cells())


def test_b005_a_byte_order_mark(broken: Broken, cells: Cells) -> None:
    read_the_same(cells, broken, b"\xef\xbb\xbf" + broken.bytes())


def test_b006_another_encoding(broken: Broken, refusal: Refusal, cells: Cells) -> None:
    """The first line that cannot be read; nothing is guessed."""
    broken.cell(7, "beh_why", "caf\u00e9")
    broken.raw(broken.bytes().decode().encode("cp1252"))
    told = refusal().refuses("file", "uk.csv, line 7: not utf-8-sig text", "got 'byte e9'", "for instance cp1252")
    assert len(told.splitlines()) == 1
    broken.declare("encoding: cp1252")
    assert cells().at[7, "beh_why"] == "caf\u00e9"


def test_b007_utf_16(broken: Broken, refusal: Refusal, cells: Cells) -> None:
    content = broken.bytes().decode()
    for encoded in (content.encode("utf-16-le"), content.encode("utf-16")):
        broken.raw(encoded)
        refusal().refuses("file", "uk.csv: cannot be read as a csv file: it looks like UTF-16", "raw.encoding: utf-16")
    broken.declare("encoding: utf-16")
    assert cells().shape == (439, content.splitlines()[0].count(",") + 1)


def test_b008_another_delimiter_and_decimal_commas(broken: Broken, refusal: Refusal, accepted: Accepted) -> None:
    rows = broken.bytes().decode().replace(",", ";").splitlines()
    text = "\n".join([rows[0] + ";w", *(row + ";1,5" for row in rows[1:]), ""])
    broken.raw(text.encode())
    columns = rows[0].count(";") + 2
    what = f"uk.csv, line 1: found 1 column, expected {columns}: looks like sep=';' decimal=','"
    refusal().refuses("file", what, 'fix: set raw.delimiter: ";" and raw.decimal: ","')
    broken.declare('delimiter: ";"', 'decimal: ","')
    broken.text(UK, "weighting:\n", "weighting:\n  column: w\n")
    assert set(accepted().design.weights) == {1.5}


def test_b009_a_decimal_comma(broken: Broken, refusal: Refusal) -> None:
    broken.cell(3, "age", '"40,5"')
    refusal().refuses("data", "uk.csv, line 3, column age", "got '40,5'", 'fix: set raw.decimal: ","')


def test_b010_mixed_line_ends(broken: Broken, cells: Cells) -> None:
    lines = broken.bytes().splitlines()
    ends = [b"\r\n", b"\n", b"\r"]
    read_the_same(cells, broken, b"".join(line + ends[n % 3] for n, line in enumerate(lines)))


def test_b011_nul_bytes(broken: Broken, refusal: Refusal) -> None:
    broken.cell(5, "infl_soc", "3\0")
    refusal().refuses("file", "uk.csv, line 5, column infl_soc: a NUL byte")


def test_b012_a_column_twice(broken: Broken, refusal: Refusal) -> None:
    names = broken.bytes().decode().splitlines()[0].split(",")
    place = names.index("infl_rev") + 1
    broken.raw(broken.bytes().replace(b"infl_rev", b"resp_id", 1))
    told = refusal().refuses("file", "the column stands twice; got 'resp_id'", f"rename one of columns 1 and {place}")
    assert len(told.splitlines()) == 1


def test_b013_blanks_around_names(broken: Broken, accepted: Accepted) -> None:
    """They are no part of the names, which is said once."""
    broken.raw(broken.bytes().replace(b"resp_id", " resp_id\u00a0".encode(), 1).replace(b",age,", b", age ,", 1))
    (told,) = accepted().sample.account.warnings("uk")
    assert told == "uk: blanks around 2 column names were dropped: ' resp_id\\xa0', ' age '"


def test_b014_a_row_too_long(broken: Broken, refusal: Refusal) -> None:
    lines = broken.bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"\n", b",9\n")
    broken.raw(b"".join(lines))
    columns = lines[0].count(b",") + 1
    told = refusal().refuses("file", f"uk.csv, line 4: the row has {columns + 1} cells and the header {columns}")
    assert len(told.splitlines()) == 1


def test_b015_every_row_too_long(broken: Broken, refusal: Refusal) -> None:
    """No column passes for an index: every row is told, the first twenty by their lines."""
    header, *rows = broken.bytes().splitlines()
    broken.raw(b"\n".join([header, *(row + b"," for row in rows), b""]))
    told = refusal().refuses("file", "uk.csv, line 2: the row has", "... and 419 more problems")
    assert len(told.splitlines()) == 21


def test_b016_a_row_too_short(broken: Broken, refusal: Refusal) -> None:
    lines = broken.bytes().splitlines(keepends=True)
    lines[5] = lines[5].rsplit(b",", 1)[0] + b"\n"
    broken.raw(b"".join(lines))
    columns = lines[0].count(b",") + 1
    refusal().refuses("file", f"uk.csv, line 6: the row has {columns - 1} cells and the header {columns}")


@pytest.mark.parametrize("text", ['"never closed', '"one\ntwo" more'])
def test_b017_a_quote_that_is_not_closed(broken: Broken, refusal: Refusal, text: str) -> None:
    broken.cell(8, "beh_why", text)
    refusal().refuses("file", "uk.csv, line 8: a quote opens here and is not closed")


def test_b017_a_quote_that_swallows_rows(broken: Broken, refusal: Refusal) -> None:
    """It ends with the next quote of the file, some lines below."""
    broken.cell(8, "beh_why", '"never closed')
    broken.cell(11, "beh_why", '"')
    refusal().refuses("file", "uk.csv, line 8: the row has", "down to line 11", "close the quote that opens here")


def test_b018_a_line_of_totals(broken: Broken, refusal: Refusal) -> None:
    columns = broken.bytes().split(b"\n", 1)[0].count(b",")
    broken.raw(broken.bytes() + b"Total" + b"," * columns + b"\n")
    told = refusal().refuses("data", "uk.csv, line 441, column resp_id: not a respondent id", "got 'Total'")
    assert len(told.splitlines()) == 1
