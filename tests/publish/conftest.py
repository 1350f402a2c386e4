"""A small report of a project that may be edited, for the tests of keys, store and agenda."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.publish import keys

KEPT = ("headlines", "sample", "key_figures")  # chapters


@pytest.fixture
def small(project: Path) -> Path:
    """The project with three markets and two chapters."""
    path = project / "params" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("markets: [uk, fr, de, it, es, nl, se]", "markets: [uk, fr, de]")
    before, after = text.split("chapters:\n")
    chapter = re.compile(r"    (\w+): ")
    lines = [line for line in after.splitlines() if not (named := chapter.match(line)) or named[1] in KEPT]
    text = before + "chapters:\n" + "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")
    return project


@pytest.fixture
def anew() -> Iterator[None]:
    """Digests of the package are taken anew in the test, and again after it."""
    keys.forget()
    yield
    keys.forget()
