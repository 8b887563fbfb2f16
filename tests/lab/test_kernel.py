"""The server in real kernels: what a learner's restart, interrupt and re-run do to it."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from jupyter_client.manager import KernelManager

from tests.conftest import ROOT, until

TIMEOUT = 60
SETUP = """
from demo_app.lab import LiveServer
from demo_app.main import create_app
server = LiveServer(create_app("cycle")).start()
print(server.url)
"""


@dataclass
class Ran:
    """What a cell put on the page."""

    out: str = ""
    err: str = ""
    error: dict[str, Any] = field(default_factory=dict)


class Kernel:
    """A kernel of this Python, driven as a notebook drives it."""

    def __init__(self) -> None:
        self.manager = KernelManager()
        if os.name == "posix":
            self.manager.transport = "ipc"  # TCP ports race when several kernels start together
        self.manager.start_kernel(cwd=str(ROOT))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def run(self, code: str, on_print: Callable[[], None] | None = None) -> Ran:
        """Runs a cell to its end; `on_print` is called whenever it prints."""
        ran = Ran()

        def collect(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                ran.out += content["text"]
                if on_print is not None:
                    on_print()
            elif message["msg_type"] == "stream":
                ran.err += content["text"]
            elif message["msg_type"] == "execute_result":
                ran.out += content["data"]["text/plain"]
            elif message["msg_type"] == "error":
                ran.error = content

        self.client.execute_interactive(code, output_hook=collect, timeout=TIMEOUT, allow_stdin=False)
        return ran

    def setup(self) -> int:
        """Runs the setup cell; the port of its server."""
        ran = self.run(SETUP)
        assert not ran.error, ran.error
        assert ran.err == ""
        return urlsplit(ran.out.strip()).port or 0

    def close(self) -> None:
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """One kernel for all tests that leave it alive; each runs its setup cell."""
    kernel = Kernel()
    yield kernel
    kernel.close()


@pytest.fixture
def doomed() -> Iterator[Kernel]:
    """A kernel that does not outlive its test."""
    kernel = Kernel()
    yield kernel
    kernel.close()


def closed(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) != 0


def test_a_restart_frees_the_port_and_the_setup_cell_runs_again(kernel: Kernel) -> None:
    port = kernel.setup()
    assert not closed(port)
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=TIMEOUT)
    assert closed(port)
    assert not closed(kernel.setup())


def test_a_shutdown_frees_the_port(doomed: Kernel) -> None:
    port = doomed.setup()
    doomed.manager.shutdown_kernel()
    assert closed(port)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_kernel_frees_its_port_and_no_other(kernel: Kernel, doomed: Kernel) -> None:
    port, other = doomed.setup(), kernel.setup()
    assert port != other
    os.kill(int(doomed.run("import os; os.getpid()").out), signal.SIGKILL)
    until(lambda: not doomed.manager.is_alive(), "the kernel is dead")
    assert closed(port)
    assert kernel.run("server.client.get('/ping').json()").out == "{'answer': 'pong'}"


def test_interrupting_a_cell_leaves_the_server_answering(kernel: Kernel) -> None:
    kernel.setup()
    sleeping = "import time\nprint('asleep', flush=True)\ntime.sleep(600)"
    began = time.monotonic()
    ran = kernel.run(sleeping, on_print=kernel.manager.interrupt_kernel)
    assert ran.error["ename"] == "KeyboardInterrupt"
    assert time.monotonic() - began < 600
    assert kernel.run("server.client.get('/ping').json()").out == "{'answer': 'pong'}"


def test_interrupting_a_request_leaves_the_server_answering(kernel: Kernel) -> None:
    kernel.setup()
    slow = (
        "import threading\n"
        "go = threading.Event()\n"
        "@server.app.get('/held')\n"
        "def held() -> None:\n"
        "    print('asleep', flush=True)\n"
        "    go.wait(600)\n"
        "server.client.get('/held')"
    )
    assert kernel.run(slow, on_print=kernel.manager.interrupt_kernel).error["ename"] == "KeyboardInterrupt"
    assert kernel.run("server.client.get('/ping').json()").out == "{'answer': 'pong'}"
    assert kernel.run("go.set()\nserver.stop()").error == {}


def test_running_the_setup_cell_again_keeps_what_the_learner_added(kernel: Kernel) -> None:
    first = kernel.setup()
    kernel.run("@server.app.get('/mine')\ndef mine() -> str:\n    return 'soup'")
    kernel.run("@server.app.get('/mine')\ndef mine() -> str:\n    return 'stew'")
    second = kernel.setup()
    assert closed(first)
    assert not closed(second)
    assert kernel.run("server.client.get('/mine').json()").out == "'stew'"


def test_what_the_learner_can_mend_is_one_sentence_without_a_traceback(kernel: Kernel) -> None:
    kernel.setup()
    ran = kernel.run("server.stop()\nserver.client")
    assert ran.error["ename"] == "ServerNotRunning"
    assert ran.error["traceback"] == [
        "ServerNotRunning: The live server is stopped. Bring it back with: server.start()"
    ]
    assert kernel.run("server.start()").out == "<LiveServer: answering>"


def test_an_endpoint_that_raises_shows_nothing_until_it_is_asked_for(kernel: Kernel) -> None:
    kernel.setup()
    kernel.run("@server.app.get('/boom')\nasync def boom() -> None:\n    raise RuntimeError('the kitchen burns')")
    ran = kernel.run("server.client.get('/boom').status_code")
    assert (ran.out, ran.err) == ("500", "")
    assert kernel.run("server.errors").out == "[<GET /boom: RuntimeError: the kitchen burns>]"


def test_an_async_cell_can_use_the_lab_too(kernel: Kernel) -> None:
    kernel.setup()
    code = "import asyncio\nawait asyncio.sleep(0)\nserver.burst('/ping', n=2).statuses"
    assert kernel.run(code).out == "[200, 200]"
