import pytest
from pydantic import ValidationError

import quizzes
from tests.conftest import fresh_python
from tests.quizzes import items


def test_a_wrong_choice_without_a_misconception_is_refused() -> None:
    choices = [
        {"identifier": "a", "content": "x", "feedback": "No."},
        {"identifier": "b", "content": "y", "feedback": "Yes.", "score": 1},
    ]
    with pytest.raises(ValidationError, match="choice 'a' is wrong, so name the `misconception`"):
        items.choice(choices=choices)


def test_a_choice_without_feedback_is_refused() -> None:
    with pytest.raises(ValidationError, match="feedback"):
        items.choice(choices=[{"identifier": "a", "content": "x", "score": 1}] * 2)


def test_the_number_of_right_choices_must_fit_the_declared_one() -> None:
    with pytest.raises(ValidationError, match="2 choices have `score: 1`, but a learner may choose 1 to 1"):
        items.choice(choices=[choice.model_dump() for choice in items.several().choices])


def test_an_identifier_is_used_once_in_an_item_and_in_a_bank() -> None:
    with pytest.raises(ValidationError, match="'b' is used twice"):
        items.predict(choices=[items.predict().choices[1].model_dump()] * 2)
    with pytest.raises(ValidationError, match="'sky' is used twice"):
        items.bank(items.choice(), items.choice())


@pytest.mark.parametrize("wrong", [{}, {"value": 1, "min": 0}])
def test_a_wrong_number_is_a_value_or_a_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="either `value`, or `min` and `max`"):
        items.number(wrong=[{"feedback": "No.", "misconception": "m", **wrong}])


def test_the_digest_changes_with_the_question_and_its_key_and_not_with_its_explanations() -> None:
    digest = items.number().digest
    assert items.number(general_feedback="Better said.", hints=[], objective="Other.").digest == digest
    renamed = [wrong.model_dump(exclude_none=True) | {"misconception": "other"} for wrong in items.number().wrong]
    assert items.number(wrong=renamed).digest == digest
    assert items.number(prompt="Something else?").digest != digest
    assert items.number(answer=4).digest != digest


def test_a_lesson_asks_at_most_five_questions() -> None:
    bank = items.bank(items.predict(), items.predict_table(), *(items.choice(f"sky-{place}") for place in range(7)))
    assert [item.identifier for item in bank.asked] == ["sky-0", "sky-1", "sky-2", "sky-3", "sky-4"]
    assert [item.identifier for item in bank.predictions] == ["three", "fates"]


@pytest.mark.parametrize(
    "module", ["model", "grading", "store", "standing", "feedback", "reader", "measurement", "verify"]
)
def test_the_core_loads_no_widget_no_app_and_no_ipython(module: str) -> None:
    heavy = {"anywidget", "ipywidgets", "fastapi", "IPython", "demo_app"}
    assert fresh_python(f"import sys, quizzes.{module}; print({heavy} & set(sys.modules))").strip() == "set()"


def test_the_front_door_names_what_it_gives() -> None:
    fresh_python(
        "import quizzes, quizzes.overview, quizzes.prediction, quizzes.questions\n"
        "assert all(callable(getattr(quizzes, name)) for name in quizzes.__all__)\n"
        "assert quizzes.__all__ == sorted(quizzes.__all__)"
    )


def test_an_unknown_name_of_the_front_door_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match="module 'quizzes' has no attribute 'quizz'"):
        quizzes.quizz  # noqa: B018
