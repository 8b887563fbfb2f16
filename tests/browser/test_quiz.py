"""A quiz answered with the keyboard alone, and what is left of it when there is no kernel."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.lab import Course, Lab, Notebook
from tests.notebooks import LESSONS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shot")]

LESSON = "01_request_response_cycle"
COMMAND_KEYS = ("a", "b", "d", "d", "x", "m", "y", "r", "1")  # JupyterLab's own, when no field has the focus


def _quiz(lab: Lab, notebook: Notebook) -> Locator:
    notebook.open(lab.address(LESSON))
    notebook.run("setup", "quiz")
    return notebook.cell("quiz").locator(".atr-quiz fieldset")


def test_a_question_is_answered_with_the_keyboard_alone(lab: Lab, notebook: Notebook) -> None:
    question = _quiz(lab, notebook).first
    cells = notebook.cell_count()
    page = notebook.page
    question.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for key in COMMAND_KEYS:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(question.locator(".option[data-verdict=wrong]")).to_have_count(1)
    expect(question.get_by_role("status")).not_to_be_empty()
    question.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(question.locator(".option[data-verdict=right]")).to_have_count(1)
    assert notebook.cell_count() == cells


def test_an_answer_is_there_again_after_a_restart_of_the_kernel(lab: Lab, notebook: Notebook) -> None:
    _quiz(lab, notebook)
    notebook.restart()
    notebook.run("setup", "quiz")
    question = notebook.cell("quiz").locator(".atr-quiz fieldset").first
    expect(question.locator(".option[data-verdict=right]")).to_have_count(1)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_our_elements_have_no_axe_violation(theme: str, lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address(LESSON))
    notebook.choose_theme(theme)
    notebook.run_all()
    notebook.run("quiz")
    notebook.cell("quiz").scroll_into_view_if_needed()
    for ours in (".atr-quiz", ".atr-timeline", ".atr-claim", ".trigger-panel"):
        if notebook.page.locator(ours).count():
            found = Axe().run(notebook.page, context={"include": [[ours]]})
            assert found.violations_count == 0, found.generate_report()


def test_a_reopened_lesson_shows_the_card(lab: Lab, notebook: Notebook) -> None:
    _quiz(lab, notebook)
    notebook.save()
    notebook.restart()
    notebook.open(lab.address(LESSON))
    _expect_card(notebook)


def test_a_lesson_that_is_not_trusted_shows_the_card(notebook: Notebook, tmp_path: Path) -> None:
    with _reference_lab(tmp_path) as strange:
        notebook.open(strange.address(LESSON))
        _expect_card(notebook)


def test_a_lesson_without_a_kernel_shows_the_card(notebook: Notebook, tmp_path: Path) -> None:
    with _reference_lab(tmp_path, kernel="no-such-kernel") as strange:
        notebook.open(strange.address(LESSON), kernel=False)
        _expect_card(notebook)


def _reference_lab(tmp_path: Path, kernel: str = "python3") -> Lab:
    """The stored lessons at somebody else's home, where nothing is trusted."""
    project = Course(tmp_path / "project")
    project.course.mkdir(parents=True)
    text = (LESSONS / f"{LESSON}.ipynb").read_text("utf-8").replace('"name": "python3"', f'"name": "{kernel}"')
    (project.course / f"{LESSON}.ipynb").write_text(text, "utf-8")
    return Lab(project, tmp_path)


def _expect_card(notebook: Notebook) -> None:
    cell = notebook.cell("quiz")
    cell.scroll_into_view_if_needed()
    expect(cell.locator(".atr-card")).to_be_visible()
    expect(cell.locator(".atr-remedy")).to_be_visible()
    expect(cell.get_by_text("Error displaying widget")).not_to_be_visible()
    expect(cell.locator(".atr-quiz")).to_have_count(0)
