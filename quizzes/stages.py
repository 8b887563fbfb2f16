"""The stages of a prediction as the page shows them: choose, run, compare, say what was seen, read why. Pure."""

from html import escape
from typing import Any

from quizzes.card import Face, face
from quizzes.kinds import Outlook, PredictItem
from quizzes.markup import inline, plain
from quizzes.measurement import Measurement
from quizzes.page import State, button, note, state

INVITATION = "Run this cell to predict what the server will do."
_LOCKED = "Choose, then Commit: only then does it run."
HIDDEN = state([], hidden=True)
_METHOD = (
    "The facts, from an experiment that looks at the order of events and at no clock, so the speed of your machine "
    "plays no part."
)


def seen(item: PredictItem) -> str:
    """The identifier of the second question, what the learner saw; identifiers of items hold no slash."""
    return f"{item.identifier}/seen"


def prediction_face(item: PredictItem) -> Face:
    """The prediction itself."""
    return face(item, "Prediction")


def seen_face(item: PredictItem) -> Face:
    """The question asked after the run, with the same choices."""
    look = {
        "identifier": seen(item),
        "legend": "What did you see?",
        "prompt": "",
        "note": "Choose what the picture shows.",
    }
    return prediction_face(item) | look


def choosing(reminder: str = "") -> State:
    """Before the commitment."""
    buttons = [button("commit", "Commit"), button("run", "Run without a prediction")]
    return state(buttons, reminder or _LOCKED, "reminder" if reminder else "", answer=[])


def committed_before(chosen: str) -> State:
    """The learner committed in an earlier session: the picture of it is gone, and can be made again."""
    return state(_again(), "You predicted this before. Run it again to compare.", "recorded", **_locked(chosen))


def running(chosen: str | None) -> State:
    """While the server works."""
    buttons = [button("commit", "Running…", False), button("run", "Run without a prediction", False)]
    return state(buttons, "Running… waiting for the server.", "busy", **_locked(chosen))


def failed(chosen: str | None, error: BaseException) -> State:
    """The run came to nothing; the prediction is kept."""
    sentence = str(error) if hasattr(error, "_render_traceback_") else f"{type(error).__name__}: {error}"
    status = f"The run failed. {sentence} Your prediction is kept: put it right, then run again."
    return state(_again(), status, "wrong", **_locked(chosen))


def measured(item: PredictItem, chosen: str | None, result: Measurement) -> State:
    """The picture, with the learner's seconds across it, and the facts that confirm it."""
    outlook = next((choice for choice in item.choices if choice.identifier == chosen), None)
    facts = "".join(
        f"<li>{escape(name)}: <strong>{escape(str(fact))}</strong></li>" for name, fact in result.facts.items()
    )
    return state(
        _again(),
        "Done: compare your prediction with the picture." if outlook else "Done: look at the picture.",
        "recorded",
        picture=result.timeline.html(outlook.seconds if outlook else None),
        reading=f"<p>{_METHOD}</p><ul>{facts}</ul>",
        **_locked(chosen),
    )


def asking(reminder: str = "") -> State:
    """After the run: what did you see?"""
    return state([button("observe", "I saw this"), button("pass", "Skip")], reminder, "reminder", answer=[])


def explained(item: PredictItem, chosen: str | None, observed: str | None, result: Measurement) -> State:
    """Which choice happened, and why, for each of them."""
    happened = result.choice
    own = {chosen, observed}
    return state(
        [button("observe", "I saw this", False), button("pass", "Skip", False)],
        _verdict(chosen, observed, happened),
        "right" if chosen == happened.identifier else "recorded",
        locked=True,
        answer=[observed] if observed else [],
        feedback=[_note(choice, happened, choice.identifier in own) for choice in item.choices],
        spoken=plain(happened.feedback),
    )


def _note(choice: Outlook, happened: Outlook, is_own: bool) -> dict[str, Any]:
    if choice is happened:
        verdict, label = "right", "This happened"
    else:
        verdict, label = "wrong" if is_own else "other", "This did not happen"
    return note(choice.identifier, verdict, label, inline(choice.feedback), verdict != "other")


def _verdict(chosen: str | None, observed: str | None, happened: Outlook) -> str:
    what = f"What happened: “{plain(happened.content)}”."
    if observed and observed != happened.identifier:
        what = f"Look at the picture once more. {what}"
    if chosen is None:
        return what
    if chosen == happened.identifier:
        return f"{what} You predicted it."
    return f"{what} You predicted something else; now you know, and that is what sticks."


def _again() -> list[dict[str, Any]]:
    return [button("again", "Run again"), button("restart", "Predict again")]


def _locked(chosen: str | None) -> State:
    return {"locked": True, "answer": [chosen] if chosen else []}
