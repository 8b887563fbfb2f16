"""What is wrong between files: banks, their translations, the misconceptions, and the notebooks that ask."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from quizzes.errors import BankError, QuizError, suggestion
from quizzes.kinds import Forecast
from quizzes.lint.contract import experiments
from quizzes.lint.source import Finding, Location, Source, read_source
from quizzes.lint.wording import dictionary, misspelt
from quizzes.misconceptions import Misconception
from quizzes.reader import line_of, misconceptions

Call = tuple[str, str]  # a function and the name it is given

MISCONCEPTIONS = "misconceptions.yaml"
_NAME = re.compile(r"\d\d_[a-z0-9_]+(\.[A-Za-z0-9-]+)?\.yaml")
_CALL = re.compile(r"""\b(predict|quiz|review)\(\s*["']?([\w-]*)""")


@dataclass(frozen=True)
class Folder:
    """All that could be read in a folder of banks; `unread` are the errors of the rest.

    `calls` are what the notebooks call of this package; nothing if there are none, as beside an installed package.
    """

    path: Path
    sources: list[Source]
    beliefs: dict[str, Misconception]
    unread: list[Finding]
    calls: set[Call]

    @property
    def banks(self) -> list[Source]:
        """Those that are no translations."""
        return [source for source in self.sources if "." not in source.path.stem]

    @property
    def translations(self) -> list[Source]:
        """Those that are, such as 01_slug.de.yaml."""
        return [source for source in self.sources if "." in source.path.stem]


def read(path: Path, notebooks: Path) -> Folder:
    """The folder at `path`. Raises `QuizError` if no bank is there, or for what is no notebook."""
    paths = sorted(each for each in path.glob("*.y*ml") if each.name != MISCONCEPTIONS)
    if not paths:
        raise QuizError(f"There are no banks in {path}; say where they are with --folder.")
    folder = Folder(path, [], {}, [], _calls(notebooks))
    for each in paths:
        with _noting(each, folder.unread):
            folder.sources.append(_named(each))
    with _noting(path / MISCONCEPTIONS, folder.unread):
        folder.beliefs.update(misconceptions(path))
    return folder


def _named(path: Path) -> Source:
    if not _NAME.fullmatch(path.name):
        raise BankError(f"{path.name}:1: no lesson reads a file of this name; name it as its lesson, as 01_slug.yaml.")
    return read_source(path)


@contextmanager
def _noting(path: Path, unread: list[Finding]) -> Iterator[None]:
    """Makes a finding of a `BankError`, which begins with the name of the file and the line."""
    try:
        yield
    except BankError as error:
        line, _, sentence = str(error).removeprefix(f"{path.name}:").partition(": ")
        unread.append(Finding(path, int(line), "E01", sentence))


def _calls(notebooks: Path) -> set[Call]:
    found: set[Call] = set()
    for path in notebooks.glob("*.ipynb"):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        except (ValueError, LookupError, TypeError):
            raise QuizError(f"{path.name} is no notebook; open it in JupyterLab, or take it away.") from None
        found |= set(_CALL.findall("\n".join(code)))
    return found


def identifiers_are_unique(folder: Folder) -> Iterator[Finding]:
    """E02: attempts are kept under the identifier alone."""
    first: dict[str, Path] = {}
    for bank in folder.banks:
        for location, item in bank.items:
            if item.identifier in first:
                message = (
                    f"the identifier {item.identifier!r} is also in {first[item.identifier].name}; rename one of them."
                )
                yield bank.finding("E02", message, *location, "identifier")
            first.setdefault(item.identifier, bank.path)


def translations_have_the_same_parts(folder: Folder) -> Iterator[Finding]:
    """E07."""
    banks = {source.path.stem: source for source in folder.banks}
    for translation in folder.translations:
        lesson, _, lang = translation.path.stem.partition(".")
        if translation.bank.lang != lang:
            message = f"`lang` is {translation.bank.lang!r}; write {lang!r}, as the file is named."
            yield translation.finding("E07", message, "lang")
        if lesson in banks:
            yield from _differences(translation, banks[lesson])
        elif not (folder.path / f"{lesson}.yaml").exists():
            yield translation.finding("E07", f"there is no bank {lesson}.yaml that this translates; rename it.")


def _differences(translation: Source, bank: Source) -> Iterator[Finding]:
    wanted, given = _parts(bank), _parts(translation)
    for part in given.keys() - wanted.keys():
        if _owner(part) in {"", *wanted}:
            yield translation.finding("E07", f"{bank.path.name} has no {part}; remove it.", *given[part])
    for part in wanted.keys() - given.keys():
        if _owner(part) in {"", *given}:
            message = f"{part} of {bank.path.name} is missing; translate it."
            yield translation.finding("E07", message, *given.get(_owner(part), ("items",)))


def _owner(part: str) -> str:
    return part.rpartition(", ")[0]


def _parts(source: Source) -> dict[str, Location]:
    """Whatever has an identifier, as words, with its place."""
    found: dict[str, Location] = {}
    names: dict[Location, str] = {}
    for location, entry in source.entries:
        if name := entry.get("identifier"):
            owner = names.get(location[:-2])
            kind = entry.get("kind", str(location[-2]))
            names[location] = f"{owner}, {kind} {name!r}" if owner else f"{kind} {name!r}"
            found[names[location]] = location
    return found


def misconceptions_are_known(folder: Folder) -> Iterator[Finding]:
    """E10, W10. A course may do without the file."""
    used: set[str] = set()
    for source in [*folder.banks, *folder.translations]:
        for location, name in source.texts("misconception"):
            used.add(name)
            if folder.beliefs and name not in folder.beliefs:
                message = f"{MISCONCEPTIONS} has no {name!r}; add it there. {suggestion(name, folder.beliefs)}"
                yield source.finding("E10", message, *location)
    for number, name in enumerate(folder.beliefs):
        if not folder.unread and name not in used:
            yield _belief("W10", f"no bank has the misconception {name!r}; remove it.", folder, number, "identifier")


def beliefs_are_refuted_by_experiments(folder: Folder) -> Iterator[Finding]:
    """E05."""
    for number, belief in enumerate(folder.beliefs.values()):
        if belief.experiment and belief.experiment not in experiments():
            message = f"there is no experiment {belief.experiment!r}. {suggestion(belief.experiment, experiments())}"
            yield _belief("E05", message, folder, number, "experiment")


def _belief(code: str, message: str, folder: Folder, number: int, field: str) -> Finding:
    path = folder.path / MISCONCEPTIONS
    return Finding(path, line_of(path, ("misconceptions", number, field)), code, message)


def predictions_are_asked(folder: Folder) -> Iterator[Finding]:
    """W07."""
    for bank in folder.banks:
        for location, item in bank.items:
            if folder.calls and isinstance(item, Forecast) and ("predict", item.identifier) not in folder.calls:
                message = f'no notebook calls predict("{item.identifier}"); do so, or remove it.'
                yield bank.finding("W07", message, *location, "identifier")


def questions_are_asked(folder: Folder) -> Iterator[Finding]:
    """W07: a quiz asks the first questions of its lesson, and the review those that are left."""
    if not folder.calls or any(function == "review" for function, _ in folder.calls):
        return
    for bank in folder.banks:
        lesson = bank.bank.lesson
        asked = {item.identifier for item in bank.bank.asked if ("quiz", lesson) in folder.calls}
        left = [item.identifier for item in bank.bank.questions if item.identifier not in asked]
        if left:
            message = f'no notebook asks {", ".join(left)}; call quiz("{lesson}"), and review() for what it leaves.'
            yield bank.finding("W07", message, "items")


def misconceptions_are_spelt_right(folder: Folder) -> Iterator[Finding]:
    """W08, or that nobody looked."""
    if folder.beliefs:
        yield from misspelt(folder.path / MISCONCEPTIONS)
    if folder.banks and not dictionary():
        message = "spelling was not looked at; install `codespell`, which is among the course's test requirements."
        yield Finding(folder.banks[0].path, 1, "W08", message)


RULES: list[Callable[[Folder], Iterator[Finding]]] = [
    identifiers_are_unique,
    translations_have_the_same_parts,
    misconceptions_are_known,
    beliefs_are_refuted_by_experiments,
    predictions_are_asked,
    questions_are_asked,
    misconceptions_are_spelt_right,
]
