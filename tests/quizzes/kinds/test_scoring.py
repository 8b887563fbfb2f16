import pytest

from quizzes.kinds.base import Scoring
from quizzes.kinds.scoring import score

ALL, KEY = "abcd", {"a", "c"}


@pytest.mark.parametrize(
    ("rule", "given", "expected"),
    [
        ("match", "ac", 1), ("match", "a", 0), ("match", "abc", 0),
        ("each-answer", "ac", 1), ("each-answer", "a", 0.75), ("each-answer", "abcd", 0.5), ("each-answer", "bd", 0),
        ("net-correct", "ac", 1), ("net-correct", "a", 0.5), ("net-correct", "ab", 0), ("net-correct", "abcd", 0),
        ("net-correct", "acb", 0.5), ("net-correct", "b", 0),
    ],
)  # fmt: skip
def test_a_partly_right_answer_is_scored_by_its_rule(rule: Scoring, given: str, expected: float) -> None:
    assert score(rule, set(given), KEY, ALL) == expected


@pytest.mark.parametrize("rule", ["match", "each-answer", "net-correct"])
def test_to_take_everything_never_earns_full_marks(rule: Scoring) -> None:
    assert score(rule, set(ALL), KEY, ALL) < 1
