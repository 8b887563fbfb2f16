"""Stores the lessons: runs each from top to bottom and keeps its outputs. `python -m tests.notebooks [NN ...]`

`python -m tests.notebooks --minutes [NN ...]` stores nothing: it says how long a lesson takes to read, answer and run.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import nbformat
from nbclient import NotebookClient

from tests.prose import MINUTES_AT_MOST, RUN_ALLOWANCE, minutes

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


def run(path: Path) -> Any:
    """The lesson with the outputs of a run from top to bottom, as CI does it; its file stays as it is."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=120, store_widget_state=False, record_timing=False)
    client.execute(cwd=str(path.parent), env={**os.environ, "PREDICTIONS": "skip", "QUIZ_STORE": "memory"})
    return notebook


def run_minutes(path: Path) -> float:
    """How long a run of the lesson takes on this machine, its kernel's start included."""
    begin = time.perf_counter()
    run(path)
    return (time.perf_counter() - begin) / 60


def store(path: Path) -> None:
    """Runs the lesson and writes it back with its outputs, and with nothing that differs by chance."""
    notebook = run(path)
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
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks", description="Stores the lessons.")
    parser.add_argument("numbers", nargs="*", metavar="NN", help="only these lessons")
    parser.add_argument("--minutes", action="store_true", help="store nothing, say how long a lesson takes")
    options = parser.parse_args()
    try:
        found = lessons(*options.numbers)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    return time_all(found) if options.minutes else store_all(found)


def store_all(paths: list[Path]) -> int:
    """Stores these lessons; 0."""
    for path in paths:
        store(path)
        print(f"stored notebooks/{path.name}")
    return 0


def time_all(paths: list[Path]) -> int:
    """Says how long these lessons take, and 1 if one takes too long to do or to run, else 0."""
    measured = [(path, minutes(path), run_minutes(path)) for path in paths]
    for path, asked, running in measured:
        print(f"{path.stem:32} {asked.report(running)}")
    print(f"At most {MINUTES_AT_MOST} min, and {RUN_ALLOWANCE} min of them for the run.")
    return int(any(run > RUN_ALLOWANCE or asked.total(run) > MINUTES_AT_MOST for _, asked, run in measured))


if __name__ == "__main__":
    sys.exit(main())
