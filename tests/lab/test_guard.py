"""Who is let in to a live server, and who is not."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, WebSocket

from demo_app.lab.guard import Guard
from demo_app.lab.server import LiveServer

NAVIGATE = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}


def guarded_app() -> FastAPI:
    """`/where` says what the app saw of its own address, `/order` can be posted to."""
    app = FastAPI()

    @app.get("/")
    async def root() -> str:
        return "home"

    @app.get("/where")
    async def where(request: Request) -> str:
        return str(request.url.query)

    @app.post("/order")
    async def order() -> str:
        return "ordered"

    return app


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """A running server; visitors leave no trace on it."""
    with LiveServer(guarded_app()) as server:
        yield server


@pytest.fixture
def browser(server: LiveServer) -> Iterator[httpx.Client]:
    """A client that has cookies, but not the token."""
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        yield browser


@pytest.fixture
def visitor(server: LiveServer, browser: httpx.Client) -> httpx.Client:
    """The browser after a click on the link."""
    browser.get(server.open("/where").address, headers=NAVIGATE)
    return browser


def test_who_has_no_token_is_told_what_to_use(browser: httpx.Client) -> None:
    answer = browser.get("/where")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "use server.client, or server.open() for a link that works in your browser." in answer.text


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/nowhere"])
def test_nothing_of_the_app_is_shown_without_a_token(browser: httpx.Client, path: str) -> None:
    assert browser.get(path).status_code == 401


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Bearer é", "Basic abc", ""])
def test_a_wrong_token_is_no_token(browser: httpx.Client, header: str) -> None:
    assert browser.get("/where", headers={b"authorization": header.encode("utf-8")}).status_code == 401


def test_the_token_of_one_server_does_not_open_another(server: LiveServer) -> None:
    with LiveServer(guarded_app()) as other:
        answer = httpx.get(f"{other.url}/where", headers=server._guard.headers, trust_env=False)
    assert answer.status_code == 401


def test_the_link_lets_a_browser_in_and_leads_on(server: LiveServer, browser: httpx.Client) -> None:
    entered = browser.get(server.open("/where").address, headers=NAVIGATE)
    assert (entered.status_code, entered.headers["location"]) == (303, "/where")
    assert "httponly" in entered.headers["set-cookie"].lower()
    assert "samesite=lax" in entered.headers["set-cookie"].lower()
    assert browser.get("/where", headers=NAVIGATE).status_code == 200


def test_the_link_can_be_used_again(server: LiveServer, visitor: httpx.Client) -> None:
    again = visitor.get(server.open("/where").address, headers=NAVIGATE)
    assert (again.status_code, again.headers["location"]) == (303, "/where")


@pytest.mark.parametrize("path", ["/", "/where?a=1&b=two%20words", "/docs"])
def test_the_link_leads_to_any_path_of_the_app(server: LiveServer, browser: httpx.Client, path: str) -> None:
    landed = browser.get(server.open(path).address, headers=NAVIGATE, follow_redirects=True)
    assert landed.status_code == 200
    assert landed.url.raw_path.decode() == path


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_servers_own_pages_may_fetch(visitor: httpx.Client, site: str) -> None:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": "cors"}
    assert visitor.get("/where", headers=headers).status_code == 200
    assert visitor.post("/order", headers=headers).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("mode", ["cors", "no-cors"])
def test_other_pages_may_not_fetch(visitor: httpx.Client, site: str, mode: str) -> None:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
    assert visitor.get("/where", headers=headers).status_code == 401


def test_a_link_on_another_page_may_lead_here_but_a_form_may_not(visitor: httpx.Client) -> None:
    headers = {"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}
    assert visitor.get("/where", headers=headers).status_code == 200
    assert visitor.post("/order", headers=headers).status_code == 401


def test_a_cookie_without_a_word_of_where_it_comes_from_is_refused(visitor: httpx.Client) -> None:
    assert visitor.get("/where").status_code == 401


@pytest.mark.parametrize("others", ['a/b="1; 2"', "@=1", "bad", 'username-127-0-0-1-8888="2|1:0"', "é=ü"])
def test_cookies_of_other_servers_on_this_machine_do_no_harm(visitor: httpx.Client, others: str) -> None:
    own = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {b"cookie": f"{others}; {own}".encode(), b"sec-fetch-site": b"same-origin"}
    assert visitor.get("/where", headers=headers).status_code == 200


@pytest.mark.parametrize("value", ["wrong", "", "é"])
def test_a_wrong_cookie_is_refused(server: LiveServer, browser: httpx.Client, value: str) -> None:
    headers = {b"cookie": f"{server._guard.cookie}={value}".encode(), b"sec-fetch-site": b"same-origin"}
    assert browser.get("/where", headers=headers).status_code == 401


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "https://evil.example", "evil.example", ""])
def test_the_entrance_leads_nowhere_else(server: LiveServer, browser: httpx.Client, to: str) -> None:
    token = server._guard.token
    answer = browser.get("/-/open", params={"token": token, "to": to}, headers=NAVIGATE)
    assert answer.headers.get("location", "/docs").startswith("/docs")
    assert "evil" not in answer.headers.get("location", "")


@pytest.mark.parametrize("query", ["", "?token=wrong&to=/where", "?token=%C3%A9", "?to=/where"])
def test_the_entrance_asks_for_the_token(browser: httpx.Client, query: str) -> None:
    answer = browser.get(f"/-/open{query}", headers=NAVIGATE)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def websocket(guard: Guard, *headers: tuple[bytes, bytes]) -> list[str]:
    """The messages that a websocket handshake with these headers is answered by."""
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/live", "query_string": b"", "headers": list(headers)}
    asyncio.run(guard({**scope, "subprotocols": [], "app": None}, receive, send))
    return sent


def test_a_websocket_is_guarded_too() -> None:
    app = FastAPI()

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    guard = Guard(app)
    bearer = (b"authorization", f"Bearer {guard.token}".encode())
    cookie = (b"cookie", f"{guard.cookie}={guard.token}".encode())
    assert websocket(guard) == ["websocket.close"]
    assert websocket(guard, bearer)[0] == "websocket.accept"
    assert websocket(guard, cookie, (b"sec-fetch-site", b"same-origin"))[0] == "websocket.accept"
    assert websocket(guard, cookie, (b"sec-fetch-site", b"cross-site"))[0] == "websocket.close"
