"""The questions at the end of a lesson."""

from quizzes import banks
from quizzes.session import Session, State
from quizzes.store import default_store
from quizzes.widget import QuizWidget, Shown

_MOST = 5  # a lesson asks no more; the rest of its bank is for the review


def quiz(lesson: str) -> Shown:
    """The first questions of this lesson's bank, to be answered in any order or not at all. Raises `UnknownQuiz`."""
    bank, store = banks.bank(lesson), default_store()
    sessions = {item.identifier: Session(item, store) for item in bank.questions[:_MOST]}

    def act(identifier: str, what: str, answer: list[str]) -> State:
        session = sessions[identifier]
        state = {
            "answer": lambda: session.answer(answer),
            "hint": session.hint,
            "show": session.show,
            "restart": session.start_over,
        }.get(what, lambda: session.state)()
        widget.notice = store.problem
        return state

    items = [session.item for session in sessions.values()]
    states = {identifier: session.state for identifier, session in sessions.items()}
    widget = QuizWidget(lesson, items, states, act, f"<Quiz {lesson}: {len(items)} questions>")
    widget.notice = store.problem
    return Shown(bank.title, items, widget)
