"""The state of a cluster beside that of its nodes, taken where a snapshot begins; and how a cluster goes on from there."""

from __future__ import annotations

import os
from collections.abc import Mapping

from nodes.wire.events import MessageDelivered, RunResumed
from nodes.wire.ids import NodeName
from nodes.wire.reasons import Reason
from tuiclu.cluster.agenda import Agenda
from tuiclu.cluster.commands import Snapshot
from tuiclu.cluster.directory import Directory
from tuiclu.cluster.lives import Lives
from tuiclu.cluster.node import Node
from tuiclu.cluster.operator import Operator
from tuiclu.cluster.plan import ClusterPlan
from tuiclu.cluster.policy import InForce
from tuiclu.cluster.present import Present
from tuiclu.cluster.resumption import ClusterThen, Gatherer, NodeThen, Resumption
from tuiclu.cluster.traffic import Traffic, numbered

_DISK_BYTES = 1 << 30
"""No disk is larger."""


class Continuation:
    """Knows the parts of a cluster that have a state of their own."""

    def __init__(
        self,
        plan: ClusterPlan,
        nodes: Mapping[NodeName, Node],
        directory: Directory,
        agenda: Agenda,
        present: Present,
        traffic: Traffic,
        lives: Lives,
        operator: Operator,
    ) -> None:
        self._plan = plan
        self._nodes = nodes
        self._directory = directory
        self._agenda = agenda
        self._present = present
        self._traffic = traffic
        self._lives = lives
        self._operator = operator

    def state(self) -> ClusterThen:
        """Return what there is to go on from beside the states of the nodes."""
        nodes = self._nodes.values()
        return ClusterThen(
            self._present.now_ns,
            self._agenda.state(),
            self._traffic.state(),
            {node.name: _then_of(node) for node in nodes},
            {node.name: os.pread(node.disk.fileno(), _DISK_BYTES, 0) for node in nodes if node.process is None},
            *self._directory.known(),
            self._operator.snapshots,
        )

    def begin_snapshot(self, command: Snapshot, by: str, gatherer: Gatherer) -> Reason | None:
        """Have a snapshot begin from which others can go on; return why that is impossible, if it is."""
        refusal = self._operator.carry_out(command, self._present.now_ns, by)
        if refusal is None:
            gatherer.begin(str(self._operator.snapshots), self.state())
        return refusal

    def go_on_from(self, start: Resumption) -> None:
        """Be the cluster of a snapshot: show what is past, have its nodes go on, and put what was in the channels on the wire."""
        then, present, nodes = start.then, self._present, self._nodes
        for past in start.past:
            present.stream.show(past.t, past.node, past.event, past.phase)
        present.now_ns = then.at_ns
        resumed = RunResumed(start.snapshot, start.recorded_ns, self._plan.seed, self._plan.settings())
        present.stream.show(then.at_ns, None, resumed)
        self._agenda.take_up(then.agenda)
        for past in start.pasts:
            present.take_past(nodes[past.node or ""], past)
        self._directory.know(then.pids, then.owners, then.born)
        self._operator.snapshots = then.snapshots
        for node in nodes.values():
            _take_up(node, start)
            if not then.nodes[node.name].up:
                self._traffic.stays_down(node)
        self._traffic.take_up(then.traffic, start.pasts, start.says())
        self._lives.begin([nodes[name] for name in start.parts], then.at_ns, start.parts)
        for node in nodes.values():
            if node.paused_since_ns is not None and node.process is not None:
                node.process.stop()


def _then_of(node: Node) -> NodeThen:
    """Return what is known of a node beside its own state."""
    up = node.process is not None
    return NodeThen(node.life, up, node.paused_since_ns, node.peers_told, *node.in_force)


def _take_up(node: Node, start: Resumption) -> None:
    """Let a node be as it was, where its process is still to begin."""
    then, name = start.then.nodes[node.name], node.name
    node.life, node.peers_told = then.life, then.peers_told
    node.in_force = InForce(then.migration, then.initiators)
    if not then.up:
        os.pwrite(node.disk.fileno(), start.then.disks[name], 0)
        return
    node.paused_since_ns = then.paused_since_ns
    node.resumes_ns = node.reached_ns = start.recorded_ns[name]
    node.past_ns = -1 if name in start.began else node.resumes_ns
    node.knew_over = start.lives_over[name]
    own = [one.event for one in start.pasts if one.node == name]
    node.knew = {numbered(event.message) for event in own if isinstance(event, MessageDelivered)}
