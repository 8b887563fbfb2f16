"""The working copy in my_course: lessons without outputs, renewed where the learner changed nothing, and the ledger."""

import time
from pathlib import Path
from typing import Any

from launcher.errors import LauncherError
from launcher.lesson import Notebook, cleared, read, sources_digest, text_digest
from launcher.project import Project, read_json_object, to_json, write_atomically

LEDGER = "ledger.md"


def lessons(project: Project) -> list[str]:
    """The lessons' names, in order."""
    return sorted(path.stem for path in project.notebooks.glob("*.ipynb"))


def copy_of(project: Project, lesson: str) -> Path:
    """The lesson's file in the working copy."""
    return project.course / f"{lesson}.ipynb"


def refresh(project: Project) -> list[str]:
    """Copy what is missing or old and untouched; returns what the learner should know, a line each.

    The ledger's page, which lessons link to, is reading matter: the copy is always the current one, without a word.
    """
    record, notes = _read_record(project)
    write_atomically(project.course / LEDGER, (project.notebooks / LEDGER).read_text(encoding="utf-8"))
    for lesson in lessons(project):
        notes += _refresh(project, lesson, record)
    _write_record(project, record)
    return notes


def reset(project: Project, name: str) -> list[str]:
    """A fresh copy of one lesson, the old one kept; returns what was done, a line each."""
    lesson = _find(project, name)
    reference = _reference(project, lesson)
    record, notes = _read_record(project)
    if copy_of(project, lesson).exists():
        kept = _keep(project, lesson)
        notes.append(f"Your {lesson} is kept as {project.relative(kept)}.")
    _copy(project, lesson, reference, record)
    _write_record(project, record)
    notes.append(f"{project.relative(copy_of(project, lesson))} is a fresh copy.")
    notes.append("If it is open in JupyterLab: File > Reload Notebook from Disk.")
    return notes


def _refresh(project: Project, lesson: str, record: dict[str, Any]) -> list[str]:
    reference = _reference(project, lesson)
    current, known = text_digest(cleared(reference)), record.get(lesson, {})
    try:
        mine = read(copy_of(project, lesson))
    except ValueError as error:
        place = project.relative(copy_of(project, lesson))
        return [f"{place} is not a notebook any more ({error}); it is left as it is. {_offer(lesson)}"]
    if mine is None:
        _copy(project, lesson, reference, record)
        return [f"{lesson} is copied."]
    digest = sources_digest(mine)
    if known.get("reference") == current:
        return []
    if known.get("sources") == digest:
        _copy(project, lesson, reference, record)
        return [f"{lesson} is replaced by its newer version (you had not changed it)."]
    if digest == sources_digest(reference):
        record[lesson] = {"sources": digest, "reference": current}
        return []
    return [f"{lesson} has a newer version; yours is left as you changed it. {_offer(lesson)}"]


def _offer(lesson: str) -> str:
    return f"`learn.py reset {lesson.split('_')[0]}` gives a fresh copy and keeps yours."


def _reference(project: Project, lesson: str) -> Notebook:
    path = project.notebooks / f"{lesson}.ipynb"
    try:
        notebook = read(path)
    except ValueError as error:
        raise LauncherError(
            f"{project.relative(path)} is not a notebook ({error}): get the project's files anew."
        ) from error
    assert notebook is not None  # listed a moment ago
    return notebook


def _copy(project: Project, lesson: str, reference: Notebook, record: dict[str, Any]) -> None:
    text = cleared(reference)
    write_atomically(copy_of(project, lesson), text)
    record[lesson] = {"sources": sources_digest(reference), "reference": text_digest(text)}


def _keep(project: Project, lesson: str) -> Path:
    stem = f"{lesson}-{time.strftime('%Y-%m-%d-%H%M%S')}"
    folder = project.course / "kept"
    folder.mkdir(exist_ok=True)
    names = [f"{stem}.ipynb", *(f"{stem}-{number}.ipynb" for number in range(2, 100))]
    kept = next(folder / name for name in names if not (folder / name).exists())
    return copy_of(project, lesson).rename(kept)


def _find(project: Project, name: str) -> str:
    wanted = Path(name).name.removesuffix(".ipynb")
    for lesson in lessons(project):
        if lesson == wanted or lesson.split("_")[0] == wanted.zfill(2):
            return lesson
    raise LauncherError(f"There is no lesson {name!r}. The lessons are: {', '.join(lessons(project)) or 'none'}.")


def _record_path(project: Project) -> Path:
    return project.state / "copied.json"


def _read_record(project: Project) -> tuple[dict[str, Any], list[str]]:
    path = _record_path(project)
    try:
        record = read_json_object(path) or {}
        if all(isinstance(entry, dict) for entry in record.values()):
            return record, []
    except ValueError:
        pass
    kept = path.replace(path.with_name("copied-unreadable.json"))
    return {}, [
        f"The record of what was copied could not be read (kept as {project.relative(kept)}):"
        " lessons that differ from the reference count as changed by you and are left as they are."
    ]


def _write_record(project: Project, record: dict[str, Any]) -> None:
    write_atomically(_record_path(project), to_json(record))
