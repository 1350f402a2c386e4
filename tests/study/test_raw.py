"""Delivered files: one table of text whatever the format, and a refusal that names file and line."""

import datetime as dt
import functools
import hashlib
import http.server
import threading

import openpyxl
import pandas as pd
import pooch
import pyarrow as pa
import pyarrow.parquet
import pyreadstat
import pytest
from pydantic import ValidationError

from analysis.errors import JourneybookError
from analysis.study.locating import locate
from analysis.study.params import RawFile
from analysis.study.raw import read_raw

CELLS = [["r-1", "1", "1.5", ""], ["r-2", "98", "", "tea"], ["007", "", "3", "None"]]
NAMES = ["id", "code", "weight", "text"]
FRAME = pd.DataFrame(
    {
        "id": ["r-1", "r-2", "007"],
        "code": [1.0, 98.0, None],
        "weight": [1.5, None, 3.0],
        "text": [None, "tea", "None"],
    }
)


def declared(path, **options):
    return RawFile(path=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), **options)


@pytest.fixture
def cells(tmp_path):
    """The cells of a file with this content."""

    def read(content, name="uk.csv", **options):
        path = tmp_path / name
        if callable(content):
            content(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return read_raw(declared(path, **options), tmp_path).cells

    return read


@pytest.fixture
def refusal(cells):
    def of(*arguments, **options):
        with pytest.raises(JourneybookError) as error:
            cells(*arguments, **options)
        assert error.value.kind == "file"
        return str(error.value)

    return of


def workbook(*rows):
    def write(path):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)

    return write


def parquet(**columns):
    return functools.partial(pa.parquet.write_table, pa.table(columns))


# ---- one table whatever the format


def as_csv(path):
    FRAME.to_csv(path, index=False)


def as_sav(path):
    pyreadstat.write_sav(FRAME, str(path))


def as_xlsx(path):
    FRAME.to_excel(path, index=False)


def as_parquet(path):
    FRAME.to_parquet(path)


@pytest.mark.parametrize(
    ("write", "name"),
    [(as_sav, "uk.sav"), (as_xlsx, "uk.xlsx"), (as_parquet, "uk.parquet"), (as_parquet, "UK.PARQUET")],
)
def test_every_format_gives_the_same_cells_as_text(cells, write, name):
    found = cells(write, name)
    assert list(found.columns) == NAMES
    assert found.to_numpy().tolist() == CELLS


def test_a_csv_gives_its_cells_as_text_unchanged(cells):
    found = cells("id,code,weight,text\nr-1,1,1.5,\nr-2,98,,tea\n007,,3,None\n")
    assert list(found.columns) == NAMES
    assert found.to_numpy().tolist() == CELLS


def test_the_format_may_be_declared_where_the_name_does_not_say_it(cells):
    assert cells("a,b\n1,2\n", "uk.txt", format="csv").to_numpy().tolist() == [["1", "2"]]


@pytest.mark.parametrize(
    ("write", "name", "first"), [(as_csv, "uk.csv", 2), (as_xlsx, "uk.xlsx", 2), (as_sav, "uk.sav", 1)]
)
def test_rows_are_known_by_their_line_in_the_file(cells, write, name, first):
    assert list(cells(write, name).index) == [first, first + 1, first + 2]


def test_a_date_cell_of_a_workbook_reads_as_in_a_csv(cells):
    found = cells(workbook(["day"], [dt.date(2012, 2, 6)]), "uk.xlsx")
    assert found["day"].tolist() == ["2012-02-06"]


def test_a_date_cell_of_parquet_reads_as_in_a_csv(cells):
    days = pd.DataFrame({"day": pd.to_datetime(["2012-02-06"])})
    assert cells(days.to_parquet, "uk.parquet")["day"].tolist() == ["2012-02-06"]


@pytest.mark.parametrize("word", ["NA", "None", "n/a", "null", "nan"])
def test_a_word_in_a_workbook_is_no_empty_cell(cells, word):
    assert cells(workbook(["a", "b"], [word, 1]), "uk.xlsx")["a"].tolist() == [word]


def test_nullable_columns_of_parquet_are_read(cells):
    columns = {"a": pd.array([1, None], dtype="Int64"), "b": pd.array(["x", None], dtype="string")}
    found = cells(pd.DataFrame(columns).to_parquet, "uk.parquet")
    assert found.to_numpy().tolist() == [["1", "x"], ["", ""]]


def test_user_missing_codes_of_spss_stay_codes(cells):
    def write(path):
        pyreadstat.write_sav(pd.DataFrame({"sex": [1.0, 99.0]}), str(path), missing_ranges={"sex": [99]})

    assert cells(write, "uk.sav")["sex"].tolist() == ["1", "99"]


