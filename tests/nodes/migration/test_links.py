"""Links follow their processes: however these move, what they say to each other arrives once, whole and in order."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.strategies import STRATEGIES
from nodes.wire.events import (
    MailHeld,
    MailTold,
    MessageForwarded,
    MigrationAborted,
    MigrationCompleted,
    ResidualEnded,
    ResidualLeft,
)
from nodes.wire.ids import NodeName
from nodes.wire.parameters import MigrationParameters
from nodes.wire.vocabulary import REDIRECTIONS, Redirection
from tests.nodes.kernel.machine import MS, examples
from tests.nodes.migration.network import Network
from tests.nodes.migration.talking import ENSEMBLES, answers, check_messages, check_nobody_waits_in_vain, start

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


def moved(ensemble: str, redirection: Redirection, strategy: str, moves: list[tuple[int, int, str]]) -> None:
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
    ensemble: str, redirection: Redirection, strategy: str, moves: list[tuple[int, int, str]]
) -> None:
    moved(ensemble, redirection, strategy, moves)


@pytest.mark.long
@pytest.mark.timeout(900)
@given(
    ensemble=st.sampled_from(sorted(ENSEMBLES)),
    redirection=st.sampled_from(REDIRECTIONS),
    strategy=st.sampled_from(sorted(STRATEGIES)),
    moves=_MOVES,
)
@examples(400)
def test_whatever_moves_whenever_all_answers_are_the_same_in_very_many_tries(
    ensemble: str, redirection: Redirection, strategy: str, moves: list[tuple[int, int, str]]
) -> None:
    moved(ensemble, redirection, strategy, moves)


# ------------------------------------------------------------------------------------------------ redirection, by the letter


def two_moves(redirection: Redirection) -> Network:
    """Let a server move twice, n1 to n3 to n4, while its only client pauses between its first request and its second of three."""
    network = Network(4, migration=MigrationParameters(redirection=redirection))
    server = network["n1"].start("server", "s", "1", "100")
    network["n2"].start("client", "s", "3", "300")
    network.move(server, "n3", 100 * MS)
    network.move(server, "n4", 150 * MS)
    return network


def passed_on(network: Network) -> list[tuple[NodeName, NodeName, str, int]]:
    """Return what was passed on: where, to where, what, and how often it will have crossed the wire."""
    return [(at, event.to, event.type, event.hops) for _, at, event in network.of(MessageForwarded)]


def told(network: Network) -> list[tuple[NodeName, NodeName, NodeName]]:
    """Return who told whom that the server is where."""
    return [(at, event.to, event.at) for _, at, event in network.of(MailTold)]


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_a_client_does_not_notice_that_its_server_moves(redirection: Redirection) -> None:
    network = two_moves(redirection).run()

    network.check_at_rest()
    check_messages(network)
    assert network.output("n2.1") == b"client: 3 answers, sum 8\n"
    assert len(network.of(MigrationCompleted)) == 2


def test_forwarding_addresses_are_used_once_and_then_the_chain_is_compressed() -> None:
    network = two_moves("forward").run()

    assert passed_on(network) == [("n1", "n3", "LinkFragment", 2), ("n3", "n4", "LinkFragment", 3)]
    assert told(network) == [("n4", "n1", "n4"), ("n4", "n2", "n4")]


def test_after_an_update_nothing_is_ever_passed_on() -> None:
    network = two_moves("update").run()

    assert passed_on(network) == []
    assert told(network) == [("n1", "n2", "n3"), ("n3", "n2", "n4"), ("n3", "n1", "n4")]


def test_the_home_passes_everything_on_for_ever() -> None:
    network = two_moves("home").run()

    assert told(network) == [("n3", "n1", "n4")]
    assert passed_on(network) == [("n1", "n4", "LinkFragment", 2)] * 3, "two requests, and the end of the link"


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_who_needs_the_node_that_a_process_has_left(redirection: Redirection) -> None:
    """The first node of the server is its home, and has its forwarding address: only after an update is it needed no more."""
    network = two_moves(redirection)
    network.crash("n1", 200 * MS)
    network.run()

    check_messages(network)
    client, server = network.exit_of("n2.1"), network.exit_of("n1.1")
    if redirection == "update":
        assert (client.exit_code, network.output("n2.1")) == (0, b"client: 3 answers, sum 8\n")
    else:
        assert (client.exit_code, network.output("n2.1")) == (1, b"send: Connection reset by peer\n")
    assert server.exit_code == 0, "its client has gone, one way or the other"


def needed(network: Network) -> list[tuple[int, NodeName, list[str]]]:
    """Return when it was reported of whom that links of the server need it; an empty list: they do so no more."""
    left: list[tuple[int, NodeName, list[str]]]
    left = [(at // MS, event.holder, event.links) for at, _, event in network.of(ResidualLeft)]
    ended: list[tuple[int, NodeName, list[str]]]
    ended = [(at // MS, event.holder, []) for at, _, event in network.of(ResidualEnded)]
    return sorted(left + ended, key=lambda one: one[0])


def test_under_forward_links_need_the_whole_chain_until_a_letter_has_come_straight() -> None:
    link = ["n2.1/1"]
    found = needed(two_moves("forward").run())

    assert [(node, links) for _, node, links in found] == [
        ("n1", link),
        ("n1", link),
        ("n3", link),
        ("n1", []),
        ("n3", []),
    ]
    assert found[3][0] > 600, "the second request has gone the long way, the third comes straight"


def test_under_home_they_need_the_home_as_long_as_there_are_links_and_under_update_nobody() -> None:
    link = ["n2.1/1"]
    assert [(node, links) for _, node, links in needed(two_moves("home").run())] == [
        ("n1", link),
        ("n1", link),
        ("n1", []),
    ]
    assert needed(two_moves("update").run()) == []


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_a_process_without_links_needs_nobody_for_mail(redirection: Redirection) -> None:
    network = Network(3, migration=MigrationParameters(redirection=redirection))
    pid = network["n1"].start("primes", "3000")
    network.move(pid, "n2", 10 * MS)
    network.move(pid, "n3", 60 * MS)
    network.run()

    assert len(network.of(MigrationCompleted)) == 2
    assert needed(network) == []


@given(
    ensemble=st.sampled_from(sorted(ENSEMBLES)),
    redirection=st.sampled_from(REDIRECTIONS),
    moves=_MOVES,
    per_mille=st.integers(0, 1000),
)
@examples(60)
def test_the_death_of_a_node_that_is_not_reported_as_needed_harms_nobody(
    ensemble: str, redirection: Redirection, moves: list[tuple[int, int, str]], per_mille: int
) -> None:
    """A node on which no process lives, arrives or has pages: whether its death cuts off links is what was reported, and no less."""
    expected, end_ns = at_home(ensemble)
    network = Network(4, migration=MigrationParameters(redirection=redirection))
    pids = start(network, ENSEMBLES[ensemble])
    for who, when, to in moves:
        network.move(pids[who % len(pids)], to, end_ns * when // 1000)
    network.run(40 * MS + end_ns * per_mille // 1000)
    processes = [network.process(pid) for pid in pids if network.owners(pid)]
    reported = {node for process in processes for node in process.passers_on}
    moving = any(service.outgoing or service.incoming for service in network.services.values())
    empty = [
        name
        for name, machine in network.machines.items()
        if not machine.kernel.processes and not machine.parts.links.lingering and name not in reported
    ]
    if moving or len(processes) < len(pids):
        return
    for name in empty:
        network.crash(name, network.now)
    network.run()
    check_messages(network)
    assert answers(network, pids) == expected


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_what_comes_while_a_process_is_frozen_moves_with_it(redirection: Redirection) -> None:
    network = Network(3, migration=MigrationParameters(redirection=redirection), byte_ns=800)
    pids = start(network, ENSEMBLES["pipeline"])
    network.move(pids[1], "n3", 30 * MS)
    network.run()

    assert sum(event.letters for _, _, event in network.of(MailHeld)) > 0
    assert answers(network, pids) == at_home("pipeline")[0]


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_what_was_held_is_delivered_if_the_process_stays(redirection: Redirection) -> None:
    """The destination crashes while the process is frozen for it."""
    network = Network(4, migration=MigrationParameters(redirection=redirection), byte_ns=800)
    pids = start(network, ENSEMBLES["pipeline"])
    network.move(pids[1], "n4", 60 * MS)
    network.crash("n4", 100 * MS)
    network.run()

    assert [str(event.reason) for _, _, event in network.of(MigrationAborted)] == ["the connection to n4 is broken"]
    check_messages(network)
    assert answers(network, pids) == at_home("pipeline")[0]


def crashed(
    ensemble: str, redirection: Redirection, moves: list[tuple[int, int, str]], node: str, per_mille: int
) -> None:
    """Let a node crash at some time after all links are open; whoever survives must notice what it has lost, and end."""
    _, end_ns = at_home(ensemble)
    network = Network(4, migration=MigrationParameters(redirection=redirection))
    pids = start(network, ENSEMBLES[ensemble])
    for who, move_per_mille, to in moves:
        network.move(pids[who % len(pids)], to, end_ns * move_per_mille // 1000)
    network.crash(node, 30 * MS + end_ns * per_mille // 1000)
    network.run()
    check_messages(network)
    for name, machine in network.machines.items():
        assert machine.kernel.processes == {}, f"somebody waits for ever on {name}"
        machine.check_at_rest()


_CRASHES = {
    "ensemble": st.sampled_from(sorted(ENSEMBLES)),
    "redirection": st.sampled_from(REDIRECTIONS),
    "moves": st.lists(
        st.tuples(st.integers(0, 2), st.integers(150, 1000), st.sampled_from(["n1", "n2", "n3", "n4"])), max_size=6
    ),
    "node": st.sampled_from(["n1", "n2", "n3", "n4"]),
    "per_mille": st.integers(0, 1000),
}


@given(**_CRASHES)
@examples(40)
def test_whoever_survives_a_crash_notices_what_is_lost(
    ensemble: str, redirection: Redirection, moves: list[tuple[int, int, str]], node: str, per_mille: int
) -> None:
    crashed(ensemble, redirection, moves, node, per_mille)


@pytest.mark.long
@pytest.mark.timeout(900)
@given(**_CRASHES)
@examples(500)
def test_whoever_survives_a_crash_notices_what_is_lost_in_very_many_tries(
    ensemble: str, redirection: Redirection, moves: list[tuple[int, int, str]], node: str, per_mille: int
) -> None:
    crashed(ensemble, redirection, moves, node, per_mille)


# --------------------------------------------------------------------------------------------- what is lost with a crash


def crashes_heard_late(
    ensemble: str,
    redirection: Redirection,
    order: tuple[str, ...],
    moves: list[tuple[int, int, str]],
    crashes: list[tuple[int, str, int, str, int]],
) -> None:
    """Let nodes crash at any time, start again, or be heard of late; nobody may then wait for what has gone with them."""
    network = Network(4, migration=MigrationParameters(redirection=redirection))
    commands = ENSEMBLES[ensemble]
    pids = [network[order[number % 4]].start(*command) for number, command in enumerate(commands)]
    for who, at_us, to in moves:
        network.move(pids[who % len(pids)], to, at_us * 1000)
    down: dict[str, None] = {}
    for at_us, node, back_ms, deaf, late_ms in crashes:
        if node in down:
            continue
        down[node] = None
        at_ns = at_us * 1000
        network.crash(node, at_ns)
        if back_ms:
            network.restart(node, at_ns + back_ms * MS)
        if late_ms and deaf != node:
            network.hold((node, deaf), at_ns=at_ns)
            network.release((node, deaf), at_ns=at_ns + late_ms * MS)
    network.run()
    check_messages(network)
    check_nobody_waits_in_vain(network)


_ALL = ["n1", "n2", "n3", "n4"]
_LATE = {
    "ensemble": st.sampled_from(sorted(ENSEMBLES)),
    "redirection": st.sampled_from(REDIRECTIONS),
    "order": st.permutations(_ALL).map(tuple),
    "moves": st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 200_000), st.sampled_from(_ALL)), min_size=1, max_size=7
    ),
    "crashes": st.lists(
        st.tuples(
            st.integers(1, 200_000),
            st.sampled_from(_ALL),
            st.sampled_from([0, 0, 0, 1, 3, 7, 30, 100]),
            st.sampled_from(_ALL),
            st.sampled_from([0, 0, 5, 20, 60, 120]),
        ),
        min_size=1,
        max_size=2,
    ),
}


@given(**_LATE)
@examples(40)
def test_a_message_arrives_or_its_sender_gets_an_error_whoever_hears_of_a_crash_when(
    ensemble: str,
    redirection: Redirection,
    order: tuple[str, ...],
    moves: list[tuple[int, int, str]],
    crashes: list[tuple[int, str, int, str, int]],
) -> None:
    crashes_heard_late(ensemble, redirection, order, moves, crashes)


@pytest.mark.long
@pytest.mark.timeout(900)
@given(**_LATE)
@examples(250)
def test_a_message_arrives_or_its_sender_gets_an_error_whoever_hears_of_a_crash_when_in_very_many_tries(
    ensemble: str,
    redirection: Redirection,
    order: tuple[str, ...],
    moves: list[tuple[int, int, str]],
    crashes: list[tuple[int, str, int, str, int]],
) -> None:
    crashes_heard_late(ensemble, redirection, order, moves, crashes)


def test_a_process_that_comes_from_where_a_crash_is_not_yet_known_is_looked_after_where_it_is() -> None:
    """n1 dies with a server; n3, which is told late, sends the client to n2, which knows: nobody hears of it while the client is there."""
    network = Network(3, migration=MigrationParameters(redirection="home"))
    network["n1"].start("server", "s", "1", "100")
    client = network["n3"].start("client", "s", "30", "5")
    network.run(50 * MS)
    network.hold(("n1", "n3"), at_ns=network.now)
    network.crash("n1", network.now)
    network.move(client, "n2", 80 * MS)
    network.release(("n1", "n3"), at_ns=300 * MS)
    network.run()
    check_nobody_waits_in_vain(network)

    assert (network.exit_of(client).exit_code, len(network.of(MigrationCompleted))) == (1, 1)
    assert network.output(client).endswith(b"Connection reset by peer\n")


def test_a_question_that_is_passed_on_to_a_dead_node_is_asked_again() -> None:
    """The home of a server sends the client's letters on to n1; it hears last that n1 is dead, and has sent the client's question there."""
    network = Network(4, migration=MigrationParameters(redirection="home"))
    server = network["n4"].start("server", "s", "1", "100")
    client = network["n3"].start("client", "s", "30", "5")
    network.move(server, "n1", 40 * MS)
    network.run(80 * MS)
    assert network.owners(server) == ["n1"]
    network.hold(("n1", "n4"), at_ns=network.now)
    network.crash("n1", network.now)
    network.release(("n1", "n4"), at_ns=300 * MS)
    network.run()
    check_nobody_waits_in_vain(network)

    assert any(said.type == "Letter" and said.destination == "n1" for said in network.lost)
    assert network.exit_of(client).exit_code == 1
