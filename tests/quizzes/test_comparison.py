"""What is shown after the run of a table: each guess beside what happened, and why where it was another."""

from typing import Any

from demo_app.lab.marks import MarkTable
from quizzes import card, comparison
from quizzes.measurement import Measurement
from tests.quizzes import items, stand_in

ITEM = items.predict_table()
RESULT = Measurement(ITEM, {cell.name: cell.words for cell in stand_in.CELLS}, stand_in.KEY, MarkTable(stand_in.CELLS))
GUESS = {**stand_in.KEY, "back": "lost"}


def _explained(guess: Any) -> dict[str, Any]:
    return comparison.explained(ITEM, guess, None, RESULT)


def test_the_reasons_are_asked_for_cell_by_cell_and_nothing_is_to_be_filled_in() -> None:
    face = comparison.seen_face(ITEM)
    assert (face["control"], face["choices"][0]) == (
        "reasons",
        {"identifier": "gone", "content": "BackgroundTasks, kill -9"},
    )
    assert comparison.asking(ITEM)["answer"] is None


def test_a_guess_stands_in_the_cell_of_its_fact_whatever_the_cell_is_called() -> None:
    german = [cell.model_copy(update={"row": f"Reihe {cell.row}"}) for cell in ITEM.cells]
    state = comparison.measured(ITEM.model_copy(update={"cells": german}), GUESS, RESULT)
    assert state["status"] == "Done: 4 of 5 as you predicted. Compare them in the table."
    assert '<td class="otherwise">' in state["picture"]
    assert state["picture"].count("you: lost&nbsp;≠") == 1
    assert state["picture"].count("you: lost&nbsp;✓") == 1


def test_the_reason_of_a_cell_is_open_where_something_else_was_predicted() -> None:
    state = _explained(GUESS)
    told = {note["part"]: note for note in state["feedback"]}
    assert list(told) == list(stand_in.KEY)
    assert (told["back"]["verdict"], told["back"]["label"], told["back"]["open"]) == ("wrong", "you said “lost”.", True)
    assert told["back"]["html"] == "The broker <code>has</code> it still."
    assert (told["gone"]["verdict"], told["gone"]["label"], told["gone"]["open"]) == (
        "right",
        "lost, as you said",
        False,
    )
    assert (state["tone"], state["status"].partition(".")[0]) == ("recorded", "4 of 5 as you predicted")


def test_who_was_right_everywhere_is_told_so() -> None:
    state = _explained(stand_in.KEY)
    assert (state["tone"], state["status"]) == ("right", "5 of 5 as you predicted.")
    assert not any(note["open"] for note in state["feedback"])


def test_without_a_guess_every_reason_is_there_and_closed() -> None:
    state = _explained(None)
    assert {(note["verdict"], note["open"]) for note in state["feedback"]} == {("other", False)}
    assert state["feedback"][1]["label"] == "started again"


def test_the_card_of_a_table_has_headings_and_a_place_for_each_cell_that_is_asked() -> None:
    page = card.html([card.face(ITEM, "Prediction")], "en", "Run this cell.")
    assert '<th scope="row">Celery, late ack</th><td></td><td></td><td></td>' in page
    assert '<th scope="row">BackgroundTasks</th><td></td><td></td><td>not asked</td>' in page
    assert '<th scope="col">kill -9</th><th scope="col">TERM</th>' in page
    assert "To choose from: lost, done once, started again" in page
