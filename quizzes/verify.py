"""Keys that the running app proves: each item beside what its experiment observes now."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quizzes.errors import PredictionFailed
from quizzes.kinds import AnyItem, Forecast, OrderItem, PredictItem, Question
from quizzes.kinds.base import Verify
from quizzes.misconceptions import Misconception
from quizzes.proof import difference, observe
from quizzes.trial import try_program

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Contradiction:
    """What the app says against an item, or against what refutes a misconception."""

    identifier: str
    sentence: str


def contradictions(items: Iterable[AnyItem], beliefs: Iterable[Misconception]) -> Iterator[Contradiction]:
    """What the app says against these items, in each of their variants, and against these beliefs."""
    app = _App()
    for entry in [*items, *beliefs]:
        for sentence in filter(None, map(app.contradicts, _variants(entry))):
            yield Contradiction(entry.identifier, sentence)
            break


class _App:
    """The app, asked once for each experiment."""

    def __init__(self) -> None:
        self._observed: dict[str, Facts] = {}

    def contradicts(self, entry: AnyItem | Misconception) -> str | None:
        """What speaks against the key of an item, or for a misconception; None if nothing does."""
        try:
            if isinstance(entry, Misconception):
                return self._confirms(entry)
            return self._other_outcome(entry) if isinstance(entry, Forecast) else self._other_facts(entry)
        except Exception as error:  # whatever an edited app does, the author is told which item it concerns
            return f"the experiment failed: {type(error).__name__}: {error}"

    def _facts(self, verify: Verify) -> Facts:
        asked = f"{verify.experiment} {sorted(verify.arguments.items())}"
        if asked not in self._observed:
            self._observed[asked] = observe(verify).facts
        return self._observed[asked]

    def _other_facts(self, item: Question) -> str | None:
        if isinstance(item, OrderItem) and item.program:
            trial = try_program(item, item.key)
            return None if trial.score == 1 else f"its own solution is not right: {trial.words}"
        facts = self._facts(item.verify)
        item.with_key(facts)
        found = difference(item.verify.facts, facts)
        if found is None:
            return None
        if found.observed is None:
            return _no_such_fact(item.verify.experiment, found.name, facts)
        return f"its key needs {found.name!r} to be {found.wanted!r}, but the app shows {found.observed!r}"

    def _other_outcome(self, item: Forecast) -> str | None:
        try:
            key = item.happened(self._facts(Verify.of(item.experiment)))
        except PredictionFailed as error:
            return str(error)
        choice = item.choice(key) if isinstance(item, PredictItem) else None
        if choice and choice.misconception:
            return f"choice {key!r} happens, and it has the misconception {choice.misconception!r}"
        return None

    def _confirms(self, belief: Misconception) -> str | None:
        if belief.experiment is None:
            return None
        facts = self._facts(Verify.of(belief.experiment))
        if unknown := belief.would_show.keys() - facts.keys():
            return _no_such_fact(belief.experiment, min(unknown), facts)
        if difference(belief.would_show, facts):
            return None
        return f"experiment {belief.experiment!r} shows just what is believed, so it refutes nothing"


def _variants(entry: AnyItem | Misconception) -> list[AnyItem | Misconception]:
    if isinstance(entry, Question):
        return [entry.drawn(seed) for seed in range(max(1, len(entry.variants)))]
    return [entry]


def _no_such_fact(experiment: str, name: str, facts: Facts) -> str:
    return f"experiment {experiment!r} has no fact {name!r}; it has: {', '.join(facts)}"
