"""What holds for every format: nothing is lost, and the same bank gives the same bytes."""

import html
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from quizzes import export
from quizzes.__main__ import main
from quizzes.errors import QuizError
from quizzes.export.forms import LeftOut, form
from quizzes.kinds.scoring import score
from quizzes.model import Bank
from tests.quizzes import items
from tests.quizzes.export import samples

FORMATS = sorted(export.FORMATS)
each_bank = pytest.mark.parametrize("bank", samples.BANKS, ids=samples.NAMES)
each_format = pytest.mark.parametrize("name", FORMATS)


def _gift(text: str) -> str:
    for sign in "~=#{}:":
        text = text.replace(f"\\{sign}", sign)
    return text.replace("\\n", "\n")


def _strings(text: str) -> str:
    """All texts of a JSON file, as the page gets them."""
    return html.unescape(json.dumps(json.loads(text), ensure_ascii=False).replace('\\"', '"'))


def _texts(text: str) -> str:
    return "\n".join(ElementTree.fromstring(text).itertext())


READ: dict[str, Callable[[str], str]] = {"moodle": _texts, "gift": _gift, "jupyterquiz": _strings}


@each_bank
@each_format
def test_every_item_is_in_the_file_or_left_out_with_a_reason(name: str, bank: Bank, tmp_path: Path) -> None:
    written = export.write(name, bank, tmp_path)
    assert written.exported == len(samples.taken(bank, written.left_out))
    assert written.exported + len(written.left_out) == len(bank.items)
    assert all(written.left_out.values())


@pytest.mark.parametrize("bank", samples.BANKS[:-1], ids=samples.NAMES[:-1])
@each_format
def test_the_reason_of_every_answer_is_in_the_file(name: str, bank: Bank, tmp_path: Path) -> None:
    written = export.write(name, bank, tmp_path)
    text = READ[name](written.path.read_text("utf-8"))
    for item in samples.taken(bank, written.left_out):
        reasons = [html.unescape(reason) if name == "jupyterquiz" else reason for reason in samples.reasons(item)]
        assert [reason for reason in reasons if reason not in text] == []


@each_bank
@each_format
def test_two_runs_give_the_same_bytes(name: str, bank: Bank, tmp_path: Path) -> None:
    first = export.write(name, bank, tmp_path / "one").path.read_bytes()
    assert export.write(name, bank, tmp_path / "two").path.read_bytes() == first


@each_bank
@each_format
def test_code_is_marked_and_no_backtick_is_left(name: str, bank: Bank, tmp_path: Path) -> None:
    text = export.write(name, bank, tmp_path).path.read_text("utf-8")
    assert "`" not in text


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("moodle", {"program", "fates"}),
        ("gift", {"program", "fates", "days"}),
        ("jupyterquiz", {"program", "fates", "days", "pairs", "essay"}),
    ],
)
def test_left_out_is_only_what_the_format_cannot_ask(name: str, left_out: set[str], tmp_path: Path) -> None:
    bank = items.bank(*items.every_kind(), samples.prediction(), items.predict_table())
    assert export.write(name, bank, tmp_path).left_out.keys() == left_out


@each_format
def test_a_prediction_in_which_nothing_says_what_happens_is_left_out(name: str, tmp_path: Path) -> None:
    written = export.write(name, items.bank(items.predict()), tmp_path)
    assert written.exported == 0
    assert "nothing says what happens" in written.left_out["three"]


def test_a_prediction_says_that_the_run_decides() -> None:
    assert "an experiment runs, and what it shows decides" in form(samples.prediction()).prompt


def test_a_key_that_nobody_wrote_is_observed(tmp_path: Path) -> None:
    written = export.write("gift", items.bank(samples.computed()), tmp_path)
    text = written.path.read_text("utf-8")
    assert "=1:0#Three waves." in text
    assert "=%0%2:0#These run." in text


def test_a_key_that_cannot_be_observed_is_left_out_and_the_rest_is_not(tmp_path: Path) -> None:
    broken = samples.computed(key="no such fact")
    written = export.write("moodle", items.bank(broken, items.choice()), tmp_path)
    assert written.exported == 1
    assert "its key could not be observed: ValueError: the experiment" in written.left_out["computed"]


def test_of_variants_the_first_one_is_taken() -> None:
    assert form(samples.varied()).prompt == "<p>Why blue?</p>"


@pytest.mark.parametrize("scoring", ["match", "net-correct", "each-answer"])
def test_shares_of_the_marks_add_up_to_all_for_the_key_and_to_nothing_for_everything(scoring: str) -> None:
    shares = _shares(scoring)
    assert _marks(shares, {"a", "c"}) == 1
    assert _marks(shares, set("abcd")) == _marks(shares, {"b"}) == 0


def test_the_share_of_a_right_one_is_lost_by_a_wrong_one_where_the_rule_says_so() -> None:
    shares = _shares("net-correct")
    for given in ({"a"}, {"a", "b"}, {"a", "c", "d"}, {"b", "d"}, set("abc")):
        assert _marks(shares, given) == score("net-correct", given, {"a", "c"}, "abcd")


def test_one_wrong_answer_takes_all_where_only_the_exact_set_counts() -> None:
    assert _marks(_shares("match"), {"a", "c", "b"}) == 0


def _shares(scoring: str) -> dict[str, float]:
    item = items.several().model_copy(update={"scoring": scoring})
    asked = form(item)
    return dict(zip("abcd", (answer.fraction for answer in asked.answers), strict=True))  # type: ignore[attr-defined]


def _marks(shares: dict[str, float], given: set[str]) -> float:
    """As Moodle counts: the sum, and never less than nothing."""
    return max(0.0, sum(shares[name] for name in given) / 100)


def test_what_is_only_kept_counts_nothing() -> None:
    assert not form(items.open_text()).counts
    assert not form(items.choice(mode="guess")).counts
    assert form(items.choice()).counts


def test_a_program_is_left_out_because_it_has_to_run() -> None:
    with pytest.raises(LeftOut, match="judged by running it"):
        form(items.parsons())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(QuizError, match=r"file/01_colours\.moodle\.xml cannot be written: .*--to"):
        export.write("moodle", items.bank(items.choice()), tmp_path / "file")


def test_the_command_names_what_it_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items.bank_file(tmp_path, items.BANK.replace("misconception: grass-is-sky", "misconception: grass-is-sky"))
    status = main(["--folder", str(tmp_path), "export", "gift", "01", "--to", str(tmp_path / "out")])
    assert status == 0
    assert "01_colours.gift.txt: 1 of 1 items" in capsys.readouterr().out
