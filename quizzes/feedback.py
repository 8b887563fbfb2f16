"""What a learner may see of a question now: status, explanations, buttons. Never more than the tries allow. Pure."""

from typing import Any

from quizzes.grading import Outcome, is_right, known_error
from quizzes.markup import inline, plain
from quizzes.model import Choice, NumberItem, Question
from quizzes.page import State, button, note, state
from quizzes.standing import Standing

_AGAIN = "One try left: read why, then answer again."
_NO_MORE = "Read why; then see the answer, or start over."
_WORDS = {Outcome.WRONG: "Wrong.", Outcome.PARTLY: "Partly right."}


def of_question(item: Question, stands: Standing, hints: int, reminder: str) -> State:
    """The state of a question with this standing, so many hints given, and perhaps a reminder of what is missing."""
    status, tone = (reminder, "reminder") if reminder else _status(stands)
    return state(
        _buttons(item, stands, hints),
        status,
        tone,
        locked=not stands.can_try,
        answer=stands.answer,
        hints=[inline(hint) for hint in item.hints[:hints]],
        feedback=explanations(item, stands),
        spoken="" if reminder else " ".join(plain(text) for text in _own_feedback(item, stands)),
    )


def explanations(item: Question, stands: Standing) -> list[dict[str, Any]]:
    """After the key may be seen, a note for every option; before that, only for what the learner chose."""
    if stands.outcome in (Outcome.NOT_ANSWERED, Outcome.RECORDED) and not stands.settled:
        return []
    if isinstance(item, NumberItem):
        verdict, label = ("right", "Right") if stands.settled else ("wrong", "Wrong")
        return [note("", verdict, label, inline(text), True) for text in _own_feedback(item, stands)]
    chosen = set(stands.answer or [])
    told = item.choices if stands.settled else [choice for choice in item.choices if choice.identifier in chosen]
    return [_note(choice, choice.identifier in chosen) for choice in told]


def _note(choice: Choice, is_chosen: bool) -> dict[str, Any]:
    if choice.score:
        verdict, label = "right", "Right" if is_chosen else "This is right"
    else:
        verdict, label = ("wrong", "Wrong") if is_chosen else ("other", "Not this one")
    return note(choice.identifier, verdict, label, inline(choice.feedback), verdict != "other")


def _own_feedback(item: Question, stands: Standing) -> list[str]:
    """The feedback to what was answered, and the key once it may be seen."""
    if stands.outcome in (Outcome.NOT_ANSWERED, Outcome.RECORDED) and not stands.settled:
        return []
    if not isinstance(item, NumberItem):
        chosen = set(stands.answer or [])
        return [c.feedback for c in item.choices if c.identifier in chosen or (stands.settled and c.score)]
    if stands.shown:
        return [f"{item.answer:g} {item.unit}. {item.feedback}".replace(" .", ".")]
    if is_right(item, stands.answer):
        return [item.feedback]
    known = known_error(item, stands.answer)
    return [known.feedback if known else item.general_feedback]


def _status(stands: Standing) -> tuple[str, str]:
    """The words for the outcome, and its tone."""
    if stands.solved:
        return ("Right, at the first try." if stands.tries == 1 else "Right."), "right"
    if stands.shown:
        return "This is the answer.", "recorded"
    if stands.outcome == Outcome.RECORDED:
        return "Recorded. Keep it in mind.", "recorded"
    if stands.outcome == Outcome.NOT_ANSWERED:
        return "", ""
    return f"{_WORDS[Outcome(stands.outcome)]} {_AGAIN if stands.can_try else _NO_MORE}", stands.outcome


def _buttons(item: Question, stands: Standing, hints: int) -> list[dict[str, Any]]:
    """Check stays first and in place for as long as the question is on the page: the focus is on it."""
    row = [button("check", "Check", stands.can_try)]
    if item.hints:
        given = f"Hint {min(hints + 1, len(item.hints))} of {len(item.hints)}"
        row.append(button("hint", given, hints < len(item.hints) and not stands.settled))
    if stands.can_show or stands.shown:
        row.append(button("show", "Show answer", stands.can_show))
    if not stands.can_try:
        row.append(button("restart", "Start over"))
    return row
