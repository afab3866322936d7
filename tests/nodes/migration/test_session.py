"""Migration: a process moves in whatever state it is, and whatever breaks meanwhile, there are never two of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nodes.migration.states import DESTINATION_TRANSITIONS, SOURCE_TRANSITIONS, Cause, DestinationState, SourceState
from nodes.strategies import STRATEGIES
from nodes.wire.control import MoveProcess
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
    MigrationOffer,
    PageBatch,
)
from nodes.wire.parameters import SECOND_NS, MigrationParameters
from nodes.wire.reasons import reason, verbatim
from tests.nodes.kernel.answers import SMALL_WORKLOADS, answer
from tests.nodes.kernel.assembler import (
    DATA,
    FOREVER,
    SLEEP_INSTRUCTIONS,
    Code,
    burn,
    churn,
    churn_output,
    scatter,
    scatter_output,
)
from tests.nodes.kernel.machine import FREE, GIPS, MS, Machine, boot, examples
from tests.nodes.migration.network import AGREED_NS, DETECTION_NS, LATENCY_NS, Network

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

AGREEMENT = ["WillYouTake", "YesMigrateTo"]
"""What Initiators say to each other before."""
CONVERSATION = [
    *AGREEMENT,
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
    events = sorted(network.of(*MIGRATION_EVENTS, MigrationPages, MigrationRound), key=lambda one: one[0])
    migration = "n1/1"
    stack = 0x3FFFFFE
    batch_bytes = next(said.wire_bytes for said in network.said if said.type == "PageBatch")
    why = reason("asked-for-by-user")
    assert events == [
        (MS, "n1", MigrationStarted(migration, pid, "n1", "n2", "eager-all", "user", why)),
        (5 * MS, "n1", MigrationAccepted(migration, pid)),
        (5 * MS, "n1", MigrationFrozen(migration, pid)),
        (5 * MS, "n1", MigrationPages(migration, pid, [stack], "round", batch_bytes)),
        (7 * MS, "n1", MigrationRound(migration, pid, 1, 1, batch_bytes, 2 * MS)),
        (9 * MS, "n1", MigrationCommitted(migration, pid, "n2")),
        (10 * MS, "n2", MigrationResumed(migration, pid)),
        (11 * MS, "n1", MigrationCompleted(migration, pid)),
    ]
    assert network.owners(pid) == ["n2"]
    assert network.process(pid).account.migrations == 1


def test_an_offer_says_what_the_destination_must_know() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(FOREVER, at_ns=MS)
    network.move(pid, "n2", 3 * MS)

    network.run(6 * MS)

    program = network.process(pid).program
    assert [said.packet for said in network.said if isinstance(said.packet, MigrationOffer)] == [
        MigrationOffer("n1/1", pid, pid, program, "eager-all", 1, age_ns=4 * MS, cpu_ns=4 * MS)
    ]


@cache
def at_home(name: str) -> tuple[bytes, ProcessExited]:
    """Return what a program of the catalogue writes and how it ends, where it stays at home."""
    machine = Machine(boot(ips=1_000_000))
    pid = machine.start(name, *map(str, SMALL_WORKLOADS[name]))
    machine.run()
    return machine.output(pid), machine.exit_of(pid)


@pytest.mark.parametrize(("strategy", "moves"), [("eager-all", 1), *((strategy, 10) for strategy in STRATEGIES)])
@pytest.mark.parametrize("name", SMALL_WORKLOADS)
def test_a_program_of_the_catalogue_moves_in_the_middle_and_nobody_can_tell(
    name: str, strategy: str, moves: int
) -> None:
    """On a slow node, with a fast wire: each move comes after a tenth of what is left of the program, or so."""
    output, ended = at_home(name)
    network = Network(
        3,
        ips=1_000_000,
        costs=replace(FREE, migration_page_ns=1000),
        latency_ns=MS // 60,
        migration=MigrationParameters(strategy),
    )
    pid = network["n1"].start(name, *map(str, SMALL_WORKLOADS[name]))

    for number, delay_ns in enumerate(_delays(name, moves, ended.cpu_ns // (2 * moves + 2))):
        network.move(pid, f"n{2 + number % 2}", network.now + delay_ns)
        network.run(until=lambda number=number: len(network.of(MigrationCompleted)) > number)  # type: ignore[misc]
    network.run()

    assert network.output(pid) == output == answer(name, SMALL_WORKLOADS[name])
    exited, completed = network.exit_of(pid), len(network.of(MigrationCompleted))
    assert exited.exit_code == 0
    if name == "migrant":  # it asks to be moved itself, where there is somebody to ask
        assert completed >= moves
    else:
        assert (exited.instructions, completed) == (ended.instructions, moves)
    network.check_at_rest()


def _delays(seed: str, count: int, longest_ns: int) -> list[int]:
    """Return as many delays, drawn evenly and the same in every run."""
    draws = [hashlib.sha256(f"{seed}/{number}".encode()).digest() for number in range(count)]
    return [int.from_bytes(draw[:8], "little") % longest_ns for draw in draws]


_PAUSES = st.lists(st.tuples(st.integers(0, 400_000), st.sampled_from(["n1", "n2", "n3"])), min_size=1, max_size=8)


@given(
    pages=st.integers(1, 12),
    sleep_ns=st.sampled_from([0, 150_000]),
    moves=_PAUSES,
    batch_pages=st.integers(1, 5),
    window_batches=st.integers(1, 3),
    strategy=st.sampled_from(list(STRATEGIES)),
)
@examples(25)
def test_a_program_moves_at_any_instants_and_nobody_can_tell(
    strategy: str, pages: int, sleep_ns: int, moves: list[tuple[int, NodeName]], batch_pages: int, window_batches: int
) -> None:
    """Whether it runs, is ready or sleeps; a move to where it is, or while it is on its way, is none."""
    home = Machine(boot(ips=1_000_000))
    home.start(scatter(pages, 128, sleep_ns=sleep_ns))
    migration = MigrationParameters(strategy, batch_pages=batch_pages, window_batches=window_batches)
    network = Network(3, ips=1_000_000, costs=FREE, latency_ns=20_000, byte_ns=2, migration=migration)
    pid = network["n1"].start(scatter(pages, 128, sleep_ns=sleep_ns))
    other = network["n1"].start(scatter(2, 128))
    at_ns = 0
    for pause_ns, to in moves:
        at_ns += pause_ns
        network.move(pid, to, at_ns)

    network.run()

    assert network.output(pid) == scatter_output(pages, 128)
    assert network.exit_of(pid).instructions == home.run().exit_of("n1.1").instructions
    assert network.output(other) == scatter_output(2, 128)
    _check_nothing_aborted_without_need(network)
    network.check_at_rest()


@given(moves=_PAUSES, sleep_ns=st.integers(0, 60_000), strategy=st.sampled_from(list(STRATEGIES)))
@examples(20)
def test_a_program_that_takes_and_gives_back_memory_moves_at_any_instants_and_nobody_can_tell(
    moves: list[tuple[int, NodeName]], sleep_ns: int, strategy: str
) -> None:
    """It maps the same addresses again and again: no page that it has given back comes back to it."""
    network = Network(3, ips=1_000_000, costs=FREE, latency_ns=20_000, migration=MigrationParameters(strategy))
    pid = network["n1"].start(churn(40, sleep_ns))
    at_ns = 0
    for pause_ns, to in moves:
        at_ns += pause_ns
        network.move(pid, to, at_ns)

    network.run()

    assert network.output(pid) == churn_output(40)
    _check_nothing_aborted_without_need(network)
    network.check_at_rest()


def _check_nothing_aborted_without_need(network: Network) -> None:
    """Check that every migration that began has completed, or the process ended before it could, or was there or on its way already."""
    aborted = [event for _, _, event in network.of(MigrationAborted)]
    refused = [event for _, _, event in network.of(NegotiationRefused)]
    assert [str(event.reason) for event in aborted] == [f"{event.pid} has ended meanwhile" for event in aborted]
    rules = {(event.step, event.reason.rule) for event in refused}
    assert rules <= {(step, rule) for step in (0, 3) for rule in ("moves-already", "here-already")}, (
        "nobody else refuses: there are frames enough"
    )
    ended = len(network.of(MigrationCompleted)) + len(aborted) + len(refused)
    assert len(network.of(MigrationStarted)) == ended


@given(
    windows=st.lists(st.integers(1, 20_000), min_size=1, max_size=200),
    moves=_PAUSES,
    sleep_ns=st.sampled_from([0, 150_000]),
    strategy=st.sampled_from(list(STRATEGIES)),
)
@examples(10)
def test_windows_of_any_length_change_nothing_of_what_kernels_say_and_do(
    windows: list[int], moves: list[tuple[int, NodeName]], sleep_ns: int, strategy: str
) -> None:
    def run(lengths: Iterable[int]) -> Network:
        migration = MigrationParameters(strategy)
        network = Network(
            3, ips=1_000_000, latency_ns=20_000, byte_ns=2, windows=lengths, quantum_ns=MS, migration=migration
        )
        pids = [network["n1"].start(scatter(4, 64, sleep_ns=sleep_ns)), network["n2"].start(scatter(3, 64))]
        at_ns = 0
        for index, (pause_ns, to) in enumerate(moves):
            at_ns += pause_ns
            network.move(pids[index % 2], to, at_ns)
        return network.run()

    whole, sliced = run([]), run(windows)

    assert sliced.said == whole.said
    for name in whole.names:
        assert sliced.events_at(name) == whole.events_at(name)


# ---------------------------------------------------------------------------------------------- every state of a process


def test_a_running_process_goes_on_where_it_was() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(burn(10 * MS))
    network.move(pid, "n2", MS)

    network.run()

    assert _life(network, pid) == [
        (0, "n1", ProcessDispatched(pid)),
        (5 * MS, "n1", ProcessFrozen(pid, "running", 5 * MS, 5 * MS)),
        (9 * MS, "n1", ProcessRemoved(pid)),
        (10 * MS, "n2", ProcessThawed(pid)),
        (10 * MS, "n2", ProcessDispatched(pid)),
        (15 * MS, "n2", ProcessExited(pid, 0, None, reason("exit", code="0"), 10 * MS, 10 * MS)),
    ]
    network.check_at_rest()


def test_a_ready_process_leaves_the_ready_queue_of_one_node_for_that_of_the_other() -> None:
    network = Network(ips=GIPS, costs=FREE, scheduler="fcfs")
    network["n1"].start(burn(50 * MS))
    network["n2"].start(burn(50 * MS))
    pid = network["n1"].start(burn(MS))
    network.move(pid, "n2", MS)

    network.run()

    assert _life(network, pid) == [
        (5 * MS, "n1", ProcessFrozen(pid, "ready", 0, 0)),
        (9 * MS, "n1", ProcessRemoved(pid)),
        (10 * MS, "n2", ProcessThawed(pid)),
        (50 * MS, "n2", ProcessDispatched(pid)),
        (51 * MS, "n2", ProcessExited(pid, 0, None, reason("exit", code="0"), MS, MS)),
    ]
    network.check_at_rest()


def test_a_sleeping_process_sleeps_out_what_was_left_of_its_time() -> None:
    """It is frozen at 5 ms, with 15 ms and 5 ns to sleep, and thawed at 10 ms."""
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(Code().sleep(20 * MS).exit().image())
    network.move(pid, "n2", MS)

    network.run()

    assert _life(network, pid) == [
        (0, "n1", ProcessDispatched(pid)),
        (SLEEP_INSTRUCTIONS, "n1", ProcessBlocked(pid, "sleep", 5, 5)),
        (5 * MS, "n1", ProcessFrozen(pid, "blocked", 5, 5)),
        (9 * MS, "n1", ProcessRemoved(pid)),
        (10 * MS, "n2", ProcessThawed(pid)),
        (10 * MS, "n2", ProcessBlocked(pid, "sleep", 5, 5)),
        (25 * MS + 5, "n2", ProcessReady(pid)),
        (25 * MS + 5, "n2", ProcessDispatched(pid)),
        (25 * MS + 8, "n2", ProcessExited(pid, 0, None, reason("exit", code="0"), 8, 8)),
    ]
    network.check_at_rest()


def test_a_process_that_waits_for_a_signal_still_waits_for_it_elsewhere() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(Code().call(73).exit().image())
    network.move(pid, "n2", MS)
    network.run()

    network["n2"].kill(pid, 20 * MS)
    network.run()

    killed = reason("signalled", signal="SIGKILL", why=reason("from-outside"))
    assert _life(network, pid)[-2:] == [
        (10 * MS, "n2", ProcessBlocked(pid, "signal", 2, 2)),
        (20 * MS, "n2", ProcessExited(pid, None, "SIGKILL", killed, 2, 2)),
    ]
    network.check_at_rest()


def test_a_process_comes_back_to_where_it_was_born_and_goes_again() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(burn(40 * MS))
    for number in range(4):
        network.move(pid, "n2" if number % 2 == 0 else "n1", (10 * number + 1) * MS)

    network.run()

    assert [migration for _, _, migration in network.of(MigrationCompleted)] == [
        MigrationCompleted(name, pid) for name in ("n1/1", "n2/1", "n1/2", "n2/2")
    ]
    assert [event.instructions for _, _, event in network.of(ProcessExited)] == [40 * MS]
    network.check_at_rest()


def _life(network: Network, pid: Pid) -> list[tuple[int, NodeName, Any]]:
    kinds = (
        ProcessDispatched,
        ProcessBlocked,
        ProcessReady,
        ProcessFrozen,
        ProcessThawed,
        ProcessRemoved,
        ProcessExited,
    )
    story: list[tuple[int, NodeName, Any]] = sorted(network.of(*kinds), key=lambda entry: entry[0])
    return [entry for entry in story if entry[2].pid == pid]


# ------------------------------------------------------------------------------------------------------ sending pages


def test_pages_travel_in_batches_of_which_only_so_many_are_on_their_way() -> None:
    migration = MigrationParameters(batch_pages=3, window_batches=2)
    network = Network(costs=FREE, migration=migration)
    pid = network["n1"].start(scatter(18, 512, sleep_ns=10 * MS))
    network.move(pid, "n2", 300 * MS)

    network.run()

    batches = [said.packet for said in network.said if isinstance(said.packet, PageBatch)]
    assert [len(batch.pages) for batch in batches] == [3, 3, 3, 3, 3, 3, 1]
    assert [len(batch.content) for batch in batches] == [len(batch.pages) * 4096 for batch in batches]
    pages = [page for batch in batches for page in batch.pages]
    assert pages == sorted(pages)
    on_their_way = 0
    for said in sorted(network.said, key=lambda said: said.sent_ns + (said.type == "PagesReceived") * LATENCY_NS):
        on_their_way += {"PageBatch": 1, "PagesReceived": -1}.get(said.type, 0)
        assert on_their_way <= 2
    assert on_their_way == 0
    network.check_at_rest()


def test_copying_pages_takes_the_time_of_both_cpus() -> None:
    network = Network(ips=GIPS, costs=replace(FREE, migration_page_ns=10_000, migration_fixed_ns=300_000))
    moved = network["n1"].start(Code().li(5, DATA).sd(5, 5).sleep(SECOND_NS).exit().image(data_pages=1))
    network["n1"].start(burn(20 * MS))
    network["n2"].start(burn(20 * MS))
    network.move(moved, "n2", MS)

    network.run()

    ends = {event.pid: t for t, _, event in network.of(ProcessExited)}
    assert (ends["n1.2"], ends["n2.1"]) == (20 * MS + 8 + 300_000 + 20_000, 20 * MS + 300_000 + 20_000)


def test_a_transfer_that_is_slow_but_makes_progress_is_not_given_up() -> None:
    migration = MigrationParameters(batch_pages=1, window_batches=1, transfer_timeout_ns=5 * MS)
    network = Network(costs=FREE, migration=migration)
    pid = network["n1"].start(scatter(20, 512, sleep_ns=10 * MS))
    network.move(pid, "n2", 300 * MS)

    network.run()

    ((_, _, moved),) = network.of(MigrationRound)
    assert moved.duration_ns == moved.pages * 2 * LATENCY_NS > 8 * migration.transfer_timeout_ns
    assert network.output(pid) == scatter_output(20, 512)
    network.check_at_rest()


# -------------------------------------------------------------------------------------------------- what is refused


def test_an_offer_is_refused_where_there_are_too_few_frames_and_the_process_just_goes_on() -> None:
    network = Network(frames=(64, 8))
    pid = network["n1"].start(scatter(8, 512, sleep_ns=MS))
    network.move(pid, "n2", 40 * MS)

    network.run()

    assert network.conversation() == [*AGREEMENT, "MigrationOffer", "OfferRefused"]
    assert kinds(network) == [("n1", "migration.started"), ("n1", "negotiation.refused")]
    why = reason("too-few-frames", machine="n2", free=8, process="n1.1", pages=10)
    assert [event for _, _, event in network.of(NegotiationRefused)] == [NegotiationRefused("n1/1", pid, "n2", 5, why)]
    assert network.of(ProcessFrozen) == []
    assert network.output(pid) == scatter_output(8, 512)
    network.check_at_rest()


def test_a_process_moves_to_where_there_are_exactly_as_many_frames_as_it_needs() -> None:
    network = Network(frames=(64, 10))
    pid = network["n1"].start(scatter(8, 512, sleep_ns=MS))
    network.move(pid, "n2", 40 * MS)

    network.run()

    assert [event for _, name, event in network.of(FramesInUse) if name == "n2"] == [
        FramesInUse(1, 9, 0, 10, 0, text=1),
        FramesInUse(10, 0, 0, 10, 9, text=1),
        FramesInUse(0, 0, 10, 10, 0),
    ]
    assert network.output(pid) == scatter_output(8, 512)
    network.check_at_rest()


def test_two_processes_are_not_promised_the_same_frames() -> None:
    network = Network(3, frames=(64, 64, 15))
    pids = [network[name].start(scatter(8, 512, sleep_ns=MS)) for name in ("n1", "n2")]
    for pid in pids:
        network.move(pid, "n3", 40 * MS)

    network.run()

    assert [(name, str(event.reason)) for _, name, event in network.of(NegotiationRefused)] == [
        ("n2", "n3 has 5 frames free, n2.1 needs 9")
    ]
    assert [event.pid for _, _, event in network.of(MigrationCompleted)] == ["n1.1"]
    assert [network.output(pid) for pid in pids] == [scatter_output(8, 512)] * 2
    network.check_at_rest()


def test_a_process_that_has_grown_since_the_offer_finds_the_rest_of_its_pages_on_the_disk() -> None:
    """It touches a page every millisecond, and is offered with what it has then."""
    growing = Code()
    for page in range(30):
        growing.li(5, 0x2_0000 + 4096 * page).sd(5, 5).sleep(MS)
    network = Network(frames=(64, 12), costs=FREE)
    pid = network["n1"].start(growing.exit().image(data_pages=30))
    network.move(pid, "n2", 7 * MS + MS // 2)

    network.run()

    assert [said.packet.pages for said in network.said if isinstance(said.packet, MigrationOffer)] == [11]
    assert len(network.of(MigrationResumed)) == 1
    assert network.exit_of(pid).exit_code == 0
    network.check_at_rest()


def test_only_one_of_two_moves_at_once_takes_place() -> None:
    network = Network(3, ips=GIPS, costs=FREE)
    pid = network["n1"].start(burn(20 * MS))
    network.move(pid, "n2", MS)
    network.move(pid, "n3", MS)
    network.move(pid, "n3", 4 * MS)

    network.run()

    why = reason("moves-already", process=pid)
    assert network.of(NegotiationRefused) == [
        (MS, "n1", NegotiationRefused("n1/2", pid, "n1", 0, why)),
        (4 * MS, "n1", NegotiationRefused("n1/3", pid, "n1", 0, why)),
    ]
    assert [event for _, _, event in network.of(MigrationCompleted)] == [MigrationCompleted("n1/1", pid)]
    network.check_at_rest()


def test_a_move_to_where_the_process_is_already_is_refused_and_disturbs_nobody() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(burn(5 * MS))
    network.move(pid, "n1", MS)

    network.run()

    why = reason("here-already", process=pid, machine="n1")
    assert network.of(NegotiationRefused) == [(MS, "n1", NegotiationRefused("n1/0.1", pid, "n1", 0, why))]
    assert network.said == []
    assert [(t, event.instructions) for t, _, event in network.of(ProcessExited)] == [(5 * MS, 5 * MS)]


def test_a_process_that_is_not_here_is_not_moved() -> None:
    network = Network()
    network["n1"].order(MS, MoveProcess("n2.7", "n2", None, "user", verbatim("test")))

    network.run()

    why = reason("no-process", machine="n1", process="n2.7")
    assert [event for _, _, event in network.of(NegotiationRefused)] == [
        NegotiationRefused("n1/0.1", "n2.7", "n1", 0, why)
    ]
    assert network.said == []


# --------------------------------------------------------------------------------------------- the process ends meanwhile


def test_a_process_that_ends_during_the_negotiation_is_not_moved_and_the_promise_is_taken_back() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(burn(4 * MS + 1000))
    network.move(pid, "n2", MS)

    network.run()

    assert network.conversation() == [*AGREEMENT, "MigrationOffer", "OfferAccepted", "MigrationAbandoned"]
    assert sorted(network.of(*MIGRATION_EVENTS), key=lambda one: one[0])[1:] == [
        (4 * MS + 1000, "n1", MigrationAborted("n1/1", pid, reason("ended-meanwhile", process=pid), "offered")),
        (5 * MS + 1000, "n2", ReservationReleased("n1/1", pid, reason("ended-meanwhile", process=pid))),
    ]
    network.check_at_rest()


@pytest.mark.parametrize(
    ("at_ns", "stage"),
    [(3 * MS + 1, "offered"), (5 * MS + 1, "transferring"), (7 * MS + 1, "installing"), (9 * MS - 1, "installing")],
)
def test_a_process_is_killed_at_the_source_in_every_stage_before_the_commit(at_ns: int, stage: str) -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(FOREVER)
    network.move(pid, "n2", MS)
    network["n1"].kill(pid, at_ns)

    network.run()

    exited = network.exit_of(pid)
    assert (exited.signal, str(exited.reason)) == ("SIGKILL", "SIGKILL, from outside")
    assert [event for _, _, event in network.of(MigrationAborted)] == [
        MigrationAborted("n1/1", pid, reason("ended-meanwhile", process=pid), stage)
    ]
    assert [name for _, name, _ in network.of(ReservationReleased)] == ["n2"]
    network.check_at_rest()


def test_a_process_that_is_on_its_way_between_two_owners_is_killed_where_it_arrives() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(burn(20 * MS))
    network.move(pid, "n2", MS)
    network["n1"].kill(pid, 9 * MS + 1)
    network["n2"].kill(pid, 9 * MS + 1)

    network.run()

    exited = network.exit_of(pid)
    assert (exited.signal, str(exited.reason)) == ("SIGKILL", "SIGKILL, from outside")
    assert [name for _, name, _ in network.of(ProcessExited)] == ["n2"]
    assert [(name, str(event.reason)) for _, name, event in network.of(CommandRefused)] == [("n2", f"{pid} has ended")]
    network.check_at_rest()


# ------------------------------------------------------------------------------------------------------------- timeouts


@pytest.mark.parametrize("link", [("n1", "n2"), ("n2", "n1")])
def test_an_offer_without_an_answer_is_taken_back_and_an_answer_that_comes_late_is_ignored(
    link: tuple[NodeName, NodeName],
) -> None:
    network = Network(ips=1_000_000, costs=FREE)
    pid = network["n1"].start(burn(5_000_000))
    network.hold(link, at_ns=MS + AGREED_NS)
    network.move(pid, "n2", MS)
    network.release(link, at_ns=4 * SECOND_NS)

    network.run()

    why = reason("offer-unanswered", machine="n2", seconds="2")
    assert network.of(MigrationAborted) == [
        (2 * SECOND_NS + MS + AGREED_NS, "n1", MigrationAborted("n1/1", pid, why, "offered"))
    ]
    assert [event for _, _, event in network.of(ReservationReleased)] == [ReservationReleased("n1/1", pid, why)]
    assert network.of(ProcessFrozen) == []
    assert (network.exit_of(pid).exit_code, network.of(MigrationCommitted)) == (0, [])
    network.check_at_rest()


@pytest.mark.parametrize(
    ("link", "from_ns", "stage"),
    [
        (("n1", "n2"), 5 * MS, "transferring"),
        (("n2", "n1"), 5 * MS, "transferring"),
        (("n1", "n2"), 7 * MS, "installing"),
        (("n2", "n1"), 7 * MS + 1, "installing"),
    ],
)
def test_a_transfer_without_progress_is_given_up_and_the_process_goes_on_at_the_source(
    link: tuple[NodeName, NodeName], from_ns: int, stage: str
) -> None:
    network = Network(ips=1_000_000, costs=FREE)
    pid = network["n1"].start(burn(7_000))
    network.hold(link, at_ns=from_ns)
    network.move(pid, "n2", MS)
    network.release(link, at_ns=20 * SECOND_NS)

    network.run()

    began_ns = 5 * MS if stage == "transferring" else 7 * MS
    why = reason("no-progress", machine="n2", seconds="10")
    assert network.of(MigrationAborted) == [
        (began_ns + 10 * SECOND_NS, "n1", MigrationAborted("n1/1", pid, why, stage))
    ]
    assert [name for _, name, _ in network.of(ReservationReleased)] == ["n2"]
    ((ended_ns, where, exited),) = network.of(ProcessExited)
    assert (ended_ns, where, exited.instructions) == (began_ns + 10 * SECOND_NS + 2 * MS, "n1", 7_000)
    network.check_at_rest()


@pytest.mark.parametrize("link", [("n1", "n2"), ("n2", "n1")])
def test_after_the_commit_nobody_loses_patience(link: tuple[NodeName, NodeName]) -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(burn(20 * MS))
    network.hold(link, at_ns=9 * MS)
    network.move(pid, "n2", MS)
    network.release(link, at_ns=90 * SECOND_NS)

    network.run()

    assert [name for name, kind in kinds(network) if kind == "migration.resumed"] == ["n2"]
    assert kinds(network)[-1] == ("n1", "migration.completed")
    assert network.exit_of(pid).instructions == 20 * MS
    network.check_at_rest()


# ------------------------------------------------------------------------------------------------------ what breaks when

_WORK = scatter(5, 192, sleep_ns=MS)
_OUTPUT = scatter_output(5, 192)


def _moving(strategy: str = "eager-all") -> tuple[Network, Pid]:
    """Return two nodes, on one of which a process is about to be moved to the other."""
    network = Network(migration=MigrationParameters(strategy=strategy, batch_pages=3))
    pid = network["n1"].start(_WORK)
    network.move(pid, "n2", 6 * MS)
    return network, pid


@cache
def _undisturbed(strategy: str = "eager-all") -> Network:
    network, _ = _moving(strategy)
    network.run()
    network.check_at_rest()
    return network


def _instants(strategy: str) -> list[int]:
    """Return all instants of a migration between which nothing happens: around every sending and every arrival."""
    network = _undisturbed(strategy)
    ended_ns = network.of(ProcessExited)[0][0]
    instants = [t for said in network.said for t in (said.sent_ns, said.sent_ns + LATENCY_NS)]
    return sorted(dict.fromkeys(edge for t in instants for edge in (t, t + 1) if edge < ended_ns))


def _committed_ns(strategy: str = "eager-all") -> int:
    return _undisturbed(strategy).of(MigrationCommitted)[0][0]


def _agreed_ns(strategy: str) -> int:
    """Return when the Initiator of the destination has said yes."""
    return next(said.sent_ns for said in _undisturbed(strategy).said if said.type == "YesMigrateTo")


def _installed_ns(strategy: str) -> int:
    """Return when the destination said that it is ready: what it says last before the commit, dead or alive."""
    return next(said.sent_ns for said in _undisturbed(strategy).said if said.type == "ImageInstalled")


_BATCHES = ("PageBatch", "PagesReceived")
_ON_DEMAND = ("OwnerMoved", "PageRequest", "PagesSupplied", "PagesForgotten")
_UNSAID: dict[str, tuple[str, ...]] = dict.fromkeys(STRATEGIES, ()) | {
    "copy-on-reference": _BATCHES,
    "flushing": _BATCHES,
}
_LATER: dict[str, tuple[str, ...]] = {
    "eager-all": (),
    "precopy": (),
    "eager-dirty": (),
    "copy-on-reference": _ON_DEMAND,
    "flushing": ("PageRequest", "PagesSupplied", "PagesForgotten"),
    "hybrid": ("OwnerMoved", "PagesPushed", "PagesTaken", "PagesForgotten"),
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_undisturbed_migration_says_everything_that_can_be_said_when_all_goes_well(strategy: str) -> None:
    said = dict.fromkeys(_undisturbed(strategy).conversation())
    assert sorted(said) == sorted([*(one for one in CONVERSATION if one not in _UNSAID[strategy]), *_LATER[strategy]])
    assert len(_instants(strategy)) > 20
    assert len(_undisturbed(strategy).of(MigrationCompleted)) == 1


_STRATEGIES_AND_RESTARTS = [("eager-all", False), *((strategy, True) for strategy in STRATEGIES)]


@pytest.mark.parametrize(("strategy", "restart"), _STRATEGIES_AND_RESTARTS)
def test_whenever_the_destination_crashes_the_process_is_at_the_source_or_after_the_commit_lost(
    strategy: str, restart: bool
) -> None:
    """The source commits on the word of the destination, which may have died since: then the process is lost, too."""
    outcomes = []
    for at_ns in _instants(strategy):
        network, pid = _moving(strategy)
        network.crash("n2", at_ns)
        if restart:
            network.restart("n2", at_ns + DETECTION_NS // 2)

        network.run()

        last = [kind for name, kind in kinds(network) if name == "n1"][-1]
        if at_ns <= _installed_ns(strategy):
            given_up = "negotiation.refused" if at_ns <= _agreed_ns(strategy) else "migration.aborted"
            assert (network.output(pid), last) == (_OUTPUT, given_up), at_ns
        else:
            assert (network.has_ended(pid), network.of(ProcessRemoved)[0][1]) == (False, "n1"), at_ns
            assert last in ("migration.lost", "migration.completed"), at_ns
        outcomes.append(last)
        network.check_at_rest()

    assert list(dict.fromkeys(outcomes)) == [
        "negotiation.refused",
        "migration.aborted",
        "migration.lost",
        "migration.completed",
    ]


@pytest.mark.parametrize(("strategy", "restart"), _STRATEGIES_AND_RESTARTS)
def test_whenever_the_source_crashes_the_process_is_gone_with_it_or_after_the_commit_at_the_destination(
    strategy: str, restart: bool
) -> None:
    outcomes = []
    for at_ns in _instants(strategy):
        network, pid = _moving(strategy)
        network.crash("n1", at_ns)
        if restart:
            network.restart("n1", at_ns + DETECTION_NS // 2)

        network.run()

        at_destination = [kind for name, kind in kinds(network) if name == "n2"]
        if at_ns <= _committed_ns(strategy):
            assert not network.has_ended(pid), at_ns
            assert at_destination in ([], ["migration.released"]), at_ns
        else:
            assert at_destination == ["migration.resumed"], at_ns
            if network.output(pid) != _OUTPUT:
                assert strategy in ("copy-on-reference", "hybrid", "eager-dirty")
                reason = str(network.exit_of(pid).reason)
                assert re.fullmatch(
                    f"SIGBUS: page 0x[0-9a-f]+ of {pid} is on n1, which (has crashed|has it no more)", reason
                )
        outcomes.append(at_destination)
        network.check_at_rest()

    assert outcomes[0] == []
    assert ["migration.released"] in outcomes
    assert outcomes[-1] == ["migration.resumed"]


@pytest.mark.parametrize(
    ("strategy", "links"),
    [
        ("eager-all", [("n1", "n2")]),
        ("eager-all", [("n2", "n1")]),
        *((strategy, [("n1", "n2"), ("n2", "n1")]) for strategy in STRATEGIES),
    ],
)
@pytest.mark.parametrize("healed_after_ns", [3 * MS, 40 * SECOND_NS])
def test_whenever_the_wire_is_cut_for_a_while_exactly_one_node_owns_the_process_in_the_end(
    strategy: str, links: list[tuple[NodeName, NodeName]], healed_after_ns: int
) -> None:
    """Cut for a moment, the migration only takes longer; cut for longer than anybody has patience, it is given up."""
    for at_ns in _instants(strategy):
        network, pid = _moving(strategy)
        network.hold(*links, at_ns=at_ns)
        network.release(*links, at_ns=at_ns + healed_after_ns)

        network.run()

        assert network.output(pid) == _OUTPUT, at_ns
        outcome = [kind for name, kind in kinds(network) if name == "n1"][-1]
        if healed_after_ns < SECOND_NS or at_ns > _committed_ns(strategy):
            assert outcome == "migration.completed", at_ns
        else:
            assert outcome in ("negotiation.refused", "migration.aborted", "migration.completed"), at_ns
        assert network.lost == []
        network.check_at_rest()


def test_a_source_that_crashes_while_its_decision_waits_in_front_of_a_cut_has_decided_nevertheless() -> None:
    """The destination is in doubt until the wire is whole again: then it learns the decision first, and of the crash later."""
    network, pid = _moving()
    link = ("n1", "n2")
    network.hold(link, at_ns=_committed_ns())
    network.crash("n1", _committed_ns() + 1)
    network.release(link, at_ns=SECOND_NS)

    network.run(SECOND_NS)
    assert list(network.services["n2"].incoming) == ["n1/1"]
    assert network.owners(pid) == []

    network.run()
    assert network.output(pid) == _OUTPUT
    network.check_at_rest()


def test_a_restarted_source_numbers_its_migrations_anew_without_taking_a_name_twice() -> None:
    network, pid = _moving()
    network.crash("n1", 30 * MS)
    network.restart("n1", 31 * MS)
    network.run(SECOND_NS)
    other = network["n1"].start(_WORK, at_ns=SECOND_NS)
    network.move(other, "n2", SECOND_NS + 20 * MS)
    network.run()

    assert [event.migration for _, _, event in network.of(MigrationStarted)] == ["n1/1", "n1#2/1"]
    assert [network.output(one) for one in (pid, other)] == [_OUTPUT] * 2
    network.check_at_rest()


def test_an_offer_that_meets_a_new_life_of_a_node_of_whose_death_the_source_hears_later_leaves_no_promise() -> None:
    network = Network(ips=GIPS, costs=FREE)
    pid = network["n1"].start(burn(20 * MS))
    network.crash("n2", 2 * MS + 1)  # it has said yes
    network.restart("n2", 3 * MS)
    network.move(pid, "n2", MS)

    network.run()

    why = reason("connection-broken", by="n2")
    assert sorted(network.of(*MIGRATION_EVENTS), key=lambda one: one[0])[1:] == [
        (4 * MS, "n1", MigrationAborted("n1/1", pid, why, "offered")),
        (5 * MS, "n2", ReservationReleased("n1/1", pid, why)),
    ]
    network.check_at_rest()


_LINKS = [(one, other) for one in ("n1", "n2", "n3") for other in ("n1", "n2", "n3") if one != other]
_FAULTS = st.lists(
    st.tuples(
        st.integers(0, 60 * MS),
        st.one_of(
            st.tuples(st.just("move"), st.sampled_from(["n1.1", "n2.1"]), st.sampled_from(["n1", "n2", "n3"])),
            st.tuples(st.just("move"), st.sampled_from(["n1.1", "n2.1"]), st.sampled_from(["n1", "n2", "n3"])),
            st.tuples(st.just("crash"), st.sampled_from(["n1", "n2", "n3"]), st.integers(0, 10 * MS)),
            st.tuples(st.just("hold"), st.sampled_from(_LINKS), st.integers(1, 30 * MS)),
            st.tuples(st.just("kill"), st.sampled_from(["n1.1", "n2.1"]), st.none()),
        ),
    ),
    min_size=2,
    max_size=12,
)


def _disturb(strategy: str, faults: Iterable[tuple[int, tuple[str, object, object]]]) -> Network:
    migration = MigrationParameters(strategy, batch_pages=2, offer_timeout_ns=7 * MS, transfer_timeout_ns=5 * MS)
    network = Network(3, migration=migration, ips=1_000_000, costs=replace(FREE, migration_fixed_ns=300_000))
    for name, image in (("n1", scatter(4, 256, sleep_ns=MS)), ("n2", scatter(6, 512))):
        network[name].start(image)
    down: dict[NodeName, int] = {}
    for at_ns, fault in sorted(faults, key=lambda fault: fault[0]):
        match fault:
            case "move", str(pid), str(to):
                network.move(pid, to, at_ns)
            case "crash", str(name), int(restart_ns) if down.get(name, -1) < at_ns:
                down[name] = at_ns + restart_ns + 1
                network.crash(name, at_ns)
                network.restart(name, at_ns + restart_ns + 1)
            case "hold", tuple(link), int(length_ns):
                network.hold(link, at_ns=at_ns)
                network.release(link, at_ns=at_ns + length_ns)
            case "kill", str(pid), None:
                network.kill(pid, at_ns)
            case _:
                pass
    return network.run()


@given(strategy=st.sampled_from(list(STRATEGIES)), faults=_FAULTS)
@examples(60)
def test_whatever_breaks_nobody_is_owned_twice_and_nothing_is_left_behind(
    strategy: str, faults: list[tuple[int, tuple[str, object, object]]]
) -> None:
    """Moves, kills, crashes with a restart, and links that are cut for a while, at any instants. The network checks all the time."""
    network = _disturb(strategy, faults)

    network.check_at_rest()
    outputs = {"n1.1": scatter_output(4, 256), "n2.1": scatter_output(6, 512)}
    for _, _, exited in network.of(ProcessExited):
        if exited.signal is None:
            assert network.output(exited.pid) == outputs[exited.pid]
    if not any(fault[0] in ("crash", "kill") for _, fault in faults):
        assert sorted(event.pid for _, _, event in network.of(ProcessExited)) == ["n1.1", "n2.1"]


@pytest.mark.long
@given(strategy=st.sampled_from(list(STRATEGIES)), faults=_FAULTS)
@examples(1000)
def test_whatever_breaks_nobody_is_owned_twice_in_very_many_tries(
    strategy: str, faults: list[tuple[int, tuple[str, object, object]]]
) -> None:
    _disturb(strategy, faults).check_at_rest()


# ------------------------------------------------------------------------------------------------------- stray messages


@pytest.mark.parametrize("name", ["n1", "n2"])
def test_messages_for_a_session_that_is_over_are_ignored(name: NodeName) -> None:
    network = _undisturbed()
    packets = [said.packet for said in network.said if said.type not in (*AGREEMENT, "MigrationOffer")]
    assert len(packets) >= len(CONVERSATION) - 3

    for packet in packets:
        network.services[name].receive("n2" if name == "n1" else "n1", packet)

    assert network[name].kernel.take_results() == ([], [])
    network.check_at_rest()
