"""The door of a node's kernel: whoever wants to hear what happens here is a `Service`, and any number of them may listen.

The kernel knows none of them by name. It tells all of them, one after the other, in the order in which they were registered; that order is
the same on every node and in every run. What a method tells has happened already, unless it says that it is about to happen.

What only one of them may answer is taken once, and a second claim is refused loudly: an `Office` (who fetches pages that other nodes have),
or an entry of a table `Once` (who takes a type of message, carries out a kind of order, offers a system call).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from nodes.kernel.memory import Place
from nodes.kernel.process import Process
from nodes.wire.ids import NodeName, Pid
from nodes.wire.packets import AnyPacket

News = ParamSpec("News")
Key = TypeVar("Key")
Value = TypeVar("Value")
Holder = TypeVar("Holder")


class Service:
    """A part of a node that listens, or speaks to its like on other nodes. It overrides what concerns it; the rest does nothing."""

    def receive(self, source: NodeName, packet: AnyPacket) -> None:
        """Act on a message of one of the types for which this service is registered. It alone gets them."""
        raise AssertionError(f"{type(self).__name__} is registered for {type(packet).__name__} and does not take it")

    # --------------------------------------------------------------------------------------------------------- processes

    def process_came(self, process: Process) -> None:
        """A process is in the table of this node from now on: NEW if it was created here, FROZEN if it comes from elsewhere."""

    def process_ready(self, process: Process) -> None:
        """A process begins to compete for the CPU: it was admitted, woken, thawed or continued."""

    def process_blocked(self, process: Process) -> None:
        """A process waits for what `process.waiting` says."""

    def process_halting(self, process: Process) -> None:
        """A process is about to be frozen, or to end: whoever has not reported all that it did does so now."""

    def process_frozen(self, process: Process) -> None:
        """A process stands still, to be moved: nothing changes it any more."""

    def process_thawed(self, process: Process) -> None:
        """A process that stood still is again what it was."""

    def process_left(self, process: Process) -> None:
        """A process belongs to another node from now on. What it had here is still to be given back."""

    def process_ending(self, process: Process) -> None:
        """A process has come to its end, and still has all that it had."""

    def process_ended(self, pid: Pid) -> None:
        """A process of this node is dead, and nothing is left of it."""

    # ---------------------------------------------------------------------------------------------------------- messages

    def message_sent(self, destination: NodeName, packet: AnyPacket) -> None:
        """A message is on the wire to another node, behind all that was sent there before."""

    def message_delivered(self, source: NodeName, packet: AnyPacket) -> None:
        """A message has come from another node, and the service that takes it is about to act on it."""

    def traffic(self, pid: Pid, node: NodeName, size: int) -> None:
        """A process here has exchanged bytes with a node: over a link, or by reading a file that lies there."""

    def wants_mail_of(self, pid: Pid) -> bool:
        """Tell whether something is left here of a process that has ended, for which its mail matters."""
        return False

    # ------------------------------------------------------------------------------------------------------- other nodes

    def connection_broken(self, peer: NodeName) -> None:
        """A node has crashed, and nothing that it sent before is still to come."""

    def node_back(self, peer: NodeName) -> None:
        """A node that had crashed is up again: its first message is here, and nobody has acted on it yet."""

    def crash_missed(self, process: Process) -> None:
        """A process has arrived from a node that had not heard yet of a crash that is known here: nobody has looked after it since."""


class PageFetcher(Protocol):
    """Who brings pages that other nodes have."""

    def fetch_page(self, process: Process, number: int, place: Place) -> None:
        """Bring a page for which a process waits, and then wake it, or end it if the page is lost."""


class Admission(Protocol):
    """Long-term scheduling: who decides when a new process may begin to compete for the CPU."""

    def holds_new(self, process: Process) -> bool:
        """Tell whether a new process has to wait. It may be made ready at once, before this returns, or at any time later."""


class TakenTwice(AssertionError):
    """Two services want to do what one alone may do: a bug in how the node was put together."""


class Office(Generic[Holder]):
    """A duty that one service at most may have."""

    def __init__(self, duty: str) -> None:
        self.duty = duty
        self.holder: Holder | None = None

    def take(self, holder: Holder) -> None:
        """Let `holder` have the duty from now on. Raises TakenTwice."""
        if self.holder is not None:
            raise TakenTwice(f"{_name(self.holder)} {self.duty} already, so {_name(holder)} cannot")
        self.holder = holder

    @property
    def held(self) -> Holder:
        """Whoever has the duty, where it would be a bug if nobody had."""
        assert self.holder is not None, f"no service {self.duty}"
        return self.holder


class Once(Generic[Key, Value]):
    """A table of which every entry is made once."""

    def __init__(self, of: str) -> None:
        self._of = of
        self._entries: dict[Key, Value] = {}

    def add(self, entries: Mapping[Key, Value]) -> None:
        """Make entries. Raises TakenTwice."""
        for key, value in entries.items():
            if key in self._entries:
                name = key.__name__ if isinstance(key, type) else key
                raise TakenTwice(f"{self._of} {name} is taken: by {self._entries[key]}, so it cannot be by {value}")
            self._entries[key] = value

    def get(self, key: Key) -> Value | None:
        return self._entries.get(key)

    def __getitem__(self, key: Key) -> Value:
        return self._entries[key]

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[Key]:
        return iter(self._entries)


class Services:
    """All services of one node, in their order."""

    def __init__(self) -> None:
        self._all: list[Service] = []
        self._hearers: dict[Callable[..., object], list[Callable[..., Any]]] = {}
        """By method of `Service`: those that override it. So what nobody wants to hear costs nothing."""

    def add(self, service: Service) -> None:
        """Let one more service hear what happens, behind those that are there. Raises TakenTwice if it is."""
        if service in self._all:
            raise TakenTwice(f"{_name(service)} is registered already")
        self._all.append(service)
        for name, method in vars(Service).items():
            if not name.startswith("_") and getattr(type(service), name) is not method:
                self._hearers.setdefault(method, []).append(getattr(service, name))

    def tell(self, what: Callable[Concatenate[Any, News], None], *news: News.args, **more: News.kwargs) -> None:
        """Tell all services that something has happened: `tell(Service.process_ready, process)`."""
        for hear in self._hearers.get(what, ()):
            hear(*news, **more)

    def any(self, what: Callable[Concatenate[Any, News], bool], *asked: News.args, **more: News.kwargs) -> bool:
        """Ask the services until one says yes; tell whether one did."""
        return any(answer(*asked, **more) for answer in self._hearers.get(what, ()))


def _name(service: object) -> str:
    return type(service).__name__
