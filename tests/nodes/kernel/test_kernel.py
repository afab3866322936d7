"""One kernel: programs run to their end, whatever the windows are, and what a program does harms nobody else."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nodes import programs
from nodes.kernel.scheduler import SCHEDULERS
from nodes.wire import vocabulary
from nodes.wire.control import AfterPause, Delivery, KillProcess, LocalEvent, SetSpeed
from nodes.wire.events import (
    CommandRefused,
    FramesInUse,
    MessageDelivered,
    NodeSlowed,
    NodeStarted,
    NodeSuspected,
    PageArrived,
    PageEvicted,
    PageFaulted,
    ProcessBlocked,
    ProcessCreated,
    ProcessDispatched,
    ProcessExited,
    ProcessNotCreated,
    ProcessOutput,
    ProcessPreempted,
    ProcessReady,
)
from nodes.wire.image import ProgramImage, read_image
from nodes.wire.packets import ProcessResumed, encode_packet
from nodes.wire.parameters import SECOND_NS, Costs, DiskParameters
from nodes.wire.reasons import reason
from tests.nodes.kernel.answers import SMALL_WORKLOADS, answer
from tests.nodes.kernel.assembler import (
    A0,
    A1,
    A2,
    FOREVER,
    S0,
    S1,
    SP,
    T0,
    T1,
    TEXT,
    ZERO,
    Code,
    burn,
    scatter,
    scatter_output,
)
from tests.nodes.kernel.machine import FREE, GIPS, MS, Machine, boot, examples

GUESTS = Path(__file__).parents[2] / "guests"


def guest(name: str) -> ProgramImage:
    return read_image(name, (GUESTS / f"{name}.elf").read_bytes())


# ------------------------------------------------------------------------------------------- the programs of the catalogue


@cache
def at_home(name: str) -> Machine:
    """Return a machine on which a program of the catalogue has run to its end, in one window."""
    machine = Machine(boot())
    machine.start(name, *map(str, SMALL_WORKLOADS[name]))
    return machine.run()


@pytest.mark.parametrize("name", SMALL_WORKLOADS)
def test_a_program_prints_what_an_independent_calculation_says(name: str) -> None:
    machine = at_home(name)

    assert machine.output("n1.1") == answer(name, SMALL_WORKLOADS[name])
    assert (machine.exit_of("n1.1").exit_code, machine.output("n1.1", 2)) == (0, b"")
    machine.check_at_rest()


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL_WORKLOADS)
def test_a_program_with_its_default_arguments_prints_what_an_independent_calculation_says(name: str) -> None:
    defaults = [str(parameter.default) for parameter in programs.CATALOGUE[name].parameters]
    arguments = [int(value) if value.isdigit() else value for value in defaults]
    machine = Machine(boot())
    machine.start(name, *map(str, arguments))

    assert machine.run().output("n1.1") == answer(name, arguments)


@pytest.mark.parametrize("name", SMALL_WORKLOADS)
@given(windows=st.lists(st.integers(1, MS), min_size=30, max_size=60))
@examples(2)
def test_windows_of_any_length_change_nothing_of_what_a_program_of_the_catalogue_does(
    name: str, windows: list[int]
) -> None:
    machine = Machine(boot())
    machine.start(name, *map(str, SMALL_WORKLOADS[name]))

    machine.run(windows=windows)

    assert machine.events == at_home(name).events


@pytest.mark.parametrize("replacement", ["clock", "lru", "fifo", "aging"])
@pytest.mark.parametrize("arguments", [("sort", "20000"), ("scan", "40", "4", "50", "300", "1"), ("sha", "160", "1")])
def test_a_program_larger_than_the_memory_is_paged_and_gives_the_same_answer(
    arguments: tuple[str, ...], replacement: vocabulary.Replacement
) -> None:
    roomy = Machine(boot())
    at_home = roomy.start(*arguments)
    roomy.run()
    machine = Machine(boot(frames=30, replacement=replacement))
    pid = machine.start(*arguments)

    machine.run()

    assert machine.output(pid) == roomy.output(at_home)
    assert machine.exit_of(pid).exit_code == 0
    assert machine.exit_of(pid).instructions == roomy.exit_of(at_home).instructions
    assert any(event.written for _, event in machine.of(PageEvicted))
    assert all(event.waited_ns > 0 for _, event in machine.of(PageArrived))
    machine.check_at_rest()


# ------------------------------------------------------------------------------------------ programs that do what they may not

_NOWHERE = "0x123456780"
_SEGV = r"SIGSEGV at pc 0x[0-9a-f]+: "


@pytest.mark.parametrize(
    ("name", "argument", "output", "signal", "reason"),
    [
        ("badpointer", "read", "about to read\n", "SIGSEGV", f"{_SEGV}read at {_NOWHERE}: nothing is mapped there"),
        ("badpointer", "write", "about to write\n", "SIGSEGV", f"{_SEGV}write at {_NOWHERE}: nothing is mapped there"),
        (
            "badpointer",
            "execute",
            "about to execute\n",
            "SIGSEGV",
            f"SIGSEGV at pc {_NOWHERE}: execute at {_NOWHERE}: nothing is mapped there",
        ),
        (
            "badpointer",
            "code",
            "about to code\n",
            "SIGSEGV",
            f"{_SEGV}write at 0x[0-9a-f]+: its page is read and execute only",
        ),
        ("badpointer", "null", "about to null\n", "SIGSEGV", f"{_SEGV}read at 0x0: a null pointer"),
        (
            "illegal",
            "",
            "about to execute an illegal instruction\n",
            "SIGILL",
            "SIGILL, illegal instruction 0x00000000 at 0x[0-9a-f]+",
        ),
        (
            "overflow",
            "",
            "about to recurse\n",
            "SIGSEGV",
            f"{_SEGV}stack overflow: write at 0x3f[0-9a-f]+, below the stack of 8 MiB",
        ),
        ("selfkill", "term", "about to term\n", "SIGTERM", "SIGTERM, sent by n1.1"),
        ("selfkill", "kill", "about to kill\n", "SIGKILL", "SIGKILL, sent by n1.1"),
        ("selfkill", "abort", "about to abort\n", "SIGABRT", "SIGABRT, sent by n1.1"),
    ],
)
def test_a_program_that_does_what_it_may_not_dies_with_a_reason_and_the_others_go_on(
    name: str, argument: str, output: str, signal: str, reason: str
) -> None:
    machine = Machine(boot())
    pid = machine.start(guest(name), *filter(None, [argument]))
    other = machine.start(scatter(5, 64, sleep_ns=MS // 10))

    machine.run()

    exited = machine.exit_of(pid)
    assert (machine.output(pid).decode(), exited.exit_code, exited.signal) == (output, None, signal)
    assert re.fullmatch(reason, str(exited.reason)), str(exited.reason)
    assert machine.output(other) == scatter_output(5, 64)
    machine.check_at_rest()


def test_wild_pointers_in_system_calls_are_answered_with_efault_and_the_others_go_on() -> None:
    machine = Machine(boot())
    pid = machine.start(guest("wildcalls"), stdin=b"some input")
    other = machine.start(scatter(5, 64, sleep_ns=MS // 10))

    machine.run()

    answers = [line.rpartition(": ")[2] for line in machine.output(pid).decode().splitlines()]
    assert answers == ["EFAULT"] * 28
    assert machine.exit_of(pid).exit_code == 0
    assert machine.output(other) == scatter_output(5, 64)
    machine.check_at_rest()


def test_a_program_that_takes_memory_until_there_is_no_more_gets_its_errno_and_the_others_go_on() -> None:
    machine = Machine(boot(disk=DiskParameters(latency_ns=0, bandwidth_bps=10**12)))
    other = machine.start(scatter(5, 64, sleep_ns=MS))
    pid = machine.start(guest("exhaust"), str(100 << 10))

    machine.run()

    assert machine.output(pid) == b"got 204800 KiB in 2 blocks, and no more\n"
    assert (machine.exit_of(pid).exit_code, machine.output(other)) == (0, scatter_output(5, 64))
    machine.check_at_rest()


def _trampoline() -> ProgramImage:
    """Return a program that puts code on its stack (`addi a0, zero, 7; ret`), calls it, changes it to give 9, and ends with the sum."""
    give_7, ret, give_9, fence_i, call_s0 = 0x00700513, 0x00008067, 0x00900513, 0x0000100F, 0x000400E7
    code = Code().addi(S0, SP, -64)
    code.li(T0, ret).slli(T0, T0, 32).li(T1, give_7).add(T0, T0, T1).sd(T0, S0).word(fence_i).word(call_s0).addi(
        S1, A0, 0
    )
    code.li(T0, ret).slli(T0, T0, 32).li(T1, give_9).add(T0, T0, T1).sd(T0, S0).word(fence_i).word(call_s0)
    return code.add(A0, A0, S1).exit_with(A0).image("trampoline")


@pytest.mark.parametrize("windows", [(), (1,) * 80, (30_000,) * 100])
def test_code_on_the_stack_runs_where_the_program_asks_for_it(windows: tuple[int, ...]) -> None:
    machine = Machine(boot())
    pid = machine.start(replace(_trampoline(), executable_stack=True))

    machine.run(windows=windows)

    assert machine.exit_of(pid).exit_code == 16
    machine.check_at_rest()


def test_code_on_the_stack_does_not_run_where_it_does_not() -> None:
    machine = Machine(boot())
    pid = machine.start(_trampoline())

    machine.run()

    assert str(machine.exit_of(pid).reason).endswith("its page is read and write only")
    machine.check_at_rest()


def test_changing_code_takes_so_long_that_nobody_can_be_kept_busy_by_it() -> None:
    """What makes the CPU forget all that it has compiled costs the emulator milliseconds."""
    machine = Machine(boot(ips=GIPS, costs=replace(FREE, system_call_page_ns=2_000)))
    ret, fence_i, call_s1, rounds = 0x00008067, 0x0000100F, 0x000480E7, 10
    code = Code().addi(S1, SP, -64).li(T0, ret).sd(T0, S1).word(call_s1).addi(S0, ZERO, rounds)
    start = code.here
    code.word(fence_i).addi(S0, S0, -1).bnez(S0, start).exit()
    pid = machine.start(replace(code.image(), executable_stack=True))

    machine.run()

    assert machine.exit_of(pid).exit_code == 0
    assert machine.of(ProcessExited)[0][0] // 2_000_000 == rounds


def test_a_program_that_never_ends_is_ended_from_outside_and_the_others_go_on() -> None:
    machine = Machine(boot())
    pid = machine.start(guest("forever"))
    other = machine.start(scatter(5, 64, sleep_ns=MS // 10))
    machine.kill(pid, 2 * SECOND_NS)

    machine.run()

    exited = machine.exit_of(pid)
    assert (machine.output(pid), exited.signal, str(exited.reason)) == (
        b"for ever\n",
        "SIGKILL",
        "SIGKILL, from outside",
    )
    assert machine.output(other) == scatter_output(5, 64)
    machine.check_at_rest()


def test_a_program_finds_its_arguments_and_its_environment() -> None:
    machine = Machine(boot())
    pid = machine.start(guest("args"), "one", "two words", "", "ñandú", environment=("A=1", "EMPTY=", "Ñ=ü ∀"))

    machine.run()

    assert machine.output(pid).decode().splitlines() == [
        "argv[0] = args",
        "argv[1] = one",
        "argv[2] = two words",
        "argv[3] = ",
        "argv[4] = ñandú",
        "argv[argc] is NULL",
        "envp[0] = A=1",
        "envp[1] = EMPTY=",
        "envp[2] = Ñ=ü ∀",
    ]


def test_every_byte_that_a_program_writes_is_kept_by_stream() -> None:
    machine = Machine(boot())
    pid = machine.start(guest("bytes"))

    machine.run()

    assert (machine.output(pid, 1), machine.output(pid, 2)) == (bytes(range(256)), bytes(range(255, 127, -1)))


@pytest.mark.parametrize(("argument", "code"), [("0", 0), ("7", 7), ("255", 255), ("300", 44), ("-1", 255)])
def test_a_program_ends_with_the_low_eight_bits_of_its_status(argument: str, code: int) -> None:
    machine = Machine(boot())
    pid = machine.start(guest("exitcode"), argument)

    exited = machine.run().exit_of(pid)

    assert (exited.exit_code, exited.signal, str(exited.reason)) == (code, None, f"exit({code})")


def test_divisions_have_the_results_that_the_specification_defines() -> None:
    machine = Machine(boot())
    pid = machine.start(guest("divide"))

    lines = machine.run().output(pid).decode().splitlines()

    assert len(lines) == 1 + 14 * 14
    for line in lines[1:]:
        operands, _, results = line.partition(": ")
        a, b = (int(text, 16) for text in operands.split())
        assert [int(text, 16) for text in results.split()] == _divisions(a, b), line


def _divisions(a: int, b: int) -> list[int]:
    """Return div divu rem remu divw divuw remw remuw by the specification's table."""
    results = []
    for bits in (64, 32):
        unsigned = (a & (1 << bits) - 1, b & (1 << bits) - 1)
        signed = tuple(n - (n >> bits - 1 << bits) for n in unsigned)
        quotients, remainders = [], []
        for x, y in (signed, unsigned):
            quotient = -1 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
            quotients.append(quotient)
            remainders.append(x if y == 0 else x - quotient * y)
        results += [_sign_extended(value, bits) for value in (*quotients, *remainders)]
    return results


