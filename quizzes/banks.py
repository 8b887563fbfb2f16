"""Reads the banks from `quizzes/bank/NN_slug.yaml`."""

import functools
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from quizzes.errors import BankError, UnknownQuiz
from quizzes.model import Bank, Item

T = TypeVar("T")

FOLDER = Path(__file__).parent / "bank"


@functools.cache
def banks() -> dict[str, Bank]:
    """All banks by lesson, in the order of the lessons. Raises `BankError`."""
    return {path.stem: load(path) for path in sorted(FOLDER.glob("*.yaml"))}


def bank(lesson: str) -> Bank:
    """The bank of this lesson, given by its stem. Raises `UnknownQuiz`."""
    return _named(lesson, banks(), "quiz")


def item(identifier: str) -> Item:
    """The item of this identifier, in whichever bank. Raises `UnknownQuiz`."""
    return _named(identifier, {item.identifier: item for bank in banks().values() for item in bank.items}, "question")


def load(path: Path) -> Bank:
    """The bank in this file. Raises `BankError` naming file, line and remedy."""
    place = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        loaded = Bank.model_validate(yaml.safe_load(text))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BankError(f"{place}:{line}: not YAML: {error.problem}. Mend the line, or quote its text.") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise BankError(f"{place}:{_line(root, first['loc'])}: {_explained(first)}") from None
    if loaded.lesson != path.stem:
        raise BankError(f"{place}:1: lesson is {loaded.lesson!r}, but the file is named for {path.stem!r}.")
    return loaded


def _named(name: str, known: Mapping[str, T], what: str) -> T:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(known)}."
        raise UnknownQuiz(f"There is no {what} {name!r}.{hint}")
    return known[name]


def _line(node: Any, location: Sequence[int | str]) -> int:
    """The line of the innermost part of `location` that the file has."""
    line = 1
    for part in location:
        inner = _child(node, part)
        if inner is None:
            continue  # such as the name of a kind, which is no place in the file
        node, line = inner
    return line


def _child(node: Any, part: int | str) -> tuple[Any, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line + 1
    return None


def _explained(error: Any) -> str:
    field = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        near = get_close_matches(field, _FIELDS, n=1)
        return f"there is no field {field!r}." + (f" Did you mean {near[0]!r}?" if near else " Take it out.")
    if error["type"] == "missing":
        return f"the field {field!r} is missing. Write it."
    said = error["msg"].removeprefix("Value error, ")
    return f"{field + ': ' if field and error['type'] != 'value_error' else ''}{said}."


def _fields(schema: Any) -> set[str]:
    definitions = [schema, *schema.get("$defs", {}).values()]
    return {name for definition in definitions for name in definition.get("properties", {})}


_FIELDS = _fields(Bank.model_json_schema())
