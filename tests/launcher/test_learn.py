"""learn.py as a learner meets it: started, started again, and started where something is wrong."""

import ast
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from launcher.environment import State, inspect
from launcher.lesson import Notebook
from launcher.project import Project
from tests.launcher.conftest import ROOT, WHEEL, Learn, notebook, said

OLD_PYTHONS = ("python2", "python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "python3.10")


def lab_start(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """How the stand-in for JupyterLab was started."""
    assert done.returncode == 0, done.stdout + done.stderr
    started: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return started


def read(path: Path) -> Notebook:
    value: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return value


@pytest.mark.parametrize("name", OLD_PYTHONS)
def test_an_old_python_is_told_which_one_is_needed(name: str) -> None:
    path = shutil.which(name)
    if path is None or subprocess.run([path, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([path, "learn.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    sentence = said(done)
    assert "needs Python 3.11 or newer" in sentence
    assert "https://www.python.org/downloads/" in sentence


def test_learn_py_has_no_syntax_that_python_2_lacks() -> None:
    text = (ROOT / "learn.py").read_bytes()
    assert text.isascii()  # Python 2 wants a coding line otherwise
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.FunctionDef, ast.ClassDef, ast.Starred, ast.Match)
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, modern)]
    assert all(isinstance(call.func, ast.Attribute) or call.func.id == "main" for call in calls)  # type: ignore[attr-defined]


def test_a_first_start_makes_everything_and_opens_the_first_lesson(
    project: Project, learn: Learn, with_pip: dict[str, str]
) -> None:
    started = lab_start(learn("--no-browser", env=with_pip))
    assert "--ServerApp.ip=127.0.0.1" in started["argv"]
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in started["argv"]
    assert Path(started["cwd"]) == project.course
    cell = read(project.course / "00_start_here.ipynb")["cells"][0]
    assert (cell["outputs"], cell["execution_count"], cell["source"]) == ([], None, ["1 + 1"])
    assert inspect(project) is State.READY


def test_the_launcher_leaves_the_lessons_own_variables_alone(learn: Learn) -> None:
    started = lab_start(learn())
    assert not {"PREDICTIONS", "QUIZ_STORE"} & set(started["environ"])


def test_a_second_start_installs_nothing(project: Project, learn: Learn) -> None:
    lab_start(learn())
    (project.root / WHEEL).unlink()  # an installer would miss it
    done = learn()
    lab_start(done)
    assert "1/3 The environment in .venv is ready." in done.stdout


def test_a_changed_lock_is_installed(project: Project, learn: Learn) -> None:
    lab_start(learn())
    with project.requirements.open("a") as lock:
        lock.write("# newer\n")
    assert inspect(project) is State.OUT_OF_DATE
    assert "Installing the course's packages" in learn().stdout
    assert inspect(project) is State.READY


def test_uv_is_used_where_it_is_found(project: Project, learn: Learn, with_uv: dict[str, str]) -> None:
    done = learn(env=with_uv)
    lab_start(done)
    assert "with uv" in done.stdout
    assert "uv = " in (project.venv / "pyvenv.cfg").read_text()


def test_an_environment_of_uv_is_updated_by_pip_when_uv_is_gone(
    project: Project, learn: Learn, with_uv: dict[str, str], with_pip: dict[str, str]
) -> None:
    lab_start(learn(env=with_uv))
    with project.requirements.open("a") as lock:
        lock.write("# newer\n")
    lab_start(learn(env=with_pip))
    assert inspect(project) is State.READY


def test_a_half_made_environment_is_rebuilt(project: Project, learn: Learn, with_pip: dict[str, str]) -> None:
    if sys.platform == "win32":
        pytest.skip("process groups are POSIX")
    with socket.create_server(("127.0.0.1", 0)) as index:  # takes the connection and never answers
        index.settimeout(120)
        lock = project.requirements.read_text()
        project.requirements.write_text("never-comes\n")
        silent = {**with_pip, "PIP_INDEX_URL": f"http://127.0.0.1:{index.getsockname()[1]}/simple"}
        process = subprocess.Popen(
            [sys.executable, "learn.py"],
            cwd=project.root,
            env=silent,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        connection, _ = index.accept()  # pip is at work now
        with connection:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert inspect(project) is State.HALF_MADE
    project.requirements.write_text(lock)
    done = learn()
    lab_start(done)
    assert "half-made" in done.stdout
    assert inspect(project) is State.READY


def _heed_ctrl_c() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, and the tests may run there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_installing_leaves_no_environment(
    project: Project, with_pip: dict[str, str], number: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as index:
        index.settimeout(120)
        project.requirements.write_text("never-comes\n")
        silent = {**with_pip, "PIP_INDEX_URL": f"http://127.0.0.1:{index.getsockname()[1]}/simple"}
        command = [sys.executable, "learn.py"]
        with subprocess.Popen(
            command,
            cwd=project.root,
            env=silent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_heed_ctrl_c,
        ) as process:
            connection, _ = index.accept()
            with connection:
                process.send_signal(number)
                out, error = process.communicate(timeout=60)
    assert "Stopped." in said(subprocess.CompletedProcess(command, process.returncode, out, error))
    assert not list(project.root.glob(".venv*"))


def test_a_broken_environment_of_ours_is_rebuilt(project: Project, learn: Learn) -> None:
    lab_start(learn())
    project.python.unlink()
    assert inspect(project) is State.BROKEN
    lab_start(learn())
    assert inspect(project) is State.READY


def test_the_learners_own_environment_is_used_and_kept(project: Project, learn: Learn) -> None:
    subprocess.run([sys.executable, "-m", "venv", project.venv], check=True)
    mine = project.venv / "mine.txt"
    mine.write_text("keep me")
    assert inspect(project) is State.THEIRS
    lab_start(learn())
    assert mine.exists()
    project.python.unlink()
    assert str(project.venv) in said(learn())
    assert mine.exists()


def test_a_folder_that_is_no_environment_is_named_and_left(project: Project, learn: Learn) -> None:
    project.venv.mkdir()
    (project.venv / "mine.txt").write_text("keep me")
    sentence = said(learn())
    assert str(project.venv) in sentence
    assert "start again" in sentence
    assert (project.venv / "mine.txt").exists()


@pytest.mark.parametrize("place", ["venv", "course"])
def test_a_file_in_place_of_a_folder_is_named(project: Project, learn: Learn, place: str) -> None:
    getattr(project, place).write_text("not a folder")
    assert str(getattr(project, place)) in said(learn())


def test_a_folder_that_cannot_be_written_is_named(project: Project, learn: Learn) -> None:
    project.root.chmod(0o555)
    try:
        if os.access(project.root, os.W_OK):
            pytest.skip("permissions do not bind this user")
        sentence = said(learn())
    finally:
        project.root.chmod(0o755)
    assert "cannot be written" in sentence
    assert str(project.course) in sentence


@pytest.mark.parametrize("installer", ["with_pip", "with_uv"])
def test_without_network_the_log_is_named_and_nothing_is_left(
    project: Project, learn: Learn, request: pytest.FixtureRequest, installer: str
) -> None:
    project.requirements.write_text("never-comes\n")
    sentence = said(learn(env=request.getfixturevalue(installer)))
    assert "could not be reached" in sentence
    assert "my_course/.learn/install.log" in sentence
    assert "never-comes" in (project.state / "install.log").read_text()
    assert not list(project.root.glob(".venv*"))


def test_a_failed_update_keeps_the_environment(project: Project, learn: Learn) -> None:
    lab_start(learn())
    lock = project.requirements.read_text()
    project.requirements.write_text("never-comes\n")
    assert "could not be reached" in said(learn())
    project.requirements.write_text(lock)
    assert inspect(project) is State.READY


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux")
def test_a_full_disk_is_called_that(project: Project, learn: Learn) -> None:
    project.state.mkdir(parents=True)
    (project.state / "install.log").symlink_to("/dev/full")
    assert "The disk is full" in said(learn())
    assert not list(project.root.glob(".venv*"))


def test_a_disk_that_fills_up_while_installing_is_called_full(
    project: Project, with_pip: dict[str, str], tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        root = shutil.copytree(project.root, small / "course")
        command = [sys.executable, "-B", "learn.py"]
        done = subprocess.run(command, cwd=root, env=with_pip, capture_output=True, text=True, check=False)
        assert "The disk is full" in said(done)
        assert not list(root.glob(".venv*"))
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_python_without_ensurepip_is_told_what_to_install(project: Project, with_pip: dict[str, str]) -> None:
    code = "import sys; sys.modules['ensurepip'] = None; from launcher.commands import main; sys.exit(main([]))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project.root, env=with_pip, capture_output=True, text=True, check=False
    )
    assert "apt install python3-venv" in said(done)


def test_a_taken_port_is_named_before_anything_is_installed(project: Project, learn: Learn) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port}" in said(learn("--port", str(port)))
    assert inspect(project) is State.MISSING


def test_a_course_that_is_open_is_pointed_to(project: Project, learn: Learn, environ: dict[str, str]) -> None:
    lab_start(learn())
    waiting = {**environ, "LAB_WAITS": "1"}
    with subprocess.Popen(
        [sys.executable, "learn.py"],
        cwd=project.root,
        env=waiting,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        lines = iter(first.stdout.readline, "")
        address = next(line for line in lines if line.startswith("3/3")).split()[-1]
        second = learn()
        assert (second.returncode, second.stdout) == (0, f"The course is already open in JupyterLab: {address}\n")
        assert learn("reset", "01").returncode == 0
        first.communicate("\n", timeout=60)
    assert first.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_while_the_course_is_open_stops_jupyterlab(
    learn: Learn, project: Project, environ: dict[str, str]
) -> None:
    lab_start(learn())
    with subprocess.Popen(
        [sys.executable, "learn.py"],
        cwd=project.root,
        env={**environ, "LAB_WAITS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_ctrl_c,
    ) as process:
        assert process.stdout is not None
        next(line for line in iter(process.stdout.readline, "") if line.startswith("{"))
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()  # ends when the stand-in for JupyterLab has ended too
    assert (process.returncode, rest) == (0, "JupyterLab is stopped; what you saved is in my_course.\n")


def test_two_at_the_same_time_do_not_share_the_work(project: Project, learn: Learn) -> None:
    from launcher.lock import held

    with held(project.state / "work.lock"):
        assert "Another learn.py is at work" in said(learn())
        assert "Another learn.py is at work" in said(learn("reset", "01"))


def test_a_jupyterlab_that_fails_is_said(project: Project, learn: Learn, environ: dict[str, str]) -> None:
    assert "JupyterLab ended with exit status 3" in said(learn(env={**environ, "LAB_EXIT": "3"}))


def test_a_mistake_in_the_launcher_itself_is_a_sentence_and_a_log(project: Project, learn: Learn) -> None:
    (project.root / "launcher" / "course.py").write_text("def refresh(project): raise ZeroDivisionError('a mistake')\n")
    (project.root / "launcher" / "lab.py").write_text("def free_port(port): raise ZeroDivisionError('a mistake')\n")
    code = (
        (project.root / "launcher" / "doctor.py")
        .read_text()
        .replace("from launcher.course import copy_of, lessons", "")
    )
    (project.root / "launcher" / "doctor.py").write_text(code)
    assert "Something unexpected went wrong (ZeroDivisionError: a mistake)" in said(learn())
    assert "a mistake" in (project.state / "learn-error.log").read_text()


def test_reset_keeps_the_old_lesson_and_says_where(project: Project, learn: Learn) -> None:
    lab_start(learn())
    mine = project.course / "01_request_response_cycle.ipynb"
    mine.write_text(notebook("my own work"))
    done = learn("reset", "01")
    assert done.returncode == 0, done.stderr
    (kept,) = (project.course / "kept").iterdir()
    assert project.relative(kept) in done.stdout
    assert read(kept)["cells"][0]["source"] == ["my own work"]
    assert read(mine)["cells"][0]["source"] == ["2 + 2"]


def test_help_shows_the_commands_and_the_options_of_start(learn: Learn) -> None:
    done = learn("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("start", "reset", "test", "doctor", "--no-browser", "--port"))
