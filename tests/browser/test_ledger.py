"""A link of a lesson leads to its claim, on the ledger's page as it is read and not as it is written."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from playwright.sync_api import Locator, expect

from demo_app.lab.claims import ledger
from launcher.lesson import KERNEL
from tests.browser.lab import Course, Lab, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shot")]

LAST = list(ledger())[-1]  # far down, so that only a link that works shows it


@pytest.fixture
def lesson(working_copy: Course) -> Iterator[Path]:
    """A lesson of one sentence, which is linked to the last claim."""
    path = working_copy.course / "99_linked.ipynb"
    cell = new_markdown_cell(f"It is [one after another](ledger.md#{LAST.lower()}).")
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": KERNEL}), path)
    yield path
    path.unlink()


def test_a_link_in_a_lesson_shows_its_claim(lesson: Path, lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address(lesson.stem), kernel=False)
    notebook.page.get_by_role("link", name="one after another").click()
    expect(_heading(notebook, LAST)).to_be_in_viewport()


def test_the_page_opens_as_it_is_read(lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address("00_start_here"), kernel=False)
    notebook.page.get_by_role("listitem", name="ledger.md").dblclick()
    expect(_heading(notebook, "C01")).to_be_in_viewport()


def _heading(notebook: Notebook, claim: str) -> Locator:
    return notebook.page.locator(".jp-MarkdownViewer").get_by_role("heading", name=claim)
