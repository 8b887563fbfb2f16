"""Spans made by hand, in milliseconds."""

from demo_app.lab.trace import STATUS, Span, SpanKind, ThreadKind

MS = 1_000_000


def span(
    kind: SpanKind,
    begin: int,
    end: int | None,
    trace: str = "a",
    name: str = "GET /sync-task",
    thread: ThreadKind = "event loop",
) -> Span:
    """A span from `begin` to `end`; still running where `end` is None."""
    return Span(name, kind, trace, thread, begin * MS, None if end is None else end * MS)


def request(begin: int, end: int | None, trace: str, status: int | None = 200, sent: int | None = None) -> Span:
    """A request with its answer, which is sent at its end unless `sent` says when."""
    made = span("request", begin, end, trace)
    if status is not None:
        made.attributes[STATUS] = status
        made.events["response start"] = made.events["response end"] = (sent if sent is not None else end or begin) * MS
    return made


def served(begin: int, end: int, trace: str, thread: ThreadKind = "worker thread", status: int = 200) -> list[Span]:
    """A request and its endpoint, which takes all of it."""
    return [request(begin, end, trace, status), span("endpoint", begin, end, trace, "sync_task", thread)]
