"""The ledger of claims, and its check by experiment.

`python -m demo_app.lab.claims` writes the ledger's page anew, notebooks/ledger.md; a lesson links to a claim on it as
`[one after another](ledger.md#c11)`.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from demo_app.lab import experiments
from demo_app.lab.errors import UnknownClaim, suggestion
from demo_app.lab.experiments import Fact, Observation

PAGE = Path(__file__).parents[2] / "notebooks" / "ledger.md"

Verdict = Literal["true", "conditional", "false", "outdated"]

_WORDS: dict[Verdict, str] = {
    "true": "true",
    "conditional": "true under conditions",
    "false": "false",
    "outdated": "true once, no longer",
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A row of the ledger: a statement often met, our verdict, and the facts that an experiment must show."""

    id: str
    section: str
    says: str
    verdict: Verdict
    teaching: str
    source: str
    experiment: str | None
    expect: Mapping[str, Fact]
    versions: str = ">=0.95"

    def check(self, target: Any = None) -> "Checked":
        """This claim and what its experiment observes now, on the course's own app or on `target`."""
        if self.experiment is None:
            raise UnknownClaim(f"{self.id} is not judged by an experiment: {self.teaching}")
        return Checked(self, experiments.run(self.experiment, target), target is not None)


@dataclass(frozen=True)
class Checked:
    """A claim beside an observation. Its text holds facts only, so that it is the same wherever they are."""

    claim: Claim
    observation: Observation
    on_target: bool

    @property
    def holds(self) -> bool:
        """Whether the observation has exactly the facts that the ledger expects."""
        return dict(self.observation.facts) == dict(self.claim.expect)

    def __repr__(self) -> str:
        facts = [f"  {name}: {self._fact(name)}" for name in self.observation.facts]
        return "\n".join([f"“{self.claim.says}” {self._judgement()}", *facts])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(name)}</th><td>{escape(self._fact(name))}</td></tr>'
            for name in self.observation.facts
        )
        return (
            f'<div class="atr-claim" data-claim="{self.claim.id}"><p>“{escape(self.claim.says)}” '
            f"<strong>{escape(self._judgement())}</strong></p>{self._teaching()}"
            f"<table>{rows}</table><p><small>Measured {self._where()} of its own, just now: {_code(self._looked_at())} "
            f"Source: {escape(self.claim.source)}. {self._offer()}</small></p></div>"
        )

    def _judgement(self) -> str:
        if self.on_target:
            return f"Yours shows {'the same' if self.holds else 'other'} facts."
        return _WORDS[self.claim.verdict].capitalize() + ("." if self.holds else ", but this run shows other facts.")

    def _teaching(self) -> str:
        """Why it is so: about the facts of the ledger, and not about others."""
        return f"<p>{_code(self.claim.teaching)}</p>" if self.holds or not self.on_target else ""

    def _looked_at(self) -> str:
        question = experiments.question(str(self.claim.experiment))
        return question[0].lower() + question[1:]

    def _where(self) -> str:
        return "with a broker" if experiments.needs_a_worker(str(self.claim.experiment)) else "on a server"

    def _fact(self, name: str) -> str:
        got, expected = self.observation.facts[name], self.claim.expect.get(name)
        return _said(got) if got == expected else f"{_said(got)} (the ledger expects {expected})"

    def _offer(self) -> str:
        if self.on_target or not experiments.runs_on_the_app(str(self.claim.experiment)):
            return ""
        return f'On your server: <code>claim("{self.claim.id}", target=server.app)</code>'


def claim(id: str, target: Any = None) -> Checked:  # noqa: A002
    """The claim of this id, checked now: on the course's own app, on the app `target`, or on one endpoint function.

    Raises `UnknownClaim`.
    """
    return find(id).check(target)


def find(claim_id: str) -> Claim:
    """The claim of this id. Raises `UnknownClaim`."""
    found = ledger()
    if claim_id not in found:
        raise UnknownClaim(f"There is no claim {claim_id!r} in the ledger. {suggestion(claim_id, found, str)}")
    return found[claim_id]


@functools.cache
def ledger() -> dict[str, Claim]:
    """All claims by id, in the order of the file."""
    import yaml

    rows = yaml.safe_load(files("demo_app.lab").joinpath("claims.yaml").read_text("utf-8"))
    return {row["id"]: Claim(**row) for row in rows}


def _code(text: str) -> str:
    """The text as HTML, with what stands in backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


def page() -> str:
    """The ledger as Markdown, a heading a claim; the anchor `#c05` works on GitHub and in JupyterLab's preview."""
    return "\n".join([_INTRODUCTION, *map(_entry, ledger().values())])


_INTRODUCTION = """\
# What is often said, and what happens

Each statement below has an experiment that shows exactly the facts listed with it. In a notebook, after
`from demo_app.lab import claim`, a line such as `claim("C05")` runs it in front of you.

<!-- Made from demo_app/lab/claims.yaml by `python -m demo_app.lab.claims`. -->
"""


def _entry(row: Claim) -> str:
    facts = [f"    - {name}: `{_said(fact)}`" for name, fact in row.expect.items()]
    lines = [
        # GitHub's anchor of a heading is in small letters, JupyterLab's keeps the capitals: this one works in both.
        f'## <a id="{row.id.lower()}"></a>{row.id}\n',
        f"- **Often said:** “{row.says}”",
        f"- **Verdict:** {_WORDS[row.verdict]}",
        f"- **What happens:** {row.teaching}",
        "- **The experiment must show:**" if facts else "- **The experiment:** none can judge this.",
        *facts,
        f"- **Source:** `{row.source}`",
        f"- **Versions:** FastAPI `{row.versions}`\n",
    ]
    return "\n".join(lines)


def _said(fact: Fact) -> str:
    return ", ".join(fact) if isinstance(fact, list) else str(fact)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE.parent.name}/{PAGE.name}")
