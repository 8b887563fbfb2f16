"""JupyterLab on the working copy: notebooks trusted, a token of our own, no questions asked."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from launcher.course import lessons
from launcher.errors import LauncherError
from launcher.lock import Busy, held
from launcher.project import Project

SETTINGS = Path(__file__).with_name("jupyter")
FIRST_PORT = 8888


def trust(project: Project) -> None:
    """Sign the lessons, so that JupyterLab shows their stored widgets; a failure is said and stops nothing."""
    files = [folder / f"{name}.ipynb" for name in lessons(project) for folder in (project.notebooks, project.course)]
    code = "from nbformat.sign import TrustNotebookApp; TrustNotebookApp.launch_instance()"
    if files and subprocess.run([project.python, "-c", code, *map(str, files)], capture_output=True).returncode:
        print("    Some notebooks could not be trusted: widgets stored in them show after you run their cells.")


@contextmanager
def session(project: Project) -> Iterator[TextIO | None]:
    """The file that says where the course is open, ours until JupyterLab ends; None, and a line, if it is not ours."""
    path = project.state / "lab.lock"
    try:
        with held(path) as note:
            note.truncate(0)
            yield note
    except Busy:
        url = path.read_text(encoding="utf-8")
        if not url:
            raise LauncherError("Another learn.py is making this folder ready: wait until it is done.") from None
        print(f"The course is already open in JupyterLab: {url}", flush=True)
        yield None


def run(project: Project, note: TextIO, port: int, browser: bool) -> int:
    """Run JupyterLab until it is stopped; 0, or 1 if it failed."""
    token = secrets.token_urlsafe(24)
    url = f"http://127.0.0.1:{port}/lab/tree/{_first(project)}?token={token}"
    note.write(url)
    note.flush()
    print(f"3/3 Opening JupyterLab (to stop it, press Ctrl-C here): {url}", flush=True)
    # Out of the terminal's reach, so that Ctrl-C comes to us alone: told twice, JupyterLab can hang while it stops.
    apart: dict[str, Any] = {} if sys.platform == "win32" else {"process_group": 0}
    variables = environment(project, token)
    process = subprocess.Popen(command(project, port, browser), env=variables, cwd=project.course, **apart)
    try:
        trust(project)  # in the seconds JupyterLab needs to come up
        status = process.wait()
    except KeyboardInterrupt:
        _stop(process)
        print("JupyterLab is stopped; what you saved is in my_course.", flush=True)
        return 0
    if status:
        raise LauncherError(
            f"JupyterLab ended with exit status {status}: see above, and run `python3 learn.py doctor`."
        )
    return 0


def command(project: Project, port: int, browser: bool) -> list[str | Path]:
    """JupyterLab's command line: this machine only, this port or none, the working copy as its root."""
    options = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={project.course}",
        f"--LabApp.default_url=/lab/tree/{_first(project)}",
        "--ServerApp.answer_yes=True",
        "--Application.log_level=ERROR",
    ]
    if not browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # containers: Jupyter refuses root otherwise
    return [project.python, "-m", "jupyterlab", *options]


def environment(project: Project, token: str, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """JupyterLab's environment variables: our settings, the environment's kernel, tabs of this course only."""
    settings = [str(SETTINGS), *filter(None, [base.get("JUPYTER_CONFIG_PATH")])]
    return {
        **base,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(settings),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_TOKEN": token,  # not on the command line, where every user of the machine could read it
        "JUPYTERLAB_WORKSPACES_DIR": str(project.state / "workspaces"),
    }


def free_port(wanted: int | None) -> int:
    """The wanted port, or the first free one from 8888; LauncherError if there is none."""
    for port in range(FIRST_PORT, FIRST_PORT + 100) if wanted is None else (wanted,):
        if _is_free(port):
            return port
    if wanted is None:
        raise LauncherError(f"No port from {FIRST_PORT} on is free: name one with `--port`.")
    raise LauncherError(
        f"Port {wanted} cannot be used, another program may have it: name another with `--port`, or leave it out."
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":  # as JupyterLab binds: connections that are closing do not count as taken
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return port > 0


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if sys.platform != "win32":  # there the console has told JupyterLab, and this would be a kill
        process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _first(project: Project) -> str:
    names = lessons(project)
    return f"{names[0]}.ipynb" if names else ""
