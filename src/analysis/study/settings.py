"""Read a YAML file into a frozen model; every refusal names the file, the line and the key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from analysis.errors import JourneybookError, Problem, did_you_mean

LANGUAGE = "en"


class Settings(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_text(value: Any) -> Any:
    given = {LANGUAGE: value} if isinstance(value, str) else value
    if not isinstance(given, dict):
        return given
    return {key: " ".join(text.split()) if isinstance(text, str) else text for key, text in given.items()}


# A text by language, on one line; a plain string is English.
Text = Annotated[dict[str, str], BeforeValidator(_as_text)]

Model = TypeVar("Model", bound=Settings)


def say(text: dict[str, str], language: str = LANGUAGE) -> str:
    """The text in the language asked for, or in English where it has not been translated."""
    return text[language] if language in text else text[LANGUAGE]


def read_settings(path: Path, model: type[Model]) -> Model:
    """The file's content as a frozen `model`.

    Raises a config error that lists every problem: file, line, key, value and what is allowed.
    """
    document = _read_yaml(path)
    try:
        return model.model_validate(_plain(document))
    except ValidationError as error:
        problems = [_problem(path, document, model, item) for item in error.errors()]
        raise JourneybookError("config", problems) from None


def _read_yaml(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problem = Problem(str(path), "there is no such file", fix="create it or correct STUDY")
        raise JourneybookError("config", problem) from None
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(str(path), f"cannot be read ({error})", fix="save it as UTF-8 text")
        raise JourneybookError("config", problem) from None
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = " ".join(str(error.problem).split())
        problem = Problem(f"{path}, line {line}", f"not valid YAML: {what}")
        raise JourneybookError("config", problem) from None
    except RecursionError:
        problem = Problem(str(path), "not valid YAML: nested too deeply", fix="remove the brackets")
        raise JourneybookError("config", problem) from None
    except (YAMLError, ValueError) as error:
        problem = Problem(str(path), f"not valid YAML: {error}")
        raise JourneybookError("config", problem) from None
    return document if document is not None else {}


def _plain(node: Any) -> Any:
    """The same content in plain Python types, without the line numbers."""
    if isinstance(node, dict):
        return {_plain(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _problem(path: Path, document: Any, model: type[Settings], item: Any) -> Problem:
    keys = [key for key in item["loc"] if key not in ("[key]",)]
    line, known_keys = _locate(document, keys)
    where = f"{path}, line {line}, {'.'.join(str(key) for key in known_keys) or 'top level'}"
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
    got = None if isinstance(item["input"], dict | list) else str(item["input"])
    return Problem(where, item["msg"].removeprefix("Value error, "), got)


def _locate(document: Any, keys: list[Any]) -> tuple[int, list[Any]]:
    """The line of the deepest part of `keys` that stands in the document, and that part."""
    line, found = 1, []
    node: Any = document
    for key in keys:
        if isinstance(node, CommentedMap) and key in node:
            here = (node.lc.data or {}).get(key)  # a merged key has no line of its own
            line = here[0] + 1 if here else line
        elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
            line = node.lc.item(key)[0] + 1
        else:
            continue
        found.append(key)
        node = node[key]
    return line, found


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
