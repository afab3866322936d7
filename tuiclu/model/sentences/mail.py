"""Letters, links and names."""

from __future__ import annotations

from nodes.wire.events import LinkEnded, LinkOpened, MailHeld, MailTold, MessageForwarded, ProcessExited
from nodes.wire.ids import NodeName
from nodes.wire.text import Text
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Teller, Values

_GOES = {True: Text("goes"), False: Text("go")}
_WAYS = {
    "forwarding address": Text("a forwarding address"),
    "home": Text("by way of its home"),
    "not coming": Text("it has not come"),
}
"""Why a node passes mail on."""
_WHOSE = {
    True: Text("where {peer} talks to it"),
    False: Text("which passes on its mail"),
}
"""Who is told of a place: a partner's kernel, or one that passes mail on."""


class OfMail(Teller):
    def __init__(self, view: ClusterView, lang: str, *, everything: bool = False) -> None:
        super().__init__(view, lang, everything=everything)
        self._passing_on: dict[tuple[str, str], str] = {}
        """Where each node passes on to what comes for a process: told once for each place."""

    @on
    def forwarded(self, event: MessageForwarded, t: int, node: NodeName) -> Values | None:
        if self._passing_on.get((node, event.pid)) == event.to:
            return None
        self._passing_on[node, event.pid] = event.to
        return {"way": self._say(_WAYS[event.why])}

    @on
    def held(self, event: MailHeld, t: int, node: NodeName) -> Values:
        return {"count": self._counted(event.letters, "letter"), "goes": self._say(_GOES[event.letters == 1])}

    @on
    def told(self, event: MailTold, t: int, node: NodeName) -> Values:
        return {"whose": self._say(_WHOSE[bool(event.peer)], peer=self._view.name_of(event.peer))}

    @on
    def link_opened(self, event: LinkOpened, t: int, node: NodeName) -> Values:
        return {"partner": self._view.name_of(event.peer)}

    @on
    def link_ended(self, event: LinkEnded, t: int, node: NodeName) -> Values | None:
        return {} if event.why == "broken" else None

    @on
    def process_exited(self, event: ProcessExited, t: int, node: NodeName) -> None:
        self._passing_on = {key: to for key, to in self._passing_on.items() if key[1] != event.pid}
