"""What every stored lesson must be like, whatever it teaches."""

import ast
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from quizzes import reader
from tests import notebooks
from tests.notebooks import LESSONS, lessons, main
from tests.prose import MINUTES_AT_MOST, Minutes, bare_ids, links_to_nowhere, merely_said, minutes

TAGS = {"imports", "nbval-ignore-output", "raises-exception"}
REVIEW = LESSONS / "08_review.ipynb"  # asks from the banks of all lessons, and teaches nothing new
TEACHING = [path for path in lessons() if path != REVIEW]
every_teaching_lesson = pytest.mark.parametrize("path", TEACHING, ids=lambda path: path.stem)
every_lesson = pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)


def _cells(path: Path, kind: str = "") -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if kind in ("", cell.cell_type)]


def _tags(cell: Any) -> set[str]:
    return set(cell.metadata.get("tags", []))


@every_teaching_lesson
def test_a_lesson_has_a_bank_of_the_same_name(path: Path) -> None:
    assert (LESSONS.parent / "quizzes" / "bank" / f"{path.stem}.yaml").is_file()


def test_a_bank_has_a_lesson_of_the_same_name() -> None:
    assert reader.lessons() == [path.stem for path in TEACHING]


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
def test_a_lesson_begins_with_its_title_and_its_setup(path: Path) -> None:
    cells = _cells(path)
    assert cells[0].source.startswith("# ")
    assert "You will be able to" in cells[0].source
    assert cells[1].id == "setup"


@every_teaching_lesson
def test_a_lesson_ends_by_stopping(path: Path) -> None:
    assert _cells(path)[-1].source.startswith("server.stop()")


@every_teaching_lesson
def test_a_lesson_can_be_done_in_twenty_minutes(path: Path) -> None:
    cells, asked = _cells(path), minutes(path)
    assert asked.total() <= MINUTES_AT_MOST, asked
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
            prose = [line for line in cell.source.splitlines() if not line.startswith("|")]  # a table is looked at
            assert len(" ".join(prose).split()) <= 75, cell.id


def test_each_item_of_a_bank_is_shown_by_its_lesson() -> None:
    for path in TEACHING:
        bank, code = reader.bank(path.stem), "\n".join(cell.source for cell in _cells(path, "code"))
        for item in bank.predictions:
            assert f'predict("{item.identifier}"' in code
        if bank.asked:
            assert f'quiz("{path.stem}")' in code


def test_an_unknown_lesson_is_refused_by_name(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.argv", ["notebooks", "77"])
    assert main() == 1
    assert "There is no lesson 77 in notebooks/. There are: 00, 01" in capsys.readouterr().err


@every_lesson
def test_what_a_lesson_says_of_a_framework_is_run_or_linked(path: Path) -> None:
    cells = _cells(path)
    assert merely_said(cells) == [], "put a run right below, or link a sentence: [it waits](ledger.md#c05)"
    assert links_to_nowhere(cells) == [], "name a claim of demo_app/lab/claims.yaml, in small letters"
    assert bare_ids(cells) == [], "say what it is about; the id belongs in the link's target"


@pytest.mark.parametrize("word", ["FastAPI", "Starlette", "Uvicorn", "event loop", "worker threads", "BackgroundTasks"])
def test_a_sentence_with_neither_run_nor_link_is_found(word: str) -> None:
    said = new_markdown_cell(f"Here the {word} waits.", id="said")
    assert merely_said([said]) == merely_said([said, new_markdown_cell("## Next"), new_code_cell("1")]) == ["said"]
    assert merely_said([said, new_code_cell("1")]) == []


def test_a_sentence_with_a_link_or_about_nothing_in_particular_needs_no_run() -> None:
    linked = new_markdown_cell("The event loop [waits](ledger.md#c05).")
    assert merely_said([linked, new_markdown_cell("Take a break.")]) == []


def test_a_link_to_no_claim_is_found() -> None:
    cells = [new_markdown_cell("It [waits](ledger.md#c05), [or](ledger.md#c999), [or not](./ledger.md#C05).")]
    assert links_to_nowhere(cells) == ["ledger.md#c999", "ledger.md#C05"]


def test_an_id_in_the_prose_is_found_and_one_in_a_link_or_in_code_is_not() -> None:
    cells = [new_markdown_cell("As C05 and [S01](ledger.md#s01) say. [See](x#C02)."), new_code_cell('claim("C03")')]
    assert bare_ids(cells) == ["C05", "S01"]


def test_minutes_are_those_of_reading_answering_and_running() -> None:
    assert Minutes(words=600, predictions=2, questions=4).total(run=0.5) == 3 + 2 + 3 + 0.5
    assert Minutes(words=3000, predictions=4, questions=5).total() > MINUTES_AT_MOST


def test_what_is_read_is_prose_and_not_code(tmp_path: Path) -> None:
    page = {"text/html": "<p>Five words <b>are</b> read here.</p><table>none</table>"}
    shown = [new_output("display_data", page)]
    code = [new_code_cell("f(1)  # three words more", outputs=shown), new_code_cell('predict("one")', outputs=shown)]
    path = tmp_path / "00_start_here.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Two words"), *code]), path)
    assert minutes(path).words == 3 + 3 + 5


@pytest.mark.parametrize(("running", "status"), [(0.5, 0), (1.6, 1)])
def test_a_lesson_that_runs_too_long_is_told(
    running: float, status: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "run_minutes", lambda path: running)
    monkeypatch.setattr("sys.argv", ["notebooks", "--minutes", "00"])
    assert main() == status
    assert f"predictions 1, questions 0, run {running} min" in capsys.readouterr().out
