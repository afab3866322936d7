"""What Initiators said and decided lately, in every language; folded from the events. Pure, and bounded."""

from __future__ import annotations

from collections import deque

from nodes.wire.events import DecisionTaken, NegotiationMessage, NegotiationRefused
from nodes.wire.ids import NodeName
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import Takes, on
from tuiclu.model.frame import Decision, Talk
from tuiclu.model.sentences.initiators import deed_of
from tuiclu.texts import LANGUAGES

TALKS = 60


class Deliberations(Takes):
    """Negotiations and decisions, beside the view, which has seen each event before."""

    def __init__(self, view: ClusterView) -> None:
        self.talks: deque[Talk] = deque(maxlen=TALKS)
        self.decisions: deque[Decision] = deque(maxlen=TALKS)
        self._view = view

    @on
    def said(self, event: NegotiationMessage, t: int, node: NodeName) -> None:
        if event.migration in self._view.migrations:
            talk = Talk(t, event.migration, event.step, event.sender, event.receiver, event.text, refused=False)
            self.talks.append(talk)

    @on
    def refused(self, event: NegotiationRefused, t: int, node: NodeName) -> None:
        view = self._view.migrations.get(event.migration)
        if view is not None:
            why = event.reason
            to = view.negotiator or view.source
            self.talks.append(Talk(t, event.migration, event.step, event.by, to, why, refused=True))

    @on
    def decided(self, event: DecisionTaken, t: int, node: NodeName) -> None:
        shown = {name: str(value) for name, value in event.reason.numbers.items()}
        name = self._view.name_of(event.about)
        did = {lang: deed_of(event.what, event.verdict, name, lang) for lang in LANGUAGES}
        why = event.reason
        self.decisions.append(Decision(t, event.by, name, did, event.verdict, why, shown))
