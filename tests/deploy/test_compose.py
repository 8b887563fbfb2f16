"""Each promise of the compose file is kept, and would be missed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from tests.deploy import promises
from tests.deploy.compose import COMPOSE, EXAMPLE, example
from tests.deploy.promises import PROMISES

Promise = Callable[[str], Iterator[str]]
MUTANTS = [
    (promises.images_have_a_version, "postgres:17", "postgres:latest"),
    (promises.images_have_a_version, "valkey/valkey:9", "valkey/valkey"),
    (promises.only_this_host_reaches_a_port, "127.0.0.1:8000:8000", "8000:8000"),
    (promises.only_this_host_reaches_a_port, "127.0.0.1:5555:5555", "0.0.0.0:5555:5555"),
    (promises.only_this_host_reaches_a_port, "    hostname: rabbitmq", "    ports: ['127.0.0.1:5672:5672']"),
    (promises.only_this_host_reaches_a_port, "    hostname: rabbitmq", "    network_mode: host"),
    (promises.no_secret_stands_in_it, "admin:${FLOWER_PASSWORD:?set it in deploy/.env}", "admin:admin"),
    (promises.no_secret_stands_in_it, "requirepass ${BROKER_PASSWORD:?set it in deploy/.env}", "requirepass hunter2"),
    (promises.no_secret_stands_in_it, "app:${POSTGRES_PASSWORD:?set it in deploy/.env}@", "app:hunter2@"),
    (promises.a_missing_variable_is_told, "${FLOWER_PASSWORD:?set it in deploy/.env}", "${FLOWER_PASSWORD}"),
    (promises.a_missing_variable_is_told, "${FLOWER_PASSWORD:?set", "${FLOWERS_PASSWORD:?set"),
    (promises.every_variable_of_the_app_is_known, "DEMO_RESULT_BACKEND:", "DEMO_RESULTS_BACKEND:"),
    (promises.what_ends_comes_back, "restart: unless-stopped", "restart: on-failure"),
    (promises.everything_but_beat_is_looked_after, "      interval: 60s", "      retries: 3"),
    (promises.what_is_needed_is_waited_for, "condition: service_healthy", "condition: service_started"),
    (promises.what_is_needed_is_waited_for, "      required: false # the other", "      required: true # the other"),
    (promises.what_is_needed_is_waited_for, "    postgres:\n      condition: service_healthy\n", ""),
    (promises.every_command_is_known, "--concurrency", "--concurency"),
    (promises.every_command_is_known, '"demo_app.main:app"', '"demo_app.main:application"'),
    (promises.every_command_is_known, "demo_app.worker, beat", "demo_app.workers, beat"),
    (promises.every_command_is_known, "demo_app.worker, beat", "demo_app.worker, beats"),
    (promises.every_command_is_known, "--address=0.0.0.0", "--adress=0.0.0.0"),
    (promises.every_command_is_known, "inspect ping --timeout", "inspect ping --wait"),
    (promises.every_command_is_known, "/ping', timeout=5)", "/ping', timeout=5"),
    (promises.every_command_is_known, "--host, 0.0.0.0", "--hosts, 0.0.0.0"),
    (promises.every_command_is_known, "[CMD, python,", "[CMD, curl,"),
    (promises.times_fit, "stop_grace_period: 11m", "stop_grace_period: 10m"),
    (promises.times_fit, "    stop_grace_period: 1m # answers", "    # answers"),
    (promises.there_is_one_beat, "    container_name: after-the-response-beat", "   "),
    (promises.there_is_one_beat, 'INFO, --concurrency, "2"', "INFO, --beat"),
    (promises.there_is_one_beat, "demo_app.worker, worker,", "demo_app.worker, beat,"),
    (promises.beat_remembers, '    volumes: ["beat:/var/lib/beat"]', ""),
    (promises.the_app_may_do_little, "  read_only: true", "  read_only: false"),
    (promises.the_app_may_do_little, "  cap_drop: [ALL]", "  cap_drop: [NET_RAW]"),
    (promises.the_app_may_do_little, '["no-new-privileges:true"]', "[]"),
    (promises.logs_do_not_fill_the_disk, "driver: local", "driver: json-file"),
    (promises.addresses_lead_to_a_service, "@postgres/app", "@database/app"),
    (promises.addresses_lead_to_a_service, "POSTGRES_USER: app", "POSTGRES_USER: demo"),
    (promises.addresses_lead_to_a_service, "RABBITMQ_DEFAULT_USER: app", "RABBITMQ_DEFAULT_USER: guest"),
    (promises.addresses_lead_to_a_service, "profiles: [rabbitmq]", "profiles: [rabbit]"),
    (promises.volumes_are_declared, "  rabbitmq:\n  redis:\n", "  redis:\n"),
]  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_promise_is_kept(promise: Promise) -> None:
    assert list(promise(COMPOSE)) == []


@pytest.mark.parametrize(("promise", "old", "new"), MUTANTS)
def test_a_broken_promise_is_told(promise: Promise, old: str, new: str) -> None:
    assert old in COMPOSE
    assert list(promise(COMPOSE.replace(old, new)))


def test_every_promise_was_broken_once() -> None:
    assert {promise for promise, *_ in MUTANTS} == set(PROMISES)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("name: after", "name: after", 0),
        ("restart: unless-stopped", "restarts: unless-stopped", 1),
        ("interval: 60s", "interval: [60]", 1),
        ("condition: service_healthy", "condition: healthy", 1),
    ],
)
def test_it_follows_the_specification_of_compose(tmp_path: Path, old: str, new: str, status: int) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE.replace(old, new))
    command = ["--builtin-schema", "vendor.compose-spec", str(tmp_path / "compose.yaml")]
    result = CliRunner().invoke(check_jsonschema, command)
    assert result.exit_code == status, result.output


def test_redis_is_what_one_gets_and_no_password_is_given_away() -> None:
    assert [line for line in EXAMPLE.splitlines() if "PASSWORD=" in line] == [
        "POSTGRES_PASSWORD=", "BROKER_PASSWORD=", "FLOWER_PASSWORD="
    ]  # fmt: skip
    assert example("redis")["DEMO_BROKER_URL"] == "redis://:secret@redis:6379/0"
    assert example("rabbitmq")["DEMO_BROKER_URL"] == "amqp://app:secret@rabbitmq:5672//"


def test_git_never_sees_the_passwords() -> None:
    assert "\n.env\n" in f"\n{(Path(promises.__file__).parents[2] / 'deploy' / '.gitignore').read_text()}"
