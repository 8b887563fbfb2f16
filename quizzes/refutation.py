"""The run that refutes a belief: what it would have shown, and what it did show."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from quizzes.kinds.base import Verify
from quizzes.markup import inline
from quizzes.misconceptions import Misconception
from quizzes.proof import observe

if TYPE_CHECKING:
    from demo_app.lab.experiments import Observation

_METHOD = "It looks at the order of events and at no clock, so here a sleep takes only as long as the looking."


@dataclass(frozen=True)
class Refutation:
    """A belief beside what its experiment observed just now."""

    belief: Misconception
    observation: "Observation"

    @property
    def what_ran(self) -> str:
        """What the experiment looks at, in a sentence."""
        from demo_app.lab import experiments

        return experiments.question(str(self.belief.experiment))

    @property
    def reading(self) -> str:
        """The belief, and for each fact what it would have been and what it was, as HTML."""
        rows = "".join(self._row(name, str(fact)) for name, fact in self.belief.would_show.items())
        head = '<tr><th scope="col">looked at</th><th scope="col">if it were so</th><th scope="col">this run</th></tr>'
        return (
            f"<p>Often believed: {inline(self.belief.belief)}</p><p>What ran just now: {inline(self.what_ran)}</p>"
            f'<p class="note">{_METHOD}</p><table class="facts"><thead>{head}</thead><tbody>{rows}</tbody></table>'
        )

    def _row(self, name: str, believed: str) -> str:
        shown = escape(str(self.observation.facts.get(name)))
        return (
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(believed)}</td><td><strong>{shown}</strong></td></tr>'
        )


def refute(belief: Misconception) -> Refutation:
    """Runs the experiment against this belief. Raises `LabError` when it observes nothing."""
    assert belief.experiment
    return Refutation(belief, observe(Verify.of(belief.experiment)))
