"""What the page is told about an item: plain data, so that every state can be read and tested without a browser."""

from typing import Any

State = dict[str, Any]


def button(action: str, label: str, enabled: bool = True) -> dict[str, Any]:
    """A button of an item; the first one of a row is also pressed by Enter in a field."""
    return {"action": action, "label": label, "enabled": enabled}


def note(part: str, verdict: str, label: str, html: str, is_open: bool, belief: str | None = None) -> dict[str, Any]:
    """The feedback under one part of an item, or under all of it if `part` is empty.

    Its verdict gives the colour: `right`, `wrong`, or `other` for what the learner left alone. With a `belief`, a
    button offers the run that refutes it.
    """
    return {"part": part, "verdict": verdict, "label": label, "html": html, "open": is_open, "belief": belief or ""}


def notes(is_stale: bool, notice: str) -> list[str]:
    """What stands above an item: that it changed since it was answered, and the store's notice."""
    changed = "This question changed since you answered. Your earlier answer is kept."
    return [text for text in (changed if is_stale else "", notice) if text]


def state(buttons: list[dict[str, Any]], status: str = "", tone: str = "", **more: Any) -> State:
    """One item now. `tone` colours the status; `spoken` is added to it for those who hear the page."""
    empty: State = {"hidden": False, "locked": False, "answer": None, "hints": [], "feedback": [], "notes": []}
    return {
        **empty,
        "confidence": "",
        "picture": "",
        "reading": "",
        "spoken": "",
        "buttons": buttons,
        "status": status,
        "tone": tone,
    } | more
