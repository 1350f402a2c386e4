"""What publishes the book elsewhere asks for nothing that is not there, and for no more rights than it needs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
TARGETS = set(re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)[0].split())
NEEDED = {"publish": {"pages": "write", "id-token": "write"}}  # by actions/deploy-pages, and by no other job


def workflow(path: Path) -> dict[str, Any]:
    return dict(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


def commands(text: str) -> list[list[str]]:
    return [part.split() for part in re.split(r"&&|\n|;", text) if part.strip()]


def test_there_is_a_workflow() -> None:
    assert [path.name for path in WORKFLOWS] == ["publish.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_calls_only_targets_that_make_has_and_scripts_that_are_there(path: Path) -> None:
    ran = [words for step in steps(path) if "run" in step for words in commands(step["run"])]
    assert ["make", "reports"] in ran and [".ci/run"] in ran
    for words in ran:
        if words[0] == "make":
            assert set(words[1:]) <= TARGETS
        elif words[0] != "git":
            assert os.access(ROOT / words[0], os.X_OK), words


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_more_rights_than_it_needs(path: Path) -> None:
    whole = workflow(path)
    assert whole["permissions"] == {"contents": "read"}
    assert {name: job["permissions"] for name, job in whole["jobs"].items() if "permissions" in job} == NEEDED


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_uses_actions_of_github_alone_each_of_one_major_version(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used and all(re.fullmatch(r"actions/[a-z-]+@v\d+", name) for name in used)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_is_published_was_tested_and_is_the_folder_that_make_fills(path: Path) -> None:
    jobs = workflow(path)["jobs"]
    assert set(jobs["publish"]["needs"]) == {"test", "build"}
    uploads = [step["with"]["path"] for step in steps(path) if "upload-pages-artifact" in step.get("uses", "")]
    assert uploads == ["build/site"]
    assert jobs["build"]["if"] == "github.ref == 'refs/heads/main'"


def test_the_container_is_made_ready_by_what_ci_runs() -> None:
    ran = commands(CONTAINER["postCreateCommand"])
    assert ran[0] == [".ci/debian"] and os.access(ROOT / ".ci" / "debian", os.X_OK)
    assert all(set(words[1:]) <= TARGETS for words in ran if words[0] == "make")
    assert ".ci/debian" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_container_the_tests_and_the_book_have_the_same_python() -> None:
    [path] = WORKFLOWS
    text = path.read_text(encoding="utf-8")
    assert re.search(r"python:1-3\.11-", CONTAINER["image"])
    assert "container: python:3.11-" in text and 'python-version: "3.11"' in text


def test_the_policy_in_the_docs_is_the_one_that_the_browser_tests_send() -> None:
    text = (ROOT / "tests" / "browser" / "visiting.py").read_text(encoding="utf-8")
    [sent] = re.findall(r'^POLICY = \(\n    "(.*)"\n    "(.*)"\n\)', text, flags=re.M)
    docs = (ROOT / "docs" / "publish.md").read_text(encoding="utf-8")
    assert f"Content-Security-Policy: {''.join(sent)}; frame-ancestors 'none'\n" in docs
