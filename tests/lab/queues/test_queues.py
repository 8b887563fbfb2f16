"""What is said of Celery beside background tasks: each claim holds, and is seen to fail on its opposite."""

import asyncio
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from time import sleep

import pytest
from celery import Celery
from kombu.transport.redis import Channel

from demo_app.lab import experiments, sender
from demo_app.lab.broker import Broker
from demo_app.lab.claims import claim, ledger
from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.experiments.setups import AS_SHIPPED
from demo_app.lab.queues import Queue
from tests.conftest import PATIENCE, ROOT
from tests.lab.opposites.queues import OF_WORKERS, torn_down_first
from tests.lab.queues import judged
from tests.lab.test_versions import NO_NETWORK, build


@pytest.mark.parametrize("key", OF_WORKERS)
def test_a_claim_holds(key: str) -> None:
    judged.holds(key)


@pytest.mark.parametrize("key", OF_WORKERS)
def test_a_claim_is_seen_to_fail_on_its_opposite(key: str) -> None:
    judged.is_seen_to_fail(claim(key, target=OF_WORKERS[key]))


@pytest.mark.parametrize("key", OF_WORKERS)
def test_an_observation_has_one_fixed_line_and_a_picture(key: str) -> None:
    judged.has_one_fixed_line_and_a_picture(key)


def test_an_extra_that_celery_does_not_have_is_told() -> None:
    with pytest.raises(ExperimentFailed, match=r"Celery has no extra 'rediss' that adds .* Did you mean 'redis'\?"):
        experiments.run("extra_brings_the_client", "rediss")


def test_redis_does_without_another_extra() -> None:
    facts = experiments.run("extra_brings_the_client", "yaml").facts
    assert facts["it adds"] == ["PyYAML"]
    assert (facts["without PyYAML"], facts["messages at the broker"]) == ("sent", 2)


def test_the_often_shown_app_has_celerys_own_settings() -> None:
    """All but where the broker is, and names that nobody else has there."""
    own = {"broker_url", "result_backend", "result_backend_transport_options", "task_default_queue"}
    bare = Celery(set_as_current=False).conf
    with Queue(**AS_SHIPPED) as queue:
        differ = {name for name, value in queue.celery.conf.items() if value != bare.get(name)}
        options = queue.celery.conf.broker_transport_options
    assert differ == own | {"broker_transport_options"}
    assert options.pop("global_keyprefix")
    assert options == {name: getattr(Channel, name) for name in options}


def test_a_task_of_a_learner_may_take_an_hour() -> None:
    async def mine() -> None:
        await asyncio.sleep(1)

    facts = experiments.run("long_background_task", mine).facts
    assert facts == ledger()["C18"].expect


def test_a_task_that_blocks_the_loop_lets_no_timer_go_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def mine() -> None:
        sleep(1)

    monkeypatch.setattr("demo_app.lab.experiments.comparison.PATIENCE", 0.1)
    facts = experiments.run("long_background_task", mine).facts
    assert facts["a timer of an hour"] == "does not go off"


def test_a_task_that_does_not_work_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_app.lab.gate.PATIENCE", 0.1)
    with pytest.raises(ExperimentFailed, match="never came to a sleep, so it was not at work"):
        experiments.run("long_background_task", lambda: None)


def test_in_a_function_scope_the_task_finds_the_resource_closed() -> None:
    facts = experiments.run("teardown_and_task", torn_down_first()).facts
    assert facts["order"] == [
        "the dependency is torn down",
        "the answer is sent",
        "the task begins",
        "the task ends",
    ]
    assert facts["the task finds the resource"] == "closed"


OLD, NO_PACKAGING = "5.2.7", "ModuleNotFoundError: No module named 'packaging'"
INSTALLED = {
    f"celery=={OLD}": NO_PACKAGING,
    f"celery[redis]=={OLD}": NO_PACKAGING,  # brings a client, and the newest kombu, which wants more
    f"celery[redis]=={OLD} packaging": "sent",
    f"celery[redis]=={version('celery')}": "sent",
}


@pytest.mark.versions
@pytest.mark.skipif(sys.version_info >= (3, 12), reason=f"Celery {OLD} is from before Python 3.12")
@pytest.mark.parametrize("requirements", INSTALLED)
def test_what_is_installed_decides_whether_a_message_is_sent(tmp_path: Path, requirements: str) -> None:
    built = build(tmp_path / "env", *requirements.split())
    if built.returncode and NO_NETWORK.search(built.stderr):
        pytest.skip(f"no network to install {requirements} from: {built.stderr.strip().splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    with Broker.embedded() as broker:
        task = json.dumps({"missing": [], "settings": {"broker_url": broker.url}, "id": "1"})
        command = [str(python), "-m", sender.__name__]
        done = subprocess.run(command, input=task, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.strip() == INSTALLED[requirements], done.stderr
