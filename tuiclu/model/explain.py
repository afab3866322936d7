"""Why things happened, or did not: the story of a process or of a node, told from the events of a run.

Reads the lines that `tuiclu run --events` writes, folds them into a view as the run itself did, and picks what a decision was made of:
who asked whom, what was compared, how old it was, and what became of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from nodes.wire.events import (
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
    NodeStarted,
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
    RunEnded,
    RunStarted,
    ShutdownAnnounced,
    Stamped,
    event_of,
)
from nodes.wire.text import Text
from tuiclu.counted import how_many
from tuiclu.model.cluster import ClusterView
from tuiclu.model.narration import Narrator
from tuiclu.model.nodes import NodeView
from tuiclu.model.processes import ProcessView
from tuiclu.model.why_not import WhyNot
from tuiclu.texts import told

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

_BELIEF = Text("{by} believed that {other} had load {believed} (told {age} s ago); it was {truth}.")


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


LONGEST = 16 << 20
"""Bytes of a line, at most: `run.started` of a thousand nodes is a tenth of that."""


def read_events(lines: Iterable[bytes]) -> Iterator[Stamped]:
    """Read the lines of an event stream, of which some may be missing. Raises NotARun at the first that cannot be a line of one."""
    last_t = last_seq = -1
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > LONGEST:
            raise NotARun(number, Text("it is longer than {longest} MiB", longest=LONGEST >> 20))
        try:
            place, event = _decode_place(line), event_of(line)
        except (ValueError, RecursionError) as error:  # DecodeError and UnicodeDecodeError among them
            raise NotARun(number, str(error) or Text("it is nested too deeply")) from None
        if place.seq <= last_seq or place.t < last_t:
            what = (
                Text("another run begins here")
                if isinstance(event, RunStarted)
                else Text("it is earlier than what stands before it")
            )
            raise NotARun(number, what)
        last_t, last_seq = place.t, place.seq
        yield Stamped(place.t, place.seq, place.node, event)
    if last_seq < 0:
        raise NotARun(1, Text("there is nothing in it"))


@dataclass
class Story:
    """The lines of a story, and which names there are to ask for."""

    lines: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)


MISSING = Text("{events} (the first before {first:.6f} s): of what hangs on them only a part can be told.")
CUT = Text("The end of the run is missing: what came later cannot be told.")


def explain(events: Iterable[Stamped], lang: str = "en", process: str | None = None, node: str | None = None) -> Story:
    """Tell why things happened: to one process (its name or pid), at one node, or to all.

    Where events are missing, the story is told as far as it goes, and says so. Raises NotARun if events contradict each other although
    none is missing.
    """
    view = ClusterView()
    narrator = Narrator(view, lang, "", everything=True)
    story, gaps, why_not = Story(), _Gaps(), WhyNot()
    for stamped in events:
        gaps.note(stamped)
        why_not.take(stamped)
        try:
            _tell(stamped, view, narrator, story, lang, process, node, incomplete=gaps.count > 0)
        except (LookupError, AttributeError, AssertionError, TypeError, ValueError) as error:
            if not gaps.count:
                what = Text(
                    "it does not fit what stands before it ({name}: {why})", name=type(error).__name__, why=error
                )
                raise NotARun(stamped.seq + 1, what) from None
    if not gaps.count:  # what is missing may have been a move
        asked = [one for one in view.processes.values() if process in (one.name, one.pid)]
        story.lines += [line for one in asked for line in why_not.told(view, one, lang)]
        if process is None and node in view.nodes:
            story.lines += why_not.told_of_node(view, str(node), lang)
    else:
        story.lines.append(
            told(MISSING.filled(events=how_many(gaps.count, "missing event"), first=gaps.first_ns / 1e9), lang)
        )
    if not gaps.ended:
        story.lines.append(told(CUT, lang))
    story.processes = [one.name for one in view.processes.values()]
    story.nodes = list(view.nodes)
    return story


class _Gaps:
    """What is missing of a stream, by its running numbers."""

    def __init__(self) -> None:
        self.count = 0
        self.first_ns = 0
        self.ended = False
        self._next = 0

    def note(self, stamped: Stamped) -> None:
        if stamped.seq != self._next:
            self.first_ns = self.first_ns if self.count else stamped.t
            self.count += stamped.seq - self._next
        self._next = stamped.seq + 1
        self.ended = isinstance(stamped.event, RunEnded)


def _tell(
    stamped: Stamped,
    view: ClusterView,
    narrator: Narrator,
    story: Story,
    lang: str,
    process: str | None,
    node: str | None,
    *,
    incomplete: bool,
) -> None:
    """Take an event into the view, and tell it if it belongs to the story; if it does not fit the view, tell it all the same."""
    event = stamped.event
    if incomplete:
        _fill_in(view, stamped)
    try:
        view.apply(stamped)
    finally:
        if isinstance(event, TOLD) and _concerns(view, stamped, process, node):
            story.lines += narrator.tell(stamped)
            if isinstance(event, DecisionTaken) and event.what in ("share", "want-work", "place"):
                story.lines += _beside_the_truth(view, stamped, event, lang)


def _fill_in(view: ClusterView, stamped: Stamped) -> None:
    """Enter the node and the process of an event into a view whose beginning is missing: only their names are known."""
    event, node = stamped.event, stamped.node
    if node is not None and node not in view.nodes and not isinstance(event, NodeStarted):
        view.nodes[node] = NodeView(node, 0, frames_total=0)
    pid = getattr(event, "pid", None)
    if isinstance(pid, str) and pid not in view.processes and not isinstance(event, ProcessCreated):
        view.processes[pid] = ProcessView(pid, pid, "", str(node), stamped.t, since_ns=stamped.t)


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
    """Set the truth beside a decision, if the machine that it was about was not as was believed."""
    numbers = event.reason.numbers
    other = numbers.get("to") or numbers.get("best") or numbers.get("machine")
    believed = numbers.get("to_load", numbers.get("other_load"))
    if not isinstance(other, str) or other not in view.nodes or believed is None or other == event.by:
        return []
    truth = round(view.nodes[other].load / 1000, 2)
    if truth == believed:
        return []
    sentence = told(
        _BELIEF.filled(by=event.by, other=other, believed=believed, age=numbers.get("age_s", "?"), truth=truth),
        lang,
    )
    return [f"{'':12}     {sentence}"]
