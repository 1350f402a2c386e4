"""Assemble the pages, build them with Jupyter Book, and swap the new site in."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from ruamel.yaml import YAML

from analysis.errors import JourneybookError, Problem
from analysis.publish import missing
from analysis.publish.anchors import distinct
from analysis.publish.crumbs import crumbs
from analysis.publish.downloads import FOLDER, taken, unlettered
from analysis.publish.exchange import beside, mend, put_in_place
from analysis.publish.finishing import NOT_PUBLISHED, finish
from analysis.publish.front import fill_marks
from analysis.publish.placeholders import fill
from analysis.publish.plan import LANDING, Page, Report
from analysis.publish.provenance import MARKER
from analysis.publish.store import Result
from analysis.publish.workbooks import bound
from analysis.report.markdown import Markdown, as_markdown, code
from analysis.study.params import ALL_MARKETS, Study
from analysis.study.questionnaire import missing_codes, questionnaire
from analysis.study.settings import say
from analysis.study.weighting import targets_in_words

READING = {
    "how_to_read": "How to read this",
    "methods": "Methods",
    "data": "Data",
    "questionnaire": "The questionnaire",
    "glossary": "Glossary",
}
MADE = {"build": "How this book was made"}
Sign = Callable[[Path], None] | None  # what is done to a built site before anybody sees it
SYNTHETIC = (
    "<b>Illustration, not a finding.</b> These respondents are synthetic: "
    "drawn from a population built on the published figures."
)


PUBLIC = "Public edition: figures that stand on too few respondents are withheld."
INTERNAL = "<b>Internal edition, not for publication.</b> Figures that few respondents gave are shown."


def assemble(report: Report, results: Mapping[Page, Result], pages: Path, book: Path) -> list[Problem]:
    """Writes the book's sources into `book`: hand-written pages, notebooks, contents, settings, downloads.

    `pages` is the folder of hand-written pages (Jinja templates that know `study`, `markets` and
    `results`), `results` holds what each page's notebook gave. What stood there is removed. What comes back is to
    be warned of: charts that have no PNG for want of a font, markets of too few respondents.
    """
    wanted: dict[Path, bytes] = {}
    environment = _templates(pages, report.study)
    study = report.study
    context = {
        "markets": {code: study.market(code) for code in report.markets},
        "synthetic": Markdown(_banner(report, ALL_MARKETS)),
        "results": {page: results[page] for page in report.pages},
    }
    for template in sorted(pages.glob("*.*")):
        text = environment.get_template(template.name).render(context)
        wanted[Path(template.name)] = text.encode()
    for asset in sorted((pages / "_static").rglob("*.*")):
        wanted[asset.relative_to(pages)] = asset.read_bytes()
    wanted[Path("_toc.yml")] = _contents(report)
    notebooks = {page: dressed(page, result) for page, result in results.items()}
    outputs = {page: shown(notebook) for page, notebook in notebooks.items()}
    for data in (data for own in outputs.values() for data in own):
        data["text/html"] = missing.unlinked("".join(data["text/html"]), report)
    for country in dict.fromkeys(page.country for page in results):
        wanted |= bound({page: own for page, own in outputs.items() if page.country == country})
    lacking = [problem for page, own in outputs.items() for problem in unlettered(own, page)]
    for page, own in outputs.items():
        wanted |= taken(own, page)
    small = too_small(report, results)
    lacking += [Problem(*text.split(": ", 1)) for text in small.values()]
    for page, notebook in notebooks.items():  # now it is known what there is to download
        fill_marks(notebook, page, report, results, wanted)
        wanted[page.source.with_suffix(".ipynb")] = framed(notebook, page, report, small)
    _write_anew(book, wanted)
    return lacking


def questionnaire_page(study: Study, pages: Path) -> str:
    """The questionnaire in Markdown, from the template that the book's page is made from."""
    return _templates(pages, study).get_template("questionnaire.md").render()


