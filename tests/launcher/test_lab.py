"""JupyterLab as the launcher starts it: on this machine only, trusted, and without a question."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from launcher import course, lab
from launcher.errors import LauncherError
from launcher.project import Project

TOKEN = "a-token-of-the-tests"
SIGNED = """
import sys, nbformat
from nbformat.sign import NotebookNotary
print(NotebookNotary().check_signature(nbformat.read(sys.argv[1], 4)))
"""


@pytest.fixture
def real(project: Project) -> Project:
    """The small project with the Python of these tests, which has JupyterLab, as its environment."""
    project.venv.symlink_to(sys.prefix, target_is_directory=True)
    course.refresh(project)
    return project


@contextmanager
def running(project: Project, variables: dict[str, str]) -> Iterator[str]:
    """JupyterLab on a free port; yields its address and stops it afterwards."""
    port = lab.free_port(None)
    with subprocess.Popen(lab.command(project, port, browser=False), env=variables, cwd=project.course) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/api/status?token={TOKEN}", process)
            yield f"{address}/lab/tree/00_start_here.ipynb?token={TOKEN}"
        finally:
            process.terminate()


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Return when the server answers; fails when it ends or is silent for 2 minutes."""
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not answer (exit status {process.poll()})")


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """A user who never started Jupyter."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    return {**clean, "HOME": str(tmp_path / "new user"), "JUPYTER_TOKEN": TOKEN}


@pytest.fixture
def page() -> Iterator[Any]:
    """A page in Chromium; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as play:
        own = play.chromium.executable_path
        path = own if Path(own).exists() else shutil.which("chromium") or shutil.which("google-chrome")
        if path is None:
            pytest.skip("Chromium is not installed")
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(120_000)
        yield page
        browser.close()


def open_lesson(page: Any, url: str) -> None:
    """Open the lesson and run its first cell, which needs a kernel."""
    page.goto(url)
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.keyboard.press("Control+Enter")
    page.locator(".jp-OutputArea-output", has_text="2").first.wait_for()


@pytest.mark.browser
def test_a_new_user_sees_the_lesson_and_no_question(real: Project, variables: dict[str, str], page: Any) -> None:
    strangers: list[str] = []
    page.on("request", lambda request: strangers.append(request.url) if "//127.0.0.1:" not in request.url else None)
    with running(real, lab.environment(real, TOKEN, variables)) as url:
        open_lesson(page, url)
        if folder := os.environ.get("LAUNCHER_SHOTS"):
            page.screenshot(path=f"{folder}/lab.png")
        assert page.locator(".jp-Dialog").count() == 0
        assert page.locator(".Toastify__toast").count() == 0
    assert [url for url in strangers if url.startswith("http")] == []


@pytest.mark.browser
def test_without_our_settings_the_same_user_is_asked_about_news(
    real: Project, variables: dict[str, str], page: Any
) -> None:
    with running(real, variables) as url:
        open_lesson(page, url)
        if folder := os.environ.get("LAUNCHER_SHOTS"):
            page.screenshot(path=f"{folder}/lab-without.png")
        page.locator(".Toastify__toast", has_text="Jupyter news").wait_for()


def test_the_lessons_are_signed(real: Project, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", variables["HOME"])
    lesson = str(real.notebooks / "00_start_here.ipynb")
    check = [sys.executable, "-c", SIGNED, lesson]
    assert subprocess.run(check, capture_output=True, text=True, check=True).stdout == "False\n"
    lab.trust(real)
    assert subprocess.run(check, capture_output=True, text=True, check=True).stdout == "True\n"


def test_notebooks_that_cannot_be_signed_stop_nothing(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project.venv], check=True)
    lab.trust(project)
    assert "could not be trusted" in capsys.readouterr().out


def test_without_a_wish_the_next_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(lab, "FIRST_PORT", port)
        assert lab.free_port(None) > port


@pytest.mark.parametrize("port", [-1, 0, 70000])
def test_a_port_outside_the_possible_is_named(port: int) -> None:
    with pytest.raises(LauncherError, match=f"Port {port}"):
        lab.free_port(port)


def test_our_settings_come_before_the_learners_and_the_token_stays_off_the_command_line(project: Project) -> None:
    variables = lab.environment(project, TOKEN, {"JUPYTER_CONFIG_PATH": "theirs"})
    assert variables["JUPYTER_CONFIG_PATH"] == f"{lab.SETTINGS}{os.pathsep}theirs"
    assert TOKEN not in " ".join(map(str, lab.command(project, 8888, browser=True)))
