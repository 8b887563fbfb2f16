"""Questions beside the lessons: predictions that a run answers, quizzes with a reason for every option, progress."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quizzes.prediction import predict
    from quizzes.progress import progress
    from quizzes.quiz import quiz

__all__ = ["predict", "progress", "quiz"]

_HOMES = {"predict": "prediction", "progress": "progress", "quiz": "quiz"}


def __getattr__(name: str) -> Any:
    """Each name is loaded when first asked for, so that judging and storing need no widgets."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
