"""Traces of the machine that a site was made on, and of its secrets: paths, names, tokens, values of its environment.

Each is looked for by words and a piece of text that it cannot do without, and only then by its pattern.
"""

from __future__ import annotations

import getpass
import re
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.publish.tokens import Words, words

PATH, SECRET, ERROR = "a path of the machine it was made on", "what looks like a secret", "an error"
NAME = "a name of the machine or of who made it"
START, END = r"(?<![\w.:~/-])", r"(?![\w-])"
# What a trace begins with or holds, and its pattern; folders are written so that this file names none.
PATTERNS = [
    *((PATH, f"/{name}/", rf"{START}/{name}/[\w.-]+") for name in ("home", "Users", "root", "tmp", "var/folders")),
    (PATH, ":\\", r"\b[A-Za-z]:\\+(?:Users|Documents|Windows|Temp)\b"),
    (PATH, "file://", r"file:///?[\w.~%-]+"),
    (PATH, "site-packages", r"[\w./\\-]*/site-packages/[\w./-]*"),
    (ERROR, "Traceback (most", r"Traceback \(most recent call last\)"),
    (SECRET, "PRIVATE KEY-", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    (SECRET, "AKIA", r"\bAKIA[0-9A-Z]{16}\b"),
    (SECRET, "AIza", r"\bAIza[\w-]{35}"),
    (SECRET, "eyJ", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    *((SECRET, f"gh{kind}_", rf"\bgh{kind}_[A-Za-z0-9]{{30,}}") for kind in "pousr"),
    (SECRET, "github_pat_", r"\bgithub_pat_\w{20,}"),
    (SECRET, "glpat-", r"\bglpat-[\w-]{20}"),
    (SECRET, "hf_", r"\bhf_[A-Za-z0-9]{30,}"),
    (SECRET, "sk-", r"\bsk-(?:[a-z]+-)?[A-Za-z0-9]{20,}"),
    (SECRET, "xox", r"\bxox[abeoprs]-[\w-]{10,}"),
    (SECRET, "Bearer ", r"\bBearer [\w.~+/-]{20,}"),
    (SECRET, "@", r"://[^\s/:@\"'<>]+:[^\s/:@\"'<>]+@"),
    (SECRET, "environ(", r"\benviron\(\{"),
]
# What is kept secret, in small letters, and a value that is given to it.
GIVEN = r"[\"']?\s*(?:[:=]\s*[\"']|=\s*)[^\s\"'<>,;]{8,}"
ASSIGNED = {
    sign: re.compile(pattern + GIVEN)
    for sign, pattern in (
        ("passw", "passw(?:or)?d"),
        ("secret", "secret"),
        ("token", "token"),
        ("key", "(?:api|access)[_-]?key"),
    )
}
SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|_KEY$|APIKEY", re.IGNORECASE)
WHOLE = re.compile(r"(?<![^\W_])[^\W_]+(?=[\W_])")  # words of a sign that end in it: no text without them has it
BEFORE, AFTER = 200, 300  # letters around a sign
LEAST_SECRET, LEAST_NAME, LEAST_PATH = 8, 4, 4  # letters
# Names that say nothing of anybody, and stand in many a text.
ANYBODY = {"root", "user", "admin", "runner", "ubuntu", "debian", "jovyan", "vscode", "build", "builder", "docker"}
ANYWHERE = {"localhost", "local", "host", "server", "computer"}


@dataclass(frozen=True)
class Trace:
    """One trace: what it is, and its first letters."""

    what: str
    begins: str


class Traces:
    """The patterns of a machine: what every machine has, and the folders, names and `environment` of this one.

    `folders` are paths beside its home and its temporary folder; words of `own`, the texts of
    the project, are no names.
    """

    def __init__(self, folders: list[Path], environment: Mapping[str, str], own: str = "") -> None:
        known = [Path.home(), Path(tempfile.gettempdir()), Path(sys.prefix), *folders]
        paths = {str(path) for path in (*known, *(one.resolve() for one in known)) if len(path.parts) > 1}
        names = {*_user(), *_host()} - ANYBODY - ANYWHERE
        secrets = {v for k, v in environment.items() if SECRET_NAME.search(k) and len(v) >= LEAST_SECRET}
        self._patterns = [(what, sign, re.compile(pattern)) for what, sign, pattern in PATTERNS]
        self._patterns += [
            (PATH, path, re.compile(START + re.escape(path) + END)) for path in paths if len(path) >= LEAST_PATH
        ]
        self._patterns += [
            (NAME, name, re.compile(rf"(?<![\w-]){re.escape(name)}{END}"))
            for name in names
            if len(name) >= LEAST_NAME and not re.search(rf"\b{re.escape(name)}\b", own)
        ]
        self._patterns += [(SECRET, value, re.compile(re.escape(value))) for value in secrets]
        needed = [words(" ".join(WHOLE.findall(sign))).numbers for _, sign, _ in self._patterns]
        self._words = np.unique(np.concatenate(needed))
        self._needs = [[int(n) for n in np.searchsorted(self._words, one)] for one in needed]

    def in_text(self, text: str, said: Words) -> Iterator[Trace]:
        """The first trace of each kind in a text; `said` are its words."""
        there = set(np.flatnonzero(said.have(self._words)).tolist())
        for (what, sign, pattern), needs in zip(self._patterns, self._needs, strict=True):
            if there.issuperset(needs) and (found := _near(text, sign, pattern)):
                yield Trace(what, found)
        folded = text.lower()
        for name, pattern in ASSIGNED.items():
            if found := _near(folded, name, pattern):
                yield Trace(SECRET, found)

    def in_picture(self, text: str) -> Iterator[Trace]:
        """The same where there are no words: what is looked for are this machine's own folders."""
        for what, sign, pattern in self._patterns[len(PATTERNS) :]:
            if what == PATH and (found := _near(text, sign, pattern)):
                yield Trace(what, found)


def _near(text: str, sign: str, pattern: re.Pattern[str]) -> str | None:
    """What the pattern finds around the first of its signs: many times faster than to look for it everywhere."""
    at = text.find(sign)
    while at >= 0:
        if found := pattern.search(text[max(at - BEFORE, 0) : at + AFTER]):
            return found[0]
        at = text.find(sign, at + 1)
    return None


def _user() -> set[str]:
    try:
        return {getpass.getuser()}
    except (KeyError, OSError):  # a user without a name
        return set()


def _host() -> set[str]:
    return {name for name in (socket.gethostname(), socket.gethostname().partition(".")[0]) if name}
