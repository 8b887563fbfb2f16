"""Questions about what the running app does: predictions, quizzes and the learner's progress."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quizzes.overview import progress
    from quizzes.prediction import predict
    from quizzes.questions import quiz
    from quizzes.reviewing import review

__all__ = ["predict", "progress", "quiz", "review"]

# No module is named like a name of this page: importing the module would put itself in its place.
_HOMES = {"predict": "prediction", "progress": "overview", "quiz": "questions", "review": "reviewing"}


def __getattr__(name: str) -> Any:
    """Each name is loaded when first asked for, so that `quizzes.model` needs no widget."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
