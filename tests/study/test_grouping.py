"""Values that stand for others of a large file lie where those lie."""

import hashlib

import narwhals as nw
import pandas as pd
import pytest

from analysis.study.codebook import Condition
from analysis.study.grouping import number_classes, one_for_many, routing, variables_of
from analysis.study.params import RawFile
from analysis.study.running import Large
from analysis.study.scan import collect, open_scan


@pytest.fixture
def scan(tmp_path):
    """Open a column of values as a Parquet file."""

    def of(values):
        pd.DataFrame({"x": values}).to_parquet(tmp_path / "x.parquet")
        sha256 = hashlib.sha256((tmp_path / "x.parquet").read_bytes()).hexdigest()
        return open_scan(RawFile(path="x.parquet", sha256=sha256), tmp_path, Large())

    return of


def stand_ins(scan, expression):
    """The value that stands for each row's, in the file's order."""
    return collect(scan.frame(["x"]).select("x", other=expression).sort("x"))


@pytest.mark.parametrize("kind", ["int64", "float64"])
def test_a_number_stands_in_the_same_bands_and_is_no_missing_code(scan, kind):
    bands, codes = [(18, 34), (35, 54), (30, 60), (18, 97)], [-1, 17, 98, 99]
    values = pd.Series(range(-3, 103)).astype(kind)
    if kind == "float64":
        values = pd.concat([values, values + 0.5, pd.Series([float("inf"), -float("inf")])], ignore_index=True)
    opened = scan(values)
    found = stand_ins(opened, number_classes("x", bands, codes, opened))
    assert len(found) == len(values)
    for x, other in found.itertuples(index=False):
        assert [low <= x <= high for low, high in bands] == [low <= other <= high for low, high in bands]
        assert (x if x in codes else None) == (other if other in codes else None)
    # Four codes; below, between the ends 18, 29/30, 34, 35, 54, 60 and 97, and above.
    assert found["other"].nunique() <= 4 + 2 * 7 + 2


def test_an_empty_number_stands_for_itself(scan):
    opened = scan([20.0, None, float("nan")])
    found = collect(opened.frame(["x"]).select(other=number_classes("x", [(18, 34)], [98], opened)))
    assert found["other"].notna().sum() == 1


def test_codes_that_are_alike_become_the_first_of_them(scan):
    opened = scan(pd.array([1, 2, 3, 4, 5, 98, 99, None], dtype="Int64"))
    found = stand_ins(opened, one_for_many("x", [[1, 2, 3, 98], [4, 5], [99]]))
    known = found.dropna()
    pairs = dict(zip(known["x"].astype(int), known["other"].astype(int), strict=True))
    assert pairs == {1: 1, 2: 1, 3: 1, 98: 1, 4: 4, 5: 4, 99: 99}
    assert found["other"].isna().sum() == 1
    assert one_for_many("x", [[1], [2]]) is None


def test_a_name_needs_its_variables(small):
    book = small.codebook
    assert variables_of(["age_band", "taste.tea"], book) == {"age": [(18, 34), (35, 97)], "taste.tea": []}
    assert variables_of(["drinks"], book) == {"drinks.tea": [], "drinks.coffee": [], "drinks.none": []}
    assert variables_of(["age_band", "age"], book) == {"age": []}  # asked for itself, a number is not cut


def test_a_routing_needs_the_items_of_its_net_alone(small):
    conditions = [Condition(question="drinks", answers=("any",)), Condition(question="sex", answers=(1, 2))]
    assert routing(conditions, small.codebook) == ["drinks.tea", "drinks.coffee", "sex"]


def test_a_text_of_spaces_is_empty(scan):
    opened = scan(["a", " ", "", None])
    assert len(collect(opened.frame(["x"]).filter(opened.missing("x")).select(nw.len()))) == 1
    assert len(collect(opened.frame(["x"]).filter(opened.missing("x")))) == 3
