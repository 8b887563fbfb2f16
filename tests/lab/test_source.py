"""The app's source, for reading; edits of it are seen in test_server."""

import sys
from types import ModuleType

import pytest
from fastapi import APIRouter, FastAPI

from demo_app.lab.errors import UnknownPath
from demo_app.lab.source import endpoint_routes, notices, show_source
from demo_app.main import create_app
from demo_app.routers.cycle import sync_task
from tests.conftest import ROOT


def test_a_function_is_shown_as_highlighted_python() -> None:
    shown = show_source(sync_task)
    assert repr(shown).startswith('@router.get("/sync-task")\ndef sync_task() -> TaskStatus:')
    assert shown._repr_markdown_() == f"```python\n{shown!r}\n```"
    assert shown.place == "cycle.py"


def test_an_endpoint_is_found_by_its_path() -> None:
    assert repr(show_source(create_app("cycle"), "/async-await")).startswith('@router.get("/async-await")')


def test_an_unknown_path_is_named_beside_those_that_exist() -> None:
    with pytest.raises(UnknownPath, match=r"The app has no /nope\. It has: .*/cpu.*/sync-task"):
        show_source(create_app("cycle"), "/nope")


def test_routes_of_included_and_mounted_routers_are_found() -> None:
    app, router, inner, mounted = FastAPI(), APIRouter(), APIRouter(), FastAPI()

    def endpoint() -> None: ...

    for part in (app, router, inner, mounted):
        part.get("/here")(endpoint)
    router.include_router(inner, prefix="/inner")
    app.include_router(router, prefix="/router")
    app.mount("/mounted", mounted)
    assert len([route for route in endpoint_routes(app.routes) if route.endpoint is endpoint]) == 4


def test_whoever_starts_a_server_among_the_reference_lessons_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    monkeypatch.delenv("PREDICTIONS", raising=False)
    monkeypatch.chdir(ROOT / "notebooks")
    assert notices() == [
        "This is the tested reference copy. For a copy of your own, run in a terminal: python3 learn.py"
    ]
    monkeypatch.setenv("PREDICTIONS", "skip")
    assert notices() == []
    monkeypatch.delenv("PREDICTIONS")
    monkeypatch.chdir(ROOT)
    assert notices() == []
