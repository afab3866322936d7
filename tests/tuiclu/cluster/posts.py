"""Nodes as the engine knows them, without processes: what lies before them, and what is done to them, is written down."""

from __future__ import annotations

import io
from typing import Any

from nodes.wire.control import CpuAccount, Report
from nodes.wire.events import AnyEvent
from nodes.wire.parameters import InitiatorParameters, MigrationParameters, NetworkParameters, NodeParameters
from tuiclu.cluster.calendar import Timetable
from tuiclu.cluster.faults import Faults
from tuiclu.cluster.node import Node
from tuiclu.cluster.policy import InForce
from tuiclu.cluster.traffic import Traffic
from tuiclu.cluster.wire import Transmission

LATENCY_NS = 1000


class Process:
    """A node's process that only writes down what is done to it."""

    def __init__(self, log: list[str], name: str) -> None:
        self._log, self._name = log, name

    def stop(self) -> None:
        self._log.append(f"stop {self._name}")

    def go_on(self) -> None:
        self._log.append(f"go on {self._name}")


class Lives:
    """Begins and ends lives of nodes, on paper."""

    def __init__(self, log: list[str]) -> None:
        self._log = log

    def begin(self, nodes: list[Node], now_ns: int) -> None:
        for node in nodes:
            node.process = Process(self._log, node.name)  # type: ignore[assignment]
            self._log.append(f"begin {node.name} in life {node.life} at {now_ns}")

    def end(self, node: Node, cause: str) -> None:
        node.process = None
        node.next_ns = node.quiet_ns = None
        node.orders.clear()
        self._log.append(f"end {node.name}")

    def catch_up(self, node: Node) -> None:
        self._log.append(f"catch up {node.name}")


def a_node(name: str, index: int = 0) -> Node:
    """Return a node whose process is not there yet."""
    return Node(
        NodeParameters(name), name, index, InForce(MigrationParameters(), InitiatorParameters()), disk=io.BytesIO()
    )


class Posts:
    """Three nodes that are up, the wire between them, and faults."""

    def __init__(self, detection_ns: int = 50_000) -> None:
        self.log: list[str] = []
        self.happened: list[tuple[int, str | None, AnyEvent]] = []
        self.noted: list[tuple[int, Any]] = []
        self.nodes = {name: a_node(name, index) for index, name in enumerate(("n1", "n2", "n3"))}
        self.timetable = Timetable(tuple(self.nodes.values()))
        network = NetworkParameters("mesh", bandwidth_bps=8_000_000_000, latency_ns=LATENCY_NS)
        self.traffic = Traffic(network, self.nodes, self.timetable, self.emit)
        self.lives = Lives(self.log)
        self.faults = Faults(
            self.nodes,
            self.lives,  # type: ignore[arg-type]
            self.traffic,
            detection_ns,
            self.emit,
            lambda at_ns, death: self.noted.append((at_ns, death)),
        )
        self.lives.begin(list(self.nodes.values()), 0)
        self.log.clear()

    def emit(self, at_ns: int, node: Node | None, event: AnyEvent) -> None:
        self.happened.append((at_ns, None if node is None else node.name, event))

    def of(self, *kinds: type) -> list[Any]:
        return [event for _, _, event in self.happened if isinstance(event, kinds)]

    def lies_before(self, name: str, arrival_ns: int, number: int = 1, life: int = 1) -> tuple[int, Transmission]:
        """Let a message lie before a node."""
        entry = (arrival_ns, Transmission(arrival_ns - LATENCY_NS, "n1", number, name, life, 10, b"x"))
        self.nodes[name].inbox.append(entry)
        self.nodes[name].inbox.sort()
        self.timetable.note((self.nodes[name],))
        return entry


def a_report(reached_ns: int, next_ns: int | None = None, quiet_ns: int | None = None) -> Report:
    """Return what a node says that has come so far."""
    return Report(reached_ns, next_ns, [], [], account=CpuAccount(0, 0, 0), quiet_ns=quiet_ns)
