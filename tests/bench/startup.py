"""What the setup cell costs beyond the imports that any such notebook needs."""

from statistics import median

import nbformat

from tests.bench.kernel import Kernel
from tests.notebooks import lessons

_MODULES = """
import sys
from pathlib import Path
def _foreign(module):
    file = getattr(module, "__file__", None) or ""
    return "site-packages" in file and not module.__name__.startswith("__editable__")
_before = set(sys.modules)
"""
_IMPORTS = (
    "import importlib, time\n_start = time.perf_counter()\nfor _name in {names}:\n    importlib.import_module(_name)\n"
)
_TIMED = "import time\n_start = time.perf_counter()\n"
_ELAPSED = "_elapsed = time.perf_counter() - _start"


def setup_cell() -> str:
    """The first code cell of lesson 01."""
    cells = nbformat.read(lessons("01")[0], as_version=4).cells
    return str(next(cell.source for cell in cells if cell.cell_type == "code"))


def foreign_modules(setup: str) -> list[str]:
    """The third-party modules that the setup cell loads, in its order."""
    with Kernel() as kernel:
        kernel.run(_MODULES + setup)
        loaded = "[n for n, m in list(sys.modules.items()) if n not in _before and _foreign(m)]"
        return list(kernel.run("", loaded))


def time_ratio(pairs: int = 15) -> str:
    """Seconds of the setup cell over seconds of the bare imports, in interleaved fresh kernels."""
    setup = setup_cell()
    imports = _IMPORTS.format(names=foreign_modules(setup))
    ours, bare = [], []
    for _ in range(pairs):
        with Kernel() as kernel:
            ours.append(kernel.run(f"{_TIMED}{setup}\n{_ELAPSED}", "_elapsed"))
        with Kernel() as kernel:
            bare.append(kernel.run(imports + _ELAPSED, "_elapsed"))
    ratio = median(ours) / median(bare)
    return f"{ratio:.2f} ({median(ours) * 1000:.0f} ms over {median(bare) * 1000:.0f} ms, medians of {pairs})"


def memory_ratio(pairs: int = 5) -> str:
    """The kernel's own memory after the setup cell over that after the bare imports."""
    setup = setup_cell()
    imports = _IMPORTS.format(names=foreign_modules(setup))
    ours, bare = [], []
    for _ in range(pairs):
        with Kernel() as kernel:
            kernel.run(setup)
            ours.append(kernel.uss())
        with Kernel() as kernel:
            kernel.run(imports)
            bare.append(kernel.uss())
    ratio = median(ours) / median(bare)
    return f"{ratio:.2f} ({median(ours) / 1e6:.1f} MB over {median(bare) / 1e6:.1f} MB, medians of {pairs})"
