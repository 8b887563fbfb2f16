"""The ledger: its rows are whole, each holds when run, and each can be seen to fail."""

import re
from pathlib import Path

import pytest
import yaml

from demo_app.lab import experiments
from demo_app.lab.claims import Claim, claim, find, ledger
from demo_app.lab.errors import UnknownClaim
from tests.conftest import ROOT
from tests.lab.opposites import OPPOSITES

IDS = list(ledger())
# Those with a Celery worker take seconds each, and are judged in tests/lab/queues.
JUDGED = [
    key
    for key, row in ledger().items()
    if row.experiment is not None and not experiments.needs_a_worker(row.experiment)
]


@pytest.mark.parametrize("row", ledger().values(), ids=IDS)
def test_a_row_is_whole(row: Claim) -> None:
    assert re.fullmatch(r"[CS]\d\d", row.id)
    assert row.verdict in ("true", "conditional", "false", "outdated")
    assert row.section
    assert row.says.endswith(".")
    assert 0 < len(row.teaching.split()) <= 60
    assert row.source
    assert re.fullmatch(r"[<>=]=?\d+\.\d+(,[<>=]=?\d+\.\d+)*", row.versions)
    if row.experiment is not None:
        assert row.experiment in experiments.names()
        assert row.expect


def test_ids_are_used_once() -> None:
    rows = yaml.safe_load((ROOT / "demo_app" / "lab" / "claims.yaml").read_text("utf-8"))
    assert [row["id"] for row in rows] == IDS


@pytest.mark.parametrize("row", ledger().values(), ids=IDS)
def test_a_statement_is_in_our_own_words(row: Claim) -> None:
    # The article is Chinese: what came over verbatim would show.
    assert not re.search(r"[\u2e80-\u9fff\uff00-\uffef]", f"{row.says} {row.teaching}")


@pytest.mark.parametrize("key", JUDGED)
def test_a_claim_holds_on_our_app(key: str) -> None:
    checked = claim(key)
    assert dict(checked.observation.facts) == dict(checked.claim.expect)
    assert checked.holds


@pytest.mark.parametrize("key", JUDGED)
def test_a_claim_is_seen_to_fail_on_its_opposite(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITTEN_DOWN", str(tmp_path / "tasks.json"))  # for the one that survives a kill
    checked = claim(key, target=OPPOSITES[key]())
    assert not checked.holds
    assert "Yours shows other facts." in repr(checked)
    assert "(the ledger expects " in repr(checked)


def test_every_claim_has_an_opposite() -> None:
    assert set(OPPOSITES) == set(JUDGED)


def test_a_claim_shows_statement_verdict_and_facts() -> None:
    checked = claim("C05")
    assert repr(checked) == (
        "“While a def endpoint sleeps, the whole service is blocked and serves no other request.” False.\n"
        "  thread: worker thread\n"
        "  ping: answered meanwhile"
    )


def test_the_page_adds_why_and_how_and_an_offer() -> None:
    page = claim("C05")._repr_html_()
    assert "<code>async def</code>" in page
    assert "just now: whether the loop answers while a <code>def</code> endpoint sleeps." in page
    assert 'claim("C05", target=server.app)' in page
    assert "Source: starlette/concurrency.py, run_in_threadpool" in page


def test_on_a_target_there_is_no_further_offer() -> None:
    checked = claim("C05", target=OPPOSITES["C05"]())
    assert "target=server.app" not in checked._repr_html_()


def test_a_release_that_changes_the_answer_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo_app.lab.experiments.targets.cycle.cycle_app", OPPOSITES["C05"])
    monkeypatch.setattr("demo_app.lab.experiments.cycle.cycle_app", OPPOSITES["C05"])
    assert "False, but this run shows other facts." in repr(claim("C05"))


@pytest.mark.parametrize(("key", "hint"), [("C005", "Did you mean C05?"), ("nope", "There are: C01, C02")])
def test_an_unknown_id_gets_a_hint(key: str, hint: str) -> None:
    with pytest.raises(UnknownClaim, match=f"There is no claim '{key}' in the ledger") as caught:
        find(key)
    assert hint in str(caught.value)


def test_a_claim_of_taste_says_why_nothing_is_run() -> None:
    taste = Claim(
        id="C99", section="1", says="It is nice.", verdict="true", teaching="Nice is a taste.", source="none",
        experiment=None, expect={},
    )  # fmt: skip
    with pytest.raises(UnknownClaim, match=r"C99 is not judged by an experiment: Nice is a taste\."):
        taste.check()
