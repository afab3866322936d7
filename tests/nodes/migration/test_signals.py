"""Signals and timers: as Linux has them, on one node, across nodes, and in the middle of a move."""

from __future__ import annotations

import struct
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.kernel.cpu import Registers
from nodes.kernel.process import State
from nodes.kernel.signals import (
    FRAME_BYTES,
    SIGRETURN,
    Action,
    AlternateStack,
    Sent,
    SignalState,
    frame,
    handler_registers,
    unpack_frame,
)
from nodes.strategies import STRATEGIES
from nodes.wire.control import SignalProcess
from nodes.wire.events import (
    MigrationCompleted,
    ProcessContinued,
    ProcessExited,
    ProcessFrozen,
    ProcessStopped,
    ProcessThawed,
    SignalDelivered,
)
from nodes.wire.image import ProgramImage, read_image
from nodes.wire.parameters import MigrationParameters
from nodes.wire.reasons import verbatim
from nodes.wire.vocabulary import REDIRECTIONS, Redirection
from tests.guests import compile_natively, guest, needs_native_compiler, run_natively, source
from tests.nodes.kernel.assembler import Code
from tests.nodes.kernel.machine import MS, Machine, boot, examples
from tests.nodes.migration.network import Network
from tests.nodes.migration.talking import ENSEMBLES, answers, check_messages, start

SIGUSR1, SIGTERM = 10, 15
RESTED = b"one\ntwo: continued 1\nthree: alarms 1, continued 2\nnot yet\nfour: continued 3\nfive: continued 4\n"
"""What `resting` prints if nothing is lost, and nothing comes before it was continued."""
_WORD = st.integers(0, (1 << 64) - 1)


@cache
def program(name: str) -> ProgramImage:
    return read_image(name, guest(name).read_bytes())


# ------------------------------------------------------------------------------------------------------------ plain data


@given(
    x=st.lists(_WORD, min_size=31, max_size=31),
    f=st.just([]) | st.lists(_WORD, min_size=32, max_size=32),
    control=st.integers(1, 255),
    pc=_WORD,
    mask=_WORD,
    signal=st.integers(1, 64),
    sender=st.integers(0, 1 << 30),
    alternate=st.builds(AlternateStack, _WORD, st.integers(1, 1 << 30), st.booleans()) | st.just(AlternateStack()),
)
@examples(50)
def test_what_lies_under_a_handler_is_what_was_put_there(
    x: list[int], f: list[int], control: int, pc: int, mask: int, signal: int, sender: int, alternate: AlternateStack
) -> None:
    registers = Registers(pc, tuple(x), 7, 8, 9, (*f, control) if f else ())
    content = frame(signal, Sent(sender, verbatim("")), mask, registers, alternate)

    assert len(content) == FRAME_BYTES
    assert unpack_frame(content, Registers(0, (0,) * 31, 7, 8, 9)) == (mask, registers, alternate)
    assert struct.unpack_from("<i", content)[0] == signal
    assert struct.unpack_from("<i", content, 16)[0] == sender


def test_a_handler_begins_with_its_arguments_and_returns_to_where_nothing_is() -> None:
    registers = handler_registers(SIGUSR1, Action(0x1_0000), 0x8000, Registers(4, tuple(range(1, 32)), 0, 0, 0))

    assert (registers.pc, registers.x[0], registers.x[1]) == (0x1_0000, SIGRETURN, 0x8000)
    assert registers.x[9:12] == (SIGUSR1, 0x8000, 0x8000 + 128)
    assert registers.x[12:] == tuple(range(13, 32))


