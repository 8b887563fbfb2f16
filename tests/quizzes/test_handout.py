"""What is printed: all of the bank on one page that needs nothing else, and the key on the teacher's copy alone."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from quizzes import handout, reader, teacher
from quizzes.__main__ import main
from quizzes.errors import QuizError
from quizzes.kinds import AnyItem
from quizzes.markup import block
from quizzes.misconceptions import Misconception
from quizzes.model import Bank
from tests.quizzes import items
from tests.quizzes.export import samples

each_bank = pytest.mark.parametrize("bank", samples.BANKS, ids=samples.NAMES)
EVERY_KIND = items.bank(*items.every_kind(), samples.prediction(), items.predict_table())


class _Elements(HTMLParser):
    """The names of the elements of a page, and the addresses in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "style", "onload")]


def _questions(page: str) -> list[str]:
    return re.findall(r'<article class="question">(.*?)</article>', page, re.DOTALL)


def _question(page: str, prompt: str) -> str:
    return next(question for question in _questions(page) if prompt in question)


@each_bank
def test_every_item_of_the_bank_is_on_the_page_once(bank: Bank) -> None:
    questions = _questions(handout.html(bank))
    prompts = [block(samples.drawn(item).prompt) for item in bank.items]
    assert len(questions) == len(prompts)
    assert [prompt for prompt in prompts if not any(prompt in question for question in questions)] == []


@pytest.mark.parametrize("answers", [False, True], ids=["handout", "answers"])
@each_bank
def test_the_page_needs_nothing_else(bank: Bank, answers: bool) -> None:
    page = handout.html(bank, answers)
    elements = _Elements(page)
    assert not {"script", "link", "img", "iframe", "object"} & set(elements.names)
    assert not [link for link in elements.links if not link.startswith("https://example.org")]
    assert "url(" not in page and "@import" not in page


def test_what_the_lesson_asks_comes_first_and_its_predictions_before_that() -> None:
    bank = reader.bank("01_request_response_cycle")
    page = handout.html(bank)
    order = [*bank.predictions, *bank.asked]
    assert re.findall("<h2>(.*?)</h2>", page) == ["Before the run", "Questions", "More questions"]
    assert [block(item.prompt) in question for item, question in zip(order, _questions(page), strict=False)] == [
        True for _ in order
    ]


def test_a_part_without_items_has_no_heading() -> None:
    assert re.findall("<h2>(.*?)</h2>", handout.html(reader.bank("00_start_here"))) == ["Before the run"]


def test_questions_are_numbered_through_and_alike_on_both_copies() -> None:
    numbers = [f"{place}." for place in range(1, len(EVERY_KIND.items) + 1)]
    for answers in (False, True):
        assert re.findall("<h3>(.*?)</h3>", handout.html(EVERY_KIND, answers)) == numbers


def test_the_learners_page_tells_nothing_of_the_key() -> None:
    page = handout.html(EVERY_KIND)
    reasons = [reason for item in EVERY_KIND.items for reason in samples.reasons(item)]
    assert [secret for secret in (*items.KEY, *reasons, "Look up.", "scatter") if secret in page] == []


def test_the_learners_page_runs_no_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quizzes.proof.observe", lambda verify: pytest.fail("an experiment ran"))
    assert "<span></span> " in handout.html(items.bank(samples.computed()))


@pytest.mark.parametrize(
    ("item", "space"),
    [
        (items.choice(), "<li><span class='box round'></span><span>blue</span></li>"),
        (items.several(), "<li><span class=box></span><span>5</span></li>"),
        (items.number(), "Answer: <span></span> s"),
        (items.text_entry(), "Answer: <span></span> "),
        (items.hottext(), "<span class='box none'></span><code>def f():</code>"),
        (items.hottext(), "<span class='box round'></span><code>    time.sleep(1)</code>"),
        (items.match(), "<tr><td>grass</td>" + "<td><span class=box></span></td>" * 3),
        (items.order(), "<span class='box wide'></span><span>the <em>dusk</em></span>"),
        (items.parsons(), "<span class='box wide'></span>" * 2 + "<code>return 1</code>"),
        (items.open_text(), "<p class='typed long'><span></span></p>" * 4),
        (items.predict_table(), '<th scope="row">BackgroundTasks</th><td></td><td></td><td>not asked</td>'),
    ],
)
def test_there_is_a_place_for_the_answer(item: AnyItem, space: str) -> None:
    assert space in handout.html(items.bank(item))


