"""How often a fact, a verdict or a lesson comes out wrong when the machine is busy."""

import asyncio
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from fastapi import BackgroundTasks, FastAPI

from demo_app.lab.claims import Claim, ledger
from demo_app.lab.experiments import needs_a_worker, run
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


def experiments(repeats: int = 200, processes: int = 4) -> dict[str, str]:
    """Wrong facts among all repeats of the claims' experiments, by section of the article, both cores loaded."""
    with loaded(2), ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        rounds = [pool.submit(_wrong_claims) for _ in range(repeats)]
        wrong = Counter(key for ended in as_completed(rounds) for key in ended.result())
    return {
        f"experiments of section {section}": _count_wrong(section, repeats, wrong)
        for section in dict.fromkeys(claim.section for claim in _quick())
    }


def _quick() -> list[Claim]:
    """The claims whose experiment starts no worker."""
    return [row for row in ledger().values() if row.experiment and not needs_a_worker(row.experiment)]


def _wrong_claims() -> list[str]:
    """Each claim once, in this process: those whose facts were not what the ledger expects, with what they were."""
    checked = [claim.check() for claim in _quick()]
    return [f"{found.claim.section} {found.claim.id} {found.observation!r}" for found in checked if not found.holds]


def _count_wrong(section: str, repeats: int, wrong: Counter[str]) -> str:
    claims = sum(claim.section == section for claim in _quick())
    seen = {key: times for key, times in wrong.items() if key.split()[0] == section}
    return f"{sum(seen.values())} wrong of {repeats * claims} runs ({claims} claims, {repeats} times) {seen or ''}"


def recoveries(trials: int = 20) -> str:
    """Charges lost or doubled among those that failed, were recorded, and were replayed after a kill -9."""
    lost = twice = 0
    with loaded(2):
        for _ in range(trials):
            facts: dict[str, Any] = dict(run("failed_tasks_survive_a_kill").facts)
            lost += facts["failed and recorded"] - facts["orders charged after the replay"]
            twice += facts["charged twice"]
    return f"{lost} lost, {twice} twice, of {3 * trials} failed tasks in {trials} kills"


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
