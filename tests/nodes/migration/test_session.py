"""Migration: a process moves in whatever state it is, and whatever breaks meanwhile, there are never two of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nodes import programs
from nodes.kernel.process import State
from nodes.migration.session import (
    DESTINATION_TRANSITIONS,
    SOURCE_TRANSITIONS,
    Cause,
    DestinationState,
    SourceState,
)
from nodes.wire.control import LocalEvent, MoveProcess
from nodes.wire.events import (
    CommandRefused,
    FramesInUse,
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationCompleted,
    MigrationFrozen,
    MigrationLost,
    MigrationPages,
    MigrationResumed,
    MigrationRound,
    MigrationStarted,
    NegotiationRefused,
    ProcessBlocked,
    ProcessDispatched,
    ProcessExited,
    ProcessFrozen,
    ProcessReady,
    ProcessRemoved,
    ProcessThawed,
    ReservationReleased,
    kind_of,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import (
    AnyPacket,
    MigrationOffer,
    OwnershipTransferred,
    PageBatch,
    ProcessImage,
)
from nodes.wire.parameters import SECOND_NS, MigrationParameters
from tests.nodes.kernel.answers import SMALL_WORKLOADS, answer
from tests.nodes.kernel.assembler import (
    FOREVER,
    SLEEP_INSTRUCTIONS,
    Code,
    burn,
    scatter,
    scatter_output,
)
from tests.nodes.kernel.machine import FREE, GIPS, MS, Machine, boot, examples
from tests.nodes.migration.network import DETECTION_NS, LATENCY_NS, Network, Said

MIGRATION_EVENTS = (
    MigrationStarted,
    NegotiationRefused,
    MigrationAccepted,
    MigrationFrozen,
    MigrationCommitted,
    MigrationResumed,
    MigrationCompleted,
    MigrationAborted,
    MigrationLost,
    ReservationReleased,
)

CONVERSATION = [
    "MigrationOffer",
    "OfferAccepted",
    "PageBatch",
    "PagesReceived",
    "ProcessImage",
    "ImageInstalled",
    "OwnershipTransferred",
    "ProcessResumed",
]
"""All messages of a migration that goes well, of a process with at most one batch of pages."""


def kinds(network: Network) -> list[tuple[NodeName, str]]:
    """Return what became of the migrations: (where, what), in order."""
    events = sorted(network.of(*MIGRATION_EVENTS), key=lambda one: one[0])
    return [(name, kind_of(event)) for _, name, event in events]


# ----------------------------------------------------------------------------------------------------------- the tables


@pytest.mark.parametrize(
    ("table", "start"),
    [(SOURCE_TRANSITIONS, SourceState.OFFERED), (DESTINATION_TRANSITIONS, DestinationState.RESERVED)],
)
def test_every_state_of_a_session_can_be_reached(
    table: dict[tuple[str, Cause], str], start: SourceState | DestinationState
) -> None:
    reached: list[str] = [start]
    for state in reached:
        reached += [after for (before, _), after in table.items() if before == state and after not in reached]

    assert sorted(dict.fromkeys(reached)) == sorted(type(start))


def test_ends_are_ends() -> None:
    assert sorted(state for state in SourceState if state not in [before for before, _ in SOURCE_TRANSITIONS]) == [
        "aborted",
        "completed",
        "lost",
        "refused",
    ]
    assert sorted(
        state for state in DestinationState if state not in [before for before, _ in DESTINATION_TRANSITIONS]
    ) == ["owned", "released"]


def test_before_the_commit_everything_can_be_given_up_or_break_and_after_it_nothing_can_be_given_up() -> None:
    given_up = [before for (before, cause), after in SOURCE_TRANSITIONS.items() if after is SourceState.ABORTED]
    before_commit = [SourceState.OFFERED, SourceState.TRANSFERRING, SourceState.INSTALLING]
    assert sorted(given_up) == sorted(2 * before_commit)
    assert (SourceState.COMMITTED, Cause.GIVEN_UP) not in SOURCE_TRANSITIONS

    for state in (DestinationState.RESERVED, DestinationState.RECEIVING, DestinationState.INSTALLED):
        for cause in (Cause.GIVEN_UP, Cause.BROKEN):
            assert DESTINATION_TRANSITIONS[state, cause] is DestinationState.RELEASED


# ----------------------------------------------------------------------------------------------------- a move goes well


def test_a_migration_is_a_row_of_messages_and_events() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(FOREVER)
    network.move(pid, "n2", MS)

    network.run(20 * MS)

    assert network.conversation() == CONVERSATION
    migration, events = "n1/1", sorted(network.of(*MIGRATION_EVENTS, MigrationPages, MigrationRound), key=lambda e: e[0])
    text, stack = 0x10, 0x3FFFFFE
    batch_bytes = next(said.wire_bytes for said in network.said if said.type == "PageBatch")
    assert events == [
        (MS, "n1", MigrationStarted(migration, pid, "n1", "n2", "eager-all", "user", "test")),
        (3 * MS, "n1", MigrationAccepted(migration, pid)),
        (3 * MS, "n1", MigrationFrozen(migration, pid)),
        (3 * MS, "n1", MigrationPages(migration, pid, [text, stack])),
        (5 * MS, "n1", MigrationRound(migration, pid, 1, 2, batch_bytes, 2 * MS)),
        (7 * MS, "n1", MigrationCommitted(migration, pid, "n2")),
        (8 * MS, "n2", MigrationResumed(migration, pid)),
        (9 * MS, "n1", MigrationCompleted(migration, pid)),
    ]
    assert network.owners(pid) == ["n2"]
    assert network.process(pid).account.migrations == 1


def test_an_offer_says_what_the_destination_must_know() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(FOREVER, at_ns=MS)
    network.move(pid, "n2", 3 * MS)

    network.run(4 * MS)

    program = network.process(pid).program
    assert [said.packet for said in network.said] == [
        MigrationOffer("n1/1", pid, pid, program, "eager-all", 2, age_ns=2 * MS, cpu_ns=2 * MS)
    ]


@cache
def at_home(name: str) -> tuple[bytes, ProcessExited]:
    """Return what a program of the catalogue writes and how it ends, where it stays at home."""
    machine = Machine(boot(ips=1_000_000))
    pid = machine.start(name, *map(str, SMALL_WORKLOADS[name]))
    machine.run()
    return machine.output(pid), machine.exit_of(pid)


@pytest.mark.parametrize("moves", [1, 10])
@pytest.mark.parametrize("name", programs.CATALOGUE)
def test_a_program_of_the_catalogue_moves_in_the_middle_and_nobody_can_tell(name: str, moves: int) -> None:
    """On a slow node, with a fast wire: each move comes after a tenth of what is left of the program, or so."""
    output, ended = at_home(name)
    network = Network(3, ips=1_000_000, costs=replace(FREE, migration_page_ns=1000), latency_ns=MS // 20)
    pid = network["n1"].start(name, *map(str, SMALL_WORKLOADS[name]))
    begins = _spread(name, moves, ended.cpu_ns // (moves + 1))

    for number, delay_ns in enumerate(begins):
        network.move(pid, f"n{2 + number % 2}", network.now + delay_ns)
        network.run_until(lambda number=number: len(network.of(MigrationCompleted)) > number)
    network.run()

    assert network.output(pid) == output == answer(name, SMALL_WORKLOADS[name])
    exited = network.exit_of(pid)
    assert exited is not None
    assert (exited.exit_code, exited.instructions) == (0, ended.instructions)
    assert len(network.of(MigrationCompleted)) == moves
    network.check_at_rest()
