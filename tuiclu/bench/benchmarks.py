"""The benchmarks, a function each, and the table of them.

To add one: write a function from `Effort` to figures, and give it a row of `BENCHMARKS`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

import msgspec
import psutil

from nodes.wire.image import PAGE_BYTES
from nodes.wire.text import Text
from tuiclu.bench.clusters import (
    LATENCY_NS,
    ClusterKind,
    Guest,
    Stopwatch,
    cost_of,
    moving,
    progress_of,
    running,
    talking,
)
from tuiclu.bench.figures import Figure, Wanted
from tuiclu.bench.pages import move
from tuiclu.bench.programs import PAGES
from tuiclu.bench.screen import screen
from tuiclu.bench.snapshots import hold_s
from tuiclu.counted import how_many
from tuiclu.errors import EmulatorError

Samples = dict[str, float]
"""What one turn of one side measured, by name."""


class Effort(msgspec.Struct, frozen=True):
    """How long to measure."""

    turns: int
    """How often each side has its turn."""
    side_s: float
    """About how many seconds each turn of a side takes, where that can be chosen."""


THOROUGH = Effort(turns=5, side_s=1.0)
QUICK = Effort(turns=3, side_s=0.2)


class Benchmark(msgspec.Struct, frozen=True):
    about: Text
    """What is measured, and against what."""
    measure: Callable[[Effort], Iterator[Figure]]


def take_turns(
    turns: int, ours: Callable[[], Samples], limit: Callable[[], Samples]
) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Let both sides measure in turns, and return by name what each found: (values, limits).

    What disturbs the machine for a while then disturbs both.
    """
    pairs = [(ours(), limit()) for _ in range(turns)]
    return {
        name: (tuple(ours[name] for ours, _ in pairs), tuple(limit[name] for _, limit in pairs)) for name in pairs[0][0]
    }


def _limit_of(measurement: str, *arguments: str | int | float | Path) -> dict[str, Any]:
    """Take one of the machine's own limits, in a process of its own."""
    return _figures_from([str(Path(__file__).with_name("limits.py")), measurement, *map(str, arguments)])


