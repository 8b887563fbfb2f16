"""Every bank keeps the contract, and every key is proven by its experiment."""

import functools

import pytest

from demo_app.lab import experiments
from quizzes import reader
from quizzes.measurement import happened
from quizzes.model import Bank, ChoiceItem, Item, NumberItem, PredictItem

BANKS = reader.banks()
ITEMS = [item for bank in BANKS for item in bank.items]
QUESTIONS = [item for item in ITEMS if not isinstance(item, PredictItem)]
PREDICTIONS = [item for item in ITEMS if isinstance(item, PredictItem)]

observe = functools.cache(experiments.run)


def _name(item: Item) -> str:
    return item.identifier


def _texts(item: Item) -> list[str]:
    """All that explains an answer."""
    if isinstance(item, NumberItem):
        return [item.feedback, item.general_feedback, *(wrong.feedback for wrong in item.wrong)]
    return [choice.feedback for choice in item.choices]


def test_identifiers_are_unique_over_all_banks() -> None:
    assert len({item.identifier for item in ITEMS}) == len(ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=_name)
def test_feedback_is_short_enough_to_be_read(item: Item) -> None:
    assert [text for text in _texts(item) if len(text.split()) > 60] == []


@pytest.mark.parametrize("item", [item for item in ITEMS if not isinstance(item, NumberItem)], ids=_name)
def test_choices_differ_and_none_of_them_is_about_the_others(item: ChoiceItem | PredictItem) -> None:
    contents = [choice.content.lower() for choice in item.choices]
    assert len(set(contents)) == len(contents)
    assert not [content for content in contents if "of the above" in content]


@pytest.mark.parametrize("item", QUESTIONS, ids=_name)
def test_the_app_proves_the_key(item: ChoiceItem | NumberItem) -> None:
    facts = observe(item.verify.experiment).facts
    assert {name: facts.get(name) for name in item.verify.facts} == item.verify.facts


@pytest.mark.parametrize("item", PREDICTIONS, ids=_name)
def test_what_happens_is_one_choice_and_the_others_are_misconceptions(item: PredictItem) -> None:
    facts = observe(item.experiment).facts
    right = happened(item, facts)
    assert [choice.identifier for choice in item.choices if choice.misconception is None] == [right.identifier]
    assert {name for choice in item.choices for name in choice.facts} <= facts.keys()
    assert len({str(choice.facts) for choice in item.choices}) == len(item.choices), "two choices say the same"


@pytest.mark.parametrize("bank", [bank for bank in BANKS if bank.questions], ids=lambda bank: bank.lesson)
def test_the_longest_choice_and_the_place_do_not_give_the_key_away(bank: Bank) -> None:
    single = [item for item in bank.items if isinstance(item, ChoiceItem) and item.max_choices == 1]
    keys = [next(choice for choice in item.choices if choice.score) for item in single]
    longest = [max(item.choices, key=lambda choice: len(choice.content)) for item in single]
    assert sum(key is choice for key, choice in zip(keys, longest, strict=True)) <= len(single) / 2
    places = [item.choices.index(key) for item, key in zip(single, keys, strict=True)]
    assert max(places.count(place) for place in places) <= len(single) / 2
