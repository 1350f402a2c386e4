"""A YAML file as it is written: texts by key, each with its line. What they mean is for the schema to say.

YAML's own guesses (010 is 8, 12:30 is 750, 1.10 is 1.1) are made by nobody here: a scalar stays the text that
stands in the file until its model asks for a number, a day or a text.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from analysis.errors import JourneybookError, Problem

LARGEST = 4 * 2**20  # bytes of a file
DEEPEST = 32
MOST = 200_000  # texts, lists and mappings of a file, those of aliases counted wherever they stand
MERGE = "<<"
WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NOTHING = ("", "~", "null")
LONGEST_WHOLE = 18  # digits; longer ones are no number that anybody counts by

Place = tuple[str, ...]  # keys, and places in lists, from the top of the file


class Unreadable(Exception):
    """One reason why a text is no document, and its line."""

    def __init__(self, line: int, problem: str, got: str | None = None, fix: str | None = None) -> None:
        super().__init__(problem)
        self.line, self.problem, self.got, self.fix = line, problem, got, fix


@dataclass(frozen=True)
class Scalar:
    """A text in quotes or without, and the line that it begins on."""

    text: str
    line: int
    quoted: bool = False
    size: int = 1

    def plain(self, texts: Collection[Place] = (), at: Place = ()) -> Any:
        """Nothing, a truth, a number, a day or a text, as it looks; the text if `at` is among `texts`."""
        if self.quoted or (at in texts and not self.empty):
            return self.text
        if self.empty:
            return None
        if self.text in ("true", "false"):
            return self.text == "true"
        if WHOLE.fullmatch(self.text) and len(self.text) <= LONGEST_WHOLE:
            return int(self.text)
        if DECIMAL.fullmatch(self.text):
            return float(self.text)
        if DAY.fullmatch(self.text):
            with suppress(ValueError):
                return dt.date.fromisoformat(self.text)
        return self.text

    @property
    def empty(self) -> bool:
        return not self.quoted and self.text in NOTHING

    @property
    def kind(self) -> str:
        """What it looks like, in words."""
        if self.quoted:
            return "text in quotes"
        kinds = {bool: "true or false", int: "a whole number", float: "a number with a point", dt.date: "a day"}
        return "nothing" if self.empty else kinds.get(type(self.plain()), "text")


@dataclass(frozen=True)
class Sequence:
    """A list."""

    line: int
    items: list[Node] = field(default_factory=list)
    size: int = 1
    kind = "a list"

    def plain(self, texts: Collection[Place] = (), at: Place = ()) -> Any:
        return tuple(item.plain(texts, (*at, str(n))) for n, item in enumerate(self.items))


@dataclass(frozen=True)
class Mapping:
    """Keys with values; a key is known by its text, in quotes or without."""

    line: int
    keys: dict[str, Scalar] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)
    size: int = 1
    kind = "keys with values"

    def plain(self, texts: Collection[Place] = (), at: Place = ()) -> Any:
        return {self.key(k, texts, at): value.plain(texts, (*at, k)) for k, value in self.values.items()}

    def key(self, name: str, texts: Collection[Place], at: Place) -> str | int:
        """The key as a whole number where it is written as one, else its text."""
        value = self.keys[name].plain()
        return value if type(value) is int and (*at, name, "[key]") not in texts else name


Node = Scalar | Sequence | Mapping


def read_document(path: Path) -> Node:
    """The file's content, a mapping without keys where it has none.

    Raises a config error with the line: not UTF-8, not YAML, a key that stands twice, a tag, too large or too deep.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        problem = Problem(str(path), "there is no such file", fix="create it or correct STUDY")
        raise JourneybookError("config", problem) from None
    except (OSError, ValueError) as error:
        raise JourneybookError("config", Problem(str(path), f"cannot be read ({error})")) from None
    try:
        return parse(content)
    except Unreadable as fault:
        problem = Problem(f"{path}, line {fault.line}", fault.problem, fault.got, fix=fault.fix)
        raise JourneybookError("config", problem) from None


@lru_cache(maxsize=64)  # a study is read more than once in a run
def parse(content: bytes) -> Node:
    """The bytes of a file as a document; `Unreadable` where they are none."""
    text = _text(content)
    yaml = YAML(typ="safe", pure=True)
    try:
        return _Builder().build(yaml.parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem or error.context).split())
        raise Unreadable(mark.line + 1 if mark else 1, f"not valid YAML: {what}") from None
    except (YAMLError, ValueError, OverflowError) as error:  # a character or an escape that is none
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise Unreadable(line, f"not valid YAML: {' '.join(str(error).split())}") from None


