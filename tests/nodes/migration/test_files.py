"""Files that lie on one node: read from anywhere, by a process that may move meanwhile; lost with their node while it is down."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.file_service import READ_AHEAD, content_of
from nodes.strategies import STRATEGIES
from nodes.wire.events import FileAsked, MigrationCompleted, ProcessBlocked
from nodes.wire.parameters import FileParameters, MigrationParameters
from nodes.wire.vocabulary import REDIRECTIONS, Redirection
from tests.nodes.kernel.machine import MS, examples
from tests.nodes.migration.network import Network

BIG = FileParameters("n2", 50_000, seed=3)
FILES = {"big.dat": BIG, "empty.dat": FileParameters("n2", 0), "text.txt": FileParameters("n1", 5, content=b"hello")}
Answer = tuple[bytes, int | None, int]


def expected(content: bytes) -> bytes:
    """Return what the reader prints of a file."""
    checksum = 14695981039346656037
    for byte in content:
        checksum = (checksum ^ byte) * 1099511628211 & (1 << 64) - 1
    return f"{len(content)} bytes, {checksum:016x}\n".encode()


def answer(network: Network, pid: str) -> Answer:
    end = network.exit_of(pid)
    return network.output(pid), end.exit_code, end.instructions


@cache
def at_home() -> tuple[Answer, int]:
    """Return the answer of a reader that stays on another node than its file, and when it ends."""
    network = Network(3, files=FILES)
    pid = network["n1"].start("reader", "big.dat", "1000")
    network.run().check_at_rest()
    return answer(network, pid), network.now


@given(offset=st.integers(0, 50_100), size=st.integers(0, 20_000))
@examples(50)
def test_any_part_of_a_file_is_the_same_part_of_the_whole(offset: int, size: int) -> None:
    whole = content_of("big.dat", BIG, 0, BIG.size)

    assert len(whole) == BIG.size
    assert content_of("big.dat", BIG, offset, size) == whole[offset : offset + size]


def test_a_file_is_read_from_another_node_to_its_end() -> None:
    found, _ = at_home()

    assert found[:2] == (expected(content_of("big.dat", BIG, 0, BIG.size)), 0)


@pytest.mark.parametrize(("name", "content"), [("text.txt", b"hello"), ("empty.dat", b"")])
def test_a_file_has_the_content_that_it_was_given(name: str, content: bytes) -> None:
    network = Network(2, files=FILES)
    pid = network["n1"].start("reader", f"/{name}", "1")
    network.run().check_at_rest()

    assert answer(network, pid)[:2] == (expected(content), 0)


def test_a_reader_asks_for_as_much_as_is_read_ahead_and_waits_for_each_once() -> None:
    network = Network(2, files=FILES)
    network["n1"].start("reader", "big.dat", "1")
    network.run()

    asked = [event.offset for _, _, event in network.of(FileAsked)]
    assert asked == [*range(0, BIG.size, READ_AHEAD), 0], "and the beginning once more"
    assert [event.on for _, _, event in network.of(ProcessBlocked)] == ["file"] * len(asked)


def test_a_file_that_is_not_there_cannot_be_opened() -> None:
    network = Network(2, files=FILES)
    pid = network["n1"].start("reader", "small.dat", "1")
    network.run()

    assert answer(network, pid)[:2] == (b"small.dat: No such file or directory\n", 1)


@given(
    moves=st.lists(st.tuples(st.integers(0, 1000), st.sampled_from(["n1", "n2", "n3"])), max_size=6),
    redirection=st.sampled_from(REDIRECTIONS),
    strategy=st.sampled_from(sorted(STRATEGIES)),
)
@examples(25)
def test_a_reader_that_moves_while_it_reads_gives_the_same_answer(
    moves: list[tuple[int, str]], redirection: Redirection, strategy: str
) -> None:
    found, end_ns = at_home()
    network = Network(3, files=FILES, migration=MigrationParameters(redirection=redirection, strategy=strategy))
    pid = network["n1"].start("reader", "big.dat", "1000")
    for per_mille, to in moves:
        network.move(pid, to, end_ns * per_mille // 1000)
    network.run().check_at_rest()

    assert answer(network, pid) == found


def test_reading_is_sooner_done_where_the_file_is() -> None:
    _, end_ns = at_home()
    network = Network(3, files=FILES)
    pid = network["n1"].start("reader", "big.dat", "1000")
    network.move(pid, "n2", MS)
    network.run()

    assert len(network.of(MigrationCompleted)) == 1
    assert network.now < end_ns


def test_while_the_node_of_a_file_is_down_reads_fail() -> None:
    network = Network(3, files=FILES)
    pid = network["n1"].start("reader", "big.dat", "1000")
    network.crash("n2", 15 * MS)
    network.run()

    output, code, _ = answer(network, pid)
    assert code == 1
    assert output.startswith(b"big.dat: I/O error after ")


@given(
    node=st.sampled_from(["n2", "n3"]),
    at_ms=st.integers(1, 60),
    to=st.sampled_from(["n2", "n3", "n4"]),
    move_ms=st.integers(1, 60),
)
@examples(20)
def test_a_crash_anywhere_leaves_no_reader_waiting(node: str, at_ms: int, to: str, move_ms: int) -> None:
    network = Network(4, files=FILES)
    pid = network["n1"].start("reader", "big.dat", "1000")
    network.move(pid, to, move_ms * MS)
    network.crash(node, at_ms * MS)
    network.run()

    for machine in network.machines.values():
        assert machine.kernel.processes == {}, "it waits for ever"
