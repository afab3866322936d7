"""What becomes of processes."""

from __future__ import annotations

from nodes.wire.events import (
    ProcessBounced,
    ProcessContinued,
    ProcessCreated,
    ProcessExited,
    ProcessOutput,
    ProcessPlaced,
    ProcessPutBack,
    ProcessStopped,
    SignalDelivered,
)
from nodes.wire.ids import NodeName
from nodes.wire.text import Text
from tuiclu.model.cluster import ClusterView
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Teller, Values, milliseconds

_PLACES = {
    True: Text("gets the CPU only when nobody else wants it"),
    False: Text("competes for the CPU again as all others"),
}


class OfProcesses(Teller):
    def __init__(self, view: ClusterView, lang: str, *, everything: bool = False) -> None:
        super().__init__(view, lang, everything=everything)
        self._handling: dict[tuple[str, str], None] = {}
        """Signals that a process has handled: told the first time."""

    @on
    def created(self, event: ProcessCreated, t: int, node: NodeName) -> Values:
        return {"command": " ".join(event.argv)}

    @on
    def wrote(self, event: ProcessOutput, t: int, node: NodeName) -> list[str]:
        shown = event.text if event.text is not None else "(bytes)"
        name = self._view.name_of(event.pid)
        return [f"{name} | {line}" for line in shown.splitlines()]

    @on
    def placed(self, event: ProcessPlaced, t: int, node: NodeName) -> Values:
        return {"waited_ms": milliseconds(event.waited_ns)}

    @on
    def put_back(self, event: ProcessPutBack, t: int, node: NodeName) -> Values:
        return {"place": self._say(_PLACES[event.background])}

    @on
    def bounced(self, event: ProcessBounced, t: int, node: NodeName) -> Values:
        return {"stations": " → ".join(event.machines), "away_ms": milliseconds(event.away_ns)}

    @on
    def signal_delivered(self, event: SignalDelivered, t: int, node: NodeName) -> Values | None:
        if (event.pid, event.signal) in self._handling:
            return None
        self._handling[event.pid, event.signal] = None
        return {}

    @on
    def stopped_or_continued(self, event: ProcessStopped | ProcessContinued, t: int, node: NodeName) -> Values:
        return {"sent": self._why(event.reason)}

    @on
    def exited(self, event: ProcessExited, t: int, node: NodeName) -> Values:
        self._handling = {key: None for key in self._handling if key[0] != event.pid}
        return {"cpu_ms": milliseconds(event.cpu_ns)}
