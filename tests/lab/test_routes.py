"""A cell with a route is run again: the new endpoint answers, and the document shows it once."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.testclient import TestClient
from pydantic import BaseModel

from demo_app.lab import experiments
from demo_app.lab.experiments.targets import cycle as targets
from demo_app.lab.routes import LearnerRoutes
from demo_app.lab.server import LiveServer

pytestmark = pytest.mark.filterwarnings("error:Duplicate Operation ID")


class Menu(BaseModel):
    dishes: list[str]


def base_app() -> FastAPI:
    """An app with a route of its own, and with included ones."""
    app, router = FastAPI(), APIRouter()

    @app.get("/own")
    async def own() -> str:
        return "app"

    @router.get("/included")
    async def included() -> str:
        return "router"

    @router.post("/included")
    async def post_included() -> str:
        return "router's post"

    @router.get("/items/{item}")
    async def item(item: str) -> str:
        return f"item {item}"

    @router.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await _say(socket, "router")

    app.include_router(router)
    return app


async def _say(socket: WebSocket, word: str) -> None:
    await socket.accept()
    await socket.send_text(word)
    await socket.close()


def add(app: FastAPI, path: str, answer: str, method: str = "GET", **options: Any) -> None:
    """What a learner's cell does: the decorator of FastAPI on a function."""

    @app.api_route(path, methods=[method], **options)
    async def mine() -> str:
        return answer


@pytest.fixture
def app() -> FastAPI:
    """An app whose further routes are a learner's."""
    app = base_app()
    LearnerRoutes.of(app)
    return app


def get(app: FastAPI, path: str) -> Any:
    return TestClient(app).get(path).json()


def documented(app: FastAPI, path: str) -> dict[str, str]:
    """Method and name of the operations that the document shows at `path`."""
    operations = app.openapi()["paths"].get(path, {})
    return {method: operation["summary"] for method, operation in operations.items()}


@pytest.mark.parametrize("path", ["/new", "/own", "/included", "/items/special"])
def test_the_cell_that_ran_last_answers(app: FastAPI, path: str) -> None:
    for answer in ("first", "second", "third"):
        add(app, path, answer)
        assert get(app, path) == answer


@pytest.mark.parametrize("path", ["/new", "/own", "/included"])
def test_the_document_shows_the_new_one_and_only_it(app: FastAPI, path: str) -> None:
    app.openapi()  # a document made before must not stay
    for _ in range(2):
        add(app, path, "mine")
        assert documented(app, path)["get"] == "Mine"
    ids = [operation["operationId"] for item in app.openapi()["paths"].values() for operation in item.values()]
    assert len(set(ids)) == len(ids)


def test_an_edited_copy_under_the_same_name_is_no_duplicate(app: FastAPI) -> None:
    @app.get("/included")
    async def included() -> str:
        return "edited"

    assert get(app, "/included") == "edited"
    assert documented(app, "/included") == {"get": "Included", "post": "Post Included"}


def test_the_document_shows_the_models_of_a_replacing_endpoint(app: FastAPI) -> None:
    @app.get("/included")
    async def menu() -> Menu:
        return Menu(dishes=["soup"])

    assert "Menu" in app.openapi()["components"]["schemas"]
    assert get(app, "/included") == {"dishes": ["soup"]}


def test_an_endpoint_kept_out_of_the_document_stays_out(app: FastAPI) -> None:
    add(app, "/included", "hidden", include_in_schema=False)
    assert get(app, "/included") == "hidden"
    assert documented(app, "/included").get("get") != "Mine"


def test_another_method_on_the_path_stays(app: FastAPI) -> None:
    add(app, "/included", "mine")
    add(app, "/own", "mine", method="POST")
    assert TestClient(app).post("/included").json() == "router's post"
    assert set(documented(app, "/included")) == {"get", "post"}
    assert (get(app, "/own"), TestClient(app).post("/own").json()) == ("app", "mine")


def test_one_method_of_two_is_replaced(app: FastAPI) -> None:
    @app.api_route("/both", methods=["GET", "POST"], operation_id="both")
    async def both() -> str:
        return "both"

    add(app, "/both", "mine")
    assert get(app, "/both") == "mine"
    assert TestClient(app).post("/both").json() == "both"


def test_a_path_that_only_looks_alike_stays(app: FastAPI) -> None:
    add(app, "/items/special", "mine")
    assert get(app, "/items/other") == "item other"


def test_an_included_router_serves_other_apps_as_before(app: FastAPI) -> None:
    other = base_app()
    add(app, "/included", "mine")
    assert get(other, "/included") == "router"


@pytest.mark.parametrize("path", ["/mine", "/live"])
def test_a_websocket_cell_can_be_run_again(app: FastAPI, path: str) -> None:
    def cell(word: str) -> None:
        @app.websocket(path)
        async def mine(socket: WebSocket) -> None:
            await _say(socket, word)

    for word in ("first", "second"):
        cell(word)
        with TestClient(app).websocket_connect(path) as socket:
            assert socket.receive_text() == word


def test_learner_routes_move_to_the_app_of_a_new_setup_cell() -> None:
    first = LiveServer(base_app()).start()
    add(first.app, "/new", "old")
    add(first.app, "/new", "mine")
    add(first.app, "/included", "mine too")
    second = LiveServer(base_app()).start()
    assert second.client.get("/new").json() == "mine"
    assert second.client.get("/included").json() == "mine too"
    third = LiveServer(base_app()).start()
    assert third.client.get("/new").json() == "mine"
    add(third.app, "/new", "newest")
    assert third.client.get("/new").json() == "newest"


def test_learner_routes_move_in_the_order_in_which_their_cells_ran() -> None:
    first = LiveServer(base_app()).start()
    add(first.app, "/both", "get")
    first.app.api_route("/both", methods=["GET", "POST"], operation_id="both")(lambda: "both")
    add(first.app, "/both", "newest")
    assert get(first.app, "/both") == "newest"
    second = LiveServer(base_app()).start()
    assert second.client.get("/both").json() == "newest"
    assert second.client.post("/both").json() == "both"


def test_one_app_in_two_setup_cells_keeps_its_routes_in_order() -> None:
    app = base_app()
    add(LiveServer(app).start().app, "/included", "mine")
    server = LiveServer(app).start()
    assert server.client.get("/included").json() == "mine"
    add(app, "/included", "newest")
    assert server.client.get("/included").json() == "newest"
    assert server.client.get("/items/other").json() == "item other"
    assert documented(app, "/included")["get"] == "Mine"


def test_an_experiment_on_the_learners_app_leaves_its_decorators_alone() -> None:
    server = LiveServer(targets.background_app()).start()
    before = server.app.router.add_api_route
    for name in ("one_asyncio_task", "async_task_blocks_loop"):
        experiments.run(name, server.app)
    assert server.app.router.add_api_route == before
    add(server.app, "/task", "mine")
    assert server.client.get("/task").json() == "mine"


def test_an_app_of_another_framework_is_served_as_it_is() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"plain"})

    assert LiveServer(app).start().client.get("/").text == "plain"
    assert LiveServer(base_app()).start().client.get("/own").json() == "app"
