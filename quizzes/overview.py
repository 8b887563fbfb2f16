"""How far the learner is: a line of text, and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from quizzes.grading import Outcome
from quizzes.model import Bank
from quizzes.reader import banks
from quizzes.store import Attempt, current_store

_HEADS = ("lesson", "questions answered", "right at the first try", "predictions made")
_STYLE = (
    "<style>.atr-progress{border-collapse:collapse}.atr-progress th,.atr-progress td{padding:4px 12px;"
    "text-align:left;border-bottom:1px solid currentColor}</style>"
)


@dataclass(frozen=True)
class Row:
    """The counts of one lesson."""

    lesson: str
    title: str
    questions: int
    answered: int
    right_at_first: int
    predictions: int
    predicted: int

    @property
    def items(self) -> int:
        """How many questions and predictions there are."""
        return self.questions + self.predictions

    @property
    def done(self) -> int:
        """How many of them have an answer."""
        return self.answered + self.predicted


@dataclass(frozen=True)
class Progress:
    """All lessons with their counts; `notice` says when answers are not saved."""

    rows: Sequence[Row]
    notice: str = ""

    def __repr__(self) -> str:
        lessons = ", ".join(f"{row.lesson} {row.done} of {row.items} answered" for row in self.rows)
        return f"<Progress: {lessons or 'no lesson has questions yet'}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
        body = "".join(_line(row) for row in self.rows)
        table = f'<table class="atr-progress"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
        return f"{_STYLE}{table}" + (f"<p>{escape(self.notice)}</p>" if self.notice else "")


def progress() -> Progress:
    """How many questions of each lesson you answered, how many at the first try, and your predictions."""
    store = current_store()
    attempts = store.attempts()
    return Progress([count(bank, attempts) for bank in banks()], store.notice)


def count(bank: Bank, attempts: Sequence[Attempt]) -> Row:
    """The counts of this bank's items over these attempts."""
    first: dict[str, Attempt] = {}
    for attempt in attempts:
        if attempt.action in ("answer", "prediction"):
            first.setdefault(attempt.item, attempt)
    answered = [first[item.identifier] for item in bank.asked if item.identifier in first]
    return Row(
        lesson=bank.lesson,
        title=bank.title,
        questions=len(bank.asked),
        answered=len(answered),
        right_at_first=sum(attempt.outcome == Outcome.RIGHT for attempt in answered),
        predictions=len(bank.predictions),
        predicted=sum(item.identifier in first for item in bank.predictions),
    )


def _line(row: Row) -> str:
    counts = (f"{row.answered} of {row.questions}", row.right_at_first, f"{row.predicted} of {row.predictions}")
    cells = "".join(f"<td>{cell}</td>" for cell in counts)
    return f'<tr><th scope="row">{escape(row.title)}</th>{cells}</tr>'
