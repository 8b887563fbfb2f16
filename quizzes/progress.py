"""How far a learner is."""

from collections.abc import Iterable
from html import escape

from quizzes import banks
from quizzes.model import Bank, PredictItem
from quizzes.store import Attempt, Store, default_store


class Progress:
    """Per lesson: questions answered, right at the first try, predictions made. Read anew whenever it is shown."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __repr__(self) -> str:
        return "\n".join(f"{lesson}: {', '.join(counts)}" for lesson, counts in self._rows())

    def _repr_html_(self) -> str:
        heads = ("lesson", "questions answered", "right at the first try", "predictions made")
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in heads)
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(lesson)}</th>'
            + "".join(f"<td>{escape(count.split(' ', 1)[1])}</td>" for count in counts)
            + "</tr>"
            for lesson, counts in self._rows()
        )
        problem = f"<p>{escape(self._store.problem)}</p>" if self._store.problem else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{problem}"

    def _rows(self) -> Iterable[tuple[str, tuple[str, str, str]]]:
        attempts = self._store.attempts()
        for lesson, bank in banks.banks().items():
            yield lesson, _counts(bank, attempts)


def progress() -> Progress:
    """Your progress through all lessons, from the answers stored on this machine."""
    return Progress(default_store())


def _counts(bank: Bank, attempts: list[Attempt]) -> tuple[str, str, str]:
    first: dict[str, Attempt] = {}
    for attempt in attempts:
        first.setdefault(attempt.item, attempt)
    questions = [item.identifier for item in bank.questions]
    predictions = [item.identifier for item in bank.items if isinstance(item, PredictItem)]
    answered = [first[name] for name in questions if name in first]
    right = sum(attempt.outcome == "right" for attempt in answered)
    predicted = sum(name in first for name in predictions)
    return (
        f"answered {len(answered)} of {len(questions)}",
        f"right {right} of {len(questions)}",
        f"predicted {predicted} of {len(predictions)}",
    )
