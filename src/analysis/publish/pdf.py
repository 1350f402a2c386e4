"""A market's part of the book as a tagged PDF, printed by Chromium from a single page."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from pypdf import PdfReader

from analysis.errors import JourneybookError, Problem
from analysis.publish.plan import Report
from analysis.publish.single import Chapter, chapters, single_page

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = (  # nothing that asks a host by itself
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FLAGS = ("--headless", *QUIET, "--no-pdf-header-footer", "--export-tagged-pdf", "--generate-pdf-document-outline")
SECONDS = 300
ROUNDS = 3  # numbers of pages are wider than the noughts before them, which could make a page of contents more
DATES = re.compile(rb"(?<=Date \(D:)\d{14}(?=\+00'00'\))")


def find_chromium() -> str:
    """The browser that prints. Raises an environment error where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        problem = Problem("Chromium", "it is not installed, and it prints the PDF", fix="apt install chromium")
        raise JourneybookError("environment", problem)
    return found


def write_pdf(report: Report, site: Path, templates: Path, target: Path) -> int:
    """Writes the PDF of the report's market to `target`, whole or not at all; how many pages it has.

    `site` is the market's site, where the single page is left beside the others; `templates` holds how that
    looks. Raises an environment error without Chromium, a report error where it prints nothing.
    """
    chromium, parts = find_chromium(), chapters(report, site)
    page = site / "single.html"
    pages: dict[str, int] = {}
    for _ in range(ROUNDS):
        page.write_text(single_page(report, parts, templates, pages), encoding="utf-8")
        printed = _print(chromium, page)
        reader = PdfReader(io.BytesIO(printed))
        found = begins(reader, parts)
        if found == pages:
            break
        pages = found
    else:
        raise JourneybookError("report", Problem(str(page), "its contents never agree with its pages"))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.write_bytes(_dated(printed, report.study.market(report.country).fieldwork.end))
    part.replace(target)
    return len(reader.pages)


def begins(reader: PdfReader, parts: list[Chapter]) -> dict[str, int]:
    """The number of the page on which each chapter begins, by its anchor."""
    places = reader.named_destinations
    numbers = {part.anchor: reader.get_destination_page_number(places[f"/{part.anchor}"]) for part in parts}
    return {anchor: number + 1 for anchor, number in numbers.items() if number is not None}


def _print(chromium: str, page: Path) -> bytes:
    """The page as Chromium prints it, with a profile of its own that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="journeybook-", ignore_cleanup_errors=True) as folder:
        printed = Path(folder, "printed.pdf")
        command = [chromium, *FLAGS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}"]
        try:
            ran = subprocess.run([*command, page.resolve().as_uri()], capture_output=True, text=True, timeout=SECONDS)
            told = ran.stderr.strip().splitlines()[-1:]
        except subprocess.TimeoutExpired:
            told = [f"it took more than {SECONDS} seconds"]
        if not printed.is_file():
            raise JourneybookError("report", Problem(str(page), "Chromium did not print it", *told))
        return printed.read_bytes()


def _dated(printed: bytes, day: dt.date) -> bytes:
    """The same with the data's date in place of the clock's, so that the same data give the same bytes."""
    return DATES.sub(f"{day:%Y%m%d}000000".encode(), printed)
