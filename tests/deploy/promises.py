"""What the compose file promises. Each promise gets the file's text, and tells where it is broken."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from demo_app.settings import QueueSettings
from tests.deploy.commands import health_command, refusal
from tests.deploy.compose import (
    EXAMPLE,
    VARIABLES,
    Service,
    example,
    expressions,
    filled,
    ours,
    parsed,
    seconds,
    services,
    without_expressions,
)

PUBLISHED = {"api", "flower"}
GRACE = 10  # seconds that Compose waits when it is told nothing: its specification, stop_grace_period
CONSUMER_TIMEOUT = 30 * 60  # seconds, RabbitMQ's default: its documentation of consumers, acknowledgement timeout
_SECRET = re.compile(r"(PASS(WORD)?|AUTH|SECRET|requirepass)\b|://")
_NO_SECRET_LEFT = re.compile(r"(:|requirepass|=|://\w*(:@)?[\w./-]+)\s*$")


def images_have_a_version(text: str) -> Iterator[str]:
    for name, service in services(text).items():
        if "build" not in service and not re.search(r":\d+(\.\d+)*$", service["image"]):
            yield f"{name}: {service['image']} may be another one tomorrow"


def only_this_host_reaches_a_port(text: str) -> Iterator[str]:
    for name, service in services(text).items():
        if service.get("ports") and name not in PUBLISHED:
            yield f"{name} is for the other services only"
        if "network_mode" in service:
            yield f"{name} has all ports of the host"
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{name}: {port} is open to other machines"


def no_secret_stands_in_it(text: str) -> Iterator[str]:
    for line in text.splitlines():
        code = without_expressions(line.partition(" #")[0])
        about_secrets = _SECRET.search(code) and not line.startswith("#") and "http://127.0.0.1" not in code
        if about_secrets and not _NO_SECRET_LEFT.search(code):
            yield f"a secret in clear: {line.strip()}"


def a_missing_variable_is_told(text: str) -> Iterator[str]:
    for name, sign, words in expressions(text):
        if not sign or (sign == "?" and not words):
            yield f"{name} may be missing, and nobody is told"
        if sign == "?" and name not in example("redis"):
            yield f"{name} is not in example.env"


def every_variable_of_the_app_is_known(text: str) -> Iterator[str]:
    for name in sorted({*re.findall(r"\bDEMO_\w+", text), *re.findall(r"\bDEMO_\w+", EXAMPLE)} - VARIABLES):
        yield f"no setting is called {name}"


def what_ends_comes_back(text: str) -> Iterator[str]:
    for name, service in services(text).items():
        if service.get("restart") != "unless-stopped":
            yield f"{name} stays away once it has ended"


def everything_but_beat_is_looked_after(text: str) -> Iterator[str]:
    for name, service in services(text).items():
        missing = {"test", "interval", "timeout", "start_period"} - set(service.get("healthcheck", {}))
        if missing and name != "beat":
            yield f"{name}: its health check lacks {sorted(missing)}"


def what_is_needed_is_waited_for(text: str) -> Iterator[str]:
    known = services(text)
    for name, service in ours(text).items():
        if set(service["depends_on"]) != {"postgres", "redis", "rabbitmq"}:
            yield f"{name} does not wait for all three"
        for needed, how in service["depends_on"].items():
            if how["condition"] != "service_healthy":
                yield f"{name} does not wait until {needed} is healthy"
            if how.get("required", True) == ("profiles" in known[needed]):
                yield f"{name}: {needed} is in a profile that may be off, or not, and required says the opposite"


def every_command_is_known(text: str) -> Iterator[str]:
    for service in services(text).values():
        commands = [service["command"]] if "command" in service else []
        if "healthcheck" in service:
            commands.append(health_command(service["healthcheck"]["test"]))
        yield from filter(None, map(refusal, commands))


def times_fit(text: str) -> Iterator[str]:
    queue = QueueSettings(broker_url="redis://redis")
    if seconds(services(text)["worker"].get("stop_grace_period", "10s")) <= queue.time_limit:
        yield "a deploy may kill the longest task"
    if seconds(services(text)["api"].get("stop_grace_period", "10s")) <= GRACE:
        yield "a deploy may kill a background task"
    if not queue.time_limit < queue.visibility_timeout or not queue.time_limit < CONSUMER_TIMEOUT:
        yield "a broker may hand a running task to a second worker"


def there_is_one_beat(text: str) -> Iterator[str]:
    beats = [name for name, service in services(text).items() if "beat" in service.get("command", [])]
    if beats != ["beat"]:
        yield f"the beats are {beats}"
    if not services(text)["beat"].get("container_name"):
        yield "beat can be scaled"
    if any({"-B", "--beat"} & set(service.get("command", [])) for service in services(text).values()):
        yield "a worker brings a beat of its own"


def beat_remembers(text: str) -> Iterator[str]:
    beat = services(text)["beat"]
    schedule = beat["command"][beat["command"].index("--schedule") + 1]
    if schedule.rpartition("/")[0] not in [volume.partition(":")[2] for volume in beat.get("volumes", [])]:
        yield f"{schedule} is gone with the container"


def the_app_may_do_little(text: str) -> Iterator[str]:
    for name, service in services(text).items():
        if service.get("security_opt") != ["no-new-privileges:true"] or service.get("privileged"):
            yield f"{name} may get more rights than it began with"
        if "build" in service and not (service.get("read_only") and service.get("cap_drop") == ["ALL"]):
            yield f"{name} may do more than it needs"


def logs_do_not_fill_the_disk(text: str) -> Iterator[str]:
    for name, service in services(text).items():
        if service.get("logging", {}).get("driver") != "local":
            yield f"{name} writes its log until the disk is full"


def addresses_lead_to_a_service(text: str) -> Iterator[str]:
    for profile in ("redis", "rabbitmq"):
        values = example(profile)
        environment = ours(text)["api"]["environment"]
        known = {
            name: service
            for name, service in services(filled(text, values)).items()
            if service.get("profiles", [profile]) == [profile]
        }
        if values["COMPOSE_PROFILES"] != profile:
            yield f"example.env does not choose {profile}"
        for name, value in environment.items():
            yield from _lost(name, filled(value, values), known)
        QueueSettings(broker_url=values["DEMO_BROKER_URL"], result_backend=values["DEMO_RESULT_BACKEND"])


def _lost(name: str, url: str, known: dict[str, Service]) -> Iterator[str]:
    place = urlsplit(url)
    if url and place.hostname not in known:
        yield f"{name}: there is no {place.hostname} then"
    elif url:
        environment: dict[str, str] = known[str(place.hostname)]["environment"]
        users = {value for key, value in environment.items() if key.endswith("_USER")}
        passwords = {value for key, value in environment.items() if "PASS" in key or "AUTH" in key}
        if users not in ({place.username}, set()) or passwords != {place.password}:
            yield f"{name}: {place.hostname} knows no such user and password"


def volumes_are_declared(text: str) -> Iterator[str]:
    used = {volume.partition(":")[0] for service in services(text).values() for volume in service.get("volumes", [])}
    if used != set(parsed(text)["volumes"]):
        yield f"used are {sorted(used)}"


PROMISES = [
    promise
    for name, promise in list(globals().items())
    if callable(promise) and getattr(promise, "__module__", "") == __name__ and not name.startswith("_")
]
