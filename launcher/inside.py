"""Run by the environment's own Python: says as JSON whether the packages a lesson needs are there and fit together."""

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

NEEDED = {"fastapi": 0, "jupyterlab": 4, "ipykernel": 7, "ipywidgets": 8, "anywidget": 0}
EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "anywidget")


def package(name: str, oldest: int) -> tuple[bool, str]:
    """Whether a package is installed in this major version or newer, and which it is."""
    try:
        found = version(name)
    except PackageNotFoundError:
        return False, "not installed"
    return int(found.split(".")[0]) >= oldest, found if oldest == 0 else f"{found} (needs {oldest} or newer)"


def extension(name: str) -> tuple[bool, str]:
    """Whether JupyterLab will find a widget extension in this environment."""
    found = (Path(sys.prefix) / "share/jupyter/labextensions" / name / "package.json").is_file()
    return found, "present" if found else "missing"


def kernel() -> tuple[bool, str]:
    """Whether the kernel named python3, which the lessons use, is this very Python."""
    try:
        from jupyter_client.kernelspec import KernelSpecManager

        program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except Exception as error:  # whatever is wrong with it, it is the finding
        return False, f"cannot be found ({error})"
    if program in ("python", "python3"):  # Jupyter replaces these by the Python it runs on
        program = sys.executable
    return Path(program).absolute() == Path(sys.executable).absolute(), program


if __name__ == "__main__":
    report = {name: package(name, oldest) for name, oldest in NEEDED.items()}
    report |= {f"JupyterLab extension {name}": extension(name) for name in EXTENSIONS}
    print(json.dumps(report | {"Kernel python3": kernel()}))
