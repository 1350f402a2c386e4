"""Where pages come from: at the foot of each, and of all of them in one file that a machine can read."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from analysis.publish.files import write
from analysis.publish.plan import Page, Report
from analysis.publish.store import Result
from analysis.study.params import Study
from analysis.study.settings import say

FILE = "provenance.json"
MARKER = '<div class="jb-made"></div>'  # stands at the foot of a built page until `sign` fills it
SHOWN = 12  # digits of a hash on a page; the file has them all
LOCK = "requirements.lock"
MADE_FROM = ("src", "params", "notebooks", "book", "data")
OWN = ("market", "notebook")  # parts of a page that other pages do not share


@dataclass(frozen=True)
class Origin:
    """The project as a site was made from it.

    `commit` is None where it is no git checkout, `changed` says whether files that the site is made from
    differ from the commit, `lock` is the sha256 of the lock file, None where there is none.
    """

    commit: str | None
    changed: bool
    lock: str | None

    @property
    def words(self) -> str:
        """Commit and lock in words, to end a sentence."""
        commit = f"commit {self.commit[:SHOWN]}" if self.commit else "no commit"
        lock = f"{LOCK} {self.lock[:SHOWN]}" if self.lock else f"no {LOCK}"
        return f"{commit}{' with local changes' if self.changed else ''}, {lock}"


def origin(root: Path, study: Path) -> Origin:
    """What the project in `root` is now, and the study in the folder `study`."""
    lock = root / LOCK
    sha256 = hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else None
    found = _git(root, "rev-parse", "HEAD", f"HEAD:./{LOCK}")  # a checkout of something else does not have the lock
    if not found:
        return Origin(None, False, sha256)
    inside = study.resolve().is_relative_to(root.resolve())
    places = [*MADE_FROM, LOCK, *([os.path.relpath(study, root)] if inside else [])]
    changed = _git(root, "status", "--porcelain", "--", *places)
    return Origin(found.split()[0], bool(changed), sha256)


def _git(root: Path, *arguments: str) -> str:
    """What git prints; "" where there is no git, or it refuses."""
    try:
        ran = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError:
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""


def provenance(report: Report, results: Mapping[Page, Result], made: Origin, root: Path) -> dict[str, Any]:
    """What every page of the report came from, as `FILE` has it: the same inputs, the same bytes."""
    study = report.study
    inside = study.folder.resolve().is_relative_to(root.resolve())
    shared = {name: key for result in results.values() for name, key in result.parts.items() if name not in OWN}
    used = sorted({code for result in results.values() for code in _markets(result)})
    samples = {code: sample for result in results.values() for code, sample in result.samples.items()}
    return {
        "title": say(study.settings.title, study.language),
        "wave": study.settings.wave,
        "report": report.country,
        "missing": {one.code: one.chapter for one in report.missing},
        "study": os.path.relpath(study.folder, root) if inside else study.folder.name,
        "commit": made.commit,
        "local_changes": made.changed,
        "lock_sha256": made.lock,
        "markets": {code: _market(study, code, samples.get(code, {})) for code in used},
        "inputs": shared,
        "pages": {page.source.as_posix(): _page(page, result, root) for page, result in results.items()},
    }


def _markets(result: Result) -> list[str]:
    """The markets whose data the page stands on."""
    uses = [use.rsplit(" ", 1) for use in result.uses]
    return sorted(code for code, part in uses if part == "data")


def _market(study: Study, code: str, sample: Mapping[str, float]) -> dict[str, Any]:
    settings = study.settings_of(code)
    return {
        "name": say(settings.name, study.language),
        "source": settings.source,
        "raw_file": (settings.raw.path or settings.raw.url or "").rsplit("/", 1)[-1],
        "raw_sha256": settings.raw.sha256,
        "fieldwork": [settings.fieldwork.start.isoformat(), settings.fieldwork.end.isoformat()],
        **sample,
    }


def _page(page: Page, result: Result, root: Path) -> dict[str, Any]:
    return {
        "title": page.title,
        "country": page.country,
        "notebook": os.path.relpath(page.notebook, root),
        "content_key": result.key,
        "notebook_key": result.parts.get("notebook"),
        "inputs": sorted(name for name in result.parts if name not in OWN),
        "markets": _markets(result),
        "market_keys": result.uses,
        "values": result.values,
    }


def read(site: Path) -> dict[str, Any] | None:
    """The provenance that a site holds, or None."""
    try:
        told: dict[str, Any] = json.loads((site / FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return told


def sign(site: Path, told: Mapping[str, Any], made: Origin) -> None:
    """Puts the provenance into a built site that nobody sees yet: the file, and each page's foot."""
    write(site / FILE, json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    for source in [*told["pages"], "build"]:
        path = site / f"{source}.html"
        path.write_text(signed(path.read_text(encoding="utf-8"), foot(source, told, made)), encoding="utf-8")


def signed(html: str, foot: str) -> str:
    """The page with its foot in the place that was kept for it."""
    return html.replace(MARKER, foot, 1)


def foot(source: str, told: Mapping[str, Any], made: Origin) -> str:
    """The provenance of one page as HTML; of a page that no notebook made, that of the site."""
    up = "../" * source.count("/")
    whole = f'<a href="{up}{FILE}">{FILE}</a>'
    page = told["pages"].get(source)
    if page is None:
        return f'<div class="jb-made"><p>This site: {escape(made.words)} ({whole}).</p></div>'
    text = (
        f"Made from {escape(made.words)}; content <code>{page['content_key'][:SHOWN]}</code> ({whole}). "
        f"<code>make verify-page PAGE={escape(source)}</code> computes its numbers anew."
    )
    return f'<div class="jb-made">{_raw_files(page, told)}<p>{text}</p></div>'


def _raw_files(page: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """The raw files of a page that stands on several markets, folded."""
    if len(page["markets"]) < 2:
        return ""
    lines = "".join(f"<li>{_raw_file(told['markets'][code])}</li>" for code in page["markets"])
    title = f"Raw files of the {len(page['markets'])} markets that this page stands on"
    return f'<details class="jb-fold"><summary>{title}</summary><ul>{lines}</ul></details>'


def _raw_file(market: Mapping[str, Any]) -> str:
    dated = "simulated, dated" if market["source"] == "synthetic" else "fieldwork"
    facts = [f"{escape(market['raw_file'])}, sha256 <code>{market['raw_sha256'][:SHOWN]}</code>"]
    if "used" in market:
        facts.append(f"{market['used']:,} of {market['delivered']:,} rows used")
        facts.append(f"design effect {market['design_effect']:.2f}")
    facts.append(f"{dated} {' to '.join(market['fieldwork'])}")
    return f"{escape(market['name'])}: {'; '.join(facts)}"
