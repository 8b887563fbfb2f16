"""What `learn.py test` runs, in order, with the environment's Python."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from launcher.project import Project

PARALLEL = ("-n", "2", "--dist", "loadfile")  # a notebook's cells must stay on one worker
PATIENCE = ("--timeout", "600")  # seconds; a test that hangs names itself. Not a setting: learners lack the plugin


@dataclass(frozen=True)
class Step:
    """One module run with arguments; `takes_arguments` if those after `--` go to it."""

    name: str
    command: tuple[str, ...]
    takes_arguments: bool = False


STEPS = (
    Step("style", ("ruff", "check", ".")),
    Step("format", ("ruff", "format", "--check", ".")),
    Step("types", ("mypy",)),
    Step("questions", ("quizzes", "lint")),
    Step("tests", ("pytest", *PARALLEL, *PATIENCE), takes_arguments=True),
    Step("notebooks", ("pytest", "--nbval", "notebooks", *PARALLEL, *PATIENCE)),
)


def run_all(project: Project, arguments: Sequence[str], steps: Sequence[Step] = STEPS) -> int:
    """Run every step even if one fails, end with a line for each; 1 if any failed, else 0."""
    results = {}
    for step in steps:
        command = [*step.command, *(arguments if step.takes_arguments else ())]
        print(f"\n== {step.name}: python -m {' '.join(command)}", flush=True)
        results[step.name] = subprocess.run([project.python, "-m", *command], cwd=project.root, check=False).returncode
    print()
    for name, status in results.items():
        print(f"{name:12}{f'failed (exit status {status})' if status else 'passed'}")
    return 1 if any(results.values()) else 0
