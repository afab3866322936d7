"""A node crashes at any event of a migration, whoever decides about it: nobody stands still for ever, and nothing is kept for the dead."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest

from nodes.strategies import STRATEGIES
from nodes.wire.control import CancelMove, KillProcess, LetStay, MoveProcess, OperateMachine, OwnerInput
from nodes.wire.events import ProcessExited
from nodes.wire.ids import NodeName, Pid
from nodes.wire.parameters import InitiatorParameters, MigrationParameters
from nodes.wire.reasons import verbatim
from tests.nodes.kernel.assembler import churn, scatter
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


# --------------------------------------------------------------------------------------------------------- at random


def a_random_life(seed: int) -> tuple[Network, list[Pid]]:
    """Return a cluster in which owners, operators, policies and crashes meet a few processes, all at random instants."""
    draw = Random(seed)
    seats = draw.choice([{}, *(one.controls for one in SEATS.values()), {name: draw.choice(NAMES) for name in NAMES}])
    settings = InitiatorParameters(
        controls=seats,
        owners={name: draw.choice(("idle", "active")) for name in NAMES if draw.random() < 0.4},
        idle_after_ns=draw.choice((20, 400)) * MS,
        eviction=draw.choice(("home", "renegotiate", "keep-running", "low-priority")),
        load_sharing=draw.choice(("none", "none", "sender-initiated", "receiver-initiated", "symmetric")),
        placement=draw.choice(("home", "home", "least-loaded")),
        admission=draw.choice((0, 0, 1)),
        interval_ns=20 * MS,
        residence_ns=20 * MS,
        answer_timeout_ns=60 * MS,
    )
    migration = MigrationParameters(
        draw.choice(tuple(STRATEGIES)),
        redirection=draw.choice(("forward", "update", "home")),
        flush_to=draw.choice(("", "", "n4")),
        disk_patience_ns=50 * MS,
        offer_timeout_ns=80 * MS,
        transfer_timeout_ns=100 * MS,
    )
    network = Network(4, costs=FREE, migration=migration, initiators=settings, frames=[draw.choice((60, 512))] * 4)
    programs = [scatter(8, 30, sleep_ns=2 * MS), churn(60, 2 * MS), scatter(16, 40, sleep_ns=MS)]
    pids = [network[draw.choice(NAMES)].start(draw.choice(programs), at_ns=draw.randrange(30) * MS) for _ in range(4)]
    for _ in range(draw.randint(4, 14)):
        at_ns, name, pid = draw.randrange(1, 150 * MS), draw.choice(NAMES), draw.choice(pids)
        to, strategy = draw.choice(NAMES), draw.choice([None, *STRATEGIES])
        match draw.randrange(13):
            case 0 | 1 | 2 | 3:
                network.order(pid, partial(move, to, strategy), at_ns)
            case 4:
                network.order(pid, CancelMove, at_ns)
            case 5:
                network.order(pid, KillProcess, at_ns)
            case 6:
                network.order(pid, lambda pid: LetStay(pid, stays=True), at_ns)
            case 7 | 8:
                network.operate(name, OwnerInput(active=True), at_ns)
                network.operate(name, OwnerInput(active=False), at_ns + draw.randrange(60) * MS)
            case 9:
                network.operate(
                    name, OperateMachine(draw.choice(("expel", "bring", "block", "unblock", "stay"))), at_ns
                )
            case 10:
                network.operate(name, OperateMachine("shutdown", at_ns + 60 * MS), at_ns)
                crash(network, name, at_ns + 60 * MS, draw)
            case 11:
                crash(network, name, at_ns, draw)
            case _:
                link = (name, draw.choice([one for one in NAMES if one != name]))
                network.hold(link, at_ns=at_ns)
                network.release(link, at_ns=at_ns + draw.randrange(1, 120) * MS)
    return network, pids


def move(to: NodeName, strategy: str | None, pid: Pid) -> MoveProcess:
    return MoveProcess(pid, to, strategy, "user", verbatim("test"))


def crash(network: Network, name: NodeName, at_ns: int, draw: Random) -> None:
    """Let a node crash if it is up then; perhaps it comes back."""
    back_ns = draw.choice((0, 3, 40)) * MS

    def fall() -> None:
        if name in network.machines:
            network.crash(name, network.now)
            if back_ns:
                network.restart(name, network.now + back_ns)

    network.at(at_ns, fall)


TELLING = (122, 137, 203, 266, 1204)
"""Lives in which a page was waited for on a disk that never came back, or lay there for ever, or the Initiator of an eviction died."""


@pytest.mark.parametrize(
    "seed", [*TELLING, *range(8), *(pytest.param(n, marks=pytest.mark.long) for n in range(8, 400))]
)
def test_however_owners_operators_policies_and_crashes_meet_nobody_waits_in_vain(seed: int) -> None:
    network, pids = a_random_life(seed)

    network.run(20_000 * MS)

    network.check_nobody_waits()
    network.check_one_owner()
    for pid in pids:
        assert not network.owners(pid), f"{pid} has not ended"
