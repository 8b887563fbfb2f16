"""Programs that learners assemble: several right ones for each question, and wrong ones with what they are told."""

import re

import pytest

from quizzes import reader
from quizzes.kinds import OrderItem
from quizzes.trial import try_program

PROGRAMS = {
    item.identifier: item
    for bank in reader.banks()
    for item in bank.questions
    if isinstance(item, OrderItem) and item.program
}

# The lines by their identifiers; one that begins with dots is indented, and all but the first line are by one level.
RIGHT = [
    ("endpoint-for-everybody", "head wait body end"),
    ("endpoint-for-everybody", "head body wait end"),
    ("endpoint-for-everybody", "head ..wait ..body ..end"),
    ("endpoint-that-adds-a-task", "header add receipt end"),
    ("endpoint-that-adds-a-task", "header receipt add end"),
    ("endpoint-that-adds-a-task", "header ..receipt ..add ..end"),
]
WRONG = [
    ("endpoint-for-everybody", "head nap body end", "another async request: waits"),
    ("endpoint-for-everybody", "head wait nap body end", "another async request: waits"),
    ("endpoint-for-everybody", "plain nap body end", "another def request: waits"),
    ("endpoint-for-everybody", "head loose body end", "answered 200 without sleeping"),
    ("endpoint-for-everybody", "head body end wait", "answered 200 without sleeping"),
    ("endpoint-for-everybody", "head wait end body", "answer: 500 Internal Server Error"),
    ("endpoint-for-everybody", "head wait", "answer: 200 null"),
    ("endpoint-for-everybody", "plain wait body end", "'await' outside async function"),
    ("endpoint-for-everybody", "head wait body ..end", "unexpected indent"),
    ("endpoint-for-everybody", "head", "expected an indented block"),
    ("endpoint-that-adds-a-task", "header brackets receipt end", "the work begins: before the answer"),
    ("endpoint-that-adds-a-task", "header direct receipt end", "the work begins: before the answer"),
    ("endpoint-that-adds-a-task", "header add direct receipt end", "the work begins: before the answer"),
    ("endpoint-that-adds-a-task", "untyped add receipt end", "Field required"),
    ("endpoint-that-adds-a-task", "header receipt end add", "the work begins: never"),
    ("endpoint-that-adds-a-task", "header add end receipt", "answer: 500 Internal Server Error"),
    ("endpoint-that-adds-a-task", "header add", "answer: 200 null"),
    ("endpoint-that-adds-a-task", "add receipt end", "unexpected indent"),
]


def assembled(lines: str) -> list[list[str | int]]:
    """The answer that the page sends for these lines."""
    names = [re.fullmatch(r"(\.*)(.+)", line) for line in lines.split()]
    levels = [len(name[1]) or min(place, 1) for place, name in enumerate(names) if name]
    return [[name[2], level] for name, level in zip(names, levels, strict=True) if name]


@pytest.mark.parametrize(("identifier", "lines"), RIGHT)
def test_a_right_program_is_right_whatever_its_text(identifier: str, lines: str) -> None:
    trial = try_program(PROGRAMS[identifier], assembled(lines))
    assert (trial.score, trial.words) == (1.0, "It ran, and did what was asked.")


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize(("identifier", "lines", "words"), WRONG)
def test_a_wrong_program_is_told_what_it_does(identifier: str, lines: str, words: str) -> None:
    trial = try_program(PROGRAMS[identifier], assembled(lines))
    assert trial.score == 0.0
    assert words in trial.words


@pytest.mark.parametrize("identifier", PROGRAMS)
def test_each_program_has_several_right_assemblies_and_many_wrong_ones(identifier: str) -> None:
    assert len([lines for name, lines in RIGHT if name == identifier]) >= 2
    assert len([lines for name, lines, _ in WRONG if name == identifier]) >= 4


@pytest.mark.parametrize("identifier", PROGRAMS)
def test_each_line_that_belongs_nowhere_is_tried(identifier: str) -> None:
    strays = {block.identifier for block in PROGRAMS[identifier].blocks if block.misconception}
    tried = {str(name) for each, lines, _ in WRONG if each == identifier for name, _ in assembled(lines)}
    assert strays <= tried
