"""The ledger's page: a heading a claim, made from the rows and stored as it is made."""

import re

import pytest

from demo_app.lab import claims
from demo_app.lab.claims import PAGE, Claim, ledger, page


@pytest.fixture
def row(monkeypatch: pytest.MonkeyPatch) -> Claim:
    """A row that no experiment can judge, alone in the ledger."""
    words = {"id": "C99", "section": "9", "says": "Queues are fun.", "verdict": "conditional", "source": "taste"}
    alone = Claim(**words, teaching="Nobody can measure it.", experiment=None, expect={})  # type: ignore[arg-type]
    monkeypatch.setattr(claims, "ledger", lambda: {alone.id: alone})
    return alone


def test_the_stored_page_is_what_the_rows_make() -> None:
    assert PAGE.read_text("utf-8") == page(), "write it anew: python -m demo_app.lab.claims"


def test_each_claim_has_its_heading_and_its_anchor_in_the_order_of_the_rows() -> None:
    headings = re.findall(r'^## <a id="(.+)"></a>(.+)$', page(), re.MULTILINE)
    assert headings == [(key.lower(), key) for key in ledger()]


def test_an_entry_says_everything_of_its_row() -> None:
    entry = page().split('<a id="c05"></a>')[1].split("## ")[0]
    assert "**Often said:** “While a def endpoint sleeps, the whole service is blocked" in entry
    assert "**Verdict:** false\n" in entry
    assert "**What happens:** FastAPI runs a `def` endpoint in a worker thread" in entry
    assert "    - ping: `answered meanwhile`\n" in entry
    assert "**Source:** `starlette/concurrency.py, run_in_threadpool`\n" in entry
    assert "**Versions:** FastAPI `>=0.95`\n" in entry


def test_a_row_without_an_experiment_says_so(row: Claim) -> None:
    assert "**The experiment:** none can judge this." in page()
    assert "must show" not in page()
