"""Signals and timers: as Linux has them, on one node, across nodes, and in the middle of a move."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.cpu import Registers
from nodes.kernel.mail import REDIRECTIONS
from nodes.kernel.signals import (
    FRAME_BYTES,
    SIGRETURN,
    Action,
    Sent,
    SignalState,
    frame,
    handler_registers,
    unpack_frame,
)
from nodes.migration.registry import STRATEGIES
from nodes.wire.control import SignalProcess
from nodes.wire.events import MigrationCompleted, SignalDelivered
from nodes.wire.image import ProgramImage, read_image
from nodes.wire.parameters import MigrationParameters
from tests.guests import compile_natively, guest, needs_native_compiler, run_natively, source
from tests.nodes.kernel.machine import MS, Machine, boot, examples
from tests.nodes.migration.network import Network

SIGUSR1, SIGTERM = 10, 15
_WORD = st.integers(0, (1 << 64) - 1)


@cache
def program(name: str) -> ProgramImage:
    return read_image(name, guest(name).read_bytes())


# ------------------------------------------------------------------------------------------------------------ plain data


@given(
    x=st.lists(_WORD, min_size=31, max_size=31),
    pc=_WORD,
    mask=_WORD,
    signal=st.integers(1, 64),
    sender=st.integers(0, 1 << 30),
)
@examples(50)
def test_what_lies_under_a_handler_is_what_was_put_there(
    x: list[int], pc: int, mask: int, signal: int, sender: int
) -> None:
    registers = Registers(pc, tuple(x), 7, 8, 9)
    content = frame(signal, sender, mask, registers)

    assert len(content) == FRAME_BYTES
    assert unpack_frame(content, Registers(0, (0,) * 31, 7, 8, 9)) == (mask, registers)
    assert struct.unpack_from("<i", content)[0] == signal
    assert struct.unpack_from("<i", content, 16)[0] == sender


def test_a_handler_begins_with_its_arguments_and_returns_to_where_nothing_is() -> None:
    registers = handler_registers(SIGUSR1, Action(0x1_0000), 0x8000, Registers(4, tuple(range(1, 32)), 0, 0, 0))

    assert (registers.pc, registers.x[0], registers.x[1]) == (0x1_0000, SIGRETURN, 0x8000)
    assert registers.x[9:12] == (SIGUSR1, 0x8000, 0x8000 + 128)
    assert registers.x[12:] == tuple(range(13, 32))


def test_a_blocked_signal_waits_and_the_lowest_comes_first() -> None:
    state = SignalState(
        actions={SIGUSR1: Action(4), SIGTERM: Action(4)}, pending={SIGTERM: Sent(0, ""), SIGUSR1: Sent(0, "")}
    )
    found = []
    for mask in (0, 1 << (SIGUSR1 - 1), (1 << 64) - 1):
        state.set_mask(mask)
        found.append(state.deliverable)
    assert found == [SIGUSR1, SIGTERM, None]
    assert not state.blocks(9), "SIGKILL"
    assert not state.blocks(19), "SIGSTOP"


# -------------------------------------------------------------------------------------------------------------- one node


@needs_native_compiler
@pytest.mark.parametrize(("name", "arguments"), [("signals", ("die",)), ("timekeeper", ("4",))])
def test_signals_and_timers_do_what_they_do_on_linux(name: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
    expected = run_natively(compile_natively([source(name)], tmp_path / name), (name, *arguments))
    machine = Machine(boot())
    pid = machine.start(program(name), *arguments)
    machine.run()

    end = machine.exit_of(pid)
    assert machine.output(pid) == expected.output
    assert (end.exit_code, end.signal) == ((None, "SIGTERM") if name == "signals" else (0, None))
    machine.check_at_rest()


@given(windows=st.lists(st.integers(1, 3 * MS), max_size=60))
@examples(10)
def test_windows_of_any_length_change_nothing_about_signals(windows: list[int]) -> None:
    whole, cut = Machine(boot()), Machine(boot())
    for machine in (whole, cut):
        machine.start(program("timekeeper"), "3")
        machine.start(program("signals"), at_ns=5 * MS)
    whole.run()
    cut.run(windows=windows)

    assert cut.events == whole.events


def test_a_handler_without_a_stack_ends_its_process() -> None:
    machine = Machine(boot())
    pid = machine.start(program("timekeeper"), "3")
    machine.run(5 * MS)
    machine.process(pid).space.cpu.write_register("sp", 0x100)
    machine.run()

    assert machine.exit_of(pid).signal == "SIGSEGV"
    assert "call of a signal handler" in machine.exit_of(pid).reason


# --------------------------------------------------------------------------------------------------------- several nodes


@pytest.mark.parametrize("name", ["signals", "timekeeper"])
@given(
    moves=st.lists(st.tuples(st.integers(1, 120), st.sampled_from(["n1", "n2", "n3"])), max_size=5),
    strategy=st.sampled_from(sorted(STRATEGIES)),
)
@examples(12)
def test_what_is_pending_and_what_is_left_of_timers_moves_along(
    name: str, moves: list[tuple[int, str]], strategy: str
) -> None:
    home = Machine(boot())
    pid = home.start(program(name), "5")
    home.run()
    network = Network(3, migration=MigrationParameters(strategy=strategy))
    network["n1"].start(program(name), "5")
    for at_ms, to in moves:
        network.move(pid, to, at_ms * MS)
    network.run()
    network.check_at_rest()

    assert network.output(pid) == home.output(pid)
    assert network.exit_of(pid).exit_code == 0


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_a_signal_follows_a_process_that_has_moved(redirection: str) -> None:
    network = Network(4, migration=MigrationParameters(redirection=redirection))
    pid = network["n1"].start(program("timekeeper"), "1000")
    network.move(pid, "n3", 10 * MS)
    network.move(pid, "n4", 60 * MS)
    network.at(120 * MS, lambda: network["n1"].order(network.now, SignalProcess(pid, "SIGTERM")))
    network.run()
    network.check_at_rest()

    assert len(network.of(MigrationCompleted)) == 2
    assert (network.exit_of(pid).signal, network.exit_of(pid).reason) == ("SIGTERM", "SIGTERM, sent by the user")


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_a_signal_that_comes_while_a_process_is_frozen_moves_with_it(redirection: str) -> None:
    network = Network(2, migration=MigrationParameters(redirection=redirection), byte_ns=800)
    pid = network["n1"].start(program("timekeeper"), "3")
    network.move(pid, "n2", 12 * MS)
    network.at(40 * MS, lambda: network["n1"].order(network.now, SignalProcess(pid, "SIGALRM")))
    network.run()
    network.check_at_rest()

    delivered = [at for _, at, event in network.of(SignalDelivered)]
    assert delivered[0] == "n1", "the first tick"
    assert delivered[1] == "n2", "the one that came while it was frozen"
    assert network.output(pid).startswith(b"3 ticks, computed\nright\n")
