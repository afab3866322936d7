"""Snapshots: who records what, and what the parts come to."""

from __future__ import annotations

from collections.abc import Mapping

from nodes.wire.events import (
    ProcessRecorded,
    SnapshotChannel,
    SnapshotEnded,
    SnapshotFailed,
    SnapshotRecorded,
    SnapshotStarted,
)
from nodes.wire.ids import NodeName
from nodes.wire.text import Text
from tuiclu.model.fold import on
from tuiclu.model.sentences.teller import Teller, Values

_HOW = {
    "markers": Text("{begin} follows at a marker"),
    "unordered": Text("{begin} follows at a marker, on channels that do not keep order"),
    "clocks": Text("every node records its state when its own clock shows the agreed instant"),
    "poll": Text("{begin} asks one node after the other for its state"),
}
_BEGIN = Text("{nodes} {begin}, and who has not recorded its state")
_BEGINS = {True: Text("begins"), False: Text("begin")}
_NOBODY = Text("no process")
_HANDED_OVER = Text(", and a process that was just handed over")
_CONSISTENT = Text("and consistent")
_CROSSED = Text("but not consistent: {destination} has received in it what {source} has not sent yet")
_UNFAITHFUL = Text("but does not hold what was there")
_STUCK = Text("; {names} wait for each other for ever")
_OVER = Text("; all work has ended")
_LOST = Text("; lost for ever: {what}")
_TOTALS = Text("; in all: {sums}")


class OfSnapshots(Teller):
    @on
    def started(self, event: SnapshotStarted, t: int, node: NodeName) -> Values:
        begin = nodes = ", ".join(event.initiators)
        if event.way in ("markers", "unordered"):
            begin = self._say(_BEGIN, nodes=nodes, begin=self._say(_BEGINS[len(event.initiators) == 1]))
        return {"how": self._say(_HOW[event.way], begin=begin)}

    @on
    def recorded(self, event: SnapshotRecorded, t: int, node: NodeName) -> Values:
        return {"what": ", ".join(self._process(one) for one in event.processes) or self._say(_NOBODY)}

    @on
    def channel(self, event: SnapshotChannel, t: int, node: NodeName) -> Values | None:
        if not event.messages:
            return None
        what = self._counted(len(event.messages), "message")
        if event.pages:
            what += self._counted(event.pages, "with pages")
        return {"what": what + (self._say(_HANDED_OVER) if event.handed_over else "")}

    @on
    def ended(self, event: SnapshotEnded, t: int, node: NodeName) -> Values:
        verdict = self._say(_CONSISTENT if event.consistent else _UNFAITHFUL)
        if event.crossing:
            first = event.crossing[0]
            verdict = self._say(_CROSSED, source=first.source, destination=first.destination)
        return {
            "verdict": verdict,
            "totals": self._say(_TOTALS, sums=sums(event.totals)) if event.totals else "",
            "over": self._say(_OVER) if event.over else "",
            "lost": self._say(_LOST, what=", ".join(event.lost)) if event.lost else "",
            "stuck": self._say(_STUCK, names=self._names(event.stuck)) if event.stuck else "",
        }

    @on
    def failed(self, event: SnapshotFailed, t: int, node: NodeName) -> Values:
        return {"why": self._why(event.reason)}

    def _process(self, process: ProcessRecorded) -> str:
        name = self._view.name_of(process.pid)
        return f"{name} ({sums(process.amounts)})" if process.amounts else name


def sums(amounts: Mapping[str, int]) -> str:
    """Return amounts as text: `money 4000, token 1`."""
    return ", ".join(f"{quantity} {amount}" for quantity, amount in amounts.items())
