import json
from pathlib import Path

import pytest

from quizzes import progress, transfer
from quizzes.errors import TransferError
from quizzes.store import Store, attempt, current_store
from tests.quizzes import items

ATTEMPTS = [
    attempt(items.choice(), "answer", ["a"], "wrong", 0.0, "certain"),
    attempt(items.number(), "answer", "3", "right", 1.0),
]


def test_what_was_saved_is_there_again_elsewhere(tmp_path: Path) -> None:
    transfer.write(ATTEMPTS, tmp_path / "mine.json")
    assert transfer.read(tmp_path / "mine.json") == ATTEMPTS
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]


def test_to_load_twice_adds_nothing_twice(tmp_path: Path) -> None:
    store = Store(tmp_path / "a")
    store.add(ATTEMPTS[0])
    assert [store.merge(ATTEMPTS), store.merge(ATTEMPTS)] == [1, 0]
    assert Store(tmp_path / "a").attempts() == ATTEMPTS


def test_attempts_made_elsewhere_are_sorted_in_by_their_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "a")
    late = attempt(items.choice(), "answer", ["b"], "right", 1.0)
    store.add(late)
    store.merge(ATTEMPTS)
    assert store.attempts() == [*ATTEMPTS, late]


def test_progress_is_saved_and_loaded_by_a_learner(tmp_path: Path) -> None:
    for kept in ATTEMPTS:
        current_store().add(kept)
    path = str(tmp_path / "my progress.json")
    saved = progress().save(path)
    assert repr(saved) == f"<Saved: 2 attempts in {path}>"
    assert f'href="{path}"' in saved._repr_html_()
    assert repr(progress().load(path)) == repr(progress())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[1, 2]", "is not a file of saved progress: the file: input should be an object"),
        ("no json", "is not a file of saved progress: the file: Invalid JSON"),
        ('{"attempts": [{"item": 7}]}', "is not a file of saved progress: attempts.0.item: input should be a valid"),
        ('{"version": 2, "attempts": []}', "is not a file of saved progress: version: input should be 1"),
    ],
)  # fmt: skip
def test_another_file_is_refused_in_a_sentence_and_left_alone(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(text, "utf-8")
    with pytest.raises(TransferError, match=sentence):
        transfer.read(tmp_path / "mine.json")
    with pytest.raises(TransferError, match=sentence):
        transfer.write(ATTEMPTS, tmp_path / "mine.json")
    assert (tmp_path / "mine.json").read_text("utf-8") == text


def test_an_earlier_file_of_ones_own_is_replaced(tmp_path: Path) -> None:
    for attempts in (ATTEMPTS[:1], ATTEMPTS):
        transfer.write(attempts, tmp_path / "mine.json")
    assert len(json.loads((tmp_path / "mine.json").read_text("utf-8"))["attempts"]) == 2


def test_a_place_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="cannot be written"):
        transfer.write(ATTEMPTS, tmp_path / "no folder" / "mine.json")
    with pytest.raises(TransferError, match=r"none\.json cannot be read \(No such file or directory\)"):
        transfer.read(tmp_path / "none.json")
