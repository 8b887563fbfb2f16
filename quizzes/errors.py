"""What can go wrong with questions, each with the next step.

QuizError
├── UnknownQuiz      no bank or item has this name
├── BankError        a bank's file is not what the schema asks for
└── UnclearKey       an experiment agrees with no choice of a prediction, or with several
"""


class QuizError(Exception):
    """The family; a notebook shows the sentence and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class UnknownQuiz(QuizError, LookupError):
    """Raised for a lesson or item that is in no bank."""


class BankError(QuizError, ValueError):
    """Raised when a bank is loaded that is not in order; says file, line, what is wrong and what to write."""


class UnclearKey(QuizError):
    """Raised when the facts of a run do not choose exactly one of a prediction's choices."""
