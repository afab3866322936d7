"""Questions to the processes of nodes, and their answers: the real time of the engine goes by here.

A node answers each question with one report. Whoever is asked is awaited; the end of a node's process is noticed whether it is asked or
not, and what somebody in front of the cluster says is heard meanwhile.
"""

from __future__ import annotations

import logging
import os
import selectors
import time
from collections.abc import Callable

from nodes.wire.connection import ConnectionClosed, framed
from nodes.wire.control import (
    Boot,
    Delivery,
    Grant,
    Inspect,
    LoadImage,
    LoadModules,
    Report,
    decode_report,
    encode_question,
)
from tuiclu.cluster.lockstep import Lockstep
from tuiclu.cluster.node import Node
from tuiclu.cluster.pacing import Pacer

log = logging.getLogger("tuiclu.engine")

QUICK_S = 100e-6
"""Real seconds that the engine stays awake for the answer of a node, where the last one took hardly longer."""
STALL_S = 1.0
"""Real seconds without a report after which the engine looks whether somebody has stopped a node."""
LOOK_S = 0.1
"""The longest time, in real seconds, until the engine notices that a node has died from which it expects no answer."""


class Conversation:
    """The engine's connections to its nodes, and to the front if there is one.

    `take` is given every report, `found_dead` every node whose process has ended: that node is out of the conversation by `end` then.
    """

    def __init__(
        self, front: Pacer | None, take: Callable[[Node, Report], None], found_dead: Callable[[Node], None]
    ) -> None:
        self._take = take
        self._found_dead = found_dead
        self._front = front
        self._front_file = front.fileno() if front is not None else None
        self._selector = selectors.DefaultSelector()
        if self._front_file is not None:
            self._selector.register(self._front_file, selectors.EVENT_READ, None)
        self._looked_s = time.monotonic()
        self._is_quick = True
        """Whether the last node that was alone at work answered soon."""
        self._ended_s = 0.0
        """When the last answer had come."""
        self.lockstep = Lockstep()
        self._plain_grant = (-1, False, b"")
        """The last grant without messages and orders, framed: most are, and most nodes get the same one."""

    def begin(self, node: Node) -> None:
        """Take in a node whose process has just been started."""
        assert node.process is not None
        node.process.connection.do_not_wait()
        self._selector.register(node.process.connection, selectors.EVENT_READ, node)

    def end(self, node: Node) -> None:
        """Stop speaking to a node; its connection is still open."""
        assert node.process is not None
        self.lockstep.end()
        self._selector.unregister(node.process.connection)

    def close(self) -> None:
        """Speak to nobody any more."""
        self._selector.close()

    def ask(self, node: Node, question: Boot | Grant | LoadImage | LoadModules | Inspect) -> None:
        """Ask a node something. `collect` waits for its answer; `LoadImage` and `LoadModules` have none."""
        self._send(node, framed(encode_question(question)))

    def grant(self, node: Node, end_ns: int, deliveries: list[Delivery], *, to_next_event: bool = False) -> None:
        """Let a node run to an instant, with the messages that arrive before it and the orders that it has not been given yet."""
        stay_awake = self.lockstep.is_on
        if deliveries or node.orders or to_next_event:
            orders, node.orders = node.new_orders(), []
            self.ask(node, Grant(end_ns, deliveries, orders, stay_awake, to_next_event))
            return
        if self._plain_grant[:2] != (end_ns, stay_awake):
            self._plain_grant = (end_ns, stay_awake, framed(encode_question(Grant(end_ns, [], [], stay_awake))))
        self._send(node, self._plain_grant[2])

    @staticmethod
    def _send(node: Node, frame: bytes) -> None:
        """Send a question that is encoded and framed already."""
        assert node.process is not None
        try:  # noqa: SIM105 - suppress takes half a microsecond
            node.process.connection.send_framed(frame)
        except ConnectionClosed:
            pass  # its end shows when its answer is awaited

    def listen(self, timeout_s: float) -> list[Node]:
        """Wait at most so long until the front says something, or a node that is asked nothing ends; return those that have."""
        ended: list[Node] = []
        for key, _ in self._selector.select(timeout_s):
            if key.data is None:
                self._hear_front()
            else:
                ended.append(key.data)
        return ended

    def collect(self, asked: list[Node]) -> None:
        """Wait for the answers of all nodes that were asked, and for the end of any node."""
        began_s = time.monotonic()
        answered = 1 if len(asked) == 1 and self._is_quick and self._hears_at_once(asked[0], began_s + QUICK_S) else 0
        while answered < len(asked) and self._hear(asked[answered]):
            answered += 1
        if answered < len(asked):
            self._await(asked, {id(node) for node in asked[answered:]})
        elif began_s - self._looked_s > LOOK_S:
            self._looked_s = began_s
            for key, _ in self._selector.select(0):
                if key.data is not None:
                    self._hear(key.data)
        self._note_turn(asked, began_s)

    def _note_turn(self, asked: list[Node], began_s: float) -> None:
        """Take note of how the nodes work: all at once, or one by one, and how long it takes."""
        idle_s, self._ended_s = began_s - self._ended_s, time.monotonic()
        alone = asked[0].process if len(asked) == 1 else None
        if alone is not None:
            self._is_quick = self._ended_s - began_s < 2 * QUICK_S
        if alone is not None and self._is_quick and idle_s < 5 * QUICK_S:
            self.lockstep.had_turn(alone.pid)
        else:
            self.lockstep.was_out_of_step()

    def _hears_at_once(self, node: Node, until_s: float) -> bool:
        """Stay awake for the answer of a node that is alone at work: to be woken would take as long as many an answer does."""
        while not self._hear(node):
            if time.monotonic() > until_s:
                return False
            os.sched_yield()
        return True

    def _await(self, asked: list[Node], awaited: set[int]) -> None:
        """Sleep until the last of the awaited answers has come."""
        explained = False
        silent_since_s = time.monotonic()
        while awaited:
            for key, _ in self._selector.select(STALL_S):
                if key.data is None:
                    self._hear_front()
                elif self._hear(key.data):
                    silent_since_s = time.monotonic()
                    awaited.discard(id(key.data))
            if awaited and not explained and time.monotonic() - silent_since_s >= STALL_S:
                explained = True
                self._explain_silence(asked, awaited)

    def _hear(self, node: Node) -> bool:
        """Take a node's answer, or its end, if it has come; tell whether it has."""
        assert node.process is not None
        try:
            answer = node.process.connection.receive_now()
        except ConnectionClosed:
            self._found_dead(node)
            return True
        if answer is None:
            return False
        self._take(node, decode_report(answer))
        return True

    def _hear_front(self) -> None:
        if self._front_file is not None and self._front is not None and not self._front.hear():
            self._selector.unregister(self._front_file)
            self._front_file = None

    @staticmethod
    def _explain_silence(asked: list[Node], awaited: set[int]) -> None:
        for node in asked:
            if id(node) in awaited and node.process is not None and node.process.is_stopped():
                log.warning("%s was stopped by a signal from outside; virtual time waits for it", node.name)
