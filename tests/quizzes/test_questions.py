"""The live quiz without a browser: messages in, states out."""

import json
from typing import Any

import pytest

from quizzes import quiz
from quizzes.errors import UnknownLesson
from quizzes.misconceptions import Misconception
from quizzes.questions import Quiz
from quizzes.store import Store
from tests.conftest import until
from tests.quizzes import items


def _quiz(store: Store | None = None, **changes: Any) -> Quiz:
    asked = [items.choice(**changes), items.several(), items.number()]
    return Quiz("01_colours", "Colours", asked, store or Store(None))


def _ask(asked: Quiz, item: str, action: str, answer: Any = None) -> dict[str, Any]:
    asked._handle_custom_msg({"item": item, "action": action, "answer": answer}, [])
    state: dict[str, Any] = asked.states[item]
    return state


def _enabled(state: dict[str, Any]) -> list[str]:
    return [button["action"] for button in state["buttons"] if button["enabled"]]


def _told(state: dict[str, Any]) -> list[str]:
    return [note["part"] for note in state["feedback"]]


def test_the_repr_is_the_same_whatever_was_answered() -> None:
    asked = _quiz()
    before = repr(asked)
    _ask(asked, "sky", "check", ["b"])
    assert repr(asked) == before == "<Quiz 01_colours: 3 questions>"


def test_nothing_of_the_key_is_in_the_state_before_an_answer() -> None:
    state = json.dumps(
        {name: value for name, value in _quiz().get_state().items() if name not in ("_esm", "_css")}, default=str
    )
    assert [word for word in items.KEY if word in state] == []


def test_check_without_an_answer_is_a_reminder_and_no_attempt() -> None:
    store = Store(None)
    state = _ask(_quiz(store), "sky", "check", [])
    assert (state["status"], state["tone"]) == ("Choose an answer first.", "reminder")
    assert store.attempts() == []


def test_a_wrong_try_shows_only_its_own_reason_and_leaves_another_try() -> None:
    state = _ask(_quiz(), "sky", "check", ["a"])
    assert (state["tone"], _told(state), state["locked"]) == ("wrong", ["a"], False)
    assert state["status"].startswith("Wrong. One try left")
    assert state["spoken"] == "Grass is."
    assert "scatter" not in json.dumps(state)
    assert _enabled(state) == ["check", "hint"]


def test_a_right_answer_shows_every_reason_and_opens_ones_own() -> None:
    state = _ask(_quiz(), "sky", "check", ["b"])
    assert (state["status"], state["tone"], state["locked"]) == ("Right, at the first try.", "right", True)
    assert [(note["part"], note["label"], note["open"]) for note in state["feedback"]] == [
        ("a", "Not this one", False),
        ("b", "Right", True),
        ("c", "Not this one", False),
    ]
    assert _enabled(state) == ["restart"]


def test_after_two_tries_the_answer_is_shown_on_request_and_that_is_recorded() -> None:
    store = Store(None)
    asked = _quiz(store)
    _ask(asked, "sky", "check", ["a"])
    state = _ask(asked, "sky", "check", ["c"])
    assert (_told(state), _enabled(state)) == (["c"], ["hint", "show", "restart"])
    assert _ask(asked, "sky", "check", ["b"])["tone"] == "wrong", "a third try is not judged"
    state = _ask(asked, "sky", "show")
    assert (state["status"], _told(state)) == ("This is the answer.", ["a", "b", "c"])
    assert [kept.action for kept in store.attempts()] == ["answer", "answer", "shown"]


def test_the_answer_is_not_shown_before_the_tries_are_used() -> None:
    asked = _quiz()
    _ask(asked, "sky", "check", ["a"])
    assert _told(_ask(asked, "sky", "show")) == ["a"]


def test_the_check_button_stays_first_for_the_focus_is_on_it() -> None:
    asked = _quiz()
    answers = [("hint", None), ("check", ["a"]), ("check", ["c"]), ("show", None), ("restart", None)]
    firsts = [_ask(asked, "sky", action, answer)["buttons"][0]["label"] for action, answer in answers]
    assert firsts == ["Check"] * 5


def test_partly_right_is_said_and_scored() -> None:
    store = Store(None)
    state = _ask(_quiz(store), "primes", "check", ["a", "b"])
    assert (state["tone"], _told(state)) == ("partly", ["a", "b"])
    assert [(kept.outcome, kept.score) for kept in store.attempts()] == [("partly", 0.5)]


@pytest.mark.parametrize(
    ("typed", "reason"), [("100", "One at a time."), ("7", "Think in waves."), ("3", "Three waves.")]
)
def test_a_number_has_the_reason_that_fits_it(typed: str, reason: str) -> None:
    [note] = _ask(_quiz(), "waves", "check", typed)["feedback"]
    assert note["html"] == reason


def test_the_shown_answer_of_a_number_names_it() -> None:
    asked = _quiz()
    for typed in ("7", "8"):
        _ask(asked, "waves", "check", typed)
    [note] = _ask(asked, "waves", "show")["feedback"]
    assert note["html"] == "3 s. Three waves."


