"""What happened on the server, as facts, as one line of text, and as a picture. Pure: spans in, text out."""

from collections.abc import Sequence
from functools import cached_property
from math import inf
from typing import Any, Protocol

from demo_app.lab import drawing
from demo_app.lab.trace import ERROR, STATUS, Span


class Timeline:
    """The spans of some requests. Its text is always the same when the same happened; its picture has the seconds."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = tuple(spans)

    @cached_property
    def requests(self) -> list[Span]:
        """The request spans, in the order in which the server began them."""
        return [span for span in self.spans if span.kind == "request"]

    @cached_property
    def peak(self) -> int:
        """The greatest number of endpoints (of requests, where none was reached) that ran at the same moment."""
        steps = sorted(step for span in self._work for step in ((span.start_time, 1), (span.end_time or inf, -1)))
        running = peak = 0
        for _, step in steps:
            running += step
            peak = max(peak, running)
        return peak

    @property
    def order(self) -> str:
        """`one at a time`, `all at once`, or `at most k at once`."""
        if self.peak == 1 and len(self._work) > 1:
            return "one at a time"
        return "all at once" if self.peak == len(self._work) else f"at most {self.peak} at once"

    @cached_property
    def total(self) -> float:
        """Seconds from the beginning of the first request to the end of the last response."""
        if not self.requests:
            return 0.0
        ends = [span.events.get("response end", _end(span)) for span in self.requests]
        return (max(ends) - min(span.start_time for span in self.requests)) / 1e9

    @property
    def statuses(self) -> list[int | None]:
        """The HTTP status of each request; None where no response was begun."""
        return [span.attributes.get(STATUS) for span in self.requests]

    def html(self, predicted: float | None = None) -> str:
        """The picture with a table behind it; `predicted` seconds are drawn as a line of their own."""
        return drawing.html(self.spans, self.words, predicted)

    @property
    def words(self) -> str:
        """The facts in a few words, such as `3 requests, all at once`."""
        words = [_counted(len(self.requests), "request")] if self.requests or not self._messages else []
        if len(self._work) > 1:
            words.append(self.order)
        failed = sorted({str(status or "not at all") for status in self.statuses if status is None or status >= 400})
        if failed:
            words.append(f"answered {' and '.join(failed)}")
        return ", ".join([*words, *self._tasks(), *self._runs()])

    def _runs(self) -> list[str]:
        """How many messages there were, and how many runs of their tasks began."""
        if not self._messages:
            return []
        runs = [span for span in self.spans if span.kind == "celery task"]
        return [_counted(len(self._messages), "message"), f"{_counted(len(runs), 'run')} begun"]

    def _tasks(self) -> list[str]:
        """How many background tasks began, and how many of them raised."""
        tasks = [span for span in self.spans if span.kind == "background task"]
        if not tasks:
            return []
        begun = _counted(len(tasks), "background task")
        failed = sum(ERROR in span.attributes for span in tasks)
        return [begun, f"{failed} failed"] if failed else [begun]

    def __repr__(self) -> str:
        return f"<Timeline: {self.words}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html()}

    @cached_property
    def _messages(self) -> list[Span]:
        return [span for span in self.spans if span.kind == "message"]

    @cached_property
    def _work(self) -> list[Span]:
        return [span for span in self.spans if span.kind == "endpoint"] or self.requests


class _Seen(Protocol):
    @property
    def timeline(self) -> Timeline: ...


def together(*seen: _Seen) -> Timeline:
    """The timelines of several runs as one."""
    return Timeline([span for run in seen for span in run.timeline.spans])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _end(span: Span) -> int:
    return span.end_time if span.end_time is not None else span.start_time
