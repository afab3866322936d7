"""Processes that talk over links, on kernels that are joined in memory: what they print, and what must hold of their links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nodes.kernel.links import LinkState
from nodes.kernel.process import WaitingFor
from nodes.wire.events import LinkEnded, LinkReceived, LinkSent
from nodes.wire.ids import Pid
from tests.nodes.migration.network import Network

Command = tuple[str, ...]

PINGPONG: list[Command] = [("pingpong", "pong", "t", "30", "40"), ("pingpong", "ping", "t", "30", "40")]
LONG_MESSAGES: list[Command] = [("pingpong", "pong", "t", "4", "50000"), ("pingpong", "ping", "t", "4", "50000")]
RING: list[Command] = [("ring", str(place), "3", "8", "300") for place in range(3)]
PIPELINE: list[Command] = [
    ("pipeline", "p", str(stage), "3", "60", "3000", str(100 + 900 * (stage == 1))) for stage in range(3)
]
CLIENTS: list[Command] = [("server", "s", "2", "100"), ("client", "s", "12", "1"), ("client", "s", "9", "2")]
ENSEMBLES = {"pingpong": PINGPONG, "long": LONG_MESSAGES, "ring": RING, "pipeline": PIPELINE, "clients": CLIENTS}


def start(network: Network, commands: Sequence[Command]) -> list[Pid]:
    """Start the programs, on one node after the other."""
    names = network.names
    return [
        network[names[number % len(names)]].start(command[0], *command[1:]) for number, command in enumerate(commands)
    ]


def answers(network: Network, pids: Sequence[Pid]) -> list[tuple[bytes, int | None, str | None, int]]:
    """Return what each printed, how it ended, and after how many instructions."""
    return [
        (
            network.output(pid),
            network.exit_of(pid).exit_code,
            network.exit_of(pid).signal,
            network.exit_of(pid).instructions,
        )
        for pid in pids
    ]


def check_nobody_waits_in_vain(network: Network) -> None:
    """Check, where nothing is left to happen, that every end of a link that is of use has its other end, and every known name is found."""
    ends: dict[str, list[LinkState]] = {}
    names = network["n1"].parts.links.names if "n1" in network.machines else {}
    for machine in network.machines.values():
        processes = machine.kernel.processes
        for table in (*(one.links.ends for one in processes.values()), *machine.parts.links.lingering.values()):
            for end in table.values():
                if end.wants_to_know:
                    ends.setdefault(end.link, []).append(end.state)
        for process in processes.values():
            if isinstance(process.waiting, WaitingFor) and process.waiting.what == "name":
                assert "n1" in network.machines, f"{process.pid} waits for a dead name server"
                assert process.links.asking not in names, f"{process.pid} waits for a name that is known"
    for link, states in ends.items():
        assert len(states) == 2, f"{link} has lost an end: {states}"
        assert LinkState.OPENING not in states, f"{link} is open at one end only"


def check_messages(network: Network) -> None:
    """Check in the events that every message arrived once and in order, unless its link was broken or given up."""
    sent: Counter[tuple[str, Pid]] = Counter()
    received: Counter[tuple[str, Pid]] = Counter()
    sizes: dict[tuple[str, Pid, int], int] = {}
    partners: dict[str, list[Pid]] = {}
    events: list[tuple[int, str, LinkSent | LinkReceived | LinkEnded]] = network.of(LinkSent, LinkReceived, LinkEnded)
    for _, _, event in sorted(events, key=lambda one: one[0]):
        pids = partners.setdefault(event.link, [])
        if event.pid not in pids:
            pids.append(event.pid)
        match event:
            case LinkSent(link, pid, number, size):
                sent[link, pid] += 1
                assert number == sent[link, pid]
                sizes[link, pid, number] = size
            case LinkReceived(link, pid, number):
                received[link, pid] += 1
                assert number == received[link, pid]
            case LinkEnded(link, pid, _, arrived, unread):
                assert received[link, pid] + unread == arrived
    for _, _, event in network.of(LinkReceived):
        (sender,) = [pid for pid in partners[event.link] if pid != event.pid]
        assert sizes[event.link, sender, event.number] == event.bytes
    for _, _, event in network.of(LinkEnded):
        if event.why == "peer":
            (sender,) = [pid for pid in partners[event.link] if pid != event.pid]
            assert event.arrived == sent[event.link, sender]
