"""Raw files of any bytes: each is read into a table, or refused in plain lines, and nothing else happens."""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from breaking import few
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import SHOWN, JourneybookError
from analysis.study.large import read_large
from analysis.study.params import RawFile, Study
from analysis.study.respondents import read_respondents

pytestmark = pytest.mark.slow

ROWS = 25  # enough to be weighted
QUICK = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
LONG = settings(QUICK, max_examples=400, derandomize=False, print_blob=True)
Put = Callable[..., bool]

# One damage: where it begins (0-1 of the file), how many bytes it takes, and what stands there instead.
Damage = tuple[float, int, bytes]
PIECES = [
    b"",
    b"\0",
    b"\xff",
    b"\n",
    b"\r",
    b'"',
    b",",
    b";",
    b"-1",
    b"\xff\xff\xff\x7f",
    b"1e999",
    b"nan",
    b"\x80" * 9,
]
damages = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from([0, 0, 1, 1, 2, 4, 8, 64, 10_000]),
        st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)),
    ),
    min_size=1,
    max_size=4,
)


def damaged(content: bytes, given_: list[Damage]) -> bytes:
    for where, taken, instead in given_:
        place = int(where * len(content))
        content = content[:place] + instead + content[place + taken :]
    return content


def repacked(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one of its parts changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as after:
        for one in before.namelist():
            after.writestr(one, change(before.read(one)) if one == name else before.read(one))
    return written.getvalue()


@pytest.fixture(scope="module")
def sources(study: Study, root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A small sound file of each kind, by its name."""
    folder = tmp_path_factory.mktemp("sound")
    names = [*{**few(study).all_columns, "sex": "gender"}.values()]
    frame = pd.read_csv(root / "data" / "raw" / "uk.csv")[names].head(ROWS)
    dated = frame.assign(interview_date=pd.to_datetime(frame["interview_date"]).dt.date)
    spss: dict[str, Any] = {
        "variable_value_labels": {"gender": {1.0: "Male", 2.0: "Female"}},
        "missing_ranges": {"infl_soc": [{"lo": 98, "hi": 99}]},
    }
    frame.to_csv(folder / "uk.csv", index=False)
    pyreadstat.write_sav(dated, str(folder / "uk.sav"), **spss)
    pyreadstat.write_sav(dated, str(folder / "uk.zsav"), compress=True, **spss)
    frame.head(5).to_excel(folder / "uk.xlsx", index=False)
    frame.to_parquet(folder / "uk.parquet")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def put(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Put:
    """Reads a file of these bytes as the UK's; passes if it gives respondents or a refusal that can be read.

    Whether it does give respondents is what comes back.
    """
    folder = tmp_path_factory.mktemp("fuzz")
    uk = study.market("uk")
    below = {"large": study.settings.large.model_copy(update={"rows_above": 0, "spill": "spill"})}

    def read(content: bytes, name: str, large: bool = False) -> bool:
        (folder / name).write_bytes(content)
        kind = name.split(".")[1].removeprefix("z")
        raw = RawFile(path=name, sha256=hashlib.sha256(content).hexdigest(), format=kind)
        own = replace(study, folder=folder, codebook=few(study), settings=study.settings.model_copy(update=below))
        own._read["uk"] = uk.model_copy(update={"raw": raw})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                assert read_large(own, "uk") if large else read_respondents(own, "uk")
            except JourneybookError as error:
                lines = str(error).splitlines()
                assert error.kind in ("file", "data")
                assert 0 < len(lines) <= SHOWN + 1 and all(lines) and max(map(len, lines)) < 2500
                return False
        return True

    return read


@pytest.mark.parametrize("name", ["uk.csv", "uk.sav", "uk.zsav", "uk.parquet"])
def test_the_sound_files_are_read(put: Put, sources: dict[str, bytes], name: str) -> None:
    assert put(sources[name], name)


def csv_bytes(put: Put, sources: dict[str, bytes], damage: list[Damage], rows: list[list[str]]) -> None:
    put(damaged(sources["uk.csv"], damage), "uk.csv")
    put("\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass"), "uk.csv")


def xlsx_bytes(put: Put, sources: dict[str, bytes], damage: list[Damage], part: str) -> None:
    content = sources["uk.xlsx"]
    if part:
        put(repacked(content, part, lambda xml: damaged(xml, damage)), "uk.xlsx")
    else:
        put(damaged(content, damage), "uk.xlsx")


PARTS = [
    "",
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "xl/styles.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/sharedStrings.xml",
    "[Content_Types].xml",
]
cells = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["1", "-1", "1e5", "NA", '"', "a@b.co"])
tables = st.lists(st.lists(cells, max_size=5), max_size=6)
parts = st.sampled_from(PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_the_parts_of_a_workbook_are_there(sources: dict[str, bytes], part: str) -> None:
    with zipfile.ZipFile(io.BytesIO(sources["uk.xlsx"])) as archive:
        assert not part or part in archive.namelist()


@QUICK
@given(damage=damages, rows=tables)
def test_csv_of_any_bytes(put: Put, sources: dict[str, bytes], damage: list[Damage], rows: list[list[str]]) -> None:
    csv_bytes(put, sources, damage, rows)


@pytest.mark.parametrize("name", ["uk.sav", "uk.zsav", "uk.parquet"])
@QUICK
@given(damage=damages)
def test_other_files_of_any_bytes(put: Put, sources: dict[str, bytes], name: str, damage: list[Damage]) -> None:
    put(damaged(sources[name], damage), name)


@QUICK
@given(damage=damages)
def test_a_large_file_of_any_bytes(put: Put, sources: dict[str, bytes], damage: list[Damage]) -> None:
    put(damaged(sources["uk.parquet"], damage), "uk.parquet", True)


@QUICK
@given(damage=damages, part=parts)
def test_workbooks_of_any_bytes(put: Put, sources: dict[str, bytes], damage: list[Damage], part: str) -> None:
    xlsx_bytes(put, sources, damage, part)


@LONG
@given(damage=damages, rows=tables, part=parts, large=st.booleans())
def test_many_files_of_any_bytes(
    put: Put, sources: dict[str, bytes], damage: list[Damage], rows: list[list[str]], part: str, large: bool
) -> None:
    csv_bytes(put, sources, damage, rows)
    xlsx_bytes(put, sources, damage, part)
    for name in ("uk.sav", "uk.zsav", "uk.parquet"):
        put(damaged(sources[name], damage), name, large and name == "uk.parquet")
