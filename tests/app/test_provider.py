"""The provider fails when told, and charges once for a key."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from demo_app import provider
from demo_app.database import create_tables
from demo_app.provider import AnswerLost, ProviderDown


@pytest.fixture(autouse=True)
def tables(database: str) -> None:
    create_tables()


def _charged() -> list[tuple[int, int]]:
    return [(charge.order, charge.cents) for charge in provider.charges()]


def test_a_charge_is_booked_and_has_an_id() -> None:
    charge_id = provider.charge(7, 1200)
    assert [charge.id for charge in provider.charges()] == [charge_id]
    assert _charged() == [(7, 1200)]


def test_without_a_key_each_call_charges() -> None:
    assert provider.charge(7, 1200) != provider.charge(7, 1200)
    assert _charged() == [(7, 1200)] * 2
    assert provider.paid(7) == 2400


def test_with_a_known_key_the_first_charge_is_the_answer() -> None:
    assert provider.charge(7, 1200, key="k") == provider.charge(7, 1200, key="k")
    assert _charged() == [(7, 1200)]


def test_a_key_is_not_taken_for_another_charge() -> None:
    provider.charge(7, 1200, key="k")
    with pytest.raises(ValueError, match="The key 'k' belongs to the charge for order 7: use a new one"):
        provider.charge(8, 1200, key="k")
    assert _charged() == [(7, 1200)]


def test_while_it_is_down_nothing_is_charged() -> None:
    provider.misbehave(failures=2)
    for _ in range(2):
        with pytest.raises(ProviderDown):
            provider.charge(7, 1200)
    assert _charged() == []
    provider.charge(7, 1200)
    assert _charged() == [(7, 1200)]


def test_when_the_answer_is_lost_the_charge_is_made() -> None:
    provider.misbehave(lost_answers=1)
    with pytest.raises(AnswerLost):
        provider.charge(7, 1200)
    assert _charged() == [(7, 1200)]
    provider.charge(7, 1200)
    assert _charged() == [(7, 1200)] * 2


def test_a_key_makes_the_repeat_after_a_lost_answer_safe() -> None:
    provider.misbehave(lost_answers=1)
    with pytest.raises(AnswerLost):
        provider.charge(7, 1200, key="k")
    provider.charge(7, 1200, key="k")
    assert _charged() == [(7, 1200)]


def test_looking_up_a_payment_fails_with_the_provider() -> None:
    assert provider.paid(7) == 0
    provider.misbehave(failures=1)
    with pytest.raises(ProviderDown):
        provider.paid(7)


def test_a_new_order_to_misbehave_replaces_the_last() -> None:
    provider.misbehave(failures=9, lost_answers=9)
    provider.misbehave()
    provider.charge(7, 1200)


def test_the_errors_are_those_that_a_retry_expects() -> None:
    assert issubclass(ProviderDown, ConnectionError)
    assert issubclass(AnswerLost, TimeoutError)


def test_of_callers_at_once_exactly_the_told_number_fails() -> None:
    provider.misbehave(failures=3)
    together = Barrier(8)

    def fails(order: int) -> bool:
        together.wait()
        try:
            provider.charge(order, 100)
        except ProviderDown:
            return True
        return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(fails, range(8))) == 3
    assert len(_charged()) == 5


def test_callers_with_one_key_at_once_share_one_charge() -> None:
    together = Barrier(8)

    def charge(_: int) -> int:
        together.wait()
        return provider.charge(7, 1200, key="k")

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(charge, range(8)))) == 1
    assert _charged() == [(7, 1200)]