def _figures_from(arguments: Sequence[str]) -> dict[str, Any]:
    done = subprocess.run([sys.executable, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        raise EmulatorError(f"{' '.join(arguments)} failed: {done.stderr.decode(errors='replace').strip()[-400:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _at_least(of: Literal["value", "ratio"], bound: float) -> Wanted:
    return Wanted(of, bound, at_least=True)


def _at_most(bound: float) -> Wanted:
    return Wanted("value", bound, at_least=False)


# ---------------------------------------------------------------------------------------------------------- the benchmarks


def guest_speed(effort: Effort) -> Iterator[Figure]:
    """The programs to run take about `effort.side_s` each."""
    work = effort.side_s
    guests = (
        Guest("primes", {"limit": round(136_000 * work**0.5)}),
        Guest("sha", {"kib": 64, "rounds": max(1, round(450 * work))}),
        Guest("matmul", {"n": round(560 * work ** (1 / 3))}),
    )
    for guest in guests:
        yield _guest_speed(effort, guest)


def _guest_speed(effort: Effort, guest: Guest) -> Figure:
    outputs = set()

    def ours() -> Samples:
        kind = ClusterKind(nodes=2, ips=2_000_000_000, frames=8192, busy=1, guest=guest)
        with running(kind) as cluster:
            began = time.perf_counter()
            cluster.engine.run()
            wall_s = time.perf_counter() - began
        (process,) = cluster.view.processes.values()
        outputs.add(process.output.content().decode())
        return {"": process.instructions / wall_s}

    def limit() -> Samples:
        with as_file(files("nodes.programs").joinpath(f"{guest.program}.elf")) as elf:
            found = _limit_of("guest", elf, *guest.argv[1:])
        outputs.add(found["output"])
        return {"": found["instructions"] / found["wall_s"]}

    values, limits = take_turns(effort.turns, ours, limit)[""]
    if len(outputs) != 1:
        raise EmulatorError(f"{guest.program} gave {len(outputs)} different answers: {sorted(outputs)}")
    return Figure(guest.program, "instructions/s", values, limits, Text("bare icicle"), _at_least("ratio", 0.7))


def windows(effort: Effort, sizes: Sequence[int] = (2, 8, 25, 64)) -> Iterator[Figure]:
    """Slow nodes that do not run ahead: each has a little to do in every window."""
    for count in sizes:
        kind = ClusterKind(nodes=count, ips=1_000_000, busy=count, ahead_ns=0)

        def ours(kind: ClusterKind = kind) -> Samples:
            progress = progress_of(kind, effort.side_s)
            return {"": progress.windows / progress.wall_s}

        def limit(count: int = count) -> Samples:
            return {"": _rounds_a_second(count, effort)}

        values, limits = take_turns(effort.turns, ours, limit)[""]
        yield Figure(
            how_many(count, "node"), "windows/s", values, limits, Text("bare ping-pong"), _at_least("ratio", 0.5)
        )


def busy(effort: Effort, count: int = 8) -> Iterator[Figure]:
    """Nodes of 10 MIPS at a latency of 1 ms, all busy."""
    kind = ClusterKind(nodes=count, busy=count)

    def ours() -> Samples:
        progress = progress_of(kind, effort.side_s)
        return {"": progress.virtual_s / progress.wall_s}

    def limit() -> Samples:
        return {"": _rounds_a_second(count, effort) * LATENCY_NS / 1e9}

    values, limits = take_turns(effort.turns, ours, limit)[""]
    yield Figure(how_many(count, "node"), "virtual s/s", values, limits, Text("bare ping-pong"), _at_least("value", 14))


def _rounds_a_second(count: int, effort: Effort) -> float:
    found = _limit_of("ping-pong", count, effort.side_s)
    return float(found["rounds"] / found["wall_s"])


_FEW, _MANY = (4, 16), (4, 16, 64, 256)


def cost(effort: Effort) -> Iterator[Figure]:
    """Nodes of 10 MIPS, all busy. The processor time of processes is counted in hundredths of a second: a stretch must not be short."""
    thorough = effort.side_s >= THOROUGH.side_s
    for count in _MANY if thorough else _FEW:
        for latency_ns in (100_000, 1_000_000, 10_000_000):
            kind = ClusterKind(nodes=count, busy=count, latency_ns=latency_ns)
            stretch_ns = round(effort.side_s * 4e9 / count**0.5)

            def ours(kind: ClusterKind = kind, stretch_ns: int = stretch_ns) -> Samples:
                return {"": cost_of(kind, stretch_ns)}

            def limit(kind: ClusterKind = kind) -> Samples:
                return {"": kind.busy * kind.ips / _bare_speed("sha", 64, 200)}

            values, limits = take_turns(1 if count > max(_FEW) else effort.turns, ours, limit)[""]
            name = Text("{nodes}, {ms:g} ms", nodes=how_many(count, "node"), ms=latency_ns / 1e6)
            yield Figure(
                name, "s/virtual s", values, limits, Text("bare icicle"), Wanted("ratio", 1 / 0.7, at_least=False)
            )


def _bare_speed(program: str, *arguments: int) -> float:
    """Return instructions for a second of processor time on bare icicle."""
    with as_file(files("nodes.programs").joinpath(f"{program}.elf")) as elf:
        found = _limit_of("guest", elf, *arguments)
    return float(found["instructions"] / found["cpu_s"])


def jobs(effort: Effort, count: int = 40) -> Iterator[Figure]:
    """Short jobs one after the other on one node, which is born with the program; what each costs the node."""

    def ours() -> Samples:
        kind = ClusterKind(nodes=1, ips=2_000_000_000)
        guest = Guest("primes", {"limit": 2000})
        with running(kind, jobs=(guest, count)) as cluster:
            before = _cpu_s(cluster.pids)
            cluster.engine.run()
            return {"": (_cpu_s(cluster.pids) - before) / count}

    def limit() -> Samples:
        return {"": 325_000 / _bare_speed("primes", 100_000)}

    values, limits = take_turns(effort.turns, ours, limit)[""]
    yield Figure("primes 2000", "s", values, limits, Text("bare icicle, compiled"), _at_most(0.01))


_BETWEEN_MOVES_NS = 50_000_000


def moves(effort: Effort, count: int = 20) -> Iterator[Figure]:
    """A program with as much code as an interpreter of Lua moves to and fro: what each move costs both nodes."""

    def cost_s(count: int) -> float:
        with moving(count, _BETWEEN_MOVES_NS) as cluster:
            before = _cpu_s(cluster.pids)
            cluster.engine.run(22 * _BETWEEN_MOVES_NS)
            completed = cluster.view.counts["migration.completed"]
            if completed != count:
                raise EmulatorError(f"{completed} of {count} moves were completed")
            return _cpu_s(cluster.pids) - before

    def ours() -> Samples:
        return {"": max(0.0, cost_s(count) - cost_s(0)) / count}

    def limit() -> Samples:
        found = _limit_of("pipe", PAGES * PAGE_BYTES)
        return {"": found["wall_s"]}

    cost_s(1)  # the parent of the nodes learns it
    values, limits = take_turns(effort.turns, ours, limit)[""]
    yield Figure(how_many(PAGES, "page"), "s", values, limits, Text("bare pipe"), _at_most(0.02))


def _cpu_s(pids: Sequence[int]) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return float(sum(one.user + one.system for one in times))


def start(effort: Effort, sizes: Sequence[int] = (25, 100)) -> Iterator[Figure]:
    """Idle nodes, from the parent that is there already; then what that parent itself takes, once a run."""
    _warm_up()
    if effort.side_s >= THOROUGH.side_s:
        sizes = (*sizes, 1000)
    for count in sizes:

        def ours(count: int = count) -> Samples:
            began = time.perf_counter()
            with running(ClusterKind(nodes=count)):
                up = time.perf_counter()
            return {"up": up - began, "down": time.perf_counter() - up}

        def limit(count: int = count) -> Samples:
            found = _limit_of("forks", count)
            return {"up": found["start_s"], "down": found["stop_s"]}

        turns = take_turns(effort.turns, ours, limit)
        wanted = _at_most(0.7 if count <= 25 else 3 if count <= 100 else 10)
        yield Figure(Text("{nodes} up", nodes=how_many(count, "node")), "s", *turns["up"], Text("bare forks"), wanted)
        yield Figure(Text("{nodes} down", nodes=how_many(count, "node")), "s", *turns["down"], Text("bare forks"))
    turns = take_turns(effort.turns, _start_the_parent, lambda: {"": _wall_s_of(["-c", "pass"])})
    yield Figure(Text("their parent up"), "s", *turns[""], Text("bare Python"))


def _warm_up() -> None:
    """Have the parent of all nodes there."""
    with running(ClusterKind(nodes=1)):
        pass


def _start_the_parent() -> Samples:
    found = _figures_from(["-m", "tuiclu.bench.fresh"])
    return {"": found["first_s"] - found["second_s"]}


def links(effort: Effort, count: int = 25) -> Iterator[Figure]:
    """Messages of 8 bytes, in streams with back pressure, each from one node to the next."""

    def ours() -> Samples:
        stopwatch = Stopwatch(50_000_000, effort.side_s)
        with talking(count, stopwatch) as cluster:
            stopwatch.measure = lambda: cluster.view.counts["link.received"]
            cluster.engine.run()
        assert stopwatch.progress is not None, "an endless stream has ended"
        return {"": stopwatch.progress.measured / stopwatch.progress.wall_s}

    def limit() -> Samples:
        return {"": _rounds_a_second(2, effort)}

    values, limits = take_turns(effort.turns, ours, limit)[""]
    yield Figure(
        how_many(count, "node"), "messages/s", values, limits, Text("bare ping-pong"), _at_least("value", 12_000)
    )


def memory(effort: Effort, count: int = 25) -> Iterator[Figure]:
    """Proportional set size: what is shared is divided by how many share it."""
    for name, kind in (
        (Text("idle"), ClusterKind(nodes=count)),
        (Text("one guest each"), ClusterKind(nodes=count, busy=count)),
    ):

        def ours(kind: ClusterKind = kind) -> Samples:
            with running(kind) as cluster:
                cluster.engine.run(200_000_000)
                return {"": sum(map(_memory_bytes, cluster.pids)) / count}

        values, limits = take_turns(effort.turns, ours, lambda: {"": _limit_of("forks", count)["bytes_each"]})[""]
        yield Figure(name, "B", values, limits, Text("bare forks"), _at_most(15e6))


def _memory_bytes(pid: int) -> int:
    memory = psutil.Process(pid).memory_full_info()
    return int(getattr(memory, "pss", memory.uss))  # only Linux has the first


def help_(effort: Effort) -> Iterator[Figure]:
    """A process each."""
    turns = take_turns(
        2 * effort.turns,
        lambda: {"": _wall_s_of(["-m", "tuiclu", "--help"])},
        lambda: {"": _wall_s_of(["-c", "pass"])},
    )
    yield Figure("tuiclu --help", "s", *turns[""], Text("bare Python"), _at_most(0.3))


def _wall_s_of(arguments: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return time.perf_counter() - began


def pages(effort: Effort) -> Iterator[Figure]:
    """64 MiB in one stream, and then pages one by one, without and with others that are fetched with each."""
    size = 64 << 20 if effort.side_s >= THOROUGH.side_s else 8 << 20

    def stream() -> Samples:
        moved = move("eager-all", pages=size // PAGE_BYTES, accesses=2_000_000)
        return {"": moved.stream_bytes / moved.stream_s}

    def pipe() -> Samples:
        found = _limit_of("pipe", size)
        return {"": found["bytes"] / found["wall_s"]}

    values, limits = take_turns(effort.turns, stream, pipe)[""]
    yield Figure("eager-all", "B/s", values, limits, Text("bare pipe"), _at_least("value", 300e6))
    for prefetch in (0, 16):

        def on_demand(prefetch: int = prefetch) -> Samples:
            count = max(400, round(4000 * effort.side_s))
            return {"": move("copy-on-reference", pages=count, accesses=10 * count, prefetch=prefetch).page_s}

        def ask() -> Samples:
            return {"": 2 / _rounds_a_second(1, effort)}

        values, limits = take_turns(effort.turns, on_demand, ask)[""]
        wanted = _at_most(150e-6) if not prefetch else None
        yield Figure(
            Text("page, {count} ahead", count=prefetch), "s", values, limits, Text("two pipe round trips"), wanted
        )


def snapshot(effort: Effort) -> Iterator[Figure]:
    """A process that uses its pages all the time, and a copy of its node that writes them while it goes on."""
    size = 64 << 20 if effort.side_s >= THOROUGH.side_s else 8 << 20
    values, limits = take_turns(
        effort.turns,
        lambda: {"": hold_s(size // PAGE_BYTES)},
        lambda: {"": _limit_of("fork", size)["cpu_s"]},
    )[""]
    yield Figure(Text("hold, {mib} MiB", mib=size >> 20), "s", values, limits, Text("a bare fork"), _at_most(0.02))


BENCHMARKS: dict[str, Benchmark] = {
    "guest-speed": Benchmark(
        Text("guest instructions a second on one busy fast node beside an idle one, against bare icicle"), guest_speed
    ),
    "windows": Benchmark(
        Text("windows a second with busy slow nodes, against as many processes that do nothing but answer"), windows
    ),
    "busy": Benchmark(
        Text("virtual seconds a second with busy nodes of 10 MIPS at 1 ms latency, against the same"), busy
    ),
    "cost": Benchmark(
        Text(
            "processor time of all processes for a virtual second of busy nodes of 10 MIPS, against their instructions on bare icicle"
        ),
        cost,
    ),
    "jobs": Benchmark(Text("processor time of a short job, against its instructions on bare icicle"), jobs),
    "links": Benchmark(
        Text("messages a second over links between nodes, against rounds of two processes that do nothing but answer"),
        links,
    ),
    "start": Benchmark(Text("time to start and stop nodes, against as many bare forks"), start),
    "memory": Benchmark(Text("memory a node (PSS), against as many bare forks"), memory),
    # Behind those of starting nodes: to fork a parent that has compiled so much takes longer.
    "moves": Benchmark(
        Text(
            "processor time of a move of a program with as much code as an interpreter of Lua, against its pages through a bare pipe"
        ),
        moves,
    ),
    "pages": Benchmark(
        Text(
            "bytes a second of an address space that moves at once, and the wall time of a page fault that another node serves"
        ),
        pages,
    ),
    "snapshot": Benchmark(
        Text(
            "processor time for which recording the state of a node holds it up, against a bare fork with as much memory"
        ),
        snapshot,
    ),
    "screen": Benchmark(Text("the screen in a real pseudo-terminal, before 16 busy nodes and two migrations"), screen),
    "help": Benchmark(Text("time until the help is there, against a Python that does nothing"), help_),
}
"""By the name that `--only` takes, in the order in which they run."""
