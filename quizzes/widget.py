"""The live view of items: what the page may know, and what it can ask for. Keys never enter its state."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from demo_app.lab.clicks import answer_on_any_thread
from quizzes import card
from quizzes.page import State

_STATIC = Path(__file__).parent / "static"


class Sheet(anywidget.AnyWidget):
    """Items on a page, alive; shown as two outputs, a card and the live view, of which CSS leaves one.

    A subclass implements `respond`, which may be called on any thread.
    """

    _esm = "\n".join((_STATIC / name).read_text("utf-8") for name in ("fields.js", "quiz.js"))
    _css = _STATIC / "quiz.css"

    lang = traitlets.Unicode("en").tag(sync=True)
    items = traitlets.List(traitlets.Dict()).tag(sync=True)
    states = traitlets.Dict().tag(sync=True)  # of all items: what a page gets that opens now
    news = traitlets.Dict().tag(sync=True)  # of those that have just changed: all that is sent for a click

    def __init__(
        self,
        items: list[card.Face],
        states: dict[str, State],
        lang: str,
        invitation: str,
        later: Sequence[card.Face] = (),
    ) -> None:
        """`later` are items that the live view asks afterwards, and the card does not show."""
        self._page = card.html(items, lang, invitation)
        self._invitation = invitation
        self._changing = threading.RLock()
        self._replies = 0
        super().__init__(items=[*items, *later], states=self._numbered(states), lang=lang)
        self.on_msg(self._receive)
        answer_on_any_thread(self)

    def respond(self, identifier: str, action: str, answer: Any, confidence: str = "") -> None:
        """Does what the learner asked for by a button, and shows the result."""
        raise NotImplementedError

    def show(self, states: dict[str, State]) -> None:
        """Sends the states of these items to the page; a new reply number tells it that the kernel has answered."""
        with self._changing:
            numbered = self._numbered(states)
            self.states.update(numbered)  # in place, so that it is not sent
            self.news = numbered
            answer_on_any_thread(self)

    def _numbered(self, states: dict[str, State]) -> dict[str, State]:
        self._replies += 1
        return {identifier: {**state, "reply": self._replies} for identifier, state in states.items()}

    def _receive(self, _: Any, content: Any, __: Any) -> None:
        match content:
            case {"item": str(identifier), "action": str(action), **rest} if identifier in self.states:
                self.respond(identifier, action, rest.get("answer"), str(rest.get("confidence", "")))

    def _ipython_display_(self) -> None:
        from IPython import display  # only a notebook displays, and there it is loaded

        publish: Any = display.display
        publish({"text/plain": self._invitation, "text/html": self._page}, raw=True)
        bundle: Any = self._repr_mimebundle_()
        publish(bundle[0], raw=True)
