"""The pulse: never the wrong word, and an honest `inconclusive` when the machine stands still."""

import asyncio
import time
from typing import Literal

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI

from demo_app.lab import pulse as pulse_module
from demo_app.lab.probe import LOOP, POOL
from demo_app.lab.pulse import Pulse, _Beats, _verdict, _window, pulse
from demo_app.lab.timeline import Timeline
from tests.conftest import PATIENCE
from tests.lab.spans import MS, request, served, span

D = 0.3  # seconds of work, long beside a beat


def sleepy_app() -> FastAPI:
    """The shapes that a pulse tells apart."""
    app = FastAPI()

    def rest() -> None:
        time.sleep(D)

    async def rest_on_loop() -> None:
        time.sleep(D)

    app.get("/def")(rest)
    app.get("/loop")(rest_on_loop)

    @app.get("/await")
    async def awaiting() -> None:
        await asyncio.sleep(D)

    @app.get("/task")
    async def task(tasks: BackgroundTasks) -> None:
        tasks.add_task(rest_on_loop)

    return app


@pytest.mark.parametrize(
    ("path", "n", "loop", "pool"),
    [
        ("/def", 1, "free", "free"),
        ("/loop", 1, "stalled", "stalled"),
        ("/await", 1, "free", "free"),
        ("/def", 6, "free", "stalled"),
        ("/task", 1, "stalled", "stalled"),
    ],
)
def test_the_word_is_never_wrong(path: str, n: int, loop: str, pool: str) -> None:
    heard = pulse(sleepy_app(), path, n=n)
    assert heard.loop in (loop, "inconclusive")
    assert heard.pool in (pool, "inconclusive")
    assert len(heard.timeline.requests) == n


def test_a_pulse_has_one_fixed_line_and_a_picture() -> None:
    heard = Pulse("free", "stalled", Timeline(served(0, 300, "a")))
    assert repr(heard) == "<Pulse: event loop free, worker threads stalled>"
    assert heard._repr_mimebundle_()["text/plain"] == repr(heard)
    assert "data:image/svg+xml" in heard._repr_mimebundle_()["text/html"]


def test_nothing_is_concluded_on_a_machine_that_stood_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse_module, "_TICK", 3600)  # the control is not heard again
    monkeypatch.setattr(pulse_module, "_RUNS", 1)
    heard = pulse(sleepy_app(), "/def")
    assert (heard.loop, heard.pool) == ("inconclusive", "inconclusive")


def heard_in_turn(monkeypatch: pytest.MonkeyPatch, *runs: tuple[str, str]) -> list[int]:
    """Lets `pulse` hear these words in its runs, and counts the runs."""
    counted: list[int] = []

    def listen(*_: object) -> tuple[dict[str, str], Timeline]:
        counted.append(1)
        return dict(zip((LOOP, POOL), runs[len(counted) - 1], strict=True)), Timeline([])

    monkeypatch.setattr(pulse_module, "_listen", listen)
    return counted


def test_an_unclear_run_is_repeated_for_what_was_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = heard_in_turn(monkeypatch, ("inconclusive", "stalled"), ("free", "free"), ("stalled", "free"))
    heard = pulse(FastAPI(), "/")
    assert (heard.loop, heard.pool, len(runs)) == ("free", "stalled", 2)


def test_three_unclear_runs_stay_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = heard_in_turn(monkeypatch, *[("inconclusive", "free")] * 3)
    heard = pulse(FastAPI(), "/")
    assert (heard.loop, heard.pool, len(runs)) == ("inconclusive", "free", 3)


Word = Literal["free", "stalled", "inconclusive"]


@pytest.mark.parametrize(
    ("silence", "word"),
    [(0.0, "free"), (0.5, "free"), (0.51, "inconclusive"), (0.79, "inconclusive"), (0.8, "stalled"), (1.0, "stalled")],
)
def test_silence_is_a_share_of_the_window(silence: float, word: Word) -> None:
    assert _verdict(silence) == word


def beats(*at: int) -> _Beats:
    """Beats made by hand, in milliseconds."""
    made = _Beats(lambda: None, 3600)
    made.first.wait()
    made.stop()
    made.done = [time * MS for time in at]
    return made


@pytest.mark.parametrize(
    ("at", "silence"),
    [
        ((), 1.0),
        ((50, 90, 310, 350), 1.0),  # only outside
        ((100, 300), 1.0),  # on the edges
        ((200,), 0.5),
        ((150, 200, 250), 0.25),
        ((110, 120, 130), 0.85),
        ((270, 280, 290), 0.85),
    ],
)
def test_the_longest_gap_inside_the_window_counts(at: tuple[int, ...], silence: float) -> None:
    assert beats(*at).silence(100 * MS, 300 * MS) == pytest.approx(silence)


def test_an_empty_window_is_no_division_by_zero() -> None:
    assert beats(1).silence(5, 5) == 0


def test_the_window_is_the_first_wave_or_the_task_whichever_is_longer() -> None:
    first, second = served(0, 300, "a"), served(300, 700, "b")
    assert _window(Timeline([*first, *second])) == (0, 300 * MS)
    task = span("background task", 310, 900, "a")
    assert _window(Timeline([*first, task])) == (310 * MS, 900 * MS)
    assert _window(Timeline([request(5, 9, "c", 404)])) == (5 * MS, 9 * MS)


def test_nobody_waits_for_beats_that_cannot_come() -> None:
    def refused() -> None:
        raise httpx.ConnectError("nobody listens")

    heart = _Beats(refused, 0.001)
    assert heart.first.wait(PATIENCE)
    heart.stop()
    assert heart.done == []
