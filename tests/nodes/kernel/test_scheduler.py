"""Who gets the CPU, when, and for how long: every policy on a kernel whose own work takes no time, to the nanosecond."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nodes.kernel.files import FileTable
from nodes.kernel.frames import Frames
from nodes.kernel.memory import AddressSpace
from nodes.kernel.process import Process
from nodes.kernel.scheduler import SCHEDULERS, Came, Feedback, Scheduler
from nodes.wire import vocabulary
from nodes.wire.events import (
    ProcessBlocked,
    ProcessDispatched,
    ProcessExited,
    ProcessPreempted,
    ProcessReady,
)
from tests.nodes.kernel.assembler import FOREVER, SLEEP_INSTRUCTIONS, YIELD_INSTRUCTIONS, Code, burn
from tests.nodes.kernel.dispatching import MODELS
from tests.nodes.kernel.machine import FREE, GIPS, CountedPool, Machine, boot, examples

Life = list[tuple[int, str, str]]


def machine(
    scheduler: vocabulary.Scheduler = "round-robin", *, quantum_ns: int = 1000, context_switch_ns: int = 0
) -> Machine:
    """Return a node of one instruction a nanosecond."""
    costs = replace(FREE, context_switch_ns=context_switch_ns)
    return Machine(boot(scheduler=scheduler, quantum_ns=quantum_ns, ips=GIPS, costs=costs))


def life(of: Machine) -> Life:
    """Return what became of the processes: (instant, process, what)."""
    story: Life = []
    for local in of.events:
        match local.event:
            case ProcessDispatched(pid):
                story.append((local.t, pid, "runs"))
            case ProcessPreempted(pid, reason):
                story.append((local.t, pid, reason))
            case ProcessBlocked(pid):
                story.append((local.t, pid, "waits"))
            case ProcessReady(pid):
                story.append((local.t, pid, "wakes"))
            case ProcessExited(pid):
                story.append((local.t, pid, "ends"))
            case _:
                pass
    return story


# ------------------------------------------------------------------------------------------------------- round robin


def test_round_robin_gives_each_its_quantum_in_turn_and_every_switch_costs() -> None:
    node = machine(context_switch_ns=10)
    a, b, c = node.start(burn(2500)), node.start(burn(1000)), node.start(burn(1500))

    node.run()

    assert life(node) == [
        (0, a, "runs"),
        (1010, a, "quantum"),
        (1010, b, "runs"),
        (2020, b, "ends"),
        (2020, c, "runs"),
        (3030, c, "quantum"),
        (3030, a, "runs"),
        (4040, a, "quantum"),
        (4040, c, "runs"),
        (4550, c, "ends"),
        (4550, a, "runs"),
        (5060, a, "ends"),
    ]
    node.check_at_rest()


def test_a_process_that_is_alone_goes_on_from_quantum_to_quantum_without_a_switch() -> None:
    node = machine(context_switch_ns=10)
    a = node.start(burn(3500))
    b = node.start(burn(100), at_ns=2500)

    node.run()

    assert life(node) == [
        (0, a, "runs"),
        (3010, a, "quantum"),
        (3010, b, "runs"),
        (3120, b, "ends"),
        (3120, a, "runs"),
        (3630, a, "ends"),
    ]


@pytest.mark.parametrize("windows", [(), (1000,), (500, 499, 1, 1)])
def test_a_process_that_comes_just_when_a_quantum_ends_queues_before_the_one_whose_quantum_it_is(
    windows: tuple[int, ...],
) -> None:
    node = machine()
    a = node.start(burn(2500))
    b = node.start(burn(100), at_ns=1000)

    node.run(windows=windows)

    assert life(node) == [
        (0, a, "runs"),
        (1000, a, "quantum"),
        (1000, b, "runs"),
        (1100, b, "ends"),
        (1100, a, "runs"),
        (2600, a, "ends"),
    ]


@pytest.mark.parametrize("windows", [(), (1000,), (500, 500, 500)])
def test_who_comes_just_when_the_cpu_becomes_free_is_chosen_among_all_that_are_ready(windows: tuple[int, ...]) -> None:
    node = machine("shortest-process-next")
    a = node.start(burn(1000), estimate_ns=1000)
    b = node.start(burn(500), estimate_ns=500, at_ns=10)
    c = node.start(burn(100), estimate_ns=100, at_ns=1000)

    node.run(windows=windows)

    assert [pid for _, pid, what in life(node) if what == "ends"] == [a, c, b]


def test_a_process_that_yields_goes_to_the_end_of_the_queue() -> None:
    node = machine()
    a = node.start(Code().work(100).yield_cpu().work(97).exit().image())
    b, c = node.start(burn(200)), node.start(burn(200))

    node.run()

    yielded = 100 + YIELD_INSTRUCTIONS
    assert life(node) == [
        (0, a, "runs"),
        (yielded, a, "yield"),
        (yielded, b, "runs"),
        (yielded + 200, b, "ends"),
        (yielded + 200, c, "runs"),
        (yielded + 400, c, "ends"),
        (yielded + 400, a, "runs"),
        (yielded + 500, a, "ends"),
    ]


def test_a_sleeper_wakes_to_the_nanosecond_and_then_waits_for_its_turn() -> None:
    node = machine()
    a = node.start(Code().sleep(500).work(97).exit().image())
    b = node.start(burn(1200))

    node.run()

    assert life(node) == [
        (0, a, "runs"),
        (SLEEP_INSTRUCTIONS, a, "waits"),
        (SLEEP_INSTRUCTIONS, b, "runs"),
        (SLEEP_INSTRUCTIONS + 500, a, "wakes"),
        (SLEEP_INSTRUCTIONS + 1000, b, "quantum"),
        (SLEEP_INSTRUCTIONS + 1000, a, "runs"),
        (SLEEP_INSTRUCTIONS + 1100, a, "ends"),
        (SLEEP_INSTRUCTIONS + 1100, b, "runs"),
        (SLEEP_INSTRUCTIONS + 1300, b, "ends"),
    ]


def test_the_time_of_a_system_call_does_not_lengthen_the_sleep_that_it_asks_for() -> None:
    node = Machine(boot(ips=GIPS, costs=replace(FREE, system_call_ns=300)))
    node.start(Code().sleep(5_000).exit().image())

    node.run()

    told = [(t, what) for t, _, what in life(node)]
    assert told == [(0, "runs"), (5, "waits"), (5005, "wakes"), (5005, "runs"), (5008, "ends")]


def test_a_sleep_of_nothing_is_over_at_once() -> None:
    node = machine()
    node.start(Code().sleep(0).exit().image())

    assert life(node.run()) == [
        (0, "n1.1", "runs"),
        (5, "n1.1", "waits"),
        (5, "n1.1", "wakes"),
        (5, "n1.1", "runs"),
        (8, "n1.1", "ends"),
    ]


@given(
    jobs=st.lists(st.tuples(st.integers(0, 4000), st.integers(7, 3000)), min_size=1, max_size=5),
    quantum_ns=st.integers(50, 2000),
    switch_ns=st.integers(0, 30),
)
@examples(25)
def test_round_robin_is_that_of_the_textbook(jobs: list[tuple[int, int]], quantum_ns: int, switch_ns: int) -> None:
    node = machine(quantum_ns=quantum_ns, context_switch_ns=switch_ns)
    jobs.sort(key=lambda job: job[0])
    for at_ns, instructions in jobs:
        node.start(burn(instructions), at_ns=at_ns)

    node.run()

    assert [entry for entry in life(node) if entry[2] in ("runs", "ends")] == _round_robin(jobs, quantum_ns, switch_ns)


def _round_robin(jobs: Sequence[tuple[int, int]], quantum: int, switch: int) -> Life:
    """Return who runs and ends when, by a calculation that knows nothing of kernels."""
    coming = deque((at, f"n1.{number}") for number, (at, _) in enumerate(jobs, 1))
    left = {f"n1.{number}": work for number, (_, work) in enumerate(jobs, 1)}
    ready: deque[str] = deque()
    story: Life = []
    now, last = 0, ""

    def admit(before: int) -> None:
        while coming and coming[0][0] < before:
            ready.append(coming.popleft()[1])

    while coming or ready:
        if not ready:
            now = max(now, coming[0][0])
            at = coming[0][0]
            ready.append(coming.popleft()[1])
            assert at <= now
        pid = ready.popleft()
        story.append((now, pid, "runs"))
        now += switch if pid != last else 0
        last = pid
        while True:
            piece = min(left[pid], quantum)
            now += piece
            left[pid] -= piece
            admit(now)
            if not left[pid]:
                story.append((now, pid, "ends"))
                break
            if ready:
                ready.append(pid)
                break
    return story


# ------------------------------------------------------------------------------------------------------ other policies


def test_first_come_first_served_lets_each_run_until_it_waits_or_ends() -> None:
    node = machine("fcfs")
    a = node.start(Code().work(5000 - SLEEP_INSTRUCTIONS).sleep(100).work(997).exit().image())
    b, c = node.start(burn(3000)), node.start(burn(2000), at_ns=10)

    node.run()

    assert life(node) == [
        (0, a, "runs"),
        (5000, a, "waits"),
        (5000, b, "runs"),
        (5100, a, "wakes"),
        (8000, b, "ends"),
        (8000, c, "runs"),
        (10_000, c, "ends"),
        (10_000, a, "runs"),
        (11_000, a, "ends"),
    ]


def test_the_shortest_remaining_time_comes_first_and_takes_the_cpu_from_a_longer_one() -> None:
    node = machine("shortest-remaining-time")
    long = node.start(burn(5000), estimate_ns=5000)
    unknown = node.start(burn(100))
    short = node.start(burn(1000), at_ns=2000, estimate_ns=1000)
    middle = node.start(burn(2500), at_ns=2500, estimate_ns=2500)

    node.run()

    assert life(node) == [
        (0, long, "runs"),
        (2000, long, "priority"),
        (2000, short, "runs"),
        (3000, short, "ends"),
        (3000, middle, "runs"),
        (5500, middle, "ends"),
        (5500, long, "runs"),
        (8500, long, "ends"),
        (8500, unknown, "runs"),
        (8600, unknown, "ends"),
    ]


def test_a_sleeper_that_wakes_is_compared_with_what_the_running_process_still_needs() -> None:
    """When it wakes at 8005, it needs 5000 yet, the running one only 2000 of its 10,000."""
    node = machine("shortest-remaining-time")
    sleeper = node.start(Code().sleep(8000).work(4997).exit().image(), estimate_ns=5005)
    running = node.start(burn(10_000), estimate_ns=10_000)

    node.run()

    assert life(node) == [
        (0, sleeper, "runs"),
        (5, sleeper, "waits"),
        (5, running, "runs"),
        (8005, sleeper, "wakes"),
        (10_005, running, "ends"),
        (10_005, sleeper, "runs"),
        (15_005, sleeper, "ends"),
    ]


def test_a_process_that_has_used_up_its_estimate_has_nothing_left_to_need() -> None:
    node = machine("shortest-remaining-time")
    late = node.start(burn(2000), estimate_ns=10)
    other = node.start(burn(100), at_ns=500, estimate_ns=1)

    assert [entry for entry in life(node.run()) if entry[2] == "ends"] == [(2000, late, "ends"), (2100, other, "ends")]


def test_priority_takes_the_cpu_at_once_and_equals_take_turns() -> None:
    node = machine("priority")
    low = node.start(burn(1000), priority=-1)
    one = node.start(burn(1500), at_ns=300)
    other = node.start(burn(1500), at_ns=300)
    urgent = node.start(burn(500), at_ns=800, priority=7)

    node.run()

    assert life(node) == [
        (0, low, "runs"),
        (300, low, "priority"),
        (300, one, "runs"),
        (800, one, "priority"),
        (800, urgent, "runs"),
        (1300, urgent, "ends"),
        (1300, other, "runs"),
        (2300, other, "quantum"),
        (2300, one, "runs"),
        (3300, one, "ends"),
        (3300, other, "runs"),
        (3800, other, "ends"),
        (3800, low, "runs"),
        (4500, low, "ends"),
    ]


def test_feedback_lets_who_uses_up_its_quantum_sink_to_longer_quanta() -> None:
    node = machine("feedback")
    a, b = node.start(burn(8000)), node.start(burn(8000))

    node.run()

    assert life(node) == [
        (0, a, "runs"),
        (1000, a, "quantum"),
        (1000, b, "runs"),
        (2000, b, "quantum"),
        (2000, a, "runs"),
        (4000, a, "quantum"),
        (4000, b, "runs"),
        (6000, b, "quantum"),
        (6000, a, "runs"),
        (10_000, a, "quantum"),
        (10_000, b, "runs"),
        (14_000, b, "quantum"),
        (14_000, a, "runs"),
        (15_000, a, "ends"),
        (15_000, b, "runs"),
        (16_000, b, "ends"),
    ]


def test_feedback_fixed_gives_every_level_the_same_quantum() -> None:
    node = machine("feedback-fixed")
    a, b = node.start(burn(2500)), node.start(burn(1500))

    node.run()

    assert [(t, pid) for t, pid, what in life(node) if what == "runs"] == [
        (0, a),
        (1000, b),
        (2000, a),
        (3000, b),
        (3500, a),
    ]


@pytest.mark.parametrize("name", ["feedback", "feedback-fixed"])
def test_under_feedback_a_process_that_wakes_begins_at_the_top_but_takes_the_cpu_from_nobody(
    name: vocabulary.Scheduler,
) -> None:
    node = machine(name)
    a = node.start(Code().work(1500 - SLEEP_INSTRUCTIONS).sleep(100).work(1197).exit().image())
    b = node.start(burn(2000))
    c = node.start(burn(1500))

    node.run()

    assert life(node) == [
        (0, a, "runs"),
        (1000, a, "quantum"),
        (1000, b, "runs"),
        (2000, b, "quantum"),
        (2000, c, "runs"),
        (3000, c, "quantum"),
        (3000, a, "runs"),
        (3500, a, "waits"),
        (3500, b, "runs"),
        (3600, a, "wakes"),
        (4500, b, "ends"),
        (4500, a, "runs"),
        (5500, a, "quantum"),
        (5500, c, "runs"),
        (6000, c, "ends"),
        (6000, a, "runs"),
        (6200, a, "ends"),
    ]


def test_under_feedback_nobody_sinks_below_the_last_level() -> None:
    queue = Feedback(1000)
    one = process("n1.1")
    for _ in range(2 * Feedback.LEVELS):
        queue.enter(one, Came.QUANTUM_USED, 0)
        assert queue.choose(0) is one

    assert one.level == Feedback.LEVELS - 1


# ------------------------------------------------------------------------------------------------------- the textbook

SECOND = 1000
"""A second of the book, in nanoseconds."""
STALLINGS = [(0, 3), (2, 6), (4, 4), (6, 5), (8, 2)]
"""The five processes of the chapter on uniprocessor scheduling: when each arrives, and for how long it needs the CPU."""


def finish_times(scheduler: vocabulary.Scheduler, jobs: Sequence[tuple[int, int]], quantum: int = 1) -> list[int]:
    """Let a node do these jobs; return when each has ended, all in seconds of the book."""
    node = machine(scheduler, quantum_ns=quantum * SECOND)
    pids = [node.start(burn(need * SECOND), at_ns=at * SECOND, estimate_ns=need * SECOND) for at, need in jobs]
    node.run()
    ends = {event.pid: t for t, event in node.of(ProcessExited)}
    assert all(end % SECOND == 0 for end in ends.values())
    return [ends[pid] // SECOND for pid in pids]


@pytest.mark.parametrize(
    ("scheduler", "quantum", "finished", "mean_ratio"),
    [
        ("fcfs", 1, [3, 9, 13, 18, 20], "2.56"),
        ("round-robin", 1, [4, 18, 17, 20, 15], "2.71"),
        ("round-robin", 4, [3, 17, 11, 20, 19], "2.71"),
        ("shortest-process-next", 1, [3, 9, 15, 20, 11], "1.84"),
        ("shortest-remaining-time", 1, [3, 15, 8, 20, 10], "1.59"),
        ("highest-response-ratio-next", 1, [3, 9, 13, 20, 15], "2.14"),
        ("feedback-fixed", 1, [4, 20, 16, 19, 11], "2.29"),
        ("feedback", 1, [4, 17, 18, 20, 14], "2.63"),
    ],
)
def test_the_textbooks_processes_end_when_the_textbook_says(
    scheduler: vocabulary.Scheduler, quantum: int, finished: list[int], mean_ratio: str
) -> None:
    seen = finish_times(scheduler, STALLINGS, quantum)
    ratios = [(end - at) / need for end, (at, need) in zip(seen, STALLINGS, strict=True)]
    assert (seen, f"{sum(ratios) / len(ratios):.2f}") == (finished, mean_ratio)


_JOBS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), min_size=1, max_size=6).map(sorted)


@pytest.mark.parametrize("scheduler", sorted(MODELS))
@given(jobs=_JOBS, quantum=st.integers(1, 4))
@examples(12)
def test_on_any_jobs_a_policy_does_what_its_model_does(
    scheduler: vocabulary.Scheduler, jobs: list[tuple[int, int]], quantum: int
) -> None:
    assert finish_times(scheduler, jobs, quantum) == MODELS[scheduler](jobs, quantum)


# --------------------------------------------------------------------------------------------------- every policy


@given(
    jobs=st.lists(
        st.tuples(st.integers(0, 4000), st.integers(7, 3000), st.integers(0, 2), st.integers(1, 4000) | st.none()),
        min_size=1,
        max_size=5,
    ),
    scheduler=st.sampled_from(list(SCHEDULERS)),
)
@examples(40)
def test_every_policy_uses_the_cpu_whenever_somebody_is_ready(
    jobs: list[tuple[int, int, int, int | None]], scheduler: vocabulary.Scheduler
) -> None:
    """All jobs are done, each with its own instructions, and the last is done when the work of all can be at the earliest."""
    node = machine(scheduler)
    for at_ns, instructions, priority, estimate_ns in jobs:
        node.start(burn(instructions), at_ns=at_ns, priority=priority, estimate_ns=estimate_ns)

    node.run()

    busy_until = 0
    for at_ns, instructions, _, _ in sorted(jobs, key=lambda job: job[0]):
        busy_until = max(busy_until, at_ns) + instructions
    ends = node.of(ProcessExited)
    assert max(t for t, _ in ends) == busy_until
    assert sorted((event.pid, event.instructions, event.cpu_ns) for _, event in ends) == [
        (f"n1.{number}", job[1], job[1]) for number, job in enumerate(jobs, 1)
    ]
    _check_one_runs_at_a_time(life(node))


def _check_one_runs_at_a_time(story: Life) -> None:
    running = ""
    for _, pid, what in story:
        match what:
            case "runs":
                assert running == ""
                running = pid
            case "quantum" | "priority" | "ends" | "waits":
                assert running == pid
                running = ""


_QUEUE_OPERATIONS = st.lists(st.tuples(st.sampled_from(["enter", "remove", "choose"]), st.integers(0, 5)), max_size=40)


@given(operations=_QUEUE_OPERATIONS, priorities=st.lists(st.integers(-2, 2), min_size=6, max_size=6))
@pytest.mark.parametrize("name", SCHEDULERS)
@examples(30)
def test_a_ready_queue_holds_who_entered_and_gives_them_in_the_order_that_it_shows(
    name: vocabulary.Scheduler, operations: list[tuple[str, int]], priorities: list[int]
) -> None:
    queue = SCHEDULERS[name](1000)
    processes = [process(f"n1.{i}", priority, 100 * priority or None) for i, priority in enumerate(priorities)]
    waiting: list[Process] = []

    for operation, index in operations:
        one = processes[index]
        match operation:
            case "enter" if one not in waiting:
                queue.enter(one, Came.FRESH, 0)
                waiting.append(one)
            case "remove" if one in waiting:
                queue.remove(one)
                waiting.remove(one)
            case "choose":
                shown = list(queue.queue(0))
                chosen = queue.choose(0)
                assert chosen is (shown[0] if shown else None)
                if chosen is not None:
                    waiting.remove(chosen)
        _check_queue(queue, waiting)


def _check_queue(queue: Scheduler, waiting: list[Process]) -> None:
    assert sorted(one.pid for one in queue.queue(0)) == sorted(one.pid for one in waiting)


@cache
def _unused_space() -> AddressSpace:
    return AddressSpace("n1.0", CountedPool().take(), FOREVER, Frames(1))


def process(pid: str, priority: int = 0, estimate_ns: int | None = None) -> Process:
    """Return a process that no queue does more with than to keep it."""
    return Process(
        pid, pid, "forever", (), _unused_space(), FileTable.standard(b""), priority=priority, estimate_ns=estimate_ns
    )
