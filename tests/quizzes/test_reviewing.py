"""The review over a small course of its own: what comes, in which order, and as what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quizzes import review, reviewing
from quizzes.questions import Quiz
from quizzes.store import Store, attempt
from tests.quizzes import items

QUESTIONS = [items.choice(f"sky-{place}") for place in range(6)]
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def bank(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = items.bank(items.predict(), *QUESTIONS, items.number())
    monkeypatch.setattr(reviewing, "banks", lambda: [found])
    return found


def _answered(store: Store, place: int, days_ago: int, outcome: str = "wrong", confidence: str = "") -> None:
    made = attempt(QUESTIONS[place], "answer", ["a" if outcome == "wrong" else "b"], outcome, 0.0, confidence)
    at = NOW - timedelta(days=days_ago)
    store.add(replace(made, time=at.isoformat(timespec="milliseconds")))


def _asked(found: object) -> list[str]:
    assert isinstance(found, Quiz)
    return [item["identifier"] for item in found.items]


def test_a_new_learner_has_nothing_to_review() -> None:
    assert repr(review()) == "<Review: There is nothing to review yet. Answer the questions of a lesson first.>"


def test_what_was_answered_today_is_not_due_today_and_the_day_is_named(own_store: Store, bank: Any) -> None:
    for place in range(6):
        _answered(own_store, place, 0)
    own_store.add(attempt(items.number(), "answer", "3", "right", 1.0))
    tomorrow = f"{NOW + timedelta(days=1):%d %B %Y}"
    assert repr(review()) == f"<Review: Nothing is due today. The next question is due on {tomorrow}.>"


def test_certain_errors_come_first_then_what_is_due_longest_then_what_no_lesson_has_asked(own_store: Store) -> None:
    _answered(own_store, 0, 5)
    _answered(own_store, 1, 9)
    _answered(own_store, 2, 2, confidence="certain")
    assert _asked(review()) == ["sky-2", "sky-1", "sky-0", "sky-5", "waves"]


def test_a_review_asks_five_at_most_or_as_many_as_wanted(own_store: Store) -> None:
    for place in range(5):
        _answered(own_store, place, 3)
    assert len(_asked(review())) == 5
    assert len(_asked(review(at_most=2))) == 2


def test_a_review_begins_without_the_earlier_answer_and_keeps_the_new_one(own_store: Store) -> None:
    _answered(own_store, 0, 5)
    found = review(at_most=1)
    assert isinstance(found, Quiz)
    assert found.states["sky-0"]["answer"] is None
    found._handle_custom_msg({"item": "sky-0", "action": "check", "answer": ["b"], "confidence": "certain"}, [])
    assert found.states["sky-0"]["tone"] == "right"
    assert [kept.confidence for kept in own_store.attempts("sky-0")] == ["", "certain"]
    assert "sky-0" not in _asked(review())


def test_options_stand_in_another_order_than_in_the_lesson_and_change_with_each_day(own_store: Store) -> None:
    orders = set()
    for days in range(6, 0, -1):
        _answered(own_store, 0, days * 30)
        found = review(at_most=1)
        assert isinstance(found, Quiz)
        orders.add(tuple(choice["identifier"] for choice in found.items[0]["choices"]))
    assert len(orders) >= 3


def test_a_question_whose_answer_cannot_be_observed_is_left_out_and_the_others_are_asked(
    own_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _answered(own_store, 0, 9)
    _answered(own_store, 1, 5)

    def keyed(item: Any) -> Any:
        if item.identifier == "sky-0":
            raise ConnectionError("the app was edited")
        return item

    monkeypatch.setattr(reviewing, "keyed", keyed)
    assert _asked(review(at_most=1)) == ["sky-1"]
    assert "the answer to sky-0 cannot be observed" in caplog.text


def test_each_question_says_where_it_comes_from(own_store: Store) -> None:
    _answered(own_store, 0, 5)
    found = review(at_most=1)
    assert isinstance(found, Quiz)
    assert found.items[0]["legend"] == "Question 1 of 1, from “Colours”"
