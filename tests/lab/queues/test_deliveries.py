"""What comes again, what is held up and what ends early: each claim holds, and is seen to fail on its opposite."""

import functools

import pytest

from demo_app.lab import experiments
from demo_app.lab.claims import Checked, claim, ledger
from demo_app.lab.errors import ExperimentFailed
from demo_app.lab.experiments import limits
from tests.lab.opposites.deliveries import OF_WORKERS


@functools.cache
def checked(key: str) -> Checked:
    """The claim as it is; run once for the tests that only look."""
    return claim(key)


@pytest.mark.parametrize("key", OF_WORKERS)
def test_a_claim_holds(key: str) -> None:
    assert dict(checked(key).observation.facts) == dict(checked(key).claim.expect)
    assert checked(key).holds


@pytest.mark.parametrize("key", OF_WORKERS)
def test_a_claim_is_seen_to_fail_on_its_opposite(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ANSWER", 1)  # a worker without remote control lets us wait so long
    other = claim(key, target=OF_WORKERS[key])
    print(dict(other.observation.facts))
    assert not other.holds
    assert "Yours shows other facts." in repr(other)


@pytest.mark.parametrize("key", OF_WORKERS)
def test_an_observation_has_one_fixed_line_and_a_picture(key: str) -> None:
    seen = checked(key).observation
    assert repr(seen) == f"<Observation: {', '.join(f'{k} = {v}' for k, v in checked(key).claim.expect.items())}>"
    assert "data:image/svg+xml" in seen._repr_mimebundle_()["text/html"]
