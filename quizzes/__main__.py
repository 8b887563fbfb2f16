"""The command line: `python -m quizzes lint`, `verify`, `print`, `export` and `schema`; `--help` says more."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from quizzes.errors import QuizError
from quizzes.model import Bank
from quizzes.reader import FOLDER, bank, lessons, line_of, misconceptions

SCHEMA = Path(__file__).parent / "schema.json"


def schema() -> str:
    """The JSON Schema of a bank (draft 2020-12)."""
    body = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Bank.model_json_schema()
    return json.dumps(body, indent=2) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0 if all is well, 1 if there is something to correct."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.command(given))
    except QuizError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever reads, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m quizzes", description="What authors and teachers do with banks.")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the banks are, if not in the course itself")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    lint = commands.add_parser("lint", help="say what is wrong with the banks, as file:line: code message")
    lint.set_defaults(command=_lint)

    verify = commands.add_parser(
        "verify", help="run each item's experiment, and name the items that the app contradicts"
    )
    verify.add_argument("lessons", nargs="*", metavar="LESSON", help="such as 01; all if none is given")
    verify.set_defaults(command=_verify)

    handout = commands.add_parser("print", help="write a lesson's questions as a page to print")
    handout.add_argument("lesson", metavar="LESSON")
    handout.add_argument("--answers", action="store_true", help="the teacher's copy, with each key and every why")
    handout.add_argument("--to", type=Path, default=Path(), metavar="FOLDER", help="where to write, if not here")
    handout.set_defaults(command=_print)

    export = commands.add_parser("export", help="write banks in a format that other systems read")
    export.add_argument("format", choices=["moodle", "gift", "jupyterquiz"])
    export.add_argument("lessons", nargs="*", metavar="LESSON", help="such as 01; all if none is given")
    export.add_argument("--to", type=Path, default=Path(), metavar="FOLDER", help="where to write, if not here")
    export.set_defaults(command=_export)

    write = commands.add_parser("schema", help="write the JSON Schema with which editors complete a bank")
    write.set_defaults(command=_schema)
    return parser


def _lint(given: argparse.Namespace) -> int:
    from quizzes.lint import lint

    findings = lint(given.folder)
    for finding in findings:
        print(finding)
    errors = sum(finding.is_error for finding in findings)
    print(f"{errors} errors, {len(findings) - errors} warnings in {len(lessons(given.folder))} banks")
    return 1 if errors else 0


def _verify(given: argparse.Namespace) -> int:
    from quizzes.verify import contradictions

    chosen = _lessons(given)
    banks = [bank(lesson, given.folder) for lesson in chosen]
    beliefs = [] if given.lessons else misconceptions(given.folder).values()
    found = list(contradictions([item for each in banks for item in each.items], beliefs))
    for contradiction in found:
        print(f"{_place(given.folder, contradiction.identifier)} {contradiction.identifier}: {contradiction.sentence}")
    count = sum(len(each.items) for each in banks)
    print(f"{count} items and {len(beliefs)} misconceptions, {len(found)} contradicted by the app")
    return 1 if found else 0


def _print(given: argparse.Namespace) -> int:
    from quizzes.handout import write

    print(f"wrote {write(bank(_named(given.lesson, given.folder), given.folder), given.to, given.answers)}")
    return 0


def _export(given: argparse.Namespace) -> int:
    from quizzes.export import write

    for lesson in _lessons(given):
        written = write(given.format, bank(lesson, given.folder), given.to)
        print(f"wrote {written.path}: {written.exported} of {written.exported + len(written.left_out)} items")
        for identifier, reason in written.left_out.items():
            print(f"  not exported: {identifier} ({reason})")
    return 0


def _schema(_: argparse.Namespace) -> int:
    SCHEMA.write_text(schema(), "utf-8")
    print(f"wrote quizzes/{SCHEMA.name}")
    return 0


def _lessons(given: argparse.Namespace) -> list[str]:
    return [_named(name, given.folder) for name in given.lessons] or lessons(given.folder)


def _named(name: str, folder: Path) -> str:
    """The lesson of this name or number, if there is one; else the name, which is then told as unknown."""
    return next((lesson for lesson in lessons(folder) if name in (lesson, lesson[:2])), name)


def _place(folder: Path, identifier: str) -> str:
    """Where an item or a misconception stands, as `file:line:`."""
    for lesson in lessons(folder):
        for number, item in enumerate(bank(lesson, folder).items):
            if item.identifier == identifier:
                path = folder / f"{lesson}.yaml"
                return f"{path.name}:{line_of(path, ('items', number, 'identifier'))}:"
    path, number = folder / "misconceptions.yaml", list(misconceptions(folder)).index(identifier)
    return f"{path.name}:{line_of(path, ('misconceptions', number, 'identifier'))}:"


if __name__ == "__main__":
    sys.exit(main())
