"""The doctor: a healthy machine is ok, each fault is a problem with something to do."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import doctor
from launcher.environment import State
from launcher.inside import EXTENSIONS, NEEDED
from launcher.project import Project
from tests.launcher.conftest import ROOT, Learn


def problems(findings: list[doctor.Finding]) -> list[str]:
    return [finding.subject for finding in findings if finding.mend]


def test_this_machine_has_no_problem_but_the_missing_environment(project: Project) -> None:
    assert problems(doctor.examine(project)) == ["Environment .venv"]


def test_the_packages_of_this_python_are_found_and_fit() -> None:
    done = subprocess.run([sys.executable, ROOT / "launcher" / "inside.py"], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert len(report) == len(NEEDED) + len(EXTENSIONS) + 1
    assert [name for name, (fine, _) in report.items() if not fine] == []


def test_missing_packages_are_problems(project: Project) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project.venv], check=True)
    found = problems(doctor.check_widgets(project))
    assert found == [*NEEDED, *(f"JupyterLab extension {name}" for name in EXTENSIONS), "Kernel python3"]


@pytest.mark.parametrize("state", [state for state in State if state is not State.READY])
def test_every_state_but_ready_is_a_problem(project: Project, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "inspect", lambda _: state)
    (finding,) = doctor.check_environment(project)
    assert state.value in str(finding)
    assert "python3 learn.py" in finding.mend


def test_a_full_disk_is_a_problem(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "free_gigabytes", lambda _: 0.2)
    assert problems(doctor.check_disk(project)) == ["Disk"]


def test_a_folder_that_cannot_be_written_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "free_gigabytes", lambda _: 5.0)
    assert problems(doctor.check_disk(Project(tmp_path / "missing"))) == ["Project folder"]


def test_a_local_server_that_cannot_be_made_is_a_problem(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.create_server", refuse)
    assert problems(doctor.check_server(project)) == ["Local server"]


def test_a_local_server_that_is_answered_for_is_a_problem(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_answer", lambda server: server.accept()[0].close())
    assert problems(doctor.check_server(project)) == ["Local server"]


def test_a_machine_without_venv_and_uv_is_a_problem(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    assert problems(doctor.check_python(project)) == ["Installer"]


def test_a_damaged_lesson_and_no_lessons_are_problems(project: Project) -> None:
    project.course.mkdir()
    (project.course / "00_start_here.ipynb").write_text("half a noteb")
    assert problems(doctor.check_course(project)) == ["my_course/00_start_here.ipynb"]
    shutil.rmtree(project.notebooks)
    assert problems(doctor.check_course(project)) == ["Lessons"]


def test_the_command_ends_with_1_when_there_is_a_problem(learn: Learn) -> None:
    done = learn("doctor")
    assert (done.returncode, done.stderr) == (1, "")
    assert "problem Environment .venv: missing - run `python3 learn.py`" in done.stdout