def test_blocks_are_not_in_the_order_of_the_key() -> None:
    page = handout.html(items.bank(items.order()))
    places = [page.index(f"the <em>{name}</em>") for name in ("noon", "dusk", "candle")]
    assert places != sorted(places)


@each_bank
def test_the_teachers_copy_has_every_reason_every_hint_and_the_experiment(bank: Bank) -> None:
    page = handout.html(bank, answers=True)
    for item in map(samples.drawn, bank.items):
        shown = _question(page, block(item.prompt)) if bank in reader.banks() else page
        experiment = getattr(item, "experiment", None) or item.verify.experiment
        assert [reason for reason in samples.reasons(item) if reason not in shown] == []
        assert f"experiment <code>{experiment}</code>" in shown
        assert shown.count("<p>Hint ") >= len(item.hints)


@each_bank
def test_the_teachers_copy_marks_the_choices_of_the_key_and_no_other(bank: Bank) -> None:
    page = handout.html(bank, answers=True)
    for item in bank.items:
        if hasattr(item, "choices") and bank in reader.banks():
            question = _question(page, f">{item.identifier} ·")
            verdicts = re.findall('<td class="(verdict|verdict right)">(.)', question)
            right, wrong = ("verdict right", "✓"), ("verdict", "✗")
            assert verdicts == [wrong if choice.misconception else right for choice in item.choices]


def test_a_known_belief_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    belief = Misconception(identifier="grass-is-sky", belief="The sky is `green`.", because="Nobody runs a sky.")
    monkeypatch.setattr(teacher, "misconceptions", lambda: {belief.identifier: belief})
    page = handout.html(items.bank(items.choice()), answers=True)
    assert "Belief <code>grass-is-sky</code>: The sky is <code>green</code>." in page
    assert "Belief <code>always-evening</code><" in page


def test_ranges_of_wrong_numbers_are_in_words() -> None:
    wrong = [
        {"min": 5, "max": 6, "feedback": "x", "misconception": "a"},
        {"min": 7, "feedback": "x", "misconception": "b"},
        {"max": 0, "feedback": "x", "misconception": "c"},
        {"value": 0.5, "feedback": "x", "misconception": "d"},
    ]
    page = handout.html(items.bank(items.number(wrong=wrong)), answers=True)
    for words in ("3 s, give or take 0.25", "5 s to 6 s", "7 s or more", "0 s or less", "0.5 s", "any other"):
        assert f"<td>{words}</td>" in page


def test_a_key_that_nobody_wrote_is_observed_for_the_teacher() -> None:
    page = handout.html(items.bank(samples.computed()), answers=True)
    assert "<td>1</td>" in page
    assert "observed the answer as “waiting”" in page


def test_a_key_that_cannot_be_observed_is_named() -> None:
    with pytest.raises(QuizError, match=r"The key of 'computed' could not be observed: .* `python -m quizzes verify`"):
        handout.html(items.bank(samples.computed(key="no such fact")), answers=True)


def test_a_table_is_explained_cell_by_cell_for_the_teacher() -> None:
    page = handout.html(items.bank(items.predict_table()), answers=True)
    assert "<td>Celery, late ack: kill -9</td><td class=why>The broker <code>has</code> it still.</td>" in page
    assert page.count("<td class=why>") == 5


def test_a_program_is_shown_as_it_runs() -> None:
    page = handout.html(items.bank(items.parsons()), answers=True)
    assert "<pre>async def report():\n    await asyncio.sleep(1)\n    return 1</pre>" in page


@pytest.mark.parametrize(("answers", "kind"), [(False, "handout"), (True, "answers")])
def test_both_copies_can_lie_in_one_folder_which_is_made(answers: bool, kind: str, tmp_path: Path) -> None:
    path = handout.write(EVERY_KIND, tmp_path / "new", answers)
    assert path == tmp_path / "new" / f"01_colours.{kind}.html"
    assert path.read_bytes() == handout.write(EVERY_KIND, tmp_path / "again", answers).read_bytes()


def test_the_command_says_where_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["print", "01", "--to", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path / '01_request_response_cycle.handout.html'}\n"


def test_the_command_names_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["print", "01", "--to", str(tmp_path / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err
