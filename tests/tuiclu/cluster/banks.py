"""Random banks while snapshots are recorded in every way, and what must be true of each.

A bank has 2 to 4 branches on 2 to 8 nodes, whose clocks are wrong. Branches move by any strategy, snapshots begin at random instants, just
as a process changes hands, two at once; and in one of five runs a node crashes. `python -m tests.tuiclu.cluster.banks --seeds 0..999`.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from nodes.global_state.cuts import Histories
from nodes.wire.events import AnyEvent, MessageDelivered, MessageSent, SnapshotChannel, SnapshotRecorded, Stamped
from tuiclu.scenario.compile import plan
from tuiclu.scenario.parser import load_scenario
from tuiclu.scenario.runner import Outcome, run

STRATEGIES = ("eager-all", "precopy", "eager-dirty", "copy-on-reference", "flushing", "hybrid")
INITIAL = 1000
_OF_SNAPSHOTS = ("SnapshotMarker", "LooseMarker", "StateAsked", "StateTold")


@dataclass
class Found:
    """What one snapshot has recorded, counted from the nodes' own words."""

    cut: dict[str, int] = field(default_factory=dict)
    """How many of its events each node has behind it."""
    owned: Counter[str] = field(default_factory=Counter)
    """How often each process is the own one of a node."""
    coming: dict[str, str] = field(default_factory=dict)
    """By migration: a process that is installed, and not its node's own yet."""
    handed_over: list[str] = field(default_factory=list)
    """Migrations whose process is just changing hands in a channel."""

    def processes(self) -> Counter[str]:
        """Return how often each process is in the snapshot."""
        moving = [self.coming[migration] for migration in self.handed_over if migration in self.coming]
        return self.owned + Counter(moving)


class Cuts:
    """What happened at each node, and where each snapshot cuts it, from nothing but messages sent and delivered."""

    about = (MessageSent, MessageDelivered, SnapshotRecorded, SnapshotChannel)

    def __init__(self) -> None:
        self.histories = Histories()
        self.of: dict[str, Found] = {}

    def observe(self, stamped: Stamped) -> Iterable[AnyEvent]:
        node = str(stamped.node)
        match stamped.event:
            case MessageSent(message, _, kind) if kind not in _OF_SNAPSHOTS:
                self.histories.sent(node, message)
            case MessageDelivered(message, _, kind) if kind not in _OF_SNAPSHOTS:
                self.histories.received(node, message)
            case SnapshotRecorded(snapshot) as state:
                found = self.of.setdefault(snapshot, Found())
                found.cut[node] = self.histories.position(node)
                found.owned.update(process.pid for process in state.processes)
                found.coming |= {process.migration: process.pid for process in state.coming}
            case SnapshotChannel(snapshot) as channel:
                self.of.setdefault(snapshot, Found()).handed_over += channel.handed_over
            case _:
                pass
        return ()

    def crossing(self, snapshot: str) -> list[tuple[str, str, str]]:
        """Return the messages that cross a cut backwards, in order."""
        cut = self.of[snapshot].cut
        found = self.histories.crossings(cut)
        return sorted((str(one[0]), one[1], one[2]) for one in found if one.source in cut and one.destination in cut)


def bank(chance: random.Random, *, script: list[dict[str, Any]], most: int = 5, transfers: int = 100) -> dict[str, Any]:
    """Draw a bank, and the cluster of at most `most` nodes that it works on."""
    nodes = [f"n{number}" for number in range(1, chance.randint(2, most) + 1)]
    branches = chance.randint(2, 4)
    network = {
        "kind": chance.choice(["switch", "bus", "mesh"]),
        "bandwidth": f"{chance.choice([1, 10, 100])} Mbit/s",
        "latency": f"{chance.randint(1, 8)} ms",
    }
    args = {
        "initial": INITIAL,
        "transfers": transfers,
        "branches": branches,
        "seed": chance.randint(0, 999),
        "pause_us": chance.choice([500, 2000, 5000]),
    }
    return {
        "tuiclu": 1,
        "title": "A bank",
        "seed": chance.randint(0, 999),
        "cluster": {
            "network": network,
            "defaults": {"mips": 10, "memory": "2 MiB"},
            "policy": {"redirection": chance.choice(["forward", "update", "home"])},
            "nodes": {node: {} for node in nodes},
        },
        "processes": {"B": {"program": "bank", "count": branches, "on": nodes, "args": args}},
        "script": script,
    }


def snapshot_step(chance: random.Random, nodes: list[str], at_us: int) -> dict[str, Any]:
    """Draw a snapshot that one or two nodes begin at an instant."""
    begin = chance.sample(nodes, chance.randint(1, min(2, len(nodes))))
    return {"at": f"{at_us} us", "snapshot": {"from": begin}}


