"""The journal keeps what several processes write, in order, and its gates hold those who come."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from demo_app.lab.journal import Journal
from tests.conftest import ROOT, until

LINES = 200


def test_a_mark_is_read_as_it_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write("1", "mail", "started")
    journal.write("1", "mail", "raised", "KeyError")
    journal.write("2", "mail", "started")
    assert [(mark.id, mark.what, mark.note) for mark in journal.marks()] == [
        ("1", "started", ""),
        ("1", "raised", "KeyError"),
        ("2", "started", ""),
    ]
    assert [mark.id for mark in journal.marks("started")] == ["1", "2"]
    assert journal.count("started", "2") == 1
    assert journal.count("done") == 0


def test_times_follow_the_order_of_writing(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(5):
        journal.write(str(number), "mail", "noted")
    times = [mark.at for mark in journal.marks()]
    assert times == sorted(times)


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom demo_app.lab.journal import Journal\n"
        f"for n in range({LINES}): Journal(Path(sys.argv[1])).write(sys.argv[2], 'mail', 'noted', 'x' * 200)"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], cwd=ROOT) for name in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    journal = Journal(tmp_path)
    assert [journal.count("noted", name) for name in "abc"] == [LINES] * 3


def test_a_gate_holds_until_it_is_opened(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with ThreadPoolExecutor() as pool:
        here, there = pool.submit(journal.hold), pool.submit(journal.hold, "other")
        journal.open("other")
        until(there.done, "the other gate let through")
        assert not here.done()
        journal.open()
        until(here.done, "the gate let through")
