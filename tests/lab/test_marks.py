"""The table of marks says what became of each task, in words, in marks, and beside what was predicted."""

import re

import pytest

from demo_app.lab.marks import Cell, MarkTable

ONCE, LOST, AGAIN, TWICE = (1, 1), (1, 0), (2, 1), (4, 2)


def table() -> MarkTable:
    return MarkTable(
        [
            Cell("early ack", "kill -9", [LOST, LOST]),
            Cell("early ack", "TERM", [ONCE, ONCE]),
            Cell("late ack", "kill -9", [AGAIN, AGAIN]),
            Cell("late ack", "TERM", None),
        ]
    )


@pytest.mark.parametrize(
    ("trials", "words", "fate"),
    [
        ([LOST, LOST], "started once, done never", "lost"),
        ([ONCE], "started once, done once", "once"),
        ([AGAIN] * 3, "started twice, done once", "once"),
        ([TWICE], "started 4 times, done twice", "twice"),
        ([ONCE, LOST], "started 1 1, done 1 0", "mixed"),
        ([ONCE, AGAIN], "started 1 2, done 1 1", "once"),
        (None, "does not arise", "does not arise"),
    ],
)
def test_a_cell_says_how_often_its_tasks_were_started_and_done(
    trials: list[tuple[int, int]] | None, words: str, fate: str
) -> None:
    cell = Cell("row", "column", trials)
    assert (cell.words, cell.fate) == (words, fate)


def test_the_table_reads_row_by_row() -> None:
    assert repr(table()) == "<MarkTable: early ack: lost, once; late ack: once, does not arise>"


def test_each_task_has_a_mark_and_the_marks_differ_by_shape() -> None:
    marks = re.findall(r'class="marks" aria-hidden="true">([^<]+)<', table().html())
    assert marks == ["✗✗", "●●", "◐◐"]
    assert "⚭" in MarkTable([Cell("r", "c", [TWICE])]).html()


def test_rows_and_columns_have_headings() -> None:
    page = table().html()
    assert re.findall(r'scope="col">([^<]+)<', page) == ["kill -9", "TERM"]
    assert re.findall(r'scope="row">([^<]+)<', page) == ["early ack", "late ack"]


def test_what_was_predicted_stands_beside_what_happened() -> None:
    page = table().html({"early ack, kill -9": ("done once", False), "early ack, TERM": ("done once", True)})
    assert "started once, done never<br>you: done once&nbsp;≠" in page
    assert "started once, done once<br>you: done once&nbsp;✓" in page
    assert (page.count("you:"), page.count('<td class="otherwise">')) == (2, 1)
    assert "you:" not in table().html(3.0)


def test_names_are_escaped() -> None:
    assert "<b>" not in MarkTable([Cell("<b>", "<b>", [ONCE])]).html({"<b>, <b>": ("<b>", False)})
