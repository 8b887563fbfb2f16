"""Our JSON as jupyterquiz compares answers; how it looks is tested in a browser."""

import json
from pathlib import Path
from typing import Any

import pytest

from quizzes import export
from quizzes.kinds import ChoiceItem, PredictItem
from quizzes.model import Bank
from tests.quizzes import items
from tests.quizzes.export import samples

each_bank = pytest.mark.parametrize("bank", samples.BANKS, ids=samples.NAMES)


def _read(bank: Bank, folder: Path) -> list[tuple[dict[str, Any], Any]]:
    written = export.write("jupyterquiz", bank, folder)
    questions = json.loads(written.path.read_text("ascii"))
    return list(zip(questions, samples.taken(bank, written.left_out), strict=True))


def _asked(item: Any, folder: Path) -> dict[str, Any]:
    return _read(items.bank(item), folder)[0][0]


def _verdict(question: dict[str, Any], number: float) -> tuple[bool, str]:
    """The first answer that takes the number, by the comparisons of jupyterquiz: its ranges are open at the end."""
    for answer in question["answers"]:
        if "range" in answer and answer["range"][0] <= number < answer["range"][1]:
            return answer["correct"], answer["feedback"]
        if "value" in answer and answer["value"] == number:
            return answer["correct"], answer["feedback"]
    return False, next(answer["feedback"] for answer in question["answers"] if answer.get("type") == "default")


@each_bank
def test_choices_keep_their_key(bank: Bank, tmp_path: Path) -> None:
    for question, item in _read(bank, tmp_path):
        assert question["identifier"] == item.identifier
        if isinstance(item, ChoiceItem | PredictItem):
            assert [answer["correct"] for answer in question["answers"]] == [not c.misconception for c in item.choices]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (items.choice(), "multiple_choice"),
        (items.several(), "many_choice"),
        (items.hottext(), "multiple_choice"),
        (items.number(), "numeric"),
        (items.text_entry(), "string"),
    ],
    ids=lambda value: getattr(value, "identifier", value),
)
def test_each_kind_of_item_has_its_kind_of_question(item: Any, kind: str, tmp_path: Path) -> None:
    assert _asked(item, tmp_path)["type"] == kind


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        (2.75, (True, "Three waves.")),
        (3.25, (True, "Three waves.")),
        (3.26, (False, "Think in waves.")),
        (100, (False, "One at a time.")),
        (0, (False, "Time runs forward.")),
        (-7, (False, "Time runs forward.")),
    ],
)
def test_both_ends_of_a_range_belong_to_it(number: float, verdict: tuple[bool, str], tmp_path: Path) -> None:
    assert _verdict(_asked(items.number(), tmp_path), number) == verdict


def test_words_are_compared_as_they_are(tmp_path: Path) -> None:
    answers = _asked(items.text_entry(accept=["f(*args) -> $1"]), tmp_path)["answers"]
    assert [(answer["answer"], answer["correct"]) for answer in answers[:-1]] == [
        ("f(*args) -> $1", True),
        ("sleep", False),
    ]
    assert answers[-1] == {"type": "default", "feedback": "Which word is it?"}


@each_bank
def test_no_text_has_a_sign_that_is_taken_for_a_formula_or_a_link(bank: Bank, tmp_path: Path) -> None:
    for question, _ in _read(bank, tmp_path):
        feedback = [answer["feedback"] for answer in question["answers"]]
        assert not {"$", "["} & set("".join([question["question"], *feedback]))


@each_bank
def test_nothing_in_the_file_ends_a_script_and_all_of_it_is_ascii(bank: Bank, tmp_path: Path) -> None:
    content = export.write("jupyterquiz", bank, tmp_path).path.read_bytes()
    assert b"</" not in content
    assert content.isascii()
