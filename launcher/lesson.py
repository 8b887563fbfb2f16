"""A lesson's file: read, stripped of what running it leaves behind, and compared by what a person wrote."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

from launcher.project import read_json_object, to_json

Notebook = dict[str, Any]
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def read(path: Path) -> Notebook | None:
    """The notebook in a file, None where there is no file; ValueError if the file is no notebook."""
    notebook = read_json_object(path)
    if notebook is None:
        return None
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(
        isinstance(cell, dict) and isinstance(cell.get("source"), str | list) for cell in cells
    ):
        raise ValueError(f"{path.name} has no cells")
    return notebook


def cleared(notebook: Notebook) -> str:
    """The file's text for a learner: no outputs, counts, timings or widget state, and a kernel, so nothing is asked."""
    clean = copy.deepcopy(notebook)
    clean["metadata"] = {**clean.get("metadata", {}), "kernelspec": KERNEL}
    for trace in ("widgets", "language_info"):
        clean["metadata"].pop(trace, None)
    for cell in clean["cells"]:
        cell.get("metadata", {}).pop("execution", None)
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return to_json(clean)


def sources_digest(notebook: Notebook) -> str:
    """Of the cells' kinds and sources only: running or saving a notebook does not change it, editing does."""
    cells = [(cell.get("cell_type"), "".join(cell["source"])) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def text_digest(text: str) -> str:
    """Of a whole cleared lesson: changes with any change of the reference but its outputs."""
    return hashlib.sha256(text.encode()).hexdigest()
