"""The run as a whole: its ends, what it is asked to do, and what it tells its audience."""

from __future__ import annotations

from typing import Any

from nodes.wire.events.base import Event
from nodes.wire.ids import NodeName
from nodes.wire.reasons import Reason
from nodes.wire.text import Text


class RunStarted(Event, frozen=True, tag="run.started"):
    """The first event of every run: all that the run depends on."""

    version: str
    title: str
    seed: int
    settings: dict[str, Any]
    """Every setting in force: network, nodes, costs, migration."""


class RunResumed(Event, frozen=True, tag="run.resumed"):
    """What came before is past: it happened in another run, of which a snapshot was taken. From now on this run goes on from there."""

    snapshot: str
    recorded_ns: dict[NodeName, int]
    """When each node recorded its state: until then, what it does is past too."""
    seed: int
    settings: dict[str, Any]
    """As in `run.started`: what is in force from now on, where nothing says otherwise."""


class RunEnded(Event, frozen=True, tag="run.ended"):
    """The last event of every run."""

    reason: str
    """`quiescent` (nothing is left to happen), `until` (the time is up), `stopped` (by a command)."""
    in_flight: list[str]
    """Messages that were on the wire, or waiting at a paused node, when the run ended."""


class CommandGiven(Event, frozen=True, tag="command"):
    """Somebody asked the cluster for something. All such events together are the journal of a run."""

    command: dict[str, Any]
    by: str
    """`script`, `user`, or `outside` (a real signal that hit a node)."""


class PolicyChanged(Event, frozen=True, tag="policy.changed"):
    """From now on something else is in force. What was so at first is in `run.started`, under the same names."""

    TOLD = Text("From now on {key} is {now}{where}; it was {was}.")

    setting: str
    """`strategy`, `load_sharing`, `interval_ns` ...: a name of the settings `migration` or `initiators`."""
    was: str | int
    now: str | int
    nodes: list[NodeName]
    """Where; one that is down comes up with it."""


class CommandRefused(Event, frozen=True, tag="command.refused"):
    """A command made no sense when it was due."""

    TOLD = Text("Not possible: {verb}. {reason}.")

    command: dict[str, Any]
    reason: Reason


class Narration(Event, frozen=True, tag="narration"):
    """The script tells the audience something."""

    text: dict[str, str]


class ChapterBegan(Event, frozen=True, tag="chapter.began"):
    """A chapter of a lesson begins."""

    title: dict[str, str]
    """By language."""


class QuestionAsked(Event, frozen=True, tag="question.asked"):
    """The script asks the audience something. All by language."""

    question: dict[str, str]
    answer: dict[str, str]
    choices: list[dict[str, str]]
    correct: int = 0
    """The number of the right choice, from 1; 0: none is more right than others."""
    figure: dict[str, str | int] = {}
    """The figure of the run that is the answer: which one it `is`, `of` which process, `within` how many hundredths an answer is right."""


class InvariantViolated(Event, frozen=True, tag="invariant.violated"):
    """The cluster is in a state that must never be: a bug, or a law that a lesson breaks on purpose."""

    TOLD = Text("INVARIANT BROKEN, {name}: {detail}.")

    name: str
    detail: str


RunEvent = (
    RunStarted
    | RunResumed
    | RunEnded
    | CommandGiven
    | PolicyChanged
    | CommandRefused
    | Narration
    | ChapterBegan
    | QuestionAsked
    | InvariantViolated
)
