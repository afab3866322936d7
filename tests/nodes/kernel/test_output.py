"""What processes write: every byte of it reported once and in order, in events that are neither many nor large, at a price."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nodes.kernel.output import INTERVAL_NS, PIECE_BYTES
from nodes.wire.events import ProcessExited, ProcessOutput
from nodes.wire.parameters import SECOND_NS, Costs
from tests.nodes.kernel.assembler import A0, A1, A2, DATA, S0, T0, ZERO, Code
from tests.nodes.kernel.machine import FREE, GIPS, Machine, boot, examples

_WRITE = 64
_A_BYTE_NS = 100
_BY_THE_BYTE = replace(FREE, output_byte_ns=_A_BYTE_NS)


def _machine(costs: Costs = FREE) -> Machine:
    return Machine(boot(ips=GIPS, costs=costs))


def _reported(machine: Machine) -> list[tuple[int, str | None]]:
    return [(t, event.text) for t, event in machine.of(ProcessOutput)]


def test_what_is_written_after_a_silence_is_reported_at_once() -> None:
    machine = _machine()
    machine.start(Code().write(b"one\n").sleep(2 * INTERVAL_NS).write(b"two\n").exit().image())

    machine.run()

    assert _reported(machine) == [(7, "one\n"), (7 + 5 + 2 * INTERVAL_NS + 7, "two\n")]
    machine.check_at_rest()


def test_what_follows_soon_is_reported_together_when_the_interval_is_over() -> None:
    machine = _machine()
    code = Code()
    for letter in (b"a", b"b", b"c"):
        code.write(letter)
    machine.start(code.sleep(3 * INTERVAL_NS).write(b"d").exit().image())

    machine.run()

    assert [(t, text) for t, text in _reported(machine)][:2] == [(7, "a"), (7 + INTERVAL_NS, "bc")]
    assert _reported(machine)[2][1] == "d"


def test_the_end_of_a_process_is_reported_behind_all_that_it_wrote() -> None:
    machine = _machine()
    machine.start(Code().write(b"a").write(b"b").exit().image())

    machine.run()

    ends = [type(event) for _, event in machine.of(ProcessOutput, ProcessExited)]
    assert ends == [ProcessOutput, ProcessOutput, ProcessExited]
    machine.check_at_rest()


def test_the_streams_of_a_process_are_told_apart_and_keep_their_order() -> None:
    machine = _machine()
    pid = machine.start(Code().write(b"a").write(b"b").write(b"c", 2).write(b"d").exit().image())

    machine.run()

    assert [(event.descriptor, event.text) for _, event in machine.of(ProcessOutput)] == [
        (1, "a"),
        (1, "b"),
        (2, "c"),
        (1, "d"),
    ]
    assert (machine.output(pid), machine.output(pid, 2)) == (b"abd", b"c")


def test_a_character_that_is_written_byte_by_byte_is_one() -> None:
    machine = _machine()
    code = Code()
    for byte in "¡ñandú €🙂!".encode():
        code.write(bytes([byte]))
    pid = machine.start(code.exit().image())

    machine.run()

    assert [event.base64 for _, event in machine.of(ProcessOutput)] == [None] * len(machine.of(ProcessOutput))
    assert machine.output(pid).decode() == "¡ñandú €🙂!"


@pytest.mark.parametrize("beginning", [b"\xc3", b"\xe2\x82", b"\xf0\x9f\x99", b"\x80", b"\xff"])
def test_the_beginning_of_a_character_does_not_wait_for_ever(beginning: bytes) -> None:
    machine = _machine()
    pid = machine.start(Code().write(beginning).sleep(SECOND_NS).exit().image())

    machine.run(until_ns=SECOND_NS // 2)

    assert machine.output(pid) == beginning


def test_a_large_write_makes_events_of_a_bounded_size() -> None:
    machine = _machine()
    size = 15 * PIECE_BYTES
    code = Code().addi(A0, ZERO, 1).li(A1, DATA).li(A2, size).call(_WRITE)
    pid = machine.start(code.exit().image(data_pages=16))

    machine.run()

    sizes = [len(event.text or "") for _, event in machine.of(ProcessOutput)]
    assert sizes == [PIECE_BYTES] * 15
    assert machine.output(pid) == bytes(size)


def test_whoever_writes_byte_by_byte_makes_an_event_an_interval() -> None:
    machine = _machine(replace(FREE, system_call_ns=1000))
    code = Code().li(S0, 20_000)
    start = code.here
    code.addi(A0, ZERO, 1).li(A1, DATA).addi(A2, ZERO, 1).call(_WRITE).addi(S0, S0, -1).bnez(S0, start)
    pid = machine.start(code.exit().image(data_pages=1))

    machine.run()

    assert len(machine.output(pid)) == 20_000
    took_ns = machine.of(ProcessExited)[0][0]
    assert len(machine.of(ProcessOutput)) <= took_ns // INTERVAL_NS + 3


def test_a_write_takes_time_in_proportion_to_its_size() -> None:
    def took_ns(size: int) -> int:
        machine = _machine(_BY_THE_BYTE)
        code = Code().addi(A0, ZERO, 1).li(A1, DATA).li(A2, size).call(_WRITE)
        machine.start(code.exit().image(data_pages=16))
        return machine.run().of(ProcessExited)[0][0]

    assert [took_ns(size) - took_ns(0) for size in (1, 1000, 60_000)] == [100, 100_000, 6_000_000]


def test_output_without_end_costs_no_more_memory_than_a_window_may_report() -> None:
    """Where nothing costs any time, windows end early."""
    machine = _machine()
    code = Code()
    code.addi(A0, ZERO, 1).li(A1, DATA).li(A2, 1 << 16).call(_WRITE).jump(0)
    machine.start(code.image(data_pages=16))

    machine.run(until_ns=1)
    machine.advance(SECOND_NS)

    written = sum(len(event.text or "") for _, event in machine.of(ProcessOutput))
    assert 0 < written < 32 << 20
    assert machine.reached_ns < SECOND_NS


@given(seed=st.integers(0, 1 << 32))
@examples(25)
def test_every_byte_is_reported_once_and_in_order_wherever_windows_end(seed: int) -> None:
    draw = random.Random(seed)
    code, wanted = Code(), {1: b"", 2: b""}
    for _ in range(draw.randint(1, 20)):
        data = draw.choice((b"x", "é€🙂".encode(), draw.randbytes(9), b"line\n" * 30, b"\0\0"))
        data = data[draw.randrange(2) : len(data) - draw.randrange(2)] or b"y"
        stream = draw.choice((1, 1, 1, 2))
        code.write(data, stream)
        wanted[stream] += data
        if draw.random() < 0.3:
            code.sleep(draw.choice((1000, INTERVAL_NS, 3 * INTERVAL_NS)))
        if draw.random() < 0.3:
            code.addi(T0, ZERO, 0).work(draw.choice((100, 100_000)))
    image = code.exit().image()
    machines = [Machine(boot()), Machine(boot())]
    pids = [machine.start(image) for machine in machines]

    machines[0].run()
    machines[1].run(windows=[draw.randint(1, 3 * INTERVAL_NS) for _ in range(60)])

    assert machines[0].events == machines[1].events
    assert {stream: machines[0].output(pids[0], stream) for stream in (1, 2)} == wanted
    machines[0].check_at_rest()
