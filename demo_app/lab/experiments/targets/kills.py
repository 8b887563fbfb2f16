"""Background tasks that write what they do into the journal of an experiment, for a server that is killed."""

import os
from pathlib import Path
from uuid import uuid4

from fastapi import BackgroundTasks, FastAPI

from demo_app.lab.journal import Journal

FOLDER = "JOURNAL"  # the environment variable that names the journal's folder


def journal_app() -> FastAPI:
    """Endpoints whose tasks wait in the journal's gate, and then end or raise."""
    journal, app = Journal(Path(os.environ[FOLDER])), FastAPI()

    def held(id: str) -> None:  # noqa: A002
        journal.write(id, "held", "started")
        journal.hold()
        journal.write(id, "held", "done")

    def held_then_fails(id: str) -> None:  # noqa: A002
        journal.write(id, "held_then_fails", "started")
        journal.hold()
        journal.write(id, "held_then_fails", "raised", "RuntimeError")
        raise RuntimeError("the printer is on fire")

    def add(task: str, tasks: BackgroundTasks) -> None:
        id = uuid4().hex  # noqa: A001
        journal.write(id, task, "sent")
        tasks.add_task({"held": held, "held_then_fails": held_then_fails}[task], id)

    app.post("/{task}", status_code=202)(add)
    return app
