"""What a learner may see of a question now: status, explanations, buttons. Never more than the tries allow. Pure."""

from collections.abc import Collection
from typing import Any

from quizzes.grading import Outcome
from quizzes.kinds import Explanation, Question
from quizzes.markup import inline, plain
from quizzes.page import State, button, note, state
from quizzes.standing import Standing

_AGAIN = "One try left: read why, then answer again."
_NO_MORE = "Read why; then see the answer, or start over."
_WORDS = {Outcome.WRONG: "Wrong.", Outcome.PARTLY: "Partly right."}


def of_question(
    item: Question, stands: Standing, hints: int, reminder: str = "", refutable: Collection[str] = ()
) -> State:
    """The state of a question with this standing, so many hints given, and perhaps a reminder of what is missing.

    What is wrong offers the run that refutes the belief behind it, if that is `refutable`.
    """
    told = explained(item, stands)
    status, tone = (reminder, "reminder") if reminder else _status(item, stands)
    return state(
        _buttons(item, stands, hints),
        status,
        tone,
        locked=not stands.can_try,
        answer=item.key if stands.shown and item.key_takes_the_place else stands.answer,
        confidence=stands.confidence,
        hints=[inline(hint) for hint in item.hints[:hints]],
        feedback=[_note(explanation, refutable) for explanation in told],
        spoken="" if reminder else " ".join(plain(e.text) for e in told if e.is_own or e.verdict == "right"),
    )


def explained(item: Question, stands: Standing) -> list[Explanation]:
    """After the key may be seen, what is told about every part; before that, only about what the learner answered."""
    if stands.settled or (stands.outcome == Outcome.RECORDED and not item.judged):
        return item.explanations(stands.answer, settled=True)
    if stands.outcome in (Outcome.NOT_ANSWERED, Outcome.RECORDED):
        return []
    return item.explanations(stands.answer, settled=False)


def beliefs(item: Question, stands: Standing) -> list[str]:
    """The misconceptions behind what the learner answered, as far as that is told now."""
    return [told.misconception for told in explained(item, stands) if told.is_own and told.misconception]


def _note(explanation: Explanation, refutable: Collection[str]) -> dict[str, Any]:
    belief = explanation.misconception if explanation.is_own else None
    return note(
        explanation.part,
        explanation.verdict,
        plain(explanation.label),
        inline(explanation.text),
        is_open=explanation.verdict != "other" or explanation.is_own,
        belief=belief if belief in refutable else None,
    )


def _status(item: Question, stands: Standing) -> tuple[str, str]:
    """The words for the outcome, and its tone."""
    if stands.solved:
        return ("Right, at the first try." if stands.tries == 1 else "Right."), "right"
    if stands.shown:
        return "This is the answer.", "recorded"
    if stands.outcome == Outcome.RECORDED:
        return "Recorded. Keep it in mind." if item.judged else "Kept. Compare it with the model answer.", "recorded"
    if stands.outcome == Outcome.NOT_ANSWERED:
        return "", ""
    return f"{_WORDS[Outcome(stands.outcome)]} {_AGAIN if stands.can_try else _NO_MORE}", stands.outcome


def _buttons(item: Question, stands: Standing, hints: int) -> list[dict[str, Any]]:
    """Check stays first and in place for as long as the question is on the page: the focus is on it."""
    row = [button("check", "Check" if item.judged else "Compare", stands.can_try)]
    if item.hints:
        given = f"Hint {min(hints + 1, len(item.hints))} of {len(item.hints)}"
        row.append(button("hint", given, hints < len(item.hints) and not stands.settled))
    if item.judged and (stands.can_show or stands.shown):
        row.append(button("show", "Show answer", stands.can_show))
    if not stands.can_try:
        row.append(button("restart", "Start over"))
    return row
