"""Stands in for `kill_matrix`, which takes half a minute: the same facts and the same kind of table, of two tasks."""

import threading
from collections.abc import Sequence
from typing import Any

from demo_app.lab.experiments import Observation
from demo_app.lab.marks import Cell, MarkTable

LOST, ONCE, AGAIN = [(1, 0)] * 2, [(1, 1)] * 2, [(2, 1)] * 2
CELLS = (
    Cell("BackgroundTasks", "kill -9", LOST),
    Cell("BackgroundTasks", "TERM", ONCE),
    Cell("BackgroundTasks", "broker restart", None),
    Cell("Celery, late ack", "kill -9", AGAIN),
    Cell("Celery, late ack", "TERM", ONCE),
    Cell("Celery, late ack", "broker restart", ONCE),
)
KEY = {"gone": "lost", "back": "again", "ended": "once", "warm": "once", "found": "once"}  # of `items.predict_table`


class KillMatrix:
    """The experiment; it waits until it `may_end`, and counts how often it `began`."""

    def __init__(self, cells: Sequence[Cell] = CELLS) -> None:
        self.cells, self.began, self.may_end = cells, 0, threading.Event()

    def __call__(self, target: Any = None) -> Observation:
        self.began += 1
        assert self.may_end.wait(30)
        return Observation({cell.name: cell.words for cell in self.cells}, MarkTable(self.cells))
