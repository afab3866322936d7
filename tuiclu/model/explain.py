"""Why things happened, or did not: the story of a process or of a node, told from the events of a run.

Reads the lines that `tuiclu run --events` writes, folds them into a view as the run itself did, and picks what a decision was made of:
who asked whom, what was compared, how old it was, and what became of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from nodes.wire.events import (
    AnyEvent,
    DecisionTaken,
    EvictionCompleted,
    EvictionStarted,
    MachineBlocked,
    MachineStays,
    MigrationAborted,
    MigrationCommitted,
    MigrationLost,
    MigrationResumed,
    MigrationStarted,
    NegotiationMessage,
    NegotiationRefused,
    NodeCrashed,
    OwnerActive,
    OwnerIdle,
    PolicyChanged,
    ProcessBounced,
    ProcessContinued,
    ProcessCreated,
    ProcessExited,
    ProcessPlaced,
    ProcessPutBack,
    ProcessStopped,
    ReservationReleased,
    ResidualEnded,
    ResidualLeft,
    RunStarted,
    ShutdownAnnounced,
    Stamped,
)
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import Narrator

TOLD = (
    ProcessCreated,
    ProcessExited,
    ProcessPlaced,
    ProcessPutBack,
    ProcessBounced,
    DecisionTaken,
    NegotiationMessage,
    NegotiationRefused,
    MigrationStarted,
    MigrationCommitted,
    MigrationResumed,
    MigrationAborted,
    MigrationLost,
    ReservationReleased,
    ResidualLeft,
    ResidualEnded,
    ProcessStopped,
    ProcessContinued,
    EvictionStarted,
    EvictionCompleted,
    OwnerActive,
    OwnerIdle,
    MachineBlocked,
    MachineStays,
    ShutdownAnnounced,
    PolicyChanged,
    NodeCrashed,
)
"""Events that are part of a story."""

_BELIEF = {
    "en": "{by} believed that {other} had load {believed} (told {age} s ago); it was {truth}.",
    "es": "{by} creía que {other} tenía carga {believed} (dicho hace {age} s); era {truth}.",
}


class NotARun(ValueError):
    """A line is not an event. `number` is its number, from 1."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"line {number}: {what}")
        self.number = number
        self.what = what


class _Line(msgspec.Struct):
    t: int
    seq: int
    node: str | None


_decode_place = msgspec.json.Decoder(_Line).decode
_decode_event = msgspec.json.Decoder(AnyEvent).decode


def read_events(lines: Iterable[bytes]) -> Iterator[Stamped]:
    """Read the lines of an event stream. Raises NotARun."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            place, event = _decode_place(line), _decode_event(line)
        except msgspec.DecodeError as error:
            raise NotARun(number, str(error)) from None
        if number == 1 and not isinstance(event, RunStarted):
            raise NotARun(number, "a run begins with run.started")
        yield Stamped(place.t, place.seq, place.node, event)


@dataclass
class Story:
    """The lines of a story, and which names there are to ask for."""

    lines: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)


def explain(events: Iterable[Stamped], lang: str = "en", process: str | None = None, node: str | None = None) -> Story:
    """Tell why things happened: to one process (its name or pid), at one node, or to all."""
    view = ClusterView()
    narrator = Narrator(view, lang, "", everything=True)
    story = Story()
    for stamped in events:
        view.apply(stamped)
        event = stamped.event
        if not isinstance(event, TOLD) or not _concerns(view, stamped, process, node):
            continue
        story.lines += narrator.tell(stamped)
        if isinstance(event, DecisionTaken) and event.what in ("share", "want-work", "place"):
            story.lines += _beside_the_truth(view, stamped, event, lang)
    story.processes = [one.name for one in view.processes.values()]
    story.nodes = list(view.nodes)
    return story


def _concerns(view: ClusterView, stamped: Stamped, process: str | None, node: str | None) -> bool:
    event = stamped.event
    if process is not None:
        pids = [
            getattr(event, "pid", None),
            *(getattr(event, "processes", None) or ()),
            event.about if isinstance(event, DecisionTaken) else None,
        ]
        if not any(pid is not None and process in (pid, view.name_of(pid)) for pid in pids):
            return False
    if node is None:
        return True
    places = [stamped.node, *(getattr(event, name, None) for name in ("by", "sender", "receiver", "machine", "source"))]
    places += [getattr(event, "destination", None), *(event.nodes if isinstance(event, PolicyChanged) else ())]
    return node in places


def _beside_the_truth(view: ClusterView, stamped: Stamped, event: DecisionTaken, lang: str) -> list[str]:
    """Set beside a decision what was so in truth of the machine that it was about, if that was something else."""
    other = event.numbers.get("to") or event.numbers.get("best") or event.numbers.get("machine")
    believed = event.numbers.get("to_load", event.numbers.get("other_load"))
    if not isinstance(other, str) or other not in view.nodes or believed is None or other == event.by:
        return []
    truth = round(view.nodes[other].load / 1000, 2)
    if truth == believed:
        return []
    sentence = _BELIEF[lang].format(
        by=event.by, other=other, believed=believed, age=event.numbers.get("age_s", "?"), truth=truth
    )
    return [f"{'':12}     {sentence}"]
