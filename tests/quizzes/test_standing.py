from quizzes.grading import grade
from quizzes.kinds import Question
from quizzes.standing import Standing, standing
from quizzes.store import Attempt, attempt
from tests.quizzes import items


def _answers(item: Question, *answers: list[str]) -> list[Attempt]:
    return [
        attempt(item, "answer", answer, grade(item, answer).outcome, grade(item, answer).score) for answer in answers
    ]


def test_a_new_question_can_be_tried() -> None:
    stands = standing(items.choice(), [])
    assert (stands, stands.can_try, stands.can_show) == (Standing(), True, False)


def test_after_two_wrong_tries_the_answer_may_be_shown() -> None:
    item = items.choice()
    once, twice = standing(item, _answers(item, ["a"])), standing(item, _answers(item, ["a"], ["c"]))
    assert (once.can_try, once.can_show) == (True, False)
    assert (twice.can_try, twice.can_show, twice.settled) == (False, True, False)


def test_a_right_answer_settles_the_question() -> None:
    item = items.choice()
    stands = standing(item, _answers(item, ["a"], ["b"]))
    assert (stands.solved, stands.settled, stands.can_try, stands.can_show) == (True, True, False, False)


def test_starting_over_forgets_nothing_and_counts_anew() -> None:
    item = items.choice()
    attempts = [*_answers(item, ["a"], ["c"]), attempt(item, "restart", None, "not_answered")]
    assert standing(item, attempts) == Standing()


def test_an_answer_to_another_wording_makes_the_standing_stale() -> None:
    old, new = items.choice(), items.choice(prompt="And now?")
    assert standing(new, _answers(old, ["b"])) == Standing(stale=True)
    assert not standing(new, [*_answers(old, ["b"]), *_answers(new, ["a"])]).stale
