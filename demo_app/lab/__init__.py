"""The instruments around the app: a live server, its timelines, experiments and the ledger of claims."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo_app.lab.claims import claim
    from demo_app.lab.panel import TriggerPanel
    from demo_app.lab.server import LiveServer
    from demo_app.lab.source import show_source
    from demo_app.lab.timeline import Timeline
    from demo_app.lab.worker import LiveWorker

__all__ = ["LiveServer", "LiveWorker", "Timeline", "TriggerPanel", "claim", "show_source"]

_HOMES = {
    "LiveServer": "server",
    "LiveWorker": "worker",
    "Timeline": "timeline",
    "TriggerPanel": "panel",
    "claim": "claims",
    "show_source": "source",
}


def __getattr__(name: str) -> Any:
    """Each name is loaded when first asked for: a lesson's first cell pays only for what it uses."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
