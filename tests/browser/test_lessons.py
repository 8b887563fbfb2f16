"""Each lesson, opened by a learner who has never opened one."""

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, Notebook
from tests.notebooks import lessons

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shot")]

EXPECTED_ERRORS = {"00_start_here": ["ServerNotRunning"]}


def test_the_first_start_asks_nothing(lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address("00_start_here"))
    expect(notebook.page.get_by_role("heading", name="Start here")).to_be_visible()
    assert notebook.page.locator(".jp-Dialog, .Toastify__toast, .jp-toast-button").count() == 0


@pytest.mark.parametrize("lesson", [path.stem for path in lessons()])
def test_a_lesson_runs_from_top_to_bottom_and_waits_for_nobody(lesson: str, lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address(lesson))
    notebook.run_all()
    assert notebook.errors() == EXPECTED_ERRORS.get(lesson, [])


def test_a_prediction_locks_its_run_until_it_is_committed(lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address("00_start_here"))
    notebook.run("setup", "predict-three")
    cell = notebook.cell("predict-three")
    expect(cell.get_by_role("button", name="Commit")).to_be_visible()
    assert cell.locator(".atr-timeline img").count() == 0
    cell.get_by_role("radio").first.press("Space")
    cell.get_by_role("button", name="Commit").press("Enter")
    expect(cell.locator(".atr-timeline img")).to_be_visible()
    expect(cell.locator(".atr-timeline p")).to_contain_text("You: 3 s.")
    cell.get_by_role("button", name="Skip").press("Enter")
    expect(cell.get_by_role("status").last).to_contain_text("What happened")


def test_a_click_in_the_panel_draws_what_happened(lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address("00_start_here"))
    notebook.run("setup", "trigger")
    cell = notebook.cell("trigger")
    cell.get_by_label("Endpoint").select_option("/ping")
    cell.get_by_label("Requests at once").fill("4")
    cell.get_by_label("Requests at once").press("Enter")
    expect(cell.get_by_role("status")).to_contain_text("Done: 4 requests")
    expect(cell.locator(".atr-timeline img")).to_be_visible()
    expect(cell.locator("code")).to_contain_text('server.client.get, "/ping"')


def test_a_route_whose_cell_is_run_again_is_replaced(lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address("01_request_response_cycle"))
    notebook.run("setup", "own-endpoint", "own-claim")
    expect(notebook.cell("own-claim")).to_contain_text("Yours shows the same facts.")
    notebook.page.evaluate(
        """() => { for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells)
            if (cell.id === 'own-endpoint')
                cell.sharedModel.setSource(cell.sharedModel.getSource().replace('def mine', 'async def mine')); }"""
    )
    notebook.run("own-endpoint", "own-claim")
    expect(notebook.cell("own-claim")).to_contain_text("Yours shows other facts.")
