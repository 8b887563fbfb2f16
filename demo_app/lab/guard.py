"""Lets only this kernel, and a browser that it sent, reach a live server.

A server on 127.0.0.1 is open to every user of the machine and, by forged requests, to every page in the browser.
"""

from hmac import compare_digest
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlencode

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

ENTRANCE = "/-/open"
_REFUSAL = (
    "401: this server answers only the notebook that started it. "
    "In the notebook, use server.client, or server.open() for a link that works in your browser."
)


class Guard:
    """ASGI middleware that demands `token` from each request: as bearer token, or as cookie from its own pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.token = token_urlsafe(24)
        self.cookie = f"live_server_{self.token[:8]}"  # cookies do not know ports: two servers need two names
        self.headers = {"Authorization": f"Bearer {self.token}"}
        self._bearer = self.headers["Authorization"].encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == ENTRANCE:
            await self._enter(scope)(scope, receive, send)
        elif scope["type"] == "lifespan" or self._admits(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(_REFUSAL, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)

    def link(self, path: str) -> str:
        """The address, below the server's own, that gives a browser the cookie and sends it on to `path`."""
        return f"{ENTRANCE}?{urlencode({'token': self.token, 'to': path})}"

    def _admits(self, scope: Scope) -> bool:
        for name, value in scope["headers"]:
            if name == b"authorization" and compare_digest(bytes(value), self._bearer):
                return True
        return self._admits_page(HTTPConnection(scope))

    def _admits_page(self, connection: HTTPConnection) -> bool:
        if not self._is_token(connection.cookies.get(self.cookie, "")):
            return False
        # 127.0.0.1 is one site for all ports: a page of another server could send our cookie along, but may link here.
        headers = connection.headers
        linked = headers.get("sec-fetch-mode") == "navigate" and connection.scope.get("method") == "GET"
        return linked or headers.get("sec-fetch-site") in ("same-origin", "none")

    def _is_token(self, offered: str) -> bool:
        return compare_digest(offered.encode(), self.token.encode())

    def _enter(self, scope: Scope) -> PlainTextResponse | RedirectResponse:
        query = parse_qs(scope["query_string"].decode())
        path = query.get("to", ["/docs"])[0]
        elsewhere = not path.startswith("/") or path.startswith(("//", "/\\"))
        if elsewhere or not self._is_token(query.get("token", [""])[0]):
            return PlainTextResponse(_REFUSAL, 401)
        response = RedirectResponse(path, 303)
        response.set_cookie(self.cookie, self.token, httponly=True, samesite="lax")
        return response
