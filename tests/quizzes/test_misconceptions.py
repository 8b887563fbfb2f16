from pathlib import Path

import pytest
from pydantic import ValidationError

from quizzes import reader
from quizzes.errors import BankError
from quizzes.kinds import PredictItem
from quizzes.misconceptions import Misconception


def test_a_belief_has_its_refutation_or_the_reason_why_there_is_none() -> None:
    with pytest.raises(ValidationError, match="give either the `experiment` that refutes it, or `because`"):
        Misconception(identifier="m", belief="So it is.")
    with pytest.raises(ValidationError, match="`would_show` are the facts of the `experiment`"):
        Misconception(identifier="m", belief="So it is.", experiment="burst_sync")


def test_a_belief_that_is_listed_twice_is_refused(tmp_path: Path) -> None:
    entry = "  - {identifier: m, belief: So it is., because: none can}\n"
    (tmp_path / "misconceptions.yaml").write_text(f"misconceptions:\n{entry}{entry}", "utf-8")
    with pytest.raises(BankError, match=r"misconceptions\.yaml:1: the identifier .m. is used twice"):
        reader.misconceptions(tmp_path)


def test_a_folder_without_the_file_has_none(tmp_path: Path) -> None:
    assert reader.misconceptions(tmp_path) == {}


def test_a_mistake_in_the_file_is_one_sentence_with_its_line(tmp_path: Path) -> None:
    text = "misconceptions:\n  - identifier: m\n    belief: So it is.\n    because: none can\n    becuase: x\n"
    (tmp_path / "misconceptions.yaml").write_text(text, "utf-8")
    with pytest.raises(BankError, match=r"misconceptions\.yaml:5: there is no field `becuase` here. Did you mean"):
        reader.misconceptions(tmp_path)


def test_most_beliefs_of_the_course_have_a_run_that_refutes_them() -> None:
    beliefs = reader.misconceptions().values()
    assert sum(belief.experiment is not None for belief in beliefs) >= 0.9 * len(beliefs)


def test_the_choices_of_predictions_name_beliefs_that_are_known() -> None:
    predictions = [item for bank in reader.banks() for item in bank.items if isinstance(item, PredictItem)]
    named = {choice.misconception for item in predictions for choice in item.choices if choice.misconception}
    assert named - reader.misconceptions().keys() == set()