def test_a_blocked_signal_waits_and_the_lowest_comes_first() -> None:
    state = SignalState(
        actions={SIGUSR1: Action(4), SIGTERM: Action(4)},
        pending={SIGTERM: Sent(0, verbatim("")), SIGUSR1: Sent(0, verbatim(""))},
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
@pytest.mark.parametrize(
    ("name", "arguments", "ended_by"),
    [
        ("signals", ("die",), "SIGTERM"),
        ("timekeeper", ("4",), None),
        ("stacks", (), "SIGSEGV"),
        ("workclock", ("5",), None),
    ],
)
def test_signals_and_timers_do_what_they_do_on_linux(
    name: str, arguments: tuple[str, ...], ended_by: str | None, tmp_path: Path
) -> None:
    expected = run_natively(compile_natively([source(name)], tmp_path / name), (name, *arguments))
    machine = Machine(boot())
    pid = machine.start(program(name), *arguments)
    machine.run()

    end = machine.exit_of(pid)
    assert machine.output(pid) == expected.output
    assert (end.exit_code, end.signal) == (None if ended_by else 0, ended_by)
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


def test_a_timer_that_counts_work_goes_off_after_as_many_instructions_whatever_else_happens() -> None:
    """4 ms of work at 10 MIPS to the first tick, and 3 ms between the others: in the same places of the program on a busy node."""
    alone, crowded = Machine(boot()), Machine(boot(quantum_ns=MS))
    for machine in (alone, crowded):
        machine.start(program("workclock"), "8", "exact")
    for _ in range(2):
        crowded.start("primes", "3000")
    alone.run()
    crowded.run(windows=[MS // 3] * 200)

    assert crowded.output("n1.1") == alone.output("n1.1")
    assert crowded.exit_of("n1.1").instructions == alone.exit_of("n1.1").instructions
    ticks = [int(word) for word in alone.output("n1.1").split(b"\n")[3].split() if word.isdigit()]
    gaps = [later - earlier for earlier, later in pairwise(ticks[:8])]
    assert max(gaps) - min(gaps) < 0.01 * min(gaps), "but for the handlers, the same work each time"


def test_a_stopped_process_stands_still_and_what_comes_meanwhile_waits() -> None:
    machine = Machine(boot())
    pid = machine.start(program("resting"))
    for at_ms in (100, 200, 300):
        machine.order(at_ms * MS, SignalProcess(pid, "SIGCONT"))
    machine.run()

    assert machine.output(pid) == RESTED
    assert [event.signal for _, event in machine.of(ProcessStopped)] == ["SIGSTOP", "SIGTSTP", "SIGTTIN"]
    assert [at // MS for at, _ in machine.of(ProcessContinued)] == [100, 200, 300]
    machine.check_at_rest()


@pytest.mark.parametrize("killing", ["SIGTERM", "SIGKILL"])
def test_only_sigkill_ends_a_stopped_process_at_once(killing: str) -> None:
    machine = Machine(boot())
    pid = machine.start("primes", "20000")
    for at_ms, signal in ((10, "SIGSTOP"), (20, "SIGSTOP"), (30, killing), (50, "SIGCONT")):
        machine.order(at_ms * MS, SignalProcess(pid, signal))
    machine.run()

    assert machine.exit_of(pid).signal == killing
    assert [at // MS for at, _ in machine.of(ProcessExited)] == [30 if killing == "SIGKILL" else 50]
    assert len(machine.of(ProcessStopped)) == 1
    machine.check_at_rest()


def test_the_later_of_stop_and_continue_holds() -> None:
    machine = Machine(boot())
    pid = machine.start(program("timekeeper"), "2")
    for signal in ("SIGSTOP", "SIGCONT", "SIGTSTP", "SIGCONT", "SIGCONT"):
        machine.order(5 * MS, SignalProcess(pid, signal))
    machine.run()

    assert (machine.exit_of(pid).exit_code, len(machine.of(ProcessStopped)), len(machine.of(ProcessContinued))) == (
        0,
        2,
        2,
    )


def test_a_sleeper_sleeps_no_longer_because_it_was_stopped_meanwhile() -> None:
    machine = Machine(boot())
    pids = [machine.start(Code().sleep(50 * MS).exit().image()) for _ in range(2)]
    for pid, continued_ms in zip(pids, (30, 80), strict=True):
        machine.order(10 * MS, SignalProcess(pid, "SIGSTOP"))
        machine.order(continued_ms * MS, SignalProcess(pid, "SIGCONT"))
    machine.run()

    assert [at // MS for at, _ in machine.of(ProcessExited)] == [51, 80], "the first began to sleep after 1 ms"


def test_a_handler_without_a_stack_ends_its_process() -> None:
    machine = Machine(boot())
    pid = machine.start(program("timekeeper"), "3")
    machine.run(5 * MS)
    machine.process(pid).space.cpu.write_register("sp", 0x100)
    machine.run()

    assert machine.exit_of(pid).signal == "SIGSEGV"
    assert "call of a signal handler" in str(machine.exit_of(pid).reason)


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


@pytest.mark.parametrize(("name", "arguments"), [("workclock", ("9", "exact")), ("stacks", ())])
@given(
    moves=st.lists(st.tuples(st.integers(1, 60), st.sampled_from(["n1", "n2", "n3"])), max_size=5),
    strategy=st.sampled_from(sorted(STRATEGIES)),
)
@examples(12)
def test_what_a_process_does_by_its_own_work_is_the_same_to_the_instruction_wherever_it_runs(
    name: str, arguments: tuple[str, ...], moves: list[tuple[int, str]], strategy: str
) -> None:
    home = Machine(boot())
    pid = home.start(program(name), *arguments)
    home.run()
    network = Network(3, migration=MigrationParameters(strategy=strategy))
    network["n1"].start(program(name), *arguments)
    for at_ms, to in moves:
        network.move(pid, to, at_ms * MS)
    network.run()
    network.check_at_rest()

    assert network.output(pid) == home.output(pid)
    end, expected = network.exit_of(pid), home.exit_of(pid)
    assert (end.exit_code, end.signal, end.instructions) == (expected.exit_code, expected.signal, expected.instructions)


@given(
    moves=st.lists(st.tuples(st.integers(1, 350), st.sampled_from(["n1", "n2", "n3"])), max_size=5),
    strategy=st.sampled_from(sorted(STRATEGIES)),
    redirection=st.sampled_from(REDIRECTIONS),
    continued_ms=st.lists(st.integers(40, 150), min_size=3, max_size=3),
)
@examples(25)
def test_a_stopped_process_can_be_moved_and_stays_stopped(
    moves: list[tuple[int, str]], strategy: str, redirection: Redirection, continued_ms: list[int]
) -> None:
    network = Network(3, migration=MigrationParameters(strategy=strategy, redirection=redirection))
    pid = network["n1"].start(program("resting"))
    for at_ms, to in moves:
        network.move(pid, to, at_ms * MS)
    for at_ms in accumulate(continued_ms):
        network.at(at_ms * MS, lambda: network["n1"].order(network.now, SignalProcess(pid, "SIGCONT")))
    network.run()
    network.at(network.now + 1000 * MS, lambda: network["n1"].order(network.now, SignalProcess(pid, "SIGCONT")))
    network.run()  # a move may have taken longer than the next SIGCONT, which then found nothing to continue
    stops, continues = network.of(ProcessStopped), network.of(ProcessContinued)

    network.check_at_rest()
    assert (network.exit_of(pid).exit_code, len(stops), len(continues)) == (0, 3, 3)
    assert network.output(pid) == RESTED
    frozen = [event.was for _, _, event in network.of(ProcessFrozen)]
    thawed = [at for at, _, _ in network.of(ProcessThawed)]
    assert len(frozen) == len(thawed)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_a_process_that_is_stopped_while_it_moves_is_stopped_where_it_arrives(strategy: str) -> None:
    network = Network(2, migration=MigrationParameters(strategy=strategy), byte_ns=800)
    pid = network["n1"].start(program("timekeeper"), "3")
    network.move(pid, "n2", 12 * MS)
    frozen = lambda: any(event.pid == pid for _, _, event in network.of(ProcessFrozen))  # noqa: E731
    network.run(until=frozen)
    network.at(network.now, lambda: network["n1"].order(network.now, SignalProcess(pid, "SIGSTOP")))
    network.run(200 * MS)

    assert network.process(pid).state is State.STOPPED
    assert [(at, str(event.reason)) for _, at, event in network.of(ProcessStopped)] == [("n2", "sent by the user")]
    network.move(pid, "n1", network.now)
    network.run(400 * MS)
    assert (network.owners(pid), network.process(pid).state) == (["n1"], State.STOPPED)
    network.at(network.now, lambda: network["n2"].order(network.now, SignalProcess(pid, "SIGCONT")))
    network.run()
    network.check_at_rest()

    assert network.output(pid) == b"3 ticks, computed\nright\n"


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_messages_wait_for_a_process_that_is_stopped(redirection: Redirection) -> None:
    network = Network(3, migration=MigrationParameters(redirection=redirection))
    pids = start(network, ENSEMBLES["pipeline"])
    network.at(40 * MS, lambda: network["n2"].order(network.now, SignalProcess(pids[1], "SIGSTOP")))
    network.move(pids[1], "n1", 60 * MS)
    network.at(300 * MS, lambda: network["n2"].order(network.now, SignalProcess(pids[1], "SIGCONT")))
    network.run()
    network.check_at_rest()

    check_messages(network)
    assert len(network.of(ProcessContinued)) == 1
    still = Network(3)
    same = start(still, ENSEMBLES["pipeline"])
    still.run()
    assert answers(network, pids) == answers(still, same)


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_a_signal_follows_a_process_that_has_moved(redirection: Redirection) -> None:
    network = Network(4, migration=MigrationParameters(redirection=redirection))
    pid = network["n1"].start(program("timekeeper"), "1000")
    network.move(pid, "n3", 10 * MS)
    network.move(pid, "n4", 60 * MS)
    network.at(120 * MS, lambda: network["n1"].order(network.now, SignalProcess(pid, "SIGTERM")))
    network.run()
    network.check_at_rest()

    assert len(network.of(MigrationCompleted)) == 2
    assert (network.exit_of(pid).signal, str(network.exit_of(pid).reason)) == ("SIGTERM", "SIGTERM, sent by the user")


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_a_signal_that_comes_while_a_process_is_frozen_moves_with_it(redirection: Redirection) -> None:
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
