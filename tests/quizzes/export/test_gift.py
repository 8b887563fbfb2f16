"""Our GIFT as pygiftparser reads it."""

import io
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from quizzes import export
from quizzes.export.gift import escape
from quizzes.kinds import ChoiceItem, HottextItem, MatchItem, NumberItem, PredictItem, TextEntryItem
from quizzes.markup import block, inline, plain
from quizzes.model import Bank
from tests.quizzes import items
from tests.quizzes.export import samples

with warnings.catch_warnings():  # it asks for the locale as was usual before Python 3.11, and escapes what needs none
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", SyntaxWarning)
    from pygiftparser import parser  # type: ignore[import-untyped]

POSITIVE = [{"min": 50, "max": 100, "feedback": "One at a time.", "misconception": "no-threads"}]
BANKS = [
    *samples.BANKS[:-2],
    # Without a number below zero, which pygiftparser does not know.
    items.bank(*(items.number(wrong=POSITIVE) if item.kind == "number" else item for item in items.every_kind())),
    samples.BANKS[-1],
]
each_bank = pytest.mark.parametrize("bank", BANKS, ids=samples.NAMES)


def _read(bank: Bank, folder: Path) -> list[tuple[Any, Any]]:
    """Each question as pygiftparser reads it, beside its item.

    It takes an escaped brace in an answer for the end of the answers, so it gets the brace as an entity.
    """
    written = export.write("gift", bank, folder)
    text = written.path.read_text("utf-8").replace("\\}", "&rbrace;")
    questions = parser.parseFile(io.StringIO(text))
    assert all(question.valid for question in questions)
    return list(zip(questions, samples.taken(bank, written.left_out), strict=True))


def _plain(text: str) -> str:
    """The text without the marks of GIFT, which pygiftparser leaves where they are."""
    unescaped = re.sub(r"\\([\\~=#{}:n])", lambda mark: "\n" if mark[1] == "n" else mark[1], text)
    return unescaped.replace("&rbrace;", "}").strip()


def _found(question: Any) -> list[tuple[str, bool, str]]:
    return [(_plain(a.answer), a.fraction > 0, _plain(a.feedback)) for a in question.answers.answers]


@each_bank
def test_each_question_is_read_with_its_title_and_its_prompt(bank: Bank, tmp_path: Path) -> None:
    for question, item in _read(bank, tmp_path):
        assert question.title == item.identifier
        assert question.markup == "html"
        # It has replaced the marks of new lines already, before it comes to those of a backslash.
        expected = escape(block(item.prompt)).replace("\\n", "\n").replace("\\}", "&rbrace;")
        assert question.text.startswith(expected)


@each_bank
def test_each_question_has_its_key_and_its_reasons(bank: Bank, tmp_path: Path) -> None:
    for question, item in _read(bank, tmp_path):
        if isinstance(item, ChoiceItem | PredictItem):
            expected = [(inline(c.content), not c.misconception, inline(c.feedback)) for c in item.choices]
            assert _found(question) == expected
        elif isinstance(item, HottextItem):
            assert [right for _, right, _ in _found(question)] == [bool(choice.score) for choice in item.choices]
        elif isinstance(item, TextEntryItem):
            accept = [(form.replace("*", "\\*"), True, inline(item.feedback)) for form in item.accept]
            assert _found(question)[: len(accept)] == accept
        elif isinstance(item, NumberItem):
            first, *others = question.answers.answers
            assert (first.value, first.tolerance, first.fraction) == (item.key, item.tolerance, 100)
            assert [_plain(other.feedback) for other in others] == [inline(wrong.feedback) for wrong in item.wrong]
            assert not any(other.fraction for other in others)
        elif isinstance(item, MatchItem):
            targets = {target.identifier: plain(target.content) for target in item.targets}
            pairs = [(_plain(pair.question), _plain(pair.answer)) for pair in question.answers.answers]
            expected_pairs = [(inline(source.content), targets[source.target]) for source in item.sources]
            assert pairs[: len(item.sources)] == expected_pairs


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (items.choice(), "SelectSet"),
        (items.several(), "MultipleChoicesSet"),
        (items.hottext(), "SelectSet"),
        (samples.prediction(), "SelectSet"),
        (items.number(wrong=POSITIVE), "NumericAnswerSet"),
        (items.text_entry(wrong=[]), "ShortSet"),
        (items.match(), "MatchingSet"),
        (items.open_text(), "Essay"),
    ],
    ids=lambda value: getattr(value, "identifier", value),
)
def test_each_kind_of_item_is_read_as_its_kind_of_question(item: Any, kind: str, tmp_path: Path) -> None:
    [(question, _)] = _read(items.bank(item), tmp_path)
    assert type(question.answers).__name__ == kind


def test_general_feedback_is_read(tmp_path: Path) -> None:
    [(question, _)] = _read(items.bank(items.text_entry()), tmp_path)
    assert question.generalFeedback == "Which word is it?"


def test_a_range_without_an_end_goes_far_below_zero(tmp_path: Path) -> None:
    path = export.write("gift", items.bank(items.number()), tmp_path).path
    assert "\t=%0%-500000:500000#Time runs forward.\n" in path.read_text("utf-8")


def test_identifiers_and_hints_are_comments(tmp_path: Path) -> None:
    lines = export.write("gift", items.bank(items.choice()), tmp_path).path.read_text("utf-8").splitlines()
    assert lines[:5] == [
        "$CATEGORY: $course$/top/01_colours",
        "",
        "// [id:sky]",
        "// Hint: Look up.",
        "::sky::[html]<p>What is <strong>it</strong>?</p>{",
    ]


@pytest.mark.parametrize(
    "item",
    [
        items.text_entry(accept=["def f() -> int"]),
        items.match(targets=[{"identifier": name, "content": f"-> {name}"} for name in ("green", "blue")]),
    ],
    ids=["word", "target"],
)
def test_an_arrow_in_plain_text_leaves_the_question_out(item: Any, tmp_path: Path) -> None:
    assert "takes the arrow" in export.write("gift", items.bank(item), tmp_path).left_out[item.identifier]


@pytest.mark.parametrize("sign", ["~", "=", "#", "{", "}", ":", "\\"])
def test_each_sign_of_gift_is_marked(sign: str) -> None:
    assert escape(f"a{sign}b") == f"a\\{sign}b"


def test_a_new_line_does_not_end_a_line() -> None:
    assert escape("a\n\nb") == "a\\n\\nb"
    assert escape("a\\n") == "a\\\\n"