def test_whole_numbers_of_sixteen_digits_keep_their_digits(cells):
    assert cells(parquet(a=[9007199254740993]), "uk.parquet")["a"].tolist() == ["9007199254740993"]


# ---- csv


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_declared(cells, mark):
    assert cells(f"a{mark}b\n1{mark}2\n", delimiter=mark).to_numpy().tolist() == [["1", "2"]]


@pytest.mark.parametrize("mark", ["", ";;", "a", " ", '"', "\n"])
def test_a_delimiter_that_is_none_is_refused(mark):
    with pytest.raises(ValidationError, match="delimiter"):
        RawFile(path="uk.csv", sha256="0" * 64, delimiter=mark)


def test_a_comma_in_a_semicolon_file_stays_in_its_cell(cells):
    assert cells("id;weight\nr-1;1,5\n", delimiter=";").to_numpy().tolist() == [["r-1", "1,5"]]


def test_a_decimal_comma_is_a_point_where_it_is_declared(cells):
    found = cells('id;weight;text\nr-1;1,5;"a,5"\n', delimiter=";", decimal=",")
    assert found.to_numpy().tolist() == [["r-1", "1.5", "a,5"]]


def test_commas_in_a_quoted_header_do_not_make_a_semicolon_file_a_comma_file(cells):
    found = cells('"Tea, coffee, or neither";sex\n1;2\n', delimiter=";")
    assert found.to_numpy().tolist() == [["1", "2"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_line_ends_do_not_matter(cells, end):
    found = cells(end.join(["a,b", "1,2", "3,4", ""]))
    assert found.to_numpy().tolist() == [["1", "2"], ["3", "4"]]
    assert list(found.index) == [2, 3]


def test_a_quoted_line_break_keeps_the_lines_of_the_rows_below(cells):
    found = cells('id,text\nr-1,"one\ntwo\nthree"\nr-2,x\n\nr-3,y\n')
    assert found["text"].tolist() == ["one\ntwo\nthree", "x", "y"]
    assert found.index[0] in (2, 3, 4)  # the row stands on all three
    assert list(found.index[1:]) == [5, 7]


def test_quotes_and_delimiters_within_quotes_are_text(cells):
    assert cells('a,b\n"x, ""y""",2\n')["a"].tolist() == ['x, "y"']


def test_spaces_around_a_name_are_no_part_of_it(cells):
    assert list(cells(" id, sex \nr-1,1\n").columns) == ["id", "sex"]


def test_another_encoding_is_read_where_it_is_declared(cells):
    assert cells("id,text\nr-1,caf\u00e9 \u2013 5 \u20ac\n".encode("cp1252"), encoding="cp1252")["text"].tolist() == [
        "caf\u00e9 \u2013 5 \u20ac"
    ]


def test_an_encoding_that_there_is_not_is_refused(refusal):
    assert "uk.csv: not no-such-code text" in refusal(b"id", encoding="no-such-code")


def test_short_and_long_rows_are_refused_with_their_lines(refusal):
    message = refusal("a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3\n")
    assert len(message.splitlines()) == 2
    assert "uk.csv, line 3: the row has 2 cells and the header 3" in message
    assert "uk.csv, line 4: the row has 4 cells and the header 3" in message


def test_a_row_with_a_quoted_line_break_and_a_cell_too_few_is_refused(refusal):
    assert "the row has 2 cells and the header 3" in refusal('a,b,c\n1,"x\ny"\n')


@pytest.mark.parametrize("content", ["\n\n", "a,b\n", "a,b\n\n\n"], ids=["blank", "header", "both"])
def test_a_file_without_respondents_is_refused(refusal, content):
    assert "0 respondents" in refusal(content)


# ---- shape


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("sex,age,sex\n1,2,3\n", "uk.csv"),
        ("sex,age, sex \n1,2,3\n", "uk.csv"),
        (workbook(["sex", "age", "sex"], [1, 2, 3]), "uk.xlsx"),
    ],
    ids=["csv", "csv with spaces", "xlsx"],
)
def test_a_column_that_stands_twice_is_refused(refusal, content, name):
    message = refusal(content, name)
    assert f"{name}, line 1: the column stands twice; got 'sex'" in message


