"""What each claim that needs a worker is tested for."""

import functools

from demo_app.lab.claims import Checked, claim


@functools.cache
def checked(key: str) -> Checked:
    """The claim as it is; run once for the tests of a file that only look."""
    return claim(key)


def holds(key: str) -> None:
    """Fails unless the experiment shows exactly the facts of the ledger."""
    assert dict(checked(key).observation.facts) == dict(checked(key).claim.expect)
    assert checked(key).holds


def is_seen_to_fail(opposite: Checked) -> None:
    """Fails unless the claim does not hold on its opposite, and says so."""
    assert not opposite.holds
    assert "Yours shows other facts." in repr(opposite)


def has_one_fixed_line_and_a_picture(key: str) -> None:
    """Fails unless the observation reads as the ledger does and can be looked at."""
    seen = checked(key).observation
    assert repr(seen) == f"<Observation: {', '.join(f'{k} = {v}' for k, v in checked(key).claim.expect.items())}>"
    assert "data:image/svg+xml" in seen._repr_mimebundle_()["text/html"]
