"""What a lesson says: how long it takes to read, and whether the ledger or a run stands behind it."""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat

from demo_app.lab.claims import ledger
from quizzes import reader
from quizzes.model import SHOWN_AT_MOST

WORDS_A_MINUTE = 200
MINUTES_A_PREDICTION = 1.0
MINUTES_A_QUESTION = 0.75
MINUTES_AT_MOST = 20
RUN_ALLOWANCE = 1.5  # minutes; `python -m tests.notebooks --minutes` and the bench hold the real run against it

_FRAMEWORK = re.compile(
    r"\b(FastAPI|Starlette|uvicorn|event loops?|worker threads?|background tasks?|BackgroundTasks?|TestClient)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"\bledger\.md#([^\s)]*)")
_ID = re.compile(r"\b[CS]\d\d\b")
_TARGET = re.compile(r"\]\([^)]*\)")
_PARAGRAPH = re.compile(r"<p\b[^>]*>(.*?)</p>", re.DOTALL)


@dataclass(frozen=True)
class Minutes:
    """What a lesson asks of a learner: words to read, predictions and questions to answer."""

    words: int
    predictions: int
    questions: int

    def total(self, run: float = RUN_ALLOWANCE) -> float:
        """All of it in minutes, with a run that takes `run` minutes."""
        answering = self.predictions * MINUTES_A_PREDICTION + self.questions * MINUTES_A_QUESTION
        return self.words / WORDS_A_MINUTE + answering + run

    def report(self, run: float) -> str:
        """All of it in a line."""
        return (
            f"{self.total(run):4.1f} min (words {self.words}, predictions {self.predictions}, "
            f"questions {self.questions}, run {run:.1f} min)"
        )


def minutes(path: Path) -> Minutes:
    """What the stored lesson in this file, and its bank, ask of a learner."""
    bank = reader.bank(path.stem) if path.stem in reader.lessons() else None
    words = sum(len(_read(cell).split()) for cell in nbformat.read(path, as_version=4).cells)
    return Minutes(words, len(bank.predictions) if bank else 0, len(bank.asked) if bank else SHOWN_AT_MOST)


def _read(cell: Any) -> str:
    """The prose of a cell: its text, or the comments of its code and the paragraphs of its outputs.

    Predictions and questions have minutes of their own, and code is looked at rather than read.
    """
    if cell.cell_type == "markdown":
        return str(cell.source)
    comments = re.findall(r"#\s+(.*)", cell.source)
    if re.search(r"\b(predict|quiz)\(", cell.source):
        return " ".join(comments)
    shown = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])]
    paragraphs = [re.sub(r"<[^>]+>", "", found) for found in _PARAGRAPH.findall(" ".join(shown))]
    return " ".join([*comments, *paragraphs])


def links_to_nowhere(cells: list[Any]) -> list[str]:
    """The links to the ledger, in these cells, that name no claim."""
    known = {claim.lower() for claim in ledger()}
    return [f"ledger.md#{name}" for cell in _texts(cells) for name in _LINK.findall(cell.source) if name not in known]


def bare_ids(cells: list[Any]) -> list[str]:
    """The ids of claims that a learner would have to read; in the target of a link they are right."""
    return [found for cell in _texts(cells) for found in _ID.findall(_TARGET.sub("]", cell.source))]


def merely_said(cells: list[Any]) -> list[str]:
    """The ids of cells that speak of a framework, but neither does a run follow nor is there a link to the ledger."""
    return [
        cell.id
        for cell, after in pairwise([*cells, None])
        if cell.cell_type == "markdown" and _FRAMEWORK.search(cell.source) and not _LINK.search(cell.source)
        if after is None or after.cell_type != "code"
    ]


def _texts(cells: list[Any]) -> list[Any]:
    return [cell for cell in cells if cell.cell_type == "markdown"]
