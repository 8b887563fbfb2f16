"""The app's own source: shown in a lesson, and watched for edits that this kernel has not loaded."""

import inspect
import sys
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parents[1]
_loaded: dict[Path, int] = {}


def changed_sources() -> list[str]:
    """The files of `demo_app` that were edited after this kernel loaded them, such as `demo_app/routers/cycle.py`."""
    for file in _module_files() - _loaded.keys():
        _loaded[file] = file.stat().st_mtime_ns
    changed = [file for file, loaded in _loaded.items() if file.exists() and file.stat().st_mtime_ns != loaded]
    return sorted(file.relative_to(_PACKAGE.parent).as_posix() for file in changed)


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


def show_source(shown: Any) -> Source:
    """The tested source of an endpoint, task or class, for reading."""
    return Source(shown)
