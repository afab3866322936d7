"""What Initiators say to each other, what they know of loads, and what they decide."""

from __future__ import annotations

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason
from nodes.wire.text import Text


class NegotiationMessage(Event, frozen=True, tag="negotiation.message"):
    """One of the seven messages of the negotiation (Stallings, Fig. 14.2) left its sender."""

    TOLD = Text("{step}  {speaker} to {listener}: {says}")

    migration: str
    pid: Pid
    step: int
    sender: NodeName
    """The machine where the party sits that says it."""
    receiver: NodeName
    machine: NodeName
    """The machine that it is about: whose kernel or Initiator is meant; in step 2 the one that was chosen."""
    text: Reason
    """What it says."""


class NegotiationRefused(Event, frozen=True, tag="negotiation.refused"):
    TOLD = Text("{said}: {why}.")

    migration: str
    pid: Pid
    by: NodeName
    step: int
    """The step of the negotiation (Stallings, Fig. 14.2) at which it was refused; 0: before the first."""
    reason: Reason


class DecisionTaken(Event, frozen=True, tag="decision.taken"):
    """An Initiator decided something, also *no* and *not now*; what says the same as before is not repeated."""

    TOLD = Text("{by} {did}: {why}.")

    by: NodeName
    """The machine for which it was decided."""
    about: str
    """A process, or the machine."""
    what: str
    """`share`, `ask`, `take`, `admit`, `place`, `evict`, `evacuate`, `want-work`, `give-work`, `talk`."""
    verdict: str
    """`yes`, `no` or `not now`."""
    reason: Reason


class LoadReported(Event, frozen=True, tag="load.reported"):
    """A machine's load has changed: the truth, and what its Initiator believes of others meanwhile."""

    load: int
    """Runnable processes for a reference CPU, damped; thousandths."""
    runnable: int
    frames_free: int
    frames_total: int
    pressure: int
    beliefs: dict[str, tuple[int, int]]
    """What is believed, by machine: its load, and how old that is in nanoseconds."""
    machine: NodeName = ""
    """Which machine: its Initiator, who says so, may sit on another."""


class LoadHeard(Event, frozen=True, tag="load.heard"):
    """An Initiator was told of machines that it does not control: all that it will believe of them until it is told something newer."""

    told_by: NodeName
    """Where the Initiator sits that told it, of its own machines or by hearsay."""
    loads: dict[str, tuple[int, int]]
    """Of each machine: its load in thousandths, and when that was so. What is older than what is believed changes nothing."""


class BeliefRevised(Event, frozen=True, tag="belief.revised"):
    """An Initiator thinks otherwise of a machine than it was told: it has sent a process there, or what it was told no longer holds."""

    machine: NodeName
    load: int | None
    """What it reckons with until it is told something newer; None: it believes nothing."""
    why: str
    """`expected` (a process is on its way there), `nothing-to-give` (it said so), `dead`."""


class ProcessBounced(Event, frozen=True, tag="process.bounced"):
    """A process is back where it was a moment ago: the policy thrashes."""

    TOLD = Text("{process} bounces: {stations}, back after {away_ms} ms. The policy thrashes.")

    pid: Pid
    machines: list[str]
    """Its last stations, this one at the end."""
    away_ns: int
    """For how long it was away."""


class ProcessPlaced(Event, frozen=True, tag="process.placed"):
    """A new job was admitted, and it was decided where it starts."""

    TOLD = Text("{process} is admitted and starts on {on}; it waited {waited_ms} ms.")

    pid: Pid
    on: NodeName
    waited_ns: int
    """For how long it had to wait to be admitted."""


InitiatorEvent = (
    NegotiationMessage
    | NegotiationRefused
    | DecisionTaken
    | LoadReported
    | LoadHeard
    | BeliefRevised
    | ProcessBounced
    | ProcessPlaced
)
