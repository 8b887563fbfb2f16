"""An assembled program on trial: it runs under the question's experiment, and what it does is its grade."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from quizzes.kinds import Answer, OrderItem
from quizzes.kinds.order import Program
from quizzes.proof import difference, observe

if TYPE_CHECKING:
    from demo_app.lab.timeline import Timeline


_GOOD = "It ran, and did what was asked."


@dataclass(frozen=True)
class Trial:
    """How an assembled program did: its score, what there is to say, what it showed."""

    score: float
    words: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    timeline: "Timeline | None" = None


def try_program(item: OrderItem, answer: Answer) -> Trial:
    """Assembles the lines of `answer` and runs the question's experiment on the function that they define.

    A program that cannot be assembled, or shows nothing, has failed its trial; nothing is raised for it.
    """
    assert item.program
    try:
        function = _defined(item.program, item.lines(answer))
        observation = observe(item.verify, function)
    except SyntaxError as error:
        return Trial(0.0, f"Python cannot read it, line {error.lineno}: {error.msg}.")
    except Exception as error:  # the program is the learner's: whatever it raises is an answer, not a fault
        return Trial(0.0, f"It failed: {type(error).__name__}: {error}")
    found = difference(item.verify.facts, observation.facts)
    words = f"It ran, but it shows “{found.name}: {found.observed}” and not “{found.wanted}”." if found else _GOOD
    return Trial(float(found is None), words, observation.facts, observation.timeline)


def _defined(program: Program, lines: str) -> Any:
    names: dict[str, Any] = {"__name__": f"assembled_{program.name}"}
    exec(program.setup, names)  # apart, so that Python counts the learner's lines alone
    exec(compile(lines, "<your lines>", "exec"), names)
    if not callable(names.get(program.name)):
        raise NameError(f"the lines define no function {program.name!r}")
    return names[program.name]