def test_a_column_that_stands_twice_in_parquet_is_refused(refusal):
    table = pa.table([pa.array([1]), pa.array([2])], names=["sex", "sex"])
    assert "sex" in refusal(functools.partial(pa.parquet.write_table, table), "uk.parquet")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("sex,,age\n1,2,3\n", "uk.csv"),
        ("sex,  ,age\n1,2,3\n", "uk.csv"),
        (workbook(["sex", None, "age"], [1, 2, 3]), "uk.xlsx"),
        (parquet(**{"sex": [1], "": [2]}), "uk.parquet"),
    ],
    ids=["csv", "csv with spaces", "xlsx", "parquet"],
)
def test_a_column_without_a_name_is_refused(refusal, content, name):
    assert f"{name}, line 1: a column has no name" in refusal(content, name)


def test_every_wrong_column_comes_in_one_pass(refusal):
    assert len(refusal("sex,age,sex,age,\n1,2,3,4,5\n").splitlines()) == 3


def test_a_number_as_a_column_name_is_text(cells):
    assert list(cells(workbook(["id", 2012], ["r-1", 1]), "uk.xlsx").columns) == ["id", "2012"]


# ---- the file itself


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(JourneybookError, match=r"uk\.csv: no raw file; looked for .*; fix: put it there") as error:
        read_raw(RawFile(path="uk.csv", sha256="0" * 64), tmp_path)
    assert error.value.kind == "file"


def test_a_path_starts_from_the_study_folder(tmp_path):
    (tmp_path / "params").mkdir()
    (tmp_path / "uk.csv").write_text("a\n1\n")
    raw = RawFile(path="../uk.csv", sha256="0" * 64)
    assert locate(raw, tmp_path / "params") == (tmp_path / "uk.csv").resolve()


def test_an_unknown_format_is_refused_with_those_that_are_known(refusal):
    message = refusal("a,b\n1,2\n", "uk.dta")
    assert "unknown file format; got '.dta'; allowed: csv, sav, xlsx, parquet" in message


@pytest.mark.parametrize("part", [0, 0.5, 0.9])
@pytest.mark.parametrize(("write", "name"), [(as_sav, "uk.sav"), (as_xlsx, "uk.xlsx"), (as_parquet, "uk.parquet")])
def test_a_file_cut_short_is_refused(tmp_path, refusal, write, name, part):
    write(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    assert name in refusal(content[: int(part * len(content))], name)


def test_reading_changes_no_byte_of_the_file(tmp_path, cells):
    cells("a,b\n1,2\n")
    assert (tmp_path / "uk.csv").read_bytes() == b"a,b\n1,2\n"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"sha256": "0" * 64}, "needs a path or a url"),
        ({"path": "uk.csv", "sha256": "abc"}, "sha256"),
        ({"path": "uk.csv", "sha256": "0" * 64, "format": "dta"}, "format"),
    ],
)
def test_a_raw_file_that_cannot_be_found_or_known_again_is_refused(settings, problem):
    with pytest.raises(ValidationError, match=problem):
        RawFile(**settings)


# ---- a file that is only a URL


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A web server on this machine: its address, and the paths that were asked of it."""
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "uk.csv").write_bytes(b"a,b\n1,2\n")
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *arguments):
            pass

    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache" / name)
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}", asked
        served.shutdown()
        thread.join()


SHA256 = hashlib.sha256(b"a,b\n1,2\n").hexdigest()


def test_a_url_is_fetched_once(server, tmp_path):
    address, asked = server
    raw = RawFile(url=f"{address}/uk.csv", sha256=SHA256)
    tables = [read_raw(raw, tmp_path) for _ in range(2)]
    assert asked == ["/uk.csv"]
    assert [table.cells.to_numpy().tolist() for table in tables] == [[["1", "2"]]] * 2
    assert tables[0].path.is_relative_to(tmp_path / "cache")


def test_a_download_with_a_wrong_hash_is_refused_and_not_kept(server, tmp_path):
    address, _ = server
    with pytest.raises(JourneybookError, match="the download is not the file declared: sha256 differs") as error:
        read_raw(RawFile(url=f"{address}/uk.csv", sha256="0" * 64), tmp_path)
    assert error.value.kind == "file"
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_a_url_that_does_not_answer_is_refused_with_a_fix(server, tmp_path):
    address, _ = server
    with pytest.raises(JourneybookError, match=r"none\.csv: cannot be fetched \(.*download it and name it as raw.path"):
        read_raw(RawFile(url=f"{address}/none.csv", sha256="0" * 64), tmp_path)


@pytest.mark.parametrize(("present", "requests"), [(True, 0), (False, 1)])
def test_a_url_is_asked_only_where_the_path_does_not_exist(server, tmp_path, present, requests):
    address, asked = server
    if present:
        (tmp_path / "here.csv").write_bytes(b"a,b\n1,2\n")
    read_raw(RawFile(path="here.csv", url=f"{address}/uk.csv", sha256=SHA256), tmp_path)
    assert len(asked) == requests