def _sign_extended(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (value >> bits - 1 << bits) & (1 << 64) - 1


def test_floating_point_numbers_are_calculated_to_the_last_bit() -> None:
    machine = Machine(boot())
    pid = machine.start(guest("floats"))

    lines = {line[:22].rstrip(): line[23:].split() for line in machine.run().output(pid).decode().splitlines()}

    single = struct.unpack("<f", struct.pack("<f", 0.1))[0]
    harmonic, product = 0.0, 1.0
    for i in range(1, 1001):
        harmonic += 1.0 / i
        product *= 1 + 0.1 / i
    expected = {
        "0.1 + 0.2": 0.1 + 0.2,
        "1/3 * 3": 1 / 3 * 3,
        "1/3 - 0.1": 1 / 3 - 0.1,
        "0.1 / (1/3)": 0.1 / (1 / 3),
        "subnormal * 3": 5e-324 * 3,
        "sqrt(0.1)": 0.1**0.5,
        "(float)0.1 + 0.1f": 2 * single,
        "2^53 + 1 to double": float(2**53 + 1),
        "harmonic sum": harmonic,
        "product": product,
    }
    assert {name: lines[name][-1] for name in expected} == {name: f"{value:.17g}" for name, value in expected.items()}
    assert float.fromhex(lines["product"][0]) == product
    assert machine.exit_of(pid).exit_code == 0


def test_an_illegal_instruction_ends_even_a_process_that_ignores_its_signal() -> None:
    ignore = struct.pack("<QQQ", 1, 0, 0)
    code = Code().addi(A0, ZERO, 4).address_of(A1, ignore).addi(A2, ZERO, 0).call(134).word(0).exit()
    machine = Machine(boot(costs=FREE))
    pid = machine.start(code.image())

    machine.run(SECOND_NS)

    assert (machine.exit_of(pid).signal, machine.exit_of(pid).exit_code) == ("SIGILL", None)


def test_a_breakpoint_ends_a_process() -> None:
    machine = Machine(boot())
    pid = machine.start(Code().work(10).word(0x0010_0073).exit().image())

    exited = machine.run().exit_of(pid)

    assert (exited.signal, str(exited.reason)) == ("SIGTRAP", f"SIGTRAP, breakpoint at {TEXT + 16:#x}")


# --------------------------------------------------------------------------------------------------- windows and time


def test_the_life_of_a_process_is_a_row_of_events_at_exact_instants() -> None:
    costs = Costs(
        context_switch_ns=10_000,
        system_call_ns=1_000,
        page_fault_ns=2_000,
        image_page_ns=20_000,
        process_creation_ns=500_000,
    )
    machine = Machine(boot(ips=GIPS, costs=costs))
    program = Code().work(1000 - 10).write(b"done").exit(3).image("short")
    pid = machine.start(program, "argument", at_ns=100)

    machine.run()

    began = 100 + 500_000 + 20_000 + 10_000
    wrote = began + 997
    ended = wrote + 1_000 + 4 * 100 + 3
    assert machine.events == [
        LocalEvent(0, 2, NodeStarted(GIPS, 512)),
        LocalEvent(100, 2, ProcessCreated(pid, pid, f"short/{program.digest}", ["short", "argument"], 0)),
        LocalEvent(100, 2, FramesInUse(2, 0, 510, 512, 1, 1)),
        LocalEvent(100, 2, ProcessDispatched(pid)),
        LocalEvent(wrote, 0, ProcessOutput(pid, 1, text="done")),
        LocalEvent(ended, 0, PageFaulted(pid, "zero", [0x3FFFFFE])),
        LocalEvent(ended, 0, ProcessExited(pid, 3, None, reason("exit", code="3"), 1000, 1000)),
        LocalEvent(ended, 0, FramesInUse(0, 0, 512, 512, 0)),
    ]


@given(instructions=st.integers(7, 5000), ips=st.integers(100, 3 * GIPS))  # it ends before the test does
@examples(20)
def test_a_number_of_instructions_takes_its_time_rounded_up_to_a_nanosecond(instructions: int, ips: int) -> None:
    machine = Machine(boot(ips=ips, costs=FREE, scheduler="fcfs"))
    pid = machine.start(burn(instructions))

    machine.run()

    ((ended, exited),) = machine.of(ProcessExited)
    taken_ns = -(-instructions * SECOND_NS // ips)
    assert (ended, exited) == (taken_ns, ProcessExited(pid, 0, None, reason("exit", code="0"), instructions, taken_ns))


_STEPS = st.one_of(
    st.tuples(st.just("work"), st.integers(4, 3000)),
    st.tuples(st.just("sleep"), st.integers(0, 200_000)),
    st.tuples(st.just("yield_cpu"), st.none()),
    st.tuples(st.just("write"), st.sampled_from([b"text", b"\xff\x00"])),
)
_PROGRAMS = st.lists(st.lists(_STEPS, min_size=1, max_size=6), min_size=1, max_size=3)
_INSTANTS = st.integers(0, 1_000_000)
_INTERFERENCE = st.lists(
    st.tuples(
        st.sampled_from([KillProcess("n1.1"), KillProcess("n1.2"), SetSpeed(50), SetSpeed(137), "message", "broken"]),
        _INSTANTS,
    ),
    max_size=4,
)


@given(
    steps=_PROGRAMS,
    starts=st.lists(_INSTANTS, min_size=3, max_size=3),
    interference=_INTERFERENCE,
    windows=st.lists(st.integers(1, 60_000), min_size=1, max_size=40),
    scheduler=st.sampled_from(list(SCHEDULERS)),
    ips=st.sampled_from([GIPS, 33_333_333, 10_000_000]),
    quantum_ns=st.sampled_from([1, 700, 1_500, 20_000]),
)
@examples(40)
def test_windows_of_any_length_change_nothing_on_a_busy_node(
    steps: list[list[tuple[str, int | bytes | None]]],
    starts: list[int],
    interference: list[tuple[KillProcess | SetSpeed | str, int]],
    windows: list[int],
    scheduler: vocabulary.Scheduler,
    ips: int,
    quantum_ns: int,
) -> None:
    """In one long window, and in small ones each of which brings only what is due in it, as under the engine."""

    def prepare() -> tuple[Machine, list[tuple[int, Callable[[], None]]]]:
        machine = Machine(boot(scheduler=scheduler, quantum_ns=quantum_ns, ips=ips, watched=("process.exited",)))
        feed: list[tuple[int, Callable[[], None]]] = []
        for index, (own_steps, start_ns) in enumerate(zip(steps, starts, strict=False)):
            code = Code()
            for step, operand in own_steps:
                getattr(code, step)(*() if operand is None else (operand,))
            image = code.exit(index).image()
            feed.append((start_ns, _starter(machine, image, start_ns, index)))
        for number, (what, at_ns) in enumerate(interference):
            feed.append((at_ns, _interferer(machine, what, at_ns, number)))
        return machine, sorted(feed, key=lambda due: due[0])

    whole, feed = prepare()
    for _, give in feed:
        give()
    whole.run()

    sliced, feed = prepare()
    reached = 0
    for length in windows:
        limit = reached + length
        while feed and feed[0][0] < limit:
            feed.pop(0)[1]()
        while reached < limit:
            sliced.advance(limit)
            reached = sliced.reached_ns
    for _, give in feed:
        give()
    sliced.run()

    assert sliced.events == whole.events
    sliced.check_at_rest()


def _starter(machine: Machine, image: ProgramImage, at_ns: int, index: int) -> Callable[[], None]:
    def start() -> None:
        machine.start(image, at_ns=at_ns, priority=index % 2, estimate_ns=None if index == 2 else 50_000 * (index + 1))

    return start


def _interferer(machine: Machine, what: KillProcess | SetSpeed | str, at_ns: int, number: int) -> Callable[[], None]:
    payload = encode_packet(ProcessResumed("n2/1")) if what == "message" else b""

    def interfere() -> None:
        if isinstance(what, str):
            machine.kernel.deliver(Delivery(at_ns, "n2", number, payload))
        else:
            machine.order(at_ns, what)

    return interfere


def test_a_watched_event_ends_the_window_where_a_reaction_could_arrive() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, watched=("process.exited",)))
    machine.start(burn(1000))
    machine.start(FOREVER)

    machine.advance(10 * MS)

    assert machine.reached_ns == 1000 + MS


