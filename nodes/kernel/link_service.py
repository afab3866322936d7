"""Links on one node: system calls, letters, and the name server.

Names: the first node of the cluster keeps all published names. A name belongs to whoever published it last. A question waits there until
the name is known, so it does not matter who starts first. When that node crashes the names are lost, and nothing else: links stay.

A crash may take letters with it that were passing through the node. So whoever has links asks at their other ends how far they have got,
and sends again what may be lost; an end that does not answer because nobody knows where it is, is broken.
"""

from __future__ import annotations

import errno
import struct

import msgspec

from nodes.kernel.arguments import Arguments, calls_of, int32, int64
from nodes.kernel.cpu import Access
from nodes.kernel.gate import Gate
from nodes.kernel.kernel import Kernel
from nodes.kernel.lifecycle import Lifecycle
from nodes.kernel.links import MAX_LINKS, MESSAGE_BYTES, Fragment, LinkEnd, LinkState
from nodes.kernel.mail import MailService, Place
from nodes.kernel.process import Process, Waiting, WaitingFor
from nodes.kernel.services import Service
from nodes.wire.amounts import Amounts
from nodes.wire.events import LinkEnded, LinkOpened, LinkReceived, LinkSent, NameKnown
from nodes.wire.ids import NodeName, Pid, home_of
from nodes.wire.packets import (
    AnyBody,
    AnyPacket,
    Letter,
    LetterReturned,
    LettersInDoubt,
    LinkEnquired,
    LinkFragment,
    LinkGone,
    LinkGranted,
    LinkReceipt,
    LinkRequested,
    NameAnswered,
    NameAsked,
    NamePublished,
)
from nodes.wire.reasons import Reason, reason

NAME_BYTES = 64
"""The longest name."""
MAX_NAMES = 64
"""Names under which one process can be found."""
MAX_AMOUNTS = 8
"""Quantities that one process can declare."""
BACKLOG = 16
"""Links that may wait for the process to accept them."""

_ALL_BITS = (1 << 64) - 1


