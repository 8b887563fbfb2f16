from quizzes import progress, reader
from quizzes.overview import Progress, beliefs, count
from quizzes.store import Store, attempt, current_store
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
    assert repr(Progress([row], Store(None))) == "<Progress: 01_colours 3 of 3 answered>"


def test_the_table_has_a_row_a_lesson_and_says_when_nothing_is_saved() -> None:
    page = Progress(
        [count(BANK, [])], Store(None), due=1, beliefs=["A `def` blocks."], notice="Not <saved>."
    )._repr_mimebundle_()["text/html"]
    assert '<th scope="row">Colours</th><td>0 of 2</td><td>0</td><td>0 of 1</td>' in page
    assert "Not &lt;saved&gt;." in page
    assert "1 question is due for review today." in page
    assert "<li>A <code>def</code> blocks.</li>" in page


def test_the_beliefs_are_those_behind_the_last_answers_that_were_wrong() -> None:
    bank = reader.bank("01_request_response_cycle")
    item = next(found for found in bank.questions if found.identifier == "one-word-added")
    known = reader.misconceptions()["async-never-blocks"].belief
    wrong, right = attempt(item, "answer", ["b"], "wrong"), attempt(item, "answer", ["a"], "right", 1.0)
    assert beliefs([bank], [wrong]) == [known]
    assert beliefs([bank], [wrong, right]) == []
    current_store().add(wrong)
    assert known.split("`")[0] in progress()._repr_mimebundle_()["text/html"]
