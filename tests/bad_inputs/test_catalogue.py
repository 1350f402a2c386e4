"""Every row of the catalogue of bad inputs is a test, named by its id."""

from __future__ import annotations

import csv
import re
from pathlib import Path

HERE = Path(__file__).parent
NAMED = re.compile(r"^def test_b(\d{3})_", re.MULTILINE)


def test_every_row_is_a_test() -> None:
    with (HERE / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        listed = [row["id"] for row in csv.DictReader(file)]
    found = {f"B{number}" for path in HERE.glob("test_*.py") for number in NAMED.findall(path.read_text("utf-8"))}
    assert len(listed) == 126
    assert sorted(set(listed) - found) == []
    assert sorted(found - set(listed)) == []