def test_hints_come_one_by_one_and_keep_the_choice() -> None:
    state = _ask(_quiz(hints=["**One**.", "Two."]), "sky", "hint", ["a"])
    assert (state["hints"], state["answer"]) == (["<strong>One</strong>."], None)
    assert [button["label"] for button in state["buttons"]] == ["Check", "Hint 2 of 2"]


BELIEFS = {
    "grass-is-sky": Misconception(
        identifier="grass-is-sky", belief="It is.", experiment="burst_sync", would_show={"order": "one at a time"}
    ),
    "always-evening": Misconception(identifier="always-evening", belief="It is.", because="none can show it"),
}


@pytest.fixture
def beliefs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quizzes.questions.misconceptions", lambda: BELIEFS)


def _until_done(asked: Quiz, item: str) -> dict[str, Any]:
    until(lambda: asked.states[item]["tone"] != "busy", "the run ended")
    state: dict[str, Any] = asked.states[item]
    return state


@pytest.mark.usefixtures("beliefs")
def test_a_wrong_answer_offers_the_run_that_refutes_its_belief() -> None:
    asked = _quiz()
    [note] = _ask(asked, "sky", "check", ["a"])["feedback"]
    assert note["belief"] == "grass-is-sky"
    assert _ask(asked, "sky", "refute", "grass-is-sky")["status"] == "Running… on a server of its own."
    state = _until_done(asked, "sky")
    assert "<td>one at a time</td><td><strong>all at once</strong></td>" in state["picture"]
    assert "atr-timeline" in state["picture"]
    assert (state["tone"], _told(state), _enabled(state)) == ("wrong", ["a"], ["check", "hint"])


@pytest.mark.usefixtures("beliefs")
def test_only_a_belief_that_was_answered_and_can_be_refuted_is_run() -> None:
    asked = _quiz()
    assert _ask(asked, "sky", "refute", "grass-is-sky")["picture"] == "", "nothing was answered yet"
    [note] = _ask(asked, "sky", "check", ["c"])["feedback"]
    assert note["belief"] == "", "no run can refute it"
    assert _ask(asked, "sky", "refute", "grass-is-sky")["tone"] == "wrong"
    assert _ask(asked, "sky", "refute", ["x"])["tone"] == "wrong"


@pytest.mark.usefixtures("beliefs")
def test_a_refutation_that_fails_says_so_and_the_question_stays_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: object) -> None:
        raise ConnectionError("the app is gone.")

    monkeypatch.setattr("quizzes.questions.refute", stopped)
    asked = _quiz()
    _ask(asked, "sky", "check", ["a"])
    _ask(asked, "sky", "refute", "grass-is-sky")
    state = _until_done(asked, "sky")
    assert state["status"] == "The run failed. ConnectionError: the app is gone. Put it right, then try again."
    assert _ask(asked, "sky", "check", ["b"])["tone"] == "right"


def test_a_program_is_run_and_judged_by_what_it_does() -> None:
    asked = Quiz("01", "Programs", [items.parsons()], store := Store(None))
    wrong, right = [["head", 0], ["hold", 1], ["end", 1]], [["head", 0], ["wait", 1]]
    state = _ask(asked, "program", "check", wrong)
    assert (state["tone"], _enabled(state)) == ("busy", [])
    assert _ask(asked, "program", "check", right)["tone"] == "busy", "one run at a time"
    state = _until_done(asked, "program")
    assert (state["tone"], _told(state), state["answer"]) == ("wrong", ["hold"], wrong)
    assert "another request: waits" in state["picture"] and "atr-timeline" in state["picture"]
    _ask(asked, "program", "check", right)
    assert _until_done(asked, "program")["tone"] == "right"
    assert [(kept.outcome, kept.given) for kept in store.attempts()] == [("wrong", wrong), ("right", right)]


def test_the_shown_answer_of_an_order_takes_the_place_of_ones_own() -> None:
    asked = Quiz("01", "Orders", [items.order()], Store(None))
    for _ in range(2):
        state = _ask(asked, "days", "check", ["candle", "dusk", "noon"])
    assert state["answer"] == ["candle", "dusk", "noon"]
    assert _ask(asked, "days", "show")["answer"] == ["noon", "dusk", "candle"]


def test_a_text_of_ones_own_is_kept_and_set_beside_the_model_answer() -> None:
    asked = Quiz("01", "Essays", [items.open_text()], store := Store(None))
    state = _ask(asked, "essay", "check", "Because.")
    assert state["status"] == "Kept. Compare it with the model answer."
    assert [(note["label"], note["html"]) for note in state["feedback"]] == [
        ("A model answer", "Short waves <strong>scatter</strong> most.")
    ]
    assert [(kept.outcome, kept.given) for kept in store.attempts()] == [("recorded", "Because.")]
    assert _enabled(state) == ["hint", "restart"]


