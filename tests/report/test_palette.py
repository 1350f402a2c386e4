"""Colours are told apart by everybody, in both themes and in grey, and every text is readable on its ground."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from analysis.report import charts, heat, picture

ROOT = Path(__file__).parents[2]
CSS = (ROOT / "book" / "_static" / "journeybook.css").read_text(encoding="utf-8")
Theme = dict[str, str]

# Machado, Oliveira and Fernandes 2009, A physiologically-based model for simulation of color vision deficiency, IEEE
# Transactions on Visualization and Computer Graphics 15(6), table 1, severity 1.0; of linear RGB.
SEEN = {
    "everybody": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# sRGB to XYZ and the white of D65: IEC 61966-2-1.
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])
APART = 10.0  # CIE76: four times the 2.3 of a just noticeable difference (Sharma 2003, Digital color imaging handbook)


def theme(name: str) -> Theme:
    """The custom properties of a theme, as the style sheet sets them."""
    block = re.search(rf'html\[data-theme="{name}"\] \{{(.*?)\}}', CSS, flags=re.S)
    assert block is not None
    return dict(re.findall(r"--jb-([\w-]+): (#[0-9a-f]{6})", block[1]))


THEMES = {name: theme(name) for name in ("light", "dark")}


def linear(colour: str) -> np.ndarray:
    """Linear RGB (0-1) of a colour: IEC 61966-2-1."""
    parts = np.array([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* of linear RGB (CIE 15:2004, section 8.2.1)."""
    ratio = XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: str, other: str, seen: np.ndarray) -> float:
    """The CIE76 difference of two colours, as somebody sees them."""
    return float(np.linalg.norm(lab(seen @ linear(one)) - lab(seen @ linear(other))))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours: WCAG 2.1, relative luminance."""
    light, dark = sorted((float(XYZ[1] @ linear(colour)) + 0.05 for colour in (one, other)), reverse=True)
    return light / dark


def over(colour: str, ground: str, opacity: float) -> str:
    """A colour drawn with an opacity on a ground."""
    pairs = [(int(colour[n : n + 2], 16), int(ground[n : n + 2], 16)) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(opacity * a + (1 - opacity) * b):02x}" for a, b in pairs)


def series(colours: Theme) -> list[str]:
    return [colours[f"series-{n}"] for n in range(1, 5)]


def test_the_measures_are_those_of_their_sources() -> None:
    """Black on white is 21:1 (WCAG 2.1); the grey of half the code has L* 53.59, red is (53.24, 80.09, 67.20) (D65)."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert lab(linear("#808080"))[0] == pytest.approx(53.59, abs=0.02)
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.1)
    assert all(matrix.sum(axis=1) == pytest.approx(1, abs=1e-5) for matrix in SEEN.values())  # white stays white


def test_a_picture_that_stands_alone_has_the_colours_of_the_light_theme() -> None:
    light = THEMES["light"]
    assert series(light) == picture.SERIES
    assert [light[name] for name in ("ink", "muted", "line", "band", "paper")] == [
        picture.INK,
        picture.MUTED,
        picture.LINE,
        picture.BAND,
        picture.PAPER,
    ]
    style = dict(re.findall(r"^([\w.]+): ([0-9a-f]{6})$", picture.STYLE.read_text(encoding="utf-8"), flags=re.M))
    expected = {"text.color": picture.INK, "xtick.color": picture.MUTED, "grid.color": picture.LINE}
    assert {name: f"#{style[name]}" for name in expected} == expected


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("who", SEEN)
def test_series_are_told_apart(name: str, who: str) -> None:
    for one, other in combinations(series(THEMES[name]), 2):
        assert apart(one, other, SEEN[who]) >= APART, (one, other)


@pytest.mark.parametrize("name", THEMES)
def test_in_grey_series_differ_in_lightness_or_in_the_form_of_their_sign(name: str) -> None:
    forms = [(marker, number % 2) for number, marker in enumerate(charts.MARKERS)]
    assert len({marker for marker, _ in forms}) == len(picture.SERIES)
    for (one, form), (other, other_form) in combinations(zip(series(THEMES[name]), forms, strict=True), 2):
        near = abs(lab(linear(one))[0] - lab(linear(other))[0]) < APART
        assert not near or form[0] != other_form[0]


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["paper", "band"])
def test_every_text_of_a_chart_is_readable(name: str, ground: str) -> None:
    """WCAG 2.1, 1.4.3: 4.5:1. Shares are written in the colour of their series."""
    colours = THEMES[name]
    for text in [colours["ink"], colours["muted"], *series(colours)]:
        assert contrast(text, colours[ground]) >= 4.5, text


@pytest.mark.parametrize("name", THEMES)
def test_every_sign_stands_out_from_its_ground(name: str) -> None:
    """WCAG 2.1, 1.4.11: 3:1, also on a bar's tint and on the band of a curve."""
    colours = THEMES[name]
    tint = over(colours["series-1"], colours["paper"], 0.3)
    for sign in series(colours):
        assert contrast(sign, colours["paper"]) >= 3 and contrast(sign, colours["band"]) >= 3
    assert contrast(colours["series-1"], tint) >= 3
    assert contrast(colours["ink"], tint) >= 4.5


@pytest.mark.parametrize("shade", heat.SHADES)
def test_figures_are_readable_on_every_shade(shade: str) -> None:
    assert contrast(heat.TEXT, shade) >= 4.5 and contrast(heat.FAINT, shade) >= 4.5


@pytest.mark.parametrize("who", SEEN)
def test_neighbouring_shades_and_both_ends_are_told_apart(who: str) -> None:
    for one, other in pairwise(heat.SHADES):
        assert apart(one, other, SEEN[who]) >= 5, (one, other)
    assert apart(heat.SHADES[0], heat.SHADES[-1], SEEN[who]) >= 40


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("verdict", ["yes", "no", "open"])
def test_verdicts_are_readable(name: str, verdict: str) -> None:
    """White on a chip, and the sign of a verdict on the page."""
    colours = THEMES[name]
    assert contrast("#ffffff", colours[verdict]) >= 4.5
    assert contrast(colours[f"sign-{verdict}"], colours["paper"]) >= 4.5


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("text", "ground"), [("ink", "note"), ("link", "paper"), ("muted", "paper")])
def test_other_texts_are_readable(name: str, text: str, ground: str) -> None:
    assert contrast(THEMES[name][text], THEMES[name][ground]) >= 4.5
