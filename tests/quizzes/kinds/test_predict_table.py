"""A table that is predicted: what makes a guess, and how the observed facts pick the outcome of each cell."""

from typing import Any

import pytest
from pydantic import ValidationError

from demo_app.lab.experiments.kills import BACKGROUND, kill_matrix
from quizzes.errors import PredictionFailed
from tests.quizzes import items, stand_in

FACTS = {cell.name: cell.words for cell in stand_in.CELLS}
ITEM = items.predict_table()


def test_each_cell_counts_the_same() -> None:
    assert ITEM.score(stand_in.KEY, stand_in.KEY) == 1
    assert ITEM.score({**stand_in.KEY, "back": "lost"}, stand_in.KEY) == pytest.approx(4 / 5)
    assert ITEM.score(dict.fromkeys(stand_in.KEY, "again"), stand_in.KEY) == pytest.approx(1 / 5)


def test_what_is_left_open_is_counted_for_the_learner() -> None:
    assert ITEM.missing(stand_in.KEY) is None
    assert ITEM.missing({"gone": "lost"}) == "Choose for each cell first: 4 are left."
    assert ITEM.missing({**stand_in.KEY, "warm": "frozen"}) == "Choose for each cell first: 1 is left."


@pytest.mark.parametrize("nonsense", [None, "", 7, [], ["gone"], {}, {"gone": ["lost"]}, {"gone": {}}, {"x": "lost"}])
def test_nonsense_is_no_guess_and_never_an_error(nonsense: Any) -> None:
    assert ITEM.missing(nonsense) == "Choose for each cell first: 5 are left."


def test_a_guess_has_only_what_was_asked() -> None:
    assert ITEM.guess({**stand_in.KEY, "x": "lost"}) == ITEM.fields(stand_in.KEY) == stand_in.KEY
    assert ITEM.fields(None) == {}


def test_the_headings_stand_in_the_order_of_the_cells() -> None:
    assert ITEM.rows == ["BackgroundTasks", "Celery, late ack"]
    assert ITEM.columns == ["kill -9", "TERM", "broker restart"]


def test_the_facts_pick_the_outcome_of_each_cell_that_is_asked() -> None:
    assert FACTS["BackgroundTasks, broker restart"] == "does not arise"
    assert ITEM.happened(FACTS) == stand_in.KEY


def test_a_fact_that_agrees_with_no_outcome_is_an_error_that_names_the_cell() -> None:
    mixed = {**FACTS, "Celery, late ack, TERM": "started 1 2, done 1 1"}
    sentence = r"'fates': .* observed 'started 1 2, done 1 1' as 'Celery, late ack, TERM', which agrees with no outcome"
    with pytest.raises(PredictionFailed, match=sentence):
        ITEM.happened(mixed)


def test_a_fact_that_is_not_there_is_an_error_with_the_nearest_one() -> None:
    cells = [cell.model_dump(exclude_none=True) for cell in ITEM.cells]
    cells[0]["fact"] = "BackgroundTask, kill -9"
    with pytest.raises(PredictionFailed, match=r"has no fact 'BackgroundTask, kill -9'\. Did you mean 'Backgr"):
        items.predict_table(cells=cells).happened(FACTS)


def test_the_facts_are_told_one_after_another() -> None:
    words = ITEM.in_words(FACTS, stand_in.KEY)
    assert words.startswith("BackgroundTasks, kill -9 = started once, done never; BackgroundTasks, TERM = started once")


@pytest.mark.parametrize(
    ("part", "change", "sentence"),
    [
        ("cells", {"identifier": "back"}, "the identifier 'back' is used twice"),
        ("cells", {"row": "Celery, late ack"}, "two cells are in the same place, 'Celery, late ack: kill -9'"),
        ("cells", {"fact": "Celery, late ack, TERM"}, "two cells have the same `fact`, 'Celery, late ack, TERM'"),
        ("outcomes", {"identifier": "once"}, "the identifier 'once' is used twice"),
        ("outcomes", {"facts": ["started once, done once"]}, "two outcomes have the same fact, 'started once, done on"),
    ],
)
def test_a_table_that_cannot_be_asked_is_refused(part: str, change: dict[str, Any], sentence: str) -> None:
    parts = [each.model_dump(exclude_none=True) for each in getattr(ITEM, part)]
    changes: dict[str, Any] = {part: [parts[0] | change, *parts[1:]]}
    with pytest.raises(ValidationError, match=sentence):
        items.predict_table(**changes)


def test_the_real_experiment_speaks_the_words_of_the_table() -> None:
    facts = kill_matrix(tasks=1, runners=(BACKGROUND,), events=("kill -9", "TERM")).facts
    own = [cell.model_dump(exclude_none=True) for cell in ITEM.cells if cell.row == BACKGROUND]
    assert items.predict_table(cells=own).happened(facts) == {"gone": "lost", "ended": "once"}