def test_a_trap_at_the_edge_of_a_window_belongs_to_that_window() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE))
    pid = machine.start(burn(1000))

    machine.advance(1000)

    assert (machine.exit_of(pid).cpu_ns, machine.kernel.next_ns()) == (1000, None)


def test_an_order_at_the_edge_of_a_window_belongs_to_the_next() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE))
    pid = machine.start(burn(1000), at_ns=500)

    machine.advance(500)
    assert (machine.of(ProcessCreated), machine.kernel.next_ns()) == ([], 500)

    machine.advance(501)
    assert [event.pid for _, event in machine.of(ProcessCreated)] == [pid]


def test_at_one_instant_come_the_cpu_then_orders_then_messages_by_source_then_timers_and_last_the_choice_of_who_runs() -> (
    None
):
    """A sleeper wakes at 5000, when also a process ends, another is killed, and two messages arrive."""
    machine = Machine(boot(ips=GIPS, costs=FREE, scheduler="fcfs"))
    sleeper = machine.start(Code().sleep(4_995).exit().image())
    ends = machine.start(burn(4_995))
    victim = machine.start(FOREVER)
    killed = reason("signalled", signal="SIGKILL", why=reason("from-outside"))
    resumed = encode_packet(ProcessResumed("n2/1"))
    machine.kernel.deliver(Delivery(5000, "n3", 7, resumed))
    machine.kernel.deliver(Delivery(5000, "n2", 9, resumed))
    machine.kernel.deliver(Delivery(5000, "n2", 8, resumed))
    machine.kill(victim, 5000)

    machine.run()

    at_once = [(local.phase, local.event) for local in machine.events if local.t == 5000]
    assert [(phase, event) for phase, event in at_once if not isinstance(event, FramesInUse | PageFaulted)] == [
        (0, ProcessExited(ends, 0, None, reason("exit", code="0"), 4_995, 4_995)),
        (2, ProcessExited(victim, None, "SIGKILL", killed, 0, 0)),
        (2, MessageDelivered("n2:8", "n2", "ProcessResumed")),
        (2, MessageDelivered("n2:9", "n2", "ProcessResumed")),
        (2, MessageDelivered("n3:7", "n3", "ProcessResumed")),
        (2, ProcessReady(sleeper)),
        (2, ProcessDispatched(sleeper)),
    ]


