"""A process that sends one Celery message while some packages cannot be imported, as where they are not installed.

It reads a JSON object from standard input: `missing` (names of modules), `settings` (Celery's) and `id` (the
message's), and prints `sent`, or the exception.
"""

import json
import sys
from collections.abc import Collection
from typing import Any


class Missing:
    """Finds none of these modules for `import`, as if nobody had installed them."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def main(missing: Collection[str], settings: dict[str, Any], id: str) -> str:  # noqa: A002
    """Sends a message for the task `quick` with this id, and returns what came of that."""
    sys.meta_path.insert(0, Missing(missing))
    from celery import Celery

    with Celery(set_as_current=False) as app:
        app.conf.update(settings)
        try:
            app.send_task("quick", task_id=id)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return "sent"


if __name__ == "__main__":
    print(main(**json.load(sys.stdin)))
