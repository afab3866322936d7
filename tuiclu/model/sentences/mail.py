"""Letters, links and names."""

from __future__ import annotations

from typing import ClassVar

from nodes.wire.events import LinkEnded, LinkOpened, MailHeld, MailTold, MessageForwarded, NameKnown, ProcessExited
from nodes.wire.ids import NodeName
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Sentences, Teller, Values

_GOES = {True: {"en": "goes", "es": "va"}, False: {"en": "go", "es": "van"}}
_WAYS = {
    "forwarding address": {"en": "a forwarding address", "es": "dirección de reenvío"},
    "home": {"en": "by way of its home", "es": "por su nodo de origen"},
    "not coming": {"en": "it has not come", "es": "no ha venido"},
}
"""Why a node passes mail on."""
_WHOSE = {
    True: {"en": "where {peer} talks to it", "es": "donde {peer} habla con él"},
    False: {"en": "which passes on its mail", "es": "que reenvía su correo"},
}
"""Who is told of a place: a partner's kernel, or one that passes mail on."""


class OfMail(Teller):
    SENTENCES: ClassVar[Sentences] = {
        MessageForwarded: {
            "en": "{node} passes mail for {process} on to {to}, its hop {hops} ({way}).",
            "es": "{node} reenvía a {to} el correo para {process}, su salto {hops} ({way}).",
        },
        MailHeld: {
            "en": "{count} that came for {process} meanwhile {goes} to {to} with it.",
            "es": "{count} para {process} {goes} con él a {to}.",
        },
        MailTold: {
            "en": "{node} tells {to}, {whose}, that {process} is to be found on {at}.",
            "es": "{node} comunica a {to}, {whose}, que {process} se encuentra en {at}.",
        },
        NameKnown: {
            "en": "{process} can be found under the name {name}.",
            "es": "{process} se encuentra bajo el nombre {name}.",
        },
        LinkOpened: {
            "en": "{process} has opened a link with {partner}.",
            "es": "{process} ha abierto un enlace con {partner}.",
        },
        LinkEnded: {
            "en": "The link {link} is broken for {process}: {reason}.",
            "es": "El enlace {link} está roto para {process}: {reason}.",
        },
    }

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
