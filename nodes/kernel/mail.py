"""Mail: letters to processes, wherever these are, and what becomes of a letter that comes too late.

A letter is addressed to a pid. Its sender puts it on the way to where it believes the addressee to be; without any belief that is the
addressee's home. Each node that gets it does the first of these that fits:

1. the process is here: deliver it; while the process is frozen, hold it: it moves along at the commit (or is delivered if it stays)
2. the process is coming: hold it until it is here (or pass it back to the source if it does not come)
3. this node knows where it went: pass it on
4. it ended here, or was lost with a node: return the letter to its sender
5. ask the home, where the way of redirection keeps it informed; otherwise return the letter

Who knows where a process went is a choice by name, `redirection`:

* `forward` (DEMOS/MP): every node that it leaves keeps a forwarding address. Who gets a letter that was passed on tells the sender, and all
  on its way, where it is now: the chain is compressed on its first use. Nothing is told in advance; the addresses stay behind for good.
* `update` (Charlotte): before the commit the source tells the kernels of all processes that have a link with it, and its home, and waits
  until all have answered. Nothing is ever passed on, nothing stays behind; the move takes a round trip more.
* `home` (Sprite): only the home knows, and is told of every move. All mail to a process goes by its home.

A node that crashes takes the letters with it that it held, and what it knew. Whoever has links asks again then, and sends again what may be
lost (see `link_service`); where nobody knows any more where a process is, letters to it are returned. So a message arrives once and in
order, or its sender gets an error: nobody waits for a partner that is not there. It takes all of this:

* A letter is returned to where its sender was. If that has moved on and the letter gets lost on the way after it, then in a node that has
  crashed, of which the sender's node hears; or has heard already, and then looks after the process as soon as it arrives (`known_crashes`).
* Who passed a letter on to a node that turns out to have crashed tells its sender to ask again: the question itself may have been lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from nodes.kernel import mail_ways
from nodes.kernel.kernel import Kernel
from nodes.kernel.links import LinkEnd
from nodes.kernel.process import Process, State
from nodes.kernel.recent import Recent
from nodes.kernel.services import Once, Service
from nodes.wire.events import MailHeld, MailReturned, MailTold, MessageForwarded, ResidualEnded, ResidualLeft
from nodes.wire.ids import NodeName, Pid, home_of
from nodes.wire.packets import (
    AddressTold,
    AnyBody,
    AnyPacket,
    Letter,
    LetterReturned,
    LettersInDoubt,
    NodeBack,
    PlaceNoted,
    PlaceTold,
    ProcessGone,
)
from nodes.wire.reasons import Reason, reason
from nodes.wire.vocabulary import REDIRECTIONS

FORWARD, UPDATE, HOME = REDIRECTIONS
MOST_HOPS = 64
"""A letter that was passed on this many times is returned: what the nodes know goes round in a circle."""

ADDRESSES = 4096
"""How many forwarding addresses, and deaths, are known to a node: those that were made or used last. A process of which nobody has wanted
anything while so many others left is taken to be dead."""

Handler = Callable[[Letter, Process | None], None]
"""Takes a letter whose addressee is here; None: the process has ended, and only its links are still being closed."""


class Place(NamedTuple):
    """Where a process is, and how often it had moved when it came there."""

    node: NodeName
    version: int
    before: NodeName = ""
    """Where it still is if it does not get there; empty: it is there."""


@dataclass
class _Coming:
    """A process that may be here soon."""

    source: NodeName
    letters: list[Letter] = field(default_factory=list)


@dataclass
class _Announcement:
    """All who talk to a process are being told where it is about to be."""

    place: Place
    told: dict[Pid, NodeName]
    """Each process that talks to it, with the node that was told; the home under the empty name."""
    unanswered: dict[Pid, None]
    then: Callable[[], None] | None = None


class MailService(Service):
    """The mail of one node. Others add what they do with a letter of a kind to `handlers`."""

    def __init__(self, kernel: Kernel, redirection: str, life: int, nodes: tuple[NodeName, ...]) -> None:
        self.kernel = kernel
        self.redirection = redirection
        self._was_other = False
        """Another way of redirection was in force before: not every node that a process has left knows where it went, but its home may."""
        self._ways: dict[Pid, str] = {}
        """Processes that are about to leave, and by which way of redirection."""
        self.handlers: Once[type[AnyBody], Handler] = Once("a letter")
        """Who takes a letter whose addressee is here, by what it says."""
        self.handlers.add({PlaceTold: self._told})
        self.returned: Once[type[AnyBody], Callable[[Letter, Reason], None]] = Once("a letter returned")
        """Called for a letter of a kind that has found nobody, with the reason, where that turns out."""
        self.down: dict[NodeName, None] = {}
        """Nodes that have crashed and not come back, as far as is known here."""
        self._away: dict[Pid, Place] = Recent(ADDRESSES)
        self._gone: dict[Pid, Reason] = Recent(ADDRESSES)
        """Processes that are known here to be dead, and why."""
        self._held: dict[Pid, list[Letter]] = {}
        self._coming: dict[Pid, _Coming] = {}
        self._announcements: dict[Pid, _Announcement] = {}
        self._passed_on: dict[NodeName, dict[tuple[Pid, str], NodeName]] = {}
        """Whose letters about a link were passed on to a node, and where they had come from."""
        self._compressed: dict[tuple[Pid, NodeName], tuple[Pid, int]] = Recent(ADDRESSES)
        kernel.register(self, (Letter, PlaceNoted, AddressTold, ProcessGone, NodeBack))
        if life > 1:
            for node in nodes:
                if node != kernel.name:
                    kernel.send(node, NodeBack())

    def change_redirection(self, way: str) -> None:
        """Redirect by another way from now on. A process that is about to leave leaves by the way that was in force when it was packed."""
        self._was_other = self._was_other or way != self.redirection
        self.redirection = way

    # ---------------------------------------------------------------------------------------------------------- sending

    def send(self, sender: Pid, moves: int, to: Pid, body: AnyBody, believed: Place | None = None) -> None:
        """Send a letter on its way. `moves` is how often the sender has moved so far."""
        self._start(Letter(to, sender, self.kernel.name, moves, (), body), believed)

    def send_straight(self, sender: Pid, moves: int, to: Pid, body: AnyBody, node: NodeName) -> None:
        """Send a letter to a node where the addressee was just now, whatever the way of redirection; nobody hears if that was wrong."""
        letter = Letter(to, sender, self.kernel.name, moves, (), body)
        if node == self.kernel.name:
            self._arrive(letter)
        elif node not in self.down:
            self.kernel.send(node, letter)

    def _start(self, letter: Letter, believed: Place | None = None) -> None:
        to, here = letter.to, self.kernel.name
        known = self._away.get(to)
        if to in self.kernel.processes or to in self._coming or self._is_wanted(to):
            self._arrive(letter)
        elif known is not None and (believed is None or self.redirection == HOME or known.version >= believed.version):
            self._dispatch(letter, self._best(known))
        elif believed is None or believed.node == here or self.redirection == HOME:
            self._dispatch(letter, home_of(to))
        else:
            self._dispatch(letter, self._best(believed))

    def _best(self, place: Place) -> NodeName:
        """Return where a process is that was about to go somewhere."""
        return place.before if place.before and place.node in self.down else place.node

    def may_exist(self, pid: Pid) -> bool:
        """Tell whether a process may be alive, as far as is known here: its home knows all that were born there."""
        return home_of(pid) != self.kernel.name or pid in self._away or pid in self._coming

    def remembered(self) -> list[Pid]:
        """Return the processes for which something is kept that has to go on: letters, and whoever is told of their moves."""
        return [*self._held, *self._coming, *self._announcements, *self._ways]

    def knows_of(self, pid: Pid) -> bool:
        """Tell whether a process that is not here is just coming, or is known to have gone somewhere."""
        return pid in self._coming or pid in self._away

    def _dispatch(self, letter: Letter, node: NodeName) -> None:
        if node == self.kernel.name:
            self._arrive(letter)
        elif node in self.down:
            self._return(letter, reason("down", machine=node))
        else:
            self.kernel.send(node, letter)

    # --------------------------------------------------------------------------------------------------------- receiving

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        match packet:
            case Letter():
                self._arrive(packet)
            case PlaceNoted(process, version, peer):
                self._noted(process, version, peer)
            case AddressTold(process, at, version, before, answer):
                self._note_address(process, Place(at, version, before))
                if answer:
                    self.kernel.send(source, PlaceNoted(process, version, ""))
            case ProcessGone(process):
                self._away.pop(process, None)
                self._gone[process] = reason("ended", process=process)
            case NodeBack():
                self.down.pop(source, None)
            case _:
                raise AssertionError(f"no mail: {type(packet).__name__}")

    def _arrive(self, letter: Letter) -> None:
        """Do with a letter what the list above says."""
        pid, kernel = letter.to, self.kernel
        process = kernel.processes.get(pid)
        if process is not None and process.state is not State.FROZEN:
            self._deliver(letter, process)
        elif process is not None:
            self._hold(letter, self._held.setdefault(pid, []))
        elif pid in self._coming:
            self._hold(letter, self._coming[pid].letters)
        elif self._is_wanted(pid):
            self._deliver(letter, None)
        elif pid in self._away:
            why = "forwarding address" if self.redirection == FORWARD else "home"
            self._forward(letter, self._best(self._away[pid]), why)
        elif pid in self._gone:
            self._return(letter, self._gone[pid])
        elif self._may_ask_home(letter):
            self._forward(letter, home_of(pid), "home")
        else:
            self._return(letter, reason("knows-nothing", machine=kernel.name, process=pid))

    def _is_wanted(self, pid: Pid) -> bool:
        """Tell whether mail still matters to what is left here of a process that has ended."""
        return self.kernel.services.any(Service.wants_mail_of, pid)

    def _may_ask_home(self, letter: Letter) -> bool:
        """Tell whether the home of the addressee is another node that may know more."""
        home = home_of(letter.to)
        if home == self.kernel.name or (self.redirection == FORWARD and not self._was_other):
            return False
        return self.redirection == HOME or home not in (letter.origin, *letter.route)

    def _deliver(self, letter: Letter, process: Process | None) -> None:
        if letter.route and self.redirection == FORWARD and process is not None:
            self._compress(letter, process)
        self.handlers[type(letter.body)](letter, process)

    def _hold(self, letter: Letter, letters: list[Letter]) -> None:
        """Keep a letter until the process can have it. News of a place are answered now: the process sends nothing before it has them."""
        letters.append(letter)
        if isinstance(letter.body, PlaceTold):
            self._answer(letter.body, letter.to)

    def _forward(self, letter: Letter, node: NodeName, why: str) -> None:
        if len(letter.route) >= MOST_HOPS:
            self._return(letter, reason("hops", count=MOST_HOPS))
            return
        route = (*letter.route, self.kernel.name)
        kind = type(letter.body).__name__
        if node not in self.down:
            link = getattr(letter.body, "link", "")
            if letter.sender and link:
                self._passed_on.setdefault(node, {})[letter.sender, link] = letter.origin
            self.kernel.emit(MessageForwarded(letter.to, letter.sender, kind, node, len(route) + 1, why))
        self._dispatch(Letter(letter.to, letter.sender, letter.origin, letter.version, route, letter.body), node)

    def _return(self, letter: Letter, why: Reason) -> None:
        body = letter.body
        if isinstance(body, PlaceTold):
            self._answer(body, letter.to)  # there is nobody who could send to the old place
            return
        self.kernel.emit(MailReturned(letter.to, letter.sender, type(body).__name__, why))
        tell = self.returned.get(type(body))
        if tell is not None:
            tell(letter, why)
        if letter.sender and not isinstance(body, LetterReturned):
            link = getattr(body, "link", "")
            returned = LetterReturned(letter.to, why, type(body).__name__, link)
            self.send_straight("", 0, letter.sender, returned, letter.origin)

    # ------------------------------------------------------------------------------------------------- who knows the place

    def _compress(self, letter: Letter, process: Process) -> None:
        """Tell the sender of a letter that was passed on, and those who passed it on, where the process is: once for each place."""
        here = (process.pid, process.links.moves)
        for node in letter.route[:-1]:
            if node != self.kernel.name and self._compressed.get((process.pid, node)) != here:
                self._compressed[process.pid, node] = here
                self._tell_node(node, process.pid, Place(self.kernel.name, process.links.moves), answer=False)
        if letter.sender and self._compressed.get((letter.sender, letter.origin)) != here:
            self._compressed[letter.sender, letter.origin] = here
            told = PlaceTold(process.pid, self.kernel.name, process.links.moves)
            self._tell_peer(process, letter.sender, letter.origin, told)

    def _tell_peer(self, process: Process, peer: Pid, node: NodeName, told: PlaceTold) -> None:
        if node != self.kernel.name:
            self.kernel.emit(MailTold(told.process, told.at, node, peer))
        self._start(Letter(peer, process.pid, self.kernel.name, process.links.moves, (), told), Place(node, 0))

    def _tell_node(self, node: NodeName, pid: Pid, place: Place, *, answer: bool) -> None:
        if node not in self.down:
            self.kernel.emit(MailTold(pid, place.node, node, ""))
            self.kernel.send(node, AddressTold(pid, place.node, place.version, place.before, answer))

    def _told(self, letter: Letter, process: Process | None) -> None:
        """Somebody whom `process` talks to has moved."""
        body = letter.body
        assert isinstance(body, PlaceTold)
        if process is not None:
            for end in process.links.ends.values():
                if end.peer == body.process:
                    end.learn(body.at, body.version, body.before)
        self._answer(body, letter.to)

    def _answer(self, told: PlaceTold, peer: Pid) -> None:
        if told.answer_to == self.kernel.name:
            self._noted(told.process, told.version, peer)
        elif told.answer_to and told.answer_to not in self.down:
            self.kernel.send(told.answer_to, PlaceNoted(told.process, told.version, peer))

    def _note_address(self, pid: Pid, place: Place) -> None:
        known = self._away.get(pid)
        if pid not in self.kernel.processes and (known is None or place.version > known.version):
            if place.node == self.kernel.name:  # it stays here, or came back and has gone again since
                self._away.pop(pid, None)
            else:
                self._away[pid] = place

    # --------------------------------------------------------------------------------------------------- what sessions call

    def announce(self, process: Process, destination: NodeName) -> None:
        """The source, before it packs a frozen process: note which crashes it was told of, and tell who must know before the commit."""
        pid, here = process.pid, self.kernel.name
        process.links.known_crashes = dict(self.kernel.lives_over) or msgspec.UNSET
        self._ways[pid] = self.redirection
        if self.redirection != UPDATE:
            return
        place = Place(destination, process.links.moves + 1, here)
        told = {end.peer: end.peer_at for end in process.links.ends.values() if end.wants_to_know}
        if home_of(pid) != here:
            told[""] = home_of(pid)
        self._announcements[pid] = _Announcement(place, told, dict.fromkeys(told))
        self._announce_again(process)

    def _announce_again(self, process: Process) -> None:
        announcement = self._announcements[process.pid]
        place = announcement.place
        for peer, node in [(peer, announcement.told[peer]) for peer in announcement.unanswered]:
            if peer:
                told = PlaceTold(process.pid, place.node, place.version, place.before, self.kernel.name)
                self._tell_peer(process, peer, node, told)
            elif node in self.down:
                self._noted(process.pid, place.version, "")
            else:
                self._tell_node(node, process.pid, place, answer=True)

    def _noted(self, pid: Pid, version: int, peer: Pid) -> None:
        announcement = self._announcements.get(pid)
        if announcement is None or announcement.place.version != version:
            return
        announcement.unanswered.pop(peer, None)
        if not announcement.unanswered and announcement.then is not None:
            then, announcement.then = announcement.then, None
            then()

    def when_announced(self, process: Process, then: Callable[[], None]) -> None:
        """Call `then` as soon as all who must know before the commit have answered: perhaps at once; never, if the process stays."""
        announcement = self._announcements.get(process.pid)
        if announcement is None or not announcement.unanswered:
            then()
        else:
            announcement.then = then

    def depart(self, process: Process, destination: NodeName) -> list[Letter]:
        """The source, at the commit: the process is the destination's now. Return what came for it meanwhile."""
        pid, here = process.pid, self.kernel.name
        place = Place(destination, process.links.moves + 1)
        self._announcements.pop(pid, None)
        way = self._ways.pop(pid, self.redirection)
        if way == FORWARD or home_of(pid) == here or home_of(pid) in self.down:
            self._away[pid] = place
        elif way == HOME:
            self._tell_node(home_of(pid), pid, place, answer=False)
        letters = self._held.pop(pid, [])
        if letters:
            self.kernel.emit(MailHeld(pid, len(letters), destination))
        return letters

    def stay(self, process: Process) -> None:
        """The source, after an abort: the process goes on here, and gets what came for it meanwhile."""
        announcement = self._announcements.pop(process.pid, None)
        self._ways.pop(process.pid, None)
        if announcement is not None:
            process.links.moves += 2  # newer than the place that was announced
            place = Place(self.kernel.name, process.links.moves)
            for peer, node in announcement.told.items():
                if peer:
                    self._tell_peer(process, peer, node, PlaceTold(process.pid, place.node, place.version))
                else:
                    self._tell_node(node, process.pid, place, answer=False)
        for letter in self._held.pop(process.pid, []):
            self._arrive(letter)

    def expect(self, pid: Pid, source: NodeName) -> None:
        """The destination, when it has accepted an offer: hold what comes for the process."""
        self._coming[pid] = _Coming(source)

    def not_coming(self, pid: Pid) -> None:
        """The destination, when the process stays where it was: pass on what came for it."""
        coming = self._coming.pop(pid)
        if (self.redirection == UPDATE or self._was_other) and pid not in self._away:
            self._away[pid] = Place(coming.source, -1)  # some were told that it would be here
        for letter in coming.letters:
            self._forward(letter, coming.source, "not coming")

    def arrive(self, process: Process, letters: list[Letter]) -> None:
        """The destination, when the process goes on here: it gets what came for it meanwhile, at its old place and at this one."""
        coming = self._coming.pop(process.pid)
        self._away.pop(process.pid, None)
        self._gone.pop(process.pid, None)
        process.links.moves += 1
        process.passers_on = dict.fromkeys(self._leave(process, coming.source, self.kernel.name, self.redirection))
        known, process.links.known_crashes = process.links.known_crashes or {}, msgspec.UNSET
        if any(life > known.get(node, 0) for node, life in self.kernel.lives_over.items()):
            self.kernel.services.tell(Service.crash_missed, process)
        for letter in (*letters, *coming.letters):
            self._arrive(letter)

    def passers_on(self, process: Process, destination: NodeName) -> dict[NodeName, list[str]]:
        """The source, at the commit: return who will pass on mail of the links of a process that goes to `destination`."""
        return self._leave(process, self.kernel.name, destination, self._ways.get(process.pid, self.redirection))

    def _leave(self, process: Process, source: NodeName, destination: NodeName, way: str) -> dict[NodeName, list[str]]:
        if way == FORWARD:
            mail_ways.leave(process.links, source, destination)
        else:
            mail_ways.forget(process.links)
        return self._passers_on(process, destination, way)

    @staticmethod
    def _passers_on(process: Process, where: NodeName, way: str) -> dict[NodeName, list[str]]:
        return mail_ways.passers_on(process.links, where, home_of(process.pid) if way == HOME else None)

    def note_way(self, process: Process, end: LinkEnd, route: tuple[NodeName, ...]) -> None:
        """A letter of the other side of a link has come by way of some nodes; or (none) the link needs no mail any more."""
        if end.by_way_of:
            mail_ways.note_way(end, route)
        self.note_links(process)

    def note_links(self, process: Process) -> None:
        """Links of a process have become others, or are elsewhere: so may be who has to pass on their mail."""
        if not process.passers_on and (self.redirection != HOME or home_of(process.pid) == self.kernel.name):
            return
        needed = self._passers_on(process, self.kernel.name, self.redirection)
        for node in [node for node in process.passers_on if node not in needed]:
            del process.passers_on[node]
            self.kernel.emit(ResidualEnded("", process.pid, node, mail=True))
        for node in [node for node in needed if node not in process.passers_on]:
            process.passers_on[node] = None
            self.kernel.emit(ResidualLeft("", process.pid, node, False, [], needed[node]))

    # -------------------------------------------------------------------------------------------------------------- ends

    def process_ended(self, pid: Pid) -> None:
        """A process of this node is dead: what was held for it is for what is left of it."""
        self._announcements.pop(pid, None)
        self._ways.pop(pid, None)
        if not self._is_wanted(pid):
            self.nothing_left(pid)
        for letter in self._held.pop(pid, []):
            self._arrive(letter)

    def nothing_left(self, pid: Pid) -> None:
        """Nothing is left here of a process that has ended: its home is told."""
        home, here = home_of(pid), self.kernel.name
        self._gone[pid] = reason("ended", process=pid)
        self._away.pop(pid, None)
        if home != here and self.redirection != FORWARD and home not in self.down:
            self.kernel.send(home, ProcessGone(pid))

    def connection_broken(self, peer: NodeName) -> None:
        """`peer` has crashed: forget what lay there, and ask again whoever may have answered by way of it."""
        self.down[peer] = None
        for pid in [pid for pid, place in self._away.items() if self._best(place) in self.down]:
            del self._away[pid]
            self._gone[pid] = reason("last-known", process=pid, machine=peer)
        for (sender, link), origin in self._passed_on.pop(peer, {}).items():
            self.send_straight("", 0, sender, LettersInDoubt(link), origin)
        for pid in list(self._announcements):
            self._announce_again(self.kernel.processes[pid])
