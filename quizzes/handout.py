"""A lesson's questions on paper: one page of HTML that needs nothing else, and a copy of it with all answers."""

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from quizzes import card
from quizzes.card import Face
from quizzes.errors import QuizError
from quizzes.kinds import AnyItem
from quizzes.model import Bank
from quizzes.teacher import key

_RULED_LINES = 4  # for an answer of a few sentences
_NAME = "<p class=name>Name <span></span> Date <span class=date></span></p>"
_DECIDE = "Decide first. Then run it in the lesson, and compare."
_OBSERVED = (
    "No key is written for these: the experiment runs, and what it shows decides. Marked is the choice without a "
    "misconception; the course's tests hold it against the app. In a table each reason says what comes out."
)


def write(bank: Bank, folder: Path, answers: bool = False) -> Path:
    """Writes the bank's questions as a page to print, with `answers` the teacher's copy, into the folder.

    The teacher's copy runs the experiments of keys that are not written. Raises `QuizError` if one of them fails, or
    if the page cannot be written.
    """
    kind = "answers" if answers else "handout"
    return save(folder / f"{bank.lesson}.{kind}.html", html(bank, answers))


def save(path: Path, text: str) -> Path:
    """Writes the text into the file, and makes its folder. Raises `QuizError` if that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise QuizError(f"{path} cannot be written: {reason}. Name another folder with --to.") from None
    return path


def html(bank: Bank, answers: bool = False) -> str:
    """The whole page: first what the lesson asks, then the rest of the bank."""
    sections, place = [], 1
    for title, lead, items in _parts(bank, answers):
        if items:
            questions = "".join(_question(item, number, answers) for number, item in enumerate(items, start=place))
            sections.append(f"<section><h2>{title}</h2><p class=lead>{lead}</p>{questions}</section>")
            place += len(items)
    style = (Path(__file__).parent / "static" / "handout.css").read_text(encoding="utf-8")
    title, kind = (f"{bank.title} (answers)", "answers") if answers else (bank.title, "handout")
    return (
        f'<!doctype html>\n<html lang="{escape(bank.lang)}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>\n{style}</style></head>\n"
        f'<body class="{kind}">{_header(bank, answers)}{"".join(sections)}</body></html>\n'
    )


def _parts(bank: Bank, answers: bool) -> Iterator[tuple[str, str, list[Any]]]:
    asked = {item.identifier for item in bank.asked}
    rest = [item.drawn(0) for item in bank.questions if item.identifier not in asked]
    yield "Before the run", _OBSERVED if answers else _DECIDE, bank.predictions
    yield "Questions", "The lesson asks these.", bank.asked
    yield "More questions", "From the same lesson, for later.", rest


def _header(bank: Bank, answers: bool) -> str:
    number, _, slug = bank.lesson.partition("_")
    lesson = f"After the Response · Lesson {escape(number)}: {escape(slug.replace('_', ' '))}"
    last = "<p>The teacher's copy, with all answers.</p>" if answers else _NAME
    return f"<header><p>{lesson}</p><h1>{escape(bank.title)}</h1>{last}</header>\n"


def _question(item: AnyItem, place: int, answers: bool) -> str:
    body = key(item) if answers else _fields(item)
    return f'<article class="question"><h3>{place}.</h3>{body}</article>\n'


def _fields(item: AnyItem) -> str:
    """What a learner gets: from the same face as on the screen, so nothing in it depends on the key."""
    shown = card.face(item, "")
    return f"{shown['prompt']}<p class=note>{escape(_note(shown))}</p>{_PAPER[shown['control']](shown)}"


def _note(shown: Face) -> str:
    if "program" not in shown:
        return str(shown["note"])
    if shown["program"]:
        return (
            "Write its place beside each line, and by how many levels it is indented; strike out what does not belong."
        )
    return "Write 1 beside what comes first, then 2, and so on."


def _ticked(shown: Face) -> str:
    box = "<span class='box round'></span>" if shown["control"] == "radio" else "<span class=box></span>"
    if "lines" in shown:
        gap = "<span class='box none'></span>"
        lines = [
            (box if line["identifier"] else gap, f"<code>{escape(line['content'])}</code>") for line in shown["lines"]
        ]
        return _options(lines, "options lines")
    return _options([(box, f"<span>{each['content']}</span>") for each in shown["choices"]])


def _typed(shown: Face) -> str:
    return f"<p class=typed>Answer: <span></span> {escape(shown['unit'])}</p>"


def _written(_: Face) -> str:
    return "<p class='typed long'><span></span></p>" * _RULED_LINES


def _paired(shown: Face) -> str:
    targets = [escape(target["content"]) for target in shown["targets"]]
    heads = "".join(f"<th scope=col>{target}</th>" for target in ["", *targets])
    cells = "<td><span class=box></span></td>" * len(targets)
    rows = "".join(f"<tr><td>{source['content']}</td>{cells}</tr>" for source in shown["choices"])
    return f"<table class=pairs><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _ordered(shown: Face) -> str:
    box = "<span class='box wide'></span>"
    if shown["program"]:
        blocks = [(box * 2, f"<code>{escape(each['content'])}</code>") for each in shown["choices"]]
        return _options(blocks, "options lines")
    return _options([(box, f"<span>{each['content']}</span>") for each in shown["choices"]])


_PAPER = {
    "radio": _ticked,
    "checkbox": _ticked,
    "number": _typed,
    "text": _typed,
    "area": _written,
    "match": _paired,
    "order": _ordered,
    "table": card.table,
}


def _options(parts: Iterable[tuple[str, str]], style: str = "options") -> str:
    return f'<ul class="{style}">{"".join(f"<li>{box}{content}</li>" for box, content in parts)}</ul>'
