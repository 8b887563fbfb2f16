"""Two questions that any app can be asked while it works: is the loop free, is a worker thread free?"""

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOP = "/-/loop"
POOL = "/-/pool"


class Probed:
    """`app` behind two tiny endpoints of our own: `LOOP` answers on the loop, `POOL` in a worker thread."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if path == POOL:
            await run_in_threadpool(lambda: None)
        elif path != LOOP:
            await self.app(scope, receive, send)
            return
        await PlainTextResponse("alive")(scope, receive, send)
