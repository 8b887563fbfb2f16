"""The app for a process that will be killed: it may stop in the middle of a charge, and says so."""

import json
import threading
import types

from fastapi import FastAPI

from demo_app import provider, retries
from demo_app.main import create_app

_charge = provider.charge


def app() -> FastAPI:
    """The app, whose retries follow each other without a pause."""
    vars(retries)["time"] = types.SimpleNamespace(sleep=lambda seconds: None)
    return create_app("faults")


def stopping_before_a_charge() -> FastAPI:
    """The app that stops when it is about to charge."""
    provider.charge = _stop
    return app()


def stopping_after_a_charge() -> FastAPI:
    """The app that stops when it has charged and not yet said so."""
    provider.charge = _charge_and_stop
    return app()


def _charge_and_stop(order: int, cents: int, key: str | None = None) -> int:
    _charge(order, cents, key)
    return _stop(order, cents, key)


def _stop(order: int, cents: int, key: str | None = None) -> int:
    print(json.dumps("halfway"), flush=True)
    threading.Event().wait()
    raise AssertionError("nobody lets it go on")
