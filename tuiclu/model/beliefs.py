"""What each Initiator believes of the load of machines that it does not control, how old that is, and which message told it. Pure."""

from __future__ import annotations

import msgspec

from nodes.wire.events import BeliefRevised, LoadHeard, MessageDelivered, NodeCrashed, Stamped
from nodes.wire.ids import NodeName
from tuiclu.model.frame import Belief


class Beliefs:
    """Folded from the events: every message that tells something newer renews what is believed."""

    def __init__(self) -> None:
        self._held: dict[NodeName, dict[NodeName, Belief]] = {}
        """By whom, and about whom."""
        self._delivered: dict[NodeName, str] = {}
        """The message that came to each node last: what it tells is known right behind it."""

    def rows(self) -> tuple[Belief, ...]:
        """Return all that is believed, by who believes it, in the order of their names."""
        return tuple(held[about] for _, held in sorted(self._held.items()) for about in sorted(held))

    def apply(self, stamped: Stamped) -> None:
        """Take the next event."""
        event, node = stamped.event, stamped.node or ""
        match event:
            case MessageDelivered(message):
                self._delivered[node] = message
            case LoadHeard():
                self._hear(node, stamped.t, event)
            case BeliefRevised(machine, None):
                self._held.get(node, {}).pop(machine, None)
            case BeliefRevised(machine, int(load), why):
                held = self._held[node]
                held[machine] = msgspec.structs.replace(held[machine], load=load, why=why)
            case NodeCrashed():
                self._held.pop(node, None)
            case _:
                pass

    def _hear(self, holder: NodeName, t: int, heard: LoadHeard) -> None:
        held = self._held.setdefault(holder, {})
        message = self._delivered.get(holder, "")
        for about, (load, at_ns) in heard.loads.items():
            if about not in held or held[about].t < at_ns:
                held[about] = Belief(holder, about, load, at_ns, heard.told_by, message, t, "")
