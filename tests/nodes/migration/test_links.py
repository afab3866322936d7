"""Links follow their processes: however these move, what they say to each other arrives once, whole and in order."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.mail import REDIRECTIONS
from nodes.migration.registry import STRATEGIES
from nodes.wire.events import MailTold, MessageForwarded, MigrationCompleted
from nodes.wire.parameters import MigrationParameters
from tests.nodes.kernel.machine import MS, examples
from tests.nodes.migration.network import Network
from tests.nodes.migration.talking import ENSEMBLES, answers, check_messages, start

Answer = tuple[bytes, int | None, str | None, int]


@cache
def at_home(ensemble: str, nodes: int = 3) -> tuple[list[Answer], int]:
    """Return the answers of processes that never move, and when the last has ended."""
    network = Network(nodes)
    pids = start(network, ENSEMBLES[ensemble])
    network.run()
    network.check_at_rest()
    check_messages(network)
    return answers(network, pids), network.now


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_programs_that_talk_end_well(ensemble: str) -> None:
    found, _ = at_home(ensemble)
    assert [(code, signal) for _, code, signal, _ in found] == [(0, None)] * len(found)


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_it_makes_no_difference_whether_partners_share_a_node(ensemble: str) -> None:
    assert at_home(ensemble, 1)[0] == at_home(ensemble)[0] == at_home(ensemble, 2)[0]


_MOVES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1000), st.sampled_from(["n1", "n2", "n3"])), max_size=8)


def moved(ensemble: str, redirection: str, strategy: str, moves: list[tuple[int, int, str]]) -> None:
    """Move processes while they talk, and check that nobody notices."""
    expected, end_ns = at_home(ensemble)
    network = Network(3, migration=MigrationParameters(redirection=redirection, strategy=strategy))
    pids = start(network, ENSEMBLES[ensemble])
    for who, per_mille, to in moves:
        network.move(pids[who % len(pids)], to, end_ns * per_mille // 1000)
    network.run()
    network.check_at_rest()
    check_messages(network)
    assert answers(network, pids) == expected


@given(
    ensemble=st.sampled_from(sorted(ENSEMBLES)),
    redirection=st.sampled_from(REDIRECTIONS),
    strategy=st.sampled_from(sorted(STRATEGIES)),
    moves=_MOVES,
)
@examples(40)
def test_whatever_moves_whenever_all_answers_are_the_same(
    ensemble: str, redirection: str, strategy: str, moves: list[tuple[int, int, str]]
) -> None:
    moved(ensemble, redirection, strategy, moves)


@pytest.mark.long
@given(
    ensemble=st.sampled_from(sorted(ENSEMBLES)),
    redirection=st.sampled_from(REDIRECTIONS),
    strategy=st.sampled_from(sorted(STRATEGIES)),
    moves=_MOVES,
)
@examples(400)
def test_whatever_moves_whenever_all_answers_are_the_same_in_very_many_tries(
    ensemble: str, redirection: str, strategy: str, moves: list[tuple[int, int, str]]
) -> None:
    moved(ensemble, redirection, strategy, moves)


def two_moves(redirection: str) -> Network:
    """Let one partner of a ping-pong move twice, while the other stays."""
    network = Network(4, migration=MigrationParameters(redirection=redirection))
    pids = start(network, ENSEMBLES["pingpong"])
    network.move(pids[0], "n3", 120 * MS)
    network.when(lambda: len(network.of(MigrationCompleted)) == 1, lambda: network.move(pids[0], "n4", network.now))
    network.run()
    network.check_at_rest()
    assert len(network.of(MigrationCompleted)) == 2
    return network
