import pytest
from pydantic import ValidationError

from tests.quizzes import items


def test_a_line_of_a_program_is_chosen() -> None:
    item = items.hottext()
    assert [(line, choice and choice.identifier) for line, choice in item.lines()] == [
        ("def f():", None),
        ("    x = 1", "top"),
        ("    time.sleep(1)", "mid"),
    ]
    assert (item.score(["mid"]), item.score(["top"])) == (1, 0)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("x = 1\n", "choice 'mid' is not a line of `code`"), ("x = 1\nx = 1\n", "choice 'top' is 2 lines of `code`")],
)
def test_each_choice_is_exactly_one_line(code: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        items.hottext(code=code)


def test_options_are_shuffled_by_seed_and_the_fixed_ones_stay() -> None:
    choices = [choice.model_dump() for choice in items.several().choices]
    choices[3]["fixed"] = True
    item = items.choice(choices=choices, max_choices=4)
    orders = {tuple(choice.identifier for choice in item.shuffled(seed).choices) for seed in range(20)}
    assert len(orders) == 6
    assert {order[3] for order in orders} == {"d"}
    assert item.shuffled(3) == item.shuffled(3)
    assert {item.shuffled(seed).digest for seed in range(20)} == {item.digest}
