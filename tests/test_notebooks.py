"""What every stored lesson must be like, whatever it teaches."""

import ast
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest

from quizzes import reader
from tests.notebooks import LESSONS, lessons, main

TAGS = {"imports", "nbval-ignore-output", "raises-exception"}
every_lesson = pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)


def _cells(path: Path, kind: str = "") -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if kind in ("", cell.cell_type)]


def _tags(cell: Any) -> set[str]:
    return set(cell.metadata.get("tags", []))


@every_lesson
def test_a_lesson_has_a_bank_of_the_same_name(path: Path) -> None:
    assert (LESSONS.parent / "quizzes" / "bank" / f"{path.stem}.yaml").is_file()


def test_a_bank_has_a_lesson_of_the_same_name() -> None:
    banks = {path.stem for path in (LESSONS.parent / "quizzes" / "bank").glob("*.yaml")}
    assert banks == {path.stem for path in lessons()}


@every_lesson
def test_a_lesson_is_stored_as_one_run_from_top_to_bottom(path: Path) -> None:
    counts = [cell.execution_count for cell in _cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1)), f"store it anew: python -m tests.notebooks {path.name[:2]}"


@every_lesson
def test_a_lesson_holds_nothing_of_the_machine_that_stored_it(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    assert str(LESSONS.parent) not in path.read_text("utf-8")


@every_lesson
def test_a_lesson_begins_with_its_title_and_its_setup_and_ends_by_stopping(path: Path) -> None:
    cells = _cells(path)
    assert cells[0].source.startswith("# ")
    assert "You will be able to" in cells[0].source
    assert cells[1].id == "setup"
    assert cells[-1].source.startswith("server.stop()")


@every_lesson
def test_a_lesson_can_be_done_in_twenty_minutes(path: Path) -> None:
    cells = _cells(path)
    assert 25 <= len(cells) <= 40
    assert sum("predict(" in cell.source for cell in cells if cell.cell_type == "code") <= 4
    assert all(cell.source.strip() for cell in cells)


@every_lesson
def test_cells_are_short_and_named_by_words(path: Path) -> None:
    for cell in _cells(path, "code"):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= (15 if "imports" in _tags(cell) else 8), cell.id
        assert not cell.source.rstrip().endswith(";"), cell.id
        assert cell.id.replace("-", "").isalpha(), cell.id


@every_lesson
def test_tags_are_known_and_few_cells_are_exempt(path: Path) -> None:
    cells = _cells(path, "code")
    assert set().union(*map(_tags, cells)) <= TAGS
    exempt = [cell for cell in cells if "nbval-ignore-output" in _tags(cell)]
    assert len(exempt) <= len(cells) / 10


@every_lesson
def test_imports_stand_in_the_setup_cell_and_a_name_is_given_once(path: Path) -> None:
    given: Counter[str] = Counter()
    for cell in _cells(path, "code"):
        tree = ast.parse(cell.source)
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not imports or cell.id == "setup" or "imports" in _tags(cell), cell.id
        given.update(_assigned(tree))
    assert [name for name, times in given.items() if times > 1] == []


def _assigned(tree: ast.Module) -> set[str]:
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


@every_lesson
def test_prose_stays_readable_between_cells(path: Path) -> None:
    cells = _cells(path)
    for before, cell in pairwise(cells):
        if cell.cell_type == before.cell_type == "markdown" and not cell.source.startswith("#"):
            pytest.fail(f"{cell.id}: two texts in a row; join them or put a run between them")
    for cell in cells[1:]:
        if cell.cell_type == "markdown" and "attachment:" not in cell.source:
            assert len(cell.source.split()) <= 75, cell.id


def test_each_item_of_a_bank_is_shown_by_its_lesson() -> None:
    for path in lessons():
        bank, code = reader.bank(path.stem), "\n".join(cell.source for cell in _cells(path, "code"))
        for item in bank.predictions:
            assert f'predict("{item.identifier}"' in code
        if bank.questions:
            assert f'quiz("{path.stem}")' in code


def test_an_unknown_lesson_is_refused_by_name(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.argv", ["notebooks", "77"])
    assert main() == 1
    assert "There is no lesson 77 in notebooks/. There are: 00, 01" in capsys.readouterr().err
