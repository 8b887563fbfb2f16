"""Each test has a store of its own, in memory."""

import pytest
from hypothesis import settings

from quizzes import store

# The same cases on every run, and nothing kept from one run for the next.
settings.register_profile("course", derandomize=True, database=None, deadline=None)
settings.load_profile("course")


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> store.Store:
    monkeypatch.setenv("QUIZ_STORE", "memory")
    store._store.cache_clear()
    return store.current_store()
