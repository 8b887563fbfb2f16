"""Moodle XML: keeps shares of the marks, hints and feedback of each answer."""

from functools import singledispatch
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from quizzes.export.forms import Choices, Essay, Form, Numbers, Pairs, Sequence, Words

SUFFIX = "moodle.xml"


def document(lesson: str, questions: list[Element]) -> str:
    """The file of these questions, which go into a category of their lesson's name."""
    quiz = Element("quiz")
    category = SubElement(quiz, "question", type="category")
    _text(SubElement(category, "category"), f"$course$/top/{lesson}")
    quiz.extend(questions)
    indent(quiz)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(quiz, "unicode")}\n'


@singledispatch
def question(form: Any) -> Element:
    """The form as an element. Raises `LeftOut` if Moodle has no such question."""
    raise NotImplementedError(f"say here how Moodle asks a {type(form).__name__}")


@question.register
def _(form: Choices) -> Element:
    root = _question("multichoice", form)
    _field(root, "single", _boolean(form.single))
    _field(root, "shuffleanswers", _boolean(form.shuffle))
    _field(root, "answernumbering", "abc")
    for answer in form.answers:
        _answer(root, answer.content, answer.fraction, answer.feedback, "html")
    return _with_hints(root, form)


@question.register
def _(form: Numbers) -> Element:
    root = _question("numerical", form)
    for answer in form.answers:
        element = _answer(root, decimal(answer.middle), answer.fraction, answer.feedback)
        _field(element, "tolerance", decimal(answer.tolerance))
    if form.unit:
        unit = SubElement(SubElement(root, "units"), "unit")
        _field(unit, "multiplier", "1")
        _field(unit, "unit_name", form.unit)
    return _with_hints(root, form)


@question.register
def _(form: Words) -> Element:
    root = _question("shortanswer", form)
    _field(root, "usecase", "1" if form.case_sensitive else "0")
    for answer in form.answers:
        _answer(root, literal(answer.content), answer.fraction, answer.feedback)
    return _with_hints(root, form)


@question.register
def _(form: Pairs) -> Element:
    root = _question("matching", form)
    _field(root, "shuffleanswers", "true")
    for source, target in [*form.pairs, *(("", other) for other in form.others)]:
        pair = _html(root, "subquestion", source)
        _text(SubElement(pair, "answer"), target)
    return _with_hints(root, form)


@question.register
def _(form: Sequence) -> Element:
    root = _question("ordering", form)  # part of Moodle from 4.4 on, and a plugin before
    _field(root, "layouttype", "VERTICAL")
    _field(root, "selecttype", "ALL")
    _field(root, "selectcount", str(len(form.parts)))
    _field(root, "gradingtype", "ABSOLUTE_POSITION" if form.by_place else "ALL_OR_NOTHING")
    _field(root, "showgrading", "SHOW")
    for place, part in enumerate(form.parts, start=1):
        _text(SubElement(root, "answer", fraction=str(place), format="html"), part)
    return _with_hints(root, form)


@question.register
def _(form: Essay) -> Element:
    root = _question("essay", form)
    _field(root, "responseformat", "editor")
    _field(root, "responserequired", "1")
    _html(root, "graderinfo", form.general_feedback)
    return _with_hints(root, form)


def decimal(number: float) -> str:
    """The number without an exponent, and without digits that nobody wrote."""
    text = f"{number:.10f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def literal(words: str) -> str:
    """The words with their stars marked, since a bare one stands for any text in Moodle."""
    return words.replace("*", "\\*")


def percent(fraction: float) -> str:
    """The share of the marks with five decimals, as Moodle's list of the allowed ones has it."""
    return f"{fraction:.5f}".rstrip("0").rstrip(".")


def _question(kind: str, form: Form) -> Element:
    root = Element("question", type=kind)
    _text(SubElement(root, "name"), form.identifier)
    _html(root, "questiontext", form.prompt)
    _html(root, "generalfeedback", form.general_feedback)
    _field(root, "defaultgrade", "1" if form.counts else "0")
    _field(root, "penalty", "0.3333333")
    _field(root, "hidden", "0")
    _field(root, "idnumber", form.identifier)
    return root


def _with_hints(root: Element, form: Form) -> Element:
    for hint in form.hints:
        _html(root, "hint", hint)
    return root


def _answer(root: Element, content: str, fraction: float, feedback: str, format_: str = "plain_text") -> Element:
    answer = SubElement(root, "answer", fraction=percent(fraction), format=format_)
    _text(answer, content)
    _html(answer, "feedback", feedback)
    return answer


def _html(parent: Element, tag: str, html: str) -> Element:
    element = SubElement(parent, tag, format="html")
    _text(element, html)
    return element


def _text(parent: Element, text: str) -> None:
    _field(parent, "text", text)


def _field(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _boolean(value: bool) -> str:
    return "true" if value else "false"