def _text(content: bytes) -> str:
    """The bytes as text: UTF-8, lines that end in a line feed, indented with spaces."""
    if len(content) > LARGEST:
        raise Unreadable(1, "the file is too large", f"{len(content)} bytes", f"keep it below {LARGEST} bytes")
    utf8 = "save it as UTF-8 without a byte order mark"
    if content.startswith(b"\xef\xbb\xbf"):
        raise Unreadable(1, "the file begins with a byte order mark", fix=utf8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "not UTF-8 text", f"byte 0x{content[error.start]:02x}", utf8) from None
    unwanted = {
        r"\r": ("the line does not end in a line feed alone", "save it with Unix line ends (LF)"),
        r"(?m)^ *\t": ("a tab in the indentation", "indent with spaces"),
        r"(?m)^(<<<<<<<|>>>>>>>) ": ("merge conflict", "take one side"),
    }
    for pattern, (problem, fix) in unwanted.items():
        if found := re.search(pattern, text):
            raise Unreadable(text.count("\n", 0, found.end() - 1) + 1, problem, fix=fix)
    return text


class _Builder:
    """Makes nodes of the parser's events; nothing in them is interpreted, and no tag constructs anything."""

    def __init__(self) -> None:
        self.anchors: dict[str, Node | None] = {}  # None while what it stands for is still being read
        self.size = 0

    def build(self, events: Iterator[Event]) -> Node:
        self.events = events
        found: Node | None = None
        for event in events:
            if isinstance(event, DocumentStartEvent) and found is not None:
                raise Unreadable(_line(event), "a second document begins", fix="keep one document in a file")
            if isinstance(event, NodeEvent):
                found = self.node(event, 1)
        return Mapping(1) if found is None or (isinstance(found, Scalar) and found.empty) else found

    def node(self, event: NodeEvent, depth: int) -> Node:
        if isinstance(event, AliasEvent):
            return self.alias(event)
        self.count(event, 1)
        assert isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent)
        if event.tag is not None:
            what = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            raise Unreadable(_line(event), "a tag, which no file of a study needs", what, "remove it")
        if depth > DEEPEST:
            raise Unreadable(_line(event), f"nested more than {DEEPEST} deep", fix="remove the brackets")
        if event.anchor:
            self.anchors[event.anchor] = None
        made: Node
        if isinstance(event, ScalarEvent):
            made = self.scalar(event)
        elif isinstance(event, SequenceStartEvent):
            items = [self.node(inner, depth + 1) for inner in self.inner()]
            made = Sequence(_line(event), items, 1 + sum(item.size for item in items))
        else:
            made = self.mapping(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = made
        return made

    def inner(self) -> Iterator[NodeEvent]:
        """The events until the list or mapping ends; who takes them reads the inner of each."""
        for event in self.events:
            if not isinstance(event, NodeEvent):
                return
            yield event

    def scalar(self, event: ScalarEvent) -> Scalar:
        for sign in event.value:
            if unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t":
                raise Unreadable(_line(event), "a control character in a text", f"U+{ord(sign):04X}", "remove it")
        return Scalar(event.value, _line(event), event.style is not None)

    def mapping(self, event: NodeEvent, depth: int) -> Mapping:
        keys: dict[str, Scalar] = {}
        values: dict[str, Node] = {}
        merged: list[Mapping] = []
        inner = self.inner()
        for key_event in inner:
            key = self.node(key_event, depth + 1)
            if not isinstance(key, Scalar):
                raise Unreadable(_line(key_event), f"a key must be a text, and this is {key.kind}")
            value = self.node(next(inner), depth + 1)
            if key.text == MERGE and not key.quoted:
                merged += self.mappings(key, value)
            elif key.text in keys:
                first = keys[key.text].line
                what = f"the key stands twice, first on line {first}"
                raise Unreadable(key.line, what, key.text, "keep one of the two")
            else:
                keys[key.text], values[key.text] = key, value
        for other in merged:
            keys = {**other.keys, **keys}
            values = {**other.values, **values}
        return Mapping(_line(event), keys, values, 1 + sum(1 + value.size for value in values.values()))

    def mappings(self, key: Scalar, value: Node) -> list[Mapping]:
        """What a merge key takes in: one mapping or a list of them."""
        given = value.items if isinstance(value, Sequence) else [value]
        found = [one for one in given if isinstance(one, Mapping)]
        if len(found) < len(given):
            raise Unreadable(key.line, f"{MERGE} takes in keys with values only", fix="name the anchor of a mapping")
        return found

    def alias(self, event: AliasEvent) -> Node:
        known = self.anchors.get(event.anchor)
        if known is None:
            inside = event.anchor in self.anchors
            what = "an alias inside of what it stands for" if inside else "no such anchor before this alias"
            raise Unreadable(_line(event), what, f"*{event.anchor}", "write it out")
        self.count(event, known.size)
        return known

    def count(self, event: Event, size: int) -> None:
        self.size += size
        if self.size > MOST:
            what = f"more than {MOST} texts and lists, those of aliases counted wherever they stand"
            raise Unreadable(_line(event), what, fix="write fewer aliases of aliases")


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1
