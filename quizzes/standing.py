"""Where a learner stands with a question: the sum of the attempts at it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quizzes.grading import Outcome
from quizzes.kinds import Question
from quizzes.store import Attempt

TRIES = 2


@dataclass(frozen=True)
class Standing:
    """The last answer and its outcome, the tries used up, and whether the key may be seen now."""

    answer: Any = None
    outcome: str = Outcome.NOT_ANSWERED
    tries: int = 0
    shown: bool = False
    stale: bool = False
    confidence: str = ""

    @property
    def solved(self) -> bool:
        """Whether the last answer was right."""
        return self.outcome == Outcome.RIGHT

    @property
    def settled(self) -> bool:
        """Whether the key may be seen: after a right answer, or when the learner asked for it."""
        return self.solved or self.shown

    @property
    def can_try(self) -> bool:
        """Whether another answer is judged."""
        return not self.settled and self.outcome != Outcome.RECORDED and self.tries < TRIES

    @property
    def can_show(self) -> bool:
        """Whether the key is given on request."""
        return not self.settled and not self.can_try


def standing(item: Question, attempts: Sequence[Attempt]) -> Standing:
    """The standing after these attempts at `item`, from the last "start over" on.

    Attempts at another wording of the question do not count; the standing is `stale` if there are only such. Neither
    do attempts at another variant, which is not another wording.
    """
    wording = item.digest.partition(".")[0]
    current = [attempt for attempt in attempts if attempt.digest == item.digest]
    restarts = [place for place, attempt in enumerate(current) if attempt.action == "restart"]
    recent = current[restarts[-1] + 1 :] if restarts else current
    answers = [attempt for attempt in recent if attempt.action == "answer"]
    return Standing(
        answer=answers[-1].given if answers else None,
        outcome=answers[-1].outcome if answers else Outcome.NOT_ANSWERED,
        tries=len(answers),
        shown=any(attempt.action == "shown" for attempt in recent),
        stale=bool(attempts) and all(attempt.digest.partition(".")[0] != wording for attempt in attempts),
        confidence=answers[-1].confidence if answers else "",
    )
