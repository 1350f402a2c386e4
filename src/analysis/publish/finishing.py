"""The last step of a site: every built page made fit for a strict server, a file share and every reader.

What the theme gets wrong is put right here, where no setting of it can: its icons are drawn by a script of
1.5 MB that writes styles into the page, each page loads the index that only a search needs, and landmarks,
dialogs and the folds of the contents go without names. Names are taken from the page, in its language.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path

from analysis.publish.inline import moved_out

ICON_SCRIPT = Path("_static/scripts/fontawesome.js")
NOT_PUBLISHED = (".buildinfo", "objects.inv", "_sources", "*.map", "*webpack-macros.html", "locales")
SHAPE = re.compile(r'[,{]"?([a-z-]+)"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]')
ICON = re.compile(r'<(i|span) class="([^"]*?)\s*\bfa-solid\s+fa-([a-z-]+)\s*([^"]*)"([^>]*)></\1>')
TITLE = re.compile(r'\s*title="[^"]*"')
# Searching as one types is off: only the search page looks into the index.
SEARCH_SCRIPT = re.compile(r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>')
ICON_SCRIPT_TAG = re.compile(r'\s*<script[^>]* src="[^"]*/fontawesome\.js[^"]*"></script>')
INDEX = "searchindex.js"
# Written while the pages are: only a second build in the same folder would find it there and add its checksum.
LATE_STYLE = re.compile(r'(/mystnb\.[0-9a-f]+\.css)\?v=[0-9a-f]+"')
FOLD = re.compile(r"(<a\b[^>]*>([^<\"]+)</a><details[^>]*><summary)>")
DIALOGS = {  # each is named by what the page says elsewhere
    "pst-search-dialog": re.compile(r'<input type="search"[^>]*aria-label="([^"]*)"'),
    "pst-primary-sidebar-modal": re.compile(r'<p class="title logo__title">([^<"]*)</p>'),
    "pst-secondary-sidebar-modal": re.compile(
        r'tocsection onthispage">(?:\s*<svg.*?</svg>)?\s*([^<"]+?)\s*</div>', re.DOTALL
    ),
}

# What is printed above a page: the theme puts its title there as it is.
PRINTED = re.compile(r'(<div id="jb-print-docs-body" class="onlyprint">\s*<h1>)(.*?)(</h1>\s*<!--)', re.DOTALL)
UNESCAPED = re.compile(r"[<>]|&(?![#\w]+;)")

Icons = dict[str, tuple[str, str, str]]


def finish(site: Path) -> None:
    """Goes over every page of the built site, in place; a site that was gone over is left as it is."""
    script = site / ICON_SCRIPT
    drawn = SHAPE.findall(script.read_text(encoding="utf-8")) if script.is_file() else []
    icons: Icons = {name: (width, height, path) for name, width, height, path in drawn}  # the solid ones come last
    for path in sorted(site.rglob("*.html")):
        built = path.read_text(encoding="utf-8")
        page, files = finished(built, "../" * (len(path.relative_to(site).parts) - 1), icons)
        for name, content in files.items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_text(content, encoding="utf-8")
        if page != built:
            path.write_text(page, encoding="utf-8")
    script.unlink(missing_ok=True)
    index = site / INDEX
    if index.is_file():
        index.write_text(indexed(index.read_text(encoding="utf-8")), encoding="utf-8")


def indexed(script: str) -> str:
    """The index of the search, without the words that pages had in an earlier build and have no more.

    Sphinx keeps them, without a page: a word that was taken out would still be published.
    """
    opening, _, rest = script.partition("(")
    told = json.loads(rest.rpartition(")")[0])
    for name in ("terms", "titleterms"):
        told[name] = {word: pages for word, pages in told[name].items() if pages != []}
    return f"{opening}({json.dumps(told, sort_keys=True)})"


def finished(page: str, root: str, icons: Icons) -> tuple[str, dict[str, str]]:
    """One page as it is published, and the files that it asks for, named from the site's folder.

    `root` is the way from the page to that folder, `icons` has width, height and path of an icon by name.
    """
    before, article, rest = page.partition("<article")
    inside, closing, after = rest.rpartition("</article>")
    parts = [_named(_drawn(before, icons)), article, inside, closing, _named(_drawn(after, icons))]
    return moved_out("".join(parts), root)


def _drawn(shell: str, icons: Icons) -> str:
    """What stands around the text, with icons as drawings that need neither a font nor a script."""

    def draw(found: re.Match[str]) -> str:
        _, before, name, after, attributes = found.groups()
        if name not in icons:
            return found[0]
        width, height, path = icons[name]
        classes = " ".join(["svg-inline--fa", f"fa-{name}", *before.split(), *after.split()])
        return (
            f'<svg class="{classes}"{TITLE.sub("", attributes)} aria-hidden="true" focusable="false" '
            f'viewBox="0 0 {width} {height}"><path fill="currentColor" d="{path}"/></svg>'
        )

    return ICON_SCRIPT_TAG.sub("", ICON.sub(draw, shell))


def _named(shell: str) -> str:
    """What stands around the text, its landmarks, dialogs and folds named, without scripts that nothing uses."""
    shell = LATE_STYLE.sub(r'\1"', shell)
    if 'id="search-results"' not in shell:
        shell = SEARCH_SCRIPT.sub("", shell)
    shell = PRINTED.sub(lambda found: found[1] + _escaped(found[2]) + found[3], shell)
    shell = FOLD.sub(r'\1 aria-label="\2">', shell)
    shell = shell.replace('<main id="main-content" class', '<main id="main-content" tabindex="-1" class')
    shell = shell.replace('<div id="pst-primary-sidebar" class', '<div id="pst-primary-sidebar" role="banner" class')
    for dialog, label in DIALOGS.items():
        if said := label.search(shell):
            shell = shell.replace(f'<dialog id="{dialog}">', f'<dialog id="{dialog}" aria-label="{said[1]}">')
    return shell


def _escaped(title: str) -> str:
    """A title as HTML, whether it was already or not."""
    return escape(title, quote=False) if UNESCAPED.search(title) else title
