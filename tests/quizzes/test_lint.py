import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from quizzes import lint as package
from quizzes.__main__ import main
from quizzes.errors import QuizError
from quizzes.kinds.base import Item
from quizzes.lint import Finding, lint, wording
from tests.quizzes import items

NOWHERE = Path("no notebooks")


def found(folder: Path, *content: Item, name: str = "01_colours", **header: str) -> list[Finding]:
    """The findings about a bank of these items."""
    write(folder, *content, name=name, **header)
    return lint(folder, NOWHERE)


def write(folder: Path, *content: Item, name: str = "01_colours", **header: str) -> None:
    """A bank of these items."""
    entries = [item.model_dump(exclude_unset=True) for item in content]
    head = {"schema_version": 1, "lesson": name.partition(".")[0], "title": "Colours", "lang": "en"} | header
    items.bank_file(folder, yaml.safe_dump(head | {"items": entries}, sort_keys=False), name)


def choices(*contents: str, key: int = 0, **changes: Any) -> list[dict[str, Any]]:
    """Options with these contents, each with a reason of its own; `changes` are made to the first."""
    right = {"score": 1}
    made = [
        {"identifier": f"o{place}", "content": content, "feedback": f"Reason {place}."}
        | (right if place == key else {"misconception": "m"})
        for place, content in enumerate(contents)
    ]
    return [made[0] | changes, *made[1:]]


def five(*keys: int, contents: Sequence[str] = ("aa", "bb", "cc")) -> list[Item]:
    """Items whose keys are at these places."""
    return [items.choice(f"q{number}", choices=choices(*contents, key=key)) for number, key in enumerate(keys)]


def outlooks(*contents: str, **changes: Any) -> list[dict[str, Any]]:
    """What may be predicted; `changes` are made to the first."""
    made = [
        {"identifier": f"o{place}", "content": content, "facts": {"order": content}, "feedback": f"Reason {place}."}
        for place, content in enumerate(contents)
    ]
    return [made[0] | changes, *made[1:]]


def cells(**changes: Any) -> list[dict[str, Any]]:
    """The cells of a table; `changes` are made to the first."""
    made = [cell.model_dump(exclude_none=True) for cell in items.predict_table().cells]
    return [made[0] | changes, *made[1:]]


def rights(*contents: str) -> list[dict[str, Any]]:
    """Options that are all right."""
    return [{"identifier": each, "content": each, "score": 1, "feedback": f"Reason {each}."} for each in contents]


WRONG = {"feedback": "A reason.", "misconception": "m"}
OTHER = {"feedback": "Another reason.", "misconception": "m"}

BLOCKS = [{"identifier": name, "content": f"line {name}", "feedback": f"{name} is there."} for name in "zyx"]
SAME = [{**block, "content": "`x`"} for block in BLOCKS]
OBSERVED = {"experiment": "burst_sync", "key": "order"}

