"""A server in a process of its own: it answers, tells, can be killed, and ends with whoever started it."""

import json
import os
import subprocess
import sys

import httpx
import psutil
import pytest
from fastapi import FastAPI

from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.experiments.targets.background import list_of_tasks_app
from demo_app.lab.process import ServerProcess
from tests.conftest import ROOT, until


def broken_app() -> FastAPI:
    raise RuntimeError("no app today")


def telling_app() -> FastAPI:
    app = FastAPI()

    @app.get("/tell")
    async def tell() -> int:
        print(json.dumps(os.environ["WORD"]), flush=True)
        return os.getpid()

    return app


def test_it_answers_from_another_process_and_tells_what_the_app_prints() -> None:
    with ServerProcess(telling_app, WORD="hello") as server:
        assert server.client.get("/tell").json() != os.getpid()
        assert server.told() == "hello"


def test_only_its_own_client_is_let_in() -> None:
    with ServerProcess(telling_app) as server:
        assert server.client.base_url.host == "127.0.0.1"
        assert httpx.get(f"{server.client.base_url}/tell", trust_env=False).status_code == 401


def test_it_tells_what_it_has_recorded() -> None:
    with ServerProcess(telling_app, WORD="hello") as server:
        server.client.get("/tell")
        recorded = [(span.kind, span.name) for span in server.spans()]
        assert recorded == [("request", "GET /tell"), ("endpoint", "tell")]


def test_killed_it_answers_no_more_and_has_no_more_to_tell() -> None:
    with ServerProcess(list_of_tasks_app) as server:
        server.client.get("/three-tasks").raise_for_status()
        assert server.told() == "task 1 begins"
        server.kill()
        server.kill()
        assert server.told() is None
        with pytest.raises(httpx.TransportError):
            server.client.get("/three-tasks")


def test_an_app_that_does_not_start_is_said_so() -> None:
    with pytest.raises(ExperimentFailed, match="broken_app did not start in a process of its own"):
        ServerProcess(broken_app).__enter__()


def test_a_function_that_no_process_can_import_is_refused() -> None:
    with pytest.raises(ExperimentFailed, match="put the function into a module"):
        ServerProcess(lambda: FastAPI())


def test_it_ends_when_its_parent_is_killed() -> None:
    code = (
        "from demo_app.lab.process import ServerProcess\n"
        "from tests.lab.test_process import telling_app\n"
        "server = ServerProcess(telling_app, WORD='x').__enter__()\n"
        "print(server.client.get('/tell').json(), flush=True)\n"
        "input()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout and parent.stdin
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the child ended")
    parent.stdout.close()
    parent.stdin.close()
