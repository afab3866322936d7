"""What has been learned so far: for each lesson how often its quiz was taken, and how well. One small file, which can be handed in."""

from __future__ import annotations

from pathlib import Path

import msgspec

from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.quiz.marks import Mark, score
from tuiclu.state import state_folder

FILE = "progress.json"
LARGEST_BYTES = 1 << 20


class Taken(msgspec.Struct):
    """The quiz of a lesson, as far as it was taken."""

    times: int = 0
    best: int = 0
    """The most predictions that were right at a time."""
    of: int = 0
    """Of so many."""
    last: list[str] = []
    """What was predicted the last time."""


class Progress(msgspec.Struct):
    """The whole file."""

    format: int = 1
    lessons: dict[str, Taken] = {}
    """By name."""


def usual_file() -> Path:
    """Return where progress is kept. Raises InputError if there is no place for it."""
    return state_folder() / FILE


def read(file: Path) -> Progress:
    """Return what is known; nothing, where there is no such file. Raises InputError if it is none of ours."""
    try:
        with file.open("rb") as stream:
            return msgspec.json.decode(stream.read(LARGEST_BYTES), type=Progress)
    except FileNotFoundError:
        return Progress()
    except OSError as error:
        raise InputError(Text("this file cannot be read: {why}", why=system_says(error)), str(file)) from None
    except ValueError:
        raise InputError(Text("this is no progress of quizzes"), str(file), Text("Name another file.")) from None


def enter(file: Path, lesson: str, marks: list[Mark]) -> None:
    """Enter what came of a quiz. Raises InputError if that cannot be."""
    progress = read(file)
    former = progress.lessons.get(lesson, Taken())
    right, of = score(marks)
    said = [one.prediction.said for one in marks]
    progress.lessons[lesson] = Taken(former.times + 1, max(former.best, right) if former.of == of else right, of, said)
    try:
        unfinished = file.with_name(f".{file.name}.unfinished")
        unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(progress), indent=2) + b"\n")
        unfinished.replace(file)
    except OSError as error:
        raise InputError(Text("this cannot be written: {why}", why=system_says(error)), str(file)) from None
