"""The processes of the nodes: each life of a node is one. Here they begin, are found dead, and end; here lie their files.

| what                       | whose it is                                                                                        |
|----------------------------|----------------------------------------------------------------------------------------------------|
| a node's disk              | the node's: it outlives the process, and is closed when the cluster ends                           |
| the memory for bulk        | the cluster's: all nodes share it, and it is closed when the cluster ends                          |
| a connection, a log        | the process's (`NodeProcess`): closed when it is buried                                            |
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from nodes.wire.bulk import new_bulk
from nodes.wire.connection import ConnectionClosed, NodeFiles
from nodes.wire.control import AHEAD_NS, MACHINE_FAILED, Boot, Halt, LoadImage, LoadModules, encode_question
from nodes.wire.ids import NodeName
from nodes.wire.image import ProgramImage
from nodes.wire.reasons import Reason
from nodes.wire.text import Text
from nodes.wire.users_code import UsersModules
from tuiclu.cluster.commands import AnyCommand
from tuiclu.cluster.conversation import Conversation
from tuiclu.cluster.launcher import Launcher
from tuiclu.cluster.node import Node
from tuiclu.cluster.plan import ClusterPlan
from tuiclu.cluster.preparation import uses
from tuiclu.cluster.resumption import Gatherer
from tuiclu.errors import EmulatorError, MachineError

log = logging.getLogger("tuiclu.engine")

NO_PARTS: Mapping[NodeName, bytes] = MappingProxyType({})


class Lives:
    """Begins and ends the processes of a cluster's nodes.

    `watched` are the kinds of events for which somebody waits; `ahead_ns` is by how much CPUs run ahead (None: as far as is usual).
    `gatherer` takes what nodes write of themselves for snapshots.
    """

    def __init__(
        self,
        plan: ClusterPlan,
        nodes: Mapping[NodeName, Node],
        launcher: Launcher,
        conversation: Conversation,
        watched: tuple[str, ...],
        ahead_ns: int | None,
        gatherer: Gatherer | None = None,
    ) -> None:
        self.struck: list[tuple[Node, str]] = []
        """Nodes that were found dead, and killed by which signal, whose crash is not noted yet."""
        self._plan = plan
        self._nodes = nodes
        self._launcher = launcher
        self._conversation = conversation
        self._watched = watched
        self._ahead_ns = AHEAD_NS if ahead_ns is None else ahead_ns
        self._gatherer = gatherer
        self._users = plan.users
        self._bulk = new_bulk()

    def prepare(self, commands: Iterable[AnyCommand]) -> None:
        """Have programs compiled that these commands will use more than once."""
        for program, use in uses(commands).items():
            if program in self._plan.images:
                self._launcher.prepare_for(self._plan.images[program], use, len(self._nodes))

    def begin(self, nodes: Iterable[Node], now_ns: int, parts: Mapping[NodeName, bytes] = NO_PARTS) -> None:
        """Start the processes of nodes, and return when all are up: those go on of which there are `parts` of a snapshot."""
        nodes = list(nodes)
        for node in nodes:
            node.process = self._launcher.start(node.name, NodeFiles(node.disk.fileno(), self._bulk))
            log.info("%s is process %d", node.name, node.process.pid)
        for node in nodes:
            self._boot(node, max(now_ns, node.resumes_ns), parts.get(node.name, b""))
        self._conversation.collect(nodes)

    def _boot(self, node: Node, now_ns: int, part: bytes) -> None:
        plan, latency_ns = self._plan, self._plan.network.latency_ns
        boot = Boot(
            node.parameters,
            node.in_force.migration,
            tuple(self._nodes),
            plan.images,
            plan.seed,
            node.life,
            now_ns,
            2 * latency_ns,
            latency_ns,
            self._watched,
            node.in_force.initiators,
            plan.files,
            self._users,
            plan.network.bandwidth_bps,
            self._ahead_ns,
            "" if self._gatherer is None else str(self._gatherer.folder),
            part,
        )
        node.let_run(now_ns, now_ns + 1, now_ns)  # that it is up, and nothing else
        self._conversation.begin(node)
        self._conversation.ask(node, boot)

    def end(self, node: Node, cause: Reason) -> None:
        """Kill a node's process, if it has not ended by itself, and bury it with all that was meant for it."""
        assert node.process is not None
        if not node.dying:
            if self._gatherer is not None:
                self._gatherer.wait_for_state(node.name)
            self._conversation.end(node)
            node.process.kill()
        node.process.bury()
        log.info("%s, which was process %d, is gone: %s", node.name, node.process.pid, cause)
        node.process = None
        node.dying = node.asked = False
        node.next_ns = node.quiet_ns = None
        node.orders.clear()
        node.images_to_load.clear()  # the next life gets them as it boots
        node.modules_to_load = None

    def found_dead(self, node: Node) -> None:
        """Take note that a node's process has ended without being told to, and by what. Raises if it was not a signal."""
        assert node.process is not None
        self._conversation.end(node)
        node.dying = True
        status = node.process.end()
        node.process.raise_if_orphaned()
        if status == MACHINE_FAILED:
            raise MachineError(
                Text("{node} cannot go on: {why}", node=node.name, why=Text(" ".join(node.process.last_lines()[-1:])))
            )
        if status is None or status >= 0:
            lines = "\n  ".join(node.process.last_lines())
            raise EmulatorError(
                f"node {node.name} failed at {node.promised_ns / 1e9:.6f} s (exit status {status}):\n  {lines}"
            )
        node.take_back()
        self.struck.append((node, _signal_name(-status)))

    def load_image(self, name: str, image: ProgramImage) -> None:
        """Let all nodes have one more program: those that are down or paused when they are up again. At an edge only; no time passes."""
        self._plan.images[name] = image
        for node in self._nodes.values():
            if node.runs:
                self._conversation.ask(node, LoadImage(name, image))
            else:
                node.images_to_load[name] = image

    def load_modules(self, users: UsersModules) -> None:
        """Let all nodes take a user's own classes from these modules from now on. As `load_image`."""
        self._users = users
        for node in self._nodes.values():
            if node.runs:
                self._conversation.ask(node, LoadModules(users))
            else:
                node.modules_to_load = users

    def catch_up(self, node: Node) -> None:
        """Give a node that runs again what it could not take meanwhile."""
        for name, image in node.images_to_load.items():
            self._conversation.ask(node, LoadImage(name, image))
        node.images_to_load.clear()
        if node.modules_to_load is not None:
            self._conversation.ask(node, LoadModules(node.modules_to_load))
            node.modules_to_load = None

    def close(self) -> None:
        """End all processes, by force where need be, and close all files. Ctrl-C is not heard meanwhile."""
        heard = _ignore_interrupt()
        try:
            living = [node for node in self._nodes.values() if node.process is not None]
            for node in living:
                _halt(node)
            for node in living:
                assert node.process is not None
                node.process.bury()
                node.process = None
            self._conversation.close()
        finally:
            for node in self._nodes.values():
                node.disk.close()
            os.close(self._bulk)
            _hear_interrupt(heard)


def _halt(node: Node) -> None:
    """Tell a node's process to end, or kill it where it does not listen."""
    assert node.process is not None
    if node.paused_since_ns is not None or node.asked or node.dying:
        node.process.kill()
        return
    try:
        node.process.connection.send(encode_question(Halt()))
    except ConnectionClosed:
        node.process.kill()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals has no name of its own
        return f"SIG{number}"


def _ignore_interrupt() -> Any:
    """Be deaf to Ctrl-C; return what `_hear_interrupt` needs. Only the main thread can."""
    try:
        return signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:
        return None


def _hear_interrupt(heard: Any) -> None:
    if heard is not None:
        signal.signal(signal.SIGINT, heard)