# The code, what is wrong with the first bank, and a bank that is like it and right.
BANKS: list[tuple[str, str, list[Any], list[Any]]] = [
    ("E01", "a blank prompt", [items.choice(prompt="  ")], [items.choice()]),
    ("E01", "a blank heading", [items.predict_table(cells=cells(column=" "))], [items.predict_table()]),
    (
        "E01",
        "a variant that is no question",
        [items.choice(choices=choices("{{n}}", "b"), variants=[{"n": 1}])],
        [items.choice(prompt="What is {{n}}?", variants=[{"n": "it"}])],
    ),
    (
        "E03",
        "a key that is not observed",
        [items.choice(verify=OBSERVED)],
        [items.number(answer=None, wrong=[{"fact": "x", **WRONG}], verify=OBSERVED)],
    ),
    (
        "E03",
        "nothing that is wrong",
        [items.choice(choices=rights("a", "b"), max_choices=2)],
        [items.several(), items.hottext()],
    ),
    (
        "E03",
        "a wrong number within the tolerance",
        [items.number(wrong=[{"value": 3.2, **WRONG}])],
        [items.number(wrong=[{"value": 3.3, **WRONG}, {"min": 3.1, "max": 4, **OTHER}])],
    ),
    (
        "E03",
        "a wrong range within the tolerance",
        [items.number(wrong=[{"min": 3.1, "max": 3.2, **WRONG}])],
        [items.number(wrong=[{"min": 3.1, **WRONG}])],
    ),
    (
        "E03",
        "an inversion that is right",
        [items.order(inversions=[{"first": "noon", "then": "dusk", **WRONG}])],
        [items.order(inversions=[{"first": "dusk", "then": "noon", **WRONG}])],
    ),
    ("E04", "a blank feedback", [items.choice(choices=choices("a", "b", feedback=" "))], [items.choice()]),
    (
        "E04",
        "a feedback that repeats its option",
        [items.choice(choices=choices("`Blue`", "b", feedback="blue"))],
        [items.choice(choices=choices("`Blue`", "b", feedback="blue light"))],
    ),
    (
        "E04",
        "the same feedback twice",
        [items.choice(choices=choices("a", "b", feedback="Reason  1."))],
        [items.choice("q1"), items.choice("q2"), items.match()],
    ),
    (
        "E05",
        "an unknown experiment",
        [items.choice(verify={"experiment": "burst_sink", "facts": {"order": "x"}})],
        [items.choice(verify={"experiment": "burst_sync", "facts": {"order": "x", "experiment": "any"}})],
    ),
    (
        "E04",
        "the same reason for two cells",
        [items.predict_table(cells=cells(feedback="The server waits."))],
        [items.predict_table()],
    ),
    ("E05", "a table of nothing", [items.predict_table(experiment="kill_matrx")], [items.predict_table()]),
    (
        "E05",
        "a prediction of nothing",
        [items.predict(experiment="burst_sink", choices=outlooks("a", "b", misconception="m"))],
        [items.predict(choices=outlooks("a", "b", misconception="m"))],
    ),
    (
        "E06",
        "the same option twice",
        [items.choice(choices=choices("`Blue`  sky", "blue sky"))],
        [items.choice(choices=choices("blue sky", "bluesky"))],
    ),
    (
        "E06",
        "the same target twice",
        [items.match(targets=[{"identifier": name, "content": "a colour"} for name in ("green", "blue")])],
        [items.match()],
    ),
    (
        "E06",
        "the same event twice",
        [items.order(blocks=SAME, inversions=[])],
        [items.order(blocks=SAME, inversions=[], program={"name": "f"})],
    ),
    (
        "E08",
        "an image",
        [items.choice(prompt="See ![the sky](sky.png). What is it?")],
        [items.choice(prompt="In `![the sky](sky.png)`, what is the sky?\n\n```\n<img>\n```\n")],
    ),
    ("E08", "an element for an image", [items.choice(hints=["<img src=x>"])], [items.choice(hints=["`<img>` shows"])]),
    ("E09", "a hint with the option", [items.choice(hints=["It is `Blue`."])], [items.choice(hints=["Bluer."])]),
    ("E09", "a hint with the number", [items.number(hints=["About 3 s."])], [items.number(hints=["30, 0.3, 3.5"])]),
    ("E09", "a hint with the word", [items.text_entry(hints=["Use `await`!"])], [items.text_entry(hints=["awaiting"])]),
    (
        "W01",
        "keys that are the longest",
        [*five(0, 1, 0, 1, contents=("aaa", "bb", "c")), items.choice(choices=choices("a", "b", "ccc", key=2))],
        five(0, 1, 0, 2, 1, contents=("aaa", "bb", "c")),  # two in five, as chance has it
    ),
    ("W02", "keys at the same place", five(1, 1, 1, 0, 2), five(1, 1, 0, 0, 2)),
    ("W02", "keys at the same place of two", five(1, 1, 1, 1, 0, contents=("aa", "bb")), five(1, 1, 1, 1)),
    (
        "W03",
        "all of the above",
        [items.choice(choices=choices("a", "All of the above."))],
        [items.choice(choices=choices("All of the above.", "It waits for all of them.", fixed=True))],
    ),
    (
        "W04",
        "an easily overlooked negation",
        [items.choice(prompt="Which of these is not blue?")],
        [items.choice(prompt="It is not red. Why is it not `not`? Which is **not** blue?")],
    ),
    ("W04", "an exception", [items.choice(prompt="Which isn't blue?")], [items.choice(prompt="Isn't it blue?")]),
    (
        "W05",
        "a prediction without misconceptions",
        [items.predict(choices=outlooks("a", "b"))],
        [items.predict(choices=outlooks("a", "b", misconception="m"))],
    ),
    (
        "W06",
        "a long feedback",
        [items.choice(choices=choices("a", "b", feedback="word " * 61))],
        [items.choice(choices=choices("a", "b", feedback="word " * 60))],
    ),
    ("W06", "a long word about the rest", [items.number(general_feedback="word " * 61)], [items.number()]),
    ("W08", "a misspelling", [items.choice(objective="Recieve light.")], [items.choice(objective="Receive light.")]),
    (
        "W09",
        "a question about whether",
        [items.choice(choices=choices("Yes.", "`No`"))],
        [items.choice(choices=choices("Yes, it scatters.", "No"))],
    ),
    (
        "W09",
        "a prediction about whether",
        [items.predict(choices=outlooks("true", "false", misconception="m"))],
        [items.predict(choices=outlooks("true", "never", misconception="m"))],
    ),
    ("W11", "a number without mistakes", [items.number(wrong=[])], [items.number()]),
]
NAMES = [f"{code} {what}" for code, what, *_ in BANKS]