def test_how_sure_the_learner_is_can_be_said_and_is_kept() -> None:
    asked = _quiz(store := Store(None))
    for sure in ("certain", "very"):
        asked._handle_custom_msg({"item": "sky", "action": "check", "answer": ["a"], "confidence": sure}, [])
    assert [kept.confidence for kept in store.attempts()] == ["certain", ""]


def test_an_answer_to_another_variant_is_not_shown_and_makes_nothing_outdated() -> None:
    item = items.choice(prompt="And {{when}}?", variants=[{"when": "now"}, {"when": "later"}])
    store = Store(None)
    _ask(Quiz("review", "Review", [item.drawn(1)], store), "sky", "check", ["b"])
    state = Quiz("01", "Colours", [item.drawn(0)], store).states["sky"]
    assert (state["answer"], state["notes"]) == (None, [])


@pytest.mark.parametrize("question", items.every_kind(), ids=lambda question: question.identifier)
def test_nothing_of_the_key_of_any_kind_is_in_the_state_before_an_answer(question: Any) -> None:
    asked = Quiz("01", "Any", [question], Store(None))
    state = {name: value for name, value in asked.get_state().items() if name not in ("_esm", "_css")}
    text = json.dumps(state, default=str)
    assert [word for word in (*items.KEY, *_told_later(question)) if word in text] == []


def _told_later(question: Any) -> list[str]:
    """All that explains the parts of a question, and whatever says which are right."""
    texts = [told.text for told in question.explanations(question.key, settled=True)]
    return [*texts, question.verify.experiment, "tolerance", '"indent"', "accept", "inversions", "general_feedback"]


def test_a_guess_has_no_verdict() -> None:
    state = _ask(_quiz(mode="guess"), "sky", "check", ["a"])
    assert (state["status"], state["tone"], _told(state)) == ("Recorded. Keep it in mind.", "recorded", [])


def test_an_answer_is_there_again_after_a_restart_of_the_kernel(tmp_path: Any) -> None:
    _ask(_quiz(Store(tmp_path / "a")), "sky", "check", ["b"])
    state = _quiz(Store(tmp_path / "a")).states["sky"]
    assert (state["answer"], state["tone"], state["locked"]) == (["b"], "right", True)


def test_a_question_that_changed_since_says_so_and_can_be_answered_anew() -> None:
    store = Store(None)
    _ask(_quiz(store), "sky", "check", ["b"])
    state = _quiz(store, prompt="And at night?").states["sky"]
    assert state["notes"] == ["This question changed since you answered. Your earlier answer is kept."]
    assert (state["answer"], state["locked"]) == (None, False)


def test_the_same_question_in_two_quizzes_is_answered_in_both() -> None:
    store = Store(None)
    one, two = _quiz(store), _quiz(store)
    _ask(one, "sky", "check", ["b"])
    assert two.states["sky"]["tone"] == "right"


def test_a_quiz_that_was_closed_is_in_nobodys_way() -> None:
    store = Store(None)
    closed, other = _quiz(store), _quiz(store)
    closed.close()
    assert _ask(other, "sky", "check", ["b"])["tone"] == "right"


def test_a_store_that_cannot_save_is_noted_beside_the_question(tmp_path: Any) -> None:
    (tmp_path / "file").write_text("")
    state = _ask(_quiz(Store(tmp_path / "file" / "a")), "sky", "check", ["b"])
    assert state["tone"] == "right"
    assert state["notes"][0].startswith("Not saved")


def test_every_reply_has_a_new_number_so_that_the_page_knows_the_kernel_lives() -> None:
    asked = _quiz()
    replies = [_ask(asked, "sky", "check", [])["reply"] for _ in range(3)]
    assert len(set(replies)) == 3


def test_jupyterlab_may_choose_the_thread_for_the_next_click() -> None:
    """ipykernel 7.4 would send it to the thread that sent last: to the one that the running cell occupies."""
    asked = _quiz()
    setattr(asked.comm, "_reply_subshell_id", None)  # noqa: B010
    _ask(asked, "sky", "check", ["a"])
    assert "_reply_subshell_id" not in asked.comm.__dict__


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"item": "nowhere", "action": "check"},
        {"item": "sky", "action": 7},
        {"item": ["sky"], "action": "x"},
        [],
        "x",
    ],
)
def test_a_message_that_makes_no_sense_changes_nothing(message: Any) -> None:
    asked = _quiz()
    before = dict(asked.states)
    asked._handle_custom_msg(message, [])
    assert asked.states == before


def test_an_unknown_lesson_is_one_sentence_with_the_nearest_name() -> None:
    with pytest.raises(UnknownLesson, match="Did you mean '01_request_response_cycle'"):
        quiz("01_request_respnse")


def test_it_is_shown_as_a_card_and_as_a_live_view(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    _quiz()._ipython_display_()
    assert [sorted(bundle) for bundle in shown] == [
        ["text/html", "text/plain"],
        ["application/vnd.jupyter.widget-view+json", "text/plain"],
    ]
    assert [bundle["text/plain"] for bundle in shown] == [
        "Colours: run this cell to answer.",
        "<Quiz 01_colours: 3 questions>",
    ]