def _templates(pages: Path, study: Study) -> jinja2.Environment:
    """The hand-written pages as templates that know the study and its questionnaire."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pages),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        finalize=lambda value: value if isinstance(value, Markup) else as_markdown(value),
    )
    environment.filters["code"] = code
    environment.filters["say"] = lambda text: say(text, study.language)
    environment.globals |= {
        "study": study.settings,
        "say": environment.filters["say"],
        "codebook": study.codebook,
        "questionnaire": questionnaire(study),
        "policy": study.policy,
        "edition_of": PUBLIC if study.settings.confidentiality.public else INTERNAL,
        "missing": missing_codes(study.codebook.missing),
        "targets": lambda weighting: targets_in_words(weighting, study.codebook, study.language),
    }
    return environment


def build(book: Path, work: Path, site: Path, sign: Sign = None) -> None:
    """Builds the site from nothing with Jupyter Book, warnings as errors, lets `sign` complete it, and swaps it in.

    The old site stays until the new one is whole. Raises a report error with the first warnings.
    """
    leash = f"from analysis.publish.leash import end_with; end_with({os.getpid()})"
    program = f"{leash}; from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program]
    html = work / "_build" / "html"
    shutil.rmtree(html.parent, ignore_errors=True)  # pages read before keep the contents, and the silence, of then
    command += ["build", str(book), "--path-output", str(work), "--warningiserror", "--keep-going", "-n"]
    ran = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    work.mkdir(parents=True, exist_ok=True)
    log = work / "jupyter-book.log"
    log.write_text(ran.stdout + ran.stderr, encoding="utf-8")
    _refuse_full(ran.stdout + ran.stderr, work)
    if ran.returncode or not (html / "index.html").is_file():
        lines = [line for line in (ran.stdout + ran.stderr).splitlines() if "WARNING" in line or "ERROR" in line]
        problems = [Problem("the book", line.replace(str(book), "book"), fix=f"see {log}") for line in lines]
        raise JourneybookError("report", problems or Problem("the book", "the build failed", fix=f"see {log}"))
    swap(html, book, site, sign)


def _refuse_full(said: str, work: Path) -> None:
    """Raises an output error where the build says that it could not write: that is no fault of the book."""
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        if os.strerror(number) in said:
            fix = "make room, or name a folder that may be written with --build"
            raise JourneybookError("output", Problem(str(work), os.strerror(number), fix=fix))


def swap(html: Path, book: Path, site: Path, sign: Sign = None) -> None:
    """Puts what was built, the book's downloads beside it, in the place of the site, once `sign` has completed it.

    What `sign` refuses is removed, and the old site stays.
    """
    mend(site)
    fresh, _ = beside(site)
    try:
        shutil.copytree(html, fresh, ignore=shutil.ignore_patterns(*NOT_PUBLISHED))
        finish(fresh)
        for folder in book.rglob(FOLDER):
            shutil.copytree(folder, fresh / folder.relative_to(book))
        if sign:
            sign(fresh)
    except JourneybookError:  # it was refused, and nobody is to take it for a site
        shutil.rmtree(fresh)
        raise
    put_in_place(site)


def _contents(report: Report) -> bytes:
    parts: list[dict[str, object]] = [
        {"caption": "Read first", "chapters": [{"file": f, "title": t} for f, t in READING.items()]}
    ]
    across = [p for p in report.pages if p.source.parent == Path("markets")]
    if across:
        parts.append({"caption": "Across markets", "chapters": [_entry(page) for page in across]})
    chapters = {
        code: [_entry(page) for page in report.pages if page.source.parent == Path(code)] for code in report.markets
    }
    names = {code: report.study.market_name(code) for code in report.markets}
    if len(names) > 1:  # a market's chapters unfold below its name, or the contents fill many screens
        markets: list[dict[str, object]] = [
            {**first, "title": names[code], **({"sections": rest} if rest else {})}  # a list that must not be empty
            for code, (first, *rest) in chapters.items()
        ]
        parts.append({"caption": "Market by market", "chapters": markets})
    else:
        parts += [{"caption": names[code], "chapters": pages} for code, pages in chapters.items()]
    parts.append({"caption": "Behind the pages", "chapters": [{"file": f, "title": t} for f, t in MADE.items()]})
    stream = BytesIO()
    YAML(typ="safe").dump({"format": "jb-book", "root": "index", "parts": parts}, stream)
    return stream.getvalue()


def _entry(page: Page) -> dict[str, str]:
    return {"file": page.source.as_posix(), "title": page.title}


def too_small(report: Report, results: Mapping[Page, Result]) -> dict[str, str]:
    """Market to a sentence, for those whose whole sample is under the least base of a figure."""
    least, study = report.study.settings.low_base.suppress_below, report.study
    used = {code: int(sample["used"]) for result in results.values() for code, sample in result.samples.items()}
    small = {code: many for code, many in sorted(used.items()) if many < least and code in report.markets}
    return {
        code: f"{study.market_name(code)}: sample too small to report (n = {many}, under {least})"
        for code, many in small.items()
    }


def framed(notebook: Any, page: Page, report: Report, small: Mapping[str, str] | None = None) -> bytes:
    """The notebook as a page: code hidden, with its way back, its siblings, its banner, and the `small` samples."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["metadata"]["tags"] = sorted({*cell["metadata"].get("tags", []), "remove-input"})
    opening = notebook["cells"][0]
    title, _, lead = opening["source"].partition("\n")
    own = [text for code, text in (small or {}).items() if page.country in (code, ALL_MARKETS)]
    notes = [f'<div class="jb-banner" role="note">{escape(text)}.</div>' for text in own]
    told = missing.note(report) if page.chapter == LANDING else ""
    notes = [told, crumbs(page, report), lead.strip(), *notes, _banner(report, page.country), _assumed(report, page)]
    pieces = [title, *notes]
    opening["source"] = "\n\n".join(piece for piece in pieces if piece)
    notebook["cells"].append({"cell_type": "markdown", "id": "made", "metadata": {}, "source": MARKER})
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def dressed(page: Page, result: Result) -> Any:
    """The notebook's text as it is now, filled, with the cells that ran: prose is edited without running anew."""
    source = json.loads(page.notebook.read_bytes())
    notebook = json.loads(result.notebook.read_bytes())
    ran = iter([cell for cell in notebook["cells"] if cell["cell_type"] == "code"])
    cells = []
    for cell in source["cells"]:
        if cell["cell_type"] == "code":
            cells.append(next(ran))
            if "parameters" in cells[-1]["metadata"].get("tags", []):
                cells.append(next(ran))  # the parameters that Papermill put in
        else:
            cells.append({**cell, "source": fill("".join(cell["source"]), result.values)})
    made = {**notebook, "cells": cells}
    outputs = shown(made)
    for data, html in zip(outputs, distinct("".join(data["text/html"]) for data in outputs), strict=True):
        data["text/html"] = html
    return made


def shown(notebook: Any) -> list[dict[str, Any]]:
    """The notebook's outputs that are HTML, as their data by MIME type."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [output["data"] for output in outputs if "text/html" in output.get("data", {})]


def _banner(report: Report, country: str) -> str:
    codes = report.markets if country == ALL_MARKETS else (country,)
    simulated = any(report.study.market(code).source == "synthetic" for code in codes)
    said = [SYNTHETIC] * simulated + [INTERNAL] * (not report.study.settings.confidentiality.public)
    return "\n\n".join(f'<div class="jb-banner" role="note">{text}</div>' for text in said)


def _assumed(report: Report, page: Page) -> str:
    """The note of a market that was assumed to have been in the study."""
    assumed = None if page.country == ALL_MARKETS else report.study.market(page.country).assumed
    return f'<div class="jb-note" role="note">{escape(say(assumed, report.study.language))}</div>' if assumed else ""


def _write_anew(folder: Path, wanted: dict[Path, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in wanted.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
