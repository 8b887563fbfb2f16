"""What the rules look at: a bank beside its file, and each of its parts with the place where it stands."""

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from quizzes.errors import BankError
from quizzes.kinds import AnyItem, Question
from quizzes.model import Bank
from quizzes.reader import line_of, read

Location = tuple[int | str, ...]
Entry = dict[str, Any]

_DATA = {"arguments", "facts", "variants"}  # their fields are the author's own
_CODE = re.compile(r"^ *(```|~~~).*?^ *\1|(?<!`)`+[^`]+`+", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to correct, and where it is."""

    path: Path
    line: int
    code: str
    message: str

    @property
    def is_error(self) -> bool:
        """Whether the bank cannot be used like this; else it could be better."""
        return self.code.startswith("E")

    def __str__(self) -> str:
        here = Path.cwd()
        path = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
        message = "".join(sign if sign.isprintable() else " " for sign in self.message)
        return f"{path}:{self.line}: {self.code} {message}"


@dataclass(frozen=True)
class Source:
    """A bank, or a translation of one, beside its file."""

    path: Path
    bank: Bank

    def finding(self, code: str, message: str, *location: int | str) -> Finding:
        """A finding about what stands at `location`, such as `"items", 3, "prompt"`."""
        return Finding(self.path, line_of(self.path, location), code, message)

    @property
    def is_english(self) -> bool:
        """Whether rules about English words apply."""
        return self.bank.lang.partition("-")[0] == "en"

    @property
    def items(self) -> Iterator[tuple[Location, AnyItem]]:
        """Each item with its location."""
        for number, item in enumerate(self.bank.items):
            yield ("items", number), item

    @functools.cached_property
    def entries(self) -> list[tuple[Location, Entry]]:
        """Everything that has fields, from the bank itself down to each option, as plain data."""
        return list(_entries(self.bank.model_dump(exclude_unset=True), ()))

    def entries_of(self, item: Location) -> Iterator[tuple[Location, Entry]]:
        """The entries of the item at this location, itself included."""
        return ((location, entry) for location, entry in self.entries if location[:2] == item)

    def texts(self, *fields: str) -> Iterator[tuple[Location, str]]:
        """Each text in one of these fields, or in a list there."""
        for location, entry in self.entries:
            for field in entry.keys() & set(fields):
                for place, text in _strings(entry[field]):
                    yield (*location, field, *place), text


def read_source(path: Path) -> Source:
    """The bank in this file. Raises `BankError`, also for a variant that makes no question."""
    source = Source(path, read(path))
    for location, item in source.items:
        if isinstance(item, Question):
            for place in range(len(item.variants)):
                _check_variant(path, item, place, (*location, "variants", place))
    return source


def _check_variant(path: Path, item: Question, place: int, location: Location) -> None:
    try:
        item.drawn(place)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        line = line_of(path, location)
        raise BankError(f"{path.name}:{line}: this variant makes no question: {reason}.") from None


Rule = Callable[[Source], Iterator[Finding]]


def bare(text: str) -> str:
    """The text without what a reader does not see as a difference: capitals, backticks and spaces."""
    return " ".join(text.replace("`", "").casefold().split())


def prose(text: str) -> str:
    """The text without its code."""
    return _CODE.sub(" ", text)


def _entries(value: Any, location: Location) -> Iterator[tuple[Location, Entry]]:
    if isinstance(value, dict):
        yield location, value
        for name in value.keys() - _DATA:
            yield from _entries(value[name], (*location, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _entries(part, (*location, number))


def _strings(value: Any) -> Iterator[tuple[Location, str]]:
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, list):
        for number, part in enumerate(value):
            if isinstance(part, str):
                yield (number,), part
