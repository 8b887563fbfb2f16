"""Answers given to a question by keys alone, kind by kind. A further kind needs its own `give`."""

from functools import singledispatch
from itertools import chain, combinations, permutations
from typing import Any

from playwright.sync_api import Locator

from quizzes import card
from quizzes.grading import Outcome, grade
from quizzes.kinds import (
    ChoiceItem,
    ExtendedTextItem,
    HottextItem,
    MatchItem,
    NumberItem,
    OrderItem,
    PredictTableItem,
    Question,
    TextEntryItem,
)
from quizzes.trial import try_program


def wanted(item: Question, outcome: Outcome) -> Any:
    """An answer to this question with this outcome."""
    return item.key if outcome is Outcome.RIGHT else other_than_right(item, outcome)


@singledispatch
def other_than_right(item: Question, outcome: Outcome) -> Any:
    """A wrong or partly right answer. Raises `NotImplementedError` for a new kind."""
    raise NotImplementedError(f"say here how a question of type {type(item).__name__} is answered wrongly")


@other_than_right.register(ChoiceItem)
@other_than_right.register(HottextItem)
def _(item: ChoiceItem | HottextItem, outcome: Outcome) -> list[str]:
    names = [choice.identifier for choice in item.choices]
    answers = chain.from_iterable(combinations(names, count) for count in range(1, len(names) + 1))
    return next(list(answer) for answer in answers if grade(item, list(answer)).outcome == outcome)


@other_than_right.register
def _(item: NumberItem, outcome: Outcome) -> float:
    return item.key + 2 * item.tolerance + 1


@other_than_right.register
def _(item: TextEntryItem, outcome: Outcome) -> str:
    return "something else"


@other_than_right.register
def _(item: ExtendedTextItem, outcome: Outcome) -> str:
    return "Because the answer is sent first."


@other_than_right.register
def _(item: MatchItem, outcome: Outcome) -> dict[str, str]:
    rotated = [target.identifier for target in item.targets]
    next_one = dict(zip(rotated, [*rotated[1:], rotated[0]], strict=True))
    wrong = {source: next_one[target] for source, target in item.key.items()}
    if outcome is Outcome.PARTLY:
        first = item.sources[0].identifier
        wrong[first] = item.key[first]
    return wrong


@other_than_right.register
def _(item: OrderItem, outcome: Outcome) -> list[Any]:
    orders = map(list, permutations(item.key))
    if item.program:
        return next(order for order in orders if try_program(item, order).score == 0)
    return next(order for order in orders if grade(item, order).outcome == outcome)


def give(item: Question, question: Locator, outcome: Outcome) -> None:
    """Puts an answer with this outcome into the question's fields, and leaves the focus in one of them."""
    _type(item, question, wanted(item, outcome))


@singledispatch
def _type(item: Question, question: Locator, answer: Any) -> None:
    raise NotImplementedError(f"say here by which keys a question of type {type(item).__name__} is answered")


@_type.register(ChoiceItem)
@_type.register(HottextItem)
def _(item: ChoiceItem | HottextItem, question: Locator, answer: list[str]) -> None:
    for choice in item.choices:
        field = question.locator(f"input[value='{choice.identifier}']")
        if field.is_checked() != (choice.identifier in answer) and (
            item.max_choices > 1 or choice.identifier in answer
        ):
            field.press("Space")


@_type.register(NumberItem)
@_type.register(TextEntryItem)
@_type.register(ExtendedTextItem)
def _(item: Question, question: Locator, answer: float | str) -> None:
    field = question.get_by_role("textbox")
    field.press("ControlOrMeta+a")
    field.press_sequentially(answer if isinstance(answer, str) else f"{answer:g}")


@_type.register
def _(item: MatchItem, question: Locator, answer: dict[str, str]) -> None:
    listed = [target["identifier"] for target in card.face(item, "")["targets"]]
    for source, field in zip(item.sources, question.locator("select:not(.sure)").all(), strict=True):
        _choose(field, listed.index(answer[source.identifier]))


def fill(item: PredictTableItem, prediction: Locator, guess: dict[str, str]) -> None:
    """Puts a guess into the cells of a table, row by row, and leaves the focus in the last one."""
    listed = [outcome.identifier for outcome in item.outcomes]
    asked = [name for row in card.face(item, "")["rows"] for name in row["cells"] if name]
    for name, field in zip(asked, prediction.locator("td select").all(), strict=True):
        _choose(field, listed.index(guess[name]))


def _choose(field: Locator, place: int) -> None:
    """Chooses the target at this place of a list."""
    field.press("Home")
    for _ in range(1 + place):
        field.press("ArrowDown")


@_type.register
def _(item: OrderItem, question: Locator, answer: list[Any]) -> None:
    box = Blocks(item, question)
    for place, (name, indent) in enumerate(item.placed(answer)):
        box.go_to(name)
        box.press("Alt+ArrowUp", box.names().index(name) - place)
        box.indent(indent)
    for name in box.names()[len(answer) :]:
        box.go_to(name)
        if box.chosen().get_attribute("data-out") == "false":
            box.press("Delete")


class Blocks:
    """The list of an order question, moved by keys."""

    def __init__(self, item: OrderItem, question: Locator) -> None:
        self._list = question.get_by_role("listbox")
        self._written = [choice["identifier"] for choice in card.face(item, "")["choices"]]

    def names(self) -> list[str]:
        """The identifiers of the blocks, from the top."""
        ids = self._list.get_by_role("option").evaluate_all("blocks => blocks.map(block => block.id)")
        return [self._written[int(each.rpartition("-")[2])] for each in ids]

    def chosen(self) -> Locator:
        """The block that the keys move."""
        return self._list.locator("[aria-selected=true]")

    def press(self, key: str, times: int = 1) -> None:
        """Presses a key in the list."""
        for _ in range(times):
            self._list.press(key)

    def go_to(self, name: str) -> None:
        """Chooses a block by the arrow keys."""
        self.press("ArrowUp", len(self._written))
        self.press("ArrowDown", self.names().index(name))

    def indent(self, levels: int) -> None:
        """Gives the chosen block so many levels, and takes it in if it was left out."""
        if self.chosen().get_attribute("data-out") == "true":
            self.press("Delete")
        self.press("Alt+ArrowLeft", 4)
        self.press("Alt+ArrowRight", levels)
