from typing import Any

import pytest
from pydantic import ValidationError

from quizzes.grading import Outcome, grade
from tests.quizzes import items


def test_events_in_their_order_are_right() -> None:
    assert grade(items.order(), ["noon", "dusk", "candle"]).outcome == Outcome.RIGHT
    assert grade(items.order(), ["noon", "candle", "dusk"]).outcome == Outcome.WRONG


def test_each_event_at_its_place_counts_where_the_question_says_so() -> None:
    assert grade(items.order(scoring="each-answer"), ["noon", "candle", "dusk"]).score == pytest.approx(1 / 3)


@pytest.mark.parametrize("answer", [["noon", "dusk"], ["noon", "noon", "dusk"], ["noon", "dusk", "night"], []])
def test_an_order_that_is_not_complete_is_no_answer(answer: list[str]) -> None:
    assert items.order().missing(answer)


def test_a_typical_wrong_order_has_a_reason_of_its_own() -> None:
    [known] = items.order().explanations(["candle", "dusk", "noon"], settled=False)
    [other] = items.order().explanations(["noon", "candle", "dusk"], settled=False)
    assert (known.part, known.text, known.misconception) == ("dusk", "Not that late.", "backwards")
    assert (other.part, other.text) == ("", "Think of the sun.")


def test_a_program_is_assembled_with_its_indentation() -> None:
    item = items.parsons()
    assert item.lines([["head", 0], ["wait", 1], ["end", 1]]) == (
        "async def report():\n    await asyncio.sleep(1)\n    return 1\n"
    )


def test_lines_may_be_left_out_of_a_program_and_those_that_do_not_belong_are_told() -> None:
    item = items.parsons()
    assert item.missing([["head", 0]]) is None
    [told] = item.explanations([["head", 0], ["hold", 1], ["end", 1]], settled=False)
    assert (told.part, told.label, told.misconception) == ("hold", "Does not belong", "sleep-yields")


def test_an_indentation_that_no_line_can_have_is_brought_into_range() -> None:
    assert items.parsons().placed([["head", -3], ["wait", 99]]) == [("head", 0), ("wait", 4)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"inversions": [{"first": "dawn", "then": "noon", "feedback": "x", "misconception": "m"}]}, "'dawn', which"),
        ({"inversions": [], "blocks": "parsons"}, "which only a line of a `program` can have"),
        ({"inversions": [], "blocks": "sorted"}, "sorted, are the key: rename them"),
    ],
)
def test_an_order_that_cannot_be_asked_is_refused(changes: dict[str, object], sentence: str) -> None:
    blocks = {
        "parsons": [block.model_dump() for block in items.parsons().blocks],
        "sorted": [{"identifier": name, "content": name, "feedback": "x"} for name in "abc"],
    }
    asked: dict[str, Any] = {name: blocks.get(str(value), value) for name, value in changes.items()}
    with pytest.raises(ValidationError, match=sentence):
        items.order(**asked)
