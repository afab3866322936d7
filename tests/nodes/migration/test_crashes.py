"""A node crashes at any event of a migration, whoever decides about it: nobody stands still for ever, and nothing is kept for the dead."""

from __future__ import annotations

import pytest

from nodes.migration.registry import STRATEGIES
from nodes.wire.events import ProcessExited
from nodes.wire.ids import NodeName, Pid
from nodes.wire.parameters import InitiatorParameters, MigrationParameters
from tests.nodes.kernel.assembler import scatter
from tests.nodes.kernel.machine import FREE, MS
from tests.nodes.migration.network import Network

SEATS: dict[str, InitiatorParameters] = {
    "own": InitiatorParameters(),
    "elsewhere": InitiatorParameters(controls={"n1": "n3", "n2": "n4", "n3": "n3", "n4": "n3"}),
    "one for all": InitiatorParameters(controls=dict.fromkeys(("n1", "n2", "n3", "n4"), "n4")),
}
NAMES = ("n1", "n2", "n3", "n4")


def moving(strategy: str, seats: str, flush_to: NodeName = "") -> tuple[Network, Pid]:
    """Return a process that goes from n1 to n2, and from there to n3."""
    network = Network(
        4,
        costs=FREE,
        migration=MigrationParameters(strategy, flush_to=flush_to, disk_patience_ns=50 * MS),
        initiators=SEATS[seats],
    )
    pid = network["n1"].start(scatter(10, 40, sleep_ns=2 * MS))
    network.move(pid, "n2", 5 * MS)
    network.move(pid, "n3", 45 * MS)
    return network, pid


def instants(strategy: str, seats: str, flush_to: NodeName = "") -> list[int]:
    """Return an instant after every message, and one where it arrives."""
    network, _ = moving(strategy, seats, flush_to)
    network.run(80 * MS)
    sent = [said.sent_ns for said in network.said if said.sent_ns >= 5 * MS]
    return sorted({instant for one in sent for instant in (one + 1, one + MS)})


def check_fate(network: Network, pid: Pid, crashed: NodeName) -> None:
    """Check that a process has ended, or was lost with a node that it was on or needed."""
    network.check_nobody_waits()
    if not network.has_ended(pid):
        assert network.owners(pid) == []
        assert network.owner(pid) == crashed, "lost although its owner lives"
    else:
        assert len(network.of(ProcessExited)) == 1


CASES = [
    pytest.param(strategy, seats, crashed, flush_to, step, marks=[pytest.mark.long] if step == 1 else [])
    for strategy, flush_to in (*((one, "") for one in STRATEGIES), ("flushing", "n4"))
    for seats in SEATS
    for crashed in NAMES
    for step in (1, 7)
    if step == 1 or (strategy in ("eager-all", "flushing") and seats != "one for all" and crashed in ("n2", "n4"))
]


@pytest.mark.parametrize(("strategy", "seats", "crashed", "flush_to", "step"), CASES)
def test_whatever_node_crashes_at_whatever_event_nobody_stands_still_and_nothing_is_kept_for_the_dead(
    strategy: str, seats: str, crashed: NodeName, flush_to: NodeName, step: int
) -> None:
    for instant in instants(strategy, seats, flush_to)[::step]:
        for restarts in (False, True):
            network, pid = moving(strategy, seats, flush_to)
            network.crash(crashed, instant)
            if restarts:
                network.restart(crashed, instant + 20 * MS)
            network.run()
            try:
                check_fate(network, pid, crashed)
            except AssertionError as error:
                raise AssertionError(f"{crashed} crashed at {instant}, restarts: {restarts}: {error}") from error


def test_pages_on_the_disk_of_a_third_node_go_when_their_owner_dies_or_ends() -> None:
    for end in ("crash", "kill", "kill while the keeper is down"):
        network, pid = moving("flushing", "own", "n4")
        network.run(40 * MS)
        assert network["n4"].kernel.store.owners() == [pid]
        if end == "crash":
            network.crash("n2", 41 * MS)
        elif end == "kill":
            network.kill(pid, 41 * MS)
        else:
            network.crash("n4", 41 * MS)
            network.kill(pid, 60 * MS)
            network.restart("n4", 80 * MS)
        network.run()
        assert network["n4"].kernel.store.owners() == []
        network.check_nobody_waits()
