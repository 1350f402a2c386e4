"""One page made of the pages of a market's site: its chapters one after the other, to be printed."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jinja2
from babel.dates import format_date
from bs4 import BeautifulSoup, Tag

from analysis.errors import JourneybookError, Problem
from analysis.publish.book import READING, SYNTHETIC
from analysis.publish.plan import LANDING, Report
from analysis.study.settings import say

# What only leads about on a screen; charts are drawn once more for phones.
SCREEN = "nav, script, style, button, .headerlink, .jb-narrow, .jb-downloads"
REFERRING = ("for", "headers", "aria-labelledby", "aria-describedby")
PLAIN = {"figure": "group", "figcaption": "paragraph"}
FIRST = "how_to_read"
LONG = ("questionnaire", "topline")  # more pages than all others together, and looked up rather than read


@dataclass(frozen=True)
class Chapter:
    """A page of the site as a part of the single page; `anchor` is its id, and begins all ids within.

    `title` is what the contents call it, `finding` what its heading says, if that is something else; `sheets`
    are its style sheets, named from the site's folder.
    """

    anchor: str
    title: str
    finding: str
    body: str
    sheets: tuple[str, ...] = ()


def chapters(report: Report, site: Path) -> list[Chapter]:
    """The market's chapters as `site` has them, between how to read them and what is behind them.

    Links between them lead to their place in the single page, and links to other hosts stay; what led
    to a page that is left out is text. Raises a report error where the site lacks a page.
    """
    market = {page.source.as_posix(): page.title for page in report.pages if page.chapter not in (LANDING, *LONG)}
    behind = {name: title for name, title in READING.items() if name not in (FIRST, *LONG)}
    titles = {FIRST: READING[FIRST], **market, **behind}
    return [_chapter(name, title, site, set(titles)) for name, title in titles.items()]


def single_page(report: Report, chapters: list[Chapter], templates: Path, pages: Mapping[str, int]) -> str:
    """The HTML of the page: title, contents, chapters, in their own style sheets and those of `templates`.

    `pages` holds the number of the page on which each anchor stands, as far as it is known.
    """
    study, country = report.study, report.country
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates), undefined=jinja2.StrictUndefined, autoescape=True
    )
    environment.filters["say"] = lambda text: say(text, study.language)
    environment.filters["day"] = lambda day: format_date(day, "d MMMM y", locale=study.language)
    environment.filters["quoted"] = lambda text: json.dumps(text, ensure_ascii=False).replace("<", r"\3c ")
    return environment.get_template("single.html").render(
        study=study.settings,
        market=study.market(country),
        name=study.market_name(country),
        synthetic=SYNTHETIC if study.market(country).source == "synthetic" else "",
        chapters=chapters,
        left_out=[READING[name] for name in LONG if name in READING]
        + [page.title for page in report.pages if page.chapter in LONG],
        pages=pages,
        sheets=dict.fromkeys(sheet for chapter in chapters for sheet in chapter.sheets),
    )


def _chapter(name: str, title: str, site: Path, names: set[str]) -> Chapter:
    path = site / f"{name}.html"
    page = BeautifulSoup(path.read_text(encoding="utf-8") if path.is_file() else "", "html.parser")
    sheets = (_place(urlsplit(str(link["href"])).path, name) for link in page.select("link[rel=stylesheet]"))
    article = page.select_one("article.bd-article")
    heading = article.h1 if article else None
    if article is None or heading is None:
        raise JourneybookError("report", Problem(str(path), "there is no such page to print", fix="make it again"))
    for piece in article.select(SCREEN):
        piece.decompose()
    for fold in article.select("details"):
        fold["open"] = ""
    for kind, role in PLAIN.items():  # else a PDF holds each for a picture without an alternative text
        for frame in article.select(kind):
            frame["role"] = role
    for tag in article.find_all(True):
        _rename(tag, _anchor(name))
    for link in article.select("a[href]"):
        _relink(link, name, names)
    finding = " ".join(heading.get_text().split())
    finding = "" if finding == title else finding
    if finding:  # the chapter's title stands above it, so each heading is of the next lower rank
        for tag in article.find_all(re.compile(r"^h[1-5]$")):
            tag.name = f"h{int(tag.name[1]) + 1}"
    else:
        heading.decompose()
    return Chapter(_anchor(name), title, finding, article.decode_contents(), tuple(sheets))


def _anchor(name: str) -> str:
    return name.replace("/", "-")


def _rename(tag: Tag, anchor: str) -> None:
    """Puts the anchor before the tag's id, and before all ids that it refers to."""
    for attribute, value in list(tag.attrs.items()):
        if attribute == "id":
            tag[attribute] = f"{anchor}--{value}"
        elif attribute in REFERRING:
            named = value.split() if isinstance(value, str) else value
            tag[attribute] = " ".join(f"{anchor}--{one}" for one in named)
        elif attribute == "xlink:href":
            tag[attribute] = str(value).replace("#", f"#{anchor}--")
        elif isinstance(value, str) and "url(#" in value:
            tag[attribute] = value.replace("url(#", f"url(#{anchor}--")


def _relink(link: Tag, name: str, names: set[str]) -> None:
    """Leads the link to its target's place in the single page, or nowhere if the target is not in it."""
    parts = urlsplit(str(link["href"]))
    if parts.scheme or parts.netloc:
        return
    target = _place(unquote(parts.path), name).removesuffix(".html") if parts.path else name
    if target not in names:
        link.unwrap()
        return
    link["href"] = f"#{_anchor(target)}" + (f"--{unquote(parts.fragment)}" if parts.fragment else "")


def _place(path: str, name: str) -> str:
    """What the page calls by this path, from the site's folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
