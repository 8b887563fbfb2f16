"""Command lines, held against the tools that are installed; nothing is run."""

import re
import shlex
from collections.abc import Sequence

import click
from celery.app.utils import find_app
from celery.bin.base import CLIContext
from celery.bin.celery import celery
from flower.command import is_flower_option
from uvicorn.importer import ImportFromStringError, import_from_string
from uvicorn.main import main as uvicorn

OTHERS = {"pg_isready", "rabbitmq-diagnostics", "valkey-cli", "valkey-server"}  # what other images bring along


def refusal(command: Sequence[str]) -> str | None:
    """Why this cannot work: an option, a command or an app that does not exist; None if it can."""
    program, *arguments = command
    if program in OTHERS:
        return None
    checks = {"uvicorn": _uvicorn, "celery": _celery, "python": _python}
    if program not in checks:
        return f"{program} is not in the image"
    try:
        checks[program](arguments)
    except (click.ClickException, ImportFromStringError, ImportError, AttributeError, SyntaxError) as error:
        return f"{shlex.join(command)}: {error}"
    return None


def health_command(test: Sequence[str]) -> list[str]:
    """What the engine runs as a health check, with the shell's own words where it runs a shell."""
    kind, *words = test
    return words if kind == "CMD" else shlex.split(re.sub(r"\$\$\w+", "container", words[0]))


def _uvicorn(arguments: list[str]) -> None:
    with uvicorn.make_context("uvicorn", arguments) as context:
        import_from_string(context.params["app"])


def _celery(arguments: list[str]) -> None:
    flag, place, name, *options = arguments
    if flag != "-A":
        raise click.UsageError("the app comes first")
    context = click.Context(celery, obj=CLIContext(app=find_app(place), no_color=True, workdir=None))
    command = celery.get_command(context, name)
    if command is None:
        raise click.UsageError(f"there is no celery {name}")
    command.make_context(name, list(options), parent=context)
    unknown = [option for option in options if name == "flower" and not is_flower_option(option)]
    if unknown:
        raise click.UsageError(f"Flower drops {unknown} without a word")


def _python(arguments: list[str]) -> None:
    flag, code = arguments
    if flag != "-c":
        raise click.UsageError("only -c is expected here")
    compile(code, "health check", "exec")
