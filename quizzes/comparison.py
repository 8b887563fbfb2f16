"""The stages of a prediction after its run: compare, say what was seen, read why. Pure."""

from collections.abc import Mapping
from functools import singledispatch
from html import escape
from typing import Any

from quizzes.card import Face
from quizzes.kinds import Answer, Forecast, PredictItem, PredictTableItem
from quizzes.kinds.predict_table import TableCell
from quizzes.markup import inline, plain
from quizzes.measurement import Measurement
from quizzes.page import State, button, note, state
from quizzes.stages import again, locked, prediction_face

_METHOD = (
    "The facts, from an experiment that looks at the order of events and at no clock, so the speed of your machine "
    "plays no part."
)


def seen(item: Forecast) -> str:
    """The identifier of the second question, what the learner saw; identifiers of items hold no slash."""
    return f"{item.identifier}/seen"


@singledispatch
def seen_face(item: Any) -> Face:
    """What is asked after the run, with a place for every reason."""
    raise NotImplementedError(f"say here what is asked after the run of a {type(item).__name__}")


@seen_face.register
def _(item: PredictItem) -> Face:
    look = {
        "identifier": seen(item),
        "legend": "What did you see?",
        "prompt": "",
        "note": "Choose what the picture shows.",
    }
    return prediction_face(item) | look


@seen_face.register
def _(item: PredictTableItem) -> Face:
    names = [f"{inline(cell.row)}, {inline(cell.column)}" for cell in item.cells]
    look = {
        "identifier": seen(item),
        "legend": "Why?",
        "prompt": "",
        "note": "Look at each cell that you did not expect. Why did it come out so? Say it to yourself, then read why.",
        "control": "reasons",
        "choices": [
            {"identifier": cell.identifier, "content": name} for cell, name in zip(item.cells, names, strict=True)
        ],
    }
    return prediction_face(item) | look


@singledispatch
def measured(item: Any, guess: Answer, result: Measurement) -> State:
    """The picture with the learner's guess in it, and the facts that confirm it."""
    raise NotImplementedError(f"say here what is shown after the run of a {type(item).__name__}")


@measured.register
def _(item: PredictItem, guess: Answer, result: Measurement) -> State:
    outlook = item.choice(guess)
    facts = "".join(
        f"<li>{escape(name)}: <strong>{escape(str(fact))}</strong></li>" for name, fact in result.facts.items()
    )
    return state(
        again(),
        "Done: compare your prediction with the picture." if outlook else "Done: look at the picture.",
        "recorded",
        picture=result.timeline.html(outlook.seconds if outlook else None),
        reading=f"<p>{_METHOD}</p><ul>{facts}</ul>",
        **locked(item, guess),
    )


@measured.register
def _(item: PredictTableItem, guess: Answer, result: Measurement) -> State:
    table: Any = result.timeline
    return state(
        again(),
        f"Done: {_rights(item, guess, result)} Compare them in the table." if guess else "Done: look at the table.",
        "recorded",
        picture=table.html(_beside(item, guess, result.key) if guess else {}),
        reading=f"<p>{_METHOD}</p>",
        **locked(item, guess),
    )


def _rights(item: PredictTableItem, guess: Answer, result: Measurement) -> str:
    return f"{item.rights(guess, result.key)} of {len(item.cells)} as you predicted."


def _beside(item: PredictTableItem, guess: Mapping[str, str], key: Mapping[str, str]) -> dict[str, tuple[str, bool]]:
    """What was said of each cell of the picture, by the name of its fact, and whether it is what happened."""
    said = {cell.fact: cell.identifier for cell in item.cells}
    return {fact: (plain(item.content(guess[name])), guess[name] == key[name]) for fact, name in said.items()}


@singledispatch
def asking(item: Any, reminder: str = "") -> State:
    """After the run, before the reasons are told."""
    raise NotImplementedError(f"say here what a learner does after the run of a {type(item).__name__}")


@asking.register
def _(item: PredictItem, reminder: str = "") -> State:
    return state([button("observe", "I saw this"), button("pass", "Skip")], reminder, "reminder", answer=[])


@asking.register
def _(item: PredictTableItem, reminder: str = "") -> State:
    return state([button("pass", "Read why")])


@singledispatch
def explained(item: Any, guess: Answer, observed: Answer, result: Measurement) -> State:
    """What happened, and why, for each part that could be predicted."""
    raise NotImplementedError(f"say here what explains the run of a {type(item).__name__}")


@explained.register
def _(item: PredictItem, guess: Answer, observed: Answer, result: Measurement) -> State:
    happened = item.choice(result.key)
    assert happened
    return state(
        [button("observe", "I saw this", False), button("pass", "Skip", False)],
        _verdict(guess, observed, result.key, plain(happened.content)),
        "right" if guess == result.key else "recorded",
        locked=True,
        answer=item.fields(observed),
        feedback=[
            _of_choice(choice.identifier, choice.feedback, choice is happened, choice.identifier in (guess, observed))
            for choice in item.choices
        ],
        spoken=plain(happened.feedback),
    )


def _of_choice(part: str, feedback: str, happened: bool, is_own: bool) -> dict[str, Any]:
    if happened:
        verdict, label = "right", "This happened"
    else:
        verdict, label = "wrong" if is_own else "other", "This did not happen"
    return note(part, verdict, label, inline(feedback), verdict != "other")


def _verdict(guess: Answer, observed: Answer, key: Answer, content: str) -> str:
    what = f"What happened: “{content}”."
    if observed and observed != key:
        what = f"Look at the picture once more. {what}"
    if guess is None:
        return what
    if guess == key:
        return f"{what} You predicted it."
    return f"{what} You predicted something else; now you know, and that is what sticks."


@explained.register
def _(item: PredictTableItem, guess: Answer, observed: Answer, result: Measurement) -> State:
    buttons = [button("pass", "Read why", False)]
    feedback = [_of_cell(item, cell, guess or {}, result.key) for cell in item.cells]
    if not guess:
        return state(buttons, "Open a cell to read why.", "recorded", locked=True, feedback=feedback)
    if guess == result.key:
        return state(buttons, _rights(item, guess, result), "right", locked=True, feedback=feedback)
    told = f"{_rights(item, guess, result)} Why the others came out differently stands above; that is what sticks."
    return state(buttons, told, "recorded", locked=True, feedback=feedback)


def _of_cell(
    item: PredictTableItem, cell: TableCell, guess: Mapping[str, str], key: Mapping[str, str]
) -> dict[str, Any]:
    """The reason of one cell, open where something else was predicted."""
    said, happened = guess.get(cell.identifier), key[cell.identifier]
    verdict, label = "other", plain(item.content(happened))
    if said == happened:
        verdict, label = "right", f"{label}, as you said"
    elif said:
        verdict, label = "wrong", f"you said “{plain(item.content(said))}”."
    return note(cell.identifier, verdict, label, inline(cell.feedback), is_open=verdict == "wrong")
