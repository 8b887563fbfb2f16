"""JupyterLab as the launcher starts it, with a home of its own, and a page that looks at it."""

import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from launcher import lab as launched
from launcher.project import Project

PATIENCE = 240_000  # ms: these machines are busy, and a table of kills takes a minute on an idle one
_TOKEN = "browser-tests"


class Course(Project):
    """A project whose environment is the one that runs the tests."""

    @property
    def python(self) -> Path:
        return Path(sys.executable)


class Lab:
    """A JupyterLab on the working copy of a project."""

    def __init__(self, project: Course, home: Path) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.attempts = home / "attempts.sqlite3"
        self._project, self._home = project, home

    def __enter__(self) -> Self:
        command = [*launched.command(self._project, self.port, browser=False), "--expose-app-in-browser"]
        base = {name: value for name, value in os.environ.items() if name != "PREDICTIONS"}
        base |= {"HOME": str(self._home), "QUIZ_STORE": str(self.attempts)}
        self._process = subprocess.Popen(
            command,
            cwd=self._project.course,
            env=launched.environment(self._project, _TOKEN, base),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()  # JupyterLab hangs now and then while it stops
            self._process.wait()

    def _wait(self) -> None:
        while self._process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/api?token={_TOKEN}", timeout=5).close()
                return
            except (URLError, ConnectionError, TimeoutError):
                self._pause()
        raise RuntimeError(f"JupyterLab ended with status {self._process.returncode}")

    def _pause(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)

    def address(self, lesson: str) -> str:
        """Where a browser opens this lesson in a workspace of its own, with nothing that was open before."""
        return f"{self.url}/lab/workspaces/{uuid4().hex[:8]}/tree/{lesson}.ipynb?token={_TOKEN}"


def _free_port() -> int:
    """Chosen by the system: the launcher's own choice begins at the same number in each test process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Notebook:
    """A lesson open in a page."""

    page: Page
    requests: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)  # what the kernel sent, message by message

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._receive))

    def _receive(self, frame: str | bytes) -> None:
        self.received.append(frame if isinstance(frame, str) else frame.decode("utf-8", "replace"))

    def open(self, address: str, kernel: bool = True) -> None:
        """Opens a lesson; with `kernel`, returns when its kernel is ready."""
        self.page.goto(address)
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        if kernel:
            self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Until the kernel is idle."""
        self.page.wait_for_function(f"() => {_KERNEL}?.status === 'idle'")

    def run_all(self) -> None:
        """Runs every cell and returns when the last one is done."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.wait_for_kernel()

    def run(self, *cells: str) -> None:
        """Runs the cells with these ids, in this order."""
        for cell in cells:
            self.page.evaluate(_RUN_CELL, cell)
        self.wait_for_kernel()

    def choose_theme(self, name: str) -> None:
        """Shows JupyterLab in this theme."""
        self.page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
        self.page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")

    def set_source(self, cell: str, source: str) -> None:
        """Writes into the cell with this id."""
        self.page.evaluate(_SET_SOURCE, [cell, source])

    def start(self, cell: str) -> None:
        """Runs the cell with this id, and returns when it has shown something."""
        self.page.evaluate(_START_CELL, cell)
        self.page.wait_for_function(f"id => {_OUTPUTS}(id).length > 0", arg=cell)

    def clear(self, cell: str) -> None:
        """Takes the outputs of the cell with this id off the page."""
        self.page.evaluate(_CLEAR, cell)

    def printed(self, cell: str) -> str:
        """What the cell with this id has printed so far."""
        return "".join(output.get("text", "") for output in self.page.evaluate(f"id => {_OUTPUTS}(id)", cell))

    def interrupt(self) -> None:
        """Interrupts the cell that runs."""
        self.page.evaluate(f"() => {_KERNEL}.interrupt()")
        self.wait_for_kernel()

    def shut_down_kernel(self) -> None:
        """Ends the kernel; the page stays."""
        self.page.evaluate(f"() => {_KERNEL}.shutdown()")

    def cell(self, identifier: str) -> Locator:
        """The cell with this id."""
        self.page.wait_for_function(f"id => ({_CELL_INDEX})(id) >= 0", arg=identifier)
        index = self.page.evaluate(_CELL_INDEX, identifier)
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")

    def cell_count(self) -> int:
        """How many cells the notebook has now."""
        return int(self.page.evaluate(f"() => {_MODEL}.cells.length"))

    def errors(self) -> list[str]:
        """The names of the exceptions in the outputs."""
        return list(self.page.evaluate(_ERRORS))

    def restart(self) -> None:
        """A new kernel; the outputs stay."""
        self.page.evaluate(f"() => {_PANEL}.sessionContext.session.kernel.restart()")
        self.wait_for_kernel()

    def save(self) -> None:
        """Writes the notebook with its outputs."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def foreign_requests(self) -> list[str]:
        """The addresses outside this machine that the page asked for."""
        return [url for url in self.requests if _is_foreign(url)]


_PANEL = "window.jupyterapp.shell.currentWidget"
_MODEL = f"{_PANEL}?.content?.model"
_KERNEL = f"{_PANEL}?.sessionContext?.session?.kernel"
_CELL_INDEX = f"id => [...({_MODEL}?.cells ?? [])].findIndex(cell => cell.id === id)"
_RUN_CELL = f"""async id => {{
    const notebook = {_PANEL}.content;
    notebook.activeCellIndex = ({_CELL_INDEX})(id);
    await window.jupyterapp.commands.execute('notebook:run-cell');
}}"""
_SET_SOURCE = f"""([id, source]) => {{
    for (const cell of {_MODEL}.cells) if (cell.id === id) cell.sharedModel.setSource(source);
}}"""
_CLEAR = f"id => [...{_MODEL}.cells].find(cell => cell.id === id).clearExecution()"
_OUTPUTS = f"(id => [...{_MODEL}.cells].find(cell => cell.id === id).sharedModel.outputs)"
_START_CELL = _RUN_CELL.replace("await window", "window")
_ERRORS = f"""() => [...{_MODEL}.cells].flatMap(
    cell => (cell.sharedModel.outputs ?? []).filter(output => output.output_type === 'error').map(o => o.ename))"""


def _is_foreign(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost")
