"""The app's own source: shown in a lesson, and watched for edits that this kernel has not loaded."""

import inspect
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from demo_app.lab.errors import UnknownPath

_PACKAGE = Path(__file__).resolve().parents[1]
_loaded: dict[Path, int] = {}


def changed_sources() -> list[str]:
    """The files of `demo_app` that were edited after this kernel loaded them, such as `demo_app/routers/cycle.py`."""
    for file in _module_files() - _loaded.keys():
        _loaded[file] = file.stat().st_mtime_ns
    changed = [file for file, loaded in _loaded.items() if file.exists() and file.stat().st_mtime_ns != loaded]
    return sorted(file.relative_to(_PACKAGE.parent).as_posix() for file in changed)


def notices() -> list[str]:
    """What whoever starts a server here should know: edits not loaded, or that these are not their own lessons."""
    edited = "{} was edited after this kernel loaded it: restart the kernel to serve the new code."
    said = [edited.format(file) for file in changed_sources()]
    at_work = "ipykernel" in sys.modules and os.environ.get("PREDICTIONS") != "skip"
    if at_work and Path.cwd() == _PACKAGE.parent / "notebooks":
        said.append("This is the tested reference copy. For a copy of your own, run in a terminal: python3 learn.py")
    return said


def _module_files() -> set[Path]:
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == _PACKAGE.name]
    files = [getattr(module, "__file__", None) for module in modules]
    return {Path(file).resolve() for file in files if file}


class Source:
    """The source of a function, shown as highlighted Python."""

    def __init__(self, shown: Any) -> None:
        self.text = inspect.getsource(shown).rstrip()
        self.place = Path(inspect.getsourcefile(shown) or "").name

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.text}\n```"


def show_source(shown: Any, path: str | None = None) -> Source:
    """The tested source of a function or class, or of the endpoint at `path` of the app `shown`, for reading.

    Raises `LookupError` where the app has no such path.
    """
    if path is None:
        return Source(shown)
    served = {route.path: route.endpoint for route in endpoint_routes(shown.routes)}
    if path not in served:
        raise UnknownPath(f"The app has no {path}. It has: {', '.join(sorted(served))}.")
    return Source(served[path])


def endpoint_routes(routes: Iterable[Any]) -> Iterator[Any]:
    """The routes that have an endpoint, those of included and mounted routers too."""
    for route in routes:
        if hasattr(route, "endpoint"):
            yield route
        inner = getattr(route, "original_router", route)  # newer FastAPI keeps an included router whole
        yield from endpoint_routes(getattr(inner, "routes", None) or [])
