"""What is wrong with the banks of a folder, as lines of `file:line: code message`. E is an error, W a warning.

E01  the file breaks the contract, a variant makes no question, or a text is blank
E02  an identifier is used in two banks
E03  the key cannot be right: nothing is wrong beside it, something wrong is right as well, or it is not observed
E04  a feedback says nothing: it is blank, repeats its option, or is that of another one
E05  there is no such experiment; whether it proves the key is seen by `python -m quizzes verify`
E06  two options are the same
E07  a translation has other parts than its bank, or is for another language
E08  a text has an image, which is not shown
E09  a hint gives the answer away
E10  a misconception is not in misconceptions.yaml
W01  the longest option is the key too often
W02  the key is at the same place too often
W03  "all of the above"
W04  a negation in the question that is easily overlooked
W05  a prediction whose wrong options name no misconception
W06  a feedback that is too long to be read
W07  no notebook asks the item
W08  spelling
W09  a question about whether, and not about why
W10  no bank has this misconception
W11  a number of which no wrong value has a reason of its own

What a number of right choices may be is part of the contract, so a bank where it is off has an E01.
"""

from pathlib import Path

from quizzes.lint import contract, folder, giveaways, wording
from quizzes.lint.source import Finding, Rule
from quizzes.reader import FOLDER

__all__ = ["Finding", "lint"]

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
RULES: list[Rule] = [*contract.RULES, *giveaways.RULES, *wording.RULES]


def lint(path: Path = FOLDER, notebooks: Path = NOTEBOOKS) -> list[Finding]:
    """All findings about the banks in the folder `path`, by file and line; `notebooks` are those that ask their items.

    Raises `QuizError` if there are no banks.
    """
    whole = folder.read(path, notebooks)
    found = {*whole.unread}
    for source in whole.sources:
        found.update(finding for rule in RULES for finding in rule(source))
    found.update(finding for folder_rule in folder.RULES for finding in folder_rule(whole))
    return sorted(found)
