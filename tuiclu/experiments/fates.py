"""What faults have made of a migration: who has the process afterwards, whether its answer is right, and what explains it if it is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import msgspec

from nodes.wire.events import LinkPartitioned, NodeCrashed, NodePaused, Stamped
from nodes.wire.ids import NodeName, Pid
from nodes.wire.text import Text
from tuiclu.experiments.moments import Moment, Moments, Move
from tuiclu.model.cluster import ClusterView
from tuiclu.model.processes import ProcessView
from tuiclu.scenario.compile import Plan

KINDS = ("crash", "reboot", "pause", "cut")
"""What can happen to a node: it stays down, starts again, stands still for a while, or is cut off for a while."""
WIRE = "wire"
"""What can happen to a wire: it is cut one way for a while."""
VERDICTS: dict[str, Text] = {
    "source": Text.of("verdict", "source"),
    "destination": Text.of("verdict", "destination"),
    "elsewhere": Text.of("verdict", "elsewhere"),
    "lost": Text.of("verdict", "lost"),
    "residual": Text.of("verdict", "residual"),
    "cut-off": Text.of("verdict", "cut off"),
    "open": Text.of("verdict", "open"),
    "bad": Text.of("verdict", "bad"),
}
"""
`source`, `destination`, `elsewhere`: the process has ended there, with the answer that it gives without faults. `lost`: it went down with
the node that had it. `residual`: it needed what was left on a node when that was hit. `cut-off`: whoever it talks to is gone. `open`: the
run was cut off before the process ended. `bad`: none of these explains what came of it.
"""


class Fault(msgspec.Struct, frozen=True):
    """Something that goes wrong at an instant."""

    kind: str
    """One of KINDS, or `wire`."""
    target: str
    """A node; of a wire, `n1>n2`: what n1 sends to n2."""
    at_ns: int

    @property
    def hit(self) -> tuple[NodeName, ...]:
        """The nodes that it concerns."""
        return tuple(self.target.split(">"))

    @property
    def kills(self) -> bool:
        return self.kind in ("crash", "reboot")

    def steps(self, lasts_ns: int) -> Iterator[str]:
        """Say in a scenario's steps what happens, and how it is healed."""
        at, healed = f'"at": "{self.at_ns} ns"', f'"at": "{self.at_ns + lasts_ns} ns"'
        node, _, other = self.target.partition(">")
        match self.kind:
            case "crash":
                yield f'{{{at}, "crash": "{node}"}}'
            case "reboot":
                yield f'{{{at}, "crash": "{node}"}}'
                yield f'{{{healed}, "restart": "{node}"}}'
            case "pause":
                yield f'{{{at}, "pause": "{node}"}}'
                yield f'{{{healed}, "resume": "{node}"}}'
            case "cut":
                yield f'{{{at}, "partition": {{"nodes": ["{node}"]}}}}'
                yield f'{{{healed}, "heal": {{"nodes": ["{node}"]}}}}'
            case _:
                yield f'{{{at}, "partition": {{"from": "{node}", "to": "{other}"}}}}'
                yield f'{{{healed}, "heal": {{"nodes": ["{node}"], "others": ["{other}"]}}}}'


class Fate(msgspec.Struct, frozen=True):
    """What has become of a process."""

    name: str
    pid: Pid
    node: NodeName
    state: str
    exit_code: int | None
    signal: str | None
    output: str
    reason: str
    hit: list[NodeName]
    """The nodes that were hit while they had something that it needed: pages, or its mail to pass on."""
    peers: list[Pid]
    """The processes that it had links with."""

    @property
    def answer(self) -> tuple[bool, int | None, str | None, str]:
        """Whether it has ended, how, and what it has written."""
        return self.state == "exited", self.exit_code, self.signal, self.output


class Found(msgspec.Struct, frozen=True):
    """What is told of a run."""

    ended: str
    """`quiescent`, or `until`."""
    at_ns: int
    digest: str
    processes: dict[Pid, Fate]
    broken: list[str]
    """The invariants that did not hold, and how."""
    moves: list[Move]
    moments: list[Moment]


class Verdict(msgspec.Struct, frozen=True):
    """What is to be said of a process after faults."""

    kind: str
    """One of VERDICTS."""
    why: str = ""
    """Of a bad one."""


