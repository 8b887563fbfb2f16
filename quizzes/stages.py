"""The stages of a prediction as the page shows them until there is a measurement: choose, commit, run. Pure."""

from typing import Any

from quizzes.card import Face, face
from quizzes.kinds import Answer, Forecast, PredictTableItem
from quizzes.page import State, button, state

INVITATION = "Run this cell to predict what the server will do."
_LOCKED = "Choose, then Commit: only then does it run."
HIDDEN = state([], hidden=True)


def prediction_face(item: Forecast) -> Face:
    """The prediction itself."""
    return face(item, "Prediction")


def choosing(item: Forecast, reminder: str = "") -> State:
    """Before the commitment."""
    buttons = [button("commit", "Commit"), button("run", "Run without a prediction")]
    return state(buttons, reminder or _LOCKED, "reminder" if reminder else "", answer=item.fields(None))


def committed_before(item: Forecast, guess: Answer) -> State:
    """The learner committed in an earlier session: the picture of it is gone, and can be made again."""
    return state(again(), "You predicted this before. Run it again to compare.", "recorded", **locked(item, guess))


def running(item: Forecast, guess: Answer) -> State:
    """While the server works."""
    buttons = [button("commit", "Running…", False), button("run", "Run without a prediction", False)]
    wait = "cell by cell; this may take a minute." if isinstance(item, PredictTableItem) else "waiting for the server."
    return state(buttons, f"Running… {wait}", "busy", **locked(item, guess))


def failed(item: Forecast, guess: Answer, error: BaseException) -> State:
    """The run came to nothing; the prediction is kept."""
    sentence = str(error) if hasattr(error, "_render_traceback_") else f"{type(error).__name__}: {error}"
    status = f"The run failed. {sentence} Your prediction is kept: put it right, then run again."
    return state(again(), status, "wrong", **locked(item, guess))


def again() -> list[dict[str, Any]]:
    """The buttons after a run."""
    return [button("again", "Run again"), button("restart", "Predict again")]


def locked(item: Forecast, guess: Answer) -> State:
    """The fields after the commitment."""
    return {"locked": True, "answer": item.fields(guess)}
