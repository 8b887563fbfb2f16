"""Stores the lessons: runs each from top to bottom and keeps its outputs. `python -m tests.notebooks [NN ...]`"""

import os
import sys
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import nbformat
from nbclient import NotebookClient

LESSONS = Path(__file__).parents[1] / "notebooks"
_WIDGET = "application/vnd.jupyter.widget-view+json"


def lessons(*numbers: str) -> list[Path]:
    """The lessons whose two digits are given, or all. Raises `LookupError` for a number that no lesson has."""
    found = sorted(LESSONS.glob("[0-9][0-9]_*.ipynb"))
    unknown = set(numbers) - {path.name[:2] for path in found}
    if unknown:
        known = ", ".join(path.name[:2] for path in found)
        raise LookupError(f"There is no lesson {', '.join(sorted(unknown))} in notebooks/. There are: {known}.")
    return [path for path in found if not numbers or path.name[:2] in numbers]


def store(path: Path) -> None:
    """Runs the lesson as CI does and writes it back with its outputs, and with nothing that differs by chance."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=120, store_widget_state=False, record_timing=False)
    client.execute(cwd=str(path.parent), env={**os.environ, "PREDICTIONS": "skip", "QUIZ_STORE": "memory"})
    for cell in notebook.cells:
        for number, output in enumerate(cell.get("outputs", [])):
            _settle(output, f"{path.name}/{cell.id}/{number}")
    notebook.metadata = {name: notebook.metadata[name] for name in ("kernelspec", "language_info")}
    notebook.metadata.language_info = {"name": "python"}  # the rest is this machine's Python
    nbformat.write(notebook, path)


def _settle(output: Any, place: str) -> None:
    """Model ids are random, and without a widget's state they lead nowhere."""
    view = output.get("data", {}).get(_WIDGET)
    if view:
        view["model_id"] = uuid5(NAMESPACE_URL, place).hex


def main() -> int:
    try:
        for path in lessons(*sys.argv[1:]):
            store(path)
            print(f"stored notebooks/{path.name}")
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
