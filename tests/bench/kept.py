"""Whether an answer that was acknowledged is there after a kill -9."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from quizzes.store import Store
from tests.quizzes.test_store import writer

ATTEMPTS = 1000


def kills(trials: int = 50) -> str:
    """Acknowledged attempts that were missing after the writer of 1,000 was killed in the middle, over all trials."""
    acknowledged = missing = unsound = 0
    for trial in range(trials):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "attempts.sqlite3"
            told = _killed_writer(path, random.Random(trial).randrange(1, ATTEMPTS))
            kept = [attempt.given for attempt in Store(path).attempts()]
            acknowledged += told
            missing += told - len(kept[:told])
            unsound += kept != [["killed", number] for number in range(len(kept))]
    return f"{missing} of {acknowledged} acknowledged attempts missing, {unsound} of {trials} files unsound"


def _killed_writer(path: Path, after: int) -> int:
    """How many attempts a writer said were kept; it is killed once it has said so `after` times."""
    process = writer(path, "killed", ATTEMPTS)
    assert process.stdout
    for _ in range(after):
        process.stdout.readline()
    process.kill()
    return after + len(process.communicate()[0].split())
