"""What is due: the pages that no kept result stands for, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.publish.files import write
from analysis.publish.keys import Inputs
from analysis.publish.plan import Page, Report
from analysis.publish.store import Result, Store

USUAL = 2.0  # seconds that a page is expected to take before it has ever been rendered


@dataclass(frozen=True)
class Due:
    """A page to render: the content keys of its inputs, why it is due, and the seconds it, or its chapter, took."""

    page: Page
    parts: dict[str, str]
    why: str
    expected: float


@dataclass
class Agenda:
    """The pages of a report: `kept` have a result that stands, `due` are to be rendered, longest first.

    `inputs` is what they were held against.
    """

    report: Report
    inputs: Inputs
    kept: dict[Page, Result] = field(default_factory=dict)
    due: list[Due] = field(default_factory=list)


def make_agenda(report: Report, inputs: Inputs, store: Store, record: Path) -> Agenda:
    """Which pages of the report are due. `record` is where `note` keeps which results were last in use."""
    agenda = Agenda(report, inputs)
    missing = {}
    for page in report.pages:
        parts = inputs.parts(page)
        result = store.find(page, parts, inputs)
        if result:
            agenda.kept[page] = result
        else:
            missing[page] = parts
    last = _last(store, record) if missing else {}
    chapters = {name.partition("/")[2]: result.seconds for name, result in last.items()}
    for page, parts in missing.items():
        before = last.get(str(page))
        expected = before.seconds if before else chapters.get(page.chapter, USUAL)
        agenda.due.append(Due(page, parts, _why(parts, before, inputs), expected))
    agenda.due.sort(key=lambda due: -due.expected)
    return agenda


def note(results: Mapping[Page, Result], record: Path) -> None:
    """Writes down the results in use, beside those of other pages, so that a later run can say what changed."""
    used = {str(page): str(Path(result.notebook.parent.name, result.notebook.stem)) for page, result in results.items()}
    known = _used(record)
    if known | used != known:
        write(record, json.dumps(known | used))


def _used(record: Path) -> dict[str, str]:
    try:
        return dict(json.loads(record.read_bytes()))
    except (OSError, ValueError):
        return {}


def _last(store: Store, record: Path) -> dict[str, Result]:
    last = {page: store.read(store.folder / f"{place}.json") for page, place in _used(record).items()}
    return {page: result for page, result in last.items() if result}


def _why(parts: Mapping[str, str], before: Result | None, inputs: Inputs) -> str:
    """What changed since the page's last result, in words; the first few names and a count of the rest."""
    if before is None:
        return "not rendered yet"
    changed = [name for name in {**before.parts, **parts} if before.parts.get(name) != parts.get(name)]
    uses = inputs.now(before.uses)
    names = ["its notebook" if name == "notebook" else name for name in changed]
    names += [name for name in uses if uses[name] != before.uses[name]]
    if not names:
        return "its result was cleaned away"
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"changed: {', '.join(names[:3])}{more}"
