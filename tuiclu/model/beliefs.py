"""What each Initiator believes of the load of machines that it does not control, how old that is, and which message told it. Pure."""

from __future__ import annotations

import msgspec

from nodes.wire.events import BeliefRevised, LoadHeard, MessageDelivered, NodeCrashed
from nodes.wire.ids import NodeName
from tuiclu.model.fold import Takes, on
from tuiclu.model.frame import Belief


class Beliefs(Takes):
    """Folded from the events: every message that tells something newer renews what is believed."""

    def __init__(self) -> None:
        self._held: dict[NodeName, dict[NodeName, Belief]] = {}
        """By whom, and about whom."""
        self._delivered: dict[NodeName, str] = {}
        """The message that came to each node last: what it tells is known right behind it."""

    def rows(self) -> tuple[Belief, ...]:
        """Return all that is believed, by who believes it, in the order of their names."""
        return tuple(held[about] for _, held in sorted(self._held.items()) for about in sorted(held))

    @on
    def message_delivered(self, event: MessageDelivered, t: int, node: NodeName) -> None:
        self._delivered[node] = event.message

    @on
    def heard(self, event: LoadHeard, t: int, node: NodeName) -> None:
        held = self._held.setdefault(node, {})
        message = self._delivered.get(node, "")
        for about, (load, at_ns) in event.loads.items():
            if about not in held or held[about].t < at_ns:
                held[about] = Belief(node, about, load, at_ns, event.told_by, message, t, "")

    @on
    def revised(self, event: BeliefRevised, t: int, node: NodeName) -> None:
        if event.load is None:
            self._held.get(node, {}).pop(event.machine, None)
        else:
            held = self._held[node]
            held[event.machine] = msgspec.structs.replace(held[event.machine], load=event.load, why=event.why)

    @on
    def node_crashed(self, event: NodeCrashed, t: int, node: NodeName) -> None:
        self._held.pop(node, None)
