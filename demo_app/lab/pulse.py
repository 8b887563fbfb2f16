"""The pulse of a server: is its loop alive, and its pool, while something else runs?

For showing, and for code that no gate can be put into. Real seconds are noisy, so the verdict is a word, and a
machine that stumbles gets the word `inconclusive`.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import httpx
from starlette.types import ASGIApp

from demo_app.lab.probe import LOOP, POOL, Probed
from demo_app.lab.server import LiveServer
from demo_app.lab.timeline import Timeline

Verdict = Literal["free", "stalled", "inconclusive"]

_BEAT = 0.015  # seconds between two beats
_TICK = 0.010  # seconds between two ticks of the control, which never touches the server
_STALLED, _FREE = 0.8, 0.5  # silence as a share of the window: measured to separate without error on a quiet machine
_CONTROL = 0.2  # a control silent for this share of the window means that the machine stood still, not the server
_RUNS = 3


@dataclass(frozen=True)
class Pulse:
    """What was heard of the event loop and of the worker threads while a request and its tasks ran."""

    loop: Verdict
    pool: Verdict
    timeline: Timeline

    def __repr__(self) -> str:
        return f"<Pulse: event loop {self.loop}, worker threads {self.pool}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.timeline.html()}


def pulse(app: ASGIApp, path: str, n: int = 1, threads: int = 4, method: str = "GET", **request: Any) -> Pulse:
    """The pulse of `app`, on a server of its own with `threads` worker threads, during `n` requests to `path`.

    Up to three runs: the first clear answer counts for each of loop and pool, and `inconclusive` if there is none.
    """
    verdicts: dict[str, Verdict] = {LOOP: "inconclusive", POOL: "inconclusive"}
    for _ in range(_RUNS):
        heard, timeline = _listen(app, threads, lambda server: server.burst(path, n=n, method=method, **request))
        for beat, verdict in heard.items():
            if verdicts[beat] == "inconclusive":
                verdicts[beat] = verdict
        if "inconclusive" not in verdicts.values():
            break
    return Pulse(verdicts[LOOP], verdicts[POOL], timeline)


def _listen(app: ASGIApp, threads: int, act: Callable[[LiveServer], Timeline]) -> tuple[dict[str, Verdict], Timeline]:
    with LiveServer(Probed(app)) as server:
        server.threads = threads
        beats = {path: _Beats(lambda path=path: server.client.get(path), _BEAT) for path in (LOOP, POOL)}  # type: ignore[misc]
        control = _Beats(lambda: None, _TICK)
        listeners = [*beats.values(), control]
        try:
            for listener in listeners:
                listener.first.wait()
            timeline = act(server)
        finally:
            for listener in listeners:
                listener.stop()
    begin, end = _window(timeline)
    if control.silence(begin, end) > _CONTROL:
        return dict.fromkeys(beats, "inconclusive"), timeline
    return {path: _verdict(beat.silence(begin, end)) for path, beat in beats.items()}, timeline


def _window(timeline: Timeline) -> tuple[int, int]:
    """The longer of the first endpoint and the first task, by the server's own clock.

    The first, because a second wave of requests leaves threads free that the first one had taken.
    """
    endpoints = [span for span in timeline.spans if span.kind == "endpoint"]
    tasks = [span for span in timeline.spans if span.kind == "background task"]
    work = endpoints[:1] + tasks[:1] or timeline.requests
    longest = max(work, key=lambda span: (span.end_time or span.start_time) - span.start_time)
    return longest.start_time, longest.end_time or longest.start_time


def _verdict(silence: float) -> Verdict:
    if silence >= _STALLED:
        return "stalled"
    return "free" if silence <= _FREE else "inconclusive"


@dataclass
class _Beats:
    """A thread that does the same small thing again and again, and notes when each was done."""

    act: Callable[[], Any]
    seconds: float
    done: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def silence(self, begin: int, end: int) -> float:
        """The longest time without a beat in the window from `begin` to `end`, as a share of it."""
        inside = [begin, *(at for at in self.done if begin < at < end), end]
        longest = max(later - earlier for earlier, later in pairwise(inside))
        return longest / max(end - begin, 1)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.act()
            except httpx.TransportError:
                self.first.set()  # nobody may wait for a beat that cannot come
                return
            self.done.append(time.monotonic_ns())
            self.first.set()
            self._stopped.wait(self.seconds)
