"""Banks in the formats of other systems. Each item is exported, or named with the reason why it is not.

| ours                    | Moodle XML                  | GIFT                 | jupyterquiz             |
|-------------------------|-----------------------------|----------------------|-------------------------|
| identifier              | idnumber, name              | title, `[id:]`       | identifier              |
| choice, hottext         | multichoice                 | multiple choice      | multiple or many choice |
| predict                 | multichoice                 | multiple choice      | multiple choice         |
| predict_table           | -                           | -                    | -                       |
| number                  | numerical                   | numerical            | numeric                 |
| text_entry              | shortanswer                 | short answer         | string                  |
| match                   | matching                    | matching             | -                       |
| order                   | ordering                    | -                    | -                       |
| order of a program      | -                           | -                    | -                       |
| extended_text           | essay, with graderinfo      | essay                | -                       |
| feedback of an answer   | the same                    | the same             | the same                |
| feedback of parts       | generalfeedback             | general feedback     | -                       |
| general_feedback        | generalfeedback             | general feedback     | the default answer's    |
| hints                   | hint                        | comments             | -                       |
| score                   | fraction                    | weight               | right or wrong          |
| fixed                   | shuffleanswers              | -                    | -                       |

Typed words are compared as the other system does it; our own rule for spaces and quotation marks stays here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizzes.export import gift, jupyterquiz, moodle
from quizzes.export.forms import LeftOut, form
from quizzes.handout import save
from quizzes.model import Bank


@dataclass(frozen=True)
class Format:
    """How a system's file is named, and how it is written: question by question, then all of them."""

    suffix: str
    question: Callable[[Any], Any]
    document: Callable[[str, list[Any]], str]


@dataclass(frozen=True)
class Written:
    """A file, how many items are in it, and the others by identifier, each with the reason."""

    path: Path
    exported: int
    left_out: dict[str, str]


FORMATS = {
    "moodle": Format(moodle.SUFFIX, moodle.question, moodle.document),
    "gift": Format(gift.SUFFIX, gift.question, gift.document),
    "jupyterquiz": Format(jupyterquiz.SUFFIX, jupyterquiz.question, jupyterquiz.document),
}


def write(name: str, bank: Bank, folder: Path) -> Written:
    """Writes the bank in the format of this name into the folder. Raises `QuizError` if it cannot be written."""
    target = FORMATS[name]
    questions: list[Any] = []
    left_out: dict[str, str] = {}
    for item in bank.items:
        try:
            questions.append(target.question(form(item)))
        except LeftOut as reason:
            left_out[item.identifier] = str(reason)
    path = save(folder / f"{bank.lesson}.{target.suffix}", target.document(bank.lesson, questions))
    return Written(path, len(questions), left_out)
