"""Read a YAML file into a frozen model; every refusal names the file, the line and the key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from analysis.errors import JourneybookError, Problem, did_you_mean
from analysis.study.document import Mapping, Node, Place, Scalar, Sequence, read_document

LANGUAGE = "en"
TEXT_WANTED = "string_type"
# What pydantic calls a value of another type than the model's, and what the model wants.
WANTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    TEXT_WANTED: "text",
    "date_type": "a day, such as 2012-02-06",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
}


class Settings(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Fault:
    """One thing wrong in what a model validates, at `keys` from there; its other half stands at `beside`."""

    keys: tuple[object, ...]
    problem: str
    got: str | None = None
    allowed: str | None = None
    fix: str | None = None
    beside: tuple[object, ...] | None = None


class Faults(ValueError):
    """Raised by a model's validator that found several things wrong; each is told with its own line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.problem for fault in self.faults))


def _as_text(value: Any) -> Any:
    if isinstance(value, str):
        value = {LANGUAGE: value}
    if value is None:
        return value
    if isinstance(value, dict):
        return {key: " ".join(text.split()) if isinstance(text, str) else text for key, text in value.items()}
    raise PydanticCustomError(TEXT_WANTED, "Input should be a text")


# A text by language, on one line; a plain string is English.
Text = Annotated[dict[str, str], BeforeValidator(_as_text), Field(min_length=1)]

Model = TypeVar("Model", bound=Settings)


def say(text: dict[str, str], language: str = LANGUAGE) -> str:
    """The text in the language asked for, else in English, else in the first that it has."""
    return text.get(language) or text.get(LANGUAGE) or next(iter(text.values()))


def read_settings(path: Path, model: type[Model]) -> Model:
    """The file's content as a frozen `model`, each value of the type that the model has there.

    Where the model has a text, a number, a day or a truth in the file is the text as it is written. Raises a config
    error that lists every problem: file, line, key, value and what is allowed.
    """
    document = read_document(path)
    texts: frozenset[Place] = frozenset()
    while True:
        try:
            return model.model_validate(document.plain(texts), strict=True)
        except ValidationError as error:
            found = error.errors(include_url=False)
        meant = texts.union(*(_texts_at(document, item["loc"]) for item in found if item["type"] == TEXT_WANTED))
        if meant == texts:
            problems = sorted(_problems(path, document, model, found), key=_line_of)
            raise JourneybookError("config", problems)
        texts = meant


def line_of(path: Path, *keys: str) -> str:
    """A key of a YAML file with its line, or that of the nearest above it that is there: "file, line 3, key"."""
    return _where(path, read_document(path), keys)


def _texts_at(document: Node, loc: tuple[Any, ...]) -> set[Place]:
    """The place of a scalar, or of a key, that is to be taken as text."""
    keys, node = _within(document, loc)
    if "[key]" in loc:
        return {(*keys, "[key]")}
    return {keys} if isinstance(node, Scalar) and not node.empty else set()


def _problems(path: Path, document: Node, model: type[Settings], found: list[Any]) -> Iterator[Problem]:
    """A line for everything that is wrong; what a value of several types could have been is told in one."""
    types: dict[tuple[str, ...], list[str]] = {}
    for item in found:
        keys = _within(document, item["loc"])[0]
        error = item.get("ctx", {}).get("error")
        if item["type"] in WANTED:
            types.setdefault(keys, []).append(WANTED[item["type"]])
        elif isinstance(error, Faults):
            yield from (_of_fault(path, document, item["loc"], fault) for fault in error.faults)
        else:
            yield _problem(path, document, model, item)
    for keys, wanted in types.items():
        node = _within(document, keys)[1]
        got = node.text if isinstance(node, Scalar) else None
        what = f"found {node.kind}, expected {' or '.join(dict.fromkeys(wanted))}"
        yield Problem(_where(path, document, keys), what, got)


def _line_of(problem: Problem) -> int:
    return int(re.findall(r", line (\d+), ", problem.where)[-1])


def _problem(path: Path, document: Node, model: type[Settings], item: Any) -> Problem:
    keys = [key for key in item["loc"] if key != "[key]"]
    where = _where(path, document, keys)
    if item["type"] == "extra_forbidden":
        names = _field_names(model, keys[:-1])
        hint = did_you_mean(str(keys[-1]), names)
        allowed = ", ".join(sorted(names))
        return Problem(where, "unknown key", str(keys[-1]), allowed, hint or "remove it")
    if item["type"] == "missing":
        asked = _description(model, keys)
        return Problem(where, f"the key {keys[-1]!r} is missing", fix=f"add it: {asked}" if asked else "add it")
    if item["type"] == "blank":
        asked = _description(model, keys)
        fix = f"say {asked}" if asked else "fill it in"
        return Problem(where, item["msg"], fix=f"{fix}, or write 'not stated' where nobody knows")
    node = _within(document, keys)[1]
    got = node.text if isinstance(node, Scalar) else None
    return Problem(where, item["msg"].removeprefix("Value error, "), got)


def _of_fault(path: Path, document: Node, loc: tuple[Any, ...], fault: Fault) -> Problem:
    where, problem = _where(path, document, (*loc, *fault.keys)), fault.problem
    if fault.beside is not None:
        problem += f", beside line {_within(document, (*loc, *fault.beside))[1].line}"
    return Problem(where, problem, fault.got, fault.allowed, fault.fix)


def _where(path: Path, document: Node, keys: Iterable[Any]) -> str:
    known, _ = _within(document, keys)
    return f"{path}, line {_line(document, known)}, {'.'.join(known) or 'top level'}"


def _within(document: Node, keys: Iterable[Any]) -> tuple[Place, Node]:
    """The deepest part of `keys` that stands in the document, and what stands there."""
    node, found = document, list[str]()
    for key in map(str, keys):
        if isinstance(node, Mapping) and key in node.values:
            node = node.values[key]
        elif isinstance(node, Sequence) and key.isdecimal() and len(key) < 10 and int(key) < len(node.items):
            node = node.items[int(key)]
        else:
            continue
        found.append(key)
    return tuple(found), node


def _line(document: Node, place: Place) -> int:
    """The line on which a place begins: that of its key, or of its entry in a list."""
    node, line = document, document.line
    for key in place:
        if isinstance(node, Mapping):
            line, node = node.keys[key].line, node.values[key]
        elif isinstance(node, Sequence):
            node = node.items[int(key)]
            line = node.line
    return line


def _field_names(model: type[Settings], keys: list[Any]) -> list[str]:
    """The keys that the model reached by `keys` knows."""
    return sorted({name for m in _models_at(model, keys) for name in m.model_fields})


def _models_at(model: type[Settings], keys: list[Any]) -> list[Any]:
    current: list[Any] = [model]
    for key in keys:
        options = [m.model_fields[key].annotation for m in current if key in m.model_fields]
        current = _models_in(options) or current
    return current


def _description(model: type[Settings], keys: list[Any]) -> str | None:
    """What the key at the end of `keys` is for, where its model says so."""
    *path, key = [key for key in keys if isinstance(key, str)]
    fields = [m.model_fields[key] for m in _models_at(model, path) if key in m.model_fields]
    return fields[0].description if fields else None


def _models_in(annotations: list[Any]) -> list[Any]:
    found: list[Any] = []
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found.append(annotation)
        else:
            found.extend(_models_in(list(getattr(annotation, "__args__", ()))))
    return found
