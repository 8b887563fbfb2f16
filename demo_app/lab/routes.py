"""Lets a notebook cell with a route be run again: the new endpoint takes the place of the old one.

FastAPI appends; the first route that matches answers for ever, and the edited one is never reached.
"""

import copy
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Match

Registration = Callable[[FastAPI], None]


class LearnerRoutes:
    """The routes added to `app` from now on, each replacing what answered its method and path before."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._registrations: dict[tuple[str, frozenset[str]], Registration] = {}
        self._first: list[APIRoute] = []
        self._add_api_route = app.router.add_api_route
        self._add_websocket = app.router.add_api_websocket_route
        self._openapi = app.openapi
        patched: Any = app.router  # add_api_route is the one door of every decorator
        patched.add_api_route = self._replace_route
        patched.add_api_websocket_route = self._replace_websocket
        app.openapi = self._document  # type: ignore[method-assign]

    @classmethod
    def of(cls, app: FastAPI) -> "LearnerRoutes":
        """The one that `app` has already, or a new one: two would each put a route first."""
        watching = getattr(app.router.add_api_route, "__self__", None)
        return watching if isinstance(watching, cls) else cls(app)

    def move_to(self, app: FastAPI) -> None:
        """Registers these routes on another app, whose routes are a learner's routes too."""
        for register in self._registrations.values():
            register(app)

    def _replace_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        methods = frozenset(options.get("methods") or {"GET"})
        self._remember(path, methods, lambda app: app.router.add_api_route(path, endpoint, **options))
        for route in [r for r in self._routes() if isinstance(r, APIRoute) and r.path == path]:
            route.methods = set(route.methods or ()) - methods
            if not route.methods:
                self._remove(route)
        answered = any(self._answered({"type": "http", "path": path, "method": method}) for method in methods)
        self._add_api_route(path, endpoint, **options)
        if answered:
            self._put_first()
        self._changed()

    def _replace_websocket(self, path: str, endpoint: Callable[..., Any], *args: Any, **options: Any) -> None:
        def register(app: FastAPI) -> None:
            app.router.add_api_websocket_route(path, endpoint, *args, **options)

        self._remember(path, frozenset({"WEBSOCKET"}), register)
        for route in [r for r in self._routes() if isinstance(r, APIWebSocketRoute) and r.path == path]:
            self._remove(route)
        answered = self._answered({"type": "websocket", "path": path})
        self._add_websocket(path, endpoint, *args, **options)
        if answered:
            self._put_first()
        self._changed()

    def _remember(self, path: str, methods: frozenset[str], register: Registration) -> None:
        self._registrations.pop((path, methods), None)  # the cell that ran last moves last
        self._registrations[path, methods] = register

    def _routes(self) -> list[BaseRoute]:
        return self.app.router.routes

    def _remove(self, route: BaseRoute) -> None:
        self._routes().remove(route)
        self._first = [first for first in self._first if first is not route]

    def _put_first(self) -> None:
        """For a path that an included router answers: its routes belong to every app that includes it."""
        route = self._routes().pop()
        self._routes().insert(0, route)
        if isinstance(route, APIRoute) and route.include_in_schema:
            route.include_in_schema = False  # `_document` puts it in; twice would be a duplicate operation
            self._first.append(route)

    def _changed(self) -> None:
        self.app.openapi_schema = None
        getattr(self.app.router, "_mark_routes_changed", lambda: None)()

    def _document(self) -> dict[str, Any]:
        known = self.app.openapi_schema is not None
        schema = self._openapi()
        if known or not self._first:
            return schema
        shown = [copy.copy(route) for route in self._first]
        for route in shown:
            route.include_in_schema = True
        own = get_openapi(title=self.app.title, version=self.app.version, routes=shown)
        for path, operations in own["paths"].items():
            schema["paths"].setdefault(path, {}).update(operations)
        for name, model in own.get("components", {}).get("schemas", {}).items():
            schema.setdefault("components", {}).setdefault("schemas", {})[name] = model
        return schema

    def _answered(self, request: dict[str, str]) -> bool:
        """Whether a route answers this request as things stand."""
        scope = {**request, "root_path": "", "headers": []}
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes())
