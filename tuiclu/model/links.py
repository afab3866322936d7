"""The links between processes, folded from their events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from nodes.wire.events import LinkEnded, LinkOpened, LinkReceived, LinkSent
from nodes.wire.ids import NodeName, Pid
from tuiclu.model.fold import Takes, on
from tuiclu.model.processes import Processes


@dataclass
class LinkView:
    """A link between two processes, from the first sign of it."""

    name: str
    opener: Pid
    """Who asked for it."""
    peer: Pid | None = None
    sent: Counter[Pid] = field(default_factory=Counter)
    """Messages, by who sent them."""
    received: Counter[Pid] = field(default_factory=Counter)
    bytes: int = 0
    """Of all messages that were sent."""
    ended: dict[Pid, str] = field(default_factory=dict)
    """Why each end is of no use any more, as far as it is so."""


class Links(Takes):
    """All links that are remembered, in the order in which they were opened."""

    def __init__(self, processes: Processes) -> None:
        self.views: dict[str, LinkView] = {}
        self._processes = processes

    def _link(self, name: str) -> LinkView:
        view = self.views.get(name)
        if view is None:
            view = self.views[name] = LinkView(name, name.rpartition("/")[0])
        return view

    @on
    def opened(self, event: LinkOpened, t: int, node: NodeName) -> None:
        self._link(event.link).peer = event.peer
        for one, other in ((event.pid, event.peer), (event.peer, event.pid)):
            if one in self._processes.views:
                self._processes.views[one].links[event.link] = other

    @on
    def sent(self, event: LinkSent, t: int, node: NodeName) -> None:
        view = self._link(event.link)
        view.sent[event.pid] += 1
        view.bytes += event.bytes

    @on
    def received(self, event: LinkReceived, t: int, node: NodeName) -> None:
        self._link(event.link).received[event.pid] += 1

    @on
    def ended(self, event: LinkEnded, t: int, node: NodeName) -> None:
        self._link(event.link).ended.setdefault(event.pid, event.why)
        if event.pid in self._processes.views:
            self._processes.views[event.pid].links.pop(event.link, None)

    def forget(self) -> None:
        """Remember only links of processes of which anything is remembered."""
        known = self._processes.views
        for name in [name for name, one in self.views.items() if one.opener not in known and one.peer not in known]:
            del self.views[name]
