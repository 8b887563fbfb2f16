"""What is left of failed tasks when the server is killed: an experiment on the whole app, in processes of its own."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from demo_app.lab.experiments import Fact, Observation, whole_app_experiment
from demo_app.lab.gate import until
from demo_app.lab.process import ServerProcess
from demo_app.lab.timeline import Timeline
from demo_app.lab.trace import Span

ORDERS = (1, 2, 3)
ATTEMPTS = 3  # of each charge, before it counts as failed


@whole_app_experiment
def failed_tasks_survive_a_kill(target: Any = None) -> Observation:
    """Three charges fail; the server is killed and started again, and each failed task is replayed twice over."""
    if target is None:
        from demo_app.lab.experiments.targets.recovery import faults_app as target

    with TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'orders.db'}"
        with ServerProcess(target, DEMO_DATABASE_URL=database) as server:
            recorded, spans = _fail(server.client), _of_posts(server)
            server.kill()
        with ServerProcess(target, DEMO_DATABASE_URL=database) as again:
            found = _failed(again.client)
            for row in found * 2:
                again.client.post(f"/failed-tasks/{row['id']}/replay")
            charged = [charge["order"] for charge in again.client.get("/charges").json()]
            spans += _of_posts(again)
    facts: dict[str, Fact] = {
        "failed and recorded": len(recorded),
        "found after the kill": len(found),
        "orders charged after the replay": len(set(charged)),
        "charged twice": len(charged) - len(set(charged)),
    }
    return Observation(facts, Timeline(spans))


def _of_posts(server: ServerProcess) -> list[Span]:
    """What happened for charges and replays; whoever only asks is left out."""
    spans = server.spans()
    traces = {span.trace_id for span in spans if span.kind == "request" and span.name.startswith("POST")}
    return [span for span in spans if span.trace_id in traces]


def _fail(client: httpx.Client) -> list[Any]:
    """The rows of the charges that fail, because the provider is down for all their attempts."""
    client.put("/provider", json={"failures": len(ORDERS) * ATTEMPTS}).raise_for_status()
    for order in ORDERS:
        client.post(f"/orders/{order}/charge").raise_for_status()
    until(lambda: len(_failed(client)) >= len(ORDERS), f"Not all of {len(ORDERS)} charges that failed were recorded.")
    return _failed(client)


def _failed(client: httpx.Client) -> list[Any]:
    rows: list[Any] = client.get("/failed-tasks").raise_for_status().json()
    return rows
