"""How fast the quiz is in a browser, beside what can be had without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from launcher.lesson import KERNEL
from tests.browser.chromium import chromium
from tests.browser.lab import Course, Lab, Notebook
from tests.conftest import ROOT

COUNT = 100
SETUP = f"""
import sys, time, tempfile
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
import anywidget
from jupyterquiz import display_quiz
from quizzes.questions import Quiz
from quizzes.store import Store
from tests.quizzes import items
asked = [items.choice(f"sky-{{number}}") for number in range({COUNT})]
def answers(item):
    return [{{"answer": c.content, "correct": bool(c.score), "feedback": c.feedback}} for c in item.choices]
theirs = [{{"question": item.prompt, "type": "multiple_choice", "answers": answers(item)}} for item in asked]
class Echo(anywidget.AnyWidget):
    _esm = '''export default {{ render({{ model, el }}) {{
        const button = document.createElement("button");
        button.className = "bare-echo";
        button.onclick = () => model.send("ping");
        model.on("msg:custom", () => button.dispatchEvent(new Event("echoed")));
        el.append(button);
    }} }};'''
    def __init__(self):
        super().__init__()
        self.on_msg(lambda *_: self.send("pong"))
"""
CELLS = {
    "setup": SETUP,
    "ours": "Quiz('01', 'Hundred', asked, Store(Path(tempfile.mkdtemp()) / 'a'))",
    "theirs": "display_quiz(theirs)",
    "echo": "Echo()",
    "busy": "print('begun')\ntime.sleep(8)\nprint('ended')",
}


def hundred_items(repeats: int = 5) -> str:
    """The time from running a cell until all of 100 questions are on the page, over that of jupyterquiz."""
    with _notebook() as notebook:
        times = {name: list[float]() for name in ("ours", "theirs")}
        for _ in range(repeats):
            for name, selector in (("ours", ".atr-quiz fieldset"), ("theirs", ".Quiz")):
                times[name].append(notebook.page.evaluate(_UNTIL_SHOWN, [name, selector, COUNT]))
                notebook.clear(name)
    ours, theirs = median(times["ours"]), median(times["theirs"])
    return f"{ours / theirs:.2f} ({ours:.0f} ms over {theirs:.0f} ms, medians of {repeats})"


def clicks(repeats: int = 30) -> dict[str, str]:
    """The time from a click to its feedback over a bare message there and back, kernel idle and at work."""
    with _notebook() as notebook:
        notebook.run("ours", "echo")
        idle = _ratio(notebook, 0, repeats)
        notebook.start("busy")
        busy = _ratio(notebook, repeats, repeats // 2)
        still = "ended" not in notebook.printed("busy")
    return {
        "click to feedback over a bare echo, kernel idle": idle,
        f"the same, a cell running all the time: {'yes' if still else 'NO'}": busy,
    }


def _ratio(notebook: Notebook, first: int, count: int) -> str:
    echo = notebook.page.evaluate(_ECHOES, count)
    feedback = notebook.page.evaluate(_ANSWERS, [first, count])
    ours, bare = _p95(feedback), _p95(echo)
    return f"{ours / bare:.1f} (p95 {ours:.0f} ms over {bare:.0f} ms, of {count} each)"


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


@contextmanager
def _notebook() -> Iterator[Notebook]:
    with TemporaryDirectory() as folder:
        project = Course(Path(folder))
        project.course.mkdir()
        cells = [new_code_cell(source, id=name) for name, source in CELLS.items()]
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), project.course / "bench.ipynb")
        with Lab(project, Path(folder)) as lab, chromium() as browser:
            notebook = Notebook(browser.new_page(viewport={"width": 1280, "height": 900}))
            notebook.open(lab.address("bench"))
            notebook.run("setup")
            yield notebook


_UNTIL_SHOWN = """async ([id, selector, count]) => {
    const panel = window.jupyterapp.shell.currentWidget.content;
    panel.activeCellIndex = [...panel.model.cells].findIndex(cell => cell.id === id);
    const begin = performance.now();
    window.jupyterapp.commands.execute('notebook:run-cell');
    while (document.querySelectorAll(selector).length < count) await new Promise(requestAnimationFrame);
    document.querySelector(selector).getBoundingClientRect();
    return performance.now() - begin;
}"""
_ECHOES = """async count => {
    const button = document.querySelector('.bare-echo'), times = [];
    for (let i = 0; i < count; i++) {
        const begin = performance.now();
        const heard = new Promise(done => button.addEventListener('echoed', done, { once: true }));
        button.click();
        await heard;
        times.push(performance.now() - begin);
    }
    return times;
}"""
_ANSWERS = """async ([first, count]) => {
    const questions = [...document.querySelectorAll('.atr-quiz fieldset')].slice(first, first + count), times = [];
    for (const question of questions) {
        const status = question.querySelector('[role=status]');
        question.querySelector('input').click();
        const begin = performance.now();
        const told = new Promise(done => new MutationObserver(done).observe(status, { attributes: true }));
        question.querySelector('[data-action=check]').click();
        while (status.dataset.tone !== 'wrong') await Promise.race([told, new Promise(requestAnimationFrame)]);
        times.push(performance.now() - begin);
    }
    return times;
}"""
