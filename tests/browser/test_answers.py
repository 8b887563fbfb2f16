"""Every prediction and question of every lesson, answered by a learner who uses the keyboard alone.

The keys come from the bank, as the grading sees them, and never from the page.
"""

import re
from collections.abc import Iterator, Sequence

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from quizzes import reader
from quizzes.grading import Outcome
from quizzes.kinds import Forecast, PredictTableItem, Question
from quizzes.model import Bank
from tests.browser.keyboard import fill, give
from tests.browser.lab import Course, Lab, Notebook
from tests.notebooks import LESSONS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shot")]


@pytest.fixture(scope="module")
def lab(working_copy: Course, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A learner of its own: what is answered elsewhere is not answered here, nor the other way round."""
    with Lab(working_copy, tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.mark.parametrize("lesson", reader.lessons())
def test_every_item_of_a_lesson_is_answered_from_the_keyboard(lesson: str, lab: Lab, notebook: Notebook) -> None:
    bank, answered = reader.bank(lesson), list[str]()
    notebook.open(lab.address(lesson))
    # Cell by cell, as a learner goes: the last one stops the server that the predictions ask.
    for identifier, source in _code_cells(lesson):
        notebook.run(identifier)
        for place, item in enumerate(_asked(source, bank)):
            _answer(item, notebook.cell(identifier).locator(".atr-quiz fieldset"), place)
            answered.append(item.identifier)
    assert sorted(answered) == sorted(item.identifier for item in [*bank.predictions, *bank.asked])


def _code_cells(lesson: str) -> list[tuple[str, str]]:
    cells = nbformat.read(LESSONS / f"{lesson}.ipynb", as_version=4).cells
    return [(cell.id, cell.source) for cell in cells if cell.cell_type == "code"]


def _asked(source: str, bank: Bank) -> Sequence[Forecast | Question]:
    """The items that a cell with this source puts on the page, in their order."""
    if f'quiz("{bank.lesson}"' in source:
        return bank.asked
    return [item for item in bank.predictions if f'predict("{item.identifier}"' in source]


def _answer(item: Forecast | Question, fieldsets: Locator, place: int) -> None:
    if isinstance(item, Question):
        for outcome in [Outcome.RECORDED] if item.mode == "guess" else [Outcome.WRONG, Outcome.RIGHT]:
            _check(item, fieldsets.nth(place), outcome)
    elif isinstance(item, PredictTableItem):
        _predict_table(item, fieldsets.first, fieldsets.last)
    else:
        _predict(fieldsets.first, fieldsets.last)


def _predict(prediction: Locator, seen: Locator) -> None:
    """Commits to the first choice, waits for the run, says what was seen, and finds the explanation."""
    _take_the_first(prediction)
    _expect_done(prediction)
    expect(prediction.locator(".picture .atr-timeline img")).to_be_visible()
    _take_the_first(seen)
    expect(seen.get_by_role("status")).to_contain_text("What happened")
    expect(seen.locator("[data-verdict=right] .reason .why")).not_to_be_empty()


def _predict_table(item: PredictTableItem, prediction: Locator, why: Locator) -> None:
    """Says the same of every cell, waits for the run, and finds each cell marked and explained."""
    fill(item, prediction, {cell.identifier: item.outcomes[0].identifier for cell in item.cells})
    prediction.get_by_role("button", name="Commit").press("Enter")
    _expect_done(prediction)
    expect(prediction.locator(".atr-marks td", has_text="you:")).to_have_count(len(item.cells))
    why.get_by_role("button", name="Read why").press("Enter")
    expect(why.locator("[data-verdict] .reason:not(:empty)")).to_have_count(len(item.cells))


def _expect_done(prediction: Locator) -> None:
    status = prediction.get_by_role("status")
    expect(status).to_have_text(re.compile("^(Done|The run failed)"))
    assert status.inner_text().startswith("Done")


def _take_the_first(fieldset: Locator) -> None:
    fieldset.get_by_role("radio").first.press("Space")
    fieldset.get_by_role("radio").first.press("Enter")


def _check(item: Question, question: Locator, outcome: Outcome) -> None:
    """Gives an answer with this outcome, and finds the outcome and why."""
    give(item, question, outcome)
    question.get_by_role("button", name=re.compile("^(Check|Compare)$")).press("Enter")
    expect(question.get_by_role("status")).to_have_attribute("data-tone", outcome)
    if outcome is not Outcome.RECORDED:
        expect(question.locator(f"[data-verdict={outcome}] .reason .why").first).not_to_be_empty()
