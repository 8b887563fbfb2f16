"""The commands of learn.py: start, reset, test, doctor."""

import argparse
import io
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from launcher import checks, course, doctor, environment, lab
from launcher.errors import LauncherError, keep_traceback, os_sentence
from launcher.lock import Busy, held
from launcher.project import Project

ROOT = Path(__file__).resolve().parents[1]


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    """Run one command and return the exit status; whatever goes wrong is a sentence on stderr, never a traceback."""
    project = Project(root)
    _prepare_process()
    options = parse(argv)
    try:
        return int(options.run(project, options))
    except LauncherError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return _complain("Stopped. Nothing half-made is left; start again whenever you like.")
    except OSError as error:
        log = keep_traceback(project)
        return _complain(f"{os_sentence(error)} (Details: {log})")
    except Exception as error:
        log = keep_traceback(project)
        return _complain(f"Something unexpected went wrong ({type(error).__name__}: {error}). Details: {log}")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command, its options and, after `--`, arguments for pytest; without a command it is `start`."""
    words, extra = list(argv), list[str]()
    if "--" in words:
        cut = words.index("--")
        words, extra = words[:cut], words[cut + 1 :]
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "start")
    options = _parser().parse_args(words)
    if extra and options.command != "test":
        _parser().error("arguments after `--` are for `learn.py test`")
    options.extra = extra
    return options


def start(project: Project, options: argparse.Namespace) -> int:
    """Environment, working copy, JupyterLab; a course that is open already is pointed to."""
    port = lab.free_port(options.port)
    with lab.session(project) as note:
        if note is None:
            return 0
        with only_one(project):
            environment.ensure(project)
            print("2/3 Your copy of the lessons is in my_course.", flush=True)
            for line in course.refresh(project):
                print(f"    {line}", flush=True)
        return lab.run(project, note, port, options.browser)


def reset(project: Project, options: argparse.Namespace) -> int:
    """A fresh copy of one lesson."""
    with only_one(project):
        print("\n".join(course.reset(project, options.lesson)))
    return 0


def test(project: Project, options: argparse.Namespace) -> int:
    """Every check of the project."""
    with only_one(project):
        environment.ensure(project)
        environment.ensure_tests(project)
    return checks.run_all(project, options.extra)


def examine(project: Project, _: argparse.Namespace) -> int:
    """The doctor's findings; 1 if one is a problem."""
    findings = doctor.examine(project)
    print("\n".join(map(str, findings)))
    return 1 if any(finding.mend for finding in findings) else 0


@contextmanager
def only_one(project: Project) -> Iterator[None]:
    """Keep two learn.py from changing the same folder at the same time."""
    try:
        with held(project.state / "work.lock"):
            yield
    except Busy:
        raise LauncherError("Another learn.py is at work in this folder: wait until it is done.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="learn.py",
        description="After the Response: a live FastAPI course in notebooks.",
        epilog="`learn.py` alone is `learn.py start` and takes the same options: --no-browser, --port N.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    add = commands.add_parser("start", help="make the environment if needed and open the course in JupyterLab")
    add.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    add.add_argument("--port", type=int, metavar="N", help="JupyterLab's port; without it the first free from 8888")
    add.set_defaults(run=start)
    add = commands.add_parser("reset", help="get a fresh copy of one lesson; yours is kept aside")
    add.add_argument("lesson", help="the lesson's number or name, for example 01")
    add.set_defaults(run=reset)
    add = commands.add_parser("test", help="run every check of the project; after -- come arguments for pytest")
    add.set_defaults(run=test)
    add = commands.add_parser("doctor", help="say what is wrong on this machine and how to mend it")
    add.set_defaults(run=examine)
    return parser


def _prepare_process() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that lacks a sign shows "?", not a traceback
    for name in ("SIGTERM", "SIGHUP"):  # a closed window cleans up like Ctrl-C
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return 1
