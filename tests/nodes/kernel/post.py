"""The post office of one node in a test: letters come in, and what follows from them on the wire is seen at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nodes.kernel.assembly import Parts
from nodes.kernel.links import LinkEnd, LinkState
from nodes.kernel.process import Process
from nodes.wire.control import StartProcess
from nodes.wire.events import AnyEvent
from nodes.wire.ids import NodeName, Pid
from nodes.wire.image import ProgramImage
from nodes.wire.packets import AnyBody, AnyPacket, Letter, LinkEnquired, decode_packet
from nodes.wire.parameters import InitiatorParameters, MigrationParameters
from nodes.wire.vocabulary import Redirection
from tests.nodes.kernel.assembler import FOREVER
from tests.nodes.kernel.machine import FREE, Machine, boot

NODES = ("n1", "n2", "n3", "n4")
SENDER: Pid = "n1.9"


def a_letter(
    to: Pid,
    body: AnyBody | None = None,
    *,
    sender: Pid = SENDER,
    origin: NodeName = "n1",
    version: int = 0,
    route: tuple[NodeName, ...] = (),
) -> Letter:
    """Return a letter; without a `body` it asks after a link that nobody has: whoever gets it answers `LinkGone`."""
    return Letter(to, sender, origin, version, route, body or LinkEnquired("n1.9/1"))


class Post:
    """The kernel of a node, with all that it has put on the wire and reported since somebody last looked."""

    def __init__(
        self,
        redirection: Redirection = "forward",
        name: NodeName = "n2",
        life: int = 1,
        disk: int | None = None,
        add_services: Callable[[Parts], object] = lambda parts: None,
        initiators: InitiatorParameters | None = None,
    ) -> None:
        migration = MigrationParameters(redirection=redirection)
        told = boot(name, nodes=NODES, costs=FREE, migration=migration, life=life, initiators=initiators)
        self.machine = Machine(told, disk=disk, add_services=add_services)
        self.kernel, self.mail, self.links = self.machine.kernel, self.machine.parts.mail, self.machine.parts.links
        self.reported: list[AnyEvent] = []

    def live(self, pid: Pid, image: ProgramImage = FOREVER) -> Process:
        """Let a process be here, wherever it was born."""
        self.seen()
        program = f"{image.name}/{image.digest}"
        self.machine._images[program] = image
        self.kernel.order(self.kernel.now, StartProcess(pid, pid, program, (image.name,), (), b"", 0, None))
        self.machine.run(self.kernel.now + 1000)
        return self.kernel.processes[pid]

    def frozen(self, pid: Pid) -> Process:
        """Let a process be here that stands still, as one does that is about to move."""
        process = self.live(pid)
        self.machine.parts.lifecycle.freeze(process)
        self.seen()
        return process

    def seen(self) -> list[tuple[NodeName, AnyPacket]]:
        """Return what was put on the wire since the last call, and where to."""
        frames, events = self.kernel.take_results()
        self.reported += [one.event for one in events]
        return [(one.destination, decode_packet(one.payload)) for one in frames if isinstance(one.payload, bytes)]

    def get(self, packet: AnyPacket, source: NodeName = "n1") -> list[tuple[NodeName, AnyPacket]]:
        """Let a message of mail come; return what follows on the wire."""
        self.seen()
        self.mail.receive(source, packet)
        return self.seen()

    def crash(self, *names: NodeName) -> list[tuple[NodeName, AnyPacket]]:
        """Let nodes be dead, as this one hears; return what follows on the wire."""
        self.seen()
        for name in names:
            self.kernel._connection_broken(name, self.kernel.lives_over.get(name, 0) + 1)
        return self.seen()

    def events(self, *kinds: type) -> list[Any]:
        """Return all reports of some kinds so far."""
        self.seen()
        return [one for one in self.reported if isinstance(one, kinds)]


def a_link(process: Process, peer: Pid, at: NodeName, version: int = 0) -> LinkEnd:
    """Give a process an open link."""
    end = LinkEnd(f"{peer}/1", peer, at, version, state=LinkState.OPEN)
    process.links.ends[end.link] = end
    process.links.describe(end.link)
    return end


def kinds(sent: list[tuple[NodeName, AnyPacket]]) -> list[tuple[NodeName, str]]:
    """Return where to what went: of a letter, what it says."""
    return [
        (to, type(packet.body).__name__ if isinstance(packet, Letter) else type(packet).__name__) for to, packet in sent
    ]
