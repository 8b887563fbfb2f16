"""Each test has a store of its own, in memory."""

import pytest

from quizzes import store


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> store.Store:
    monkeypatch.setenv("QUIZ_STORE", "memory")
    store._store.cache_clear()
    return store.current_store()
