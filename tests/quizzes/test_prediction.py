"""A prediction is locked until it is made, then measured with the real experiments."""

import json
import threading
from typing import Any

import pytest

from demo_app.lab import experiments
from demo_app.lab.marks import Cell
from demo_app.lab.timeline import Timeline
from quizzes import predict
from quizzes.errors import PredictionFailed, UnknownChoice, UnknownItem
from quizzes.measurement import Measurement, Run, measure
from quizzes.prediction import Prediction
from quizzes.store import Store
from tests.conftest import until
from tests.quizzes import items, stand_in

FACTS = {"order": "all at once", "thread": "worker thread", "another request": "answered meanwhile"}
LINE = (
    "<Prediction three-sync-requests: order = all at once, thread = worker thread, "
    'another request = answered meanwhile → "About 1 s: all three at the same time">'
)


class Drawn(Timeline):
    """A timeline whose picture says only what was predicted."""

    def html(self, predicted: float | None = None) -> str:
        return f"<p>you: {predicted}</p>"


def _prediction(run: Run | None = None, store: Store | None = None, **changes: Any) -> Prediction:
    item = items.predict(**changes)
    return Prediction(item, items.bank(item), store or Store(None), run)


def _ask(asked: Prediction, action: str, answer: Any = None, item: str = "three") -> dict[str, Any]:
    asked._handle_custom_msg({"item": item, "action": action, "answer": answer}, [])
    return _state(asked, item)


def _state(asked: Prediction, item: str = "three") -> dict[str, Any]:
    state: dict[str, Any] = asked.states[item]
    return state


def _until_done(asked: Prediction) -> dict[str, Any]:
    until(lambda: _state(asked)["tone"] not in ("", "busy"), "the run ended")
    return _state(asked)


def _labels(state: dict[str, Any]) -> list[str]:
    return [button["label"] for button in state["buttons"]]


def test_with_skip_it_runs_at_once_and_its_text_has_facts_and_no_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTIONS", "skip")
    shown = predict("three-sync-requests")
    assert isinstance(shown, Measurement)
    assert repr(shown) == repr(predict("three-sync-requests")) == LINE
    assert "atr-timeline" in shown.timeline.html()


def test_before_the_commitment_nothing_runs_and_nothing_waits() -> None:
    ran: list[str] = []

    def run() -> Timeline:
        ran.append("ran")
        return Timeline([])

    asked = _prediction(run)
    assert repr(asked) == "<Prediction three: choose and commit>"
    assert (_state(asked)["status"], _labels(_state(asked))) == (
        "Choose, then Commit: only then does it run.",
        ["Commit", "Run without a prediction"],
    )
    assert _state(asked, "three/seen")["hidden"]
    assert _ask(asked, "commit", [])["status"] == "Choose an answer first."
    assert ran == []


