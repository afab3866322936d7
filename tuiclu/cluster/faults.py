"""Faults, carried out on real processes and on the wire, and who hears of them: crash, restart, pause, resume, partition, heal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nodes.wire.control import AfterPause, DueOrder
from nodes.wire.events import (
    AnyEvent,
    LinkHealed,
    LinkPartitioned,
    NodeCrashed,
    NodePaused,
    NodeRestarted,
    NodeResumed,
)
from nodes.wire.ids import NodeName
from nodes.wire.reasons import Reason, reason
from tuiclu.cluster.agenda import TellPeers
from tuiclu.cluster.commands import Crash, Heal, Partition, Pause, Restart, Resume
from tuiclu.cluster.lives import Lives
from tuiclu.cluster.node import Node
from tuiclu.cluster.traffic import Traffic
from tuiclu.cluster.wire import Link

Fault = Crash | Restart | Pause | Resume | Partition | Heal
"""The commands that are carried out here."""
_KILLED = {"script": "killed-by-script", "user": "killed-by-user", "outside": "killed-from-outside"}
"""The reason that says who asked for a crash."""


class Faults:
    """Carries them out. `emit` takes what happens to a node (None: to the cluster), `note` what is to be done later."""

    def __init__(
        self,
        nodes: Mapping[NodeName, Node],
        lives: Lives,
        traffic: Traffic,
        detection_ns: int,
        emit: Callable[[int, Node | None, AnyEvent], None],
        note: Callable[[int, TellPeers], None],
    ) -> None:
        self._nodes = nodes
        self._lives = lives
        self._traffic = traffic
        self._detection_ns = detection_ns
        self._emit = emit
        self._note = note

    def carry_out(self, fault: Fault, now_ns: int, by: str, cause: Reason | None) -> Reason | None:
        """Let a fault happen now, asked for by somebody; return why it cannot. `cause` is that of a crash, where `by` does not say it."""
        match fault:
            case Crash(name, deadly):
                return self._crash(self._nodes[name], now_ns, cause or reason(_KILLED[by], signal=deadly))
            case Restart(name):
                return self._restart(self._nodes[name], now_ns)
            case Pause(name):
                return self._pause(self._nodes[name], now_ns)
            case Resume(name):
                return self._resume(self._nodes[name], now_ns)
            case Partition():
                self._partition(fault, now_ns)
            case Heal():
                self._heal(fault, now_ns)
        return None

    def tell_peers(self, death: TellPeers, now_ns: int) -> None:
        """Let every other node learn of a death, unless the node lives again: then they know."""
        node = self._nodes[death.node]
        if node.life == death.life:
            self._tell_peers(node, now_ns)

    def _crash(self, node: Node, now_ns: int, cause: Reason) -> Reason | None:
        if node.process is None:
            return reason("down-already", machine=node.name)
        self._lives.end(node, cause)
        if node.account is not None:
            self._emit(now_ns, node, node.account.as_event(node.paused_since_ns or now_ns))
        node.account = node.paused_since_ns = None
        self._emit(now_ns, node, NodeCrashed(cause))
        self._traffic.node_down(node, now_ns)
        node.peers_told = False
        self._note(now_ns + self._detection_ns, TellPeers(node.name, node.life))
        return None

    def _tell_peers(self, node: Node, now_ns: int) -> None:
        if node.peers_told:
            return
        node.peers_told = True
        for peer in self._nodes.values():
            if peer is not node:
                self._traffic.tell_of_death(node, peer, now_ns)

    def _restart(self, node: Node, now_ns: int) -> Reason | None:
        if node.process is not None:
            return reason("not-down", machine=node.name)
        self._tell_peers(node, now_ns)
        self._traffic.node_up(node)
        node.life += 1
        node.begin_anew()
        node.reached_ns = now_ns
        self._emit(now_ns, node, NodeRestarted(node.life))
        self._lives.begin([node], now_ns)
        for peer in self._nodes.values():  # whoever is down answers nobody: it notices
            if peer.process is None and peer.peers_told:
                self._traffic.tell_of_death(peer, node, now_ns)
        return None

    def _pause(self, node: Node, now_ns: int) -> Reason | None:
        if node.process is None or node.paused_since_ns is not None:
            return reason("down" if node.process is None else "paused-already", machine=node.name)
        node.process.stop()
        node.paused_since_ns = now_ns
        self._emit(now_ns, node, NodePaused())
        return None

    def _resume(self, node: Node, now_ns: int) -> Reason | None:
        if node.process is None or node.paused_since_ns is None:
            return reason("not-paused", machine=node.name)
        node.process.go_on()
        self._lives.catch_up(node)
        waited = [DueOrder(now_ns, due.order) for due in node.orders]
        node.orders = [DueOrder(now_ns, AfterPause(node.paused_since_ns)), *waited]
        node.paused_since_ns = None
        node.reached_ns = max(now_ns, node.resumes_ns)
        self._emit(now_ns, node, NodeResumed())
        return None

    def _partition(self, command: Partition, now_ns: int) -> None:
        cut = self._traffic.cut(self._links(command.nodes, command.others, one_way=command.one_way))
        self._emit(now_ns, None, LinkPartitioned([f"{source}>{target}" for source, target in cut]))

    def _heal(self, command: Heal, now_ns: int) -> None:
        links = self._links(command.nodes or tuple(self._nodes), command.others, one_way=False)
        healed, released = self._traffic.heal(links, now_ns)
        self._emit(now_ns, None, LinkHealed([f"{source}>{target}" for source, target in healed]))
        self._traffic.tell_released(released, now_ns)

    def _links(self, nodes: Sequence[NodeName], others: Sequence[NodeName], *, one_way: bool) -> list[Link]:
        everyone = tuple(self._nodes)
        targets = others or [name for name in everyone if name not in nodes] or everyone
        forth = [(one, other) for one in nodes for other in targets if one != other]
        back = [] if one_way else [(other, one) for one, other in forth]
        return list(dict.fromkeys(forth + back))
