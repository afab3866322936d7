"""A node thrashes when its processes wait for its disk and its CPU idles; shown streams in which it does and in which it does not."""

from __future__ import annotations

from collections.abc import Iterator

from nodes.kernel.thrashing import CONCERNED, ThrashingWatch
from nodes.wire.events import (
    AnyEvent,
    NodeRecovered,
    NodeThrashing,
    PageArrived,
    PageEvicted,
    PageFaulted,
    ProcessBlocked,
    ProcessDispatched,
    ProcessExited,
)
from nodes.wire.parameters import DiskParameters
from tests.nodes.kernel.machine import MS, Machine, boot

A, B = "n1.1", "n1.2"
Happening = tuple[int, AnyEvent]


def fault(
    pid: str, from_ms: int, wait_ms: int, *, source: str = "disk", place: str = "n1", read_back: bool = True
) -> Iterator[Happening]:
    """A process has the CPU, misses a page at once, and gets it after a while."""
    yield from_ms, ProcessDispatched(pid)
    yield from_ms, PageEvicted(pid, True, [7])
    if read_back:
        yield from_ms, PageFaulted(pid, "disk", [8])
    yield from_ms, ProcessBlocked(pid, "page")
    yield from_ms + wait_ms, PageArrived(pid, source, place, [8], wait_ms * MS)


def found(*happenings: Happening) -> list[tuple[int, AnyEvent]]:
    """Return what follows from the events of a node, and when in milliseconds; when nothing happens any more, it is looked once more."""
    watch = ThrashingWatch(0)
    added: list[tuple[int, AnyEvent]] = []
    for ms, event in happenings:
        assert type(event) in CONCERNED
        verdict = watch.observe(event, ms * MS)
        if verdict is not None:
            added.append((ms, verdict))
    if watch.thrashing:
        last_ns = watch.recovers_at()
        assert watch.verdict(last_ns - 1) is None
        verdict = watch.verdict(last_ns)
        assert verdict is not None
        added.append((last_ns // MS, verdict))
    return added


def faults(from_ms: int, to_ms: int, *, read_back: bool = True) -> list[Happening]:
    """A misses a page every 10 ms, and waits 9 ms for it."""
    return [one for ms in range(from_ms, to_ms, 10) for one in fault(A, ms, 9, read_back=read_back)]


def test_a_node_thrashes_as_soon_as_half_of_a_second_was_spent_waiting_for_its_disk() -> None:
    assert found(*faults(0, 2000))[0] == (559, NodeThrashing(50))


def test_waits_that_the_cpu_used_for_another_process_are_none() -> None:
    stream = []
    for ms in range(0, 2000, 10):
        stream += [*fault(A, ms, 9)][:-1]
        stream += [(ms, ProcessDispatched(B)), (ms + 9, PageArrived(A, "disk", "n1", [8], 9 * MS))]
    assert found(*stream) == []


def test_two_who_wait_at_the_same_time_count_once() -> None:
    """Each waits for 3 of every 10 ms, and both together: a stall of 30 % is no thrashing."""
    stream = []
    for ms in range(0, 3000, 10):
        one, other = [*fault(A, ms, 3)], [*fault(B, ms, 3)]
        stream += [*one[:-1], *other[:-1], one[-1], other[-1]]
    assert found(*stream) == []


def test_waits_for_another_node_are_none() -> None:
    stream = [one for ms in range(0, 2000, 10) for one in fault(A, ms, 9, source="remote", place="n2")]
    assert found(*stream) == []


def test_a_program_that_fills_more_pages_than_there_are_frames_does_not_thrash_it_reads_nothing_back() -> None:
    assert found(*faults(0, 2000, read_back=False)) == []


def test_a_node_has_recovered_when_it_has_not_waited_much_for_a_second() -> None:
    calm = [(2000 + ms, ProcessDispatched(A)) for ms in range(0, 2000, 50)]
    added = found(*faults(0, 2000), *calm)
    assert [type(event) for _, event in added] == [NodeThrashing, NodeRecovered]
    assert added[1] == (2750, NodeRecovered(22))


def test_a_node_says_that_it_has_recovered_when_it_has_although_nothing_else_happens_then() -> None:
    ends = []
    for windows in ([], [7 * MS + 1] * 900):
        machine = Machine(boot(frames=40, replacement="fifo", disk=DiskParameters(latency_ns=8 * MS)))
        pids = [machine.start("scan", "60", "60", "100", "100000", "1") for _ in range(2)]
        for pid in pids:
            machine.kill(pid, 2000 * MS)
        machine.run(windows=windows)
        (thrashing,), (recovered,) = machine.of(NodeThrashing), machine.of(NodeRecovered)
        assert thrashing[0] < 2000 * MS < recovered[0] < 3000 * MS
        assert recovered[0] == max(at for at, event in machine.of(NodeRecovered, ProcessExited, PageArrived)), (
            "the last of all"
        )
        assert recovered[1].percent == 24
        ends.append((thrashing, recovered))
    assert ends[0] == ends[1], "wherever the windows end"
