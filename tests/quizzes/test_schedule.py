"""When questions come again. The rules are FSRS's own; these are what a learner may rely on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fsrs import Rating
from hypothesis import given
from hypothesis import strategies as st

from quizzes.schedule import memory, rating, subjects
from quizzes.store import Attempt, attempt
from tests.quizzes import items

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
OUTCOMES = ("right", "partly", "wrong", "recorded")


def _answer(outcome: str, at: datetime = START, confidence: str = "") -> Attempt:
    made = attempt(items.choice(), "answer", ["a"], outcome, 0.0, confidence)
    return replace(made, time=at.isoformat(timespec="milliseconds"))


def _days(*outcomes: str) -> list[Attempt]:
    """Each answer on the day on which it is due."""
    made: list[Attempt] = []
    at = START
    for outcome in outcomes:
        made.append(_answer(outcome, at))
        known = memory(made)
        assert known
        at = known.due
    return made


def test_what_was_never_answered_has_no_memory() -> None:
    shown = attempt(items.choice(), "shown", None, "not_answered")
    assert memory([]) is None
    assert memory([shown]) is None


def test_right_answers_put_the_next_day_further_and_further_off() -> None:
    made = _days("right", "right", "right", "right")
    due = [known.due for end in range(1, 5) if (known := memory(made[:end]))]
    gaps = [later - earlier for earlier, later in zip([START, *due], due, strict=False)]
    assert gaps == sorted(gaps) and gaps[0] < gaps[-1]


def test_a_wrong_answer_brings_it_back_sooner() -> None:
    made = _days("right", "right", "right")
    late = datetime.fromisoformat(made[-1].time) + timedelta(days=9)
    wrong, right = memory([*made, _answer("wrong", late)]), memory([*made, _answer("right", late)])
    assert wrong and right and wrong.due - late < (right.due - late) / 3
    first = memory([_answer("wrong")])
    assert first and first.due - START == timedelta(days=1)


@given(st.lists(st.tuples(st.sampled_from(OUTCOMES), st.integers(0, 30 * 24 * 60)), min_size=1, max_size=12))
def test_nothing_is_due_twice_on_a_day(answers: Sequence[tuple[str, int]]) -> None:
    made = sorted((_answer(outcome, START + timedelta(minutes=after)) for outcome, after in answers), key=_time)
    known = memory(made)
    assert known and known.due.date() > datetime.fromisoformat(made[-1].time).date()


def _time(made: Attempt) -> str:
    return made.time


def test_only_the_first_answer_of_a_day_counts() -> None:
    again = _answer("right", START + timedelta(minutes=1))
    assert memory([_answer("wrong"), again]) == memory([_answer("wrong")])


def test_confidence_tells_knowledge_from_luck() -> None:
    assert [rating(_answer("right", confidence=sure)) for sure in ("certain", "fairly", "", "guess")] == [
        Rating.Easy,
        Rating.Good,
        Rating.Good,
        Rating.Hard,
    ]
    assert [rating(_answer(outcome)) for outcome in ("wrong", "partly", "recorded")] == [
        Rating.Again,
        Rating.Hard,
        Rating.Good,
    ]


def test_a_certain_error_is_marked_until_it_is_answered_otherwise() -> None:
    wrong = _answer("wrong", confidence="certain")
    known, later = memory([wrong]), memory([wrong, _answer("right", START + timedelta(days=1))])
    assert known and known.was_certain_and_wrong
    assert later and not later.was_certain_and_wrong


def test_a_pool_is_remembered_as_one_and_asked_in_other_words() -> None:
    bank = items.bank(items.choice("one", pool="sky"), items.choice("two", pool="sky"), items.several())
    pool, alone = subjects(bank)
    assert [question.identifier for question in pool.questions] == ["one", "two"]
    assert [pool.drawn(seed).identifier for seed in range(4)] == ["one", "two", "one", "two"]
    assert pool.made([attempt(items.choice(name), "answer", ["a"], "wrong") for name in ("one", "two", "primes")])[1:]
    assert [question.identifier for question in alone.questions] == ["primes"]