@pytest.mark.parametrize(("code", "what", "bad", "good"), BANKS, ids=NAMES)
def test_a_rule_finds_what_it_is_for_and_nothing_else(
    code: str, what: str, bad: list[Item], good: list[Item], tmp_path: Path
) -> None:
    assert {finding.code for finding in found(tmp_path, *bad)} == {code}, what


@pytest.mark.parametrize(("code", "what", "bad", "good"), BANKS, ids=NAMES)
def test_what_is_right_is_left_alone(code: str, what: str, bad: list[Item], good: list[Item], tmp_path: Path) -> None:
    assert [str(finding) for finding in found(tmp_path, *good)] == []


def test_every_rule_is_tried() -> None:
    table = (package.__doc__ or "").splitlines()
    documented = {line.split()[0] for line in table if line[:1] in "EW" and line[1:3].isdigit()}
    between_files = {"E02", "E07", "E10", "W07", "W10"}
    assert documented == {code for code, *_ in BANKS} | between_files


def test_every_kind_of_item_passes(tmp_path: Path) -> None:
    assert [str(finding) for finding in found(tmp_path, *items.every_kind())] == []


def test_a_file_that_breaks_the_contract_is_an_error_at_its_line_and_the_others_are_looked_at(tmp_path: Path) -> None:
    items.bank_file(tmp_path, items.BANK.replace("kind: choice", "kind: chioce"))
    write(tmp_path, items.number(wrong=[]), name="02_numbers")
    first, second = lint(tmp_path, NOWHERE)
    assert (first.path.name, first.line, first.code) == ("01_colours.yaml", 6, "E01")
    assert first.message == "there is no kind 'chioce'. Did you mean 'choice'?"
    assert second.code == "W11"


def test_a_file_that_no_lesson_reads_is_an_error(tmp_path: Path) -> None:
    items.bank_file(tmp_path, name="colours")
    (finding,) = lint(tmp_path, NOWHERE)
    assert (finding.code, finding.line) == ("E01", 1)
    assert "01_slug.yaml" in finding.message


def test_a_folder_without_banks_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuizError, match=r"There are no banks in .*--folder"):
        lint(tmp_path)


def test_an_identifier_may_be_used_once_in_all_banks(tmp_path: Path) -> None:
    write(tmp_path, items.choice("sky"))
    (finding,) = found(tmp_path, items.choice("sea"), items.choice("sky"), name="02_seas")
    assert (finding.path.name, finding.code) == ("02_seas.yaml", "E02")
    assert "01_colours.yaml" in finding.message
    assert (tmp_path / "02_seas.yaml").read_text("utf-8").splitlines()[finding.line - 1].endswith("identifier: sky")


