"""Try again, for plain and for async functions alike."""

import asyncio
import inspect
import logging
import random
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Errors = type[Exception] | tuple[type[Exception], ...]
logger = logging.getLogger(__name__)


def retry(
    attempts: int = 3, on: Errors = (ConnectionError, TimeoutError), base: float = 0.1, cap: float = 10.0
) -> Callable[[Function], Function]:
    """Calls the function up to `attempts` times while it raises one of `on`; the last error comes out as it is.

    Before repeat number n it waits a random time of at most `base * 2 ** (n - 1)` seconds, and never more than
    `cap`. A plain function keeps its thread while it waits. Raises `ValueError` for fewer than one attempt.
    """
    if not isinstance(attempts, int) or attempts < 1:
        raise ValueError(
            f"retry needs a whole number of attempts, at least 1, as in @retry(attempts=3); not {attempts!r}."
        )

    def decorate(function: Any) -> Any:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for pause in _pauses(attempts, base, cap):
                try:
                    return function(*args, **kwargs)
                except on as error:
                    _announce(function, error, pause)
                    time.sleep(pause)
            return function(*args, **kwargs)

        @wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            for pause in _pauses(attempts, base, cap):
                try:
                    return await function(*args, **kwargs)
                except on as error:
                    _announce(function, error, pause)
                    await asyncio.sleep(pause)
            return await function(*args, **kwargs)

        return call_async if is_async(function) else call

    return decorate


def is_async(function: Callable[..., Any]) -> bool:
    """Whether a call of it has to be awaited, be it a function, a partial or an object."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _pauses(attempts: int, base: float, cap: float) -> Iterator[float]:
    """The pauses between the attempts, random so that callers who failed together do not return together."""
    for repeat in range(attempts - 1):
        yield random.uniform(0, min(cap, base * 2**repeat))


def _announce(function: Any, error: Exception, pause: float) -> None:
    name = getattr(function, "__name__", repr(function))
    logger.warning("%s: %s: %s; again in %.2f s", name, type(error).__name__, error, pause)