def test_the_card_asks_for_the_prediction_only(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    _prediction()._ipython_display_()
    assert shown[0]["text/plain"] == "Run this cell to predict what the server will do."
    assert shown[0]["text/html"].count("<li>together</li>") == 1
    assert "What did you see?" not in shown[0]["text/html"]


def test_the_state_before_the_commitment_says_nothing_of_facts_or_feedback() -> None:
    asked = _prediction()
    state = json.dumps([asked.items, asked.states])
    assert [word for word in ("order", "all at once", "burst_sync", "Yes.", "No.") if word in state] == []


def test_a_commitment_locks_runs_compares_asks_and_explains() -> None:
    may_go, store = threading.Event(), Store(None)

    def run() -> Timeline:
        assert may_go.wait(10)
        return Drawn([])

    asked = _prediction(run, store)
    state = _ask(asked, "commit", ["a"])
    assert (state["status"], state["locked"], state["answer"]) == ("Running… waiting for the server.", True, ["a"])
    assert not any(button["enabled"] for button in state["buttons"])
    assert _ask(asked, "commit", ["b"])["answer"] == ["a"], "a commitment stands"
    may_go.set()
    state = _until_done(asked)
    assert _ask(asked, "commit", ["b"])["answer"] == ["a"], "also after the run"
    assert "<p>you: 3.0</p>" in state["picture"]
    assert "<strong>worker thread</strong>" in state["reading"]
    assert "Yes." not in json.dumps(asked.states), "first the learner says what was seen"
    seen = _ask(asked, "observe", ["b"], "three/seen")
    assert (
        seen["status"]
        == "What happened: “together”. You predicted something else; now you know, and that is what sticks."
    )
    assert [(note["part"], note["label"], note["open"]) for note in seen["feedback"]] == [
        ("a", "This did not happen", True),
        ("b", "This happened", True),
    ]
    assert [(kept.action, kept.given, kept.outcome) for kept in store.attempts()] == [
        ("prediction", "a", "recorded"),
        ("measurement", "a", "wrong"),
        ("observation", "b", "right"),
    ]


def test_what_was_seen_can_be_skipped() -> None:
    asked = _prediction()
    asked.commit("b")
    seen = _ask(asked, "pass", None, "three/seen")
    assert seen["status"] == "What happened: “together”. You predicted it."
    assert seen["tone"] == "right"


def test_it_can_be_run_without_a_prediction() -> None:
    asked = _prediction(lambda: Drawn([]), store := Store(None))
    _ask(asked, "run")
    state = _until_done(asked)
    assert (state["status"], state["picture"]) == ("Done: look at the picture.", "<p>you: None</p>")
    assert store.attempts() == []


def test_a_run_that_raises_shows_its_sentence_keeps_the_answer_and_can_be_repeated() -> None:
    timelines = iter([None, Drawn([])])

    def run() -> Timeline:
        timeline = next(timelines)
        if timeline is None:
            raise ConnectionError("the server is stopped")
        return timeline

    asked = _prediction(run)
    _ask(asked, "commit", ["a"])
    state = _until_done(asked)
    assert state["status"] == (
        "The run failed. ConnectionError: the server is stopped Your prediction is kept: put it right, then run again."
    )
    assert (state["answer"], _labels(state)[0]) == (["a"], "Run again")
    assert _ask(asked, "again")["tone"] == "busy"
    assert "you: 3.0" in _until_done(asked)["picture"]


def test_predicting_again_forgets_the_picture_and_keeps_the_record() -> None:
    asked = _prediction(store=(store := Store(None)))
    asked.commit("a")
    state = _ask(asked, "restart")
    assert (state["picture"], state["locked"], state["answer"]) == ("", False, [])
    assert _state(asked, "three/seen")["hidden"]
    assert [kept.action for kept in store.attempts()] == ["prediction", "measurement", "restart"]


def test_an_answer_in_code_commits_at_once(own_store: Store) -> None:
    asked = predict("three-sync-requests", answer="b")
    assert isinstance(asked, Prediction)
    assert _state(asked, "three-sync-requests")["status"] == "Done: compare your prediction with the picture."
    assert [kept.given for kept in own_store.attempts()] == ["b", "b"]


def test_a_commitment_is_there_again_after_a_restart_of_the_kernel(tmp_path: Any) -> None:
    _prediction(store=Store(tmp_path / "a")).commit("a")
    state = _state(_prediction(store=Store(tmp_path / "a")))
    assert (state["answer"], state["locked"], _labels(state)[0]) == (["a"], True, "Run again")


def test_only_one_run_at_a_time() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def run() -> Timeline:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.05)
        with lock:
            running -= 1
        return Timeline([])

    asked = [_prediction(run) for _ in range(3)]
    for one in asked:
        _ask(one, "commit", ["a"])
    for one in asked:
        _until_done(one)
    assert most == 1