def test_an_idle_node_has_nothing_to_do_before_its_next_timer() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE))
    assert machine.kernel.next_ns() is None

    machine.start(Code().sleep(7_000).exit().image())
    machine.advance(1000)

    assert machine.kernel.next_ns() == 7_005


# -------------------------------------------------------------------------------------------------------------- costs


def test_every_message_costs_the_running_process_the_time_of_an_interrupt() -> None:
    machine = Machine(boot(ips=GIPS, costs=replace(FREE, interrupt_ns=5_000)))
    machine.start(burn(1000))
    for number in range(3):
        machine.kernel.deliver(Delivery(500 + number, "n2", number, encode_packet(ProcessResumed("n2/1"))))

    machine.run()

    ((ended, exited),) = machine.of(ProcessExited)
    assert (ended, exited.cpu_ns) == (16_000, 1000)


def test_a_broken_connection_is_noticed_and_costs_nothing() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE))
    machine.kernel.deliver(Delivery(500, "n3", -1, b""))

    machine.run()

    assert machine.of(NodeSuspected) == [(500, NodeSuspected("n3"))]


def test_the_cpu_is_switched_only_between_different_processes() -> None:
    """One process yields to itself; then another comes."""
    machine = Machine(boot(ips=GIPS, costs=replace(FREE, context_switch_ns=10_000)))
    machine.start(Code().yield_cpu().yield_cpu().exit().image())
    machine.start(burn(100), at_ns=50_000)

    machine.run()

    assert [t for t, _ in machine.of(ProcessExited)] == [10_007, 60_100]


