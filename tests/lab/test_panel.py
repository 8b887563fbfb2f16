import threading
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from demo_app.lab import LiveServer, TriggerPanel


@pytest.fixture
def server() -> Iterator[LiveServer]:
    app = FastAPI()

    @app.get("/ping")
    async def ping() -> str:
        return "pong"

    @app.get("/items/{number}")
    async def item(number: int) -> int:
        return number

    @app.post("/orders")
    async def order() -> None: ...

    with LiveServer(app) as running:
        yield running


def test_the_panel_offers_what_a_plain_get_can_reach(server: LiveServer) -> None:
    assert TriggerPanel(server).endpoints == ["/ping"]


def test_a_route_added_later_is_offered_when_the_list_is_opened(server: LiveServer) -> None:
    panel = TriggerPanel(server)
    server.app.get("/mine")(lambda: 1)
    panel._receive(panel, {"type": "refresh"}, [])
    assert panel.endpoints == ["/ping", "/mine"]


def test_sending_draws_what_happened(server: LiveServer) -> None:
    panel = TriggerPanel(server)
    panel.count = 2
    panel.send()
    assert panel.status.startswith("Done: 2 requests")
    assert "atr-timeline" in panel.picture
    assert not panel.busy


def test_the_code_shown_is_httpx_and_follows_the_choice(server: LiveServer) -> None:
    panel = TriggerPanel(server)
    panel.count = 1
    assert panel.code == 'server.client.get("/ping")'
    panel.count = 4
    assert 'server.client.get, "/ping"' in panel.code
    assert "range(4)" in panel.code


def test_a_stopped_server_is_told_in_a_sentence(server: LiveServer) -> None:
    panel = TriggerPanel(server)
    server.stop()
    panel.send()
    assert panel.status == "The live server is stopped. Bring it back with: server.start()"
    assert not panel.busy


def test_the_text_of_the_panel_is_always_the_same(server: LiveServer) -> None:
    panel = TriggerPanel(server)
    panel.send()
    assert repr(panel) == repr(TriggerPanel(server)) == "<TriggerPanel: choose an endpoint, then Send>"


def test_a_click_sends_what_it_was_made_with(server: LiveServer) -> None:
    panel = TriggerPanel(server)
    done = threading.Event()
    panel.observe(lambda change: done.set() if change["new"].startswith("Done") else None, "status")
    panel._receive(panel, {"type": "send", "endpoint": "/ping", "count": 2}, [])
    assert done.wait(30)
    assert panel.status.startswith("Done: 2 requests")
