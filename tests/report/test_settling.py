"""Numbers without the digits that a processor decides, and texts that no other process can garble."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.report.carried import frame_csv
from analysis.report.settling import settled, to_digits

SRC = Path(__file__).parents[2] / "src" / "analysis"
FORKED = """
import os
from analysis.report import lettering
lettering.width("a", 10)
assert lettering._font.cache_info().currsize == 1
child = os.fork()
if not child:
    os._exit(lettering._font.cache_info().currsize)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


@pytest.mark.parametrize("value", [0.445, 1 / 3, 0.1, 430.0, 99.99999, 2e6, 1.0])
def test_a_number_has_one_form_whatever_its_last_bits_were(value: float) -> None:
    near = value * (1 + np.array([-4, -2, -1, 0, 1, 2, 4]) * np.finfo(float).eps)
    assert len(set(near)) > 1
    assert set(to_digits(near)) == {float(f"{value:.11e}")}  # twelve digits, and the double nearest to them


def test_noise_around_nothing_is_nothing_and_what_is_no_number_stays() -> None:
    assert to_digits(np.array([1e-17, -3e-16, 0.0])).tolist() == [0, 0, 0]
    assert not np.signbit(to_digits(np.array([-1e-17]))).any()
    assert np.array_equal(to_digits(np.array([np.nan, np.inf, -np.inf])), [np.nan, np.inf, -np.inf], equal_nan=True)


def test_a_small_p_value_is_not_nothing() -> None:
    rows = settled(pd.DataFrame({"p_adjusted": [7.428675425311185e-21, 0.0], "estimate": [7.428675425311185e-21, 0.0]}))
    assert rows["p_adjusted"].tolist() == [7.42867542531e-21, 0]
    assert rows["estimate"].tolist() == [0, 0]


def test_columns_that_are_no_shares_stay_and_the_frame_given_too() -> None:
    given = pd.DataFrame({"label": ["a"], "count": [3], "estimate": [0.1 + 0.2]})
    assert settled(given).to_dict("records") == [{"label": "a", "count": 3, "estimate": 0.3}]
    assert given["estimate"][0] != 0.3


def test_a_file_of_rows_is_the_same_from_two_processors() -> None:
    one, other = (pd.DataFrame({"estimate": [0.1234565, 0.0], "std_error": [noise, 0.5]}) for noise in (1e-17, -2e-18))
    other["estimate"] += [1e-16, 3e-17]
    assert frame_csv(one) == frame_csv(other)


def test_no_order_is_left_to_a_sort_that_may_turn_ties_round() -> None:
    """numpy's own choice is another with AVX-512 than without."""
    sorts = re.compile(r"\.(?:sort_values|argsort)\((?:[^()]|\([^()]*\))*\)")
    calls = [
        call
        for path in SRC.rglob("*.py")
        if "synthetic" not in path.parts
        for call in sorts.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(calls) > 10
    numbers = [call for call in calls if "estimate" in call or call.startswith(".argsort")]
    loose = [call for call in numbers if "stable" not in call]
    assert not loose


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
def test_a_forked_process_opens_its_fonts_anew() -> None:
    """With its parent's it would share the place in the file, and read letters from wherever another one was."""
    subprocess.run([sys.executable, "-c", FORKED], check=True)
