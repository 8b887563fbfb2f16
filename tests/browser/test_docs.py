"""The app's own page of documentation, by the link that a notebook gives."""

import pytest
from playwright.sync_api import expect

from demo_app.lab import LiveServer
from demo_app.main import create_app
from tests.browser.lab import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shot")]


def test_the_link_leads_to_docs_that_work_without_a_network(notebook: Notebook) -> None:
    with LiveServer(create_app("cycle")) as server:
        notebook.page.goto(server.open().address)
        expect(notebook.page.get_by_role("heading", name="After the Response")).to_be_visible()
        notebook.page.get_by_role("button", name="GET /ping", exact=False).first.click()
        notebook.page.get_by_role("button", name="Try it out").click()
        notebook.page.get_by_role("button", name="Execute").click()
        expect(notebook.page.locator(".live-responses-table")).to_contain_text("pong")
