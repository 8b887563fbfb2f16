"""What teachers take along, as it looks: a quiz that jupyterquiz shows, and a page as it is printed."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, expect

from launcher.lesson import KERNEL
from quizzes import export, handout, reader
from quizzes.kinds import ChoiceItem
from quizzes.markup import inline
from quizzes.model import Bank
from tests.browser.lab import Course, Lab, Notebook
from tests.quizzes import items
from tests.quizzes.export import samples

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shot")]

LESSON = reader.bank("05_errors_and_retries")
PRINTED = 672  # px: the width between the margins of a sheet of A4
# What jupyterquiz itself asks for where it comes before JupyterLab's own MathJax. It gets nothing.
MATHJAX = "https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-svg.js"
Show = Callable[[Bank], Locator]


@pytest.fixture
def show(working_copy: Course, lab: Lab, notebook: Notebook, tmp_path: Path) -> Iterator[Show]:
    """Shows a bank with jupyterquiz in a notebook of one cell; gives its questions."""
    path = working_copy.course / "99_exported.ipynb"
    notebook.page.route(MATHJAX, lambda route: route.abort())

    def shown(bank: Bank) -> Locator:
        exported = export.write("jupyterquiz", bank, tmp_path).path
        cell = new_code_cell(
            f"from jupyterquiz import display_quiz\ndisplay_quiz({str(exported)!r}, shuffle_answers=False)", id="quiz"
        )
        nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": KERNEL}), path)
        notebook.open(lab.address(path.stem))
        notebook.run("quiz")
        return notebook.cell("quiz").locator(".Quiz")

    yield shown
    notebook.requests[:] = [address for address in notebook.requests if address != MATHJAX]
    path.unlink(missing_ok=True)


def _visible(text: str) -> str:
    """The text as a reader sees it."""
    return html.unescape(re.sub("<[^>]+>", "", inline(text)))


def test_jupyterquiz_shows_our_questions_and_tells_why(show: Show) -> None:
    choices = [item for item in LESSON.items if isinstance(item, ChoiceItem)]
    questions = show(LESSON.model_copy(update={"items": choices}))
    expect(questions).to_have_count(len(choices))
    for item, question in zip(choices[:2], questions.all(), strict=False):
        for choice in item.choices:
            question.locator(".MCButton", has_text=_visible(choice.content)).click()
            verdict = "correct" if choice.score else "incorrect"
            expect(question.locator(f".Feedback.{verdict}")).to_contain_text(_visible(choice.feedback))


def test_jupyterquiz_judges_a_number_and_a_word(show: Show) -> None:
    questions = show(items.bank(items.number(), items.text_entry()))
    number, word = questions.first, questions.last
    for typed, reason in (("3.25", "Three waves."), ("100", "One at a time."), ("7", "Think in waves.")):
        number.get_by_role("textbox").press_sequentially(typed)
        number.get_by_role("textbox").press("Enter")
        expect(number.locator(".Feedback")).to_have_text(reason)
    word.get_by_role("textbox").press_sequentially("AWAIT")
    word.get_by_role("textbox").press("Enter")
    expect(word.locator(".Feedback.correct")).to_have_text("It gives back.")


def test_jupyterquiz_shows_each_sign_as_it_was_written(show: Show) -> None:
    question = show(items.bank(samples.awkward()[0])).first
    expect(question.locator("pre")).to_have_text("x = {}  # 1\n\nprint('\\n', x[0](1), f\"{x:>3}\", '$1 or $2')\n")
    expect(question.locator(".MCButton code").first).to_have_text("d['x'](y) -> \"$5\"")
    expect(question.locator(".MCButton math").first).to_be_visible()


@pytest.mark.parametrize("answers", [False, True], ids=["handout", "answers"])
def test_a_printed_page_cuts_nothing(answers: bool, notebook: Notebook, tmp_path: Path) -> None:
    line = "x = " + "a_rather_long_name(1) + " * 20 + "0"
    code = items.choice("long", prompt=f"```python\n{line}\n```")
    bank = LESSON.model_copy(update={"items": [*LESSON.items, *items.every_kind(), code]})
    page = notebook.page
    page.set_viewport_size({"width": PRINTED, "height": 900})
    page.emulate_media(media="print")
    page.goto(handout.write(bank, tmp_path, answers).as_uri())
    assert page.locator("article").count() == len(bank.items)
    cut = "elements => elements.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML)"
    assert page.locator("html, pre, td, li, p").evaluate_all(cut) == []
    assert notebook.requests == [page.url]
