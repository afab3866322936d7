"""The source's side of one migration: what a strategy can have done, and the pages on their way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from nodes.kernel.agenda import Timer
from nodes.kernel.assembly import Parts
from nodes.kernel.kernel import Kernel
from nodes.kernel.memory import Place
from nodes.kernel.pages import each_page
from nodes.kernel.process import Process, State
from nodes.migration.page_stream import Note, PageStream, Send
from nodes.migration.remote_pages import RemotePages
from nodes.migration.states import SOURCE_TRANSITIONS, Cause, SourceState
from nodes.process_image import image
from nodes.strategies.strategy import RoundFigures, Strategy, Transfer
from nodes.transitions import follow
from nodes.wire.events import MigrationFrozen, MigrationImage, MigrationPages, MigrationRound
from nodes.wire.ids import NodeName
from nodes.wire.packets import PageBatch, PagesToFlush, ProcessImage
from nodes.wire.parameters import MigrationParameters
from nodes.wire.reasons import Reason, reason
from nodes.wire.users_code import UsersCodeError

GiveUp = Callable[["Outgoing", Reason], None]


@dataclass(eq=False)
class Outgoing:
    """The source's side of one migration. Implements `Transfer` for its strategy."""

    parts: Parts
    pages: RemotePages
    give_up: GiveUp
    """Ends the migration before its commit point, with a reason."""
    migration: str
    process: Process
    destination: NodeName
    strategy_name: str
    strategy: Strategy
    parameters: MigrationParameters
    """Those that were in force when it began."""
    state: SourceState = SourceState.OFFERED
    stream: PageStream | None = None
    """What carries the set of pages that is under way."""
    flushing: deque[list[int]] = field(default_factory=deque)
    """Batches that are on the way to a disk."""
    flush_node: NodeName = ""
    """Whose disk that is."""
    pushes: bool = False
    """Pages that stay behind are sent after the process, unasked."""
    was_frozen: bool = False
    """The strategy has had the process frozen."""
    handed_over: bool = False
    """A user's strategy has done its last step."""
    sent_nothing: bool = False
    """A user's strategy has had nothing to send the last time."""
    rounds: int = 0
    round_pages: int = 0
    round_bytes: int = 0
    round_began_ns: int = 0
    round_duration_ns: int = 0
    patience: Timer | None = None
    """Runs while the destination shows no sign of life; gives up when it ends."""

    @property
    def kernel(self) -> Kernel:
        return self.parts.kernel

    def step(self, cause: Cause) -> bool:
        """Follow one arrow of the table; tell whether there was one."""
        follows = follow(SOURCE_TRANSITIONS, self, cause)
        if follows:
            self.sign_of_life()
        return follows

    # ------------------------------------------------------------------------------------------- what a strategy can do

    def freeze(self, why: str = "") -> None:
        self.was_frozen = True
        if self.process.state is not State.FROZEN:  # who has to leave at once stands still already
            self.parts.lifecycle.freeze(self.process)
        self.kernel.emit(MigrationFrozen(self.migration, self.process.pid, why))
        self.kernel.charge(self.kernel.costs.migration_fixed_ns)

    def pages_to_send(self) -> list[int]:
        return self.process.space.not_copied()

    def resident_dirty_pages(self) -> list[int]:
        return self.process.space.resident_dirty()

    def last_round(self) -> RoundFigures:
        beside_ns = self._beside_pages_ns() if self.parameters.precopy_freeze_goal_ns else 0
        return RoundFigures(self.rounds, self.round_pages, self.round_duration_ns, beside_ns)

    def _beside_pages_ns(self) -> int:
        """Reckon how long a freeze takes beside its pages, by what the last round took and how slow the wire is at the least.

        Five times something has to cross the wire before the process goes on: the last pages and their answer, the image and its
        answer, and the word that the process is given away. The image travels as fast as the last pages did.
        """
        image_bytes = sum(len(row) for row in image.dump(self.process).values())
        sending_ns = image_bytes * self.round_duration_ns // max(1, self.round_bytes)
        one_way_ns = self.kernel.boot.reply_ns // 2
        return 5 * one_way_ns + 2 * self.kernel.costs.migration_fixed_ns + sending_ns

    def send_pages(self, pages: list[int]) -> None:
        self._begin_round(self._send_batch, self._note_copied, pages)

    def flush_pages(self, pages: list[int]) -> None:
        self.flush_node = self.parameters.flush_to or self.kernel.name
        if self.flush_node != self.kernel.name:
            self.pages.will_hold(self.process, self.flush_node)
        self._begin_round(self._flush_batch, lambda pages: None, pages)

    def hand_over(self, *, keep_in_memory: bool = True, push: bool = False) -> None:
        self.pushes = push
        self.pages.settle(self.process, lambda: self._pack(keep_in_memory))

    def _pack(self, keep_in_memory: bool) -> None:
        """Send all but the pages, after the time that packing takes."""
        if self.state is SourceState.TRANSFERRING:
            self.kernel.call_later(self.kernel.costs.migration_fixed_ns, lambda: self._send_image(keep_in_memory))

    def _send_image(self, keep_in_memory: bool) -> None:
        if not self.step(Cause.ALL_SENT):
            return
        self.parts.mail.announce(self.process, self.destination)
        space = self.process.space
        space.leave_behind(in_memory=keep_in_memory)
        if self.pushes:
            space.pushers[self.kernel.name] = None
        size = self.kernel.send(self.destination, ProcessImage(self.migration, image.dump(self.process)))
        self.kernel.emit(MigrationImage(self.migration, self.process.pid, size))

    # --------------------------------------------------------------------------------------------------- sending pages

    def _begin_round(self, send: Send, note: Note, pages: list[int]) -> None:
        self.rounds += 1
        self.round_pages, self.round_bytes, self.round_began_ns = 0, 0, self.kernel.now
        self.stream = PageStream(
            self.kernel,
            self.process.space,
            send=send,
            note=note,
            bring=lambda numbers, then: self.pages.bring(self.process, numbers, then),
            drained=self._end_round,
            batch_pages=self.parameters.batch_pages,
            window_batches=self.parameters.window_batches,
        )
        self.stream.send(pages)

    def _note_copied(self, pages: list[int]) -> None:
        self.process.space.note_copied(pages, frozen=self.process.state is State.FROZEN)

    def _send_batch(self, pages: list[int], content: bytes) -> None:
        size = self.kernel.send(self.destination, PageBatch(self.migration, pages, content))
        self._count_batch(pages, "round", size)

    def _flush_batch(self, pages: list[int], content: bytes) -> None:
        """Put a batch on the disk that it is to be flushed to: the one here, or another node's."""
        kernel, pid = self.kernel, self.process.pid
        self.flushing.append(pages)
        size = 0
        if self.flush_node == kernel.name:
            for number, page in each_page(pages, content):
                kernel.store.write(pid, number, page)
            kernel.call_later(kernel.store.busy_until() - kernel.now, self.flushed)
        else:
            size = kernel.send(self.flush_node, PagesToFlush(self.migration, pid, pages, content))
        self._count_batch(pages, "flush", size)

    def _count_batch(self, pages: list[int], why: str, size: int) -> None:
        self.kernel.emit(MigrationPages(self.migration, self.process.pid, pages, why, size))
        self.round_pages += len(pages)
        self.round_bytes += size

    def flushed(self) -> None:
        """A batch is on the disk."""
        if self.state is not SourceState.TRANSFERRING:
            return
        place = Place(self.flush_node, on_disk=True)
        for number in self.flushing.popleft():
            if number in self.process.space.pages:
                self.process.space.note_saved(number, place)
        self.acknowledged()

    def acknowledged(self) -> None:
        """A batch has arrived."""
        self.sign_of_life()
        if self.stream is not None:
            self.stream.acknowledged()

    def _end_round(self) -> None:
        self.round_duration_ns = self.kernel.now - self.round_began_ns
        if self.round_pages:
            figures = (self.rounds, self.round_pages, self.round_bytes, self.round_duration_ns)
            self.kernel.emit(MigrationRound(self.migration, self.process.pid, *figures))
        self.consult(self.strategy.pages_arrived)

    def consult(self, ask: Callable[[Transfer], None]) -> None:
        """Ask the strategy what to do next. What fails in a user's own is the user's, and costs no more than this migration."""
        try:
            ask(self)
        except UsersCodeError as error:
            self.give_up(self, error.why)

    def sign_of_life(self) -> None:
        """Begin to wait for the next sign of life from the destination, if one is due before the commit."""
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None
        parameters = self.parameters
        match self.state:
            case SourceState.OFFERED:
                what, patience_ns = "offer-unanswered", parameters.offer_timeout_ns
            case SourceState.TRANSFERRING | SourceState.INSTALLING:
                what, patience_ns = "no-progress", parameters.transfer_timeout_ns
            case _:
                return
        self.patience = self.kernel.call_later(patience_ns, lambda: self._lose_patience(what, patience_ns))

    def _lose_patience(self, what: str, patience_ns: int) -> None:
        """Give up, and say who has not done its part: the destination, or a node from which pages have to be fetched first."""
        keeper = self.pages.awaited_from(self.process.pid)
        said, who = (what, self.destination) if keeper is None else ("keeper-silent", keeper)
        self.give_up(self, reason(said, machine=who, seconds=f"{patience_ns / 1e9:g}"))