def test_a_slower_cpu_takes_longer_from_that_instant_on() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, scheduler="fcfs"))
    pid = machine.start(burn(1000))
    machine.order(400, SetSpeed(50))
    machine.order(600, SetSpeed(200))

    machine.run()

    assert machine.of(NodeSlowed) == [(400, NodeSlowed(50, GIPS // 2)), (600, NodeSlowed(200, 2 * GIPS))]
    ((ended, exited),) = machine.of(ProcessExited)
    assert (ended, exited.pid, exited.cpu_ns) == (400 + 200 + 250, pid, 850)


def test_processes_that_share_a_cpu_that_is_slower_than_its_quantum_make_progress() -> None:
    """40 instructions a second, a quantum of 20 ms: each gets one instruction at a time."""
    machine = Machine(boot(ips=40, costs=FREE))
    for _ in range(2):
        machine.start(burn(7))

    assert [t for t, _ in machine.run().of(ProcessExited)] == [13 * SECOND_NS // 40, 14 * SECOND_NS // 40]


def test_the_slowest_cpu_still_executes_an_instruction_a_second() -> None:
    machine = Machine(boot(ips=50, costs=FREE, scheduler="fcfs"))
    machine.start(burn(7))
    machine.order(0, SetSpeed(0))

    assert [t for t, _ in machine.run().of(ProcessExited)] == [7 * SECOND_NS]


# ------------------------------------------------------------------------------------------------------------- orders


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_process_is_killed_in_whatever_state_it_is(scheduler: vocabulary.Scheduler) -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE, scheduler=scheduler, quantum_ns=SECOND_NS))
    sleeping = machine.start(Code().sleep(50 * MS).exit().image())
    running = machine.start(FOREVER)
    ready = machine.start(FOREVER)

    for pid in (ready, sleeping, running):
        machine.kill(pid, MS)
    machine.run()

    assert [(t, event.pid, event.signal) for t, event in machine.of(ProcessExited)] == [
        (MS, ready, "SIGKILL"),
        (MS, sleeping, "SIGKILL"),
        (MS, running, "SIGKILL"),
    ]
    machine.check_at_rest()


def test_a_process_that_is_not_here_cannot_be_killed() -> None:
    machine = Machine(boot())
    machine.kill("n2.5", MS)

    machine.run()

    assert machine.of(CommandRefused) == [
        (MS, CommandRefused({"verb": "kill", "process": "n2.5"}, reason("no-process", machine="n1", process="n2.5")))
    ]


def test_a_process_without_a_frame_for_its_arguments_is_not_created() -> None:
    machine = Machine(boot(frames=2, ips=GIPS, costs=FREE))
    machine.kernel.frames.reserve(1)
    pid = machine.start(burn(100), at_ns=MS)

    machine.run(2 * MS)

    assert [(t, event.pid, str(event.reason)) for t, event in machine.of(ProcessNotCreated)] == [
        (MS, pid, "no frame can be had for its arguments: of 2, 1 are in use and 1 promised")
    ]
    assert (machine.pool.in_use, machine.kernel.frames.text) == (0, 0)


def test_a_process_without_frames_for_the_text_of_its_program_is_not_created() -> None:
    machine = Machine(boot(frames=2, ips=GIPS, costs=FREE))
    machine.kernel.frames.reserve(2)
    pid = machine.start(burn(100), at_ns=MS)

    machine.run(2 * MS)

    assert [(t, event.pid, str(event.reason)) for t, event in machine.of(ProcessNotCreated)] == [
        (MS, pid, "of 2 frames only 0 can be had, and its program takes 1")
    ]
    assert machine.pool.in_use == 0


def test_a_process_with_too_long_arguments_is_not_created() -> None:
    machine = Machine(boot())
    machine.start(burn(100), "x" * 32 * 1024)

    machine.run()

    assert [str(event.reason) for _, event in machine.of(ProcessNotCreated)] == [
        "arguments and environment are longer than 32768 bytes"
    ]
    machine.check_at_rest()


# -------------------------------------------------------------------------------------------------------------- pauses


def test_a_pause_takes_neither_instructions_nor_quantum_from_the_running_process() -> None:
    """Without the pause, the first process would be pre-empted at 1000 and end at 2200."""
    machine = Machine(boot(ips=GIPS, costs=FREE, quantum_ns=1000))
    first, second = machine.start(burn(1200)), machine.start(burn(1000))
    machine.advance(600)

    machine.order(5_600, AfterPause(600))
    machine.run()

    assert machine.of(ProcessPreempted) == [(6_000, ProcessPreempted(first, "quantum", 1_000, 1_000))]
    assert [(t, event.pid, event.cpu_ns) for t, event in machine.of(ProcessExited)] == [
        (7_000, second, 1000),
        (7_200, first, 1200),
    ]


def test_what_was_due_during_a_pause_happens_late_when_it_ends() -> None:
    machine = Machine(boot(ips=GIPS, costs=FREE))
    pid = machine.start(Code().sleep(1000).exit().image())
    machine.advance(500)

    machine.order(9_000, AfterPause(500))
    machine.run()

    assert machine.of(ProcessBlocked, ProcessReady, ProcessExited) == [
        (5, ProcessBlocked(pid, "sleep", 5, 5)),
        (9_000, ProcessReady(pid)),
        (9_003, ProcessExited(pid, 0, None, reason("exit", code="0"), 8, 8)),
    ]


def test_a_process_that_takes_all_memory_makes_the_others_wait_and_kills_nobody() -> None:
    machine = Machine(boot(frames=120))
    glutton = machine.start(guest("exhaust"), "for-ever")
    modest = machine.start("sleeper", "5", "1000", "20")
    machine.kill(glutton, 5 * SECOND_NS)

    machine.run()

    assert machine.output(modest).count(b"round") == 5
    assert machine.exit_of(modest).exit_code == 0
    assert str(machine.exit_of(glutton).reason) == "SIGKILL, from outside"
    assert machine.kernel.frames.allocated == 0