def found_by(planned: Plan) -> Found:
    """Run a plan, and say what has become of its processes and when faults would have hurt."""
    from tuiclu.scenario.runner import run

    moments = Moments()
    hits: defaultdict[Pid, set[NodeName]] = defaultdict(set)
    """By process: the nodes that were hit while they had something that it needed."""
    outcome = run(planned, comparing=False, follow_with=lambda view: partial(_see, moments, hits, view))
    view = outcome.view
    peers: dict[Pid, list[Pid]] = {}
    for link in view.links.values():
        if link.peer is not None:
            peers.setdefault(link.opener, []).append(link.peer)
            peers.setdefault(link.peer, []).append(link.opener)
    fates = {pid: _fate(one, sorted(hits[pid]), peers.get(pid, [])) for pid, one in view.processes.items()}
    broken = [f"{one['name']}: {one['detail']}" for one in outcome.result["invariants"] if not one["ok"]]
    moves = list(moments.moves.values())
    return Found(view.ended or "", view.now_ns, outcome.digest, fates, broken, moves, moments.moments)


def _see(moments: Moments, hits: defaultdict[Pid, set[NodeName]], view: ClusterView, stamped: Stamped) -> None:
    moments.see(stamped)
    match stamped.event:
        case NodeCrashed() | NodePaused():
            struck = {stamped.node or ""}
        case LinkPartitioned(links):
            struck = {node for link in links for node in link.split(">")}
        case _:
            return
    for pid, process in view.processes.items():
        hits[pid] |= struck & {*(node for node, _ in process.residual), *process.passers_on}


def _fate(process: ProcessView, hit: list[NodeName], peers: list[Pid]) -> Fate:
    return Fate(
        process.name,
        process.pid,
        process.node,
        process.state,
        process.exit_code,
        process.signal,
        process.output.content().decode(errors="backslashreplace"),
        "" if process.reason is None else str(process.reason),
        hit,
        peers,
    )


def judged(move: Move, faults: tuple[Fault, ...], undisturbed: Found, found: Found) -> Verdict:
    """Judge what faults have made of a migration: who has the process, and whether anything is left unexplained, of any process.

    Processes whose answers depend on the time that things take are not in `undisturbed`.
    """
    if found.broken:
        return Verdict("bad", found.broken[0])
    fates = found.processes
    verdicts = {pid: _by_itself(move, faults, before, fates.get(pid)) for pid, before in undisturbed.processes.items()}
    gone = {pid for pid, verdict in verdicts.items() if verdict is not None and verdict.kind in ("lost", "residual")}
    for pid, before in undisturbed.processes.items():
        verdict = verdicts[pid] or _by_others(before, gone, found)
        if verdict.kind == "bad" or pid == move.pid:
            verdicts[pid] = verdict
    bad = [verdict for verdict in verdicts.values() if verdict is not None and verdict.kind == "bad"]
    return bad[0] if bad else verdicts.get(move.pid) or Verdict("open")


def _by_itself(move: Move, faults: tuple[Fault, ...], before: Fate, after: Fate | None) -> Verdict | None:
    """Return the verdict on a process, as far as it depends on no other; None: it does."""
    if after is None:
        return None
    if after.state == "lost":
        if any(fault.kills and fault.target == after.node for fault in faults):
            return Verdict("lost")
        return Verdict("bad", f"{after.name} is lost on {after.node}: {after.reason}")
    if after.answer == before.answer:
        return Verdict({move.source: "source", move.destination: "destination"}.get(after.node, "elsewhere"))
    if after.hit and after.state == "exited" and after.exit_code != 0:
        return Verdict("residual")
    return None


def _by_others(before: Fate, gone: set[Pid], found: Found) -> Verdict:
    """Return the verdict on a process whose end nothing explains but that of another one, if anything does."""
    after = found.processes.get(before.pid)
    if _talked_to(before, gone, found):
        return Verdict("cut-off")
    if after is None:
        return Verdict("bad", f"{before.name} was never started")
    if after.state == "exited":
        what = f"{after.reason}; it wrote {after.output[-200:]!r}, and {before.output[-200:]!r} without faults"
        return Verdict("bad", f"{after.name} ended otherwise: {what}")
    if found.ended == "until":
        return Verdict("open")
    return Verdict("bad", f"{after.name} is {after.state} on {after.node}, and nothing is left to happen")


def _talked_to(before: Fate, gone: set[Pid], found: Found) -> bool:
    """Tell whether a process had to do with one that is gone, directly or by others."""
    reached, waiting = {before.pid}, list(before.peers)
    while waiting:
        peer = waiting.pop()
        if peer not in reached:
            reached.add(peer)
            if peer in gone or peer not in found.processes:
                return True
            waiting += found.processes[peer].peers
    return False
