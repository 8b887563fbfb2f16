"""The server of a notebook: how it starts, what it tells, and how it stops."""

import os
import shutil
import signal
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI

from demo_app.lab.errors import LabError, ServerFailed, ServerNotRunning, ServerTimeout
from demo_app.lab.server import LiveServer
from tests.conftest import PATIENCE, ROOT, fresh_python, until
from tests.lab.apps import Held, answering_app, failing_app, meeting_app


@pytest.fixture
def server() -> Iterator[LiveServer]:
    """A running server of `answering_app`."""
    with LiveServer(answering_app()) as server:
        yield server


def port_of(server: LiveServer) -> int:
    return httpx.URL(server.url).port or 0


def open_port(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def get_in_background(server: LiveServer, path: str) -> threading.Thread:
    """A request nobody waits for."""

    def get() -> None:
        with suppress(httpx.TransportError, RuntimeError):  # the server may be stopped before, or meanwhile
            server.client.get(path)

    thread = threading.Thread(target=get, daemon=True)
    thread.start()
    return thread


class TestStarting:
    def test_a_started_server_answers_on_this_machine_only(self) -> None:
        server = LiveServer(answering_app()).start()
        assert server.client.get("/").json() == "here"
        assert server.url.startswith("http://127.0.0.1:")
        assert repr(server) == "<LiveServer: answering>"

    def test_starting_again_closes_the_first_port(self) -> None:
        server = LiveServer(answering_app()).start()
        first = port_of(server)
        server.start()
        assert not open_port(first)
        assert open_port(port_of(server))

    def test_running_the_setup_cell_again_replaces_the_server_it_started(self) -> None:
        first = LiveServer(answering_app("first")).start()
        port = port_of(first)
        second = LiveServer(answering_app("second")).start()
        assert not open_port(port)
        assert repr(first) == "<LiveServer: stopped>"
        assert second.client.get("/").json() == "second"

    def test_many_starts_leave_one_thread(self) -> None:
        for _ in range(5):
            LiveServer(answering_app()).start()
        assert len([thread for thread in threading.enumerate() if thread.name == "live server"]) == 1

    def test_a_with_block_leaves_the_notebook_its_server(self) -> None:
        notebook = LiveServer(answering_app("notebook")).start()
        with LiveServer(answering_app("guest")) as guest:
            assert guest.client.get("/").json() == "guest"
        assert notebook.client.get("/").json() == "notebook"
        assert LiveServer._of_the_notebook is notebook
        assert repr(guest) == "<LiveServer: stopped>"

    def test_interrupting_a_cell_stays_pythons_business(self) -> None:
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        with LiveServer(answering_app()):
            assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before

    def test_answers_are_not_held_back_by_nagles_algorithm(self, server: LiveServer) -> None:
        async def options() -> list[int]:
            connections = server._thread._server.server_state.connections  # type: ignore[union-attr]
            sockets = [connection.transport.get_extra_info("socket") for connection in connections]
            return [accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for accepted in sockets]

        server.client.get("/")
        assert server._thread is not None
        [no_delay] = server._thread.call(options())
        assert no_delay

    def test_two_servers_answer_side_by_side(self, server: LiveServer) -> None:
        with LiveServer(answering_app("other")) as other:
            assert server.client.get("/").json() == "here"
            assert other.client.get("/").json() == "other"


class TestLifespanFailure:
    def test_the_apps_own_exception_is_the_cause(self) -> None:
        with pytest.raises(ServerFailed, match="lifespan raised RuntimeError: db url missing") as caught:
            LiveServer(failing_app()).start()
        assert isinstance(caught.value.__cause__, RuntimeError)

    def test_nothing_is_left_listening_or_open(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[socket.socket] = []

        class Noted(socket.socket):
            def __init__(self, *kind: int) -> None:
                super().__init__(*kind)
                made.append(self)

        monkeypatch.setattr("demo_app.lab.server.socket.socket", Noted)
        before = threading.active_count()
        with pytest.raises(ServerFailed):
            LiveServer(failing_app()).start()
        assert made[0].fileno() == -1
        assert threading.active_count() == before

    def test_the_mended_app_starts_after_a_failed_one(self) -> None:
        with pytest.raises(ServerFailed):
            LiveServer(failing_app()).start()
        assert LiveServer(answering_app()).start().client.get("/").json() == "here"


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests in flight get less than the two seconds."""
    monkeypatch.setattr("demo_app.lab.thread._GRACE", 0.2)


@pytest.mark.usefixtures("short_grace")
class TestStopping:
    def test_a_stopped_server_says_how_to_bring_it_back(self) -> None:
        server = LiveServer(answering_app()).start()
        server.stop()
        for ask in (
            lambda: server.client,
            lambda: server.url,
            lambda: server.burst("/"),
            lambda: server.waiting,
            lambda: server.threads,
            lambda: server.open(),
        ):
            with pytest.raises(ServerNotRunning, match=r"stopped.*server\.start\(\)"):
                ask()

    def test_stopping_twice_is_fine(self, server: LiveServer) -> None:
        server.stop()
        server.stop()
        assert repr(server) == "<LiveServer: stopped>"

    @pytest.mark.parametrize("path", ["/sync", "/async"])
    def test_a_request_in_flight_is_cut_off_and_the_thread_ends(self, path: str) -> None:
        held = Held()
        server = LiveServer(held.app).start()
        thread, port = server._thread, port_of(server)
        get_in_background(server, path)
        assert held.came.wait(PATIENCE)
        server.stop()
        assert not open_port(port)
        assert thread is not None
        until(lambda: not thread.running, "the server's thread ends, although the request was not let go")
        held.go.set()

    def test_a_blocked_loop_is_left_behind_and_ends_when_it_can(self, capfd: pytest.CaptureFixture[str]) -> None:
        held = Held()
        server = LiveServer(held.app).start()
        thread, port = server._thread, port_of(server)
        get_in_background(server, "/blocking")
        assert held.came.wait(PATIENCE)
        server.stop()  # returns although the loop is still blocked
        assert thread is not None
        assert thread.running
        assert not open_port(port)
        held.go.set()
        until(lambda: not thread.running, "the server's thread ends")
        assert capfd.readouterr() == ("", "")


class TestBurst:
    @pytest.mark.parametrize(
        ("path", "words", "peak"),
        [("/thread", "all at once", 3), ("/loop", "one at a time", 1), ("/await", "all at once", 3)],
    )
    def test_the_order_is_seen_on_the_server(self, path: str, words: str, peak: int) -> None:
        with LiveServer(meeting_app(3)) as server:
            timeline = server.burst(path, n=3)
        assert repr(timeline) == f"<Timeline: 3 requests, {words}>"
        assert (timeline.peak, timeline.statuses) == (peak, [200, 200, 200])

    def test_two_threads_let_in_two_at_a_time(self) -> None:
        with LiveServer(meeting_app(2)) as server:
            server.threads = 2
            assert repr(server.burst("/thread", n=4)) == "<Timeline: 4 requests, at most 2 at once>"

    @pytest.mark.parametrize(("path", "status"), [("/boom", 500), ("/nowhere", 404), ("/refused", 403)])
    def test_a_refusal_is_said(self, server: LiveServer, path: str, status: int) -> None:
        timeline = server.burst(path)
        assert repr(timeline) == f"<Timeline: 1 request, answered {status}>"

    def test_several_paths_share_a_burst(self) -> None:
        with LiveServer(meeting_app(2)) as server:
            timeline = server.burst("/thread", "/await", n=2)
        assert sorted(request.name for request in timeline.requests) == ["GET /await"] * 2 + ["GET /thread"] * 2

    def test_method_and_body_are_passed_on(self) -> None:
        app = FastAPI()
        got: list[tuple[int, str]] = []

        @app.post("/orders")
        async def order(number: int, body: dict[str, str]) -> None:
            got.append((number, body["dish"]))

        with LiveServer(app) as server:
            timeline = server.burst("/orders", method="POST", params={"number": 7}, json={"dish": "soup"})
        assert timeline.statuses == [200]
        assert got == [(7, "soup")]

    def test_a_wrong_argument_is_raised_in_the_cell(self, server: LiveServer) -> None:
        with pytest.raises(TypeError, match="jsno"):
            server.burst("/", jsno={})

    @pytest.mark.usefixtures("short_grace")
    def test_a_server_stopped_meanwhile_says_so(self) -> None:
        held = Held()
        server = LiveServer(held.app).start()

        def stop() -> None:
            held.came.wait(PATIENCE)
            server.stop()

        threading.Thread(target=stop, daemon=True).start()
        with pytest.raises(ServerTimeout, match=r"GET /async was cut off .*server\.start\(\)"):
            server.burst("/async")
        held.go.set()

    def test_no_answer_in_time_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("demo_app.lab.server.PATIENCE", 0.2)
        held = Held()
        with LiveServer(held.app) as server:
            with pytest.raises(ServerTimeout, match=r"GET /async had no answer within 0.2 s.*server\.start\(\)"):
                server.burst("/async")
            held.go.set()


class TestTelling:
    def test_an_exception_is_there_as_soon_as_the_client_has_its_500(self, server: LiveServer) -> None:
        assert server.client.get("/boom").status_code == 500
        [error] = server.errors
        assert repr(error) == "<GET /boom: RuntimeError: the kitchen burns>"
        assert isinstance(error.exception, RuntimeError)
        assert error.exception.__traceback__ is not None

    def test_a_refusal_is_no_error(self, server: LiveServer) -> None:
        server.client.get("/refused")
        assert server.errors == []

    def test_logs_are_kept_and_nothing_is_printed(self, capfd: pytest.CaptureFixture[str]) -> None:
        with LiveServer(answering_app()) as server:
            server.client.get("/")
            server.client.get("/boom")
            until(lambda: any("the kitchen burns" in line for line in server.logs), "the error is logged")
        logs = "\n".join(server.logs)
        assert 'GET / HTTP/1.1" 200' in logs
        assert "INFO uvicorn.error: Application startup complete." in logs
        assert capfd.readouterr() == ("", "")

    def test_threads_can_be_read_and_set(self, server: LiveServer) -> None:
        assert server.threads == 40
        server.threads = 3
        assert server.threads == 3

    def test_those_who_wait_for_a_thread_are_counted(self) -> None:
        held = Held()
        with LiveServer(held.app) as server:
            server.threads = 1
            clients = [get_in_background(server, "/sync") for _ in range(3)]
            until(lambda: server.waiting == 2, "two requests wait for a thread")
            held.go.set()
            for client in clients:
                client.join(PATIENCE)
            until(lambda: server.waiting == 0, "nobody waits")

    def test_threads_can_be_asked_for_while_the_loop_is_blocked(self) -> None:
        held = Held()
        with LiveServer(held.app) as server:
            get_in_background(server, "/blocking")
            assert held.came.wait(PATIENCE)
            assert (server.threads, server.waiting) == (40, 0)
            held.go.set()


class TestOnAHub:
    @pytest.fixture
    def hub(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """The folder for temporary files of a machine that people share."""
        monkeypatch.setenv("JUPYTERHUB_USER", "ada")
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        return tmp_path

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no Unix sockets in Python")
    def test_only_the_owner_can_reach_the_socket(self, hub: Path) -> None:
        with LiveServer(answering_app()) as server:
            [folder] = hub.iterdir()
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert [path.is_socket() for path in folder.iterdir()] == [True]
            assert server.client.get("/").json() == "here"
            assert len(server.burst("/", n=3).requests) == 3

    def test_nothing_is_left_after_the_stop(self, hub: Path) -> None:
        server = LiveServer(answering_app()).start()
        server.start()
        server.stop()
        assert list(hub.iterdir()) == []

    def test_nothing_is_left_after_a_failed_start(self, hub: Path) -> None:
        with pytest.raises(ServerFailed):
            LiveServer(failing_app()).start()
        assert list(hub.iterdir()) == []


def test_a_link_shows_no_token(server: LiveServer) -> None:
    link = server.open()
    assert repr(link) == "<Link: Open /docs of the live server>"
    assert server._guard.token not in link._repr_html_().split(">", 1)[1]


def test_every_error_of_the_lab_is_one_sentence_without_a_traceback() -> None:
    assert LabError("Do this.")._render_traceback_() == ["LabError: Do this."]


EDIT = """
import shutil, sys
from pathlib import Path
sys.path.insert(0, ".")
from demo_app.lab import LiveServer
from demo_app.main import create_app
import demo_app
assert Path(demo_app.__file__).is_relative_to(Path.cwd()), demo_app.__file__
server = LiveServer(create_app("cycle")).start()
print("started")
with Path("demo_app/routers/cycle.py").open("a") as file:
    file.write("# edited\\n")
server.start()
server.stop()
"""


def test_an_edited_file_is_named_at_the_next_start(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "demo_app", tmp_path / "demo_app", ignore=shutil.ignore_patterns("__pycache__"))
    said = fresh_python(EDIT, cwd=tmp_path).splitlines()
    assert said[0] == "started"
    assert said[1:] == [
        "demo_app/routers/cycle.py was edited after this kernel loaded it: restart the kernel to serve the new code."
    ]


def test_the_next_request_does_not_meet_the_connection_of_a_failed_one() -> None:
    app = answering_app()

    def fail() -> None:
        raise ValueError("after the answer")

    @app.get("/failing-task")
    async def failing_task(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(fail)

    with LiveServer(app) as server:
        for _ in range(20):  # without care, nearly each of them is cut off
            assert server.client.get("/boom").status_code == 500
            assert server.client.get("/").status_code == 200
            server.burst("/failing-task")
            assert server.client.get("/").status_code == 200
