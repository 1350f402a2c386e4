"""Drawings as SVG: part of a page, a picture that stands alone, and the same as PNG."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.report import lettering, page
from analysis.report.carried import Carried
from analysis.report.page import Html

STYLE = Path(__file__).with_name("report.mplstyle")
WIDE, NARROW = 7.8, 3.7  # inches: a page column, a phone
INK, MUTED, LINE, BAND, PAPER = "#1b1f24", "#5b6576", "#e6e8ec", "#f3f5f8", "#ffffff"
SERIES = ["#0b6e99", "#be4a2f", "#47297a", "#3f6a14"]
# Colours that follow the page's theme, dark mode included: what the style sheet calls each.
NAMES = {INK: "ink", MUTED: "muted", LINE: "line", BAND: "band", PAPER: "paper"}
NAMES |= {colour: f"series-{n}" for n, colour in enumerate(SERIES, 1)}
THEMED = {colour: f"var(--jb-{name},{colour})" for colour, name in NAMES.items()}
PIXELS = 4 / 3  # a point of matplotlib's
EDGE = 20.0  # pixels around a picture that stands alone
# Of its texts: size and weight, and the height of a line.
TITLE, MEASURE, FOOT = (17, "bold", 23), (12.5, "normal", 17), (11, "normal", 15)


@dataclass(frozen=True)
class Key:
    """An entry of a legend: its sign, what it stands for, and the number of its series (0 for none)."""

    sign: str
    text: str
    series: int = 0


@dataclass(frozen=True)
class Frame:
    """What stands around a drawing: the finding, its measure and unit, base and source, and its legend.

    `below` is more HTML under the phone's drawing; with a `halo` its texts stand clear of the lines behind them.
    """

    title: str
    measure: str
    foot: str
    keys: Sequence[Key] = ()
    below: str = ""
    halo: bool = False

    def around(self, wide: str, narrow: str, text: str, csv: str) -> Html:
        """The chart for a page and for a phone, with `text` for who sees neither, and its downloads."""
        halo = " jb-halo" if self.halo else ""
        body = (
            f'{legend(self.keys)}<div class="jb-wide">{inline(wide, text, f"{self.title}-w")}</div>'
            f'<div class="jb-narrow{halo}" hidden>{inline(narrow, text, f"{self.title}-n")}{self.below}</div>'
        )
        html = page.figure(title=self.title, measure=self.measure, body=body, foot=self.foot, kind="chart")
        picture = alone(wide, title=self.title, measure=self.measure, keys=self.keys, foot=self.foot)
        carried = Carried("chart", self.title, self.measure, self.foot, csv, True, picture)
        return Html(html, text, (carried,))


def svg_of(fig: Figure) -> str:
    """The figure as an SVG element, sized in pixels, with attributes where matplotlib writes styles.

    A strict content-security policy allows neither style attributes nor style elements.
    """
    buffer = io.StringIO()
    blank = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with warnings.catch_warnings():  # letters that the font lacks are told by `lettering.missing`, not in a page
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        FigureCanvasSVG(fig).print_svg(buffer, metadata=blank)
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
    text = re.sub(r"<style.*?</style>", "", text, flags=re.S)
    text = re.sub(r'\sstyle="([^"]*)"', lambda found: _attributes(found[1]), text)
    text = re.sub(r'(width|height)="([\d.]+)pt"', lambda m: f'{m[1]}="{float(m[2]) * PIXELS:.0f}"', text, count=2)
    return text.replace("<svg ", '<svg stroke-linejoin="round" stroke-linecap="butt" ', 1)


def _attributes(style: str) -> str:
    """Declarations of a style as attributes; the shorthand of a font taken apart."""
    made = []
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        name, value = (side.strip() for side in declaration.split(":", 1))
        if name == "font":
            size = re.search(r"[\d.]+px", value)
            made.append(f'font-size="{size[0] if size else "10px"}"')
            made += [
                f'font-{kind}="{word}"' for kind, word in (("weight", "bold"), ("style", "italic")) if word in value
            ]
        elif name != "font-family":  # the page's, or that of a picture that stands alone
            made.append(f'{name}="{value}"')
    return "".join(f" {one}" for one in made)


def inline(svg: str, alt: str, name: str) -> str:
    """The SVG as part of a page: named `alt` for screen readers, ids its own, fonts and ink the page's."""
    prefix = page.slug(name)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', svg)
    body = re.sub(r'(xlink:href="#|url\(#)([^")]+)', rf"\g<1>{prefix}-\2", body)
    for colour, themed in THEMED.items():
        body = body.replace(colour, themed)
    return body.replace("<svg ", f'<svg role="img" aria-label="{escape(alt, quote=True)}" ', 1)


def legend(keys: Sequence[Key]) -> str:
    """The entries of a legend as a list; "" without any."""
    lines = [
        f'<li class="jb-series-{key.series}"><span aria-hidden="true">{key.sign}</span> {escape(key.text)}</li>'
        for key in keys
    ]
    return f'<ul class="jb-legend">{"".join(lines)}</ul>' if lines else ""


def alone(svg: str, *, title: str, measure: str, keys: Sequence[Key], foot: str) -> str:
    """The drawing in its frame as a picture of its own: title, measure, legend, base and source are part of it."""
    width, height = (float(re.findall(rf'\b{side}="([\d.]+)"', svg)[0]) for side in ("width", "height"))
    drawn, down = [], EDGE
    for text, style, colour in ((title, TITLE, INK), (measure, MEASURE, MUTED)):
        lines, down = _lines(text, style, colour, width, down)
        drawn += lines
    if keys:
        lines, down = _entries(keys, width, down)
        drawn += lines
    drawn.append(svg.replace("<svg ", f'<svg x="{EDGE:g}" y="{down + 8:g}" overflow="visible" ', 1))
    lines, down = _lines(foot, FOOT, MUTED, width, down + height + 16)
    size = f'width="{width + 2 * EDGE:g}" height="{down + EDGE:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {size} '
        f"font-family=\"'{lettering.FONT}', Verdana, sans-serif\"><title>{escape(title)}</title>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join([*drawn, *lines])}</svg>\n'
    )


def _lines(
    text: str, style: tuple[float, str, float], colour: str, width: float, top: float
) -> tuple[list[str], float]:
    """A text in lines below `top`, and where it ends."""
    size, weight, pitch = style
    rows = lettering.wrapped(text, width, size, weight == "bold")
    made = [
        f'<text x="{EDGE:g}" y="{top + pitch * (n + 0.75):g}" font-size="{size}" font-weight="{weight}" '
        f'fill="{colour}">{escape(row)}</text>'
        for n, row in enumerate(rows)
    ]
    return made, top + pitch * len(rows)


def _entries(keys: Sequence[Key], width: float, top: float) -> tuple[list[str], float]:
    """The entries of a legend side by side, in as many lines as they need."""
    size, _, pitch = MEASURE
    across, down, made = EDGE, top + pitch, []
    for key in keys:
        rows = lettering.wrapped(f"{key.sign} {key.text}", width, size)
        room = max(lettering.width(row, size) for row in rows)
        if across > EDGE and across + room > width + EDGE:
            across, down = EDGE, down + pitch
        colour = SERIES[key.series - 1] if key.series else MUTED
        for number, row in enumerate(rows):
            down += pitch * (number > 0)
            made.append(f'<text x="{across:g}" y="{down:g}" font-size="{size}" fill="{colour}">{escape(row)}</text>')
        across += room + 18
    return made, down + 4
