"""The matrix of faults: a run's migrations, once more for each instant at which something happens to them, each kind of fault and each node
that it could hit.

A cell is a scenario: the one that was given, with the steps of its faults. So every cell can be run again, watched and explained. What is
found can be kept in a file, a line for each cell, with which a matrix goes on that was broken off.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from collections.abc import Sequence as Several
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import msgspec

from nodes.wire.ids import NodeName, home_of
from nodes.wire.machine import system_says
from nodes.wire.parameters import SECOND_NS
from nodes.wire.text import Text
from tuiclu.errors import InputError
from tuiclu.experiments.fates import KINDS, WIRE, Fault, Found, Verdict, found_by, judged
from tuiclu.experiments.many_runs import Answer, Question, answers, trusted_in
from tuiclu.experiments.moments import Moment, Move, points
from tuiclu.experiments.results import Results
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import Scenario, load_scenario, scenario_tree
from tuiclu.scenario.tree import HERE, Entry, Mapping, Sequence, override, read_value
from tuiclu.scenario.written import scalar, with_steps
from tuiclu.scenario.yaml_text import as_text
from tuiclu.version import __version__

LASTS_NS = 500_000_000
"""How long a fault lasts that is healed."""
AFTERWARDS_NS = 100 * SECOND_NS
"""A run may take twice as long as without faults, and so much longer; then there is no verdict."""
AUDITED = 100
"""One run of so many is made twice: both must be equal to the byte."""
PAIRS_EACH = 10
"""Where not all pairs of faults are tried, so many are tried of each that strikes first."""
ROLES: dict[str, Text] = {
    "source": Text.of("role", "source"),
    "destination": Text.of("role", "destination"),
    "initiator": Text.of("role", "initiator"),
    "home": Text.of("role", "home"),
    WIRE: Text.of("role", "wire"),
}
"""What a victim is to the migration: the first of these that it is. An Initiator decides for the source or for the destination."""


class Cell(msgspec.Struct, frozen=True):
    """One run of the matrix."""

    move: Move
    """The migration that is to be hurt."""
    phase: str
    """In which the last of the faults strikes."""
    role: str
    """What its victim is to the migration."""
    faults: tuple[Fault, ...]
    """In the order of time."""


class Judged(msgspec.Struct, frozen=True):
    """A cell with its verdict, as a file of results keeps it."""

    key: str
    """Of all that the run depends on."""
    cell: Cell
    verdict: Verdict
    digest: str
    """Of the events; empty: there was no run to its end."""


class _Asked(NamedTuple):
    cell: Cell
    key: str
    text: str
    again: bool = False
    """It is run a second time."""


class Matrix:
    """The cells of a scenario. `strategy`: of all its migrations; None: as it says. Raises InputError if nothing moves in it."""

    def __init__(self, scenario: Scenario, strategy: str | None = None) -> None:
        self._scenario = _with_strategy(scenario, strategy)
        planned = plan(self._scenario)
        self._controls = planned.initiators.controls
        self.undisturbed = found_by(planned)
        if not self.undisturbed.moves:
            meant = Text("Add a `migrate` step.")
            raise InputError(Text("no process is moved in this scenario"), scenario.source, meant)
        self.timely = self._who_depends_on_time(planned.network.latency_ns)
        """The processes that are not judged: their answers are others where messages take longer."""
        fates = {pid: fate for pid, fate in self.undisturbed.processes.items() if fate.name not in self.timely}
        self.undisturbed = msgspec.structs.replace(self.undisturbed, processes=fates)

    def _who_depends_on_time(self, latency_ns: int) -> list[str]:
        overrides = (*self._scenario.overrides, f"cluster.network.latency={3 * latency_ns} ns")
        slower = load_scenario(self._scenario.source, self._scenario.text, overrides)
        others = found_by(plan(replace(slower, users=self._scenario.users))).processes
        fates = self.undisturbed.processes
        return [fate.name for pid, fate in fates.items() if pid in others and others[pid].answer != fate.answer]

    def cells(self) -> list[Cell]:
        """Return all cells with one fault."""
        moves = {move.migration: move for move in self.undisturbed.moves}
        return [
            Cell(moves[point.migration], point.phase, role, (fault,))
            for point in points(self.undisturbed.moments)
            for role, fault in self._faults_at(point, moves[point.migration])
        ]

    def deeper(self, cell: Cell, found: Found) -> list[Cell]:
        """Return the cells in which another fault follows on those of a cell, at each instant that is left of its migration."""
        last_ns = cell.faults[-1].at_ns
        down = {fault.target for fault in cell.faults if fault.kind == "crash"}
        return [
            Cell(cell.move, point.phase, role, (*cell.faults, fault))
            for point in points(found.moments)
            if point.migration == cell.move.migration and point.at_ns > last_ns
            for role, fault in self._faults_at(point, cell.move)
            if fault.target not in down
        ]

    def pairs(self, most: int) -> list[Cell]:
        """Return at most so many cells with two faults: the second strikes what is made of the first. 0: all."""
        first = sampled(self.cells(), max(1, most // PAIRS_EACH) if most else 0)
        each = PAIRS_EACH if most else 0
        found = [(judgement.cell, one) for judgement, one in self.run(first) if one is not None]
        return sampled([pair for cell, one in found for pair in sampled(self.deeper(cell, one), each)], most)

    def _faults_at(self, point: Moment, move: Move) -> Iterator[tuple[str, Fault]]:
        for node, role in self._victims(move).items():
            yield from ((role, Fault(kind, node, point.at_ns)) for kind in KINDS)
        for one, other in ((move.source, move.destination), (move.destination, move.source)):
            yield WIRE, Fault(WIRE, f"{one}>{other}", point.at_ns)

    def _victims(self, move: Move) -> dict[NodeName, str]:
        """Return the nodes that have to do with a migration, and what each is to it."""
        seats = [self._controls.get(node, node) for node in (move.source, move.destination)]
        victims = {home_of(move.pid): "home", seats[1]: "initiator", seats[0]: "initiator"}
        return victims | {move.destination: "destination", move.source: "source"}

    def scenario_of(self, cell: Cell) -> str:
        """Return a cell as a scenario."""
        steps = [_step(text) for fault in cell.faults for text in fault.steps(LASTS_NS)]
        root = with_steps(self._scenario, steps)
        end_ns = self.undisturbed.at_ns
        if self.undisturbed.ended != "until":
            end_ns = 2 * end_ns + AFTERWARDS_NS
        root.entries["until"] = Entry(HERE, scalar(f"{end_ns} ns"))
        return as_text(root)

    def run(self, cells: Several[Cell], kept: Path | None = None) -> Iterator[tuple[Judged, Found | None]]:
        """Run cells, as many at a time as there are CPUs; return each with its verdict and with what was found, in their order.

        `kept`: the file of results; what it has is not run again, and has no more than its verdict. One cell of AUDITED is run twice; it
        comes twice if that gives two runs. Raises InputError if the file cannot be read or written.
        """
        trusted = trusted_in(self._scenario)
        asked = list(self._asked(cells))
        with Results(kept, Judged) as results:
            wanted = [one for one in asked if one.key not in results.known]
            questions = (Question(self._scenario.source, one.text, (), trusted, "faults") for one in wanted)
            with contextlib.closing(answers(questions, len(wanted))) as given:
                before = ""
                for one in asked:
                    if one.key in results.known:
                        judgement, found = results.known[one.key], None
                    else:
                        judgement, found = self._judge(one, next(given), before)
                        results.keep(judgement)
                    if not one.again or judgement.verdict.kind == "bad":
                        yield judgement, found
                    before = judgement.digest

    def _asked(self, cells: Several[Cell]) -> Iterator[_Asked]:
        for number, cell in enumerate(cells):
            text = self.scenario_of(cell)
            key = hashlib.sha256(f"{__version__} {self.undisturbed.digest} {text}".encode()).hexdigest()
            yield _Asked(cell, key, text)
            if number % AUDITED == 0:
                yield _Asked(cell, f"{key} again", text, again=True)

    def _judge(self, asked: _Asked, answer: Answer, before: str) -> tuple[Judged, Found | None]:
        """Judge an answer. `before`: the digest of the run before it."""
        cell = asked.cell
        if answer.error:
            return Judged(asked.key, cell, Verdict("bad", answer.error), ""), None
        found = msgspec.convert(answer.result, Found)
        verdict = judged(cell.move, cell.faults, self.undisturbed, found)
        if asked.again and found.digest != before:
            verdict = Verdict("bad", "a second run of it gave other events")
        return Judged(asked.key, cell, verdict, found.digest), found


@dataclass(frozen=True)
class Explored:
    """What was found of a matrix."""

    judgements: list[Judged]
    all_cells: int
    """How many cells with one fault there are in all."""
    timely: list[str]
    """The processes that were not judged: their answers depend on how long things take."""

    @property
    def bad(self) -> int:
        return sum(one.verdict.kind == "bad" for one in self.judgements)


def explored(
    scenario: Scenario,
    strategy: str | None,
    depth: int,
    most: int,
    kept: Path | None = None,
    folder: Path | None = None,
) -> Explored:
    """Run the matrix of a scenario, or `most` cells of it; with `depth` 2 as many pairs of faults behind these.

    `kept`: the file of results. Every bad cell becomes a scenario in `folder`, with no more faults than it takes. Raises InputError.
    """
    matrix = Matrix(scenario, strategy)
    everything = matrix.cells()
    judgements = [one for one, _ in matrix.run(sampled(everything, most), kept)]
    if depth > 1:
        judgements += [one for one, _ in matrix.run(matrix.pairs(most), kept)]
    if folder is not None:
        for one in judgements:
            if one.verdict.kind == "bad":
                _write(folder, matrix, _shrunk(matrix, one))
    return Explored(judgements, len(everything), matrix.timely)


def _shrunk(matrix: Matrix, bad: Judged) -> Judged:
    """Return a bad cell with one fault only, if one of its faults is enough."""
    if len(bad.cell.faults) == 1:
        return bad
    alone = [msgspec.structs.replace(bad.cell, faults=(fault,)) for fault in bad.cell.faults]
    return next((one for one, _ in matrix.run(alone) if one.verdict.kind == "bad"), bad)


def _write(folder: Path, matrix: Matrix, bad: Judged) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{bad.key[:12]}.yaml").write_text(matrix.scenario_of(bad.cell), encoding="utf-8")
    except OSError as error:
        raise InputError(Text("it cannot be written: {why}", why=system_says(error)), str(folder)) from None


def sampled(cells: Several[Cell], most: int) -> list[Cell]:
    """Return at most so many cells, the same ones each time, in their order; 0: all."""
    if not most or len(cells) <= most:
        return list(cells)

    def lot(index: int) -> bytes:
        return hashlib.sha256(msgspec.json.encode(cells[index])).digest()

    return [cells[index] for index in sorted(sorted(range(len(cells)), key=lot)[:most])]


def _step(text: str) -> Mapping:
    step = read_value(text, "a fault")
    assert isinstance(step, Mapping)
    return step


def _with_strategy(scenario: Scenario, strategy: str | None) -> Scenario:
    """Return a scenario all of whose migrations are made by one strategy. Raises InputError if there is none of this name."""
    if strategy is None:
        return scenario
    root = scenario_tree(scenario.source, scenario.text, scenario.overrides)
    override(root, "cluster.policy.strategy", scalar(strategy))
    script = root.entries.get("script")
    for step in script.value.items if script is not None and isinstance(script.value, Sequence) else ():
        move = step.entries.get("migrate") if isinstance(step, Mapping) else None
        if move is not None and isinstance(move.value, Mapping):
            move.value.entries.pop("strategy", None)
    return replace(load_scenario(scenario.source, as_text(root)), users=scenario.users)
