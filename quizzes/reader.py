"""Reads the banks: YAML in, checked items out, and for each mistake one sentence with its file and line."""

import functools
import re
import reprlib
import textwrap
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from quizzes.errors import BankError, UnknownItem, UnknownLesson, suggestion
from quizzes.kinds import KINDS, Entry, Forecast
from quizzes.misconceptions import Misconception, Misconceptions
from quizzes.model import Bank

FOLDER = Path(__file__).parent / "bank"
_LESSON = re.compile(r"\d\d_[a-z0-9_]+")  # a translation has its language behind a dot: 01_slug.de.yaml
_DEEPEST = 50  # levels; a whole bank has fewer than ten
_LONGEST = 1000  # characters of a sentence about a mistake
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one needs libyaml


def lessons(folder: Path = FOLDER) -> list[str]:
    """The names of the lessons that have a bank, in order."""
    return sorted(path.stem for path in folder.glob("*.yaml") if _LESSON.fullmatch(path.stem))


def bank(lesson: str, folder: Path = FOLDER) -> Bank:
    """The bank of this lesson. Raises `UnknownLesson`, or `BankError` when its file is wrong."""
    if lesson not in lessons(folder):
        raise UnknownLesson(f"There is no quiz {lesson!r}. {suggestion(lesson, lessons(folder))}")
    return read(folder / f"{lesson}.yaml")


def banks(folder: Path = FOLDER) -> list[Bank]:
    """All banks, in the order of the lessons."""
    return [bank(lesson, folder) for lesson in lessons(folder)]


def prediction(identifier: str, folder: Path = FOLDER) -> tuple[Forecast, Bank]:
    """The prediction with this identifier, and its bank. Raises `UnknownItem`."""
    found = {item.identifier: (item, bank) for bank in banks(folder) for item in bank.predictions}
    if identifier not in found:
        raise UnknownItem(f"There is no prediction {identifier!r}. {suggestion(identifier, found)}")
    return found[identifier]


def misconceptions(folder: Path = FOLDER) -> dict[str, Misconception]:
    """What is wrongly believed, by identifier; nothing if the folder has no such file. Raises `BankError`."""
    path = folder / "misconceptions.yaml"
    if not path.exists():
        return {}
    found: Misconceptions = _read(path, Misconceptions, path.stat().st_mtime_ns)
    return {belief.identifier: belief for belief in found.misconceptions}


def read(path: Path) -> Bank:
    """The bank in this file. Raises `BankError`, which names the line."""
    found: Bank = _read(path, Bank, path.stat().st_mtime_ns)
    lesson = path.name.partition(".")[0]
    if found.lesson != lesson:
        line = line_of(path, ("lesson",))
        raise _mistake(path, line, f"`lesson` is {found.lesson!r}; write {lesson!r}, the file's own name.")
    return found


def line_of(path: Path, location: tuple[int | str, ...]) -> int:
    """The line of an entry of this file, such as `("items", 3, "prompt")`. Raises `BankError`."""
    return _line(_parse(path, path.stat().st_mtime_ns)[0], location)


@functools.cache
def _read(path: Path, model: type[Any], version: int) -> Any:
    root, data = _parse(path, version)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        # A misspelt field is also a missing one; the misspelling is what the author can see.
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        raise _mistake(path, _line(root, first["loc"]), _sentence(first)) from None


@functools.lru_cache(maxsize=8)  # a linter asks for many lines of one file
def _parse(path: Path, version: int) -> tuple[yaml.Node, Any]:
    """The file's YAML twice: as nodes, which know their lines, and as plain data."""
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        if root is None:
            raise _mistake(path, 1, "the file is empty; copy the first lines of another bank.")
        _check_plain(path, root)
        return root, loader.construct_document(root)
    except BankError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _mistake(path, line, f"this is not YAML: {error.problem}. Look at this line.") from None
    except RecursionError:
        raise _mistake(path, 1, "the file cannot be read: it is nested too deeply.") from None
    except (AttributeError, LookupError):  # from inside of YAML, about a value such as `!!int x`
        raise _mistake(
            path, 1, "the file cannot be read: a value does not fit its tag (`!!`); remove the tag."
        ) from None
    except (yaml.YAMLError, OSError, ValueError) as error:
        raise _mistake(path, 1, f"the file cannot be read: {str(error).partition(chr(10))[0]}.") from None


def _check_plain(path: Path, root: yaml.Node) -> None:
    """Raises `BankError` for a field given twice, for an alias, and for nesting that only a mistake has.

    A few aliases can stand for a billion entries.
    """
    seen, waiting = set[int](), [(1, root)]
    while waiting:
        depth, node = waiting.pop()
        line = node.start_mark.line + 1
        if depth > _DEEPEST:
            raise _mistake(
                path, line, f"this is nested too deeply, in more than {_DEEPEST} levels; is a bracket left open?"
            )
        if id(node) in seen:
            raise _mistake(
                path, line, "this is used again by an alias (`*`), which banks do not have; write it out there."
            )
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            if key := _repeated_key(node):
                line = key.start_mark.line + 1
                raise _mistake(path, line, f"the field {key.value!r} is given twice; remove one.")
            waiting += [(depth + 1, part) for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(depth + 1, part) for part in node.value]


def _repeated_key(mapping: yaml.MappingNode) -> yaml.ScalarNode | None:
    seen: set[str] = set()
    for key, _ in mapping.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                return key
            seen.add(key.value)
    return None


def _mistake(path: Path, line: int, sentence: str) -> BankError:
    """The error of this line. Names and values come from the file, so they may be long, and have line breaks."""
    return BankError(f"{path.name}:{line}: {textwrap.shorten(sentence, _LONGEST, placeholder='…')}")


def _line(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """The line of the deepest entry on the way to `location`; pydantic also puts names of kinds on that way."""
    line = node.start_mark.line
    for step in location:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    node, line = value, key.start_mark.line
    return int(line) + 1


def _sentence(error: Any) -> str:
    """What is wrong and what to do, from pydantic's own description of the error."""
    field = next((step for step in reversed(error["loc"]) if isinstance(step, str)), "the file")
    match error["type"]:
        case "extra_forbidden":
            return f"there is no field `{field}` here. {suggestion(field, _fields())}"
        case "missing":
            return f"the field `{field}` is missing; add it."
        case "union_tag_not_found":
            return f"the field `kind` is missing; write one of: {', '.join(KINDS)}."
        case "union_tag_invalid":
            tag = error["ctx"]["tag"]
            return f"there is no kind {reprlib.repr(tag)}. {suggestion(str(tag), KINDS)}"
        case "value_error":
            return f"{error['ctx']['error']}."
        case "string_type":
            return f"`{field}` must be text, but YAML reads it as {reprlib.repr(error['input'])}; put it in quotes."
    return f"`{field}`: {error['msg'][0].lower()}{error['msg'][1:]}."


@functools.cache
def _fields() -> set[str]:
    """The names of all fields of all entries."""
    entries, found = list(Entry.__subclasses__()), set[str]()
    while entries:
        model = entries.pop()
        found |= set(model.model_fields)
        entries += model.__subclasses__()
    return found
