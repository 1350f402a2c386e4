"""One environment, two ways to make it: conda and venv install the same lock, checked by hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))
# An entry is a pin and the lines that continue it.
ENTRIES = re.findall(r"^(\S+?)==([^\s;\\]+)((?:[^\\\n]|\\\n)*)", LOCK, flags=re.M)
PINS = {canonicalize_name(name): version for name, version, _ in ENTRIES}
DIRECT = [
    Requirement(text)
    for text in [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
]


def test_conda_installs_exactly_the_lock_through_pip() -> None:
    pip = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    assert pip == [["-r requirements.lock"]]


def test_conda_brings_nothing_but_python_and_pip() -> None:
    names = [re.split(r"[=<> ]", entry)[0] for entry in CONDA["dependencies"] if isinstance(entry, str)]
    assert names == ["python", "pip"]


def test_condas_python_is_one_the_package_allows() -> None:
    entry = next(e for e in CONDA["dependencies"] if isinstance(e, str) and e.startswith("python"))
    version = entry.partition("=")[2].strip("=")
    assert version in SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda r: r.name)
def test_every_direct_dependency_is_pinned_in_the_lock(requirement: Requirement) -> None:
    name = canonicalize_name(requirement.name)
    assert name in PINS
    assert PINS[name] in requirement.specifier


def test_every_entry_of_the_lock_is_a_pin_with_a_hash() -> None:
    begun = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    without = [name for name, _, rest in ENTRIES if not re.search(r"--hash=sha256:[0-9a-f]{64}", rest)]
    assert len(ENTRIES) == len(begun) > len(DIRECT)
    assert not without


def test_the_lock_names_no_index_and_no_address() -> None:
    assert not re.findall(r"https?:|--(?:extra-)?index|--find-links|--trusted|file:|git\+| @ ", LOCK)


def test_the_makefile_finds_uv_in_the_lock() -> None:
    assert re.search(r"^uv==", LOCK, flags=re.M)