def drawn(seed: int) -> dict[str, Any]:
    """Draw a bank whose branches move by any strategy while snapshots are recorded, some just during a move, some two at once."""
    chance = random.Random(seed)
    scenario = bank(chance, script=[], most=8, transfers=60)
    nodes, script = list(scenario["cluster"]["nodes"]), scenario["script"]
    for node in nodes:
        clock = {chance.choice(["fast", "slow"]): f"{chance.randint(0, 8000)} us", "drift": chance.randint(-50, 50)}
        scenario["cluster"]["nodes"][node] = {"clock": clock}
    end_ms = 110
    for _ in range(chance.choice((0, 1, 1, 2))):
        at_ms = chance.randint(30, end_ms)
        branch = f"B{chance.randint(1, scenario['processes']['B']['args']['branches'])}"
        move = {"process": branch, "to": chance.choice(nodes), "strategy": chance.choice(STRATEGIES)}
        script.append({"at": f"{at_ms} ms", "migrate": move})
        script.append(snapshot_step(chance, nodes, at_ms * 1000 + chance.randint(0, 40_000)))
        if chance.random() < 0.5:  # just as it changes hands
            event = {"event": "migration.committed", "process": branch}
            script.append({"when": event, "snapshot": {"from": [move["to"]]}})
    at_us = chance.randint(20_000, end_ms * 1000)
    script.append(snapshot_step(chance, nodes, at_us))
    if chance.random() < 0.4:  # two at once
        script.append(snapshot_step(chance, nodes, at_us + chance.randint(0, 3000)))
    script.append({"at": f"{chance.randint(20, end_ms)} ms", "snapshot": {"way": "poll", "from": chance.choice(nodes)}})
    loose = {"way": "unordered", "from": chance.choice(nodes)}
    script.append({"at": f"{chance.randint(20, end_ms)} ms", "snapshot": loose})
    clock_ms = chance.randint(40, end_ms)
    script.append({"at": f"{clock_ms - 20} ms", "snapshot": {"way": "clocks", "at": f"{clock_ms} ms"}})
    if chance.random() < 0.2:
        script.append({"at": f"{chance.randint(20, end_ms + 30)} ms", "crash": chance.choice(nodes)})
    return scenario | {"until": "30 s"}


def outcome_of(scenario: dict[str, Any], cuts: Cuts) -> Outcome:
    """Run it."""
    return run(plan(load_scenario("bank.yaml", json.dumps(scenario))), observers=[cuts])


def check(seed: int) -> Counter[str]:
    """Run the bank of a seed, and see to all that must be true of its snapshots; return how many there were of what."""
    scenario, cuts = drawn(seed), Cuts()
    outcome = outcome_of(scenario, cuts)
    result, total = outcome.result, INITIAL * scenario["processes"]["B"]["args"]["branches"]
    crashes = [one["at_s"] for one in result["faults"]]
    ends = [one["started_s"] + one["turnaround_s"] for one in result["processes"] if one["turnaround_s"] is not None]
    whole_until_s = min([*ends, *(at for at in crashes if any(one["exit_code"] != 0 for one in result["processes"]))])
    counts = Counter[str](runs=1, crashes=len(crashes), migrations=len(result["migrations"]))
    assert result["snapshots"], "it was asked for"
    for snapshot in result["snapshots"]:
        number, way = str(snapshot["id"]), snapshot["way"]
        if snapshot["outcome"] != "completed":
            assert crashes, (seed, snapshot)
            assert (snapshot["outcome"], snapshot["reason"] != "") == ("failed", True), (seed, snapshot)
            counts[f"{way}, could not end"] += 1
            continue
        crossing = cuts.crossing(number)
        named = sorted((one["message"], one["from"], one["to"]) for one in snapshot["crossing"])
        assert named == crossing, (seed, snapshot)
        counts[way] += 1
        right = not crossing
        if snapshot["completed_s"] < whole_until_s:
            right = right and snapshot["totals"] == {"money": total}
        if way != "markers":
            counts[f"{way}, wrong cut"] += bool(crossing)
            counts[f"{way}, wrong"] += not right
            continue
        assert snapshot["consistent"], (seed, snapshot)
        assert right, (seed, snapshot)
        found = cuts.of[number].processes()
        assert set(found.values()) <= {1}, (seed, found)
        if snapshot["completed_s"] < whole_until_s:
            assert sorted(found) == sorted(one["pid"] for one in result["processes"]), (seed, found)
        counts["markers, of which money and processes were counted"] += snapshot["completed_s"] < whole_until_s
        counts["markers, with a process in a channel"] += any(">" in place for place in snapshot["places"].values())
        counts["markers, with another at once"] += any(
            other is not snapshot and _overlap(snapshot, other) for other in result["snapshots"] if other["way"] == way
        )
        during = {strategy for strategy, *span in _spans(outcome) if _during(snapshot, *span)}
        counts.update(f"markers, during a migration by {strategy}" for strategy in during)
    if not crashes:
        assert all(one["state"] == "exited" and one["exit_code"] == 0 for one in result["processes"]), seed
        branches = total // INITIAL
        assert outcome.process("B1")["output"].endswith(f"bank: {branches} branches have {total}\n"), seed
    assert all(one["ok"] for one in result["invariants"]), seed
    return counts


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    first, second = sorted((one, other), key=lambda snapshot: float(snapshot["started_s"]))
    return float(second["started_s"]) <= float(first["completed_s"] or 0)


def _spans(outcome: Outcome) -> list[tuple[str, float, float]]:
    """Return by which strategy each migration went, from when, and to when, in seconds."""
    return [
        (view.strategy, view.started_ns / 1e9, (view.ended_ns or outcome.view.now_ns) / 1e9)
        for view in outcome.view.migrations.values()
    ]


def _during(snapshot: dict[str, Any], start_s: float, end_s: float) -> bool:
    """Tell whether a snapshot was recorded, at least at one node, between two instants."""
    return any(start_s <= float(node["recorded_s"]) <= end_s for node in snapshot["nodes"])


def main() -> None:
    """Run many, and say how many snapshots were wrong, by the way in which they were recorded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0..99", help="the first and the last")
    first, _, last = parser.parse_args().seeds.partition("..")
    counts = Counter[str]()
    for seed in range(int(first), int(last or first) + 1):
        counts += check(seed)
    for what, count in sorted(counts.items()):
        print(f"{count:7} {what}")


if __name__ == "__main__":
    main()
