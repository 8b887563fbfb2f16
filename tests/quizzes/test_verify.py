"""An app that was changed is caught: the items whose keys it contradicts are named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo_app.lab import experiments
from quizzes.__main__ import main
from quizzes.misconceptions import Misconception
from quizzes.verify import contradictions
from tests.conftest import PATIENCE, ROOT
from tests.quizzes import items, stand_in


def _against(*entries: object) -> list[str]:
    questions = [entry for entry in entries if not isinstance(entry, Misconception)]
    beliefs = [entry for entry in entries if isinstance(entry, Misconception)]
    return [found.sentence for found in contradictions(questions, beliefs)]  # type: ignore[arg-type]


def _belief(**changes: object) -> Misconception:
    own = {"identifier": "def-blocks", "belief": "It blocks.", "experiment": "burst_sync"}
    return Misconception.model_validate({**own, "would_show": {"order": "one at a time"}, **changes})


def test_a_key_that_the_app_shows_is_not_contradicted() -> None:
    assert _against(items.choice(), items.predict(), items.parsons(), _belief()) == []


@pytest.mark.parametrize(
    ("verify", "sentence"),
    [
        (
            {"experiment": "burst_sync", "facts": {"order": "one at a time"}},
            "its key needs 'order' to be 'one at a time', but the app shows 'all at once'",
        ),
        (
            {"experiment": "burst_sync", "facts": {"ordre": "all at once"}},
            "experiment 'burst_sync' has no fact 'ordre'; it has: order, thread, another request",
        ),
        (
            {"experiment": "burst_snc", "facts": {"order": "all at once"}},
            "the experiment failed: UnknownExperiment: There is no experiment 'burst_snc'. Did you mean 'burst_sync'?",
        ),
    ],
)
def test_a_key_that_the_app_contradicts_is_told_with_both_sides(verify: object, sentence: str) -> None:
    assert _against(items.choice(verify=verify)) == [sentence]


def test_a_prediction_whose_misconception_happens_is_contradicted() -> None:
    choices = [choice.model_dump(exclude_none=True) for choice in items.predict().choices]
    choices[1]["misconception"] = "sleep-yields"
    assert _against(items.predict(choices=choices)) == [
        "choice 'b' happens, and it has the misconception 'sleep-yields'"
    ]


def test_a_table_with_a_cell_that_has_no_outcome_is_contradicted(monkeypatch: pytest.MonkeyPatch) -> None:
    kills = stand_in.KillMatrix()
    kills.may_end.set()
    monkeypatch.setitem(experiments._all(), "kill_matrix", kills)
    item = items.predict_table()
    assert _against(item) == []
    [sentence] = _against(item.model_copy(update={"outcomes": item.outcomes[:2]}))
    assert (
        "observed 'started twice, done once' as 'Celery, late ack, kill -9', which agrees with no outcome" in sentence
    )
    assert kills.began == 2, "for each table once, whatever the number of its cells"


def test_a_program_whose_own_solution_does_not_behave_is_contradicted() -> None:
    verify = {"experiment": "burst_await", "facts": {"another request": "waits"}}
    [sentence] = _against(items.parsons(verify=verify))
    assert sentence == (
        "its own solution is not right: It ran, but it shows “another request: answered meanwhile” and not “waits”."
    )


def test_a_belief_that_the_app_confirms_is_not_refuted() -> None:
    assert _against(_belief(would_show={"order": "all at once"})) == [
        "experiment 'burst_sync' shows just what is believed, so it refutes nothing"
    ]


def test_each_variant_of_a_question_is_held_against_the_app() -> None:
    verify = {"experiment": "burst_sync", "facts": {"order": "{{order}}"}}
    variants = [{"order": "all at once"}, {"order": "never"}]
    assert len(_against(items.choice(verify=verify, variants=variants))) == 1
    assert _against(items.choice(verify=verify, variants=variants[:1])) == []


CHANGES = [
    ("async-await-in-place-of-sleep", "async def async_sleep() -> TaskStatus:\n    time.sleep",
     "async def async_sleep() -> TaskStatus:\n    await asyncio.sleep", "one-word-added"),
    ("async-def-in-place-of-def", "def sync_task()", "async def sync_task()", "why-sync-tasks-overlap"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "contradicted"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_changed_app_fails_the_command_with_the_items_identifier(
    old: str, new: str, contradicted: str, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "demo_app", tmp_path / "demo_app", ignore=shutil.ignore_patterns("__pycache__"))
    router = tmp_path / "demo_app" / "routers" / "cycle.py"
    source = router.read_text("utf-8")
    assert old in source
    router.write_text(source.replace(old, new), "utf-8")
    done = _verify(tmp_path)
    assert done.returncode == 1
    assert f" {contradicted}: " in done.stdout


def _verify(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "quizzes", "verify", "01"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, timeout=PATIENCE * 3,
    )  # fmt: skip


def test_the_command_names_file_line_and_item(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items.bank_file(tmp_path, items.BANK.replace("order: all at once", "order: one at a time"))
    assert main(["--folder", str(tmp_path), "verify"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "01_colours.yaml:6: sky: its key needs 'order' to be 'one at a time', but the app shows 'all at once'",
        "1 items and 0 misconceptions, 1 contradicted by the app",
    ]


def test_the_command_is_content_with_a_bank_that_is_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items.bank_file(tmp_path)
    assert main(["--folder", str(tmp_path), "verify", "01"]) == 0
    assert capsys.readouterr().out == "1 items and 0 misconceptions, 0 contradicted by the app\n"
