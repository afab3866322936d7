"""Snapshots of a run, as files: written when each of them has ended, by `run` and by `open`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from nodes.wire.events import (
    AnyEvent,
    BeliefRevised,
    LoadHeard,
    MessageDelivered,
    NodeCrashed,
    SnapshotRecorded,
    Stamped,
)
from nodes.wire.ids import NodeName
from nodes.wire.machine import system_says
from nodes.wire.text import Text
from tuiclu.cluster import commands
from tuiclu.cluster.resumption import Gatherer
from tuiclu.errors import InputError
from tuiclu.model.beliefs import Beliefs
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import Table
from tuiclu.model.frame import Belief
from tuiclu.model.snapshot_file import file_of
from tuiclu.scenario.compile import Plan
from tuiclu.scenario.parser import Scenario
from tuiclu.scenario.recurring import Repeated
from tuiclu.scenario.restoring import origin_of
from tuiclu.scratch import scratch_folder

ENDING = ".snapshot"


class Keeper:
    """Writes the snapshots of a run: all to `folder`, if there is one, and those that are to have a name (`to:`) there or where we are."""

    about = (MessageDelivered, LoadHeard, BeliefRevised, NodeCrashed, SnapshotRecorded)

    view: ClusterView
    """Of the run. Whoever begins that hands it over."""

    def __init__(self, scenario: Scenario, folder: Path | None, gatherer: Gatherer) -> None:
        self.gatherer = gatherer
        self._origin = origin_of(scenario)
        self._folder = folder
        self._beliefs = Beliefs()
        self._table = Table(self._beliefs)
        self._believed: dict[str, dict[NodeName, list[Belief]]] = {}
        """Of each snapshot: what each node believed when it recorded its state."""
        self._written: dict[str, None] = {}
        self._refused: InputError | None = None
        self.warn: Callable[[InputError], object] = lambda _: None
        """Told at once that a file cannot be written; the run goes on."""
        gatherer.when_over = self.write

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        """Take note of what nodes believe, and of what they do when they record their states."""
        self._table.apply(stamped)
        if isinstance(stamped.event, SnapshotRecorded):
            held = [one for one in self._beliefs.rows() if one.holder == stamped.node]
            self._believed.setdefault(stamped.event.snapshot, {})[str(stamped.node)] = held
        return ()

    def write(self, number: str) -> None:
        """Write the files of a snapshot that has ended, or with the run."""
        snapshot = self.view.snapshots.get(number)
        if snapshot is None or number in self._written:
            return
        self._written[number] = None
        names = [*([f"{number}{ENDING}"] if self._folder is not None else []), snapshot.started.to]
        try:
            content = file_of(
                self.view, snapshot, self._origin, self.gatherer.take(number), self._believed.pop(number, {})
            )
            for name in filter(None, names):
                _replace((self._folder or Path()) / name, content)
        except OSError as error:
            where = str(self._folder or snapshot.started.to)
            self._refused = InputError(Text("cannot write to it: {why}", why=system_says(error)), where)
            self.warn(self._refused)

    def finish(self) -> None:
        """Write those that had not ended when the run did. Raises InputError if there is one that could not be written."""
        for number in list(self.view.snapshots):
            self.write(number)
        if self._refused is not None:
            raise self._refused


def _replace(target: Path, content: bytes) -> None:
    """Write a file as a whole: nobody reads half of one."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def wants_files(plan: Plan) -> bool:
    """Tell whether a script says of a snapshot where it is to be written."""
    said = [step.command for step in plan.steps]
    said += [one.command for one in plan.recurring if isinstance(one, Repeated)]
    return any(isinstance(one, commands.Snapshot) and one.to for one in said)


@contextlib.contextmanager
def keeping(scenario: Scenario, plan: Plan, folder: Path | None) -> Iterator[Keeper | None]:
    """Have the snapshots of a run kept that are to be written: to a folder, or by the script's wish. None: there are none.

    Raises InputError if there can be no such folder.
    """
    if folder is None and not wants_files(plan):
        yield None
        return
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(Text("cannot write to it: {why}", why=system_says(error)), "--snapshots") from None
    with scratch_folder("tuiclu-parts") as place, contextlib.closing(Gatherer(place)) as gatherer:
        yield Keeper(scenario, folder, gatherer)
