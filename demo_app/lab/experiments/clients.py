"""What clients see of a background task: neighbours on a connection, tests, middleware, those who leave."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.experiments import Fact, Observation, experiment
from demo_app.lab.experiments.targets import as_app
from demo_app.lab.experiments.targets.clients import failing_app, leaving_app, middleware_app, waiting_app
from demo_app.lab.gate import PATIENCE, Gate, endpoints, gated, replacing_sleeps, until
from demo_app.lab.instrumentation import traced
from demo_app.lab.server import LiveServer
from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import ERROR, Recorder, new_trace_id, traceparent

_NEVER_SLEPT = "The background task never came to its sleep."


@experiment
def neighbour_of_a_failing_task(target: Any = None) -> Observation:
    """A task fails while the same connection already carries the next request: what does that one get?"""
    app = as_app(target, "/failing-task", failing_app)
    came, leave = threading.Event(), threading.Event()

    @app.get("/neighbour")
    def neighbour() -> None:
        came.set()
        leave.wait(PATIENCE)

    with gated(app) as (server, gate), ThreadPoolExecutor(1) as sender:
        trace_id = new_trace_id()
        first = server.client.get("/failing-task", headers=traceparent(trace_id))
        until(lambda: gate.inside == 1, _NEVER_SLEPT)
        second = sender.submit(_get_on_the_same_connection, server, "/neighbour")
        until(came.is_set, "The second request never came to its endpoint.")
        gate.open()
        server.trace.wait_until_ended([trace_id], PATIENCE)
        server.client.get("/")  # once around the loop: by now uvicorn has done all that it does about a failure
        leave.set()
        facts: dict[str, Fact] = {"first request": first.status_code, "second, on its connection": second.result()}
        spans = server.trace.spans()
    return Observation(facts, Timeline(spans))


def _get_on_the_same_connection(server: LiveServer, path: str) -> str:
    def refuse_another(event: str, _: Any) -> None:
        if event.startswith("connection.connect"):
            raise ExperimentFailed("The second request did not go out on the first one's connection.")

    try:
        response = server.client.get(path, extensions={"trace": refuse_another})
    except httpx.RemoteProtocolError:
        return "cut off"
    return f"answered {response.status_code}"


@experiment
def next_request_on_the_connection(target: Any = None) -> Observation:
    """Whether a waiting task delays the next request that comes on its connection."""
    with gated(as_app(target, "/waiting-task", waiting_app)) as (server, gate), ThreadPoolExecutor(1) as sender:
        server.client.get("/waiting-task").raise_for_status()
        until(lambda: gate.inside == 1, _NEVER_SLEPT)
        second = sender.submit(_get_on_the_same_connection, server, "/nowhere")
        until(
            lambda: second.done() or gate.blocks_loop,
            "The second request was not answered.",
        )
        facts: dict[str, Fact] = {"next request": "answered meanwhile" if second.done() else "waits"}
        gate.open()
    return Observation(facts, Timeline(server.trace.spans()))


@experiment
def tests_wait_and_raise(target: Any = None) -> Observation:
    """One app whose task waits and then fails, called by a client over the network and by two test clients."""
    app = as_app(target, "/failing-task", failing_app)
    with gated(app) as (server, gate):
        response = server.client.get("/failing-task")
        until(lambda: gate.inside == 1, _NEVER_SLEPT)
        gate.open()
    facts: dict[str, Fact] = {
        "a client over the network": f"answered meanwhile, {response.status_code}",
        "TestClient": _tested(app, _test_client),
        "httpx.ASGITransport": _tested(app, _asgi_transport),
    }
    return Observation(facts, Timeline(server.trace.spans()))


def _tested(app: FastAPI, send: Callable[[ASGIApp], int]) -> str:
    """Whether `send` returned while the task waited, and with what."""
    recorder = Recorder()
    gate = Gate(recorder)
    with replacing_sleeps(endpoints(app.routes), gate), ThreadPoolExecutor(1) as tester:
        answer = tester.submit(send, traced(app, recorder))
        try:
            until(lambda: gate.inside == 1, _NEVER_SLEPT)
            wait([answer], timeout=0.3)  # who does not wait for the task is back by now; who does cannot be
            waited = "answered meanwhile" if answer.done() else "waits"
        finally:
            gate.open()
        error = answer.exception(PATIENCE)
    return f"{waited}, {type(error).__name__ if error else answer.result()}"


def _test_client(app: ASGIApp) -> int:
    from fastapi.testclient import TestClient  # loads a client library of its own

    return TestClient(app).get("/failing-task").status_code


def _asgi_transport(app: ASGIApp) -> int:
    async def get() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return (await client.get("/failing-task")).status_code

    return asyncio.run(get())


@experiment
def middleware_and_the_task(target: Any = None) -> Observation:
    """When two kinds of middleware think that a request is over: before its background task, or after it?"""
    app = as_app(target, "/waiting-task", middleware_app)
    with gated(app) as (server, gate):
        trace_id = new_trace_id()
        server.client.get("/waiting-task", headers=traceparent(trace_id)).raise_for_status()
        until(lambda: gate.inside == 1, _NEVER_SLEPT)
        gate.open()
        spans = server.trace.wait_until_ended([trace_id], PATIENCE)
    facts: dict[str, Fact] = {
        kind: "is over before the task" if ended < (gate.first_left or 0) else "is over after the task"
        for kind, ended in sorted(app.state.ends.items())
    }
    return Observation(facts, Timeline(spans))


@experiment
def client_leaves(target: Any = None) -> Observation:
    """The client hangs up while the endpoint still works: does the endpoint go on, and does its task run?"""
    with gated(as_app(target, "/slow", leaving_app)) as (server, gate):
        trace_id = new_trace_id()

        def leave(event: str, _: Any) -> None:
            if event == "http11.receive_response_headers.started":
                until(lambda: gate.inside == 1, "The endpoint never came to its sleep.")
                raise _Left

        with suppress(_Left):
            server.client.get("/slow", headers=traceparent(trace_id), extensions={"trace": leave})
        server.client.get("/")  # once around the loop: the server knows by now
        gate.open()
        spans = server.trace.wait_until_ended([trace_id], PATIENCE)
    kinds = [span.kind for span in spans if span.end_time and ERROR not in span.attributes]
    facts: dict[str, Fact] = {
        "endpoint": "finished" if "endpoint" in kinds else "cut short",
        "background task": "ran" if "background task" in kinds else "never ran",
    }
    return Observation(facts, Timeline(spans))


class _Left(Exception):
    """The client hangs up."""
