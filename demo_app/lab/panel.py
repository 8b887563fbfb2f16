"""A small panel that sends requests to a live server: for the learner's hands and the instructor's demonstration."""

import threading
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from demo_app.lab.clicks import answer_on_any_thread
from demo_app.lab.errors import LabError
from demo_app.lab.server import LiveServer

_STATIC = Path(__file__).parent / "static"


class TriggerPanel(anywidget.AnyWidget):
    """Choose an endpoint and how many requests to send at once; the panel shows the code and draws the timeline."""

    _esm = _STATIC / "panel.js"
    _css = _STATIC / "panel.css"

    endpoints = traitlets.List(traitlets.Unicode()).tag(sync=True)
    endpoint = traitlets.Unicode().tag(sync=True)
    count = traitlets.Int(3, min=1, max=50).tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode("Nothing sent yet.").tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(self, server: LiveServer) -> None:
        endpoints = _endpoints(server)
        super().__init__(endpoints=endpoints, endpoint=endpoints[0] if endpoints else "")
        self._server = server
        self._sending = threading.Lock()
        self.observe(self._show_code, ["endpoint", "count"])
        self.on_msg(self._receive)
        self._show_code()
        answer_on_any_thread(self)

    def send(self) -> None:
        """Sends the chosen requests and draws what happened on the server."""
        if not self._sending.acquire(blocking=False):
            return
        try:
            self.busy, self.status = True, f"Sending {self.count} × GET {self.endpoint} …"
            timeline = self._server.burst(self.endpoint, n=self.count)
            self.picture = timeline.html()
            self.status = f"Done: {timeline.words}."
        except LabError as error:
            self.status = str(error)
        finally:
            self.busy = False
            answer_on_any_thread(self)
            self._sending.release()

    def __repr__(self) -> str:
        return "<TriggerPanel: choose an endpoint, then Send>"

    def _show_code(self, _: Any = None) -> None:
        get = f'server.client.get, "{self.endpoint}"'
        if self.count == 1:
            self.code = f'server.client.get("{self.endpoint}")'
        else:
            self.code = (
                "from concurrent.futures import ThreadPoolExecutor\n\n"
                f"with ThreadPoolExecutor({self.count}) as clients:\n"
                f"    answers = [clients.submit({get}) for _ in range({self.count})]"
            )

    def _receive(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("type") == "refresh":
            self.endpoints = _endpoints(self._server)
        elif content.get("type") == "send":
            # With the message, because a change of state that is on its way may come after it.
            self.endpoint, self.count = str(content["endpoint"]), int(content["count"])
            # Not in the kernel's own thread: the page must stay able to talk to it.
            threading.Thread(target=self.send, daemon=True).start()


def _endpoints(server: LiveServer) -> list[str]:
    """The paths of the app that a plain GET can reach."""
    paths = server.app.openapi()["paths"]
    return [path for path, operations in paths.items() if "get" in operations and "{" not in path]
