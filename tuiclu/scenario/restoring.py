"""Snapshots as files that a run goes on from: what stands in one beside what the nodes and channels recorded, and how it is read again.

The scenario is in the file as it was read, with the programs and modules that lay beside it; so a file is all that it takes. It can be gone
on from by the version that wrote it: the state of a node is that of its objects.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

import nodes
from nodes.programs import CATALOGUE
from nodes.wire.image import ProgramImage
from nodes.wire.machine import system_says
from nodes.wire.parts import Damaged
from nodes.wire.text import Text
from nodes.wire.users_code import UsersModules
from tuiclu.cluster import resumption
from tuiclu.cluster.resumption import Resumption, WhyNot
from tuiclu.errors import InputError
from tuiclu.inputs import begins_with, open_input
from tuiclu.model.snapshot_file import MAGIC, NotASnapshot, read_snapshot
from tuiclu.scenario.parser import Scenario, load_scenario
from tuiclu.scenario.programs import launches
from tuiclu.version import __version__

MEANT = Text("It is what `tuiclu run SCENARIO --snapshots FOLDER` writes.")

_WHEN_KEPT = Text("It is kept where markers record a snapshot, and all nodes have done their part.")
_WHY_NOT: dict[WhyNot, Text] = {
    "unwritten": Text("no run can go on from this snapshot: the state of {node} was not written"),
    "stood-still": Text("no run can go on from this snapshot: {node} stood still when it was to begin it"),
    "unordered": Text("no run can go on from this snapshot: markers that later messages overtake were under way"),
    "unkept": Text("no run can go on from this snapshot: {node} has what cannot be kept ({what})"),
}


class Origin(msgspec.Struct, frozen=True):
    """The run of which a snapshot was taken."""

    version: str
    code: str
    """The digest of what nodes are made of."""
    source: str
    text: str
    overrides: tuple[str, ...]
    programs: dict[str, ProgramImage]
    """Those that are no bundled ones, as the scenario names them."""
    modules: UsersModules


@functools.cache
def code_of_nodes() -> str:
    """Return a digest of all that nodes are made of: what another one kept cannot be made again."""
    folder = Path(nodes.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(one for one in folder.rglob("*") if one.is_file() and one.suffix != ".pyc"):
        digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def origin_of(scenario: Scenario) -> bytes:
    """Return what a file says of the run that a snapshot was taken of."""
    names = dict.fromkeys(launch.program for _, launch in launches(scenario.file))
    programs = {name: scenario.images[Path(name).name] for name in names if name not in CATALOGUE}
    origin = Origin(
        __version__,
        code_of_nodes(),
        scenario.source,
        scenario.whole_text,
        scenario.overrides,
        programs,
        scenario.users.modules,
    )
    return msgspec.msgpack.encode(origin)


def load_snapshot(file: str, overrides: Sequence[str]) -> Scenario:
    """Return the scenario of a snapshot, with some more settings in force, whose runs go on from it. Raises InputError."""
    origin, start = _read(file)
    scenario = load_scenario(
        origin.source,
        origin.text,
        (*origin.overrides, *overrides),
        programs=origin.programs,
        modules=origin.modules,
    )
    _check_nodes(scenario, start, file)
    return replace(scenario, goes_on=start, known_steps=len(scenario.file.script), snapshot=file, compared={})


def load(source: str | Path, text: str | None, overrides: Sequence[str]) -> Scenario:
    """Return the scenario that is in a file, or that of a snapshot. Raises InputError."""
    if text is None and is_snapshot(Path(source)):
        return load_snapshot(str(source), overrides)
    return load_scenario(source, text, overrides)


def going_on(scenario: Scenario) -> Scenario:
    """Return a scenario that says `from: FILE` as one whose runs go on from there. Raises InputError."""
    file = str(scenario.folder / (scenario.file.from_ or ""))
    origin, start = _read(file)
    known = load_scenario(
        origin.source, origin.text, origin.overrides, programs=origin.programs, modules=origin.modules
    ).file.script
    _check_nodes(scenario, start, file)
    return replace(scenario, goes_on=start, known_steps=len(known), snapshot=file)


def is_snapshot(file: Path) -> bool:
    """Tell whether a file begins as a snapshot does."""
    return begins_with(file, MAGIC)


def _read(file: str) -> tuple[Origin, Resumption]:
    """Return the run of which a snapshot was taken, and what another goes on from. Raises InputError."""
    try:
        with open_input(Path(file), MEANT) as stream:
            content = stream.read()
    except OSError as error:
        raise InputError(Text("this file cannot be read: {why}", why=system_says(error)), file) from None
    try:
        snapshot = read_snapshot(content)
        if not snapshot.going_on:
            raise InputError(Text("nothing was kept of this snapshot that a run could go on from"), file, _WHEN_KEPT)
        origin = msgspec.msgpack.decode(snapshot.origin, type=Origin)
        if origin.code != code_of_nodes():
            what = Text("another version of tuiclu ({version}) has written this snapshot", version=origin.version)
            raise InputError(what, file, Text("`tuiclu snapshot show FILE` shows it; go on from it with that version."))
        start = resumption.decode(snapshot.going_on)
    except (NotASnapshot, msgspec.DecodeError, Damaged) as error:
        raise InputError(Text("this is not a snapshot: {why}", why=str(error)), file, MEANT) from None
    if start.why_not is not None:
        why, node, what_of_it = start.why_not
        raise InputError(_WHY_NOT[why].filled(node=node, what=what_of_it), file)
    return origin, start


def _check_nodes(scenario: Scenario, start: Resumption, file: str) -> None:
    """See to it that the cluster has the nodes of the snapshot, whatever else was set otherwise."""
    if tuple(scenario.file.cluster.nodes) != tuple(start.then.nodes):
        raise InputError(
            Text("the nodes of a snapshot are as they are: {nodes}", nodes=", ".join(start.then.nodes)), file
        )
