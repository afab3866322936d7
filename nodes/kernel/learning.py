"""Compiling a program before anybody needs it: it runs once, on a node that nobody sees, and its CPU is kept with what was compiled.

What a program does depends on what it is given; so it is given what its first process will be given. What it comes to later is compiled
when a process comes to it.
"""

from __future__ import annotations

from nodes.kernel.assembly import assemble
from nodes.kernel.cpu import CpuPool
from nodes.kernel.kernel import Kernel
from nodes.wire.control import Boot, KillProcess, StartProcess
from nodes.wire.image import ProgramImage
from nodes.wire.parameters import Costs, MigrationParameters, NodeParameters

_IPS, _FOR_NS = 10_000_000, 1_000_000_000
"""A node for a second: a program that computes gets ten million instructions, one that waits for the time gets some of that."""
_COSTS = Costs(system_call_ns=500_000)
"""And a program that does nothing but call the kernel can do so two thousand times."""
_NODE, _PID, _SEED = "n1", "n1.1", 0


def learn(pool: CpuPool, image: ProgramImage, argv: tuple[str, ...], stdin: bytes) -> None:
    """Give a pool one CPU more that has compiled a program, as far as a process with these arguments comes in a while."""
    own = CpuPool(0, compile_at_once=True)
    node = NodeParameters(name=_NODE, ips=_IPS, frames=1 << 20, costs=_COSTS)
    boot = Boot(node, MigrationParameters(), (_NODE,), {image.name: image}, _SEED, 1, 0, 1, 1, ())
    kernel = assemble(boot, own).kernel
    try:
        kernel.order(0, StartProcess(_PID, _PID, image.name, argv, (), stdin, 0, None))
        kernel.order(_FOR_NS, KillProcess(_PID))
        _run(kernel, 2 * _FOR_NS)
    finally:
        kernel.store.close()
    pool.take_over(own)


def _run(kernel: Kernel, until_ns: int) -> None:
    """Let a kernel run, whose messages go nowhere."""
    reached_ns = 0
    while reached_ns < until_ns:
        reached_ns = kernel.advance(until_ns)
        kernel.take_results()
