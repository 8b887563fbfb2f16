"""The compose file, read as Compose reads it, as far as its promises need that; and what they are held against."""

import re
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

import yaml
from dotenv import dotenv_values

from demo_app.settings import QueueSettings, Settings
from tests.conftest import ROOT

FOLDER = ROOT / "deploy"
COMPOSE = (FOLDER / "compose.yaml").read_text("utf-8")
EXAMPLE = (FOLDER / "example.env").read_text("utf-8")
VARIABLES = {f"DEMO_{name.upper()}" for settings in (Settings, QueueSettings) for name in settings.model_fields}
_EXPRESSION = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")

Service = dict[str, Any]


def parsed(text: str) -> dict[str, Any]:
    """The whole file, with its anchors resolved, and its variables not."""
    whole: dict[str, Any] = yaml.safe_load(text)
    return whole


def services(text: str) -> dict[str, Service]:
    """The services by their names."""
    found: dict[str, Service] = parsed(text)["services"]
    return found


def ours(text: str) -> dict[str, Service]:
    """Those services that are built from this repository."""
    return {name: service for name, service in services(text).items() if "build" in service}


def expressions(text: str) -> Iterator[tuple[str, str, str]]:
    """The variables that Compose fills in: name, `-` or `?` or nothing, and the default or the sentence."""
    for found in _EXPRESSION.finditer(text):
        yield found[1], found[2] or "", found[3] or ""


def without_expressions(text: str) -> str:
    """The text as it is in the file, with nothing in the places of the variables."""
    return _EXPRESSION.sub("", text)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the variables filled in; those without a value become their default."""
    return _EXPRESSION.sub(lambda found: values.get(found[1]) or (found[3] if found[2] == "-" else ""), text)


def example(profile: str) -> dict[str, str]:
    """What `deploy/.env` has when somebody chose this profile and gave each password the value `secret`."""
    text = re.sub(r"(?m)^(\w+_PASSWORD=)$", r"\1secret", EXAMPLE)
    if profile == "rabbitmq":
        text = re.sub(r"(?m)^#(?=[A-Z_]+=)", "", text)  # the later line of a name counts
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(text)).items()}


def seconds(duration: str) -> float:
    """A duration of Compose, such as `1m30s`."""
    units = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)(h|ms|m|s)", duration))
