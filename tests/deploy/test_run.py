"""The commands of the compose file, run as they stand there, outside of containers and on other ports."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from celery import Celery
from redis import Redis

from demo_app.lab.broker import Broker
from tests.conftest import ROOT, until
from tests.deploy.compose import COMPOSE, example, filled, services

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the image is a Linux")
LOGIN = ("admin", "secret")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Deployment:
    """API, worker, beat and Flower in processes of their own, with a broker of ours and an SQLite file."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder = folder
        self.broker = broker
        self.api, self.flower = (f"127.0.0.1:{free_port()}" for _ in range(2))
        flower = services(COMPOSE)["flower"]["environment"]
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DEMO_", "FLOWER_"))},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOSTNAME": socket.gethostname(),  # which an engine sets
            "DEMO_BROKER_URL": broker.url,
            "DEMO_DATABASE_URL": f"sqlite:///{folder / 'app.db'}",
            "DEMO_WORK_SECONDS": "0.2",
            "FLOWER_BASIC_AUTH": filled(flower["FLOWER_BASIC_AUTH"], example("redis")),
        }
        self.processes = {name: self._start(name) for name in ("api", "worker", "beat", "flower")}

    def log(self, name: str) -> str:
        """What this service wrote to its standard output and error."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def health(self, name: str, patience: int = 10) -> int:
        """The exit status of this service's health check; the worker's waits `patience` seconds for an answer."""
        kind, *words = services(COMPOSE)[name]["healthcheck"]["test"]
        command = ["sh", "-c", words[0].replace("$$", "$")] if kind == "CMD-SHELL" else words
        command = [word.replace("--timeout 10", f"--timeout {patience}") for word in self._moved(command)]
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, check=False).returncode

    def stop(self, name: str) -> int:
        """Ends this service as a deploy does, and returns its exit status."""
        self.processes[name].send_signal(signal.SIGTERM)
        return self.processes[name].wait(60)

    def kill(self) -> None:
        """Ends what is left of it."""
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, name: str) -> "subprocess.Popen[bytes]":
        command = self._moved(services(COMPOSE)[name]["command"])
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True)

    def _moved(self, command: Sequence[str]) -> list[str]:
        moves = {
            "0.0.0.0": "127.0.0.1",
            "8000": self.api.rpartition(":")[2],
            "5555": self.flower.rpartition(":")[2],
            "/var/lib/beat": str(self.folder),
        }
        return [re.sub("|".join(map(re.escape, moves)), lambda found: moves[found[0]], word) for word in command]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with ExitStack() as stack:
        broker = stack.enter_context(Broker.embedded())
        deployment = Deployment(tmp_path_factory.mktemp("deployment"), broker)
        stack.callback(deployment.kill)
        until(lambda: " ready." in deployment.log("worker"), "the worker was ready")
        until(lambda: "startup complete" in deployment.log("api"), "the API was ready")
        until(lambda: "Connected to" in deployment.log("flower"), "Flower was ready")
        yield deployment


def get(address: str, login: tuple[str, str] | None = None) -> httpx.Response:
    return httpx.get(f"http://{address}", auth=login, timeout=30)


@pytest.mark.parametrize("name", ["api", "worker", "flower"])
def test_the_health_check_of_a_service_that_lives_says_yes(deployment: Deployment, name: str) -> None:
    assert deployment.health(name) == 0


def test_a_report_goes_from_the_api_through_broker_and_worker_and_back(deployment: Deployment) -> None:
    ordered = httpx.post(f"http://{deployment.api}/reports", json={"month": "2026-10"}, timeout=30)
    assert ordered.status_code == 202
    place = f"{deployment.api}{ordered.headers['Location']}"
    until(lambda: get(place).json()["state"] == "SUCCESS", "the report was built")
    assert get(place).json()["result"] == {"month": "2026-10", "pages": 4}
    assert ordered.json()["id"] in deployment.log("worker")


def test_flower_lists_the_worker_to_whoever_logs_in(deployment: Deployment) -> None:
    workers: dict[str, Any] = get(f"{deployment.flower}/api/workers?refresh=1", LOGIN).json()
    assert list(workers) == [f"celery@{socket.gethostname()}"]
    assert "demo_app.worker.build_report" in next(iter(workers.values()))["registered"]


def test_flower_switches_events_on_by_itself(deployment: Deployment) -> None:
    until(lambda: "enabled by remote" in deployment.log("worker"), "Flower asked for events")


def test_flower_is_behind_its_login_and_two_of_its_pages_are_not(deployment: Deployment) -> None:
    pages = ["", "api/workers", "api/tasks", "broker", "metrics", "healthcheck"]
    answers = [get(f"{deployment.flower}/{page}").status_code for page in pages]
    assert answers == [401, 401, 401, 401, 200, 200]


def test_beat_keeps_what_it_asked_for_in_its_folder(deployment: Deployment) -> None:
    until(lambda: bool(list(deployment.folder.glob("schedule*"))), "beat wrote its schedule")
    assert "beat: Starting..." in deployment.log("beat")


def test_a_worker_drops_a_message_of_a_task_that_only_newer_code_has(deployment: Deployment) -> None:
    with Celery(broker=deployment.broker.url, set_as_current=False) as newer:
        newer.send_task("demo_app.worker.of_tomorrow")
        until(lambda: "has been ignored and discarded" in deployment.log("worker"), "the worker said so")
    with Redis.from_url(deployment.broker.url) as redis:
        assert (redis.llen("celery"), redis.hlen("unacked")) == (0, 0)


def test_at_the_end_each_service_ends_when_it_is_told_to_and_its_health_check_says_no(deployment: Deployment) -> None:
    assert deployment.stop("worker") == 0
    assert "Warm shutdown" in deployment.log("worker")
    assert deployment.health("worker", patience=1) != 0
    assert deployment.stop("beat") == deployment.stop("flower") == 0
    assert deployment.stop("api") in (0, -signal.SIGTERM)  # uvicorn passes the signal on to itself at the end
    assert deployment.health("api") != 0
    assert deployment.health("flower") != 0
