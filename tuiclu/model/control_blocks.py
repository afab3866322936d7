"""What is known of a process at an instant: its control block, as far as events tell of it, its links, and who else was where. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.wire.ids import NodeName, Pid
from tuiclu.model.processes import Processes


@dataclass(frozen=True)
class ControlBlock:
    """What is known of a process at an instant, and who was where."""

    node: NodeName
    instructions: int
    cpu_ns: int
    faults: int
    links: tuple[tuple[str, str, NodeName], ...]
    """Each open link: its name, and who is at the other end, and where."""
    there: tuple[tuple[NodeName, tuple[str, ...]], ...]
    """The processes of both machines, by their names."""


def control_block(processes: Processes, pid: Pid, node: NodeName, machines: tuple[NodeName, NodeName]) -> ControlBlock:
    """Return what is known of a process that is on a node now."""
    process = processes.views[pid]

    def where(other: Pid) -> NodeName:
        return node if other == pid else processes.views[other].node

    living = [one for one in processes.views.values() if one.ended_ns is None]
    return ControlBlock(
        node,
        process.instructions,
        process.cpu_ns,
        process.faults.total(),
        tuple(
            (name, processes.views[peer].name, where(peer))
            for name, peer in process.links.items()
            if peer in processes.views
        ),
        tuple((machine, tuple(one.name for one in living if where(one.pid) == machine)) for machine in machines),
    )
