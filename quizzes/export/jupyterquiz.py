"""JSON for jupyterquiz, which Jupyter Book shows. It has neither shares of the marks nor hints.

Its answers are right or wrong, and it tells the feedback of each one as soon as it is chosen.
"""

import json
import math
from functools import singledispatch
from typing import Any

from quizzes.export.forms import Answer, Choices, Essay, Form, LeftOut, Numbers, Pairs, Range, Sequence, Words

SUFFIX = "jupyterquiz.json"


def document(lesson: str, questions: list[dict[str, Any]]) -> str:
    """The file of these questions.

    In ASCII, because jupyterquiz reads it in the system's own encoding; and it becomes part of a script, which a
    closing tag would end.
    """
    return json.dumps(questions, indent=2).replace("</", "<\\/") + "\n"


@singledispatch
def question(form: Any) -> dict[str, Any]:
    """The form as a JSON object. Raises `LeftOut` if jupyterquiz has no such question."""
    raise NotImplementedError(f"say here how jupyterquiz asks a {type(form).__name__}")


@question.register
def _(form: Choices) -> dict[str, Any]:
    kind = "multiple_choice" if form.single else "many_choice"
    return _question(kind, form, [{"answer": _html(answer.content)} | _judged(answer) for answer in form.answers])


@question.register
def _(form: Numbers) -> dict[str, Any]:
    return _question("numeric", form, [*(_number(answer) for answer in form.answers), _default(form)])


@question.register
def _(form: Words) -> dict[str, Any]:
    answers = [
        {"answer": answer.content, "match_case": form.case_sensitive} | _judged(answer) for answer in form.answers
    ]
    return _question("string", form, [*answers, _default(form)])


@question.register
def _(form: Pairs) -> dict[str, Any]:
    raise LeftOut("jupyterquiz cannot ask for pairs")


@question.register
def _(form: Sequence) -> dict[str, Any]:
    raise LeftOut("jupyterquiz cannot ask for an order")


@question.register
def _(form: Essay) -> dict[str, Any]:
    raise LeftOut("jupyterquiz cannot ask for a text that nobody judges")


def _question(kind: str, form: Form, answers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"identifier": form.identifier, "question": _html(form.prompt), "type": kind, "answers": answers}


def _number(answer: Range) -> dict[str, Any]:
    if not answer.tolerance:
        return {"type": "value", "value": answer.middle} | _judged(answer)
    end = math.nextafter(answer.middle + answer.tolerance, math.inf)  # its own ranges end before their end
    return {"type": "range", "range": [answer.middle - answer.tolerance, end]} | _judged(answer)


def _judged(answer: Answer | Range) -> dict[str, Any]:
    return {"correct": answer.fraction > 0, "feedback": _html(answer.feedback)}


def _default(form: Form) -> dict[str, Any]:
    return {"type": "default", "feedback": _html(form.general_feedback)}


def _html(html: str) -> str:
    """The text without the signs that jupyterquiz takes for formulas and links, wherever they stand."""
    return html.replace("$", "&#36;").replace("[", "&#91;")
