"""A recording: one file from which a run is repeated, to the same digest.

It is a zip archive. Its first entry, `recording.json`, is an index that anybody can read (`Index`). Beside it lies all that the run
depends on: `scenario.yaml`, which holds the seed and everything that was done (the journal of a session is a scenario), the programs of a
user's own in `programs/`, the modules of a user's own classes, and the snapshot from which it goes on, if it does. Unpacked, it is a
folder with a scenario: `tuiclu run scenario.yaml` repeats it. There is no event in it: they come again. The same run makes the same file,
to the byte.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from nodes.wire.events import AnyEvent, ChapterBegan, Stamped
from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.inputs import begins_with, open_input
from tuiclu.language.launch import name_of
from tuiclu.scenario.compile import Plan
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.programs import rename_programs
from tuiclu.scenario.runner import Outcome, run
from tuiclu.scenario.tree import HERE, Entry, shorten
from tuiclu.scenario.written import scalar, with_title
from tuiclu.scenario.yaml_text import as_text
from tuiclu.version import __version__

FORMAT = 1
INDEX, SCENARIO, PROGRAMS, BEGINNING = "recording.json", "scenario.yaml", "programs", "beginning.snapshot"
LARGEST_BYTES = 256 << 20
"""Unpacked; a recording is small, and what is larger is none."""
_MEANT = Text("A recording is made by `tuiclu record SCENARIO -o FILE`.")
_ENTRY = re.compile(
    rf"{re.escape(SCENARIO)}|{re.escape(BEGINNING)}|{PROGRAMS}/[A-Za-z0-9_][A-Za-z0-9._-]*|[A-Za-z_][A-Za-z0-9_]*\.py"
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Chapter(msgspec.Struct, frozen=True):
    """Where a chapter begins."""

    title: dict[str, str]
    t_ns: int
    event: int


class Index(msgspec.Struct, frozen=True):
    """What is in a recording."""

    format: int
    tuiclu: str
    """The version that made it: another one may give other events."""
    title: dict[str, str]
    seed: int
    digest: str
    """Of the whole event stream: a repetition comes to the same."""
    events: int
    ended: str
    virtual_s: float
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True)
class Recording:
    """A recording that has been read."""

    index: Index
    files: dict[str, bytes]
    """By their names in the archive, without the index."""

    def unpack(self, folder: Path) -> Path:
        """Put what the run depends on into a folder, and return the scenario there."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / SCENARIO

    def differs(self) -> Text | None:
        """Return what there is to say if another version made it; None: this one did."""
        if self.index.tuiclu == __version__:
            return None
        return Text(
            "recorded by tuiclu {recorded}; this is {ours}: what happens may differ",
            recorded=self.index.tuiclu,
            ours=__version__,
        )


class ChapterWatch:
    """Notes where chapters begin."""

    about = (ChapterBegan,)

    def __init__(self) -> None:
        self.chapters: list[Chapter] = []

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        """Take an event."""
        assert isinstance(stamped.event, ChapterBegan)
        self.chapters.append(Chapter(stamped.event.title, stamped.t, stamped.seq))
        return ()


def record(scenario: Scenario, plan: Plan, lang: str) -> tuple[bytes, Outcome]:
    """Run a scenario, and return the recording of that run, and what came of it."""
    watch = ChapterWatch()
    outcome = run(plan, source=scenario.source, lang=lang, observers=[watch])
    index = Index(
        FORMAT,
        __version__,
        plan.title,
        plan.seed,
        outcome.digest,
        sum(outcome.view.counts.values()),
        outcome.view.ended or "",
        outcome.result["virtual_s"],
        tuple(watch.chapters),
    )
    return packed(index, files_of(scenario)), outcome


def files_of(scenario: Scenario) -> dict[str, bytes]:
    """Return all that a run of a scenario depends on, by its name in a recording. Raises InputError if a program is not there any more."""
    root = with_title(scenario)
    programs: dict[str, bytes] = {}

    def kept(program: str) -> str:
        name = f"{PROGRAMS}/{name_of(program)}"
        with open_input(scenario.folder / program, _MEANT) as file:
            programs[name] = file.read()
        return name

    rename_programs(root, kept)
    if scenario.snapshot:
        root.entries["from"] = Entry(HERE, scalar(BEGINNING))
        with open_input(scenario.snapshot, _MEANT) as file:
            programs[BEGINNING] = file.read()
    modules = {f"{name}.py": source.encode() for name, source in scenario.users.modules.sources.items()}
    return {SCENARIO: as_text(root).encode(), **dict(sorted(programs.items())), **dict(sorted(modules.items()))}


def packed(index: Index, files: dict[str, bytes]) -> bytes:
    """Return a recording as a file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        readable = msgspec.json.format(msgspec.json.encode(index), indent=2) + b"\n"
        for name, content in {INDEX: readable, **files}.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, content, zipfile.ZIP_STORED if name == INDEX else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def is_recording(path: str | Path) -> bool:
    """Tell a recording from a scenario, by how it begins."""
    return begins_with(path, b"PK\x03\x04")


def read(path: str | Path) -> Recording:
    """Read a recording. Raises InputError, which says what is wrong with it."""
    with open_input(path, _MEANT) as file:
        data = file.read(LARGEST_BYTES + 1)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = {one.filename: one for one in archive.infolist()}
            if sum(one.file_size for one in entries.values()) > LARGEST_BYTES:
                raise _broken(path, "too large")
            index = msgspec.json.decode(archive.read(entries.pop(INDEX)), type=Index)
            files = {name: archive.read(one) for name, one in entries.items() if _ENTRY.fullmatch(name)}
            if SCENARIO not in files or len(files) != len(entries):
                raise _broken(path, ", ".join(sorted(set(entries) - set(files))) or SCENARIO)
    except (zipfile.BadZipFile, zlib.error, LookupError, EOFError, RuntimeError, ValueError) as error:
        raise _broken(path, str(error)) from None
    if index.format != FORMAT:
        what = Text("this recording has the format {format}, and tuiclu {ours} reads {known}")
        filled = what.filled(format=index.format, ours=__version__, known=FORMAT)
        raise InputError(filled, str(path), Text("Read it with tuiclu {version}.", version=index.tuiclu))
    return Recording(index, files)


def _broken(path: str | Path, why: str) -> InputError:
    return InputError(Text("this is not a recording ({why})", why=shorten(why, 200)), str(path), _MEANT)


def load(recording: Recording, folder: Path) -> Scenario:
    """Return the scenario of a recording, unpacked into a folder. Raises InputError if nothing can be written there."""
    try:
        return load_scenario(recording.unpack(folder))
    except OSError as error:
        raise InputError(Text("it cannot be unpacked: {why}", why=system_says(error)), str(folder)) from None
