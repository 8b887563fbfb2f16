"""How far the learner is: a line of text, a page, and a file to carry away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from quizzes import transfer
from quizzes.grading import Outcome
from quizzes.kinds import Question
from quizzes.markup import inline
from quizzes.model import Bank
from quizzes.reader import banks, misconceptions
from quizzes.reviewing import due
from quizzes.store import Attempt, Store, current_store

_HEADS = ("lesson", "questions answered", "right at the first try", "predictions made")
_STYLE = (
    "<style>.atr-progress{border-collapse:collapse}table.atr-progress :is(th,td){padding:4px 12px;"
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
class Saved:
    """A file that holds all attempts."""

    path: Path
    count: int

    def __repr__(self) -> str:
        return f"<Saved: {self.count} attempts in {self.path}>"

    def _repr_html_(self) -> str:
        name = escape(str(self.path), quote=True)
        return (
            f'<p>{self.count} attempts are in <a href="{name}" download>{name}</a>. Elsewhere, '
            f"<code>progress().load({escape(repr(self.path.name))})</code> adds them to what is there.</p>"
        )


@dataclass(frozen=True)
class Progress:
    """All lessons with their counts, how many questions are due for review, and the beliefs behind the last errors.

    `notice` says when answers are not saved.
    """

    rows: Sequence[Row]
    store: Store
    due: int = 0
    beliefs: Sequence[str] = ()
    notice: str = ""

    def save(self, path: str = "my_progress.json") -> Saved:
        """Writes all attempts into one file. Raises `TransferError`."""
        attempts = self.store.attempts()
        transfer.write(attempts, Path(path))
        return Saved(Path(path), len(attempts))

    def load(self, path: str = "my_progress.json") -> "Progress":
        """Adds the attempts of such a file to those that are here, each once. Raises `TransferError`."""
        self.store.merge(transfer.read(Path(path)))
        return progress()

    def __repr__(self) -> str:
        lessons = ", ".join(f"{row.lesson} {row.done} of {row.items} answered" for row in self.rows)
        return f"<Progress: {lessons or 'no lesson has questions yet'}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
        body = "".join(_line(row) for row in self.rows)
        table = f'<table class="atr-progress"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
        notice = f"<p>{escape(self.notice)}</p>" if self.notice else ""
        return f"{_STYLE}{table}{self._review()}{self._beliefs()}{notice}"

    def _review(self) -> str:
        count = f"{self.due} question{' is' if self.due == 1 else 's are'}" if self.due else "Nothing is"
        return f"<p>{count} due for review today.</p>"

    def _beliefs(self) -> str:
        if not self.beliefs:
            return ""
        lines = "".join(f"<li>{inline(belief)}</li>" for belief in self.beliefs)
        return f"<p>Behind your last wrong answers may stand:</p><ul>{lines}</ul>"


def progress() -> Progress:
    """How many questions of each lesson you answered, how many at the first try, and your predictions."""
    store = current_store()
    attempts = store.attempts()
    rows = [count(bank, attempts) for bank in banks()]
    again = sum(known is not None for _, known in due(attempts, datetime.now(UTC)))
    return Progress(rows, store, again, beliefs(banks(), attempts), store.notice)


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


def beliefs(all_banks: Sequence[Bank], attempts: Sequence[Attempt]) -> list[str]:
    """What seems to be believed: the misconceptions behind the last answer to each question, if that was wrong."""
    last = {attempt.item: attempt for attempt in attempts if attempt.action == "answer"}
    questions = [item for bank in all_banks for item in bank.questions if item.identifier in last]
    held = [name for question in questions for name in _misconceptions(question, last[question.identifier])]
    known = misconceptions()
    return [known[name].belief for name in dict.fromkeys(held) if name in known]


def _misconceptions(question: Question, attempt: Attempt) -> list[str]:
    if attempt.outcome not in (Outcome.WRONG, Outcome.PARTLY) or question.missing(attempt.given):
        return []
    return [told.misconception for told in question.explanations(attempt.given, settled=False) if told.misconception]


def _line(row: Row) -> str:
    counts = (f"{row.answered} of {row.questions}", row.right_at_first, f"{row.predicted} of {row.predictions}")
    cells = "".join(f"<td>{cell}</td>" for cell in counts)
    return f'<tr><th scope="row">{escape(row.title)}</th>{cells}</tr>'
