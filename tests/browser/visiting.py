"""How the tests of the site open its pages: in which widths, from where, and what they look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler
from typing import Any

WIDTHS = (1280, 390)
HEIGHT = 900
# One page of each kind that the book has.
KINDS = {
    "landing": "index",
    "front of a market": "uk/headlines",
    "chapter": "uk/influences",
    "topline": "uk/topline",
    "across markets": "markets/key_figures",
    "verdicts": "markets/verdicts",
    "register": "markets/register",
    "written by hand": "methods",
    "search": "search",
    "index of terms": "genindex",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'self'; form-action 'self'"
)
BELOW = "/some/where/"
LISTEN = """window.forbidden = [];
document.addEventListener("securitypolicyviolation", event =>
  window.forbidden.push(`${event.effectiveDirective} ${event.sourceFile}:${event.lineNumber} ${event.sample}`))"""
LOOK = """() => ({
  forbidden: window.forbidden,
  scroll: document.documentElement.scrollWidth,
  headings: [...document.querySelectorAll("h1")].filter(e => e.checkVisibility()).map(e => e.innerText.trim()),
  banner: document.querySelector(".jb-banner")?.textContent ?? "",
  charts: [...document.querySelectorAll(".jb-chart")].map(chart => {
    const seen = [...chart.querySelectorAll("svg")].filter(e => e.checkVisibility() && e.clientWidth > 0);
    return seen.map(e => ({role: e.getAttribute("role"), name: e.getAttribute("aria-label") ?? ""}));
  }),
})"""


@dataclass
class Visit:
    """What one page did and showed at one width, and what the server's policy forbade it."""

    page: str
    width: int
    scroll: int
    headings: list[str]
    banner: str
    charts: list[list[dict[str, str]]]
    forbidden: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.page} at {self.width} px"

    @property
    def of_a_market(self) -> bool:
        return "/" in self.page


@dataclass
class Tab:
    """A page of the browser that was opened at an address, and what it asked for on the way."""

    page: Any
    asked: list[str]
    failed: list[str]
    errors: list[str]


def failed(request: Any) -> bool:
    """Whether a request was refused: one that was still under way when the reader went on is not."""
    return bool(request.failure != "net::ERR_ABORTED")


def open_in(context: Any, address: str) -> Tab:
    """The address in a new tab, come to rest."""
    tab = Tab(context.new_page(), [], [], [])
    tab.page.add_init_script(LISTEN)
    tab.page.on("request", lambda request: tab.asked.append(request.url))
    tab.page.on("requestfailed", lambda request: tab.failed.append(request.url) if failed(request) else None)
    tab.page.on("response", lambda answer: tab.failed.append(answer.url) if answer.status >= 400 else None)
    tab.page.on("console", lambda message: tab.errors.append(message.text) if message.type == "error" else None)
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    tab.page.goto(address, wait_until="load")
    return tab


def visit(context: Any, name: str, width: int, base: str) -> Visit:
    """Opens a page below `base` and looks at it; what it asks for must lie below `base` too."""
    tab = open_in(context, f"{base}{name}.html")
    shown = tab.page.evaluate(LOOK)
    tab.page.close()
    elsewhere = [url for url in tab.asked if not url.startswith((base, "data:", "blob:"))]
    return Visit(name, width, **shown, failed=tab.failed, elsewhere=elsewhere, errors=tab.errors)


class Strict(SimpleHTTPRequestHandler):
    """Serves a folder below a path, under a policy that allows nothing but files of its own."""

    def translate_path(self, path: str) -> str:
        inside = path.startswith(BELOW)
        return super().translate_path(path.removeprefix(BELOW.rstrip("/")) if inside else "/not/here")

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the browser tells what went wrong."""
