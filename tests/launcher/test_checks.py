"""`learn.py test`: every step runs, and one failure is enough to fail."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from launcher.checks import STEPS, Step, run_all
from launcher.project import Project
from tests.launcher.conftest import ROOT, Learn


@pytest.fixture
def here(project: Project) -> Project:
    """The small project with an environment that has nothing in it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project.venv], check=True)
    return project


def test_all_steps_run_even_if_the_first_fails(here: Project, capfd: pytest.CaptureFixture[str]) -> None:
    steps = (Step("first", ("no_such_module",)), Step("second", ("this",)), Step("third", ("this",)))
    assert run_all(here, [], steps) == 1
    out = capfd.readouterr().out
    assert out.splitlines()[-3:] == ["first       failed (exit status 1)", "second      passed", "third       passed"]


def test_arguments_go_only_to_the_step_that_takes_them(here: Project, capfd: pytest.CaptureFixture[str]) -> None:
    steps = (Step("plain", ("this",)), Step("taking", ("platform",), takes_arguments=True))
    assert run_all(here, ["--terse"], steps) == 0
    assert "python -m platform --terse" in capfd.readouterr().out


def test_pytest_runs_last_and_keeps_a_notebook_on_one_worker() -> None:
    modules = [step.command[0] for step in STEPS]
    assert modules == ["ruff", "ruff", "mypy", "quizzes", "pytest", "pytest"]
    assert all("loadfile" in step.command for step in STEPS if step.command[0] == "pytest")


def test_a_test_that_hangs_names_itself(tmp_path: Path) -> None:
    for step in (step for step in STEPS if step.command[0] == "pytest"):
        assert step.command[-2:] == ("--timeout", "600")
    (tmp_path / "test_it.py").write_text("import threading\n\ndef test_hangs():\n    threading.Event().wait()\n")
    command = [sys.executable, "-m", "pytest", "--timeout", "0.1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "Timeout" in done.stdout + done.stderr
    assert "test_hangs" in done.stdout + done.stderr


def test_a_learner_needs_no_plugin_for_tests_that_hang() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    assert not [option for option in [*settings, *settings["addopts"]] if option.lstrip("-").startswith("timeout")]
    assert "pytest-timeout" not in (ROOT / "requirements.txt").read_text("utf-8")


def test_the_test_command_installs_what_it_needs_once(project: Project, learn: Learn) -> None:
    first = learn("test")
    assert first.returncode == 1  # ruff, mypy and pytest are not in the small lock
    assert "Installing what the tests need" in first.stdout
    assert first.stdout.splitlines()[-1].startswith("notebooks")
    assert "Installing" not in learn("test").stdout
