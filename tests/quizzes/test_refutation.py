from quizzes.misconceptions import Misconception
from quizzes.refutation import refute

BELIEF = Misconception(
    identifier="def-blocks",
    belief="A `def` endpoint <blocks>.",
    experiment="burst_sync",
    would_show={"order": "one at a time", "thread": "event loop"},
)


def test_a_refutation_shows_what_was_believed_beside_what_happened() -> None:
    run = refute(BELIEF)
    assert "<code>def</code> endpoint &lt;blocks&gt;" in run.reading
    assert "looks at the order of events and at no clock" in run.reading
    assert "What ran just now: Three requests at once to a <code>def</code> endpoint that sleeps." in run.reading
    assert '<th scope="row">order</th><td>one at a time</td><td><strong>all at once</strong></td>' in run.reading
    assert '<th scope="row">thread</th><td>event loop</td><td><strong>worker thread</strong></td>' in run.reading
    assert "GET /sync-task" in run.observation.timeline.html()
