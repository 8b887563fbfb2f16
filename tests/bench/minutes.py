"""How long the lessons run, against what the reading time allows them."""

from tests.notebooks import lessons, run_minutes
from tests.prose import RUN_ALLOWANCE


def longest_run() -> str:
    """The slowest lesson's run from top to bottom, over the allowance."""
    minutes, name = max((run_minutes(path), path.stem) for path in lessons())
    return f"{minutes / RUN_ALLOWANCE:.2f} ({minutes:.1f} min of {RUN_ALLOWANCE} min, {name})"
