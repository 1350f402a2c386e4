"""A picture as PNG."""

from __future__ import annotations

import base64

from analysis.report import lettering

SHARP = 1.5  # pixels of a PNG for one of its SVG: three for one of a phone


def png(svg: str) -> str:
    """The SVG as PNG, in base64; set in matplotlib's own font and the study's, so alike on every machine."""
    import resvg_py  # only needed where a picture is shown

    files = [str(lettering.FONTS / f"DejaVuSans{weight}.ttf") for weight in ("", "-Bold", "-Oblique")]
    files += map(str, lettering.DECLARED)
    made = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=files, zoom=SHARP)
    return base64.b64encode(bytes(made)).decode()
