"""The lab's tests leave no server behind, and meet no other test's."""

from collections.abc import Iterator

import pytest

from demo_app.lab.server import LiveServer


@pytest.fixture(autouse=True)
def no_server_is_left() -> Iterator[None]:
    """Stops the notebook's server after each test."""
    yield
    if LiveServer._of_the_notebook is not None:
        LiveServer._of_the_notebook.stop()
    LiveServer._of_the_notebook = None
