"""A small report of a project that may be edited, for the tests of keys, store and agenda."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.publish import keys


@pytest.fixture
def small(project: Path) -> Path:
    """The project with three markets and two chapters."""
    path = project / "params" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("markets: [uk, fr, de, it, es, nl, se]", "markets: [uk, fr, de]")
    for chapter in ("Influences on buying", "Reasons for giving up", "After the sale", "Every question"):
        text = re.sub(rf"\n    \w+: {chapter}(?=\n)", "", text)
    text = text.replace("    replication: Published figures checked\n", "")
    for chapter in ("differences", "pooling", "benchmarks"):
        text = re.sub(rf"\n    {chapter}: [^\n]+", "", text)
    path.write_text(text, encoding="utf-8")
    return project


@pytest.fixture
def anew() -> Iterator[None]:
    """Digests of the package are taken anew in the test, and again after it."""
    keys.forget()
    yield
    keys.forget()
