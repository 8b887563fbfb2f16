import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from launcher import course
from tests.browser.chromium import chromium, program
from tests.browser.lab import Course, Lab, Notebook
from tests.notebooks import LESSONS

SHOTS = Path(__file__).parent / "shots"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser while the tests of this folder run: its event loop would be in the way of those of others."""
    if program() is None:
        assert not os.environ.get("REQUIRE_BROWSER"), "a browser is required here, and there is none"
        pytest.skip("no Chromium on this machine; install it, or name its program in CHROMIUM")
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def learner_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def working_copy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The learner's own lessons, made from the reference as the launcher makes them."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(LESSONS, root / "notebooks", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    project = Course(root)
    course.refresh(project)
    return project


@pytest.fixture(scope="session")
def lab(working_copy: Course, learner_home: Path) -> Iterator[Lab]:
    with Lab(working_copy, learner_home) as running:
        yield running


@pytest.fixture
def notebook(browser: Browser) -> Iterator[Notebook]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = Notebook(context.new_page())
    yield opened
    assert opened.foreign_requests() == []
    context.close()


@pytest.fixture
def shot(request: pytest.FixtureRequest, notebook: Notebook) -> Iterator[None]:
    """Keeps a picture of the page as the test left it, for people to look at."""
    yield
    SHOTS.mkdir(exist_ok=True)
    notebook.page.screenshot(path=SHOTS / f"{request.node.name.replace('/', '-')}.png")
