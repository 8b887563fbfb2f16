"""How nbval reads the lessons: the text of an output is the contract, the picture beside it is decoration."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbval.kernel
import pytest

from tests.kernels import IpcKernelManager

os.environ["PREDICTIONS"] = "skip"
os.environ["QUIZ_STORE"] = "memory"

if os.name == "posix":
    nbval.kernel.KernelManager = IpcKernelManager


def pytest_collectstart(collector: Any) -> None:
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("text/html", "image/svg+xml")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Iterator[None]:
    report = yield
    if getattr(report, "failed", False) and hasattr(item, "cell_num"):
        report.sections.insert(0, ("The lesson", _remedy(item)))
    return report


def _remedy(item: Any) -> str:
    """Where the failing cell stands, and what its author does next."""
    lesson = Path(item.path).stem
    return (
        f"Lesson {lesson}, under “{_heading(item)}”, cell {item.cell.get('id')!r}. "
        "Above: what the lesson's stored output says, and what the run gave.\n"
        f"If the new output is right, store the lesson anew: python -m tests.notebooks {lesson[:2]}"
    )


def _heading(item: Any) -> str:
    """The nearest heading above the cell."""
    headings = [""]
    for cell in item.parent.nb.cells:
        if cell.cell_type == "markdown":
            headings += [line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("#")]
        elif cell.get("id") == item.cell.get("id"):
            break
    return headings[-1]