def test_a_translation_with_the_same_parts_passes(tmp_path: Path) -> None:
    write(tmp_path, *items.every_kind())
    assert found(tmp_path, *items.every_kind(), name="01_colours.de", lang="de") == []


@pytest.mark.parametrize(
    ("item", "lang", "messages"),
    [
        (items.choice(), "fr", ["`lang` is 'fr'; write 'de', as the file is named."]),
        (
            items.choice(choices=[choice.model_dump() for choice in items.choice().choices[:2]]),
            "de",
            ["choice 'sky', choices 'c' of 01_colours.yaml is missing; translate it."],
        ),
        (
            items.choice("sea"),
            "de",
            [
                "01_colours.yaml has no choice 'sea'; remove it.",
                "choice 'sky' of 01_colours.yaml is missing; translate it.",
            ],
        ),
        (
            items.number("sky"),
            "de",
            [
                "01_colours.yaml has no number 'sky'; remove it.",
                "choice 'sky' of 01_colours.yaml is missing; translate it.",
            ],
        ),
    ],
)
def test_a_translation_with_other_parts_is_an_error(item: Item, lang: str, messages: list[str], tmp_path: Path) -> None:
    write(tmp_path, items.choice())
    findings = found(tmp_path, item, name="01_colours.de", lang=lang)
    assert {finding.code for finding in findings} == {"E07"}
    assert sorted(finding.message for finding in findings) == messages


def test_a_translation_needs_its_bank(tmp_path: Path) -> None:
    write(tmp_path, items.choice())
    (finding,) = found(tmp_path, items.choice("sea"), name="02_seas.de", lang="de")
    assert (finding.code, finding.message) == ("E07", "there is no bank 02_seas.yaml that this translates; rename it.")


def test_english_words_are_looked_for_in_english_only(tmp_path: Path) -> None:
    item = items.choice(prompt="What not?", objective="Recieve.", choices=choices("a", "None of the above."))
    write(tmp_path, item)
    assert {finding.code for finding in lint(tmp_path, NOWHERE)} == {"W03", "W04", "W08"}
    assert found(tmp_path, item, lang="de") == []


BELIEFS = """\
misconceptions:
  - {identifier: grass-is-sky, belief: Grass is sky., because: Taste.}
  - {identifier: always-evening, belief: Evening., experiment: burst_sync, would_show: {order: one}}
"""


def test_the_misconceptions_are_those_of_the_banks(tmp_path: Path) -> None:
    items.bank_file(tmp_path, BELIEFS, "misconceptions")
    assert found(tmp_path, items.choice()) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "words"),
    [
        ("grass-is-sky", "grass-is-blue", 2, "W10", "no bank has the misconception 'grass-is-blue'"),
        ("burst_sync", "burst_sink", 3, "E05", "there is no experiment 'burst_sink'. Did you mean 'burst_sync'?"),
        ("Taste", "Tast\u0065 of teh sky", 2, "W08", "'teh' is misspelt; write: the."),
        ("because", "becaus", 2, "E01", "there is no field `becaus` here."),
    ],
)
def test_a_mistake_in_the_misconceptions_is_found(
    old: str, new: str, line: int, code: str, words: str, tmp_path: Path
) -> None:
    path = items.bank_file(tmp_path, BELIEFS.replace(old, new), "misconceptions")
    finding = next(finding for finding in found(tmp_path, items.choice()) if finding.path == path)
    assert (finding.line, finding.code) == (line, code)
    assert finding.message.startswith(words)


def test_a_misconception_that_is_not_listed_is_an_error(tmp_path: Path) -> None:
    items.bank_file(tmp_path, BELIEFS, "misconceptions")
    findings = found(tmp_path, items.choice(), items.choice("sea", choices=choices("a", "b")))
    assert [(finding.code, "has no 'm'" in finding.message) for finding in findings] == [("E10", True)]


