"""A small project in a temporary folder, with a lock that installs in a second and without network."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from launcher.project import Project

ROOT = Path(__file__).resolve().parents[2]
WHEEL = "stand_ins-1-py3-none-any.whl"
# Stands where JupyterLab would be: says how it was started, and ends when it is told to.
LAB = """
import json, os, sys
print(json.dumps({"argv": sys.argv[1:], "environ": dict(os.environ), "cwd": os.getcwd()}), flush=True)
if os.environ.get("LAB_WAITS"):
    sys.stdin.readline()
sys.exit(int(os.environ.get("LAB_EXIT", "0")))
"""
SIGN = """
class TrustNotebookApp:
    @staticmethod
    def launch_instance():
        pass
"""
MODULES = {
    "jupyterlab/__main__.py": LAB,
    "nbformat/sign.py": SIGN,
    "stand_ins-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: stand-ins\nVersion: 1\n",
    "stand_ins-1.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def notebook(*sources: str, outputs: str = "") -> str:
    """A notebook's text, one code cell a source, as if run when there are outputs."""
    results = [{"name": "stdout", "output_type": "stream", "text": [outputs]}] if outputs else []
    cells = [
        {
            "cell_type": "code",
            "execution_count": number if outputs else None,
            "id": f"cell-{number}",
            "metadata": {"execution": {"iopub.status.busy": "now"}} if outputs else {},
            "outputs": results,
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(sources, 1)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of two lessons and a wheel beside its lock."""
    root = tmp_path / "a course"  # the space is meant
    shutil.copytree(ROOT / "launcher", root / "launcher", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "learn.py", root)
    (root / "notebooks").mkdir()
    (root / "notebooks" / "00_start_here.ipynb").write_text(notebook("1 + 1", outputs="2"))
    (root / "notebooks" / "01_request_response_cycle.ipynb").write_text(notebook("2 + 2", outputs="4"))
    (root / "notebooks" / "ledger.md").write_text("# The ledger\n")
    (root / "tests").mkdir()
    (root / "tests" / "requirements.txt").write_text(f"./{WHEEL}\n")
    (root / "requirements.txt").write_text(f"./{WHEEL}\n")
    (root / "pyproject.toml").write_text('[project]\nname = "small"\nversion = "1"\n')
    with zipfile.ZipFile(root / WHEEL, "w") as wheel:
        for name, text in MODULES.items():
            wheel.writestr(name, text)
        wheel.writestr("stand_ins-1.dist-info/RECORD", "".join(f"{name},,\n" for name in MODULES))
    return Project(root)


@pytest.fixture
def with_pip(tmp_path: Path) -> dict[str, str]:
    """Variables for learn.py: pip rather than uv, no package index, nothing of this user's settings."""
    home = tmp_path / "home"
    home.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "JUPYTER"))}
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if not shutil.which("uv", path=folder)]
    nowhere = "http://127.0.0.1:9/simple"
    return {
        **clean,
        "HOME": str(home),
        "PATH": os.pathsep.join(folders),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": nowhere,
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0",
        "UV_DEFAULT_INDEX": nowhere,
        "UV_HTTP_RETRIES": "0",
        "UV_NO_CACHE": "1",
        "UV_NO_CONFIG": "1",
        "UV_OFFLINE": "0",
    }


@pytest.fixture
def with_uv(with_pip: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The same variables with uv on PATH; skips where there is none."""
    uv = find_uv()
    if uv is None:
        pytest.skip("uv is not installed")
    folder = tmp_path / "uv"
    folder.mkdir()
    (folder / "uv").symlink_to(uv)
    return {**with_pip, "PATH": f"{folder}{os.pathsep}{with_pip['PATH']}"}


@pytest.fixture
def environ(request: pytest.FixtureRequest) -> dict[str, str]:
    """The quicker of both, for tests of what does not depend on the installer."""
    variables: dict[str, str] = request.getfixturevalue("with_uv" if find_uv() else "with_pip")
    return variables


def find_uv() -> str | None:
    """The uv on PATH or beside this Python."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


Learn = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def learn(project: Project, environ: dict[str, str]) -> Learn:
    """Runs learn.py of the small project to its end."""

    def run(*arguments: str, env: Mapping[str, str] = environ) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "learn.py", *arguments]
        return subprocess.run(
            command, cwd=project.root, env=env, capture_output=True, text=True, check=False, timeout=300
        )

    return run


def said(done: "subprocess.CompletedProcess[str]") -> str:
    """What a failed command said on stderr: checked to be one sentence of ours, with status 1 and no traceback."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr
