from quizzes import progress
from quizzes.overview import Progress, count
from quizzes.store import attempt
from tests.quizzes import items

BANK = items.bank(items.choice(), items.several(), items.predict())


def test_a_new_learner_has_answered_nothing() -> None:
    assert "01_request_response_cycle 0 of " in repr(progress())
    assert repr(progress()) == repr(progress())


def test_only_the_first_answer_to_a_question_counts_as_the_first_try() -> None:
    attempts = [
        attempt(items.choice(), "answer", ["a"], "wrong"),
        attempt(items.choice(), "answer", ["b"], "right", 1.0),
        attempt(items.several(), "answer", ["a", "c"], "right", 1.0),
        attempt(items.predict(), "prediction", "a", "recorded"),
        attempt(items.predict(), "observation", "b", "right", 1.0),
    ]
    row = count(BANK, attempts)
    assert (row.answered, row.right_at_first, row.predicted) == (2, 1, 1)
    assert repr(Progress([row])) == "<Progress: 01_colours 3 of 3 answered>"


def test_the_table_has_a_row_a_lesson_and_says_when_nothing_is_saved() -> None:
    page = Progress([count(BANK, [])], notice="Not <saved>.")._repr_mimebundle_()["text/html"]
    assert '<th scope="row">Colours</th><td>0 of 2</td><td>0</td><td>0 of 1</td>' in page
    assert "Not &lt;saved&gt;." in page
