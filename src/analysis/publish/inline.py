"""Scripts and styles out of a page and into files of their own, as a strict content-security policy asks.

Under `script-src 'self'; style-src 'self'` a browser runs no script that stands in a page and follows
no `<style>` element or `style` attribute. A file is named by its content: pages that hold the same
script share one, and a page that is done twice is the same page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from html import unescape

FOLDER = "_static/inline"
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL)
TYPE = re.compile(r"""\btype=["']?([^"'\s]*)""")
RUN = ("", "module", "text/javascript")  # types of a script that is run; others only hold data
# Only a menu of versions asks for it, which a book has not; it would be one more file a page.
UNUSED = re.compile(r"DOCUMENTATION_OPTIONS\.pagename = '[^']*';")
# A tag that has such an attribute: what stands in quotes is passed over whole.
TAG = re.compile(
    r"""<[a-zA-Z](?:[^<>"'\s]++|"[^"]*+"|'[^']*+'|\s)*?\s(?i:style|on[a-z]+)\s*=\s*(?:[^<>"']++|"[^"]*+"|'[^']*+')++>"""
)
ATTRIBUTE = re.compile(r"""\s+([^\s=<>"'/]+)\s*=\s*("[^"]*"|'[^']*')""")

Keep = Callable[[str, str], str]


def moved_out(page: str, root: str) -> tuple[str, dict[str, str]]:
    """The page without a script, style or handler in it, and the files that it asks for instead.

    `root` is the way from the page to the site's folder ("" or "../"); the files' names count from there.
    A `style` attribute becomes a class, whose rule yields to nothing but what the attribute yielded to.
    """
    files: dict[str, str] = {}

    def keep(content: str, kind: str) -> str:
        name = f"{FOLDER}/{_digest(content)}.{kind}"
        files[name] = content
        return root + name

    page = SCRIPT.sub(lambda found: _script(found, keep), page)
    head, end, body = page.partition("</head>")
    head = STYLE.sub(lambda found: _link(_lines(found[1]), keep), head)
    sheets = dict.fromkeys(map(_lines, STYLE.findall(body)))
    body = STYLE.sub("", body)
    rules: set[str] = set()
    body = TAG.sub(lambda found: _tag(found[0], rules), body)
    if rules:
        sheets["".join(sorted(rules))] = None
    return head + "".join(_link(sheet, keep) for sheet in sheets) + end + body, files


def _script(found: re.Match[str], keep: Keep) -> str:
    attributes, content = found[1], found[2]
    kind = TYPE.search(attributes)
    if "src=" in attributes or (kind and kind[1] not in RUN):
        return found[0]
    if UNUSED.fullmatch(content.strip()):
        return ""
    return f'<script{attributes} src="{keep(_lines(content), "js")}"></script>'


def _lines(content: str) -> str:
    return f"{content.strip()}\n"


def _link(sheet: str, keep: Keep) -> str:
    return f'<link rel="stylesheet" href="{keep(sheet, "css")}" />'


def _tag(tag: str, rules: set[str]) -> str:
    """The tag without handlers, a class in place of its style; the class's rule is added to `rules`."""
    classes: list[str] = []

    def attribute(found: re.Match[str]) -> str:
        name, value = found[1].lower(), found[2][1:-1]
        if name == "style":
            style = _styled(value)
            rules.add(style[1])
            classes.append(style[0])
        return "" if name == "style" or name.startswith("on") else found[0]

    bare = ATTRIBUTE.sub(attribute, tag)
    if not classes:
        return bare
    if 'class="' in bare:
        return bare.replace('class="', f'class="{classes[0]} ', 1)
    return re.sub(r"^<[^\s/>]+", lambda name: f'{name[0]} class="{classes[0]}"', bare)


@lru_cache(maxsize=4096)
def _styled(value: str) -> tuple[str, str]:
    """The class that stands for a style attribute, and its rule: as strong as an id, so that no theme's rule wins."""
    style = unescape(value).strip()
    name = f"jb-s{_digest(style)}"
    return name, f".{name}:not(#_) {{ {style} }}\n"


@lru_cache(maxsize=4096)
def _digest(content: str) -> str:
    return sha256(content.encode()).hexdigest()[:10]
