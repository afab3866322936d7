"""Pages that a process left behind: fetched, pushed, taken back, held, lost; and migrations that are cancelled."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.strategies import STRATEGIES
from nodes.wire.control import CancelMove, MoveProcess
from nodes.wire.events import (
    CommandRefused,
    MigrationAborted,
    MigrationPages,
    MigrationResumed,
    PageArrived,
    ProcessExited,
    ResidualEnded,
    ResidualLeft,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.parameters import SECOND_NS, MigrationParameters
from nodes.wire.reasons import verbatim
from tests.nodes.kernel.assembler import scatter, scatter_output
from tests.nodes.kernel.machine import MS, examples
from tests.nodes.migration.network import Network

PAGES, ROUNDS = 20, 3_000
_WORK = scatter(PAGES, ROUNDS, sleep_ns=MS // 2)
_OUTPUT = scatter_output(PAGES, ROUNDS)

Move = tuple[int, NodeName, str]
"""When, where to, how."""


def run(*moves: Move, nodes: int = 3, frames: tuple[int, ...] = (), **parameters: int | str) -> tuple[Network, Pid]:
    """Let a process that writes all over its pages move as told, and end."""
    network = Network(nodes, frames=frames, migration=MigrationParameters(**parameters))  # type: ignore[arg-type]
    pid = network["n1"].start(_WORK)
    for at_ns, to, strategy in moves:
        move(network, pid, at_ns, to, strategy)
    return network, pid


def move(network: Network, pid: Pid, at_ns: int, to: NodeName, strategy: str) -> None:
    def ask() -> None:
        for name in network.owners(pid):
            network[name].order(network.now, MoveProcess(pid, to, strategy, "user", verbatim("test")))

    network.at(at_ns, ask)


def check(network: Network, pid: Pid) -> None:
    """Run to the end, and check that the answer is right and that nothing is kept anywhere."""
    network.run()
    assert network.output(pid) == _OUTPUT
    network.check_at_rest()


def test_copy_on_reference_fetches_each_page_once_when_it_is_touched() -> None:
    network, pid = run((20 * MS, "n2", "copy-on-reference"))
    check(network, pid)

    asked = [event.pages for _, name, event in network.of(PageArrived) if name == "n2"]
    assert [len(pages) for pages in asked] == [1] * len(asked)
    fetched = [page for pages in asked for page in pages]
    assert len(fetched) == len(dict.fromkeys(fetched))
    ((_, _, left),) = network.of(ResidualLeft)
    assert (left.holder, left.on_disk) == ("n1", False)
    assert sorted(fetched) == sorted(page for page in left.pages if page in fetched)


@pytest.mark.parametrize("prefetch", [4, 16])
def test_pages_behind_a_missing_one_are_fetched_with_it(prefetch: int) -> None:
    alone, pid = run((20 * MS, "n2", "copy-on-reference"))
    check(alone, pid)
    together, pid = run((20 * MS, "n2", "copy-on-reference"), prefetch_pages=prefetch)
    check(together, pid)

    assert len(together.of(PageArrived)) < len(alone.of(PageArrived)) / 2
    assert max(len(event.pages) for _, _, event in together.of(PageArrived)) <= prefetch + 1


def test_hybrid_pushes_until_the_source_has_nothing_any_more() -> None:
    network, pid = run((20 * MS, "n2", "hybrid"), hybrid_rounds=0, batch_pages=2)
    check(network, pid)

    why = [event.why for _, _, event in network.of(MigrationPages)]
    assert "push" in why
    ((ended_ns, name, _),) = network.of(ResidualEnded)
    assert name == "n1"
    assert ended_ns < network.of(ProcessExited)[0][0] // 5, "long before the process ends"


@pytest.mark.parametrize("first", STRATEGIES)
@pytest.mark.parametrize("second", STRATEGIES)
def test_a_process_moves_on_while_it_is_still_fetching_what_it_left_at_the_first_node(first: str, second: str) -> None:
    network, pid = run((20 * MS, "n2", first))
    for hop, (to, strategy) in enumerate([("n3", second), ("n1", first), ("n2", second)], start=1):
        network.run(until=lambda hop=hop: len(network.of(MigrationResumed)) == hop)  # type: ignore[misc]
        move(network, pid, network.now + 3 * MS, to, strategy)
    check(network, pid)

    assert len(network.of(MigrationResumed)) >= 3
    if {first, second} <= {"eager-all", "precopy"}:
        assert network.of(ResidualLeft) == []


@given(
    moves=st.lists(
        st.tuples(st.integers(MS, 60 * MS), st.sampled_from(["n1", "n2", "n3"]), st.sampled_from(list(STRATEGIES))),
        min_size=1,
        max_size=6,
    ),
    frames=st.tuples(*[st.sampled_from([12, 18, 512])] * 3),
    prefetch=st.sampled_from([0, 3]),
    flush_to=st.sampled_from(["", "n1", "n3"]),
)
@examples(60)
def test_whoever_is_short_of_memory_wherever_it_goes_the_answer_is_the_same(
    moves: list[Move], frames: tuple[int, ...], prefetch: int, flush_to: str
) -> None:
    network, pid = run(*moves, frames=frames, prefetch_pages=prefetch, flush_to=flush_to)
    check(network, pid)


# ------------------------------------------------------------------------------------------------------ somebody crashes


def test_a_page_in_the_memory_of_a_crashed_node_is_lost_and_the_reason_says_which_and_where() -> None:
    network, pid = run((20 * MS, "n2", "copy-on-reference"))
    network.crash("n1", 29 * MS)
    network.run()

    exited = network.exit_of(pid)
    assert exited.signal == "SIGBUS"
    assert re.fullmatch(rf"SIGBUS: page 0x[0-9a-f]+ of {pid} is on n1, which has crashed", str(exited.reason))
    network.check_at_rest()


def test_a_restarted_node_has_no_memory_of_what_it_kept() -> None:
    network, pid = run((20 * MS, "n2", "copy-on-reference"))
    network.crash("n1", 29 * MS)
    network.restart("n1", 30 * MS)
    network.run()

    assert re.search("is on n1, which has (it no more|crashed)$", str(network.exit_of(pid).reason))
    network.check_at_rest()


def test_a_disk_is_there_again_when_its_node_is() -> None:
    network, pid = run((20 * MS, "n2", "flushing"))
    network.crash("n1", 400 * MS)
    network.restart("n1", 3 * SECOND_NS)
    check(network, pid)


def test_a_disk_that_does_not_come_back_is_not_waited_for_for_ever() -> None:
    network, pid = run((20 * MS, "n2", "flushing"), disk_patience_ns=5 * SECOND_NS)
    network.crash("n1", 400 * MS)
    network.run()

    assert re.search("is on n1, whose disk has not answered for 5 s$", str(network.exit_of(pid).reason))


def test_pages_flushed_to_a_third_node_outlive_the_source() -> None:
    network, pid = run((20 * MS, "n2", "flushing"), flush_to="n3")
    network.crash("n1", 400 * MS)
    check(network, pid)

    assert [(event.holder, event.on_disk) for _, _, event in network.of(ResidualLeft)] == [("n3", True)]


def test_a_move_whose_disk_goes_down_while_pages_are_flushed_is_given_up() -> None:
    network, pid = run((20 * MS, "n2", "flushing"), flush_to="n3")
    network.crash("n3", 27 * MS)
    check(network, pid)

    assert [str(event.reason) for _, _, event in network.of(MigrationAborted)] == [
        "the disk of n3, which the pages were flushed to, is gone with it"
    ]


def test_a_keeper_forgets_a_process_whose_node_has_crashed() -> None:
    network, pid = run((20 * MS, "n2", "copy-on-reference"))
    network.crash("n2", 35 * MS)
    network.run()

    assert not network.has_ended(pid)
    assert network.services["n1"].pages.kept == {}
    network.check_at_rest()


# ------------------------------------------------------------------------------------------------------------- cancelling


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_migration_can_be_cancelled_at_every_instant_before_its_commit(strategy: str) -> None:
    undisturbed, _ = run((20 * MS, "n2", strategy), nodes=2)
    undisturbed.run()
    resumed_ns = undisturbed.of(MigrationResumed)[0][0]
    outcomes = []
    step_ns = max(MS // 2, (resumed_ns - 20 * MS) // 30)
    for at_ns in [*range(20 * MS, resumed_ns, step_ns), resumed_ns + MS]:
        network, pid = run((20 * MS, "n2", strategy), nodes=2)

        def cancel(network: Network = network, pid: Pid = pid) -> None:
            for name in network.owners(pid):
                network[name].order(network.now, CancelMove(pid))

        network.at(at_ns, cancel)
        check(network, pid)
        aborted = [str(event.reason) for _, _, event in network.of(MigrationAborted)]
        refused = [event.command for _, _, event in network.of(CommandRefused)]
        outcomes.append((aborted, refused != []))
        assert len(network.of(MigrationResumed)) == (0 if aborted else 1)
    assert (["it was cancelled"], False) in outcomes
    assert outcomes[-1] == ([], True)
