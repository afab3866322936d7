"""The migrations, each from the wish to its outcome and to the last of its pages, folded from their events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from nodes.wire.events import (
    MailHeld,
    MailTold,
    MessageForwarded,
    MigrationAborted,
    MigrationAccepted,
    MigrationCommitted,
    MigrationCompleted,
    MigrationFrozen,
    MigrationImage,
    MigrationLost,
    MigrationPages,
    MigrationResumed,
    MigrationRound,
    MigrationStarted,
    NegotiationMessage,
    NegotiationRefused,
    NodeCrashed,
    PageArrived,
    ResidualEnded,
    ResidualLeft,
)
from nodes.wire.ids import NodeName, Pid
from nodes.wire.reasons import Reason, reason
from tuiclu.model.control_blocks import ControlBlock, control_block
from tuiclu.model.fold import Takes, on
from tuiclu.model.nodes import Nodes
from tuiclu.model.processes import Processes, Standstill


@dataclass
class RoundView:
    """One set of pages that was sent and acknowledged."""

    pages: int
    bytes: int
    duration_ns: int


@dataclass
class PageRecord:
    """Some pages that left for the destination, for a disk or for the process that missed them: what screens and exports draw."""

    t: int
    why: str
    """`round`, `flush`, `demand` or `push`."""
    pages: list[int]
    bytes: int
    before_resume: bool
    """They left before the process went on at the destination; what is pushed begins to leave at the commit."""


@dataclass
class MigrationView:
    """One migration, from the wish to its outcome."""

    id: int
    name: str
    """As events call it: `n1/2`."""
    pid: Pid
    process: str
    source: NodeName
    destination: NodeName
    strategy: str
    initiated_by: str
    reason: Reason
    started_ns: int
    accepted_ns: int | None = None
    standstill: Standstill | None = None
    """In which the process was moved. It may have begun before this migration: with an eviction, or with an attempt that failed."""
    resumed_ns: int | None = None
    before: ControlBlock | None = None
    """What was known of the process when it was frozen."""
    after: ControlBlock | None = None
    """And when it went on."""
    ended_ns: int | None = None
    outcome: str | None = None
    """`completed`, `refused`, `aborted` or `lost`; None: it goes on."""
    refused_at: int | None = None
    refused_by: NodeName | None = None
    negotiator: NodeName = ""
    """Where the Initiator sits that asked for it."""
    step: int = 0
    """The last message of the negotiation that was sent. From the third on, the kernel of the source ends it, or its death."""
    committed_ns: int | None = None
    source_died: bool = False
    destination_died: bool = False
    """After it had reserved frames for the process."""
    frozen_because: str = ""
    """The rule by which precopy ended its rounds."""
    rounds: list[RoundView] = field(default_factory=list)
    sent: Counter[int] = field(default_factory=Counter)
    """How often each page was sent."""
    record: list[PageRecord] = field(default_factory=list)
    """Which pages went when, and why."""
    image_bytes: int = 0
    """All but the pages, on the wire."""
    kept: dict[tuple[NodeName, bool], int] = field(default_factory=dict)
    """How many pages were left behind at the commit: in the memory of a node, or on its disk (True)."""
    passers_on: dict[NodeName, list[str]] = field(default_factory=dict)
    """Who passed on mail of the process when it went on, and for which links."""
    residual_ended_ns: int | None = None
    """When the source had nothing of the process in memory any more, where it had after the commit."""
    waits: Counter[str] = field(default_factory=Counter)
    """How often the process waited for a page since it was resumed, and before its next migration; by where the page was."""
    wait_ns: int = 0
    """How long, in all."""
    letters_held: int = 0
    """Letters that came for the process while it was frozen, and moved along at the commit."""
    letters_forwarded: int = 0
    """How often a letter was passed on because the process had moved, from then on until it moves again."""
    most_hops: int = 0
    """How often one such letter crossed the wire at most."""
    updates: int = 0
    """Messages by which kernels were told where the process is, or was about to be."""

    def end(self, outcome: str, t: int, why: Reason | None = None) -> None:
        """Let it be over. `why`: why it was not completed."""
        self.outcome, self.ended_ns = outcome, t
        if why is not None:
            self.reason = why

    @property
    def frozen_ns(self) -> int | None:
        """When the process began to stand still; None: it has not done so for this migration."""
        return None if self.standstill is None else self.standstill.began_ns

    def freeze_ns(self, now_ns: int) -> int | None:
        """Return how long the process stood still, or has done so by now; None: it has not done so for this migration."""
        return None if self.standstill is None else self.standstill.length_ns(now_ns)

    def pages_sent(self, *, before_resume: bool) -> int:
        """Return how many pages left before the process went on, or after."""
        return sum(len(one.pages) for one in self.record if one.before_resume == before_resume)

    @property
    def bytes_on_wire(self) -> int:
        return self.image_bytes + sum(one.bytes for one in self.record)


OfMigration = (
    NegotiationMessage
    | NegotiationRefused
    | MigrationAccepted
    | MigrationFrozen
    | MigrationPages
    | MigrationImage
    | MigrationRound
    | MigrationCommitted
    | ResidualLeft
    | ResidualEnded
    | MigrationResumed
    | MigrationCompleted
    | MigrationAborted
    | MigrationLost
)


class Migrations(Takes):
    """All migrations of which anything is remembered."""

    def __init__(self, nodes: Nodes, processes: Processes) -> None:
        self.views: dict[str, MigrationView] = {}
        self._nodes = nodes
        self._processes = processes
        self._begun = 0
        """How many there were."""
        self._under_way: list[MigrationView] = []
        """Those that have not ended, and some that have."""
        self._last_wish: dict[Pid, MigrationView] = {}
        """The last migration of each process that was asked for."""
        self._latest_move: dict[Pid, MigrationView] = {}
        """The last migration of each process that has resumed it."""

    def under_way(self) -> list[MigrationView]:
        """Return those that have not ended."""
        self._under_way = [one for one in self._under_way if one.outcome is None]
        return self._under_way

    def _meant_by(self, event: OfMigration) -> MigrationView | None:
        """Return the migration that an event is about; None: it is forgotten."""
        return self.views.get(event.migration) or self._latest_move.get(event.pid)

    # ----------------------------------------------------------------------------------------------------- negotiation

    @on
    def started(self, event: MigrationStarted, t: int, node: NodeName) -> None:
        self._begun += 1
        view = self.views[event.migration] = MigrationView(
            self._begun,
            event.migration,
            event.pid,
            self._processes.name_of(event.pid),
            event.source,
            event.destination,
            event.strategy,
            event.initiated_by,
            event.reason,
            t,
            negotiator=node,
        )
        self._under_way.append(view)
        self._last_wish[event.pid] = view
        if self._nodes.views[event.source].state == "down":  # its Initiator, elsewhere, has not heard of it
            view.end("aborted", t, reason("had-crashed", machine=event.source))

    @on
    def negotiated(self, event: NegotiationMessage, t: int, node: NodeName) -> None:
        view = self.views.get(event.migration)
        if view is not None:
            view.step = event.step
            if event.step == 2:
                view.destination = event.machine

    @on
    def refused(self, event: NegotiationRefused, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is not None:
            view.end("refused", t, event.reason)
            view.refused_at, view.refused_by = event.step, event.by

    @on
    def accepted(self, event: MigrationAccepted, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is not None:
            view.accepted_ns = t

    # -------------------------------------------------------------------------------------------------------- transfer

    @on
    def frozen(self, event: MigrationFrozen, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is not None:
            view.standstill = self._processes.views[view.pid].stand_still(t)
            view.frozen_because = event.why
            view.before = control_block(self._processes, view.pid, view.source, (view.source, view.destination))

    @on
    def pages_left(self, event: MigrationPages, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is not None:
            view.sent.update(event.pages)
            view.record.append(PageRecord(t, event.why, event.pages, event.bytes, view.resumed_ns is None))

    @on
    def image_left(self, event: MigrationImage, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is not None:
            view.image_bytes = event.bytes

    @on
    def round_over(self, event: MigrationRound, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is not None:
            view.rounds.append(RoundView(event.pages, event.bytes, event.duration_ns))

    # --------------------------------------------------------------------------------------------- the commit and after

    @on
    def committed(self, event: MigrationCommitted, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is None:
            return
        process, view.committed_ns = self._processes.views[event.pid], t
        process.node = event.destination
        process.moves += 1
        process.residual.clear()
        process.passers_on.clear()
        if view.destination_died:
            self._processes.lose(process, t, reason("new-owner-crashed", machine=event.destination))

    @on
    def residual_left(self, event: ResidualLeft, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is None:
            return
        process = self._processes.views[event.pid]
        if event.links:
            if event.migration:  # else it has begun since
                view.passers_on[event.holder] = event.links
            process.passers_on[event.holder] = view.name
        else:
            view.kept[event.holder, event.on_disk] = len(event.pages)
            process.residual[event.holder, event.on_disk] = view.name

    @on
    def residual_ended(self, event: ResidualEnded, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is None:
            return
        process = self._processes.views[event.pid]
        if event.mail:
            process.passers_on.pop(event.holder, None)
            return
        view.residual_ended_ns = t
        if process.alive:
            process.residual.pop((node, False), None)

    @on
    def page_arrived(self, event: PageArrived, t: int, node: NodeName) -> None:
        view = self._latest_move.get(event.pid)
        if view is not None:
            view.waits[event.source] += 1
            view.wait_ns += event.waited_ns

    @on
    def letter_forwarded(self, event: MessageForwarded, t: int, node: NodeName) -> None:
        view = self._latest_move.get(event.pid) or self._last_wish.get(event.pid)
        if view is not None:
            view.letters_forwarded += 1
            view.most_hops = max(view.most_hops, event.hops)

    @on
    def mail_held(self, event: MailHeld, t: int, node: NodeName) -> None:
        if event.pid in self._last_wish:
            self._last_wish[event.pid].letters_held += event.letters

    @on
    def mail_told(self, event: MailTold, t: int, node: NodeName) -> None:
        if event.pid in self._last_wish:
            self._last_wish[event.pid].updates += 1

    # ---------------------------------------------------------------------------------------------------------- outcome

    @on
    def resumed(self, event: MigrationResumed, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is not None:
            view.resumed_ns = t
            view.after = control_block(self._processes, view.pid, view.destination, (view.source, view.destination))
            self._latest_move[event.pid] = view
            if view.source_died:
                view.end("completed", t)

    @on
    def completed(self, event: MigrationCompleted, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is not None:
            view.end("completed", t)

    @on
    def aborted(self, event: MigrationAborted, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is not None:
            view.end("aborted", t, event.reason)

    @on
    def lost(self, event: MigrationLost, t: int, node: NodeName) -> None:
        view = self._meant_by(event)
        if view is None:
            return
        process = self._processes.views[event.pid]
        if view.resumed_ns is not None:
            view.end("completed", view.resumed_ns)  # the source could not hear of it
            return
        view.end("lost", t, event.reason)
        if process.alive:
            self._processes.lose(process, t, event.reason)

    @on
    def node_crashed(self, event: NodeCrashed, t: int, node: NodeName) -> None:
        for view in self.under_way():
            self._outlive(view, node, t)

    def _outlive(self, view: MigrationView, dead: NodeName, t: int) -> None:
        """Let a migration that is under way go on without one of its parties, or end with it.

        Whoever is alive ends it in its own time. What only the dead could have ended is over.
        """
        process = self._processes.views[view.pid]
        view.source_died |= dead == view.source
        view.destination_died |= dead == view.destination and view.step >= 7
        if view.committed_ns is None:
            if dead == view.source:
                gone = process.state == "lost" and process.ended_ns == t
                view.end("lost" if gone else "aborted", t, reason("crashed", machine=dead))
            elif dead == view.negotiator and view.step < 3:
                view.end("aborted", t, reason("initiator-crashed", machine=dead))
        elif view.source_died and view.resumed_ns is not None:
            view.end("completed", view.resumed_ns)
        elif view.source_died and not process.alive:
            view.end("lost", t, process.reason)

    # ------------------------------------------------------------------------------------------------------- forgetting

    def forget(self, kept: int, gone: Iterable[Pid]) -> None:
        """Remember the latest of those that are over, up to a number, and none of the processes that are `gone`."""
        for pid in gone:
            self._last_wish.pop(pid, None)
            self._latest_move.pop(pid, None)
        over = [one for one in self.views.values() if one.outcome is not None]
        old = {one.name for one in over[: max(0, len(over) - kept)]}
        known = self._processes.views
        self.views = {name: one for name, one in self.views.items() if name not in old and one.pid in known}
        self.under_way()
