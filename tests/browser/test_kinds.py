"""Every kind of question in every state: by keys alone, seen by axe, and with its key nowhere on the page."""

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from uuid import uuid4

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Locator, Page, expect

from launcher.lesson import KERNEL
from quizzes.grading import Outcome
from quizzes.kinds import Question
from tests.browser.keyboard import fill, give
from tests.browser.lab import Course, Lab, Notebook
from tests.conftest import ROOT
from tests.quizzes import items, stand_in

pytestmark = pytest.mark.browser

EVERY_KIND = items.every_kind()
KINDS = pytest.mark.parametrize("place", range(len(EVERY_KIND)), ids=[item.identifier for item in EVERY_KIND])
THEMES = pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
# JupyterLab's own commands on a cell, when no field has the focus.
COMMAND_KEYS = "abcxvzyrmlosdd1230fh"
SETUP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from quizzes.questions import Quiz
from quizzes.store import Store
from tests.quizzes import items
store = Store(None)
asked = items.every_kind()
"""
SHOW = "Quiz('01_kinds', 'Kinds', asked, store)"
FATES = items.predict_table()
SHOW_FATES = """
from demo_app.lab import experiments
from quizzes.prediction import Prediction
from tests.quizzes import stand_in
experiments._all()['kill_matrix'] = kills = stand_in.KillMatrix()
Prediction(items.predict_table(), items.bank(items.predict_table()), Store(None), None)
"""


def _lesson(course: Path, name: str) -> Generator[str]:
    """A lesson that asks a question of every kind, with answers that nobody else sees."""
    cells = [new_code_cell(SETUP, id="setup"), new_code_cell(SHOW, id="quiz"), new_code_cell(SHOW, id="again")]
    path = course / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)
    yield name
    path.unlink()


@pytest.fixture
def kinds(working_copy: Course) -> Iterator[str]:
    """A lesson of one test alone, with a kernel of its own."""
    yield from _lesson(working_copy.course, f"kinds_{uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def opened(working_copy: Course, lab: Lab, browser: Browser) -> Iterator[Notebook]:
    """The lesson in a page that these tests share: to open JupyterLab takes longer than all that they do."""
    lesson = _lesson(working_copy.course, f"kinds_{uuid4().hex[:8]}")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    notebook = Notebook(context.new_page())
    notebook.open(lab.address(next(lesson)))
    yield notebook
    assert notebook.foreign_requests() == []
    context.close()
    lesson.close()


@pytest.fixture
def questions(opened: Notebook) -> Locator:
    """The questions of every kind, alive, and nobody has answered them yet."""
    opened.set_source("quiz", SHOW)
    opened.set_source("again", SHOW)
    opened.run("setup", "quiz")
    return opened.cell("quiz").locator(".atr-quiz fieldset")


def _check(question: Locator) -> Locator:
    return question.get_by_role("button", name=re.compile("^(Check|Compare)$"))


def _answer(item: Question, question: Locator, outcome: Outcome) -> None:
    give(item, question, outcome)
    _check(question).press("Enter")
    expect(question.get_by_role("status")).to_have_attribute("data-tone", outcome)


def _outcomes(item: Question) -> list[Outcome]:
    return [Outcome.WRONG, Outcome.RIGHT] if item.judged else [Outcome.RECORDED]


@KINDS
def test_a_question_is_answered_with_the_keyboard_alone(place: int, questions: Locator) -> None:
    item, question = EVERY_KIND[place], questions.nth(place)
    for outcome in _outcomes(item):
        _answer(item, question, outcome)
        expect(question.locator(".reason .why").first).not_to_be_empty()
    question.get_by_role("button", name="Start over").press("Enter")
    expect(question.get_by_role("button", name="Start over")).to_have_count(0)
    expect(_check(question)).to_have_attribute("aria-disabled", "false")


@KINDS
def test_enter_in_a_field_checks_where_it_means_nothing_else(place: int, questions: Locator) -> None:
    item, question = EVERY_KIND[place], questions.nth(place)
    give(item, question, _outcomes(item)[-1])
    field = question.locator("input, [role=listbox]").first
    if field.count():
        field.press("Enter")
        expect(question.get_by_role("status")).to_have_attribute("data-tone", _outcomes(item)[-1])


def test_no_letter_on_any_control_is_a_command_of_the_notebook(questions: Locator, opened: Notebook) -> None:
    for place, item in enumerate(EVERY_KIND):
        if item.judged:
            _answer(item, questions.nth(place), Outcome.WRONG)
    cells, sources = opened.cell_count(), _sources(opened.page)
    controls = questions.locator("input, button, select, textarea, summary, [tabindex]")
    for control in controls.all():
        if control.is_visible():
            control.focus()
            for key in COMMAND_KEYS:
                opened.page.keyboard.press(key)
    assert controls.count() > 50
    assert (opened.cell_count(), _sources(opened.page)) == (cells, sources)


def _sources(page: Page) -> list[str]:
    cells = "window.jupyterapp.shell.currentWidget.content.model.cells"
    return list(page.evaluate(f"() => [...{cells}].map(cell => cell.type + cell.sharedModel.getSource())"))


def test_tab_goes_through_every_question_and_out_again(questions: Locator, opened: Notebook) -> None:
    first = questions.first.get_by_role("radio").first
    first.focus()
    seen: list[int] = []
    for _ in range(90):
        opened.page.keyboard.press("Tab")
        inside = opened.page.evaluate(
            "() => [...document.querySelectorAll('fieldset')].findIndex(f => f.contains(document.activeElement))"
        )
        if inside < 0:
            break
        seen.append(inside)
    assert sorted(set(seen)) == list(range(len(EVERY_KIND)))
    assert seen == sorted(seen)
    assert len(seen) < 90


@THEMES
def test_axe_finds_nothing_in_any_state(theme: str, questions: Locator, opened: Notebook) -> None:
    opened.choose_theme(theme)
    _expect_no_violation(opened.page, "unanswered")
    for place in range(len(EVERY_KIND)):
        question = questions.nth(place)
        question.get_by_role("button", name="Hint 1 of 1").press("Enter")
        expect(question.locator(".hints li")).to_have_count(1)
        if place not in (7,):
            _check(question).press("Enter")
    expect(questions.first.get_by_role("status")).to_have_attribute("data-tone", "reminder")
    _expect_no_violation(opened.page, "hinted and reminded")
    for outcome in (Outcome.WRONG, Outcome.PARTLY):
        for place in _able(outcome):
            _answer(EVERY_KIND[place], questions.nth(place), outcome)
        _expect_no_violation(opened.page, outcome)
    for place, item in enumerate(EVERY_KIND):
        question = questions.nth(place)
        if question.get_by_role("button", name="Show answer").count():
            question.get_by_role("button", name="Show answer").press("Enter")
            expect(question.get_by_role("status")).to_have_attribute("data-tone", "recorded")
        else:
            _answer(item, question, _outcomes(item)[-1])
    _expect_no_violation(opened.page, "settled")
    for summary in questions.locator("summary").all():
        summary.press("Enter")
    _expect_no_violation(opened.page, "opened")


@THEMES
def test_axe_finds_nothing_in_any_state_of_a_prediction(theme: str, lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address("00_start_here"))
    notebook.choose_theme(theme)
    notebook.run("setup", "predict-three")
    fieldsets = notebook.cell("predict-three").locator(".atr-quiz fieldset")
    prediction, seen = fieldsets.first, fieldsets.last
    for fieldset, button in ((prediction, "Commit"), (seen, "I saw this")):
        expect(fieldset.get_by_role("button", name=button)).to_be_visible()
        _expect_no_violation(notebook.page, f"before {button}")
        fieldset.get_by_role("button", name=button).press("Enter")
        expect(fieldset.get_by_role("status")).to_have_attribute("data-tone", "reminder")
        _expect_no_violation(notebook.page, f"{button} without a choice")
        fieldset.get_by_role("radio").first.press("Space")
        fieldset.get_by_role("button", name=button).press("Enter")
    expect(seen.get_by_role("status")).to_contain_text("What happened")
    _expect_no_violation(notebook.page, "explained")
    prediction.get_by_role("button", name="Predict again").press("Enter")
    expect(prediction.get_by_role("button", name="Commit")).to_be_visible()


@pytest.fixture
def fates(opened: Notebook) -> Locator:
    """A table to predict, and below it the place of the reasons; Run All has passed over it."""
    opened.set_source("quiz", SHOW_FATES)
    opened.set_source("again", "print(kills.began)")
    opened.run_all()
    return opened.cell("quiz").locator(".atr-quiz fieldset")


@THEMES
def test_axe_finds_nothing_in_any_state_of_a_table(theme: str, fates: Locator, opened: Notebook) -> None:
    opened.choose_theme(theme)
    table, why = fates.first, fates.last
    status = table.get_by_role("status")
    _expect_no_violation(opened.page, "before Commit")
    table.get_by_role("button", name="Commit").press("Enter")
    expect(status).to_have_text("Choose for each cell first: 5 are left.")
    _expect_no_violation(opened.page, "Commit without a guess")
    fill(FATES, table, {**stand_in.KEY, "back": "lost"})
    table.get_by_role("button", name="Commit").press("Enter")
    expect(status).to_have_attribute("data-tone", "busy")
    _expect_no_violation(opened.page, "while it runs")
    opened.set_source("again", "kills.may_end.set()")
    opened.run("again")  # so the kernel is there for others while it runs
    expect(status).to_contain_text("Done: 4 of 5 as you predicted.")
    expect(table.locator(".atr-marks .otherwise")).to_have_text(re.compile("you: lost.≠$"))
    _expect_no_violation(opened.page, "measured")
    why.get_by_role("button", name="Read why").press("Enter")
    expect(why.locator("[data-verdict=wrong] .reason")).to_contain_text("Celery, late ack, kill -9")
    expect(why.locator("[data-verdict=right] details")).to_have_count(4)
    for summary in why.locator("summary").all():
        summary.press("Enter")
    _expect_no_violation(opened.page, "explained")
    opened.page.evaluate("() => document.querySelector('.atr-quiz').style.width = '320px'")
    assert fates.evaluate_all("all => all.map(f => f.scrollWidth - f.clientWidth)") == [0, 0]
    _expect_no_violation(opened.page, "on a narrow page")
    table.get_by_role("button", name="Predict again").press("Enter")
    expect(table.get_by_role("button", name="Commit")).to_be_visible()
    assert table.locator("td select").evaluate_all("all => all.map(each => each.value)") == [""] * 5


def test_a_cell_of_a_table_is_named_by_its_row_and_its_column(fates: Locator) -> None:
    expect(fates.first.get_by_role("combobox", name="Celery, late ack kill -9")).to_have_count(1)


def test_no_letter_on_a_table_is_a_command_of_the_notebook(fates: Locator, opened: Notebook) -> None:
    opened.set_source("again", "kills.may_end.set(); stand_in.MarkTable(stand_in.CELLS)")
    opened.run("again")
    fill(FATES, fates.first, stand_in.KEY)
    fates.first.get_by_role("button", name="Commit").press("Enter")
    fates.last.get_by_role("button", name="Read why").press("Enter")
    expect(fates.last.locator("summary")).to_have_count(5)
    cells, sources = opened.cell_count(), _sources(opened.page)
    controls = [each for each in fates.locator("button, select, summary, [tabindex]").all() if each.is_visible()]
    for control in [*controls, opened.cell("again").locator(".atr-marks")]:
        control.focus()
        for key in COMMAND_KEYS:
            opened.page.keyboard.press(key)
    assert len(controls) == 5 + 2 + 1 + 5 + 1, "lists, buttons below them, the table drawn, reasons, and Read why"
    assert (opened.cell_count(), _sources(opened.page)) == (cells, sources)


def test_nothing_of_a_table_is_told_before_the_commitment(fates: Locator, opened: Notebook) -> None:
    assert opened.printed("again") == "0\n", "Run All has passed over it"
    before = len(opened.received)
    opened.run_all()
    expect(fates).to_have_count(2)
    expect(fates.first.get_by_role("button", name="Commit")).to_have_attribute("aria-disabled", "false")
    secrets = [*(cell.words for cell in stand_in.CELLS if cell.trials), *(cell.feedback for cell in FATES.cells)]
    places = {"page": opened.cell("quiz").inner_html(), "wire": "".join(opened.received[before:])}
    for name, text in places.items():
        assert "started again" in text, f"the {name} has no table, so nothing was searched"
        assert [secret for secret in secrets if secret.replace("`", "") in text] == [], f"told too early in the {name}"


def _able(outcome: Outcome) -> list[int]:
    """The places of the questions that can be answered like this."""
    partly = {"primes", "pairs"}
    return [
        place
        for place, item in enumerate(EVERY_KIND)
        if item.judged and (outcome is Outcome.WRONG or item.identifier in partly)
    ]


def _expect_no_violation(page: Page, state: str) -> None:
    found = Axe().run(page, context={"include": [[".atr-quiz"]]})
    assert found.violations_count == 0, f"{state}: {found.generate_report()}"


def test_a_wrong_answer_runs_what_refutes_it(lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address("01_request_response_cycle"))
    notebook.run("setup", "quiz")
    question = notebook.cell("quiz").locator(".atr-quiz fieldset").nth(1)  # the first is answered by others
    question.get_by_role("radio").first.press("Space")
    _check(question).press("Enter")
    question.get_by_role("button", name="Run what refutes this").press("Enter")
    expect(question.locator(".picture .facts td").first).not_to_be_empty()
    expect(question.locator(".picture .atr-timeline img")).to_be_visible()
    assert notebook.page.evaluate("() => document.activeElement.textContent") == "Run what refutes this"
    _expect_no_violation(notebook.page, "refuted")


def test_the_key_is_nowhere_before_the_answer(lab: Lab, notebook: Notebook, working_copy: Course, kinds: str) -> None:
    notebook.open(lab.address(kinds))
    before = len(notebook.received)
    notebook.run("setup", "quiz")
    questions = notebook.cell("quiz").locator(".atr-quiz fieldset")
    expect(questions).to_have_count(len(EVERY_KIND))
    notebook.save()
    path = working_copy.course / f"{kinds}.ipynb"
    stored = "".join(str(cell.outputs) for cell in nbformat.read(path, as_version=4).cells)
    places = {"file": stored, "page": notebook.page.content(), "wire": "".join(notebook.received[before:])}
    for name, text in places.items():
        assert "Question 1 of 9" in text, f"the {name} has no questions, so nothing was searched"
        assert [word for word in [*items.KEY, *_reasons()] if word in text] == [], f"told too early in the {name}"
    _answer(EVERY_KIND[0], questions.first, Outcome.RIGHT)
    assert "Short waves scatter most." in "".join(notebook.received), "what is told after the answer is found"


def _reasons() -> list[str]:
    """What is told only after an answer."""
    return [told.text.replace("*", "") for item in EVERY_KIND for told in item.explanations(item.key, settled=True)]


def test_two_views_of_a_question_show_the_same(questions: Locator, opened: Notebook) -> None:
    opened.run("again")
    others = opened.cell("again").locator(".atr-quiz fieldset")
    for place, item in enumerate(EVERY_KIND):
        _answer(item, questions.nth(place), _outcomes(item)[-1])
    for place, item in enumerate(EVERY_KIND):
        expect(others.nth(place).get_by_role("status")).to_have_attribute("data-tone", _outcomes(item)[-1])


def test_what_was_answered_is_there_again_when_the_cell_is_run_again(questions: Locator, opened: Notebook) -> None:
    for place, item in enumerate(EVERY_KIND):
        _answer(item, questions.nth(place), _outcomes(item)[-1])
    opened.run("quiz")
    for place, item in enumerate(EVERY_KIND):
        expect(questions.nth(place).get_by_role("status")).to_have_attribute("data-tone", _outcomes(item)[-1])


def test_a_question_that_changed_says_so(questions: Locator, opened: Notebook) -> None:
    _answer(EVERY_KIND[0], questions.first, Outcome.RIGHT)
    opened.set_source("again", SHOW.replace("asked", "[items.choice(prompt='And now?')]"))
    opened.run("again")
    changed = opened.cell("again").locator(".atr-quiz fieldset").first
    expect(changed.locator(".notes")).to_contain_text("This question changed since you answered.")


def test_a_click_is_answered_while_another_cell_runs(questions: Locator, opened: Notebook) -> None:
    busy = "import threading; print('begun'); threading.Event().wait(60); print('ended')"
    opened.set_source("again", busy)
    opened.start("again")
    _answer(EVERY_KIND[0], questions.first, Outcome.RIGHT)
    assert opened.printed("again") == "begun\n"
    opened.interrupt()


def test_a_dead_kernel_is_told_and_nothing_is_locked(kinds: str, lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address(kinds))
    notebook.run("setup", "quiz")
    questions = notebook.cell("quiz").locator(".atr-quiz fieldset")
    notebook.shut_down_kernel()
    give(EVERY_KIND[0], questions.first, Outcome.RIGHT)
    _check(questions.first).press("Enter")
    status = questions.first.get_by_role("status")
    expect(status).to_contain_text("No answer from the kernel. Restart it and run this cell.")
    expect(_check(questions.first)).to_have_attribute("aria-disabled", "false")


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_is_cut_off_on_a_narrow_page(width: int, questions: Locator, opened: Notebook) -> None:
    for place, item in enumerate(EVERY_KIND):
        _answer(item, questions.nth(place), _outcomes(item)[-1])
    opened.page.evaluate("width => document.querySelector('.atr-quiz').style.width = `${width}px`", width)
    wide = questions.evaluate_all("all => all.filter(f => f.scrollWidth > f.clientWidth + 1).map(f => f.innerText)")
    assert wide == []


def test_a_hostile_bank_runs_no_script(kinds: str, lab: Lab, notebook: Notebook, working_copy: Course) -> None:
    notebook.open(lab.address(kinds))
    notebook.set_source("quiz", HOSTILE)
    notebook.run("setup", "quiz")
    questions = notebook.cell("quiz").locator(".atr-quiz fieldset")
    for place, item in enumerate(EVERY_KIND):
        question = questions.nth(place)
        question.get_by_role("button", name="Hint 1 of 1").press("Enter")
        _answer(item, question, _outcomes(item)[-1])
    notebook.page.wait_for_timeout(500)
    assert notebook.page.evaluate("() => window.atrHarmed") is None
    own = ".atr-timeline *"  # our pictures are images
    assert questions.locator(f":is(script, img, iframe, object, style, [onerror]):not({own})").count() == 0


HOSTILE = """
attack = '<img src=x onerror="window.atrHarmed=1"><script>window.atrHarmed=1</script>'
attack += '[x](javascript:window.atrHarmed=1) $\\\\text{<img src=x onerror=window.atrHarmed=1>}$'
TEXTS = {'prompt', 'feedback', 'general_feedback', 'hints', 'model_answer'}
def harm(value, name=''):
    if isinstance(value, dict):
        return {key: harm(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [harm(part, name) for part in value]
    return value + attack if name in TEXTS else value
hostile = [type(item).model_validate(harm(item.model_dump(exclude_defaults=True))) for item in asked]
Quiz('01_kinds', 'Kinds' + attack, hostile, store)
"""


def test_the_card_is_what_is_left_without_a_kernel(kinds: str, lab: Lab, notebook: Notebook) -> None:
    notebook.open(lab.address(kinds))
    notebook.run("setup", "quiz")
    expect(notebook.cell("quiz").locator(".atr-quiz fieldset")).to_have_count(len(EVERY_KIND))
    notebook.save()
    notebook.restart()
    notebook.open(lab.address(kinds))
    card = notebook.cell("quiz").locator(".atr-card")
    expect(card.locator(".atr-legend")).to_have_count(len(EVERY_KIND))
    for words in ("time.sleep(1)", "candle", "To choose from:", "Answer: ___"):
        expect(card).to_contain_text(words)
    expect(card).to_be_visible()


def test_what_is_asked_for_before_the_last_answer_came_is_not_lost(questions: Locator) -> None:
    item, question = EVERY_KIND[0], questions.first
    give(item, question, Outcome.RIGHT)
    hint, check = question.get_by_role("button", name="Hint 1 of 1"), _check(question)
    question.evaluate(
        "(_, buttons) => buttons.forEach(button => button.click())", [hint.element_handle(), check.element_handle()]
    )
    expect(question.get_by_role("status")).to_have_attribute("data-tone", Outcome.RIGHT)
    expect(question.locator(".hints li")).to_have_count(1)


def test_a_double_click_is_one_try(questions: Locator) -> None:
    item, question = EVERY_KIND[0], questions.first
    give(item, question, Outcome.WRONG)
    _check(question).dblclick()
    expect(question.get_by_role("status")).to_contain_text("One try left")
    give(item, question, Outcome.RIGHT)
    _check(question).press("Enter")
    expect(question.get_by_role("status")).to_have_attribute("data-tone", Outcome.RIGHT)
