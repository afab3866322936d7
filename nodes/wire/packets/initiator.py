"""What Initiators say to each other and to the kernels that they control.

An Initiator may sit on another machine than a kernel that it controls. Then all that they say to each other is on the wire, and a message
beside the seven of the figure too (the wish, and the news of its end). Where both are on one machine they are service calls.
"""

from __future__ import annotations

from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets.base import Packet
from nodes.wire.packets.figures import LoadEntry, MachineFigures, ProcessFigures
from nodes.wire.packets.migration import MigrationOffer
from nodes.wire.reasons import Reason


class FromKernel(Packet, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what a kernel says to its Initiator."""

    figures: MachineFigures | None = None
    """The machine as it is when this is said. None: the Initiator sits on it, and looks itself."""


class MoveWished(FromKernel, frozen=True):
    """Before step 1: somebody at this kernel wants a process moved. Kernel to its Initiator."""

    process: ProcessFigures
    machine: NodeName
    """Where the process is."""
    to: NodeName
    """Empty: wherever the Initiator likes, or where `resource` is."""
    resource: str
    strategy: str
    initiated_by: str
    reason: Reason


class WishCancelled(FromKernel, frozen=True):
    """Nobody wants this process moved any more: good as long as step 3 has not been ordered. Kernel to its Initiator."""

    pid: Pid


class WishDenied(Packet, frozen=True):
    """A wish came to nothing before step 3. Initiator to kernel."""

    pid: Pid
    reason: Reason


class WillYouTake(Packet, frozen=True):
    """Step 1, *Will you take P?*: Initiator to Initiator. Nobody is bound by it."""

    migration: str
    process: ProcessFigures
    source: NodeName
    source_load: int
    to: NodeName
    """The machine that is meant."""
    resource: str
    initiated_by: str
    for_load: bool
    """To even out loads: the machine must gain by it."""


class YesMigrateTo(Packet, frozen=True):
    """Step 2, *Yes, migrate to machine 3*. A promise of goodwill: no frame is reserved yet."""

    migration: str
    machine: NodeName


class NoThankYou(Packet, frozen=True):
    """The refusal at step 2, by policy; it also says how loaded the machine is, so that it is not asked again in vain."""

    migration: str
    reason: Reason
    entry: LoadEntry


class NeverMind(Packet, frozen=True):
    """The asker takes its question back, or the promise came too late: it is worth nothing any more."""

    migration: str


class MigrateOut(Packet, frozen=True):
    """Step 3, *Migrate P out*: Initiator to the kernel of the source."""

    migration: str
    pid: Pid
    to: NodeName
    strategy: str
    initiated_by: str
    load: int


class OfferRelayed(Packet, frozen=True):
    """Step 5, *Offer P*: kernel of the destination to its Initiator, with what the offer said and what the machine has now."""

    offer: MigrationOffer
    source: NodeName
    figures: MachineFigures


class MigrateIn(Packet, frozen=True):
    """Step 6, *Migrate P in*: Initiator to the kernel of the destination."""

    migration: str


class TurnAway(Packet, frozen=True):
    """The refusal at step 6, by policy."""

    migration: str
    reason: Reason


class MoveEnded(FromKernel, frozen=True):
    """What became of a migration, from either kernel to its Initiator: the negotiation is over, and all that it promised."""

    migration: str
    machine: NodeName
    outcome: str
    """`completed`, `refused`, `aborted`, `lost`; at the destination `arrived` or `released`."""
    reason: Reason | None = None
    """Of a refusal."""


class JobSubmitted(FromKernel, frozen=True):
    """A new process waits to be admitted: it has not run yet. Kernel to its Initiator."""

    process: ProcessFigures
    machine: NodeName


class StartHere(Packet, frozen=True):
    """The job is admitted, and starts where it was submitted. Initiator to kernel."""

    pid: Pid
    waited_ns: int


class CallOff(Packet, frozen=True):
    """A move that was ordered is not wanted any more: give it up if that is still possible. Initiator to kernel."""

    migration: str
    pid: Pid


class FiguresTold(Packet, frozen=True):
    """What a machine tells its Initiator of itself."""

    figures: MachineFigures
    cause: str
    """`interval`, `owner` (came back or left), `ended` (a process of it), `boot`."""


class MachineTold(FromKernel, frozen=True):
    """An operator's word that is for the Initiator of a machine: a verb, and how long it is until it takes effect."""

    machine: NodeName
    verb: str
    """`block`, `unblock`, `stay`, `unstay`, `expel`, `bring`, `shutdown`."""
    at_ns: int = 0


class ComeHome(Packet, frozen=True):
    """A machine calls all processes home that were born on it. Initiator to Initiator."""

    home: NodeName


class GuestsFrozen(Packet, frozen=True):
    """Stop these processes at once: they will be moved. Initiator to kernel."""

    pids: tuple[Pid, ...]


class GuestsToBackground(Packet, frozen=True):
    """Let these processes have the CPU only when nobody else wants it, or as all others again. Initiator to kernel."""

    pids: tuple[Pid, ...]
    background: bool


class LoadTold(Packet, frozen=True):
    """The loads of some machines. Initiator to Initiator."""

    entries: list[LoadEntry]


class LoadAsked(Packet, frozen=True):
    """Tell me your load: a probe."""


class WorkWanted(Packet, frozen=True):
    """A machine with little to do asks for a process. Initiator to Initiator."""

    machine: NodeName
    """Of whom it is wanted."""
    by: NodeName
    load: int


class NothingToGive(Packet, frozen=True):
    """The answer of one that will not give any."""

    machine: NodeName
    by: NodeName
    reason: Reason


ToInitiator = (
    MoveWished
    | WishCancelled
    | WillYouTake
    | YesMigrateTo
    | NoThankYou
    | NeverMind
    | OfferRelayed
    | MoveEnded
    | FiguresTold
    | JobSubmitted
    | MachineTold
    | ComeHome
    | LoadTold
    | LoadAsked
    | WorkWanted
    | NothingToGive
)
"""What an Initiator can be told."""

ToKernel = WishDenied | MigrateOut | CallOff | MigrateIn | TurnAway | StartHere | GuestsFrozen | GuestsToBackground
"""What an Initiator can tell a kernel that it controls."""