def test_facts_must_pick_exactly_one_choice() -> None:
    item = items.predict()
    assert item.happened(FACTS) == "b"
    with pytest.raises(PredictionFailed, match=r"'three': experiment 'burst_sync' observed .* agrees with no choice"):
        item.happened({"order": "backwards"})
    both = [choice.model_copy(update={"facts": {"order": "all at once"}}) for choice in item.choices]
    with pytest.raises(PredictionFailed, match="agrees with a and b"):
        item.model_copy(update={"choices": both}).happened(FACTS)


def test_a_run_without_a_timeline_says_what_to_return() -> None:
    with pytest.raises(PredictionFailed, match=r"must return a timeline, as `server.burst\(...\)` does"):
        measure(items.predict(), lambda: None)  # type: ignore[arg-type, return-value]


def test_unknown_names_are_one_sentence() -> None:
    with pytest.raises(UnknownItem, match="Did you mean 'three-sync-requests'"):
        predict("three-sync-request")
    with pytest.raises(UnknownChoice, match=r"has no choice 'z'\. There are: a, b, c"):
        predict("three-sync-requests", answer="z")


# Over a table, on a stand-in for the experiment.

FATES, SEEN = "fates", "fates/seen"
GUESS = {**stand_in.KEY, "back": "lost", "found": "again"}


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> stand_in.KillMatrix:
    """In the place of `kill_matrix`, and ready to end at once."""
    replaced = stand_in.KillMatrix()
    replaced.may_end.set()
    monkeypatch.setitem(experiments._all(), "kill_matrix", replaced)
    return replaced


def _table(store: Store | None = None, run: Run | None = None) -> Prediction:
    item = items.predict_table()
    return Prediction(item, items.bank(item), store or Store(None), run)


def _until_table_is_done(asked: Prediction) -> dict[str, Any]:
    until(lambda: _state(asked, FATES)["tone"] not in ("", "busy"), "the run ended")
    return _state(asked, FATES)


