"""The facts of a timeline, from spans made by hand."""

import pytest

from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import ERROR, Span
from tests.lab.spans import request, served, span


def timeline(*groups: list[Span]) -> Timeline:
    return Timeline([made for group in groups for made in group])


@pytest.mark.parametrize(
    ("times", "peak", "words"),
    [
        ([(0, 10), (10, 20), (20, 30)], 1, "3 requests, one at a time"),
        ([(0, 10), (1, 11), (9, 19)], 3, "3 requests, all at once"),
        ([(0, 10), (1, 11), (10, 20), (11, 21)], 2, "4 requests, at most 2 at once"),
        ([(0, 10), (20, 30)], 1, "2 requests, one at a time"),
        ([(0, 10)], 1, "1 request"),
        ([], 0, "0 requests"),
    ],
)
def test_the_overlap_of_endpoints_is_put_into_words(times: list[tuple[int, int]], peak: int, words: str) -> None:
    seen = timeline(*(served(begin, end, str(number)) for number, (begin, end) in enumerate(times)))
    assert seen.peak == peak
    assert repr(seen) == f"<Timeline: {words}>"


def test_endpoints_count_and_not_the_requests_around_them() -> None:
    waiting = [request(0, 30, "b"), span("endpoint", 10, 30, "b")]
    assert timeline(served(0, 10, "a"), waiting).order == "one at a time"


def test_requests_count_where_no_endpoint_was_reached() -> None:
    seen = timeline([request(0, 10, "a", 404)], [request(5, 15, "b", 404)])
    assert repr(seen) == "<Timeline: 2 requests, all at once, answered 404>"


def test_background_tasks_do_not_count_as_overlap() -> None:
    task = [span("background task", 5, 50, "a")]
    assert timeline(served(0, 5, "a"), task, served(10, 15, "b")).peak == 1


def test_background_tasks_are_counted_and_so_are_those_that_failed() -> None:
    tasks = [span("background task", 5, 50, "a"), span("background task", 50, 60, "a")]
    assert timeline(served(0, 5, "a"), tasks).words == "1 request, 2 background tasks"
    tasks[1].attributes[ERROR] = "ValueError"
    assert timeline(served(0, 5, "a"), tasks).words == "1 request, 2 background tasks, 1 failed"
    assert timeline(served(0, 5, "a"), tasks[:1]).words == "1 request, 1 background task"


def test_refusals_and_missing_answers_are_said_once_each() -> None:
    seen = timeline(
        served(0, 1, "a", status=500), served(2, 3, "b", status=404), served(4, 5, "c", status=500), served(6, 7, "d")
    )
    assert seen.words == "4 requests, one at a time, answered 404 and 500"
    assert seen.statuses == [500, 404, 500, 200]
    assert timeline([request(0, 1, "a", None)]).statuses == [None]


def test_a_request_without_an_answer_is_said_so() -> None:
    assert timeline([request(0, None, "a", None)]).words == "1 request, answered not at all"


def test_what_still_runs_overlaps_all_that_comes_later() -> None:
    open_ended = [request(0, None, "a"), span("endpoint", 0, None, "a")]
    assert timeline(open_ended, served(10, 20, "b")).order == "all at once"
    assert timeline(open_ended).peak == 1


def test_the_total_ends_with_the_last_response_and_not_with_the_tasks() -> None:
    seen = timeline([request(100, 900, "a", sent=300)], [request(200, 250, "b")])
    assert seen.total == pytest.approx(0.2)
    assert timeline().total == 0.0


def test_a_notebook_gets_text_and_picture() -> None:
    seen = timeline(served(0, 10, "a"))
    bundle = seen._repr_mimebundle_()
    assert bundle["text/plain"] == repr(seen)
    assert "data:image/svg+xml" in bundle["text/html"]


def test_the_text_is_the_same_whatever_the_clock_says() -> None:
    slow = timeline(served(0, 1000, "a"), served(1, 1001, "b"))
    quick = timeline(served(0, 10, "a"), served(1, 11, "b"))
    assert repr(slow) == repr(quick)
