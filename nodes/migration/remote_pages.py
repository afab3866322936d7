"""Pages that a process left behind: kept for it where it was, fetched where it is.

A node that keeps pages of a process that has left is its *keeper*: it has the pages in frames, or on its disk, and gives each away once,
when it is asked for it, or unasked where the strategy wants them pushed. What came from a disk stays there as well: for its sake a clean
page may leave its frame. The owner knows of each page where it is (`AddressSpace.away`), however many moves ago it was left there; so no
request is ever passed on.

```
 owner                                  keeper
 PageRequest     -------------------->               the process waits for the first of the pages
                 <--------------------  PagesSupplied
                 <--------------------  PagesPushed   unasked, with a window of its own
 PagesTaken      -------------------->
 PushHold        -------------------->               the process is about to move on
                 <--------------------  PushHeld      nothing of it is on the way any more
 OwnerMoving     -------------------->               it goes there: whose death ends the keeping
 PagesClaimed    -------------------->               the keeper was down: it may have pages of these
 OwnerMoved      -------------------->               it lives here now (again): push on
 PagesForgotten  -------------------->               it is dead
```
A page in the memory of a node that has crashed is lost, and a process that needs it dies; a page on its disk can be waited for.

Nothing is kept for the dead: a keeper knows who owns each process of which it has pages, in memory or on disk, and lets go when that node
has crashed. A keeper that was down finds pages on its disk and knows nobody any more: all others claim theirs, and what nobody has claimed
when all have spoken, or are dead, is of no use to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from nodes.kernel.assembly import Parts
from nodes.kernel.frames import OutOfFrames
from nodes.kernel.memory import AddressSpace, Place
from nodes.kernel.pages import each_page
from nodes.kernel.process import Process
from nodes.kernel.services import Service
from nodes.kernel.signals import SIGBUS, SIGKILL
from nodes.migration.page_stream import PageStream
from nodes.wire.events import MigrationPages, PageArrived, ResidualEnded
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import (
    AnyPacket,
    OwnerMoved,
    OwnerMoving,
    PageRequest,
    PagesClaimed,
    PagesFlushed,
    PagesForgotten,
    PagesPushed,
    PagesSupplied,
    PagesTaken,
    PagesToFlush,
    PushHeld,
    PushHold,
)
from nodes.wire.parameters import SECOND_NS, MigrationParameters
from nodes.wire.reasons import Reason, reason

_PACKETS = (
    PageRequest,
    PagesSupplied,
    PagesPushed,
    PagesTaken,
    PushHold,
    PushHeld,
    OwnerMoved,
    OwnerMoving,
    PagesClaimed,
    PagesForgotten,
    PagesToFlush,
)
_RETRY_NS = SECOND_NS
"""How long a node waits before it asks a disk once more whose node may be down."""


class Owner(NamedTuple):
    """Who owns a process, and how often that process had moved then."""

    node: NodeName
    version: int


@dataclass(eq=False)
class Kept:
    """What a keeper has of one process that has left."""

    pid: Pid
    migration: str
    owner: NodeName
    space: AddressSpace
    stream: PageStream | None = None
    """Pushes the pages after the process; None: they wait until they are asked for."""


@dataclass(eq=False)
class Fetching:
    """What the owner of one process has asked for and not got yet."""

    wanted: dict[int, NodeName] = field(default_factory=dict)
    """Who was asked for each page."""
    waits_for: int | None = None
    """The page without which the process cannot go on."""
    patient_for: int | None = None
    """The page of a disk that will be asked for again, or given up, when its node has been down for long."""
    since_ns: int = 0
    held_by: dict[NodeName, None] = field(default_factory=dict)
    """Keepers that were asked to stop pushing and have not answered yet."""
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    """What to do when nothing is on the way any more."""


class RemotePages(Service):
    """Both sides of it, for one node. Registers itself with the kernel."""

    def __init__(self, parts: Parts, parameters: MigrationParameters, others: Iterable[NodeName] = ()) -> None:
        """`others` are the nodes that may claim pages which lie on the disk already: it had a life before this one."""
        kernel = self.kernel = parts.kernel
        self.lifecycle = parts.lifecycle
        self.kept: dict[Pid, Kept] = {}
        self.parameters = parameters
        self._fetching: dict[Pid, Fetching] = {}
        self._holders: dict[Pid, dict[NodeName, None]] = {}
        """Nodes that may have something of the processes here: they are told when it is not wanted any more."""
        self._owners: dict[Pid, Owner] = {}
        """Who owns the processes of which something is kept here, in memory or on disk."""
        self._unclaimed: dict[Pid, None] = dict.fromkeys(kernel.store.owners())
        self._not_asked: dict[NodeName, None] = dict.fromkeys(others)
        """Nodes that have not said yet what of that is theirs."""
        self._crashes: dict[NodeName, int] = {}
        """How often each node has crashed."""
        kernel.register(self, _PACKETS)
        kernel.page_fetcher.take(self)
        self.on_the_way: Callable[[], list[Pid]] = list
        """Returns the processes that are on their way to this node, or away from it."""
        self._has_claimed(kernel.name)  # where nobody else is there, nobody has anything to claim

    # -------------------------------------------------------------------------------------------------------- the owner

    def fetch_page(self, process: Process, number: int, place: Place) -> None:
        """Ask for a page for which a process waits, and for some behind it that lie at the same place."""
        fetching = self._fetching.setdefault(process.pid, Fetching())
        fetching.waits_for, fetching.since_ns = number, self.kernel.now
        if number not in fetching.wanted:
            away, wanted = process.space.away, fetching.wanted
            last = number + self.parameters.prefetch_pages
            behind = [one for one in range(number + 1, last + 1) if away.get(one) == place and one not in wanted]
            self._ask(process, [number, *behind], place)
        if place.on_disk and fetching.patient_for != number:
            fetching.patient_for = number
            self._be_patient(process, number, place, self.kernel.now + self.parameters.disk_patience_ns)

    def bring(self, process: Process, numbers: list[int], then: Callable[[], None]) -> None:
        """Fetch pages of a process that may run meanwhile, and call `then` when everything that is on the way to it is here."""
        fetching = self._fetching.setdefault(process.pid, Fetching())
        fetching.afterwards.append(then)
        places: dict[Place, list[int]] = {}
        for number in numbers:
            if number not in fetching.wanted:
                places.setdefault(process.space.away[number], []).append(number)
        for place, pages in places.items():
            if process.pid in self._fetching:  # else it died of the pages before
                self._ask(process, pages, place)
        self._look_whether_all_came(process.pid)

    def settle(self, process: Process, then: Callable[[], None]) -> None:
        """Call `then` when no page is on the way to a frozen process any more; nothing is pushed until it is owned again."""
        fetching = self._fetching.setdefault(process.pid, Fetching())
        fetching.afterwards.append(then)
        in_memory = [place.node for place in process.space.away.values() if not place.on_disk]
        for node in process.space.pushers:
            if node in in_memory and node not in self.kernel.down:
                fetching.held_by[node] = None
                self.kernel.send(node, PushHold(process.pid))
        self._look_whether_all_came(process.pid)

    def owned(self, process: Process) -> None:
        """A process lives here now, or goes on here after all: take back what was kept here, and let the others know."""
        self._owners.pop(process.pid, None)
        self._take_back(process)
        self._holders[process.pid] = process.space.holders
        in_memory = [place.node for place in process.space.away.values() if not place.on_disk]
        for node in dict.fromkeys(in_memory):
            self.kernel.send(node, OwnerMoved(process.pid))

    def left(self, process: Process, destination: NodeName) -> None:
        """A process has left: who keeps pages of it is told where it goes. All else that there is to tell, its new owner tells."""
        pid, here = process.pid, self.kernel.name
        version = process.links.moves + 1
        for node in process.space.holders:
            if node not in (here, destination) and node not in self.kernel.down:
                self.kernel.send(node, OwnerMoving(pid, destination, version))
        if here in process.space.holders:
            self._owners[pid] = Owner(destination, version)
        self._holders.pop(pid, None)
        self._fetching.pop(pid, None)

    def will_hold(self, process: Process, node: NodeName) -> None:
        """Pages of a process here are about to be written to the disk of another node."""
        process.space.holders[node] = None
        self._holders[process.pid] = process.space.holders

    def awaited_from(self, pid: Pid) -> NodeName | None:
        """Return a node that was asked for pages of a process here, and has not sent them; None: nobody was."""
        fetching = self._fetching.get(pid)
        return None if fetching is None else next(iter(fetching.wanted.values()), None)

    def remembered(self) -> list[Pid]:
        """Return the processes that are remembered here, which matters only while they live."""
        return [*self._owners, *self._holders, *self._fetching]

    def keeps(self, pid: Pid) -> bool:
        """Tell whether something may be kept here of a process that is elsewhere."""
        return pid in self._owners

    def lost(self, pid: Pid, holders: list[NodeName]) -> None:
        """A process has been lost on its way: nobody else tells those that keep pages of it."""
        for node in holders:
            self._tell_forgotten(node, pid)

    def _ask(self, process: Process, pages: list[int], place: Place) -> None:
        if place.node in self.kernel.down and not place.on_disk:
            self._page_is_lost(process, pages[0], place.node, reason("which-crashed"))
            return
        fetching = self._fetching[process.pid]
        fetching.wanted |= dict.fromkeys(pages, place.node)
        self.kernel.send(place.node, PageRequest(process.pid, pages, place.on_disk))

    def _be_patient(self, process: Process, number: int, place: Place, until_ns: int) -> None:
        """Ask a disk again after a while where its node may have been down; give up only on one that is down all the time."""
        crashes, was_down = self._crashes.get(place.node, 0), place.node in self.kernel.down

        def look() -> None:
            fetching = self._fetching.get(process.pid)
            if fetching is None or fetching.waits_for != number or number not in fetching.wanted:
                if fetching is not None and fetching.patient_for == number:
                    fetching.patient_for = None
                return
            is_down = place.node in self.kernel.down
            if is_down and self.kernel.now >= until_ns:
                patience = f"{self.parameters.disk_patience_ns / 1e9:g} s"
                self._page_is_lost(process, number, place.node, reason("whose-disk-is-silent", patience=patience))
                return
            if (
                is_down or was_down or self._crashes.get(place.node, 0) != crashes
            ):  # else no message is lost, whatever it waits for
                self.kernel.send(place.node, PageRequest(process.pid, [number], True))
            patient_until_ns = until_ns if is_down else self.kernel.now + self.parameters.disk_patience_ns
            self._be_patient(process, number, place, patient_until_ns)

        self.kernel.call_later(_RETRY_NS, look)

    def _page_is_lost(self, process: Process, number: int, node: NodeName, why: Reason) -> None:
        ended_by = reason("page-lost", page=f"{number:#x}", process=process.name, machine=node, why=why)
        self.lifecycle.end_process(process, signal=SIGBUS, why=ended_by)

    def _supplied(self, source: NodeName, packet: PagesSupplied) -> None:
        fetching, process = self._fetching.get(packet.pid), self.kernel.processes.get(packet.pid)
        if fetching is None or process is None:
            return
        missing = [number for number in packet.missing if number in fetching.wanted and number in process.space.away]
        if missing:  # and was not pushed in front of this answer
            self._page_is_lost(process, missing[0], source, reason("which-lacks-it"))
            return
        saved = Place(source, on_disk=True) if packet.saved else None
        self._came(process, packet.pages, packet.content, saved, source)

    def _pushed(self, source: NodeName, packet: PagesPushed) -> None:
        process = self.kernel.processes.get(packet.pid)
        if process is None:
            return
        self._came(process, packet.pages, packet.content, None, source)
        copying_ns = len(packet.pages) * self.kernel.costs.migration_page_ns
        self.kernel.charge(copying_ns)
        self.kernel.call_later(copying_ns, lambda: self._say_taken(source, packet.pid))

    def _say_taken(self, source: NodeName, pid: Pid) -> None:
        self.kernel.send(source, PagesTaken(pid))

    def _came(self, process: Process, pages: list[int], content: bytes, saved: Place | None, source: NodeName) -> None:
        """Put pages into frames, and let the process go on if it has waited for one of them."""
        try:
            for number, page in each_page(pages, content):
                process.space.receive_page(number, page, saved)
        except OutOfFrames:
            ended_by = reason("no-frame-from-elsewhere", machine=self.kernel.name)
            self.lifecycle.end_process(process, signal=SIGKILL, why=ended_by)
            return
        fetching = self._fetching.get(process.pid)
        if fetching is None:
            return
        for number in pages:
            fetching.wanted.pop(number, None)
        if fetching.waits_for in pages:
            awaited, fetching.waits_for = fetching.waits_for, None
            others = [number for number in pages if number != awaited]
            kind = "remote" if saved is None else "remote-disk"
            waited_ns = self.kernel.now - fetching.since_ns
            self.kernel.emit(PageArrived(process.pid, kind, source, [awaited, *others], waited_ns))
            self.lifecycle.wake(process)
        self._look_whether_all_came(process.pid)

    def _look_whether_all_came(self, pid: Pid) -> None:
        fetching = self._fetching.get(pid)
        if fetching is not None and not fetching.wanted and not fetching.held_by:
            afterwards, fetching.afterwards = fetching.afterwards, []
            for action in afterwards:
                action()

    # ------------------------------------------------------------------------------------------------------- the keeper

    def keep(self, pid: Pid, migration: str, owner: NodeName, space: AddressSpace, *, push: bool) -> None:
        """Keep those pages of a process that has left which the table of its space marks as staying here. Takes the space over."""
        here = Place(self.kernel.name, on_disk=False)
        space.drop_all([number for number in sorted(space.pages) if space.left_behind.get(number) != here])
        space.away = {number: place for number, place in space.away.items() if space.left_behind.get(number) == here}
        space.leave_text()
        space.let_go()
        kept = self.kept[pid] = Kept(pid, migration, owner, space)
        if push:
            kept.stream = PageStream(
                self.kernel,
                space,
                send=lambda pages, content: self._push(kept, pages, content),
                note=lambda pages: None,
                bring=None,
                drained=lambda: self._end_keeping(kept),
                batch_pages=self.parameters.batch_pages,
                window_batches=self.parameters.window_batches,
            )
            kept.stream.send(space.existing())

    def _push(self, kept: Kept, pages: list[int], content: bytes) -> None:
        size = self.kernel.send(kept.owner, PagesPushed(kept.pid, pages, content))
        self.kernel.emit(MigrationPages(kept.migration, kept.pid, pages, "push", size))
        for number in pages:
            self._give_away(kept, number)

    def _give_away(self, kept: Kept, number: int) -> None:
        if number in kept.space.pages:
            kept.space.drop(number)
        else:
            kept.space.away.pop(number, None)

    def _requested(self, source: NodeName, request: PageRequest) -> None:
        kept, store, pid = self.kept.get(request.pid), self.kernel.store, request.pid
        pages: list[int] = []
        missing: list[int] = []
        contents: list[bytes] = []
        for number in request.pages:
            if kept is not None and kept.space.is_here(number):
                contents.append(kept.space.contents(number, 1))
                self._give_away(kept, number)
            elif request.on_disk and store.holds(pid, number):
                contents.append(store.read(pid, number))
            elif kept is not None and kept.stream is not None:
                continue  # it is on the way already
            else:
                missing.append(number)
                continue
            pages.append(number)
        if not pages and not missing:
            return
        migration = kept.migration if kept is not None else ""
        supplied = PagesSupplied(pid, pages, b"".join(contents), missing, request.on_disk)
        copying_ns = len(pages) * self.kernel.costs.migration_page_ns
        self.kernel.charge(copying_ns)
        ready_ns = max(store.busy_until() if request.on_disk else 0, self.kernel.now + copying_ns)
        self.kernel.call_later(ready_ns - self.kernel.now, lambda: self._supply(source, supplied, migration))
        if kept is not None and kept.stream is not None and pages:
            kept.stream.resume(pages[0])
        elif kept is not None and not (kept.space.pages or kept.space.away):
            self._end_keeping(kept)

    def _supply(self, source: NodeName, supplied: PagesSupplied, migration: str) -> None:
        size = self.kernel.send(source, supplied)
        if supplied.pages:
            self.kernel.emit(MigrationPages(migration, supplied.pid, supplied.pages, "demand", size))

    def _end_keeping(self, kept: Kept) -> None:
        """Give up what is kept of a process: it has everything, or wants nothing any more."""
        if self.kept.get(kept.pid) is not kept:
            return
        del self.kept[kept.pid]
        if kept.stream is not None:
            kept.stream.stop()
        self.kernel.free_space(kept.space)
        self.kernel.emit(ResidualEnded(kept.migration, kept.pid, self.kernel.name))
        self.kernel.count_frames()

    def _hold(self, source: NodeName, pid: Pid) -> None:
        kept = self.kept.get(pid)
        if kept is not None and kept.stream is not None:
            kept.stream.stop()
        self.kernel.send(source, PushHeld(pid))

    def _owner_moved(self, source: NodeName, pid: Pid) -> None:
        kept = self.kept.get(pid)
        if kept is not None:
            kept.owner = source
            if kept.stream is not None:
                kept.stream.stop()
                kept.stream.send(kept.space.existing())

    def _take_back(self, process: Process) -> None:
        """A process has come back to pages that were kept for it here."""
        kept = self.kept.get(process.pid)
        if kept is None:
            return
        here = Place(self.kernel.name, on_disk=False)
        for number in kept.space.existing():
            if process.space.away.get(number) == here:
                content = kept.space.contents(number, 1)
                self._give_away(kept, number)
                process.space.receive_page(number, content, None)
        self._end_keeping(kept)

    def _flush(self, source: NodeName, packet: PagesToFlush) -> None:
        """Write pages of another node to the disk here."""
        known = self._owners.get(packet.pid)
        self._owners[packet.pid] = Owner(source, known.version if known is not None else 0)
        for number, page in each_page(packet.pages, packet.content):
            self.kernel.store.write(packet.pid, number, page)
        flushed = PagesFlushed(packet.migration, len(packet.pages))
        written_ns = self.kernel.store.busy_until() - self.kernel.now
        self.kernel.call_later(written_ns, lambda: self._say_flushed(source, flushed))

    def _say_flushed(self, source: NodeName, flushed: PagesFlushed) -> None:
        self.kernel.send(source, flushed)

    # ---------------------------------------------------------------------------------------------------- what comes in

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Handle a message."""
        match packet:
            case PageRequest():
                self._requested(source, packet)
            case PagesSupplied():
                self._supplied(source, packet)
            case PagesPushed():
                self._pushed(source, packet)
            case PagesTaken(pid):
                kept = self.kept.get(pid)
                if kept is not None and kept.stream is not None:
                    kept.stream.acknowledged()
            case PushHold(pid):
                self._hold(source, pid)
            case PushHeld(pid):
                fetching = self._fetching.get(pid)
                if fetching is not None:
                    fetching.held_by.pop(source, None)
                    self._look_whether_all_came(pid)
            case OwnerMoved(pid):
                self._owner_moved(source, pid)
            case OwnerMoving(pid, to, version):
                self._owner_moving(pid, Owner(to, version))
            case PagesClaimed(versions):
                self._claimed(source, versions)
            case PagesForgotten(pid):
                self._forget(pid)
            case PagesToFlush():
                self._flush(source, packet)
            case _:
                raise AssertionError(f"{type(packet).__name__} is not about pages left behind")

    def connection_broken(self, peer: NodeName) -> None:
        """A node is dead: what it kept in memory is lost, and what is kept for its processes is not wanted any more."""
        self._crashes[peer] = self._crashes.get(peer, 0) + 1
        for pid, fetching in list(self._fetching.items()):
            process = self.kernel.processes.get(pid)
            if process is None:
                continue
            for number, node in fetching.wanted.items():
                if node == peer and not process.space.away[number].on_disk:
                    self._page_is_lost(process, number, peer, reason("which-crashed"))
                    break
            else:
                if fetching.held_by.pop(peer, True) is None:
                    self._look_whether_all_came(pid)
        for pid in [pid for pid, owner in self._owners.items() if owner.node == peer]:
            self._forget(pid)
        self._has_claimed(peer)

    def node_back(self, peer: NodeName) -> None:
        """A node is up again that may have pages on its disk: tell it whose are still wanted here."""
        moves = {
            pid: self.kernel.processes[pid].links.moves for pid, holders in self._holders.items() if peer in holders
        }
        self.kernel.send(peer, PagesClaimed(dict.fromkeys(self.on_the_way(), -1) | moves))

    def _claimed(self, source: NodeName, versions: dict[Pid, int]) -> None:
        for pid, version in versions.items():
            known = self._owners.get(pid)
            if pid in self._unclaimed and (known is None or known.version < version):
                self._owners[pid] = Owner(source, version)
        self._has_claimed(source)

    def _has_claimed(self, node: NodeName) -> None:
        """A node has said which pages on the disk here are of processes of its own, or it is dead, and they with it."""
        self._not_asked.pop(node, None)
        if self._not_asked:
            return
        for pid in self._unclaimed:
            if pid not in self._owners and pid not in self.kernel.processes and pid not in self.on_the_way():
                self.kernel.store.discard(pid)
        self._unclaimed.clear()

    def _owner_moving(self, pid: Pid, owner: Owner) -> None:
        """A process of which pages are kept here belongs to another node from now on."""
        known = self._owners.get(pid)
        if pid in self.kernel.processes or (known is not None and known.version > owner.version):
            return
        if owner.node in self.kernel.down:
            self._forget(pid)
        elif owner.node != self.kernel.name:
            self._owners[pid] = owner

    def process_ended(self, pid: Pid) -> None:
        """A process of this node has ended: nobody has to keep anything of it."""
        self._fetching.pop(pid, None)
        for node in self._holders.pop(pid, {}):
            self._tell_forgotten(node, pid)
        self._forget(pid)

    def _tell_forgotten(self, node: NodeName, pid: Pid) -> None:
        if node not in self.kernel.down and node != self.kernel.name:
            self.kernel.send(node, PagesForgotten(pid))

    def _forget(self, pid: Pid) -> None:
        """Nobody wants anything of a process any more."""
        self._owners.pop(pid, None)
        kept = self.kept.get(pid)
        if kept is not None:
            self._end_keeping(kept)
        self.kernel.store.discard(pid)
