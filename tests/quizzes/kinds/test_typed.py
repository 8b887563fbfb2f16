import pytest
from pydantic import ValidationError

from tests.quizzes import items

OBSERVED = {"experiment": "burst_sync", "key": "waves"}


@pytest.mark.parametrize("typed", ["await", " `Await` ", '"await".', "asyncio.sleep( 1 )", "AWAIT"])
def test_an_accepted_form_is_right_whatever_surrounds_it(typed: str) -> None:
    assert items.text_entry().score(typed) == 1


@pytest.mark.parametrize("typed", ["awaits", "async", "asyncio.sleep(2)"])
def test_another_word_is_wrong(typed: str) -> None:
    assert items.text_entry().score(typed) == 0


def test_capitals_count_where_the_question_says_so() -> None:
    item = items.text_entry(case_sensitive=True)
    assert (item.score("await"), item.score("Await")) == (1, 0)


def test_a_known_mistake_has_a_reason_of_its_own() -> None:
    [known] = items.text_entry().explanations("sleep", settled=False)
    [other] = items.text_entry().explanations("async", settled=False)
    assert (known.text, known.misconception) == ("That holds the thread.", "sleep-yields")
    assert (other.text, other.misconception) == ("Which word is it?", None)


def test_the_shown_key_of_a_typed_answer_names_it() -> None:
    [told] = items.text_entry().explanations("async", settled=True)
    assert (told.verdict, told.text) == ("right", "`await`. It gives back.")


def test_a_form_that_is_right_and_wrong_is_refused() -> None:
    wrong = [{"accept": ["`Await`"], "feedback": "No.", "misconception": "m"}]
    with pytest.raises(ValidationError, match="'`Await`' is accepted as right and as wrong"):
        items.text_entry(wrong=wrong)


def test_a_key_that_is_observed_becomes_the_answer_with_its_typical_mistakes() -> None:
    wrong = [{"fact": "requests", "feedback": "One at a time.", "misconception": "no-threads"}]
    item = items.number(answer=None, verify=OBSERVED, wrong=wrong).with_key({"waves": 3, "requests": 5})
    assert (item.key, item.score("3"), item.score("5")) == (3, 1, 0)
    [told] = item.explanations("5", settled=False)
    assert told.text == "One at a time."


def test_an_observed_key_that_is_no_number_is_an_error() -> None:
    with pytest.raises(ValueError, match="observed 'all' as 'waves', which is no number"):
        items.number(answer=None, verify=OBSERVED, wrong=[]).with_key({"waves": "all"})


def test_a_number_has_one_key() -> None:
    with pytest.raises(ValidationError, match="give either `answer`, or in `verify` the `key`"):
        items.number(verify=OBSERVED, wrong=[])
    with pytest.raises(ValidationError, match="give either `answer`, or in `verify` the `key`"):
        items.number(answer=None)


def test_a_wrong_number_that_is_the_answer_is_refused() -> None:
    with pytest.raises(ValidationError, match="the answer is one of the `wrong` ones as well"):
        items.number(wrong=[{"min": 2, "max": 4, "feedback": "No.", "misconception": "m"}])
