"""Excel workbooks: with passwords, cut, far too large, or with more on the sheet than a table."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
from collections.abc import Callable

import openpyxl
import pandas as pd
import pytest
from breaking import Broken, Cells, Refusal
from openpyxl.worksheet.worksheet import Worksheet

pytestmark = pytest.mark.slow

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TABLE = [["resp_id", "gender", "age"], ["a1", 1, 30], ["a2", 2, 40]]


def workbook(change: Callable[[Worksheet], object] = lambda sheet: None, *, above: int = 0) -> bytes:
    """A small workbook, changed, whose table begins below so many lines."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["Wave 1"]] * above + TABLE:
        sheet.append(row)
    change(sheet)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def part(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The workbook with one of its parts changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as after:
        for one in before.namelist():
            text = before.read(one)
            if one == name:
                assert old in text
                text = text.replace(old, new, 1)
            after.writestr(one, text)
    return written.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_b030_a_password(broken: Broken, refusal: Refusal) -> None:
    """An encrypted workbook is an OLE container with a stream of this name ([MS-OFFCRYPTO] 2.3.4.4)."""
    broken.raw(OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500), "uk.xlsx")
    refusal().refuses("file", "uk.xlsx: password-protected; fix: save an unprotected copy")


def test_b030_an_old_workbook_has_no_password(broken: Broken, refusal: Refusal) -> None:
    broken.raw(OLE + bytes(500) + "Workbook".encode("utf-16-le"), "uk.xlsx")
    refusal().refuses("file", "uk.xlsx: an old Excel workbook (.xls); fix: save it as .xlsx")


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_b031_cut_short(broken: Broken, refusal: Refusal, share: float) -> None:
    content = workbook()
    broken.raw(content[: int(share * len(content))], "uk.xlsx")
    refusal().refuses("file", "uk.xlsx: damaged workbook")


def test_b032_a_stray_cell_in_the_last_corner(broken: Broken, refusal: Refusal) -> None:
    """The file is made by hand: openpyxl itself would take minutes."""
    stray = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    broken.raw(part(workbook(), SHEET, b"</sheetData>", stray), "uk.xlsx")
    began = time.monotonic()
    refusal().refuses("file", "claims 1,048,576 x 16,384 cells and holds 10")
    assert time.monotonic() - began < 10


def test_b033_a_zip_bomb(broken: Broken, refusal: Refusal) -> None:
    """Refused by what the archive says it would unpack to, before anything is unpacked."""
    bomb = io.BytesIO(workbook())
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/a.bin", "w") as file:
        for _ in range(300):
            file.write(bytes(2**20))
    assert len(bomb.getvalue()) < 500_000
    broken.raw(bomb.getvalue(), "uk.xlsx")
    began = time.monotonic()
    refusal().refuses("file", "uk.xlsx: uncompressed it would take 300 MiB; allowed: 256 MiB")
    assert time.monotonic() - began < 2


def test_b034_a_formula_without_its_value(broken: Broken, refusal: Refusal) -> None:
    def formulas(sheet: Worksheet) -> None:
        sheet["C2"], sheet["C3"] = "=10+20", "=SUM(C2:C2)"

    broken.raw(workbook(formulas), "uk.xlsx")
    told = refusal().refuses(
        "data", "sheet Sheet, cell C2: formula without a stored value", "cell C3: formula without a stored value"
    )
    assert len(told.splitlines()) == 2


def test_b034_a_formula_with_its_value_is_read(broken: Broken, cells: Cells) -> None:
    content = workbook(lambda sheet: sheet.__setitem__("C2", "=10+20"))
    broken.raw(part(content, SHEET, b"<v /></c>", b"<v>30</v></c>"), "uk.xlsx")
    assert cells().loc[2, "age"] == "30"


def test_b035_several_sheets(broken: Broken, refusal: Refusal, cells: Cells) -> None:
    broken.raw(workbook(lambda sheet: sheet.parent.create_sheet("Notes").append(["by the agency"])), "uk.xlsx")
    refusal().refuses("file", "uk.xlsx: several sheets; got 'Sheet, Notes'", "set raw.sheet", "raw.header_row")
    broken.declare("sheet: Tables")
    refusal().refuses("file", "no such sheet; got 'Tables'; allowed: Sheet, Notes")
    broken.text("params/markets/uk.yaml", "sheet: Tables", "sheet: Sheet")
    assert cells()["age"].tolist() == ["30", "40"]


def test_b035_an_empty_second_sheet_is_no_second_table(broken: Broken, cells: Cells) -> None:
    broken.raw(workbook(lambda sheet: sheet.parent.create_sheet("Sheet2")), "uk.xlsx")
    assert cells()["age"].tolist() == ["30", "40"]


def test_b035_titles_above_the_names(broken: Broken, refusal: Refusal, cells: Cells) -> None:
    """Lines keep their numbers below them."""
    broken.raw(workbook(above=2), "uk.xlsx")
    refusal().refuses("file", "sheet Sheet, line 1: 2 of 3 columns have no name here", "set raw.header_row: 3")
    broken.declare("header_row: 3")
    assert cells()["resp_id"].to_dict() == {4: "a1", 5: "a2"}


def test_b035_a_merged_header(broken: Broken, refusal: Refusal) -> None:
    broken.raw(workbook(lambda sheet: sheet.merge_cells("B1:C1")), "uk.xlsx")
    refusal().refuses("file", "line 1: merged cells among the column names; got 'B1:C1'", "raw.header_row")


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (1e15, "a number with decimals or of more than 15 digits"),
        (45123.5, "a number with decimals"),
        (dt.datetime(2023, 7, 16), "a date or a truth value"),
        (True, "a date or a truth value"),
    ],
)
def test_b036_numbers_of_respondents_that_excel_changed(
    broken: Broken, refusal: Refusal, number: object, why: str
) -> None:
    frame = broken.frame().head(30).astype({"resp_id": object})
    frame.loc[3, "resp_id"] = number
    place = frame.columns.get_loc("resp_id")
    assert place == 0
    broken.written("uk.xlsx", lambda path: frame.to_excel(path, index=False))
    told = refusal(duplicates="first").refuses("data", "uk.xlsx, line 5, column resp_id: ", f"cell A5 holds {why}")
    assert len(told.splitlines()) == 1


def test_a_workbook_is_read_as_the_csv_is(broken: Broken, cells: Cells) -> None:
    before = cells().head(30)
    broken.written("uk.xlsx", lambda path: broken.frame().head(30).to_excel(path, index=False))
    pd.testing.assert_frame_equal(before, cells())
