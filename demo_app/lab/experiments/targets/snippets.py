"""Seven snippets such as an article shows one after another; some use a name that only another one defines."""

import json
import os
from typing import Any

from fastapi import FastAPI

SNIPPETS = {
    "1 endpoint": """
import time
from fastapi import FastAPI

app = FastAPI()


@app.get("/tea")
def brew() -> dict[str, str]:
    time.sleep(0.01)
    return {"tea": "ready"}
""",
    "2 background task": """
from fastapi import BackgroundTasks
from pydantic import BaseModel


class Letter(BaseModel):
    text: str


def post(address: str, text: str) -> None:
    time.sleep(0.01)


@app.post("/letters/{address}")
async def write(address: str, letter: Letter, background_tasks: BackgroundTasks) -> dict[str, str]:
    background_tasks.add_task(post, address, letter.text)
    return {"letter": "accepted"}
""",
    "3 queue": """
from celery import Celery

celery_app = Celery("kitchen", broker="redis://broker.example:6379/0", backend="redis://broker.example:6379/1")


@celery_app.task
def bake(recipe: dict) -> dict[str, str]:
    time.sleep(60)
    return {"cake": "ready"}
""",
    "4 database": """
def careless(connection):
    connection.execute("DELETE FROM carts")


def careful():
    connection = get_connection()
    connection.execute("DELETE FROM carts")
""",
    "5 errors": """
background_tasks.add_task(with_logging(careful))
background_tasks.add_task(careful, logger=log_error)
""",
    "6 decorator": """
from functools import wraps


def twice(function):
    @wraps(function)
    def call(*args):
        try:
            return function(*args)
        except ConnectionError:
            return function(*args)

    return call


@twice
def unsteady(): ...
""",
    "7 setting": """
celery_app.conf.worker_prefetch_multiplier = 1
""",
}
TOGETHER = 3  # so many of them are meant to be one program
VISITED, BODY = "/letters/ada@example.org", {"text": "Hello"}  # a request to that program
TEXTS = "SNIPPETS"  # the environment variable that has the snippets as JSON

# A long task, in a module that leaves the import to the one in which it stood before.
LONG_TASK = """
def bake():
    time.sleep(0.01)
    return {"cake": "ready"}
"""


def snippets_app() -> FastAPI:
    """The app of the first three snippets; prints what comes of each snippet alone, and of some together."""
    snippets: dict[str, str] = json.loads(os.environ[TEXTS])
    program, everything = "".join(list(snippets.values())[:TOGETHER]), "".join(snippets.values())
    tried = {**snippets, "the first three together": program, "all together": everything}
    print(json.dumps(json.dumps({name: _outcome(text, {}) for name, text in tried.items()})), flush=True)
    names: dict[str, Any] = {}
    _outcome(program, names)
    app: FastAPI = names.get("app") or FastAPI()
    return app


def _outcome(text: str, names: dict[str, Any]) -> str:
    """What comes of this text as a program; `names` has the names that it defines."""
    try:
        exec(text, names)
    except NameError as error:
        return f"NameError: {error.name}"
    except Exception as error:
        return type(error).__name__
    return "runs"