def notebook(folder: Path, code: str) -> Path:
    """A folder with a notebook that has this code."""
    cells = [{"cell_type": "code", "source": code.splitlines(True)}, {"cell_type": "markdown", "source": ["review()"]}]
    (folder / "01_colours.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("code", "unused"),
    [
        ('predict("three", run=f)\nquiz("01_colours")', []),
        ("predict('three')\nreview()", []),
        ('quiz("01_colours")', ['no notebook calls predict("three"); do so, or remove it.']),
        ('predict("three")', ['no notebook asks sky; call quiz("01_colours"), and review() for what it leaves.']),
    ],
)
def test_every_item_is_asked_in_a_notebook(code: str, unused: list[str], tmp_path: Path) -> None:
    write(tmp_path, items.choice(), items.predict(choices=outlooks("a", "b", misconception="m")))
    findings = lint(tmp_path, notebook(tmp_path, code))
    assert [finding.message for finding in findings] == unused
    assert {finding.code for finding in findings} <= {"W07"}


def test_a_table_is_asked_in_a_notebook_too(tmp_path: Path) -> None:
    write(tmp_path, items.predict_table())
    (finding,) = lint(tmp_path, notebook(tmp_path, "review()"))
    assert finding.message == 'no notebook calls predict("fates"); do so, or remove it.'
    assert lint(tmp_path, notebook(tmp_path, 'predict("fates")')) == []


def test_what_a_quiz_leaves_needs_a_review(tmp_path: Path) -> None:
    write(tmp_path, *(items.number(f"q{number}") for number in range(6)))
    (finding,) = lint(tmp_path, notebook(tmp_path, 'quiz("01_colours")'))
    assert "no notebook asks q5;" in finding.message
    assert lint(tmp_path, notebook(tmp_path, 'quiz("01_colours"); review()')) == []


def test_a_broken_notebook_is_named(tmp_path: Path) -> None:
    write(tmp_path, items.choice())
    (tmp_path / "x.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(QuizError, match=r"x\.ipynb is no notebook"):
        lint(tmp_path, tmp_path)


def test_without_its_dictionary_the_spelling_is_not_called_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wording, "DICTIONARY", "no_such_package")
    wording.dictionary.cache_clear()
    (finding,) = found(tmp_path, items.choice(objective="Recieve."))
    wording.dictionary.cache_clear()
    assert finding.code == "W08"
    assert "install `codespell`" in finding.message


def test_a_finding_is_one_line_that_an_editor_jumps_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    finding = Finding(tmp_path / "bank" / "01_x.yaml", 12, "E04", "two\nlines\x1b[31m")
    assert str(finding) == "bank/01_x.yaml:12: E04 two lines [31m"
    assert str(Finding(Path("bank/01_x.yaml"), 1, "W01", "m")) == "bank/01_x.yaml:1: W01 m"
    assert str(Finding(Path("/elsewhere/01_x.yaml"), 1, "W01", "m")) == "/elsewhere/01_x.yaml:1: W01 m"


def test_findings_are_sorted_by_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, items.number(wrong=[]), name="02_numbers")
    findings = found(tmp_path, items.number("n1", wrong=[]), items.choice(prompt=" "), items.number("n2", wrong=[]))
    places = [(finding.path.name, finding.line) for finding in findings]
    assert len(places) == 4
    assert places == sorted(places)


def test_the_command_fails_on_errors_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, items.predict(choices=outlooks("a", "b", misconception="m")))
    assert main(["--folder", str(tmp_path), "lint"]) == 0
    *lines, summary = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[2][:3] for line in lines] == ["W07"]
    assert summary == "0 errors, 1 warnings in 1 banks"

    write(tmp_path, items.choice(hints=["Blue!"]), name="02_more")
    assert main(["--folder", str(tmp_path), "lint"]) == 1
    out = capsys.readouterr().out
    assert f"{tmp_path / '02_more.yaml'}:1" in out
    assert "1 errors, " in out


@pytest.fixture(scope="module")
def own() -> list[str]:
    """The findings about the course's own banks."""
    return [str(finding) for finding in lint()]


def test_the_course_keeps_its_own_rules(own: list[str]) -> None:
    assert [line for line in own if " W07 " not in line] == []


def test_the_notebooks_ask_every_item(own: list[str]) -> None:
    assert [line for line in own if " W07 " in line] == []
