"""What a learner and one item go through, as plain values: the widget only shows them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from quizzes import markup
from quizzes.grading import Grade, Outcome, grade
from quizzes.model import ChoiceItem, Item, NumberItem
from quizzes.store import Attempt, Store

Status = Literal[
    "unanswered", "wrong", "partly", "right", "recorded", "shown", "running", "observing", "explained", "failed"
]
_TRIES = 2


@dataclass(frozen=True)
class State:
    """What the page may know of an item now. Feedback is in it only once an answer has earned it."""

    status: Status = "unanswered"
    chosen: tuple[str, ...] = ()
    message: str = ""
    feedback: Mapping[str, str] = field(default_factory=dict)
    right: tuple[str, ...] = ()
    remark: str = ""
    hints: tuple[str, ...] = ()
    tries: int = 0
    final: bool = False
    badge: str = ""
    picture: str = ""

    def sent(self) -> dict[str, Any]:
        """The state as the page gets it."""
        return asdict(self)


def shown(item: Item) -> dict[str, Any]:
    """The item as the page gets it: everything but the key."""
    choices = [] if isinstance(item, NumberItem) else item.choices
    return {
        "identifier": item.identifier,
        "kind": item.kind,
        "prompt": markup.block(item.prompt),
        "multiple": isinstance(item, ChoiceItem) and item.max_choices > 1,
        "unit": item.unit if isinstance(item, NumberItem) else "",
        "hints": len(item.hints),
        "choices": [{"identifier": c.identifier, "content": markup.inline(c.content)} for c in choices],
    }


class Session:
    """One learner at one `choice` or `number` item; begins where the stored attempts end."""

    def __init__(self, item: ChoiceItem | NumberItem, store: Store) -> None:
        self.item = item
        self._store = store
        self.state = self._restored()

    def answer(self, answer: list[str]) -> State:
        """The state after this answer; an empty one counts as no attempt."""
        if self.state.final:
            return self.state
        judged = grade(self.item, answer)
        if judged.outcome == "not_answered":
            self.state = replace(self.state, message=judged.remark)
        else:
            self._keep(answer, judged.outcome, judged.score)
            self.state = self._after(judged, answer, self.state.tries + 1)
        return self.state

    def hint(self) -> State:
        """The state with one hint more."""
        hints = tuple(markup.inline(hint) for hint in self.item.hints[: len(self.state.hints) + 1])
        self.state = replace(self.state, hints=hints, message=f"Hint {len(hints)} of {len(self.item.hints)} shown.")
        return self.state

    def show(self) -> State:
        """The state with the answer and every reason, on the learner's wish; recorded, not scored."""
        self._keep([], "recorded", 0.0)
        message = "This is the answer, and why."
        self.state = replace(self._explained("shown"), chosen=self.state.chosen, message=message)
        return self.state

    def start_over(self) -> State:
        """A fresh state; what was answered stays stored."""
        self.state = State(message="Choose again.")
        return self.state

    def _after(self, judged: Grade, answer: list[str], tries: int) -> State:
        status: Any = judged.outcome
        if judged.outcome == "right":
            return replace(self._explained("right"), chosen=tuple(answer), message=judged.remark, tries=tries)
        own = {name: markup.inline(text) for name, text in judged.feedback.items() if name in answer}
        left = judged.outcome in ("wrong", "partly") and tries < _TRIES
        said = f"{judged.remark} {'Try once more.' if left else ''}".strip()
        return replace(
            self.state,
            status=status,
            chosen=tuple(answer),
            message=said,
            feedback={} if judged.outcome == "recorded" else own,
            tries=tries,
            final=judged.outcome == "recorded",
            badge="",
        )

    def _explained(self, status: Status) -> State:
        item = self.item
        if isinstance(item, NumberItem):
            answer = f"{item.answer:g} {item.unit}".strip()
            return State(status, remark=f"{answer}: {markup.inline(item.feedback)}", final=True)
        feedback = {choice.identifier: markup.inline(choice.feedback) for choice in item.choices}
        right = tuple(choice.identifier for choice in item.choices if choice.score)
        return State(status, feedback=feedback, right=right, final=True)

    def _keep(self, answer: list[str], outcome: Outcome, score: float) -> None:
        item = self.item
        self._store.add(Attempt(item.identifier, item.content_hash, item.kind, answer, outcome, score))

    def _restored(self) -> State:
        attempts = self._store.attempts(self.item.identifier)
        if not attempts:
            return State()
        last = attempts[-1]
        if last.content != self.item.content_hash:
            return State(badge="This question changed since you answered it.")
        if not last.answer:
            return replace(self._explained("shown"), message="You had the answer shown.")
        tries = 1 if last.outcome == "right" else _TRIES
        restored = self._after(grade(self.item, list(last.answer)), list(last.answer), tries)
        return replace(restored, message=f"Answered before. {restored.message}")
