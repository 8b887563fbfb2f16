"""The live view of questions. State goes to the page; what a learner does comes back; nothing is judged here."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from quizzes import card
from quizzes.model import Item
from quizzes.session import State, shown

_STATIC = Path(__file__).parent / "static"

Act = Callable[[str, str, list[str]], State | None]


class QuizWidget(anywidget.AnyWidget):
    """Some questions, alive. `act(item, type, answer)` says what a click leads to; None if it has shown it itself."""

    _esm = _STATIC / "quiz.js"
    _css = _STATIC / "quiz.css"

    name = traitlets.Unicode().tag(sync=True)
    items = traitlets.List(traitlets.Dict()).tag(sync=True)
    states = traitlets.Dict().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)

    def __init__(self, name: str, items: Sequence[Item], states: Mapping[str, State], act: Act, text: str) -> None:
        super().__init__(
            name=name,
            items=[shown(item) for item in items],
            states={identifier: state.sent() for identifier, state in states.items()},
        )
        self._act = act
        self._text = text
        self.on_msg(self._receive)

    def put(self, identifier: str, state: State) -> None:
        """Shows another state of one item."""
        self.states = {**self.states, identifier: state.sent()}

    def __repr__(self) -> str:
        return self._text

    def _receive(self, _: Any, content: Mapping[str, Any], __: Any) -> None:
        identifier = str(content.get("item"))
        if identifier in self.states:
            answer = [str(part) for part in content.get("answer", [])]
            state = self._act(identifier, str(content.get("type")), answer)
            if state is not None:
                self.put(identifier, state)
            self.send({"type": "done", "item": identifier})


class Shown:
    """A card and its widget, as the two outputs of a cell; the page shows whichever works there."""

    def __init__(self, title: str, items: Sequence[Item], widget: QuizWidget) -> None:
        self.widget = widget
        self._title = title
        self._items = items

    def __repr__(self) -> str:
        return repr(self.widget)

    def _ipython_display_(self) -> None:
        from IPython import display

        text = f"{self._title} (run this cell to answer)"
        display.display({"text/plain": text, "text/html": card.html(self._title, self._items)}, raw=True)  # type: ignore[no-untyped-call]
        display.display(self.widget)  # type: ignore[no-untyped-call]
