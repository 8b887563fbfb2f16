"""The app as a whole: its document, its shape, and that it can be deployed."""

import inspect
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

import demo_app.main
from demo_app.lab.source import endpoint_routes
from demo_app.main import TOPICS, create_app
from tests.conftest import ROOT, fresh_python, until

METHODS = {"get", "post", "put", "patch", "delete"}
ENDPOINTS = sorted(
    {route.endpoint for route in endpoint_routes(create_app().routes) if "demo_app" in route.endpoint.__module__},
    key=lambda endpoint: endpoint.__name__,
)


def _operations(app: FastAPI) -> Iterator[tuple[str, dict[str, object]]]:
    for path, item in app.openapi()["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method.upper()} {path}", item[method]


def _answer_model(operation: dict[str, object]) -> object:
    """The schema of the answer that is not an error."""
    responses = operation["responses"]
    assert isinstance(responses, dict)
    [answer] = [response for status, response in responses.items() if status.startswith("2")]
    return answer["content"]["application/json"]["schema"]


def test_no_two_operations_share_an_id() -> None:
    ids = [operation["operationId"] for _, operation in _operations(create_app())]
    assert len(set(ids)) == len(ids) > 0


def test_every_operation_documents_a_model_of_its_answer() -> None:
    for name, operation in _operations(create_app()):
        assert "$ref" in str(_answer_model(operation)), name


def test_the_check_for_models_sees_an_endpoint_without_one() -> None:
    app = FastAPI()
    app.get("/untyped")(lambda: None)
    [(_, operation)] = _operations(app)
    assert "$ref" not in str(_answer_model(operation))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.__name__)
def test_an_endpoint_fits_into_six_lines(endpoint: object) -> None:
    lines = inspect.getsource(endpoint).splitlines()  # type: ignore[arg-type]
    assert len([line for line in lines if not line.startswith("@")]) <= 6


def test_all_endpoints_were_looked_at() -> None:
    assert len(ENDPOINTS) == len(list(_operations(create_app()))) > 6


def test_a_topic_brings_only_its_own_paths() -> None:
    assert "/sync-task" in create_app("cycle").openapi()["paths"]
    assert "/notify/{email}" not in create_app("cycle").openapi()["paths"]


def test_an_unknown_topic_is_named_beside_those_that_exist() -> None:
    with pytest.raises(
        ValueError, match=r"no topic 'nope' in demo_app/routers; choose from cycle, notifications, faults, reports"
    ):
        create_app("nope")


def test_the_module_has_one_app_for_all_who_import_it() -> None:
    assert isinstance(demo_app.main.app, FastAPI)
    assert demo_app.main.app is demo_app.main.app  # an override set on it must be seen by everybody


def test_an_unknown_name_of_the_module_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'nope'"):
        demo_app.main.nope  # noqa: B018


def test_the_app_loads_nothing_of_notebooks_or_instruments() -> None:
    loaded = _loaded_by("import demo_app.main; demo_app.main.create_app()")
    assert not loaded & {"IPython", "ipykernel", "ipywidgets", "anywidget", "demo_app.lab", "quizzes", "httpx"}


def test_a_topic_loads_only_its_own_router() -> None:
    loaded = _loaded_by("import demo_app.main; demo_app.main.create_app('cycle')")
    assert {name for name in loaded if name.startswith("demo_app.routers.")} == {"demo_app.routers.cycle"}
    # The module that asks for email-validator; the validator itself is loaded by FastAPI where it is installed.
    assert "demo_app.tasks" not in loaded


def test_a_topic_without_a_database_loads_none() -> None:
    loaded = _loaded_by("import demo_app.main; demo_app.main.create_app('cycle', 'notifications')")
    assert not loaded & {"sqlalchemy", "structlog", "asgi_correlation_id", "tenacity", "demo_app.database"}
    assert {"sqlalchemy", "structlog"} <= _loaded_by("import demo_app.main; demo_app.main.create_app('faults')")


def test_a_topic_without_a_queue_loads_none() -> None:
    loaded = _loaded_by("import demo_app.main; demo_app.main.create_app('cycle', 'notifications', 'faults')")
    assert not loaded & {"celery", "kombu", "redis", "demo_app.worker"}
    assert {"celery", "demo_app.worker"} <= _loaded_by("import demo_app.main; demo_app.main.create_app('reports')")


def test_importing_the_factory_loads_no_topic() -> None:
    loaded = _loaded_by("import demo_app.main")
    assert not any(f"demo_app.routers.{topic}" in loaded for topic in TOPICS)


def _loaded_by(code: str) -> set[str]:
    return set(json.loads(fresh_python(f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))")))


@pytest.fixture
def deployed() -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The address of `uvicorn demo_app.main:app` in a process of its own, and that process."""
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        port = str(finder.getsockname()[1])
    command = [sys.executable, "-W", "error", "-m", "uvicorn", "demo_app.main:app", "--port", port]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        yield f"http://127.0.0.1:{port}", server
        server.kill()


def test_uvicorn_serves_the_app_and_ends_when_told(deployed: tuple[str, "subprocess.Popen[str]"]) -> None:
    url, server = deployed
    until(lambda: _answers(url) or server.poll() is not None, "uvicorn answers")
    assert httpx.get(f"{url}/ping", trust_env=False).json() == {"answer": "pong"}
    assert httpx.get(f"{url}/openapi.json", trust_env=False).status_code == 200
    server.send_signal(signal.SIGTERM)
    _, log = server.communicate(timeout=30)
    assert "Application shutdown complete" in log


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ping", trust_env=False).is_success
    except httpx.TransportError:
        return False
