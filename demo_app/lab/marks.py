"""A table of marks: in each cell a mark a task, for what became of it. Pure: counts in, words and HTML out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from demo_app.lab.timeline import Timeline

Guess = tuple[str, bool]  # what was said of a cell, and whether it is what happened

_TIMES = ("never", "once", "twice")
_STYLE = """
.atr-marks{overflow-x:auto}
.atr-marks p{margin:6px 0}
.atr-marks table{border-collapse:collapse;font-size:13px}
.atr-marks th,.atr-marks td{border:1px solid #8c959f;padding:6px 10px;text-align:left;vertical-align:top}
.atr-marks .marks{font-size:17px;letter-spacing:3px;display:block}
.atr-marks .otherwise{outline:2px dashed;outline-offset:-3px}
"""
# On a narrow page it is scrolled with the arrow keys, and no key typed there is a command of the notebook.
_SCROLLED = 'role="group" tabindex="0" aria-label="What became of the tasks" data-lm-suppress-shortcuts="true"'


@dataclass(frozen=True)
class Cell:
    """For each task how often it was (started, done); None where the question does not arise."""

    row: str
    column: str
    trials: Sequence[tuple[int, int]] | None

    @property
    def name(self) -> str:
        """What the cell is called among the facts of its experiment."""
        return f"{self.row}, {self.column}"

    @property
    def words(self) -> str:
        """What became of the tasks, such as `started twice, done once`; all counts, where they differ."""
        if self.trials is None:
            return "does not arise"
        started, done = ([trial[which] for trial in self.trials] for which in (0, 1))
        if len(set(self.trials)) == 1:
            return f"started {_times(started[0])}, done {_times(done[0])}"
        return f"started {_listed(started)}, done {_listed(done)}"

    @property
    def fate(self) -> str:
        """`lost`, `once`, `twice` and so on, where all tasks have the same; else `mixed`."""
        done = {trial[1] for trial in self.trials or ()}
        if len(done) != 1:
            return "mixed" if done else "does not arise"
        times = done.pop()
        return "lost" if times == 0 else _times(times)


class MarkTable(Timeline):
    """The cells as a table; has what a timeline has, so that it can be shown in the place of one."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__([])
        self.cells = tuple(cells)

    @property
    def words(self) -> str:
        """The fate of each cell, row by row."""
        rows = dict.fromkeys(cell.row for cell in self.cells)
        return "; ".join(f"{row}: {', '.join(cell.fate for cell in self._row(row))}" for row in rows)

    def html(self, predicted: float | Mapping[str, Guess] | None = None) -> str:
        """The table; `predicted` has the guesses of a learner by the names of their cells, and each is marked."""
        guesses = predicted if isinstance(predicted, Mapping) else {}
        columns = list(dict.fromkeys(cell.column for cell in self.cells))
        head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
        rows = "".join(
            f'<tr><th scope="row">{escape(row)}</th>{"".join(_drawn(cell, guesses) for cell in self._row(row))}</tr>'
            for row in dict.fromkeys(cell.row for cell in self.cells)
        )
        return (
            f'<div class="atr-marks" {_SCROLLED}><style>{_STYLE}</style>'
            f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table><p>{_KEY}</p></div>"
        )

    def __repr__(self) -> str:
        return f"<MarkTable: {self.words}>"

    def _row(self, row: str) -> list[Cell]:
        return [cell for cell in self.cells if cell.row == row]


_LOST, _ONCE, _AGAIN, _TWICE = "✗", "●", "◐", "⚭"
_KEY = f"{_LOST} lost · {_ONCE} done once · {_AGAIN} started twice, done once · {_TWICE} done twice or more"


def _mark(trial: tuple[int, int]) -> str:
    started, done = trial
    if done == 0:
        return _LOST
    if done == 1:
        return _ONCE if started == 1 else _AGAIN
    return _TWICE


def _drawn(cell: Cell, guesses: Mapping[str, Guess]) -> str:
    if cell.trials is None:
        return "<td>does not arise</td>"
    marks = "".join(map(_mark, cell.trials))
    guess, is_right = guesses.get(cell.name, ("", True))
    said = f"<br>you: {escape(guess)}&nbsp;{'✓' if is_right else '≠'}" if guess else ""
    start = "<td>" if is_right else '<td class="otherwise">'
    return f'{start}<span class="marks" aria-hidden="true">{marks}</span>{escape(cell.words)}{said}</td>'


def _times(number: int) -> str:
    return _TIMES[number] if number < len(_TIMES) else f"{number} times"


def _listed(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers))
