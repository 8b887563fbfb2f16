"""The arrows between the parts, read from the imports: who may know whom."""

import ast
import importlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

NOTEBOOK = {"IPython", "ipykernel", "ipywidgets", "anywidget", "traitlets"}
WEB = {"fastapi", "starlette", "uvicorn", "httpx", "anyio"}
# What an old FastAPI's environment and a learner's own project have: neither pydantic models nor notebooks.
INSTRUMENTS = {
    "crowd", "drawing", "errors", "experiments", "gate", "guard", "instrumentation", "logs", "probe", "process",
    "pulse", "routes", "server", "source", "targets", "thread", "timeline", "trace", "visit",
}  # fmt: skip
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


@pytest.mark.parametrize("path", APP, ids=_id)
def test_the_app_can_be_taken_home(path: Path) -> None:
    assert not forbidden(path.read_text("utf-8"), {*NOTEBOOK, "demo_app.lab", "quizzes", "launcher"})


@pytest.mark.parametrize("path", [path for path in APP if path.name != "worker.py"], ids=_id)
def test_only_the_worker_knows_celery(path: Path) -> None:
    assert not forbidden(path.read_text("utf-8"), {"celery", "kombu", "redis"})


@pytest.mark.parametrize("path", LAB, ids=_id)
def test_the_lab_knows_neither_quizzes_nor_the_launcher(path: Path) -> None:
    assert not forbidden(path.read_text("utf-8"), {"quizzes", "launcher"})


@pytest.mark.parametrize("path", [path for path in LAB if INSTRUMENTS & {path.stem, path.parent.name}], ids=_id)
def test_an_instrument_needs_only_the_web_stack_and_its_like(path: Path) -> None:
    allowed = {*WEB, *(f"demo_app.lab.{name}" for name in INSTRUMENTS)}
    if path.parent.name == "targets":
        allowed.add("demo_app.main.create_app")  # tried first, and done without
    source = path.read_text("utf-8").replace("from demo_app.lab import drawing", "import demo_app.lab.drawing")
    assert not strangers(source, allowed)


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
