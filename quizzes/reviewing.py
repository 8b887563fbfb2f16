"""The review: what is due, from all lessons, as fresh variants."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import islice
from typing import Any

from quizzes.kinds import Question
from quizzes.model import SHOWN_AT_MOST
from quizzes.proof import keyed
from quizzes.questions import Quiz
from quizzes.reader import banks
from quizzes.schedule import Memory, Subject, memory, subjects
from quizzes.store import Attempt, current_store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NothingDue:
    """A day without a review, and why."""

    reason: str

    def __repr__(self) -> str:
        return f"<Review: {self.reason}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.reason)}</p>"


def review(at_most: int = SHOWN_AT_MOST) -> Quiz | NothingDue:
    """Questions that are due today, those first that you were certain of and got wrong; then some you have not met.

    What was asked in a lesson comes again as another variant, or with its options in another order.
    """
    store, now = current_store(), datetime.now(UTC)
    attempts = store.attempts()
    drawn = (_drawn(subject, known.days if known else 0) for subject, known in due(attempts, now))
    chosen = list(islice(filter(None, drawn), at_most))
    if not chosen:
        return NothingDue(_reason(attempts))
    since = now.isoformat(timespec="milliseconds")
    asked, origins = zip(*chosen, strict=True)
    return Quiz("review", "Review", asked, store, since=since, origins=origins)


def _drawn(subject: Subject, seed: int) -> tuple[Question, str] | None:
    """A question of the subject and where it comes from; None if an edited app does not show the answer to it."""
    try:
        return keyed(subject.drawn(seed)), subject.bank.title
    except Exception:  # whatever an edited app raises; the other questions can be asked
        log.warning("left out of the review: the answer to %s cannot be observed", subject.questions[0].identifier)
        return None


def due(attempts: Sequence[Attempt], now: datetime) -> list[tuple[Subject, Memory | None]]:
    """What is to be asked on this day, the most urgent first, and last what no lesson has asked."""
    known = [(subject, memory(subject.made(attempts))) for bank in banks() for subject in subjects(bank)]
    again = [(subject, found) for subject, found in known if found and found.due.date() <= now.date()]
    begun = {bank.lesson for bank in banks() if _was_begun(bank.items, attempts)}
    new = [(s, found) for s, found in known if not found and s.bank.lesson in begun and _is_left_over(s)]
    return [*sorted(again, key=lambda pair: _urgency(pair[1])), *new]


def _urgency(known: Memory | None) -> Any:
    return known and (not known.was_certain_and_wrong, known.due)


def _was_begun(items: Sequence[Any], attempts: Sequence[Attempt]) -> bool:
    return bool({item.identifier for item in items} & {attempt.item for attempt in attempts})


def _is_left_over(subject: Subject) -> bool:
    """Whether the lesson itself does not ask it."""
    asked = {item.identifier for item in subject.bank.asked}
    return not asked & {question.identifier for question in subject.questions}


def _reason(attempts: Sequence[Attempt]) -> str:
    known = [memory(subject.made(attempts)) for bank in banks() for subject in subjects(bank)]
    days = [found.due.date() for found in known if found]
    if not days:
        return "There is nothing to review yet. Answer the questions of a lesson first."
    return f"Nothing is due today. The next question is due on {min(days):%d %B %Y}."
