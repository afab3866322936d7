"""What the front and the process of the cluster say to each other: two closed unions. None of it is in the event stream.

The front asks; the cluster shows. A frame is only sent when the last one has been seen, so that a slow front gets fewer of them and nothing
ever queues up in between; the cluster never waits for the front, nor the front for the cluster.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from tuiclu.language.names import LessonPace
from tuiclu.model.frame import Frame

StepUnit = Literal["event", "message", "quantum", "window"]


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Base of what the front says."""


class Play(Ask, frozen=True):
    """Let time pass."""


class Hold(Ask, frozen=True):
    """Let time stand still."""


class Rest(Ask, frozen=True):
    """Let time stand still while somebody reads or chooses; afterwards it passes as before, and nothing else has changed."""

    resting: bool


class Step(Ask, frozen=True):
    """Let time pass until one more of these has been seen."""

    unit: StepUnit


class Pace(Ask, frozen=True):
    """Virtual seconds a real second; None: as fast as possible."""

    factor: float | None


class Teach(Ask, frozen=True):
    """Let the lesson go at this pace from now on."""

    pace: LessonPace


class RunOn(Ask, frozen=True):
    """Let time pass until an instant (`5 s`) or an event (`migration.resumed P`), as typed."""

    goal: str


class Seek(Ask, frozen=True):
    """Go to a moment of the run (see `live.moments`), as fast as possible, and let time stand still there.

    To one that is over the answer is `Past`.
    """

    moment: str


class Back(Ask, frozen=True):
    """Go one step back: to where the step before ended. The answer is `Past`."""

    unit: StepUnit


class Type(Ask, frozen=True):
    """A line of the command language, to be carried out at the next edge. The answer carries its number."""

    line: str
    number: int


class Predict(Ask, frozen=True):
    """What the audience says to a question, by its number."""

    number: int
    said: str


class Quiz(Ask, frozen=True):
    """At the end, mark what was predicted, and enter the marks under the name of the lesson."""

    lesson: str
    file: str
    """Where they are kept; empty: where they usually are."""


class Focus(Ask, frozen=True):
    """What is looked at: frames carry the details of these alone."""

    node: str | None = None
    pid: str | None = None
    migration: str | None = None
    messages: bool = False
    span_ns: int | None = None
    """Of messages, the stretch of time that is looked at; None: the latest ones, however old."""
    end_ns: int | None = None
    """Where it ends; None: now."""
    show: str = "calm"
    """Which of them: see `model.traffic.Excerpt`."""
    about: str = ""
    """What the number that is asked about is about: a node, a pid, a migration, a wire (`n1→n2`), or the whole cluster."""
    kinds: tuple[str, ...] = ()
    """The kinds of events from which that number comes."""
    pick: str = ""
    """How the event is found that is meant, where not the latest is: see `model.histories.PICKS`."""
    which: str = ""
    """What tells it."""
    find: str | None = None
    """All processes are listed that contain this, also those that ended long ago; None: the latest ended ones are enough."""


class Save(Ask, frozen=True):
    """Write the session so far as a scenario."""

    path: str
    number: int


class Seen(Ask, frozen=True):
    """The last frame has been drawn: the next may come."""


class Quit(Ask, frozen=True):
    """End the run, and all processes."""


AnyAsk = (
    Play | Hold | Rest | Step | Pace | Teach | RunOn | Seek | Back | Type | Predict | Quiz | Focus | Save | Seen | Quit
)


class Show(msgspec.Struct, frozen=True, tag=True):
    """Base of what the cluster says."""


class Opened(Show, frozen=True):
    """The cluster is up."""

    title: dict[str, str]
    about: dict[str, str]
    source: str
    seed: int
    nodes: tuple[str, ...]
    settings: dict[str, Any]
    folder: str
    """Where the journal is."""
    programs: tuple[str, ...]
    """All that can be started by name."""
    beside: str
    """Where the scenario lies: there, ELF files are looked for first."""


class Framed(Show, frozen=True):
    frame: Frame


class Answered(Show, frozen=True):
    """What came of a line that was typed; of an order it may be told several times, as it goes on."""

    number: int
    ok: bool
    text: str
    said: dict[str, str] = {}
    """The same by language, where it is known in more than one."""
    final: bool = True
    """Nothing more will be said about this line."""


class Past(Show, frozen=True):
    """The moment that was asked for is over. A new cluster that repeats this one comes to it again: all that was done is written down."""

    moment: str


class Warned(Show, frozen=True):
    """A line of the human log that is a warning or worse."""

    text: str


class Closed(Show, frozen=True):
    """The run has ended, and every process of it."""

    digest: str
    folder: str
    reason: str


class Failed(Show, frozen=True):
    """It could not be opened, or it failed: what a user is to read, and the exit status."""

    text: str
    said: dict[str, str]
    """The same by language."""
    status: int


AnyShow = Opened | Framed | Answered | Past | Warned | Closed | Failed

encode_ask = msgspec.msgpack.Encoder().encode
decode_ask = msgspec.msgpack.Decoder(AnyAsk).decode
encode_show = msgspec.msgpack.Encoder().encode
decode_show = msgspec.msgpack.Decoder(AnyShow).decode
