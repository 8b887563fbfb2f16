"""The page about the deployment says what the files, the settings and the installed tools say."""

import ast
import inspect
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from celery import Celery
from celery.app.defaults import DEFAULTS
from flower.command import is_flower_option
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool

from demo_app.settings import QueueSettings, queue_table
from tests.conftest import ROOT
from tests.deploy.compose import COMPOSE, VARIABLES, services

PATH = ROOT / "docs" / "outgrowing_one_machine.md"
PAGE = PATH.read_text("utf-8")
# Names that look like settings, and where they come from; one is named because it does not exist.
KNOWN = {"DEMO_": VARIABLES, "worker_|task_|broker_|result_": {*DEFAULTS, "worker_ping_interval"}}
Check = Callable[[str], Iterator[str]]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def table() -> str:
    """The table of the settings, as it has to stand in the page."""
    rows = ["| variable | in a lesson | in production | why |", "|---|---|---|---|"]
    for line in queue_table():
        lesson, production = (value or "its address" for value in (line.lesson, line.production))
        rows.append(f"| `{line.variable}` | {lesson} | {production} | {line.reason} |")
    return "\n".join(rows)


def the_table_is_that_of_the_settings(page: str) -> Iterator[str]:
    if f"\n\n{table()}\n\n" not in page:
        yield f"put this into {PATH.name}:\n{table()}"


def links_lead_somewhere(page: str) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)]+)\)", page):
        file, _, anchor = target.partition("#")
        if target.startswith("https://"):
            continue
        path = (PATH.parent / file).resolve() if file else PATH
        if not path.exists():
            yield f"there is no {file}"
        elif anchor and anchor not in _anchors(page if path == PATH else path.read_text("utf-8")):
            yield f"there is no {anchor} in {path.name}"


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.*)$", text)
    given = re.findall(r'<a id="(\w+)">', text)
    return {*given, *(re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings)}


def files_are_there(page: str) -> Iterator[str]:
    for name in re.findall(r"`((?:demo_app|deploy|docs|tests)/[\w./]+)`", page):
        if not (ROOT / name).exists() and name != "deploy/.env":
            yield f"there is no {name}"


def quotations_are_in_the_compose_file(page: str) -> Iterator[str]:
    for kind, block in _BLOCK.findall(page):
        if kind == "yaml":
            yaml.safe_load(block)
            if f"\n{block}" not in COMPOSE:
                yield f"compose.yaml has other words than:\n{block}"


def programs_can_be_read(page: str) -> Iterator[str]:
    for kind, block in _BLOCK.findall(page):
        if kind not in ("yaml", "console", "python"):
            yield f"nobody checks a block of {kind}"
        elif kind == "python":
            calls = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)]
            names = [str(keyword.arg) for call in calls for keyword in call.keywords]
            yield from (f"Celery knows no {name}" for name in names if name not in DEFAULTS)


def consoles_can_be_typed(page: str) -> Iterator[str]:
    known = set(services(COMPOSE))
    lines = [line for kind, block in _BLOCK.findall(page) if kind == "console" for line in block.splitlines()]
    for line in lines:
        prompt, *words = shlex.split(line)
        if prompt != "$" or words[0] not in ("cp", "chmod", "curl", "docker"):
            yield f"what is {line}?"
        files = [word for word in words if word.startswith("deploy/") and word != "deploy/.env"]
        yield from (f"there is no {file}" for file in files if not (ROOT / file).exists())
        scaled = [word.partition("=")[0] for word in words if "=" in word]
        named = words[words.index("--no-deps") + 1 :] if "--no-deps" in words else scaled
        yield from (f"there is no service {name}" for name in named if name not in known)


def settings_exist(page: str) -> Iterator[str]:
    for prefixes, known in KNOWN.items():
        for name in sorted(set(re.findall(rf"\b(?:{prefixes})\w+", page)) - known):
            yield f"no setting is called {name}"


CHECKS = [
    the_table_is_that_of_the_settings,
    links_lead_somewhere,
    files_are_there,
    quotations_are_in_the_compose_file,
    programs_can_be_read,
    consoles_can_be_typed,
    settings_exist,
]
MUTANTS = [
    (the_table_is_that_of_the_settings, "| 15 | 3600 |", "| 15 | 7200 |"),
    (the_table_is_that_of_the_settings, "so no task may take as long", "so no task might take as long"),
    (links_lead_somewhere, "(../deploy/Dockerfile)", "(../deploy/Containerfile)"),
    (links_lead_somewhere, "(#is-it-alive)", "(#is-it-dead)"),
    (links_lead_somewhere, "ledger.md#c05", "ledger.md#c99"),
    (files_are_there, "`demo_app/worker.py`", "`demo_app/workers.py`"),
    (quotations_are_in_the_compose_file, "stop_grace_period: 11m", "stop_grace_period: 10m"),
    (quotations_are_in_the_compose_file, "appendfsync everysec\n", "appendfsync no\n"),
    (programs_can_be_read, "task_default_queue_type=", "task_default_queue_kind="),
    (programs_can_be_read, "```console", "```sh"),
    (consoles_can_be_typed, "--scale worker=3", "--scale workers=3"),
    (consoles_can_be_typed, "--no-deps worker", "--no-deps queue"),
    (consoles_can_be_typed, "cp deploy/example.env", "cp deploy/sample.env"),
    (consoles_can_be_typed, "$ docker compose", "$ compose"),
    (settings_exist, "`DEMO_TIME_LIMIT`", "`DEMO_TASK_LIMIT`"),
    (settings_exist, "`task_track_started`", "`task_track_start`"),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_page_says_what_is(check: Check) -> None:
    assert list(check(PAGE)) == []


@pytest.mark.parametrize(("check", "old", "new"), MUTANTS)
def test_a_page_that_says_something_else_is_found(check: Check, old: str, new: str) -> None:
    assert old in PAGE
    assert list(check(PAGE.replace(old, new)))


def test_every_check_found_something_once() -> None:
    assert {check for check, *_ in MUTANTS} == set(CHECKS)


# What it says of the tools


def test_a_process_has_five_connections_and_ten_more_so_a_hundred_are_for_six() -> None:
    assert isinstance(create_engine("postgresql+psycopg://app@postgres/app").pool, QueuePool)
    defaults = inspect.signature(QueuePool).parameters
    most = defaults["pool_size"].default + defaults["max_overflow"].default
    assert (most, 100 // most) == (15, 6)


def test_three_workers_of_two_processes_make_six_tasks_at_a_time() -> None:
    command = services(COMPOSE)["worker"]["command"]
    assert int(command[command.index("--concurrency") + 1]) * 3 == 6


def test_the_visibility_timeout_is_an_hour() -> None:
    assert QueueSettings().visibility_timeout == 60 * 60


def test_celery_takes_a_setting_that_does_not_exist_without_a_word() -> None:
    assert "worker_ping_interval" not in DEFAULTS
    celery = Celery(set_as_current=False)
    celery.conf.update(worker_ping_interval=1)
    assert celery.conf.worker_ping_interval == 1


def test_flower_drops_an_option_that_does_not_exist() -> None:
    assert is_flower_option("--basic_auth=admin:secret")
    assert not is_flower_option("--basic-aut=admin:secret")


def test_the_apps_settings_can_be_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "demo_broker_url").write_text("redis://:secret@redis:6379/0")

    class FromFiles(QueueSettings):
        model_config = QueueSettings.model_config | {"secrets_dir": str(tmp_path)}

    assert FromFiles().broker_url == "redis://:secret@redis:6379/0"
