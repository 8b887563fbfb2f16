"""What can go wrong with quizzes, each with the next step.

QuizError
├── BankError           a bank file breaks the contract
├── UnknownLesson       no bank has this name
├── UnknownItem         no bank has this item
├── UnknownChoice       the item has no such choice
├── PredictionFailed    the experiment decides for no choice, or for several
└── TransferError       a file of saved progress cannot be written or read
"""

from collections.abc import Iterable
from difflib import get_close_matches


class QuizError(Exception):
    """The family; a notebook shows the sentence and no traceback, since the learner's next step is in it."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class BankError(QuizError, ValueError):
    """Raised for a bank file that breaks the contract; says `file:line: what is wrong and what to do`."""


class UnknownLesson(QuizError, LookupError):
    """Raised for the name of a lesson that has no bank."""


class UnknownItem(QuizError, LookupError):
    """Raised for an identifier that no bank has."""


class UnknownChoice(QuizError, LookupError):
    """Raised for an answer that is none of the item's choices."""


class PredictionFailed(QuizError):
    """Raised when the observed facts agree with no choice of a prediction, or with more than one."""


class TransferError(QuizError):
    """Raised for a file of saved progress that cannot be written, or is none."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """The nearest known name as a question, or all of them as a list."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(names) or 'none'}."
