from pathlib import Path

import pytest

from quizzes import reader
from quizzes.errors import BankError, UnknownItem, UnknownLesson
from tests.quizzes import items


def test_a_bank_is_read_with_its_items(tmp_path: Path) -> None:
    items.bank_file(tmp_path)
    assert [item.identifier for item in reader.bank("01_colours", tmp_path).items] == ["sky"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("objective: See.", "objectiv: See.", "8: there is no field `objectiv` here. Did you mean 'objective'?"),
        (
            "feedback: Scattering.",
            "feedbak: Scattering.",
            "12: there is no field `feedbak` here. Did you mean 'feedback'?",
        ),
        (", feedback: Scattering.", "", "12: the field `feedback` is missing; add it."),
        ("kind: choice", "kind: chioce", "6: there is no kind 'chioce'. Did you mean 'choice'?"),
        ("    kind: choice\n", "", "6: the field `kind` is missing; write one of: choice, number,"),
        ("title: Colours", "title: 7", "3: `title` must be text, but YAML reads it as 7; put it in quotes."),
        ("lang: en", "lang: en\nlang: de", "5: the field 'lang' is given twice; remove one."),
        ("score: 1, ", "score: 1, misconception: m, ", "12: choice 'b' is right, so it has no `misconception`."),
        ("lesson: 01_colours", "lesson: 01_colors", "2: `lesson` is '01_colors'; write '01_colours', the file's own"),
        ("title: Colours", "title: [", "5: this is not YAML"),
        ("identifier: sky", "identifier: The Sky", "6: `identifier`: string should match pattern"),
        ("title: Colours", "title: 2024-13-45", "1: the file cannot be read: month must be in 1..12."),
    ],
)
def test_a_mistake_in_a_bank_is_one_sentence_with_its_line(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    assert old in items.BANK
    path = items.bank_file(tmp_path, items.BANK.replace(old, new))
    with pytest.raises(BankError) as caught:
        reader.read(path)
    assert str(caught.value).startswith(f"01_colours.yaml:{sentence}")
    assert "\n" not in str(caught.value)


def test_an_empty_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BankError, match=r"01_colours.yaml:1: the file is empty"):
        reader.read(items.bank_file(tmp_path, "# nothing yet\n"))


def test_a_corrected_bank_is_read_anew(tmp_path: Path) -> None:
    path = items.bank_file(tmp_path)
    assert reader.read(path).title == "Colours"
    path.write_text(items.BANK.replace("title: Colours", "title: All colours"), encoding="utf-8")
    assert reader.read(path).title == "All colours"


def test_an_unknown_name_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    items.bank_file(tmp_path)
    with pytest.raises(UnknownLesson, match=r"There is no quiz '01_colors'\. Did you mean '01_colours'\?"):
        reader.bank("01_colors", tmp_path)
    with pytest.raises(UnknownItem, match=r"There is no prediction 'sky'\. There are: none"):
        reader.prediction("sky", tmp_path)


def test_a_notebook_shows_the_sentence_without_a_traceback() -> None:
    error = UnknownLesson("There is no quiz.")
    assert error._render_traceback_() == ["UnknownLesson: There is no quiz."]
