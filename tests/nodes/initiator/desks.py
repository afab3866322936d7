"""One Initiator before its desk in a test: what it is told, what it says to that, and what it reports. No kernel, no wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from nodes.initiator.desk import Report, Tell
from nodes.initiator.initiator import Initiator
from nodes.wire.events import AnyEvent, DecisionTaken
from nodes.wire.packets import (
    FiguresTold,
    LoadEntry,
    LoadTold,
    MachineFigures,
    MoveWished,
    ProcessFigures,
    WillYouTake,
)
from nodes.wire.parameters import InitiatorParameters
from nodes.wire.reasons import reason
from tests.nodes.initiator.world import a_process

MS, S = 10**6, 10**9
EVERYONE = ("n1", "n2", "n3", "n4")
SENDS = InitiatorParameters(load_sharing="periodic-sender", dissemination="periodic", damping_percent=100)


@dataclass
class Desk:
    """An Initiator on n1, its machine, and everything that it said and reported."""

    settings: InitiatorParameters
    processes: list[ProcessFigures] = field(default_factory=list)
    owner: str = "none"
    now: int = S
    policy: Any = None

    def __post_init__(self) -> None:
        self.mind = Initiator("n1", ["n1"], EVERYONE, self.settings, Random(1), policy=self.policy)
        self.said: list[tuple[str, Any]] = []
        self.events: list[AnyEvent] = []
        self.look()

    def figures(self) -> MachineFigures:
        runnable = sum(one.state in ("ready", "running") for one in self.processes)
        return MachineFigures(
            "n1", self.now, 10_000_000, runnable, 500, 200, tuple(self.processes), bool(self.processes), self.owner
        )

    def look(self) -> None:
        self.mind.observe(self.figures(), self.now)

    def tell(self, message: Any, sender: str = "n1") -> list[Any]:
        """Tell it something; return what it says to that."""
        self.look()
        return self._take(self.mind.receive(sender, message, self.now))

    def tick(self) -> list[Any]:
        """Let an interval pass; return what it says."""
        self.now += self.settings.interval_ns
        self.look()
        return self._take(self.mind.expire(self.now))

    def _take(self, actions: Any) -> list[Any]:
        told = [(action.to, action.what) for action in actions if isinstance(action, Tell)]
        self.said += told
        self.events += [action.event for action in actions if isinstance(action, Report)]
        return [what for _, what in told]

    def hear(self, machine: str, load: int = 0, *, open_: bool = True) -> None:
        entry = LoadEntry(machine, self.now, load, 10_000_000, 200, busy=load > 0, takes_guests=open_, input_ns=0)
        self.tell(LoadTold([entry]), machine)

    def decisions(self, what: str) -> list[tuple[str, str]]:
        return [
            (one.verdict, one.reason.rule) for one in self.events if isinstance(one, DecisionTaken) and one.what == what
        ]


def three(home: str = "n1") -> list[ProcessFigures]:
    return [a_process(f"{home}.{number}", age_ns=number * S) for number in (1, 2, 3)]


def asked(said: list[Any]) -> list[tuple[str, str, str]]:
    return [(one.process.pid, one.to, one.initiated_by) for one in said if isinstance(one, WillYouTake)]


def a_wish(pid: str, to: str, machine: str = "n1", resource: str = "") -> MoveWished:
    """Return the wish of a user to have a process moved."""
    return MoveWished(a_process(pid), machine, to, resource, "eager-all", "user", reason("asked-for-by-user"))


def a_question(
    pid: str, source: str, to: str = "n1", by: str = "user", number: int = 1, source_load: int = 5000, **process: Any
) -> WillYouTake:
    """Return step 1 of somebody else's negotiation; for the load, if a policy asks."""
    return WillYouTake(
        f"{source}/{number}",
        a_process(pid, **process),
        source,
        source_load,
        to,
        "",
        by,
        for_load=by == "os",
    )


@dataclass
class Manor:
    """An Initiator on n1 that decides for other machines as well, and everything that it said and reported."""

    settings: InitiatorParameters
    machines: tuple[str, ...] = ("n1", "n2")
    now: int = S

    def __post_init__(self) -> None:
        self.mind = Initiator("n1", self.machines, EVERYONE, self.settings, Random(1))
        self.events: list[AnyEvent] = []

    def show(
        self, name: str, processes: list[ProcessFigures], owner: str = "none", cause: str = "interval"
    ) -> list[Any]:
        """A machine tells how it is; return what is said to that."""
        figures = MachineFigures(name, self.now, 10_000_000, len(processes), 500, 200, tuple(processes), True, owner)
        return self.tell(FiguresTold(figures, cause), name)

    def tell(self, message: Any, sender: str = "n1") -> list[Any]:
        return self._take(self.mind.receive(sender, message, self.now))

    def bury(self, name: str) -> list[Any]:
        """A machine is dead."""
        return self._take(self.mind.broken(name, self.now))

    def tick(self) -> list[Any]:
        self.now += self.settings.interval_ns
        return self._take(self.mind.expire(self.now))

    def _take(self, actions: Any) -> list[Any]:
        self.events += [action.event for action in actions if isinstance(action, Report)]
        return [action.what for action in actions if isinstance(action, Tell)]


BOTH = {"n1": "n1", "n2": "n1"}
