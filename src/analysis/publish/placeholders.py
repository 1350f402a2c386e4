"""`{{ expression }}` in a notebook's text: its value is found by the notebook's kernel and put in afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

PLACEHOLDER = re.compile(r"\{\{(.+?)\}\}")


def expressions(texts: Iterable[str]) -> list[str]:
    """What stands in the placeholders of these texts, each once, sorted."""
    return sorted({found.strip() for text in texts for found in PLACEHOLDER.findall(text)})


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced by the value of its expression."""
    return PLACEHOLDER.sub(lambda match: values[match[1].strip()], text)
