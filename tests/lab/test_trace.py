"""What a request leaves behind: spans with a clear order, and the exceptions that left the app."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from demo_app.lab.trace import ERROR, STATUS, Recorder, Span, Tracer, current_trace, new_trace_id, traceparent
from tests.conftest import PATIENCE
from tests.lab.apps import answering_app


@pytest.fixture
def recorder() -> Recorder:
    """A recorder of a few spans."""
    return Recorder(capacity=50)


def client(app: FastAPI, recorder: Recorder) -> TestClient:
    return TestClient(Tracer(app, recorder), raise_server_exceptions=False)


def requests(recorder: Recorder) -> list[Span]:
    """The request spans; what is inside them depends on whether this process was instrumented."""
    return [span for span in recorder.spans() if span.kind == "request"]


def test_a_request_is_a_span_with_its_status_and_its_response(recorder: Recorder) -> None:
    client(answering_app(), recorder).get("/")
    [span] = requests(recorder)
    assert (span.name, span.kind, span.thread) == ("GET /", "request", "event loop")
    assert span.attributes == {STATUS: 200}
    start, end = span.events["response start"], span.events["response end"]
    assert span.start_time < start < end < (span.end_time or 0)


def test_an_exception_is_an_error_and_its_type_is_on_the_span(recorder: Recorder) -> None:
    client(answering_app(), recorder).get("/boom")
    [span], [error] = requests(recorder), recorder.errors
    assert span.attributes == {STATUS: 500, ERROR: "RuntimeError"}
    assert (error.request, str(error.exception)) == ("GET /boom", "the kitchen burns")


def test_a_refusal_by_the_app_is_no_error(recorder: Recorder) -> None:
    client(answering_app(), recorder).get("/refused")
    assert recorder.spans()[0].attributes == {STATUS: 403}
    assert not recorder.errors


def test_a_streamed_response_ends_with_its_last_part(recorder: Recorder) -> None:
    app, seen = FastAPI(), list[bool]()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            for part in range(3):
                seen.append("response end" in recorder.spans()[0].events)
                yield bytes(part)

        return StreamingResponse(parts())

    client(app, recorder).get("/stream")
    assert seen == [False, False, False]
    assert "response end" in recorder.spans()[0].events


def test_a_stream_that_breaks_off_has_a_beginning_and_no_end(recorder: Recorder) -> None:
    app = FastAPI()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            yield b"part"
            raise RuntimeError("the plate fell")

        return StreamingResponse(parts())

    client(app, recorder).get("/stream")
    [span] = requests(recorder)
    assert span.attributes[STATUS] == 200
    assert "response end" not in span.events
    assert len(recorder.errors) == 1


def test_the_client_chooses_the_trace_id(recorder: Recorder) -> None:
    wanted, app = new_trace_id(), answering_app()
    client(app, recorder).get("/", headers=traceparent(wanted))
    client(app, recorder).get("/")
    assert {span.trace_id for span in recorder.spans([wanted])} == {wanted}
    assert len(requests(recorder)) == 2


@pytest.mark.parametrize("header", ["", "nonsense", "00-1234-5678-01", "00-" + "g" * 32 + "-0-01", "é"])
def test_a_trace_id_that_is_none_is_ignored(recorder: Recorder, header: str) -> None:
    answer = client(answering_app(), recorder).get("/", headers={b"traceparent": header.encode("utf-8")})
    assert answer.status_code == 200
    assert len(recorder.spans()[0].trace_id) == 32


def test_trace_ids_differ_and_are_what_the_standard_asks_for() -> None:
    assert len({new_trace_id() for _ in range(50)}) == 50
    assert traceparent("ab" * 16) == {"traceparent": f"00-{'ab' * 16}-{'ab' * 8}-01"}


def test_only_the_newest_are_kept(recorder: Recorder) -> None:
    web = client(answering_app(), recorder)
    for _ in range(60):
        web.get("/")
    assert len(recorder.spans()) == 50
    for _ in range(120):
        web.get("/boom")
    assert len(recorder.errors) == 100


def test_code_outside_a_request_has_no_trace(recorder: Recorder) -> None:
    client(answering_app(), recorder).get("/")
    assert current_trace() is None


def test_waiting_ends_with_the_last_request(recorder: Recorder) -> None:
    ids = [new_trace_id(), new_trace_id()]
    web = client(answering_app(), recorder)
    got: list[list[Span]] = []
    waiter = threading.Thread(target=lambda: got.append(recorder.wait_until_ended(ids, PATIENCE)))
    waiter.start()
    web.get("/", headers=traceparent(ids[0]))
    assert not got
    web.get("/", headers=traceparent(ids[1]))
    waiter.join(PATIENCE)
    assert [span.trace_id for span in got[0] if span.kind == "request"] == ids


def test_waiting_in_vain_gives_what_there_is(recorder: Recorder) -> None:
    assert recorder.wait_until_ended([new_trace_id()], timeout=0.01) == []


def test_an_exception_in_a_span_passes_through_and_is_noted(recorder: Recorder) -> None:
    with pytest.raises(HTTPException), recorder.span("cook", "endpoint", new_trace_id(), "worker thread"):
        raise HTTPException(404)
    [span] = recorder.spans()
    assert span.attributes == {ERROR: "HTTPException"}
    assert span.end_time is not None


def test_what_is_no_request_passes_untouched(recorder: Recorder) -> None:
    app: Any = answering_app()
    with TestClient(Tracer(app, recorder)):  # the lifespan
        assert recorder.spans() == []
