"""A built page as others meet it: what it loads, where it leads, and whether its figures have a name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from urllib.parse import unquote, urlsplit

ATTRIBUTES = r"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
TAG = re.compile(
    "<(a|area|audio|base|canvas|embed|form|frame|iframe|image|img|input|link|meta|object|script|source|svg|track|use"
    rf"|video)\b({ATTRIBUTES})>(?:\s*<title[^>]*>([^<]*)<)?",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))""")
IDS = (re.compile(r' id="([^"]+)"'), re.compile(r" id='([^']+)'"))
REFERRED = [re.compile(rf' {name}="([^"]+)"') for name in ("aria-labelledby", "aria-describedby", "for", "headers")]
CHART = re.compile(r'<figure class="[^"]*\bjb-chart\b.*?</figure>', re.DOTALL)
ELSEWHERE = re.compile(r"\s*(?:(?:https?|wss?|ftp):)?//", re.IGNORECASE)
STYLED = (re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)"""), re.compile(r"""@import\s+["']([^"']+)["']"""))
ASKED = re.compile(
    r"(?:\b(?:fetch|import|importScripts|sendBeacon|WebSocket|EventSource|Worker)\s*\(\s*|\.open\(\s*[\"'][A-Z]+[\"']\s*,\s*"
    r"|\.(?:src|href)\s*=\s*)[\"'`]((?:(?:https?|wss?):)?//[^\"'`]+)"
)
LOADING = ("src", "srcset", "data-src", "poster", "data", "action", "ping", "xlink:href")
LINKS = ("a", "area")
NAMED = ("audio", "canvas", "embed", "iframe", "frame", "object", "svg", "video")  # elements that need a name
SCHEMES = ("http", "https", "mailto", "tel")
SCRIPTS = ("javascript", "vbscript", "data")


@dataclass
class Facts:
    """A page, looked at once: its ids, where its links lead, what it loads, and what is wrong with it alone."""

    ids: set[str] = field(default_factory=set)
    targets: list[str] = field(default_factory=list)
    problems: list[tuple[str, str | None, str]] = field(default_factory=list)  # what, got, fix


def look(html: str) -> Facts:
    """What one page says of itself."""
    facts = Facts({_plain(found) for pattern in IDS for found in pattern.findall(html)})
    for name, attributes, title in TAG.findall(html):
        given = {key.lower(): _plain(a or b or c) for key, a, b, c in ATTRIBUTE.findall(attributes)}
        tag = name.lower()
        for target in _loaded(tag, given):
            if ELSEWHERE.match(target):
                facts.problems.append(("asks another host", target, "keep the file in book/_static, or leave it out"))
            elif not target.startswith(("data:", "about:")):
                facts.targets.append(target)
        if tag in LINKS and given.get("href"):
            facts.targets.append(given["href"])
        wrong = _unnamed(tag, given, title)
        if wrong:
            facts.problems.append(wrong)
    referred = {one for pattern in REFERRED for found in pattern.findall(html) for one in found.split()}
    facts.targets += [f"#{one}" for one in sorted(referred)]
    facts.problems += styled(html)
    unread = [chart for chart in CHART.findall(html) if 'role="img"' not in chart]
    facts.problems += [("a chart has no alt text", None, "draw it with analysis, which writes it")] * bool(unread)
    return facts


def _plain(value: str) -> str:
    return unescape(value) if "&" in value else value


def _loaded(tag: str, given: Mapping[str, str]) -> Iterator[str]:
    """What an element makes a browser ask for."""
    for key in LOADING:
        if key in given and not (tag == "input" and key == "data"):
            yield from (
                (part.split()[0] for part in given[key].split(",") if part.strip())
                if key == "srcset"
                else (given[key],)
            )
    if tag in ("link", "base", "use", "image") and given.get("href"):
        yield given["href"]
    if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
        yield given.get("content", "").partition("=")[2].strip()


def _unnamed(tag: str, given: Mapping[str, str], title: str) -> tuple[str, str | None, str] | None:
    """What is wrong with the name of an image or another figure."""
    if given.get("aria-hidden") == "true" or given.get("role") in ("presentation", "none"):
        return None
    source = given.get("src") or given.get("data")
    if tag == "img" or (tag == "input" and given.get("type") == "image"):
        alt = given.get("alt", "").strip()
        if not alt:
            return "a figure has no alt text", source, "draw it with analysis, which writes it"
        if alt == source or re.fullmatch(r"[\w./-]+\.(?:png|svg|jpe?g|gif|webp)", alt):
            return "the alt text of a figure is a file's name", alt, "draw it with analysis, which writes one"
    elif tag in NAMED and not (
        given.get("aria-label", "").strip() or given.get("aria-labelledby") or given.get("title") or title.strip()
    ):
        return f"a figure has no accessible name ({tag})", source, "give it an aria-label"
    return None


def needed(style: str) -> list[str]:
    """What a style asks for."""
    return [one for pattern in STYLED for one in pattern.findall(style)]


def styled(style: str) -> list[tuple[str, str | None, str]]:
    """What a style asks of another host."""
    fix = "keep the file in book/_static"
    return [("a style asks another host", one, fix) for one in needed(style) if ELSEWHERE.match(one)]


def asked(script: str) -> list[tuple[str, str | None, str]]:
    """What a script asks of another host, as far as it names it."""
    return [("a script asks another host", one, "leave it out") for one in ASKED.findall(script)]


class Places:
    """Every file of a site and the ids of its pages, as a host that tells capital letters knows them."""

    def __init__(self, files: Collection[str], ids: Mapping[str, set[str]]) -> None:
        self._files, self._ids = set(files), ids
        self._folded = {name.casefold(): name for name in files}
        self._lead = lru_cache(maxsize=None)(self._wrong)

    def wrong(self, page: str, target: str) -> str | None:
        """What is wrong with a link of a page; None where it leads somewhere."""
        if target.startswith("#"):
            return None if target == "#" or unquote(target[1:]) in self._ids.get(page, ()) else "no such place here"
        return self._lead(posixpath.dirname(page), target)

    def path(self, page: str, target: str) -> str:
        """The file that a link inside the site leads to."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(urlsplit(target).path)))

    def _wrong(self, folder: str, target: str) -> str | None:
        try:
            parts = urlsplit(target.strip())
        except ValueError:
            return "no address"
        scheme = parts.scheme.lower()
        if scheme in SCHEMES or (not scheme and parts.netloc):
            return None
        if scheme:
            return "leads to a script" if scheme in SCRIPTS else f"a scheme that no reader can follow, {scheme}"
        if parts.path.startswith("/"):
            return "counts from the root of its host, which the site may not have to itself"
        if not parts.path:
            return None
        path = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
        path = f"{path}/index.html" if parts.path.endswith("/") else path
        if path not in self._files:
            other = self._folded.get(path.casefold())
            return f"differs in capital letters from {other}" if other else "there is no such file"
        anchor = unquote(parts.fragment)
        return "no such place on that page" if anchor and path in self._ids and anchor not in self._ids[path] else None
