"""The working copy: what is copied, what is renewed, and that nothing of the learner's is lost."""

import errno
import json
from pathlib import Path

import pytest

from launcher import course
from launcher.errors import LauncherError
from launcher.project import Project
from tests.launcher.conftest import notebook

LESSON = "01_request_response_cycle"


@pytest.fixture
def mine(project: Project) -> Path:
    """The working copy's lesson, just copied."""
    course.refresh(project)
    return course.copy_of(project, LESSON)


def publish(project: Project, text: str) -> None:
    """Put another version of the lesson in the reference."""
    (project.notebooks / f"{LESSON}.ipynb").write_text(text, encoding="utf-8")


def test_a_fresh_working_copy_needs_no_second_word(project: Project, mine: Path) -> None:
    assert course.refresh(project) == []
    assert "kernelspec" in json.loads(mine.read_text())["metadata"]


def test_a_lesson_that_was_only_run_is_renewed(project: Project, mine: Path) -> None:
    mine.write_text(notebook("2 + 2", outputs="4"))
    publish(project, notebook("2 + 3"))
    assert course.refresh(project) == [f"{LESSON} is replaced by its newer version (you had not changed it)."]
    assert "2 + 3" in mine.read_text()


def test_a_lesson_that_was_edited_is_left_and_the_newer_one_offered(project: Project, mine: Path) -> None:
    mine.write_text(notebook("2 + 2  # mine"))
    assert course.refresh(project) == []
    publish(project, notebook("2 + 3"))
    (note,) = course.refresh(project)
    assert "`learn.py reset 01`" in note
    assert "# mine" in mine.read_text()


def test_a_reference_that_was_only_run_again_is_no_newer_version(project: Project, mine: Path) -> None:
    before = mine.read_text()
    publish(project, notebook("2 + 2", outputs="four"))
    assert course.refresh(project) == []
    assert mine.read_text() == before


def test_a_lesson_that_already_says_the_same_counts_as_untouched(project: Project, mine: Path) -> None:
    (project.state / "copied.json").unlink()
    assert course.refresh(project) == []
    publish(project, notebook("2 + 3"))
    assert course.refresh(project) == [f"{LESSON} is replaced by its newer version (you had not changed it)."]


def test_a_deleted_copy_comes_back(project: Project, mine: Path) -> None:
    mine.unlink()
    assert course.refresh(project) == [f"{LESSON} is copied."]


@pytest.mark.parametrize("text", ["{ half a rec", "[]", '{"01_request_response_cycle": 3}', ""])
def test_an_unreadable_record_is_said_and_nothing_lost(project: Project, mine: Path, text: str) -> None:
    mine.write_text(notebook("my own work"))
    (project.state / "copied.json").write_text(text)
    notes = course.refresh(project)
    assert "could not be read" in notes[0]
    assert f"{LESSON} has a newer version" in notes[1]
    assert "my own work" in mine.read_text()
    assert (project.state / "copied-unreadable.json").read_text() == text


@pytest.mark.parametrize(
    "text", ["{ half a noteb", "[]", '{"cells": 1}', '{"cells": [1]}', '{"cells": [{"source": 1}]}', ""]
)
def test_a_copy_that_is_no_notebook_is_said_and_left(project: Project, mine: Path, text: str) -> None:
    mine.write_text(text)
    (note,) = course.refresh(project)
    assert "is not a notebook any more" in note
    assert mine.read_text() == text
    course.reset(project, "01")
    (kept,) = (project.course / "kept").iterdir()
    assert kept.read_text() == text


def test_a_reference_that_is_no_notebook_is_an_error_and_the_copy_stays(project: Project, mine: Path) -> None:
    before = mine.read_text()
    publish(project, "no notebook")
    with pytest.raises(LauncherError, match=f"notebooks/{LESSON}.ipynb is not a notebook"):
        course.reset(project, "01")
    assert mine.read_text() == before


@pytest.mark.parametrize("name", ["1", "01", LESSON, f"{LESSON}.ipynb", f"my_course/{LESSON}.ipynb"])
def test_a_lesson_may_be_named_in_several_ways(project: Project, mine: Path, name: str) -> None:
    mine.write_text(notebook("my own work"))
    course.reset(project, name)
    assert "2 + 2" in mine.read_text()


def test_an_unknown_lesson_lists_the_lessons(project: Project) -> None:
    with pytest.raises(LauncherError, match=r"no lesson '7'.*00_start_here, 01_request_response_cycle"):
        course.reset(project, "7")


def test_the_ledger_lies_beside_the_lessons_and_is_always_the_current_one(project: Project) -> None:
    course.refresh(project)
    copy = project.course / "ledger.md"
    assert copy.read_text() == "# The ledger\n"
    copy.write_text("scribbled over")
    (project.notebooks / "ledger.md").write_text("# The newer ledger\n")
    assert course.refresh(project) == []
    assert copy.read_text() == "# The newer ledger\n"


def test_the_ledger_is_no_lesson(project: Project) -> None:
    with pytest.raises(LauncherError, match=r"no lesson 'ledger'.*are: 00_start_here, 01_request_response_cycle\."):
        course.reset(project, "ledger")


def test_resets_in_the_same_second_keep_both(project: Project, mine: Path) -> None:
    for text in ("first", "second", "third"):
        mine.write_text(notebook(text))
        course.reset(project, "01")
    assert len(list((project.course / "kept").iterdir())) == 3


def test_a_write_that_fails_leaves_the_old_file(project: Project, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = mine.read_text()
    publish(project, notebook("2 + 3"))

    def half(path: Path, text: str, **_: object) -> int:
        with path.open("w") as file:
            file.write(text[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="No space"):
        course.refresh(project)
    monkeypatch.undo()
    assert mine.read_text() == before
    assert not list(project.course.glob(".*tmp"))
