"""What kernels say to each other: the payloads of the frames on the emulated wire.

A closed union; the kernel gives each type to the service that registered for it.
"""

from __future__ import annotations

import msgspec

from nodes.wire.control import CancelMove, KillProcess, LetStay, MoveProcess
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason

HEADER_BYTES = 64
"""Charged on the wire for every message beside its payload: link, network and transport headers."""


class Packet(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of all messages between kernels."""


AnyPersonalOrder = KillProcess | LetStay | MoveProcess | CancelMove
"""What a user can want of one process, beside a signal."""


# ------------------------------------------------------------------------------------------------- mail between processes


class Body(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of what a letter says."""


class LinkRequested(Body, frozen=True):
    """The sender wants a link with the addressee."""

    link: str


class LinkGranted(Body, frozen=True):
    """The link is open at the addressee, too, or (`refused`) is not."""

    link: str
    refused: bool = False


class LinkFragment(Body, frozen=True):
    """A piece of a message; with it, what the sender has got of the other direction."""

    link: str
    sequence: int
    content: bytes
    last: bool
    """The message ends with it."""
    end: bool
    """Nothing more will come: this end of the link was destroyed."""
    received: int
    """The sender of this has all fragments below this number ..."""
    window_end: int
    """... and room for those below this one."""


class LinkReceipt(Body, frozen=True):
    """How far the sender of this has got, when it has nothing else to say."""

    link: str
    received: int
    window_end: int
    again: bool = False
    """The answer to an enquiry: what is above `received` may be lost, and should be sent again."""


class LinkEnquired(Body, frozen=True):
    """Some node has crashed: is the other end still there, and how far has it got?"""

    link: str


class LinkGone(Body, frozen=True):
    """The process that an enquiry was for has no such link any more."""

    link: str


class LettersInDoubt(Body, frozen=True):
    """A node that passed letters for the other end on, to where it believed that to be, hears that they may be lost: ask again."""

    link: str


class SignalSent(Body, frozen=True):
    signal: int
    by: str
    """Who sent it, for the reason in the events."""
    number: int
    """The sender's number, as programs know it."""


class OrderSent(Body, frozen=True):
    """A user wants something of a process that was on its way when the order came."""

    order: AnyPersonalOrder


class FileContent(Body, frozen=True):
    """What was read of a file for the addressee."""

    path: str
    offset: int
    content: bytes


class NameAnswered(Body, frozen=True):
    """The answer of the name server: who has published a name."""

    name: str
    owner: Pid


class PlaceTold(Body, frozen=True):
    """A process has moved, or is about to: letters to it should go to `at` from now on."""

    process: Pid
    at: NodeName
    version: int
    before: NodeName = ""
    """Where it still is if it does not get there; empty: it is there."""
    answer_to: NodeName = ""
    """The kernel that waits to hear that this is known; empty: nobody does."""


class LetterReturned(Body, frozen=True):
    """A letter did not find its addressee."""

    addressee: Pid
    reason: str
    what: str
    """The type of what it said."""
    link: str = ""
    """The link that it was about, if it was about one."""


AnyBody = (
    LinkRequested
    | LinkGranted
    | LinkFragment
    | LinkReceipt
    | LinkEnquired
    | LinkGone
    | LettersInDoubt
    | SignalSent
    | OrderSent
    | NameAnswered
    | FileContent
    | PlaceTold
    | LetterReturned
)


class Letter(Packet, frozen=True):
    """Says something to a process, wherever it is: passed on from node to node until it is found."""

    to: Pid
    sender: Pid
    """Empty: a kernel speaks for itself."""
    origin: NodeName
    """Where it was sent, so where the sender was then."""
    version: int
    """How often the sender had moved then."""
    route: tuple[NodeName, ...]
    """The nodes that passed it on."""
    body: AnyBody


class PlaceNoted(Packet, frozen=True):
    """The kernel of `peer`, or (empty) the home, knows where `process` is going to be."""

    process: Pid
    version: int
    peer: Pid


class AddressTold(Packet, frozen=True):
    """A kernel that passes on what comes for a process is told where that process is: its home, or one with a forwarding address."""

    process: Pid
    at: NodeName
    version: int
    before: NodeName
    """Where it still is if it does not get there; empty: it is there."""
    answer: bool
    """The sender waits to hear that this is known."""


class NodeBack(Packet, frozen=True):
    """The sender has crashed and is up again, with nothing of its former life."""


class ProcessGone(Packet, frozen=True):
    """The home of a process is told that it has ended at the sender's node."""

    process: Pid


class NamePublished(Packet, frozen=True):
    """To the name server: this process wants to be found under this name."""

    name: str
    owner: Pid


class FileWanted(Packet, frozen=True):
    """To the node where a file lies: read some of it for a process."""

    path: str
    offset: int
    reader: Pid


class NameAsked(Packet, frozen=True):
    """To the name server: who has this name? It answers as soon as somebody has."""

    name: str
    asker: Pid


# ------------------------------------------------------------------------------------------------------------- migrations


class MigrationPacket(Packet, frozen=True):
    """Base of what the two sessions of one migration say to each other."""

    migration: str
    """`n1/2`: the second migration out of n1."""


class MigrationOffer(MigrationPacket, frozen=True):
    """Step 4 of the negotiation, *Offer P*: kernel of the source to kernel of the destination."""

    pid: Pid
    name: str
    program: str
    strategy: str
    pages: int
    """Frames that the destination will need to hold it."""
    age_ns: int
    cpu_ns: int
    load: int = 0
    """Of the source, in thousandths: what the process leaves behind."""
    initiated_by: str = "user"
    talks: dict[NodeName, int] = {}
    """Bytes exchanged with each node in the last while: its communication load."""
    trail: tuple[tuple[NodeName, int], ...] = ()
    """The machines that it left last, and when."""


class OfferAccepted(MigrationPacket, frozen=True):
    """Step 7, *Accept the offer*: sent only after the destination has reserved what the process needs."""


class OfferRefused(MigrationPacket, frozen=True):
    """The destination will not have it; nothing is reserved."""

    step: int
    reason: Reason


class PageBatch(MigrationPacket, frozen=True):
    """Pages of the process, as raw bytes in the order of `pages`."""

    pages: list[int]
    content: bytes


class PagesReceived(MigrationPacket, frozen=True):
    """The destination has this many pages more: the source may send on."""

    pages: int


class ProcessImage(MigrationPacket, frozen=True):
    """All of the process but its pages: one row for each module that holds a piece of its state."""

    rows: dict[str, bytes]


class ImageInstalled(MigrationPacket, frozen=True):
    """The destination holds everything and could run the process; it may not yet."""


class InstallFailed(MigrationPacket, frozen=True):
    """The destination could not install what it got, and has released everything."""

    reason: str


class OwnershipTransferred(MigrationPacket, frozen=True):
    """The commit: the source has destroyed its copy, the destination owns the process."""

    letters: list[Letter] = []
    """What came for the process while it was frozen."""


class ProcessResumed(MigrationPacket, frozen=True):
    """The process runs at the destination: the source's session may end."""


class MigrationAbandoned(MigrationPacket, frozen=True):
    """The source takes its offer back, before the commit; the destination releases everything."""

    reason: str


# ------------------------------------------------------------------------------------------------- pages left behind


class PageRequest(Packet, frozen=True):
    """The owner of a process needs the first of these pages at once, and would like to have the others."""

    pid: Pid
    pages: list[int]
    on_disk: bool
    """They are on a disk, as far as the owner knows; else in memory."""


class PagesSupplied(Packet, frozen=True):
    """The answer: the pages, as raw bytes in their order."""

    pid: Pid
    pages: list[int]
    content: bytes
    missing: list[int]
    """What was asked for and is not there."""
    saved: bool
    """The pages stay on the disk as well."""


class PagesPushed(Packet, frozen=True):
    """Pages that were not asked for; the keeper has them no more."""

    pid: Pid
    pages: list[int]
    content: bytes


class PagesTaken(Packet, frozen=True):
    """A batch of pushed pages is in its frames: the keeper may send on."""

    pid: Pid


class PushHold(Packet, frozen=True):
    """The process is about to move on: push nothing more."""

    pid: Pid


class PushHeld(Packet, frozen=True):
    """Nothing that was pushed is on the way any more."""

    pid: Pid


class OwnerMoved(Packet, frozen=True):
    """The process lives at the sender now."""

    pid: Pid


class PagesClaimed(Packet, frozen=True):
    """To a node that is up again: of these processes, which live at the sender or are coming or going there, pages may lie on its disk."""

    versions: dict[Pid, int]
    """How often each has moved."""


class OwnerMoving(Packet, frozen=True):
    """A process leaves the sender for `to`.

    Who keeps pages of it is told so by whoever gives it away: no news of that node's death can come before.
    """

    pid: Pid
    to: NodeName
    version: int
    """How often it will have moved when it is there."""


class PagesForgotten(Packet, frozen=True):
    """Nobody wants the pages of this process any more."""

    pid: Pid


class PagesToFlush(MigrationPacket, frozen=True):
    """Pages to be written to the disk of the receiver."""

    pid: Pid
    pages: list[int]
    content: bytes


class PagesFlushed(MigrationPacket, frozen=True):
    """They are on the disk."""

    pages: int


# ------------------------------------------------------------------------------------------------------------- Initiators
#
# An Initiator may sit on another machine than a kernel that it controls. Then all that they say to each other is on the wire, and a
# message beside the seven of the figure too (the wish, and the news of its end). Where both are on one machine they are service calls.


class ProcessFigures(msgspec.Struct, frozen=True, array_like=True):
    """What an Initiator knows of a process."""

    pid: Pid
    name: str
    pages: int
    """Frames that it needs."""
    age_ns: int
    cpu_ns: int
    here_ns: int
    """For how long it has been on this machine."""
    state: str
    """As the kernel calls it."""
    stays: bool = False
    """It was told to stay where it is."""
    priority: int = 0
    talks: dict[NodeName, int] = {}
    """Bytes exchanged with each node in the last while."""
    trail: tuple[tuple[NodeName, int], ...] = ()
    """The machines that it left last, and when."""


class MachineFigures(msgspec.Struct, frozen=True, array_like=True):
    """What a machine says of itself at an instant."""

    machine: NodeName
    at_ns: int
    ips: int
    runnable: int
    """Processes that run or are ready, those in the background not counted."""
    frames_total: int
    frames_free: int
    processes: tuple[ProcessFigures, ...] = ()
    busy: bool = False
    """Something will happen there by itself."""
    owner: str = "none"
    """`none` (nobody owns it), `active` or `idle`."""
    input_ns: int = 0
    """When its owner touched a key last."""
    pressure: int = 0
    """Page faults that had to wait for a disk or another machine, a second: memory is short."""


class LoadEntry(msgspec.Struct, frozen=True, array_like=True):
    """What is told of a machine's load, by itself or by hearsay."""

    machine: NodeName
    at_ns: int
    """When it was so: what is told of others is older than the message."""
    load: int
    """Runnable processes for a reference CPU, damped; thousandths."""
    ips: int
    frames_free: int
    busy: bool
    takes_guests: bool
    input_ns: int


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

AnyPacket = (
    MigrationOffer
    | OfferAccepted
    | OfferRefused
    | PageBatch
    | PagesReceived
    | ProcessImage
    | ImageInstalled
    | InstallFailed
    | OwnershipTransferred
    | ProcessResumed
    | MigrationAbandoned
    | PageRequest
    | PagesSupplied
    | PagesPushed
    | PagesTaken
    | PushHold
    | PushHeld
    | OwnerMoved
    | OwnerMoving
    | PagesClaimed
    | PagesForgotten
    | PagesToFlush
    | PagesFlushed
    | Letter
    | PlaceNoted
    | AddressTold
    | NodeBack
    | ProcessGone
    | NamePublished
    | NameAsked
    | FileWanted
    | ToInitiator
    | ToKernel
)

encode_packet = msgspec.msgpack.Encoder().encode
decode_packet = msgspec.msgpack.Decoder(AnyPacket).decode