def test_with_skip_a_table_is_measured_at_once_and_its_text_has_the_facts(
    kills: stand_in.KillMatrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREDICTIONS", "skip")
    item = items.predict_table()
    monkeypatch.setattr("quizzes.prediction.prediction", lambda name: (item, items.bank(item)))
    shown = predict(FATES)
    assert isinstance(shown, Measurement)
    facts = "; ".join(f"{cell.name} = {cell.words}" for cell in stand_in.CELLS)
    assert repr(shown) == f"<Prediction fates: {facts}>"
    assert "you:" not in shown.timeline.html()


def test_a_table_runs_nothing_before_each_cell_has_a_guess(kills: stand_in.KillMatrix) -> None:
    store = Store(None)
    asked = _table(store)
    assert _state(asked, SEEN)["hidden"]
    partly = {name: GUESS[name] for name in ("gone", "back", "ended")}
    assert _ask(asked, "commit", partly, FATES)["status"] == "Choose for each cell first: 2 are left."
    assert _ask(asked, "observe", GUESS, SEEN)["hidden"]
    assert (kills.began, store.attempts()) == (0, [])


def test_before_the_commitment_the_page_knows_nothing_of_what_comes_out(kills: stand_in.KillMatrix) -> None:
    asked = _table()
    told = json.dumps([asked.items, asked.states, asked.news]) + asked._page
    secrets = [*(cell.words for cell in stand_in.CELLS), "kill_matrix", "Nothing is noted", "still", "waits", "again."]
    assert [word for word in secrets if word in told] == []
    assert "done once" in told, "what can be chosen is found"


def test_a_guess_over_a_table_locks_runs_compares_and_explains(kills: stand_in.KillMatrix) -> None:
    kills.may_end.clear()
    asked = _table(store := Store(None))
    state = _ask(asked, "commit", GUESS, FATES)
    assert (state["status"], state["tone"]) == ("Running… cell by cell; this may take a minute.", "busy")
    assert (state["locked"], state["answer"]) == (True, GUESS)
    assert _ask(asked, "commit", stand_in.KEY, FATES)["answer"] == GUESS, "it is answered, and a commitment stands"
    kills.may_end.set()
    state = _until_table_is_done(asked)
    assert state["status"] == "Done: 3 of 5 as you predicted. Compare them in the table."
    assert state["picture"].count("✓</td>") == 3
    assert "started twice, done once<br>you: lost&nbsp;≠" in state["picture"]
    assert (_labels(_state(asked, SEEN)), _state(asked, SEEN)["feedback"]) == (["Read why"], [])
    assert "noted" not in json.dumps(asked.states), "first the learner looks"
    why = _ask(asked, "pass", None, SEEN)
    assert [(note["part"], note["open"]) for note in why["feedback"] if note["verdict"] == "wrong"] == [
        ("back", True),
        ("found", True),
    ]
    assert [(kept.action, kept.given, kept.outcome, kept.score) for kept in store.attempts()] == [
        ("prediction", GUESS, "recorded", 0),
        ("measurement", GUESS, "partly", 0.6),
    ]


def test_a_table_can_be_run_without_a_prediction(kills: stand_in.KillMatrix) -> None:
    asked = _table(store := Store(None))
    _ask(asked, "run", {"gone": "lost"}, FATES)
    state = _until_table_is_done(asked)
    assert (state["status"], state["answer"]) == ("Done: look at the table.", {})
    assert "you:" not in state["picture"]
    why = _ask(asked, "pass", None, SEEN)
    assert {(note["verdict"], note["open"]) for note in why["feedback"]} == {("other", False)}
    assert store.attempts() == []


def test_a_table_is_predicted_again_with_no_guess_left(kills: stand_in.KillMatrix) -> None:
    asked = _table()
    asked.commit(GUESS)
    state = _ask(asked, "restart", None, FATES)
    assert (state["picture"], state["locked"], state["answer"]) == ("", False, {})
    assert _state(asked, SEEN)["hidden"]


def test_a_table_that_came_out_as_no_outcome_keeps_the_guess_and_can_be_run_again(kills: stand_in.KillMatrix) -> None:
    mixed = Cell("BackgroundTasks", "TERM", [(1, 1), (1, 0)])
    kills.cells = [mixed if cell.name == mixed.name else cell for cell in stand_in.CELLS]
    asked = _table()
    _ask(asked, "commit", GUESS, FATES)
    state = _until_table_is_done(asked)
    assert (
        "observed 'started 1 1, done 1 0' as 'BackgroundTasks, TERM', which agrees with no outcome" in state["status"]
    )
    assert (state["answer"], _labels(state)[0]) == (GUESS, "Run again")
    kills.cells = stand_in.CELLS
    _ask(asked, "again", None, FATES)
    assert _until_table_is_done(asked)["picture"].count("you:") == 5


def test_a_guess_over_a_table_is_there_again_after_a_restart_of_the_kernel(
    kills: stand_in.KillMatrix, tmp_path: Any
) -> None:
    _table(Store(tmp_path / "a")).commit(GUESS)
    state = _state(_table(Store(tmp_path / "a")), FATES)
    assert (state["answer"], state["locked"], _labels(state)[0]) == (GUESS, True, "Run again")


def test_a_guess_over_a_table_can_be_given_in_code(
    kills: stand_in.KillMatrix, own_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = items.predict_table()
    monkeypatch.setattr("quizzes.prediction.prediction", lambda name: (item, items.bank(item)))
    asked = predict(FATES, answer=stand_in.KEY)
    assert isinstance(asked, Prediction)
    assert _state(asked, FATES)["status"].startswith("Done: 5 of 5 as you predicted.")
    assert [kept.outcome for kept in own_store.attempts()] == ["recorded", "right"]
    with pytest.raises(UnknownChoice, match=r"For each of the cells gone, back, .* there are: lost, once, again\."):
        predict(FATES, answer={"gone": "lost"})


def test_a_table_needs_a_table_to_be_drawn_in(kills: stand_in.KillMatrix) -> None:
    with pytest.raises(PredictionFailed, match="'fates' is drawn in a table: its `run` must return a `MarkTable`"):
        measure(items.predict_table(), lambda: Drawn([]))
