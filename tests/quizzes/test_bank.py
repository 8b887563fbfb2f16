"""Every bank of the course keeps the contract, and every key and every refutation is proven by its experiment."""

from collections.abc import Iterable

import pytest

from quizzes import reader
from quizzes.kinds import ChoiceItem, Forecast, PredictItem, Question
from quizzes.model import Bank
from quizzes.verify import contradictions

BANKS = reader.banks()
ITEMS = [item for bank in BANKS for item in bank.items]
PREDICTIONS = [item for item in ITEMS if isinstance(item, PredictItem)]


def _lesson(bank: Bank) -> str:
    return bank.lesson


@pytest.mark.parametrize("bank", BANKS, ids=_lesson)
def test_the_app_proves_every_key(bank: Bank) -> None:
    assert list(contradictions(bank.items, [])) == []


def test_the_app_refutes_every_misconception() -> None:
    assert list(contradictions([], reader.misconceptions().values())) == []


def test_every_question_is_proven_by_facts_or_by_an_observed_key() -> None:
    assert [item.identifier for item in ITEMS if isinstance(item, Question) and not _proof(item)] == []


def _proof(item: Question) -> object:
    return item.verify.facts or item.verify.key


@pytest.mark.parametrize("item", PREDICTIONS, ids=lambda item: item.identifier)
def test_all_choices_of_a_prediction_but_one_are_misconceptions_and_they_differ(item: PredictItem) -> None:
    assert [choice.misconception for choice in item.choices].count(None) == 1
    assert len({str(choice.facts) for choice in item.choices}) == len(item.choices), "two choices say the same"


@pytest.mark.parametrize("bank", [bank for bank in BANKS if bank.asked], ids=_lesson)
def test_a_lesson_asks_in_more_than_one_way(bank: Bank) -> None:
    assert sum(not isinstance(item, ChoiceItem) for item in bank.asked) >= 2


@pytest.mark.parametrize("bank", [bank for bank in BANKS if bank.asked], ids=_lesson)
def test_a_lesson_has_eight_questions_at_least_and_each_objective_is_asked(bank: Bank) -> None:
    assert len(bank.questions) >= 8
    assert _objectives(bank.predictions) <= _objectives(bank.questions)


def _objectives(items: Iterable[Question | Forecast]) -> set[str]:
    return {item.objective for item in items}
