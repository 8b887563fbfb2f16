"""A lesson's file: what a learner's copy keeps, and what counts as a change."""

import json

from launcher.lesson import Notebook, cleared, sources_digest
from tests.launcher.conftest import notebook


def executed() -> Notebook:
    """A lesson as JupyterLab saves it after a run."""
    lesson: Notebook = json.loads(notebook("a = 1\na", outputs="1"))
    lesson["metadata"] = {"title": "kept", "widgets": {"state": {}}, "language_info": {"version": "3.11.1"}}
    lesson["cells"][0]["metadata"]["tags"] = ["kept"]
    return lesson


def test_a_cleared_lesson_has_no_trace_of_a_run_and_keeps_the_rest() -> None:
    clean = json.loads(cleared(executed()))
    assert clean["metadata"].keys() == {"title", "kernelspec"}
    (cell,) = clean["cells"]
    assert (cell["metadata"], cell["outputs"], cell["execution_count"]) == ({"tags": ["kept"]}, [], None)


def test_running_and_clearing_do_not_change_the_sources_but_an_edit_does() -> None:
    assert sources_digest(executed()) == sources_digest(json.loads(cleared(executed())))
    edited = executed()
    edited["cells"][0]["source"].append("  # mine")
    assert sources_digest(edited) != sources_digest(executed())


def test_a_source_may_be_one_string_or_lines() -> None:
    joined = executed()
    joined["cells"][0]["source"] = "a = 1\na"
    assert sources_digest(joined) == sources_digest(executed())
