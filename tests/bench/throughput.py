"""Requests a second of the live server, over a plain uvicorn process and over itself without tracer and guard."""

import socket
import subprocess
import sys
import time
from contextlib import closing
from statistics import median
from typing import Any

from tests.bench.kernel import Kernel

# Runs in the kernel: one client there asks three servers in turn.
_IN_KERNEL = """
import socket, time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from statistics import median
import httpx
from demo_app.lab import LiveServer
from demo_app.lab.thread import ServerThread
from demo_app.main import create_app

server = LiveServer(create_app("cycle")).start()
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
bare = ServerThread(create_app("cycle"), listener, deque(maxlen=500))
def client_of(address):  # the live server's own in all but the address: the client is most of what a request costs
    transport = httpx.HTTPTransport(limits=httpx.Limits(max_connections=None), verify=False)
    options = {"headers": server.client.headers, "timeout": 60, "trust_env": False}
    return httpx.Client(base_url=address, transport=transport, **options)

clients = {
    "live": server.client,
    "bare": client_of(f"http://127.0.0.1:{listener.getsockname()[1]}"),
    "process": client_of("http://127.0.0.1:PORT"),
}

def rate(client, requests, at_once):
    begin = time.perf_counter()
    if at_once == 1:
        for _ in range(requests):
            client.get("/ping").raise_for_status()
    else:
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda _: client.get("/ping"), range(requests)))
    return requests / (time.perf_counter() - begin)

def rounds(count, requests, at_once):
    for client in clients.values():
        rate(client, requests, at_once)
    return [{name: rate(client, requests, at_once) for name, client in clients.items()} for _ in range(count)]
"""


def ratios(rounds: int = 9, requests: int = 400) -> dict[str, str]:
    """Medians of the ratios of interleaved rounds, for one client and for twenty at once."""
    with closing(_plain_process()) as plain, Kernel() as kernel:
        kernel.run(_IN_KERNEL.replace("PORT", str(plain.port)))
        alone = kernel.run("", f"rounds({rounds}, {requests}, 1)")
        crowded = kernel.run("", f"rounds({rounds}, {requests}, 20)")
        kernel.run("server.stop(); bare.stop()")
    return {
        "live server over a plain uvicorn process": _ratio(alone, "live", "process"),
        "the same, 20 clients at once": _ratio(crowded, "live", "process"),
        "with tracer and guard over without": _ratio(alone, "live", "bare"),
    }


def _ratio(measured: list[dict[str, float]], one: str, other: str) -> str:
    ratio = median(row[one] / row[other] for row in measured)
    ours, theirs = (median(row[name] for row in measured) for name in (one, other))
    return f"{ratio:.2f} ({ours:.0f}/s over {theirs:.0f}/s, median of {len(measured)} rounds)"


class _Process:
    """`uvicorn demo_app.main:app` as anybody would run it, with the loop and the parser of the live server."""

    def __init__(self, port: int, process: "subprocess.Popen[Any]") -> None:
        self.port, self._process = port, process

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def _plain_process() -> _Process:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "demo_app.main:app", "--port", str(port), "--loop", "asyncio"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return _Process(port, process)
        except OSError:
            time.sleep(0.05)
