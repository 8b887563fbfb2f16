"""Our Moodle XML as others read it: choices with `moodle_xml_parser`, which knows no other kind; those as plain XML."""

import html
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from moodle_xml_parser.parser import parse_file  # type: ignore[import-untyped]

from quizzes import export
from quizzes.kinds import ChoiceItem, HottextItem, MatchItem, NumberItem, OrderItem, PredictItem, TextEntryItem
from quizzes.markup import inline, plain
from quizzes.model import Bank
from tests.quizzes import items
from tests.quizzes.export import samples

each_bank = pytest.mark.parametrize("bank", samples.BANKS, ids=samples.NAMES)
SHARES = (
    *(100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5, 11.11111),
    *(10, 5, 0),
)  # of the marks; Moodle takes no others


def _written(bank: Bank, folder: Path) -> tuple[Path, list[Any]]:
    written = export.write("moodle", bank, folder)
    return written.path, samples.taken(bank, written.left_out)


def _questions(bank: Bank, folder: Path) -> list[tuple[Element, Any]]:
    path, taken = _written(bank, folder)
    category, *questions = ElementTree.parse(path).getroot()
    assert category.findtext("category/text") == f"$course$/top/{bank.lesson}"
    return list(zip(questions, taken, strict=True))


def _asked(item: Any, folder: Path) -> Element:
    return _questions(items.bank(item), folder)[0][0]


def _answers(question: Element) -> dict[str, float]:
    return {answer.findtext("text", ""): float(answer.attrib["fraction"]) for answer in question.findall("answer")}


@each_bank
def test_choices_are_read_by_others_with_their_key_and_their_reasons(bank: Bank, tmp_path: Path) -> None:
    path, taken = _written(bank, tmp_path)
    choices = [item for item in taken if isinstance(item, ChoiceItem | PredictItem)]
    found = {question.name: question for question in parse_file(str(path))["multichoice"]}
    for item in choices:
        question = found[item.identifier]
        rights = [not c.misconception for c in item.choices]
        assert [option.score_fraction > 0 for option in question.options] == rights
        # The reader resolves the entities of the HTML as well.
        assert [o.answer for o in question.options] == [html.unescape(inline(c.content)) for c in item.choices]
        assert [o.feedback for o in question.options] == [html.unescape(inline(c.feedback)) for c in item.choices]
        assert question.single == (getattr(item, "max_choices", 1) == 1)
    assert len(found) == len(choices) + sum(isinstance(item, HottextItem) for item in taken)


@each_bank
def test_each_question_has_its_identifier_and_its_hints(bank: Bank, tmp_path: Path) -> None:
    for question, item in _questions(bank, tmp_path):
        assert question.findtext("idnumber") == question.findtext("name/text") == item.identifier
        assert [hint.text for hint in question.findall("hint/text")] == [inline(hint) for hint in item.hints]


@each_bank
def test_each_share_of_the_marks_is_one_that_moodle_takes(bank: Bank, tmp_path: Path) -> None:
    for question, item in _questions(bank, tmp_path):
        if not isinstance(item, OrderItem):
            assert {abs(fraction) for fraction in _answers(question).values()} <= set(SHARES)


def test_a_number_has_its_tolerance_its_unit_and_its_mistakes(tmp_path: Path) -> None:
    wrong = [
        {"value": 100, "feedback": "One at a time.", "misconception": "no-threads"},
        {"min": 2.4, "max": 2.6, "feedback": "Half a second?", "misconception": "threads-share-work"},
        {"max": 0, "feedback": "Time runs forward.", "misconception": "time-travel"},
    ]
    question = _asked(items.number(wrong=wrong), tmp_path)
    assert _answers(question) == {"3": 100, "100": 0, "2.5": 0, "-500000": 0}
    assert [tolerance.text for tolerance in question.iter("tolerance")] == ["0.25", "0", "0.1", "500000"]
    assert question.findtext("units/unit/unit_name") == "s"
    assert question.findtext("generalfeedback/text") == "Think in waves."


def test_words_keep_their_stars_and_their_capitals(tmp_path: Path) -> None:
    question = _asked(items.text_entry(accept=["f(*args)", "g"], case_sensitive=True), tmp_path)
    assert _answers(question) == {"f(\\*args)": 100, "g": 100, "sleep": 0}
    assert question.findtext("usecase") == "1"


def test_pairs_are_matched_and_a_target_of_nothing_is_offered(tmp_path: Path) -> None:
    question = _asked(items.match(), tmp_path)
    pairs = [(pair.findtext("text"), pair.findtext("answer/text")) for pair in question.iter("subquestion")]
    assert pairs == [("grass", "green"), ("sky", "blue"), ("sea", "blue"), ("", "red")]


@pytest.mark.parametrize(("scoring", "grading"), [("match", "ALL_OR_NOTHING"), ("each-answer", "ABSOLUTE_POSITION")])
def test_events_stand_in_their_order(scoring: str, grading: str, tmp_path: Path) -> None:
    question = _asked(items.order(scoring=scoring), tmp_path)
    assert question.attrib["type"] == "ordering"
    assert list(_answers(question)) == ["the <em>noon</em>", "the <em>dusk</em>", "the <em>candle</em>"]
    assert question.findtext("gradingtype") == grading


def test_an_essay_has_its_model_answer_for_the_grader(tmp_path: Path) -> None:
    question = _asked(items.open_text(), tmp_path)
    assert question.findtext("graderinfo/text") == "<p>Short waves <strong>scatter</strong> most.</p>"
    assert question.findtext("defaultgrade") == "0"


def test_lines_of_a_program_are_code_and_keep_their_order(tmp_path: Path) -> None:
    question = _asked(items.hottext(), tmp_path)
    assert _answers(question) == {"<code>x = 1</code>": 0, "<code>time.sleep(1)</code>": 100}
    assert "<pre><code>def f():\n    x = 1\n" in question.findtext("questiontext/text", "")
    assert question.findtext("shuffleanswers") == "false"


def test_choices_are_shuffled_unless_one_has_a_fixed_place(tmp_path: Path) -> None:
    assert _asked(items.choice(), tmp_path).findtext("shuffleanswers") == "true"
    assert _asked(samples.awkward()[0], tmp_path).findtext("shuffleanswers") == "false"


def test_a_formula_is_mathml(tmp_path: Path) -> None:
    question = _asked(items.choice(prompt="How large is $n^2$?"), tmp_path)
    assert "<math" in question.findtext("questiontext/text", "")


@each_bank
def test_every_kind_of_item_has_its_kind_of_question(bank: Bank, tmp_path: Path) -> None:
    kinds: dict[Any, str] = {
        ChoiceItem: "multichoice",
        HottextItem: "multichoice",
        PredictItem: "multichoice",
        NumberItem: "numerical",
        TextEntryItem: "shortanswer",
        MatchItem: "matching",
        OrderItem: "ordering",
    }
    for question, item in _questions(bank, tmp_path):
        assert question.attrib["type"] == kinds.get(type(item), "essay")


def test_a_target_is_plain_text(tmp_path: Path) -> None:
    texts = [answer.findtext("text") for answer in _asked(items.match(), tmp_path).iter("answer")]
    assert texts[0] == plain("`green`")
