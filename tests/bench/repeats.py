"""How often a fact, a verdict or a lesson comes out wrong when the machine is busy."""

import asyncio
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import BackgroundTasks, FastAPI

from demo_app.lab.claims import ledger
from demo_app.lab.pulse import pulse
from tests.notebooks import LESSONS

_SECONDS = 0.3  # of each pulse scenario's work: long enough to tell, short enough for hundreds (measured)


@contextmanager
def loaded(cores: int) -> Iterator[None]:
    """A machine with this many cores busy, by stress-ng. Raises `RuntimeError` where that is not installed."""
    if shutil.which("stress-ng") is None:
        raise RuntimeError("The bench needs stress-ng to load the machine: apt-get install stress-ng")
    stress = subprocess.Popen(["stress-ng", "--cpu", str(cores), "--quiet"])
    try:
        yield
    finally:
        stress.terminate()
        stress.wait()


def experiments(repeats: int = 200) -> str:
    """Wrong facts among all repeats of the experiments of lesson 01, both cores loaded."""
    claims = [claim for claim in ledger().values() if claim.section == "1"]
    wrong: Counter[str] = Counter()
    with loaded(2):
        for _ in range(repeats):
            for claim in claims:
                if not claim.check().holds:
                    wrong[claim.id] += 1
    return f"{wrong.total()} wrong of {repeats * len(claims)} runs of {len(claims)} experiments {dict(wrong) or ''}"


def pulses(repeats: int = 50) -> str:
    """Wrong and inconclusive verdicts among all repeats of seven scenarios, both cores loaded."""
    app, seen = _scenarios(), Counter[str]()
    with loaded(2):
        for _ in range(repeats):
            for path, n, loop, pool in _EXPECTED:
                heard = pulse(app, path, n=n)
                for got, expected in ((heard.loop, loop), (heard.pool, pool)):
                    word = got if got == "inconclusive" else "right" if got == expected else f"wrong {path}"
                    seen[word] += 1
    wrong = sum(count for word, count in seen.items() if word.startswith("wrong"))
    share = seen["inconclusive"] / seen.total()
    return f"{wrong} wrong, {share:.1%} inconclusive of {seen.total()} verdicts {dict(seen)}"


def lessons(repeats: int = 20) -> str:
    """Green runs of all lessons by nbval, two at a time, one core loaded."""
    command = [sys.executable, "-m", "pytest", "--nbval", str(LESSONS), "-n", "2", "--dist", "loadfile", "-q"]
    green, begin = 0, time.perf_counter()
    with loaded(1):
        for _ in range(repeats):
            done = subprocess.run(command, cwd=LESSONS.parent, capture_output=True, text=True)
            green += done.returncode == 0
            if done.returncode:
                print(done.stdout[-4000:])
    return f"{green} green of {repeats}, {(time.perf_counter() - begin) / repeats:.0f} s each"


_EXPECTED: list[tuple[str, int, str, str]] = [
    ("/async-sleep", 1, "stalled", "stalled"),
    ("/sync-task", 1, "free", "free"),
    ("/async-await", 1, "free", "free"),
    ("/sync-task", 6, "free", "stalled"),
    ("/async-task-sleeps", 1, "stalled", "stalled"),
    ("/def-task", 1, "free", "free"),
    ("/async-task-awaits", 1, "free", "free"),
]


def _scenarios() -> FastAPI:
    app = FastAPI()

    def sleep() -> None:
        time.sleep(_SECONDS)

    async def sleep_on_the_loop() -> None:
        time.sleep(_SECONDS)

    async def wait() -> None:
        await asyncio.sleep(_SECONDS)

    app.get("/sync-task")(sleep)
    app.get("/async-sleep")(sleep_on_the_loop)
    app.get("/async-await")(wait)
    for path, task in (("/def-task", sleep), ("/async-task-sleeps", sleep_on_the_loop), ("/async-task-awaits", wait)):
        app.get(path)(_adding(task))
    return app


def _adding(task: Any) -> Any:
    async def add(background_tasks: BackgroundTasks) -> None:
        background_tasks.add_task(task)

    return add
