"""The review of a learner who comes back after some days."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from quizzes import reader
from quizzes.grading import Outcome
from quizzes.store import Store, attempt
from tests.browser.keyboard import give
from tests.browser.lab import Course, Lab, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shot")]

QUESTIONS: dict[str, Any] = {item.identifier: item for item in reader.bank("01_request_response_cycle").questions}
CERTAIN, UNSURE = QUESTIONS["why-sync-tasks-overlap"], QUESTIONS["line-that-holds-everybody"]


@pytest.fixture
def lab(working_copy: Course, tmp_path: Path) -> Iterator[Lab]:
    """A learner who answered two questions wrongly, of the second one certain."""
    with Lab(working_copy, tmp_path) as running:
        store = Store(running.attempts)
        for days, item, confidence in ((9, UNSURE, ""), (5, CERTAIN, "certain")):
            made = attempt(item, "answer", [item.choices[0].identifier], "wrong", 0.0, confidence)
            at = datetime.now(UTC) - timedelta(days=days)
            store.add(replace(made, time=at.isoformat(timespec="milliseconds")))
        yield running


def test_what_is_due_is_asked_the_certain_error_first_and_then_no_more_today(lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address("08_review"))
    notebook.run("setup", "review")
    questions = notebook.cell("review").locator(".atr-quiz fieldset")
    expect(questions).to_have_count(5)
    expect(questions.first).to_contain_text("Why does nobody wait for anybody?")
    expect(questions.nth(1)).to_contain_text("Which line holds them up?")
    give(CERTAIN, questions.first, Outcome.RIGHT)
    questions.first.get_by_role("button", name="Check").press("Enter")
    expect(questions.first.get_by_role("status")).to_contain_text("Right, at the first try.")
    notebook.run("review", "progress")
    expect(notebook.cell("review").locator(".atr-quiz fieldset").first).to_contain_text("Which line holds them up?")
    expect(notebook.cell("progress")).to_contain_text("1 question is due for review today.")
    expect(notebook.cell("progress")).to_contain_text("Behind your last wrong answers may stand:")
