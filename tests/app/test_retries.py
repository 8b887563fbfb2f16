"""A retry repeats what may pass, waits in between, and hides nothing."""

import asyncio
import inspect
import random
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from demo_app import retries
from demo_app.retries import is_async, retry


class Flaky:
    """Fails so often as told, each time with an error of its own, then answers 'ok'."""

    def __init__(self, failures: int, error: type[Exception] = ConnectionError) -> None:
        self.failures, self.error = failures, error
        self.calls: list[tuple[Any, ...]] = []
        self.raised: list[Exception] = []

    def work(self, *args: object) -> str:
        """Says ok."""
        self.calls.append(args)
        if len(self.raised) < self.failures:
            self.raised.append(self.error(f"no {len(self.calls)}"))
            raise self.raised[-1]
        return "ok"

    async def work_async(self, *args: object) -> str:
        """Says ok."""
        return self.work(*args)


class FlakyObject(Flaky):
    async def __call__(self) -> str:
        return self.work()


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """The pauses asked for, in their order, none of them waited for."""
    asked: list[tuple[str, float]] = []

    async def sleep(seconds: float) -> None:
        asked.append(("async", seconds))

    monkeypatch.setattr(retries, "time", SimpleNamespace(sleep=lambda seconds: asked.append(("plain", seconds))))
    monkeypatch.setattr(retries, "asyncio", SimpleNamespace(sleep=sleep))
    return asked


def _call(function: Callable[..., Any], *args: object) -> Any:
    result = function(*args)
    return asyncio.run(result) if inspect.iscoroutine(result) else result


@pytest.mark.parametrize("kind", ["work", "work_async"])
class TestBothKinds:
    def test_a_success_is_returned_at_once(self, kind: str, pauses: list[object]) -> None:
        flaky = Flaky(0)
        assert _call(retry()(getattr(flaky, kind)), 1, 2) == "ok"
        assert (flaky.calls, pauses) == ([(1, 2)], [])

    def test_a_failure_that_passes_is_repeated_with_the_same_arguments(self, kind: str) -> None:
        flaky = Flaky(2)
        assert _call(retry(attempts=3)(getattr(flaky, kind)), 1) == "ok"
        assert flaky.calls == [(1,)] * 3

    @pytest.mark.parametrize("attempts", [1, 3])
    def test_the_last_error_comes_out_itself(self, kind: str, attempts: int, pauses: list[object]) -> None:
        flaky = Flaky(9)
        with pytest.raises(ConnectionError, match=f"no {attempts}") as caught:
            _call(retry(attempts=attempts)(getattr(flaky, kind)))
        assert caught.value is flaky.raised[-1]
        assert caught.value.__context__ is None
        assert (len(flaky.calls), len(pauses)) == (attempts, attempts - 1)

    def test_an_error_that_no_repeat_mends_is_not_repeated(self, kind: str) -> None:
        flaky = Flaky(9, TypeError)
        with pytest.raises(TypeError):
            _call(retry()(getattr(flaky, kind)))
        assert len(flaky.calls) == 1

    def test_what_is_repeated_can_be_chosen(self, kind: str) -> None:
        flaky = Flaky(1, ZeroDivisionError)
        assert _call(retry(on=ZeroDivisionError)(getattr(flaky, kind))) == "ok"

    def test_the_name_and_the_kind_are_kept(self, kind: str) -> None:
        function = getattr(Flaky(0), kind)
        decorated = retry()(function)
        assert (decorated.__name__, decorated.__doc__) == (kind, "Says ok.")
        assert inspect.iscoroutinefunction(decorated) is inspect.iscoroutinefunction(function)

    def test_a_partial_is_repeated_too(self, kind: str) -> None:
        flaky = Flaky(1)
        assert _call(retry()(partial(getattr(flaky, kind), 1)), 2) == "ok"
        assert flaky.calls == [(1, 2)] * 2

    def test_it_waits_in_the_way_of_its_kind(self, kind: str, pauses: list[tuple[str, float]]) -> None:
        _call(retry()(getattr(Flaky(2), kind)))
        assert {way for way, _ in pauses} == {"async" if kind == "work_async" else "plain"}


def test_an_object_called_with_await_is_repeated_too() -> None:
    flaky = FlakyObject(1)
    assert _call(retry()(flaky)) == "ok"
    assert len(flaky.calls) == 2


def test_the_pauses_may_double_up_to_the_cap(pauses: list[tuple[str, float]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    _call(retry(attempts=6, base=0.5, cap=3)(Flaky(5).work))
    assert pauses == [("plain", seconds) for seconds in (0.5, 1, 2, 3, 3)]


def test_the_pauses_are_random_from_nothing_up(
    pauses: list[tuple[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: low)
    _call(retry()(Flaky(2).work))
    assert pauses == [("plain", 0)] * 2


def test_each_repeat_is_logged_with_its_reason(logged: list[str]) -> None:
    _call(retry()(Flaky(2).work))
    assert [line.split("; again in")[0] for line in logged] == [
        "work: ConnectionError: no 1",
        "work: ConnectionError: no 2",
    ]


@pytest.mark.parametrize("attempts", [0, -1, 1.5, lambda: None])
def test_fewer_than_one_attempt_is_refused(attempts: Any) -> None:
    with pytest.raises(ValueError, match=r"retry needs a whole number of attempts, at least 1, as in @retry"):
        retry(attempts)


def test_a_call_that_must_be_awaited_is_known() -> None:
    assert [is_async(f) for f in (Flaky(0).work_async, partial(Flaky(0).work_async), FlakyObject(0))] == [True] * 3
    assert [is_async(f) for f in (Flaky(0).work, partial(Flaky(0).work), print, Flaky)] == [False] * 4