class LinkService(Service):
    """All link ends of one node, and on the first node the names."""

    def __init__(
        self, kernel: Kernel, lifecycle: Lifecycle, mail: MailService, gate: Gate, nodes: tuple[NodeName, ...]
    ) -> None:
        self.kernel = kernel
        self.lifecycle = lifecycle
        self.mail = mail
        self.gate = gate
        self.lingering: dict[Pid, dict[str, LinkEnd]] = {}
        """Ends of processes that have ended here, until the other side has got all that these sent."""
        self._name_server = nodes[0]
        self.names: dict[str, Pid] = {}
        """What is published, on the node that keeps the names."""
        self._questions: dict[Pid, str] = {}
        """For which name each process waits; a new question takes the place of the last."""
        self.mail.handlers.add(
            {
                LinkRequested: self._requested,
                LinkGranted: self._granted,
                LinkFragment: self._fragment,
                LinkReceipt: self._receipt,
                LinkEnquired: self._enquired,
                LinkGone: self._other_end_gone,
                LettersInDoubt: self._in_doubt,
                LetterReturned: self._returned,
                NameAnswered: self._name_answered,
            }
        )
        kernel.register(self, (NamePublished, NameAsked), calls=calls_of(self, LINK_CALLS))

    # ------------------------------------------------------------------------------------------------------- system calls

    def connect(self, process: Process, peer: Pid) -> int | Waiting:
        """Open a link with another process; wait for its kernel's answer."""
        table = process.links
        end = table.ends.get(table.opening or "")
        if end is not None and end.peer != peer:  # a signal ended the wait for another one
            self._close(process, end, "destroyed")
            end = None
        if end is None:
            if len(table.ends) >= MAX_LINKS:
                return -errno.EMFILE
            waiting = self.gate.pass_through(process)
            if waiting is not None:
                return waiting
            table.opened += 1
            end = LinkEnd(f"{process.pid}/{table.opened}", peer, home_of(peer))
            table.ends[end.link] = end
            table.opening = end.link
            self._say(process, end, LinkRequested(end.link))
        match end.state:
            case LinkState.OPENING:
                return WaitingFor("link")
            case LinkState.BROKEN:
                table.opening = None
                del table.ends[end.link]
                return -errno.ECONNREFUSED
            case _:
                table.opening = None
                return table.describe(end.link)

    def accept(self, process: Process, timeout_ns: int) -> int | Waiting:
        """Take the first link that others have opened with the process."""
        table = process.links
        if not table.incoming:
            return self._wait(process, "accept", timeout_ns)
        return table.describe(table.incoming.pop(0))

    def send_message(
        self, process: Process, link: int, address: int, size: int, timeout_ns: int, amounts: Amounts | None = None
    ) -> int | Waiting:
        """Send a message, as soon as the queue has room. What it brings the receiver is its sender's no longer from that instant on."""
        end = process.links.get(link)
        if end is None:
            return -errno.EBADF
        if size > MESSAGE_BYTES:
            return -errno.EMSGSIZE
        if end.state is not LinkState.OPEN:
            return _no_more(end)
        if not end.may_send():
            return self._wait(process, "send", timeout_ns)
        if amounts and not _has(process, amounts):
            return -errno.EINVAL
        end.put(process.space.read(address, size), amounts)
        _book(process, amounts or {}, -1)
        self.kernel.emit(LinkSent(end.link, process.pid, end.messages_sent, size, amounts or msgspec.UNSET))
        self._transmit(process.pid, process.links.moves, end)
        return size

    def receive_message(self, process: Process, link: int, address: int, room: int, timeout_ns: int) -> int | Waiting:
        """Receive the next message, as soon as there is one."""
        end = process.links.get(link)
        if end is None:
            return -errno.EBADF
        if not end.queue:
            return _no_more(end) if end.readable else self._wait(process, "receive", timeout_ns)
        size = len(end.queue[0])
        if size > room:
            return -errno.EMSGSIZE
        process.space.touch(address, size, Access.WRITE)
        message, amounts = end.receive()
        process.space.write(address, message)
        _book(process, amounts, 1)
        self.kernel.emit(LinkReceived(end.link, process.pid, end.messages_received, size, amounts or msgspec.UNSET))
        if end.state is LinkState.OPEN and end.should_tell():
            self._say(process, end, LinkReceipt(end.link, end.expected, end.window_to_tell()))
        return size

    def select(self, process: Process, address: int, count: int, timeout_ns: int) -> int | Waiting:
        """Return the place of the first link in a list from which something can be received; -1 in it stands for accepting."""
        if not 0 <= count <= MAX_LINKS + 1:
            return -errno.EINVAL
        table = process.links
        for index, link in enumerate(struct.unpack(f"<{count}i", process.space.read(address, 4 * count))):
            if link == -1:
                ready = bool(table.incoming)
            else:
                end = table.get(link)
                if end is None:
                    return -errno.EBADF
                ready = end.readable
            if ready:
                return index
        return self._wait(process, "select", timeout_ns)

    def destroy(self, process: Process, link: int) -> int:
        """Give a link up; what was sent still arrives."""
        end = process.links.get(link)
        if end is None:
            return -errno.EBADF
        del process.links.descriptors[link]
        self._close(process, end, "destroyed")
        return 0

    def publish(self, process: Process, name: str) -> int | Waiting:
        """Let others find the process under a name."""
        if self._name_server in self.mail.down:
            return -errno.EHOSTUNREACH
        published = process.links.published or []
        if name not in published and len(published) >= MAX_NAMES:
            return -errno.ENOSPC
        waiting = self.gate.pass_through(process)
        if waiting is not None:
            return waiting
        process.links.published = [*(one for one in published if one != name), name]
        self._ask_name_server(NamePublished(name, process.pid))
        return 0

    def find(self, process: Process, name: str, timeout_ns: int) -> int | Waiting:
        """Return the number of the process that has published a name, as soon as there is one."""
        table = process.links
        if self._name_server in self.mail.down:
            table.asking = table.answer = None
            return -errno.EHOSTUNREACH
        if table.asking != name:
            waiting = self.gate.pass_through(process)
            if waiting is not None:
                return waiting
            table.asking, table.answer = name, None
            self._ask_name_server(NameAsked(name, process.pid))
        if table.answer is None:
            return self._wait(process, "name", timeout_ns)
        answer, table.asking, table.answer = table.answer, None, None
        return self.kernel.number_of(answer)

    def _wait(self, process: Process, what: str, timeout_ns: int) -> int | Waiting:
        """Wait for something for ever (a negative timeout), for some time, or not at all."""
        if timeout_ns == 0:
            return -errno.EAGAIN
        if timeout_ns < 0:
            return WaitingFor(what)
        return WaitingFor(what, process.deadline_after(self.kernel.now, timeout_ns), -errno.ETIMEDOUT)

    def _wake(self, process: Process | None, *reasons: str) -> None:
        if process is not None and isinstance(process.waiting, WaitingFor) and process.waiting.what in reasons:
            self.lifecycle.wake(process)

    # ------------------------------------------------------------------------------------------------------------ sending

    def _say(self, process: Process, end: LinkEnd, body: AnyBody) -> None:
        self._write(process.pid, process.links.moves, end, body)

    def _write(self, pid: Pid, moves: int, end: LinkEnd, body: AnyBody) -> None:
        self.mail.send(pid, moves, end.peer, body, Place(end.peer_at, end.peer_version, end.peer_before))

    def _transmit(self, pid: Pid, moves: int, end: LinkEnd) -> None:
        """Put on the wire what the window allows."""
        for fragment in end.take_transmittable():
            self.kernel.services.tell(Service.traffic, pid, end.peer_at, len(fragment.content))
            body = LinkFragment(
                end.link,
                fragment.sequence,
                fragment.content,
                fragment.last,
                fragment.end,
                end.expected,
                end.window_to_tell(),
                end.brings(fragment.sequence),
            )
            self._write(pid, moves, end, body)

    # ------------------------------------------------------------------------------------------------------------ letters

    def _end(self, letter: Letter, process: Process | None, link: str) -> LinkEnd | None:
        """Return the end that a letter is about; take note of where the other one is."""
        ends = self.lingering[letter.to] if process is None else process.links.ends
        end = ends.get(link)
        if end is not None and letter.sender == end.peer:
            end.learn(letter.origin, letter.version)
            if process is not None:
                self.mail.note_way(process, end, letter.route)
        return end

    def _reply(self, letter: Letter, process: Process | None, body: AnyBody) -> None:
        moves = 0 if process is None else process.links.moves
        self.mail.send(letter.to, moves, letter.sender, body, Place(letter.origin, letter.version))

    def _requested(self, letter: Letter, process: Process | None) -> None:
        assert isinstance(letter.body, LinkRequested)
        link = letter.body.link
        known = process is not None and link in process.links.ends
        if process is None or (
            not known and (len(process.links.incoming) >= BACKLOG or len(process.links.ends) >= MAX_LINKS)
        ):
            self._reply(letter, process, LinkGranted(link, refused=True))
            return
        if not known:
            end = LinkEnd(link, letter.sender, letter.origin, letter.version, state=LinkState.OPEN)
            process.links.ends[link] = end
            process.links.incoming.append(link)
            self.mail.note_links(process)
            self._wake(process, "accept", "select")
        self._reply(letter, process, LinkGranted(link))

    def _granted(self, letter: Letter, process: Process | None) -> None:
        assert isinstance(letter.body, LinkGranted)
        end = self._end(letter, process, letter.body.link)
        if end is None or end.state is not LinkState.OPENING:
            return
        if letter.body.refused:
            end.state = LinkState.BROKEN
        else:
            end.state = LinkState.OPEN
            self.kernel.emit(LinkOpened(end.link, letter.to, end.peer))
        self._wake(process, "link")

    def _fragment(self, letter: Letter, process: Process | None) -> None:
        body = letter.body
        assert isinstance(body, LinkFragment)
        end = self._end(letter, process, body.link)
        if end is None:
            return
        self._acknowledged(letter, process, end, body.received, body.window_end)
        if end.state is LinkState.CLOSED:
            if body.end:  # neither side will send any more
                self._reply(letter, process, LinkReceipt(end.link, body.sequence + 1, end.granted))
                self._forget(letter.to, process, end)
            return
        if end.take(Fragment(body.sequence, body.content, body.last, body.end), body.amounts):
            self.kernel.services.tell(Service.traffic, letter.to, letter.origin, len(body.content))
            if end.state is LinkState.ENDED:
                self._see_end(letter, process, end)
            self._wake(process, "receive", "select", "send")
        elif end.state is LinkState.ENDED:  # it was sent again: the receipt was lost
            self._reply(letter, process, LinkReceipt(end.link, end.expected, end.granted))

    def _see_end(self, letter: Letter, process: Process | None, end: LinkEnd) -> None:
        end.drop_unsent()
        self._reply(letter, process, LinkReceipt(end.link, end.expected, end.granted))
        self.kernel.emit(LinkEnded(end.link, letter.to, "peer", end.messages_arrived, len(end.queue)))
        if process is not None:
            self.mail.note_way(process, end, ())

    def _receipt(self, letter: Letter, process: Process | None) -> None:
        body = letter.body
        assert isinstance(body, LinkReceipt)
        end = self._end(letter, process, body.link)
        if end is None:
            return
        if end.state is LinkState.OPENING:  # the way on which its request was answered is gone
            self._granted(
                Letter(letter.to, letter.sender, letter.origin, letter.version, (), LinkGranted(body.link)), process
            )
        if body.again:
            end.transmit_again()
        self._acknowledged(letter, process, end, body.received, body.window_end)

    def _acknowledged(
        self, letter: Letter, process: Process | None, end: LinkEnd, received: int, window_end: int
    ) -> None:
        end.acknowledge(received, window_end)
        self._transmit(letter.to, 0 if process is None else process.links.moves, end)
        if end.state is LinkState.CLOSED and not end.kept:
            self._forget(letter.to, process, end)
        elif end.may_send():
            self._wake(process, "send")

    # -------------------------------------------------------------------------------------------------------------- ends

    def _close(self, process: Process, end: LinkEnd, why: str) -> None:
        """A process no longer needs its end. The kernel keeps it until the other side has got all that was sent."""
        table = process.links
        unread = len(end.queue)
        if end.state is not LinkState.OPENING:
            self.kernel.emit(LinkEnded(end.link, process.pid, why, end.messages_arrived, unread))
        if end.link in table.incoming:
            table.incoming.remove(end.link)
        if table.opening == end.link:
            table.opening = None
        if end.state in (LinkState.ENDED, LinkState.BROKEN):
            del table.ends[end.link]
            return
        end.state = LinkState.CLOSED
        end.queue, end.partial, end.amounts_came = [], [], msgspec.UNSET
        end.put_end()
        self._transmit(process.pid, table.moves, end)

    def process_ending(self, process: Process) -> None:
        """A process has come to its end: close all its links."""
        table = process.links
        for end in list(table.ends.values()):
            if end.state is not LinkState.CLOSED:
                self._close(process, end, "exited")
        if table.ends:
            self.lingering[process.pid] = table.ends

    def _forget(self, pid: Pid, process: Process | None, end: LinkEnd) -> None:
        ends = self.lingering.get(pid, {}) if process is None else process.links.ends
        ends.pop(end.link, None)
        if process is not None:
            self.mail.note_way(process, end, ())
        if process is None and not ends and self.lingering.pop(pid, None) is not None:
            self.mail.nothing_left(pid)

    def _break(self, pid: Pid, process: Process | None, end: LinkEnd, why: Reason) -> None:
        """An end is no use any more. The other side hears of it if it is where this one believes it to be."""
        tells = end.state in (LinkState.OPEN, LinkState.CLOSED)
        match end.state:
            case LinkState.OPENING:
                end.state = LinkState.BROKEN
            case LinkState.OPEN:
                end.state = LinkState.BROKEN
                end.drop_unsent()
                self.kernel.emit(LinkEnded(end.link, pid, "broken", end.messages_arrived, len(end.queue), why))
            case LinkState.CLOSED:
                self._forget(pid, process, end)
            case LinkState.ENDED | LinkState.BROKEN:
                pass
        if process is not None:
            self.mail.note_way(process, end, ())
        if tells:
            moves = 0 if process is None else process.links.moves
            self.mail.send_straight(pid, moves, end.peer, LinkGone(end.link), end.peer_at)
        self._wake(process, "link", "receive", "send", "select")

    def _returned(self, letter: Letter, process: Process | None) -> None:
        """A letter did not find the process at the other end."""
        body = letter.body
        assert isinstance(body, LetterReturned)
        end = self._end(letter, process, body.link)
        if end is not None:
            self._break(letter.to, process, end, body.reason)

    def _other_end_gone(self, letter: Letter, process: Process | None) -> None:
        assert isinstance(letter.body, LinkGone)
        end = self._end(letter, process, letter.body.link)
        if end is not None:
            self._break(letter.to, process, end, reason("no-such-link", process=letter.sender))

    # ----------------------------------------------------------------------------------------------------------- crashes

    def connection_broken(self, peer: NodeName) -> None:
        """A node has crashed: what was passing through it may be lost."""
        for process in list(self.kernel.processes.values()):
            self.crash_missed(process)
        for pid, ends in list(self.lingering.items()):
            for end in list(ends.values()):
                self._enquire(pid, 0, end)
        if peer == self._name_server:
            for process in list(self.kernel.processes.values()):
                self._wake(process, "name")

    def crash_missed(self, process: Process) -> None:
        """What was on its way to a process, or from it, may be lost."""
        for end in list(process.links.ends.values()):
            self._enquire(process.pid, process.links.moves, end)
        process.links.asking = process.links.answer = None  # ask the name server again

    def _enquire(self, pid: Pid, moves: int, end: LinkEnd) -> None:
        """Find out whether the other end is still there. One on this node is."""
        if end.peer in self.kernel.processes or end.peer in self.lingering:
            return
        match end.state:
            case LinkState.OPENING:
                self._write(pid, moves, end, LinkRequested(end.link))
            case LinkState.OPEN | LinkState.CLOSED:
                self._write(pid, moves, end, LinkEnquired(end.link))
            case LinkState.ENDED | LinkState.BROKEN:
                pass

    def _enquired(self, letter: Letter, process: Process | None) -> None:
        assert isinstance(letter.body, LinkEnquired)
        end = self._end(letter, process, letter.body.link)
        if end is None or end.state is LinkState.BROKEN:
            moves = 0 if process is None else process.links.moves
            self.mail.send_straight(letter.to, moves, letter.sender, LinkGone(letter.body.link), letter.origin)
        else:
            received = LinkReceipt(end.link, end.expected, end.window_to_tell(), again=True)
            self._reply(letter, process, received)

    def _in_doubt(self, letter: Letter, process: Process | None) -> None:
        assert isinstance(letter.body, LettersInDoubt)
        end = self._end(letter, process, letter.body.link)
        if end is not None:
            self._enquire(letter.to, 0 if process is None else process.links.moves, end)

    def wants_mail_of(self, pid: Pid) -> bool:
        """Tell whether links of a process that has ended are still being closed."""
        return pid in self.lingering

    # ------------------------------------------------------------------------------------------------------------- names

    def _ask_name_server(self, packet: NamePublished | NameAsked) -> None:
        if self._name_server == self.kernel.name:
            self.receive(self.kernel.name, packet)
        else:
            self.kernel.send(self._name_server, packet)

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Be the name server."""
        match packet:
            case NamePublished(name, owner):
                self.names[name] = owner
                self.kernel.emit(NameKnown(name, owner))
                for asker in [asker for asker, asked in self._questions.items() if asked == name]:
                    del self._questions[asker]
                    self._answer(name, asker)
            case NameAsked(name, asker) if name in self.names:
                self._questions.pop(asker, None)
                self._answer(name, asker)
            case NameAsked(name, asker):
                self._questions.pop(asker, None)
                self._questions[asker] = name
            case _:
                raise AssertionError(f"not for the name server: {type(packet).__name__}")

    def _answer(self, name: str, asker: Pid) -> None:
        self.mail.send("", 0, asker, NameAnswered(name, self.names[name]))

    def _name_answered(self, letter: Letter, process: Process | None) -> None:
        assert isinstance(letter.body, NameAnswered)
        if process is not None and process.links.asking == letter.body.name:
            process.links.answer = letter.body.owner
            self._wake(process, "name")


def _has(process: Process, amounts: Amounts) -> bool:
    """Tell whether a process has declared to have these amounts."""
    has = process.amounts or {}
    return all(quantity in has and 0 <= amount <= has[quantity] for quantity, amount in amounts.items())


def _book(process: Process, amounts: Amounts, sign: int) -> None:
    """Add amounts to what a process has, or (-1) take them from it."""
    if amounts:
        has = process.amounts or {}
        sums = {name: has.get(name, 0) + sign * amount for name, amount in amounts.items()}
        process.amounts = has | {
            name: int64(amount & _ALL_BITS) for name, amount in sums.items()
        }  # as the program's own number


def _no_more(end: LinkEnd) -> int:
    """Return what a call gets that can neither send nor receive any more."""
    return -errno.EPIPE if end.state is LinkState.ENDED else -errno.ECONNRESET


# -------------------------------------------------------------------------------------------------------- the table's rows


def _connect(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    peer = links.kernel.pid_numbered(a[0])
    if peer is None:
        return -errno.ESRCH
    return -errno.EINVAL if peer == process.pid else links.connect(process, peer)


def _accept(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    return links.accept(process, _timeout(a[0]))


def _send(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    return links.send_message(process, int32(a[0]), a[1], a[2], _timeout(a[3]))


def _send_amount(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    quantity = _name(process, a[4])
    if isinstance(quantity, int):
        return quantity
    amounts = {quantity: int64(a[5])} if a[5] else None
    return links.send_message(process, int32(a[0]), a[1], a[2], _timeout(a[3]), amounts)


def _declare(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    quantity, amounts = _name(process, a[0]), process.amounts or {}
    if isinstance(quantity, int):
        return quantity
    if quantity not in amounts and len(amounts) >= MAX_AMOUNTS:
        return -errno.ENOSPC
    process.amounts = amounts | {quantity: int64(a[1])}
    return 0


def _my_name(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    name = process.name.encode() + b"\0"
    if len(name) > a[1]:
        return -errno.ERANGE
    process.space.write(a[0], name)
    return len(name) - 1


def _receive(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    return links.receive_message(process, int32(a[0]), a[1], a[2], _timeout(a[3]))


def _select(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    return links.select(process, a[0], int32(a[1]), _timeout(a[2]))


def _destroy(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    return links.destroy(process, int32(a[0]))


def _peer(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    end = process.links.get(int32(a[0]))
    return -errno.EBADF if end is None else links.kernel.number_of(end.peer)


def _publish(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    name = _name(process, a[0])
    return name if isinstance(name, int) else links.publish(process, name)


def _find(links: LinkService, process: Process, a: Arguments) -> int | Waiting:
    name = _name(process, a[0])
    return name if isinstance(name, int) else links.find(process, name, _timeout(a[1]))


def _name(process: Process, address: int) -> str | int:
    """Read a name, or return the errno for what is none."""
    try:
        name = process.space.read_string(address, NAME_BYTES + 1).decode()
    except ValueError:
        return -errno.EINVAL
    return name if 0 < len(name) <= NAME_BYTES else -errno.EINVAL


def _timeout(register: int) -> int:
    """Read a timeout in nanoseconds: negative for ever."""
    return max(-1, int64(register))


LINK_CALLS = {
    1000: _connect,
    1001: _accept,
    1002: _send,
    1003: _receive,
    1004: _select,
    1005: _destroy,
    1006: _peer,
    1007: _publish,
    1008: _find,
    1009: _send_amount,
    1010: _declare,
    1011: _my_name,
}
"""By number: Linux has no such calls. `tuiclu.h` gives them to programs."""
