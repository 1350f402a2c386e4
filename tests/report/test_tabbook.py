"""The workbook of a market: what stands in its cells, read back, and that nothing in it is ever a formula."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from analysis.report.carried import cells_csv, rows_csv
from analysis.report.tabbook import workbook
from analysis.report.tabulation import Chapter, Column, Section, Tabulation, unpacked

HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("http://x")', "http://x"]
COLUMNS = (
    Column("total", "All", "", ""),
    Column("sex=1", "Male", "Sex", "A"),
    Column("sex=2", "Female", "Sex", "B"),
    Column("region=1", "North", "Region", "C"),
)


def cell(line: int, domain: str, **given: object) -> dict[str, object]:
    """One tidy row with quiet values for what is not given."""
    usual = {
        "line": line, "question": "tea", "table": "", "kind": "answer", "label": f"Answer {line}", "domain": domain,
        "unit": "share", "estimate": 0.4321, "conf_low": 0.3349, "conf_high": 0.5351, "unweighted_base": 200.0,
        "weighted_base": 201.6, "effective_base": 188.2, "flag": "", "letter": "", "above": "",
    }  # fmt: skip
    return {**usual, **given}


@pytest.fixture
def rows() -> pd.DataFrame:
    """Two answers, a net and a mean of one question; of another, that few were asked, one answer."""
    made = [cell(0, column.domain) for column in COLUMNS]
    made[2] |= {"above": "A", "estimate": 0.51}
    made += [cell(1, column.domain, unweighted_base=198.0) for column in COLUMNS]
    made += [cell(2, column.domain, kind="net", label="Both") for column in COLUMNS]
    made += [
        cell(3, column.domain, kind="mean", unit="mean", label="Mean", estimate=3.456, conf_low=3.1, conf_high=3.9)
        | {"unweighted_base": 150.0}
        for column in COLUMNS
    ]
    few = {"question": "cake", "unweighted_base": 12.0}
    made += [cell(4, column.domain, flag="suppressed", estimate=0.777, above="B", **few) for column in COLUMNS]
    made += [cell(5, "total", question="cake", flag="low base", unweighted_base=50.0)]
    return pd.DataFrame(made)


@pytest.fixture
def tables(rows: pd.DataFrame) -> Tabulation:
    """A market of two questions."""
    return Tabulation(
        study="Tea and cake", market="Tealand", code="tl", wave="2020", people="Tea drinkers",
        fieldwork="6 to 10 January 2020", made="2020-01-10", source="Source: Tealand & friends.", synthetic=True,
        confidence="95 %", suppress_below=30, caution_below=100,
        bases={"unweighted_base": 200, "weighted_base": 201.6, "effective_base": 188.2},
        columns=COLUMNS, rows=rows,
        sections=(
            Section("tea", "Tea", "Do you drink tea?", "", "Tea drinkers, all", "Drinks", False),
            Section("cake", "Cake", "", "A note.", "Tea drinkers, eaters of cake", "Food", True),
        ),
    )  # fmt: skip


def read(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def below(sheet: object, label: str) -> list[object]:
    """The row of a label, and the one below it, as [(value, ...), (value, ...)]."""
    lines = list(sheet.iter_rows(values_only=True))  # type: ignore[attr-defined]
    at = next(n for n, line in enumerate(lines) if line[0] == label)
    return lines[at : at + 2]


def test_every_question_has_a_sheet_and_the_index_leads_to_all(tables: Tabulation) -> None:
    book = read(workbook(tables))
    assert book.sheetnames == ["Index", "1 tea", "2 cake"]
    links = {one.location for row in book["Index"].iter_rows() for c in row if (one := c.hyperlink)}
    assert links == {"'1 tea'!A1", "'2 cake'!A1"}
    assert book["1 tea"]["A1"].hyperlink.location == "'Index'!A1"


def test_a_share_is_a_number_with_letters_beside_it_and_its_interval_below(tables: Tabulation) -> None:
    sheet = read(workbook(tables))["1 tea"]
    shares, intervals = below(sheet, "Answer 0")
    assert shares[1:9] == (0.4321, None, 0.4321, None, 0.51, "A", 0.4321, None)
    assert intervals[1] == "33–54"
    assert sheet["B12"].number_format == "0%"
    heads = [[c for c in row if c] for row in sheet.iter_rows(min_row=6, max_row=8, values_only=True)]
    assert heads == [["Sex", "Region"], ["All", "Male", "Female", "North"], ["A", "B", "C"]]


def test_nets_and_means_are_told_from_answers(tables: Tabulation) -> None:
    sheet = read(workbook(tables))["1 tea"]
    net = next(c for row in sheet.iter_rows() for c in row if c.value == "Net: Both")
    assert net.font.italic and not sheet["A12"].font.italic
    mean, interval = below(sheet, "Mean")
    assert (mean[1], interval[1]) == (3.456, "3.10–3.90")
    assert below(sheet, "Unweighted base of the mean")[0][1] == 150


def test_bases_are_numbers_and_where_they_differ_a_range(tables: Tabulation) -> None:
    sheet = read(workbook(tables))["1 tea"]
    assert below(sheet, "Unweighted base")[0][1] == "198–200"
    assert below(sheet, "Weighted base")[0][1] == 201.6
    assert below(sheet, "Effective base")[0][3] == 188.2


def test_what_is_withheld_is_in_no_cell_and_a_low_base_has_its_mark(tables: Tabulation) -> None:
    content = workbook(tables)
    sheet = read(content)["2 cake"]
    shares, intervals = below(sheet, "Answer 4")
    assert set(shares[1:]) == {"[c]", None} and not any(intervals)
    assert below(sheet, "Answer 5")[0][1:3] == (0.4321, "*")
    assert b"0.777" not in b"".join(
        zipfile.ZipFile(io.BytesIO(content)).read(n) for n in zipfile.ZipFile(io.BytesIO(content)).namelist()
    )
    assert any("too few" in str(row[0]) for row in sheet.iter_rows(values_only=True))


def test_withheld_numbers_do_not_leave_the_notebook(tables: Tabulation) -> None:
    packed = tables.packed()
    found = unpacked(packed)
    hidden = found.rows["flag"] == "suppressed"
    assert found.rows.loc[hidden, ["estimate", "conf_low", "conf_high"]].isna().all(axis=None)
    assert (
        hidden.any() and found.rows.loc[~hidden, "estimate"].tolist() == tables.rows.loc[~hidden, "estimate"].tolist()
    )
    assert replace(found, rows=tables.rows).packed() == packed


def test_the_same_tables_give_the_same_bytes(tables: Tabulation) -> None:
    assert workbook(tables) == workbook(unpacked(tables.packed()))


def test_nothing_in_a_workbook_is_a_formula(tables: Tabulation, rows: pd.DataFrame) -> None:
    for text in HOSTILE:
        hostile = replace(
            tables, study=text, market=text, people=text, source=text, wave=text, fieldwork=text,
            columns=tuple(replace(column, label=text, group=column.group and text) for column in COLUMNS),
            sections=tuple(
                replace(section, title=text, wording=text, note=text, base=text, group=text)
                for section in tables.sections
            ),
            rows=rows.assign(label=text, table=text, above=text),
        )  # fmt: skip
        shown = pd.DataFrame({"label": [text], "Head " + text: [text]})
        tidy = tidy_rows().assign(label=text, domain_label=text)
        chapter = Chapter(
            text, [carried(text, cells_csv(shown), False), carried(text, rows_csv(tidy, text, text), True)]
        )
        content = workbook(hostile, [chapter])
        cells = [c for sheet in read(content) for row in sheet.iter_rows() for c in row if c.value is not None]
        assert {c.data_type for c in cells} == {"s", "n"}
        assert not [c for c in cells if c.hyperlink and not str(c.hyperlink.location).startswith("'")]
        parts = zipfile.ZipFile(io.BytesIO(content))
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert sheets and not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)


def carried(title: str, csv: str, tidy: bool) -> dict[str, object]:
    return {"title": title, "measure": "Measure", "foot": "Base: all.", "csv": csv, "tidy": tidy}


def tidy_rows() -> pd.DataFrame:
    made = pd.DataFrame([cell(n, "total", label=f"Row {n}", estimate=0.1 * n, answer=str(n)) for n in range(1, 4)])
    return made.assign(market="tl", item="", domain_label="All", letter="", rank_low=[1, 1, 3], rank_high=[2, 2, 3])


def test_a_chapter_has_its_tables_as_numbers_or_as_they_are_shown(tables: Tabulation) -> None:
    shown = pd.DataFrame(
        {"label": ["Mode", "Up", "Men"], "": ["online", "+6 pts", "1,200"], "Target": ["", "", "48.7\u202f%"]}
    )
    tidy = tidy_rows()
    tidy.loc[2, "flag"] = "suppressed"
    chapter = Chapter(
        "Who: answered", [carried("A", rows_csv(tidy, "b", "s"), True), carried("B", cells_csv(shown), False)]
    )
    book = read(workbook(tables, [chapter]))
    sheet = book["Ch1 Who answered"]
    assert below(sheet, "Row 1")[0] == ("Row 1", 0.1, None, 0.3349, 0.5351, 1, 2, 200, 201.6, 188.2)
    assert below(sheet, "Row 3")[0][1:7] == ("[c]", None, None, None, None, None)
    assert below(sheet, "Up")[0][1] == "+6 pts"
    assert below(sheet, "Men")[0][1:3] == (1200, 0.487)
    assert any(row[0] == "Ch1 Who answered" for row in book["Index"].iter_rows(values_only=True))


def test_a_chapter_s_table_by_groups_has_a_column_a_group(tables: Tabulation) -> None:
    parts = [
        tidy_rows().assign(domain=name, domain_label=name, letter=letter, above=above)
        for name, letter, above in (("All", "", ""), ("Old", "A", ""), ("Young", "B", "A"))
    ]
    csv = rows_csv(pd.concat(parts), "b", "s")
    sheet = read(workbook(tables, [Chapter("Young", [carried("T", csv, True)])]))["Ch1 Young"]
    shares, intervals = below(sheet, "Row 1")
    assert shares[1:7] == (0.1, None, 0.1, None, 0.1, "A") and intervals[5] == "33–54"
    assert {"All", "Old (A)", "Young (B)"} <= {c for row in sheet.iter_rows(values_only=True) for c in row}
    assert below(sheet, "Unweighted base")[0][1] == 200


def test_a_sheet_is_set_up_to_be_read_and_printed(tables: Tabulation) -> None:
    book = read(workbook(tables))
    sheet = book["1 tea"]
    assert sheet.freeze_panes == "B9" and not sheet.sheet_view.showGridLines
    assert sheet.page_setup.orientation == "landscape" and sheet.print_title_rows == "$1:$8"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (
        1,
        0,
    ) or sheet.sheet_properties.pageSetUpPr.fitToPage
    assert "Tealand & friends" in sheet.oddFooter.left.text.replace("&&", "&")
    assert book.properties.title == "Tea and cake: Tealand, 2020"
    assert book.properties.created.isoformat() == "2020-01-10T00:00:00"


def test_one_market_s_illustration_is_called_one(tables: Tabulation) -> None:
    texts = [
        c
        for made in (True, False)
        for row in read(workbook(replace(tables, synthetic=made)))["Index"].values
        for c in row
    ]
    assert sum("no finding" in str(text) for text in texts) == 1
